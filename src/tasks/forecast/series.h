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
} laco_one_series;

struct laco_series {
    laco_context *ctx;
    char *name;     /* the path, for errors */
    char **columns; /* [column_count] */
    int column_count;
    bool has_time, has_ids;
    laco_time_format format;
    laco_time_step step;
    laco_strings ids;
    laco_one_series *one; /* [count] */
    size_t count, room;
};

/* A set without series; columns are copied. */
LACO_SHARED laco_status laco_series_new(laco_context *ctx, const char *name, const char *const *columns, int column_count, laco_series **out);

/* The place of the series with this id, which is added where it is new. */
LACO_SHARED laco_status laco_series_place(laco_series *series, const char *id, size_t length, size_t *place);

/* Appends a row; `time` counts only where there is a time column. */
LACO_SHARED laco_status laco_series_add_row(laco_series *series, size_t place, const double *values, int64_t time);

/* The place of a column by name, or -1. */
int laco_series_find_column(const laco_series *series, const char *name);

/* Copies the rows from `from` on behind those of series `place` of a set of the same columns. */
laco_status laco_series_copy_rows(const laco_one_series *one, size_t from, size_t place, laco_series *out);

/* A set without series, with the columns, the time and the names of another. *out is the caller's. */
laco_status laco_series_like(const laco_series *series, laco_series **out);

#endif
