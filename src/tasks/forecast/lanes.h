/* Running a forecaster without training: along known rows, and in a closed loop beyond them, many places at once. */
#ifndef LACO_FORECAST_LANES_H
#define LACO_FORECAST_LANES_H

#include "forecast/track.h"
#include "nn/rnn_state.h"

/* The network over inputs x [T][B][inputs] from carry->…, which it moves on; outputs to out [T][B][outputs]. */
laco_status laco_forecaster_run(laco_forecaster *model, int64_t T, int64_t B, const laco_real *x, laco_rnn_state *carry,
                                laco_real *out);

/* The network over the known rows first … past-1 of a track, in pieces; outputs to out [past-first][outputs]. B is 1. */
laco_status laco_forecaster_follow(laco_forecaster *model, const laco_tracks *tracks, const laco_track *track, int64_t first,
                                   int64_t past, laco_rnn_state *carry, laco_real *out);

/* Places that go on in a closed loop, each with the rows it needs behind it. */
typedef struct laco_lane {
    const laco_track *track;
    int64_t row; /* of the newest value: in the track, or behind its end */
} laco_lane;

typedef struct laco_lanes {
    laco_forecaster *model;
    const laco_tracks *tracks;
    int64_t B, room, at; /* z holds `room` values of each column, the newest at `at` */
    double *z;           /* [B][C][room] */
    double *bounds;      /* [B][C][2] where each column may go from where it was: between the first and the second */
    double *work;
    laco_lane *lane; /* [B] */
    laco_rnn_state carry;
    laco_real *x, *out; /* [B][inputs], [B][outputs] */
} laco_lanes;

laco_status laco_lanes_new(laco_forecaster *model, const laco_tracks *tracks, int64_t B, laco_lanes *out);
void laco_lanes_free(laco_lanes *lanes);

/* Puts lane b behind row `row` of a track: the state after it is sequence `from` of `carry`, the network's output there `out`.
 * All lanes are put before the first push. */
void laco_lanes_put(laco_lanes *lanes, int64_t b, const laco_track *track, int64_t row, const laco_rnn_state *carry,
                    int64_t from, const laco_real *out);

/* What the lanes predict, z [B][horizon][C][quantiles], from the last output. */
void laco_lanes_predict(laco_lanes *lanes, double *out);

/* Goes on by one row with these values, z [B][C], cut to where they may go. */
laco_status laco_lanes_push(laco_lanes *lanes, const double *values);

#endif
