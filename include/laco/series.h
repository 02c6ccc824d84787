/* laco/series.h - series in time: rows in the order of time, one or many numeric columns, from a CSV file or from memory.
 */
#ifndef LACO_SERIES_H
#define LACO_SERIES_H

#include "laco/context.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One or several series of the same columns. Opaque; never changes once loaded. */
typedef struct laco_series laco_series;

/* Which of day, month and year comes first where a date does not say it: 03/04/2016. */
typedef enum laco_date_order {
    LACO_DATE_AUTO, /* from the column: a day above 12 somewhere */
    LACO_DATE_DMY,
    LACO_DATE_MDY,
    LACO_DATE_YMD,
} laco_date_order;

typedef enum laco_decimal {
    LACO_DECIMAL_AUTO, /* from the column */
    LACO_DECIMAL_POINT,
    LACO_DECIMAL_COMMA,
} laco_decimal;

/* Zero means the default. */
typedef struct laco_series_config {
    const char *const *columns; /* those to read, in this order; NULL: the one column of numbers that is called target, y, value, values
                                 * or close, else the last column of numbers */
    int column_count;
    const char *time_column;    /* NULL: the first column that holds time stamps, if there is one */
    const char *id_column;      /* rows with the same text here are one series; NULL: all rows are one */
    bool interpolate;           /* fill missing values on the line between their neighbours; else they are an error */
    bool no_time;               /* take no column for time: rows are counted */
    laco_date_order date;
    laco_date_order date_unclear; /* taken where `date` is LACO_DATE_AUTO and the column does not say; AUTO: refused */
    laco_decimal decimal;
} laco_series_config;

/* Reads a CSV file with a header, one time step a row ("-": standard input). The delimiter is the comma, semicolon or tab that the
 * header has most of; numbers have a decimal point or comma, whichever all of a column can have.
 * Time stamps, in one form over the whole column: YYYY-MM-DD, DD/MM/YYYY or MM/DD/YYYY (where a day above 12 or `date` says which),
 * YYYY-MM, MM/YYYY, Mon-YYYY, Mon-YY, DD-Mon-YYYY, Mon DD, YYYY, 2016Q1, 2016-W53 (weeks of ISO 8601), YYYYMM, YYYYMMDD and on to
 * seconds, with - / . or space between, days with [T ]HH:MM[:SS[.fraction]][ AM|PM][ UTC|Z|+01:00]; or numbers in a column called
 * year, date, time, timestamp, index, step, month, week, day, hour, ds or t. Fractions of a second are kept to the microsecond. Rows
 * may rise or fall in time: those that fall (newest first) are turned round. Missing is an empty field, NA, N/A, NaN, null or ?.
 * LACO_IO: not readable; LACO_FORMAT: text that is not UTF-8, no header, a column that is not there, text or an infinity in a column of
 * numbers, a missing value, a column of dates in no known form or in an unclear one, a date that is none (2021-02-29), rows out of
 * order, a time that stands twice: the text names file, line and value, and the option that helps. LACO_NO_MEMORY. On failure *out is
 * untouched. */
LACO_API laco_status laco_series_load(laco_context *ctx, const char *path, const laco_series_config *config, laco_series **out);

/* What was read, in one line: columns, rows, the form of the dates and their frequency. At most `room` bytes with the zero. */
LACO_API void laco_series_summary(const laco_series *series, char *out, size_t room);

/* What of it a user should look at: a column chosen from several, rows that were turned round, uneven steps; "" where nothing is. */
LACO_API void laco_series_note(const laco_series *series, char *out, size_t room);

/* Series from memory, without time: `count` series of `rows` rows each, values [count][rows][columns], finite; `names` [columns]
 * (NULL: "value", with more than one column "value1" …). With count 1 the series has no id, else "1", "2" …. */
LACO_API laco_status laco_series_from_values(laco_context *ctx, const double *values, size_t count, size_t rows, int columns,
                                             const char *const *names, laco_series **out);
LACO_API void laco_series_free(laco_series *series);

LACO_API size_t laco_series_count(const laco_series *series);
LACO_API int laco_series_column_count(const laco_series *series);
LACO_API const char *laco_series_column_name(const laco_series *series, int column);
LACO_API const char *laco_series_id(const laco_series *series, size_t index); /* "" where there is only one */
LACO_API size_t laco_series_rows(const laco_series *series, size_t index);
LACO_API double laco_series_value(const laco_series *series, size_t index, size_t row, int column);

/* Whether there are time stamps; the time of a row as whole seconds since 1970 (rounded down), as if the stamp were UTC, and the
 * nanoseconds beyond them; stamps that are numbers give the number and its fraction. The row may be one past the end and on: the step
 * goes on. Without time stamps: the row's number. The same as text, in the form of the file, into `out`. */
LACO_API bool laco_series_has_time(const laco_series *series);
LACO_API int64_t laco_series_time(const laco_series *series, size_t index, size_t row);
LACO_API int32_t laco_series_nanoseconds(const laco_series *series, size_t index, size_t row);
LACO_API void laco_series_time_text(const laco_series *series, size_t index, size_t row, char out[48]);

/* The order of day, month and year in its stamps; LACO_DATE_AUTO where they cannot be confused. */
LACO_API laco_date_order laco_series_date_order(const laco_series *series);

#ifdef __cplusplus
}
#endif

#endif
