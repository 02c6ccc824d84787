/* Of which fits a direct base is made: chosen by forecasts of what was set aside, and built from rows. */
#ifndef LACO_FORECAST_DIRECT_PLAN_H
#define LACO_FORECAST_DIRECT_PLAN_H

#include "forecast/direct_sparse.h"

#define LACO_DIRECT_MEMBERS 16
#define LACO_DIRECT_WEIGHTS ((int64_t)48 << 20) /* of all maps of one part, at most: with more there is one map for all groups */

typedef enum laco_direct_kind {
    LACO_DIRECT_LAST,   /* the last value */
    LACO_DIRECT_SEASON, /* the last season */
    LACO_DIRECT_POOLED, /* one fit to all groups */
    LACO_DIRECT_LOCAL,  /* a fit to each, drawn towards that to all */
} laco_direct_kind;

typedef struct laco_direct_member {
    laco_direct_kind kind;
    bool log, iterated,
        robust; /* iterated: the fit to the first row ahead says the others too; robust: of least absolute errors */
    int32_t lags;
    double ridge, share;
    double relative;         /* its error over the mean of that of all members, mean over groups */
    laco_direct_shape shape; /* rows of the window that it looks at */
} laco_direct_member;

typedef struct laco_direct_plan {
    laco_direct_member member[LACO_DIRECT_MEMBERS];
    int candidate[LACO_DIRECT_MEMBERS]; /* which of those that were tried */
    int count;
    bool each;    /* each group has shares of its own, by how good members were for it; else all have those of the members */
    double floor; /* of logarithms */
} laco_direct_plan;

/* The data, and how they are looked at. */
typedef struct laco_direct_data {
    laco_context *ctx;
    const laco_series *data;
    const int64_t *rows; /* [series] for fitting; forecasts of the rows behind them are what a plan is chosen by */
    int64_t horizon, season;
} laco_direct_data;

/* The mean error of the seasonal naive forecast over the first `rows` rows of a column; 1 where it makes none. */
double laco_direct_scale(const laco_series *data, size_t index, int column, int64_t rows, int64_t season);

/* Forecasts of what a plan is chosen by, none of which took part in choosing what made it: the rows set aside in each series are cut
 * in the middle, members and shares are told from one half, and forecast the other. What such forecasts miss by is what those of rows
 * to come will miss by, as far as these are like those (cross-conformal prediction: Vovk, "Cross-conformal predictors", 2015). */
typedef struct laco_direct_crossed {
    size_t count, *group;     /* [count] series · columns + column */
    int64_t origins, *origin; /* [count][origins] the last known row, at even distances; -1: no more of them */
    float *forecast;          /* [count][origins][horizon]; NaN behind the end of the series */
} laco_direct_crossed;

void laco_direct_crossed_free(laco_context *ctx, laco_direct_crossed *crossed);

/* LACO_OK with plan->count 0: no series has rows behind those for fitting. crossed: NULL, or zeros; it is the caller's to free. */
laco_status laco_direct_choose(const laco_direct_data *d, laco_direct_plan *plan, laco_direct_crossed *crossed);

/* Shares of the members by their errors in one group and over all; error NULL: over all alone. */
void laco_direct_share(const laco_direct_plan *plan, const double *error, double *share);

/* The sizes of the base of a plan: lags and maps of its parts. */
void laco_direct_lay_out(const laco_direct_data *d, const laco_direct_plan *plan, laco_direct *out);

/* Its weights, by the first `rows` of each series: out's parameters are there. share [maps][plan->count]: those of the members in
 * each map. `judge`: they are found, by forecasts of the rows behind `rows`; else given. */
laco_status laco_direct_build(const laco_direct_data *d, const laco_direct_plan *plan, bool judge, double *share,
                              laco_direct *out);

/* ---- Between choosing and blending ---- */

/* Forecasts of one candidate, and what happened: [groups][origins][horizon]; NaN: behind the end of the series. */
typedef struct laco_direct_trial {
    size_t groups, origins, horizon;
    const float *actual;
    const double *scale; /* [groups] the error of the seasonal naive forecast within the rows for fitting */
    bool positive;       /* all values are: relative errors count too */
    bool squares;        /* so do squared ones, by their roots */
} laco_direct_trial;

/* The mean over groups of the absolute error in units of the scale, and as the trial says of the symmetric relative error and of the
 * root of the mean square, each over that of `naive`. */
double laco_direct_error(const laco_direct_trial *trial, const float *forecast, const float *naive);

/* The same of one group, in units of its own `naive` errors; NaN: it has no rows to judge by. */
double laco_direct_group_error(const laco_direct_trial *trial, size_t group, const float *forecast, const float *naive);

/* Shares of `count` forecasts whose sum has the least error: the best few of different sorts, and then whatever helps most, again and again. The
 * first is the naive one. */
laco_status laco_direct_blend(laco_context *ctx, const laco_direct_trial *trial, const float *const *forecast,
                              const laco_direct_member *member, int count, double *share);

/* Whether two members look at the same rows of the same values, in one fit to all or one to each. */
bool laco_direct_alike(const laco_direct_member *a, const laco_direct_member *b);

#endif
