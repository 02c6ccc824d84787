/* The direct base of a forecaster: one linear map from the last rows of a series to the next.
 *
 *     ŷ_(t+h) = y_t + Σ_k M_(k,h) · (y_(t−L+k) − y_t)        k = 1 … L, h = 1 … H, Σ_k M_(k,h) = 1
 *
 * for values as they are, and the same for their logarithms, mixed in shares. The weights of a row of M add up to 1, so that a
 * series that stands higher is forecast higher: nothing is standardised by what training saw. Map 0 is that of all series and
 * columns together; 1 + series · C + column that of one of them, which is drawn towards the first. Several fits (lags, ridges) of
 * one part are one map, their mean. */
#ifndef LACO_FORECAST_DIRECT_H
#define LACO_FORECAST_DIRECT_H

#include "base/base.h"
#include "laco/module.h"

#define LACO_DIRECT_LAGS 4096
#define LACO_DIRECT_HORIZON 1024
#define LACO_DIRECT_PARTS 2 /* values, and their logarithms */

typedef struct laco_direct_part {
    int32_t lags;       /* 0: there is none */
    double share;       /* of map 0; the shares add up to 1 */
    double floor;       /* of logarithms: smaller values are taken for this */
    laco_param *weight; /* [maps][lags][horizon] */
} laco_direct_part;

typedef struct laco_direct {
    int32_t horizon; /* H; 0: there is no direct base */
    int64_t maps;
    laco_direct_part part[LACO_DIRECT_PARTS];
    bool has_shares;
    laco_param *shares;   /* [maps][parts] of the forecast of each map; NULL: those of the parts */
    double network_share; /* of the forecast: the network's; the rest is the direct base's */
    bool own_sizes; /* sizes of windows are those of the rows that there are; else the oldest stands for those before it too */
    bool has_band;
    laco_param *band; /* [H][columns][quantiles] their distance from the forecast, in sizes of the window; NULL: no band */
} laco_direct;

/* Rows that it reads: the longest of the lags; fewer are filled up with the oldest. */
LACO_SHARED int64_t laco_direct_longest(const laco_direct *direct);

/* The rows behind a window of the longest lags, oldest first, to out [H]. `work`: room for the longest lags. */
void laco_direct_predict(const laco_direct *direct, int64_t map, const double *window, double *work, double *out);

/* One map [lags][horizon] over a window of `lags` values, which it leaves as distances from the last: out [horizon]. */
void laco_direct_apply(const laco_real *map, int64_t lags, int64_t horizon, double *window, double *out);

/* The size of what happens in a window, which bands are measured in: the mean |y_t − y_(t−season)|, or where there is none of
 * that the deviation from its mean, or 1. */
double laco_direct_size(const double *window, int64_t count, int64_t season);

/* The last `lags` of `rows` values that stand `stride` apart, the newest at `newest`; where there are fewer, the oldest stands
 * for those before it. */
void laco_direct_window(const double *newest, int64_t stride, int64_t rows, int64_t lags, double *out);

#endif
