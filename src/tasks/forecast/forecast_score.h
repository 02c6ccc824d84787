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

/* Rows from … to-1 of a track; from must be at least 1. `context` rows before them must exist. horizon 0: no closed loop. At most
 * `origins` places, spread evenly. */
typedef struct laco_scored {
    const laco_scaled_set *tracks;
    const laco_scaled_series *track;
    int64_t from, to, horizon, origins;
} laco_scored;

/* Adds the errors of such a part. */
laco_status laco_forecaster_score_part(laco_forecaster *model, const laco_scored *part, laco_score_sums *sums);

/* The same in steps, so that processes can share them: one step ahead, then closed loops (`loops`). How many answers there are; what the
 * model answers; and its errors, to be added in this order. */
size_t laco_scored_answers(const laco_forecaster *model, const laco_scored *part, bool loops);
laco_status laco_scored_ask(laco_forecaster *model, const laco_scored *part, bool loops, double *answers);
void laco_scored_add(const laco_forecaster *model, const laco_scored *part, bool loops, const double *answers,
                     laco_score_sums *sums);

/* One-step predictions of column c, in z, of the rows from … to-1, into out [to-from][quantiles]. */
laco_status laco_forecaster_one_step(laco_forecaster *model, const laco_scaled_set *tracks, const laco_scaled_series *track,
                                     int64_t from, int64_t to, double *out);

void laco_errors_fill(const laco_forecaster *model, const laco_score_sums *sums, laco_forecast_score *out);

#endif
