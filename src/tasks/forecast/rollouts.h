/* Running a forecaster without training: along known rows, and in a closed loop beyond them, many places at once. */
#ifndef LACO_FORECAST_ROLLOUTS_H
#define LACO_FORECAST_ROLLOUTS_H

#include "forecast/scaled_series.h"
#include "nn/rnn_state.h"

/* The network over inputs x [T][B][inputs] from carry->…, which it moves on; outputs to out [T][B][outputs]. */
laco_status laco_forecaster_run(laco_forecaster *model, int64_t T, int64_t B, const laco_real *x, laco_rnn_state *carry,
                                laco_real *out);

/* The network over the known rows first … past-1 of a track, in windows; outputs to out [past-first][outputs]. B is 1. */
laco_status laco_forecaster_follow(laco_forecaster *model, const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t first,
                                   int64_t past, laco_rnn_state *carry, laco_real *out);

/* Places that go on in a closed loop, each with the rows it needs behind it. */
typedef struct laco_rollout {
    const laco_scaled_series *track;
    int64_t row; /* of the newest value: in the track, or behind its end */
} laco_rollout;

typedef struct laco_rollouts {
    laco_forecaster *model;
    const laco_scaled_set *tracks;
    int64_t B, room, at; /* z holds `room` values of each column, the newest at `at` */
    double *z;           /* [B][C][room] */
    double *bounds;      /* [B][C][2] where each column may go from where it was: between the first and the second */
    double *work;
    laco_rollout *rollout; /* [B] */
    laco_rnn_state carry;
    laco_real *x, *out; /* [B][inputs], [B][outputs] */
} laco_rollouts;

laco_status laco_rollouts_new(laco_forecaster *model, const laco_scaled_set *tracks, int64_t B, laco_rollouts *out);
void laco_rollouts_free(laco_rollouts *rollouts);

/* Puts rollout b behind row `row` of a track: the state after it is sequence `from` of `carry`, the network's output there `out`.
 * All rollouts are put before the first push. */
void laco_rollouts_put(laco_rollouts *rollouts, int64_t b, const laco_scaled_series *track, int64_t row, const laco_rnn_state *carry,
                    int64_t from, const laco_real *out);

/* What the rollouts predict, z [B][horizon][C][quantiles], from the last output. */
void laco_rollouts_predict(laco_rollouts *rollouts, double *out);

/* Goes on by one row with these values, z [B][C], cut to where they may go. */
laco_status laco_rollouts_push(laco_rollouts *rollouts, const double *values);

#endif
