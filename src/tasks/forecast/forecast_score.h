/* Errors of a forecaster over a part of a series: one step ahead along the known rows, and in closed loops from places among
 * them. */
#ifndef LACO_FORECAST_FORECAST_SCORE_H
#define LACO_FORECAST_FORECAST_SCORE_H

#include "forecast/forecast_paths.h"

/* Sums from which errors are made. */
typedef struct laco_error_sums {
    double count, absolute, squares, percent, percent_count, naive, seasonal, covered;
    double pinball, naive_z; /* one step, in z: quantile loss, mean over the quantiles; |error| of the naive forecast */
} laco_error_sums;

typedef struct laco_score_sums {
    laco_error_sums one_step, closed_loop;
    double before, before_count; /* |y_t − y_(t−1)| over the rows before the part */
    int64_t origins;
} laco_score_sums;

/* Adds the rows from … to-1 of a track; from must be at least 1. `context` rows before them must exist. horizon 0: no closed
 * loop. At most `origins` places, spread evenly. */
laco_status laco_forecaster_score_part(laco_forecaster *model, const laco_scaled_set *tracks, const laco_scaled_series *track,
                                       int64_t from, int64_t to, int64_t horizon, int64_t origins, laco_score_sums *sums);

/* One-step predictions of column c, in z, of the rows from … to-1, into out [to-from][quantiles]. */
laco_status laco_forecaster_one_step(laco_forecaster *model, const laco_scaled_set *tracks, const laco_scaled_series *track,
                                     int64_t from, int64_t to, double *out);

void laco_errors_fill(const laco_forecaster *model, const laco_score_sums *sums, laco_forecast_score *out);

#endif
