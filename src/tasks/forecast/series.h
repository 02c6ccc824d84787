/* The inside of series in time. */
#ifndef LACO_FORECAST_SERIES_H
#define LACO_FORECAST_SERIES_H

#include "forecast/timestamp.h"
#include "data/strings.h"
#include "laco/series.h"

typedef struct laco_one_series {
    double *values; /* [rows][columns]; NaN is missing, only while reading */
    int64_t *times; /* [rows]; NULL: no time column */
    size_t rows, value_room, time_room;
    double *known; /* [rows + ahead][known columns]; NULL: there are none */
    size_t ahead;  /* rows behind the others of which only the known columns are given */
    int32_t *fact; /* [static columns] places among covariates.values; -1: not said */
} laco_one_series;

/* Columns that are not forecast: those whose values are known ahead, and those that are constant within a series. */
typedef struct laco_series_covariates {
    char **known, **facts; /* their names */
    int known_count, fact_count;
    laco_strings values; /* of the static columns */
} laco_series_covariates;

/* How a table was understood: for laco_series_summary. */
typedef struct laco_series_origin {
    char *time_column, *id_column; /* NULL: none */
    size_t number_columns;         /* that could have been chosen from; 0: the columns were asked for */
    bool by_name;                  /* chosen by what the header calls it */
    bool decimal_comma, reversed;
    size_t repeated;      /* rows whose time is not behind that of the row before: a clock that was put back */
    size_t uneven, steps; /* of the longest series: steps that are longer or shorter than the others */
} laco_series_origin;

#define LACO_LARGEST_VALUE 1e150 /* either way: squares of values are numbers still, and sums of them */

struct laco_series {
    laco_context *ctx;
    char *name;     /* the path, for errors */
    char **columns; /* [column_count] */
    int column_count;
    bool has_time, has_ids;
    laco_time_format format;
    laco_time_step step;
    laco_series_origin origin;
    laco_series_covariates covariates;
    laco_strings ids;
    laco_one_series *one; /* [count] */
    size_t count, room;
};

/* A set without series; columns are copied. */
LACO_SHARED laco_status laco_series_new(laco_context *ctx, const char *name, const char *const *columns, int column_count,
                                        laco_series **out);

/* The place of the series with this id, which is added where it is new. */
LACO_SHARED laco_status laco_series_place(laco_series *series, const char *id, size_t length, size_t *place);

/* Appends a row; `time` counts only where there is a time column. */
LACO_SHARED laco_status laco_series_add_row(laco_series *series, size_t place, const double *values, int64_t time);

/* The time of a row, in the units of timestamp.h, by the series' own step or by another; of a row past the end too. */
LACO_SHARED int64_t laco_series_instant(const laco_series *series, size_t index, size_t row);
int64_t laco_series_instant_by(const laco_series *series, const laco_time_step *step, size_t index, size_t row);

/* Units of these times in a second, or in one of a number. */
int64_t laco_series_unit(const laco_series *series);

/* The order of day, month and year in its stamps; LACO_DATE_DEFAULT where they cannot be confused. */
laco_date_order laco_series_date_order(const laco_series *series);

/* True where the first `rows` values of a column are one and the same. */
bool laco_series_constant(const laco_series *series, size_t index, size_t rows, int column);

/* The place of a column by name, or -1. */
int laco_series_find_column(const laco_series *series, const char *name);

/* Copies the rows from `from` on, and what is known ahead of them, behind those of series `place` of a set of the same columns. */
laco_status laco_series_copy_rows(const laco_one_series *one, size_t from, size_t place, laco_series *out);

/* A set without series, with the columns, the time and the names of another. *out is the caller's. */
laco_status laco_series_like(const laco_series *series, laco_series **out);

#endif
