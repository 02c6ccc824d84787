/* Forecasts from many places of a series: of the network, of the direct base, and of both together. */
#ifndef LACO_FORECAST_FORECAST_PATHS_H
#define LACO_FORECAST_FORECAST_PATHS_H

#include "forecast/rollouts.h"

/* Rows first, first + stride …: `count` of them, each the last that a forecast knows. */
typedef struct laco_places {
    int64_t first, stride, count;
} laco_places;

typedef enum laco_path_kind {
    LACO_PATHS_OF_NETWORK = 1,
    LACO_PATHS_OF_DIRECT = 2,
    LACO_PATHS = 3, /* mixed as the model says */
} laco_path_kind;

/* The direct base going on from the end of some rows, fed with its own output beyond its horizon. */
typedef struct laco_direct_run {
    const laco_forecaster *model;
    const laco_scaled_set *tracks; /* where it was put, and its last known row; NULL: behind windows alone */
    const laco_scaled_series *track;
    int64_t row;
    int64_t place, step;         /* place: of the series among those of the model; -1: it is none */
    double *window, *work, *out; /* [C][longest], [longest], [C][H] */
    double *size;                /* [C] of the windows that it was put behind */
} laco_direct_run;

laco_status laco_direct_run_new(const laco_forecaster *model, laco_direct_run *out);
void laco_direct_run_free(laco_direct_run *run);

/* Puts it behind row `row` of a track. */
void laco_direct_run_put(laco_direct_run *run, const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row);

/* The same behind windows [C][longest] that are already there. */
void laco_direct_run_put_windows(laco_direct_run *run, const double *windows, int64_t rows, int64_t place);

/* The next row, into values [C]. */
void laco_direct_run_next(laco_direct_run *run, double *values);

/* The quantiles [quantiles] of column c for the row that laco_direct_run_next gave last, around the forecast `value`. */
void laco_direct_run_band(const laco_direct_run *run, int c, double value, double *out);

/* The share of the network in forecasts: 1 without a direct base. */
static inline double laco_forecaster_network_share(const laco_forecaster *model)
{
    return model->direct.horizon > 0 ? model->direct.network_share : 1;
}

/* The rows behind each place, in the units of the data, into out [count][horizon][C]. The track has `context` rows at the first
 * place, where the network is asked. */
laco_status laco_forecaster_paths(laco_forecaster *model, const laco_scaled_set *tracks, const laco_scaled_series *track,
                                  const laco_places *at, int64_t horizon, laco_path_kind kind, double *out);

/* The row from which the network reads, so that it has warmed up at `from`. */
int64_t laco_forecaster_first_read(const laco_forecaster *model, int64_t from);

#endif
