/* laco/series.h - series in time: rows in the order of time, one or many numeric columns, what forecasters learn from.
 * laco/read.h reads them from files.
 */
#ifndef LACO_SERIES_H
#define LACO_SERIES_H

#include "laco/summary.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One or several series of the same columns. Opaque; never changes once loaded. */
typedef struct laco_series laco_series;

/* What is done about missing values. The default is to refuse them. */
typedef enum laco_missing {
    LACO_MISSING_DEFAULT,
    LACO_MISSING_REFUSE,
    LACO_MISSING_INTERPOLATE, /* they are filled on the line between their neighbours */
} laco_missing;

/* Which of day, month and year comes first where a date does not say it: 03/04/2016. */
typedef enum laco_date_order {
    LACO_DATE_DEFAULT, /* from the column: a day above 12 somewhere */
    LACO_DATE_DMY,
    LACO_DATE_MDY,
    LACO_DATE_YMD,
} laco_date_order;

/* The mark before the decimals of numbers. */
typedef enum laco_decimal {
    LACO_DECIMAL_DEFAULT, /* from the column */
    LACO_DECIMAL_POINT,
    LACO_DECIMAL_COMMA,
} laco_decimal;

/* Zero means the default. */
typedef struct laco_series_config {
    const char *const *columns; /* those to read, in this order; NULL: as column_list says */
    int column_count;
    const char *column_list; /* the same as text, "A,B", between commas; NULL: the one column of numbers that is called target, y,
                              * value, values or close, else the last column of numbers */
    const char *time_column; /* NULL: the first column that holds time stamps, if there is one; "none": rows are counted */
    const char
        *known_list; /* "A,B": columns whose values are known ahead. Rows at the end of a series that have these alone are to
                              * be forecast; they are no rows of it */
    const char *static_list; /* "A,B": columns of text that is the same in all rows of a series */
    bool wide;             /* a series a row: its id, then its values; found by itself where the header is V1, V2, V3 … (M4) */
    const char *id_column; /* rows with the same text here are one series; NULL: all rows are one */
    laco_missing missing;
    laco_date_order date;
    laco_date_order date_unclear; /* taken where `date` is the default and the column does not say; LACO_DATE_DEFAULT: refused */
    laco_decimal decimal;
} laco_series_config;

/* What was read and how: columns, rows, the form of the dates and their frequency, and what of it a user should look at. `detail`
 * and *out as in laco_labelled_summary. */
LACO_API laco_status laco_series_summary(const laco_series *series, bool detail, laco_summary **out);

/* Series from memory, without time: `count` series of `rows` rows each, values [count][rows][columns], finite; `names` [columns]
 * (NULL: "value", with more than one column "value1" …). With count 1 the series has no id, else "1", "2" …. */
LACO_API laco_status laco_series_from_values(laco_context *ctx, const double *values, size_t count, size_t rows, int columns,
                                             const char *const *names, laco_series **out);
LACO_API void laco_series_free(laco_series *series);

/* The first `rows` rows of series `index`, as a set of its own. *out is the caller's. LACO_INVALID: there are not so many, or none;
 * LACO_NO_MEMORY. */
LACO_API laco_status laco_series_head(const laco_series *series, size_t index, size_t rows, laco_series **out);

/* The same series without the last `rows` rows of each; those that have no more are left out. *out is the caller's. LACO_INVALID:
 * nothing is left. */
LACO_API laco_status laco_series_cut(const laco_series *series, size_t rows, laco_series **out);

LACO_API size_t laco_series_count(const laco_series *series);
LACO_API int laco_series_column_count(const laco_series *series);
LACO_API const char *laco_series_column_name(const laco_series *series, int column);
LACO_API const char *laco_series_id(const laco_series *series, size_t index); /* "" where there is only one */
LACO_API size_t laco_series_rows(const laco_series *series, size_t index);
LACO_API size_t laco_series_ahead(const laco_series *series, size_t index); /* rows behind them that known columns are given of */
LACO_API double laco_series_value(const laco_series *series, size_t index, size_t row, int column);

/* Whether there are time stamps; the time of a row as whole seconds since 1970 (rounded down), as if the stamp were UTC, with
 * the nanoseconds beyond them in *nanoseconds (NULL: not asked for); stamps that are numbers give the number and its fraction.
 * The row may be one past the end and on: the step goes on. Without time stamps: the row's number. The same as text, in the form
 * of the file, into `out`. */
LACO_API bool laco_series_has_time(const laco_series *series);
LACO_API int64_t laco_series_time(const laco_series *series, size_t index, size_t row, int32_t *nanoseconds);
LACO_API void laco_series_time_text(const laco_series *series, size_t index, size_t row, char out[48]);

#ifdef __cplusplus
}
#endif

#endif
