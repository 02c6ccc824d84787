/* An autoregression that goes on being fitted while rows come: recursive least squares with forgetting (Haykin, "Adaptive filter
 * theory", 1996), of what the model's own forecasts leave.
 *
 *     e_t = z_t − ẑ_t − w · φ_t            φ_t: the terms of the autoregression at row t
 *     k   = Pφ / (λ + φᵀPφ),   w += k·e,   P = (P − k φᵀP) / λ
 *
 * Its memory is that of so many rows; what it holds does not grow. */
#ifndef LACO_FORECAST_RECURSIVE_H
#define LACO_FORECAST_RECURSIVE_H

#include "forecast/forecaster.h"

#include <jansson.h>

typedef struct laco_recursive {
    laco_context *ctx;
    laco_ar ar;
    double usual;         /* size of the errors that training left, in z */
    int64_t n;            /* terms */
    double *weight;       /* [n] */
    double *inverse;      /* [n][n] P */
    double *terms, *gain; /* [n] */
} laco_recursive;

/* Of the terms that the model's autoregression has; of a model without one the last value. */
laco_status laco_recursive_new(const laco_forecaster *model, laco_recursive **out);
void laco_recursive_free(laco_recursive *recursive);

/* What is to be added to the forecast, in z, of the row behind *now, whose time is `clock`. */
double laco_recursive_say(laco_recursive *recursive, const double *now, double clock);

/* Learns from the row that was last said something of: what its forecast, with what was added, missed it by. */
void laco_recursive_learn(laco_recursive *recursive, double error);

/* As laco_anomaly_state and laco_anomaly_take_state. */
json_t *laco_recursive_state(const laco_recursive *recursive);
bool laco_recursive_take_state(laco_recursive *recursive, const json_t *state);

#endif
