/* Series from the command line, for what is done with a forecaster. */
#ifndef LACO_CLI_SERIES_H
#define LACO_CLI_SERIES_H

#include "cli.h"

typedef struct series_arguments {
    const char *time, *id;
    bool wide;
    int missing;       /* laco_missing */
    int date, decimal; /* laco_date_order, laco_decimal */
} series_arguments;

/* How a series is read that a model is asked about: rows of a table of options, `type` being a struct that has `series`. */
#define SERIES_OPTIONS(type)                                                                                                       \
    {"time", 0, OPTION_TEXT, "COLUMN", "column of time stamps (found by itself); none: count rows", offsetof(type, series.time),   \
     0,      0},                                                                                                                   \
        {"date", 0, OPTION_CHOICE, "dmy|mdy|ymd", "order of day, month and year (that of the model)", offsetof(type, series.date), \
         0,      0},                                                                                                               \
        {"decimal", 0, OPTION_CHOICE, "point|comma", "the decimal mark (found by itself)", offsetof(type, series.decimal), 0, 0},  \
        {"id", 0, OPTION_TEXT, "COLUMN", "rows with the same value here are one series", offsetof(type, series.id), 0, 0},         \
        {"wide", 0, OPTION_FLAG, NULL, "a series a row: its id, then its values", offsetof(type, series.wide), 0, 0},              \
    {                                                                                                                              \
        "missing", 0, OPTION_CHOICE, "refuse|interpolate", "what to do about missing values", offsetof(type, series.missing), 0,   \
            0                                                                                                                      \
    }

/* A value of a series with as many digits as it has to show: nine, and where it is large six behind the point, as far as a double
 * holds them. To be printed with VALUE_DIGITS. */
#define VALUE_DIGITS 15
double shown(double value);
void print_shown(double value); /* on standard output */

/* What a forecaster knows of itself; all 0 of another model. */
laco_forecast_info forecast_info(const laco_model *model);

/* Loads a series with the columns of a model, and says what in it is doubtful. NULL: the error was said. */
laco_series *open_series_for(laco_context *ctx, const laco_model *model, const char *path, const series_arguments *arguments);

#endif
