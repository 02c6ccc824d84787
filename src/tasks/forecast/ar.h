/* Finding seasons, and choosing and fitting the autoregression under a forecaster: ridge regression in closed form. */
#ifndef LACO_FORECAST_AR_H
#define LACO_FORECAST_AR_H

#include "forecast/forecaster.h"

/* One series as the fit sees it: its training rows. */
typedef struct laco_ar_series {
    const double *z;     /* [rows] */
    const double *clock; /* [rows] */
    int64_t rows;
    laco_spread scale; /* from z back to values */
} laco_ar_series;

/* A column of all series, transformed in one way. */
typedef struct laco_ar_data {
    laco_context *ctx;
    const laco_ar_series *series;
    size_t count;
    laco_column column; /* log, floor */
    bool has_time;      /* clocks mean something beyond these rows */
} laco_ar_data;

/* The row count of one season: of the calendar's periods and the highest peak of the autocorrelation the one that repeats itself
 * most; 1: there is none. */
laco_status laco_season_find(laco_context *ctx, const laco_ar_series *series, const laco_time_step *step, bool has_time,
                             int64_t *out);

/* Periods in steps that the calendar suggests for steps of this size, longest last; returns how many of `most`. */
int laco_calendar_periods(const laco_time_step *step, bool is_number, double *out, int most);

/* Chooses terms by rolling forecasts over the end of the training rows, both one step and in a closed loop, and averages the best
 * few fits. `data` has the plain column first and, where count is 2, its logarithm; *chosen says which was taken. Weights to
 * weight [laco_ar_terms(out)], at most LACO_AR_TERMS. Where there are too few rows: the last value. */
#define LACO_AR_TERMS (1 + 2 * LACO_AR_LAGS)
laco_status laco_ar_choose(const laco_ar_data *data, int count, const laco_time_step *step, bool is_number, int64_t season,
                           int *chosen, laco_ar *out, laco_real *weight);

/* Fits given terms to all training rows of a column. */
laco_status laco_ar_fit(const laco_ar_data *data, const laco_ar *ar, laco_real *weight);

#endif
