/* Looking for the fits of a direct base: what its choice and its candidates share. */
#ifndef LACO_FORECAST_DIRECT_SEARCH_H
#define LACO_FORECAST_DIRECT_SEARCH_H

#include "forecast/direct_plan.h"

typedef struct laco_direct_search {
    const laco_direct_data *d;
    size_t *group, group_count, cells; /* cells: of one candidate, groups · origins · horizon */
    int64_t origins, *origin;          /* [groups][origins] the last row that is known; -1: there is none */
    bool positive, local;
    double floor;
    float *actual, **forecast; /* [cells]; [candidates][cells] */
    double *scale, *share;     /* [groups], [candidates] */
    laco_direct_member *candidate;
    int count;
    laco_direct_trial trial;
} laco_direct_search;

/* One more candidate, and room for its forecasts [cells]. */
laco_status laco_direct_add_candidate(laco_direct_search *s, const laco_direct_member *member, float **forecast);

/* A plan by the forecasts of all candidates, judged as s->trial says. */
laco_status laco_direct_choose_by(const laco_direct_search *s, laco_direct_plan *plan);

/* Moves the places of the search into *out, and fills in its forecasts. */
laco_status laco_direct_cross(laco_direct_search *s, laco_direct_crossed *out);

/* The map [L][H] of weights as it is kept, and forecasts of group g from all its places by it. `work`: room for [2][L][H], and for
 * L + H. */
void laco_direct_to_map(const laco_direct_fit *fit, const double *weights, bool iterated, double *work, laco_real *map);
void laco_direct_forecast(const laco_direct_search *s, size_t g, const laco_direct_fit *fit, const laco_real *map, double *work,
                          float *out);

/* Forecasts of candidates: fits of all rows of windows of `lags`, and of the places of a shape. */
laco_status laco_direct_try_dense(laco_direct_search *s, int64_t lags, bool log);
laco_status laco_direct_try_sparse(laco_direct_search *s, const laco_direct_shape *shape, int64_t lags, bool log);

#endif
