/* Series from the command line, for training and for what is done with a forecaster. */
#ifndef LACO_CLI_SERIES_H
#define LACO_CLI_SERIES_H

#include "cli.h"

typedef struct series_arguments {
    const char *target, *columns, *time, *id;
    int missing;       /* 2: interpolate */
    int date, decimal; /* laco_date_order and laco_decimal: the choices stand in their order */
} series_arguments;

/* A value of a series with as many digits as it has to show: nine, and where it is large six behind the point, as far as a double holds
 * them. To be printed with %.15g or JSON_REAL_PRECISION(15). */
#define VALUE_DIGITS 15
double shown(double value);

/* What --date and --decimal may be. */
#define DATE_CHOICES "dmy|mdy|ymd"
#define DECIMAL_CHOICES "point|comma"

/* Says on standard error how a series was understood, or, where `quiet`, only what is doubtful. */
void say_series(const laco_series *series, bool quiet);

/* Loads a series as its options say: the target, or the columns. NULL: the error was said. */
laco_series *open_series(laco_context *ctx, const char *path, const series_arguments *arguments);

/* Loads one with the columns of a model, and says what in it is doubtful. NULL: the error was said. */
laco_series *open_series_for(laco_context *ctx, const laco_model *model, const char *path, const series_arguments *arguments);

#endif
