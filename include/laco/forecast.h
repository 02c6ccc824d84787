/* laco/forecast.h - learning to continue a series in time.
 *
 * A series is rows in the order of time, one or many numeric columns, from a CSV file with a header or from memory. A forecaster
 * reads it step by step and predicts the next row of every column it knows (or, in the direct form, the next N); fed with its own
 * predictions it goes on beyond the data. docs/forecasting.md explains the model and measures it.
 *
 *     laco_series *series;
 *     laco_model *model;
 *     laco_series_load(ctx, "airline-passengers.csv", NULL, &series);
 *     laco_train_forecast(ctx, NULL, series, NULL, &model);
 *     double next[24];
 *     laco_model_forecast(model, NULL, 24, next);
 */
#ifndef LACO_FORECAST_H
#define LACO_FORECAST_H

#include "laco/forecaster.h"
#include "laco/train.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct laco_forecast_options {
    laco_train_options train; /* optimiser.kind LACO_LBFGS: over the whole data, an epoch being one of its steps; line search by
                                 default strong Wolfe's */
    laco_network_options network;
    const char *target; /* the column that validation looks at; NULL: the first */
    int64_t horizon;    /* steps predicted at once (the direct form); 0: 1, step by step */
    int64_t window; /* rows of the pieces that training sees, 0: by the length of the data; of "mlp" those that it sees, 0: 24 */
    laco_share valid; /* of each series, at its end; 0: 0.2 */
    laco_forecast_base base;
    int64_t season;             /* rows of one season; 0: found in the data; LACO_OFF: none */
    laco_reals quantiles;       /* rising, within 0 … 1; trained by the quantile loss. 0.5 is added where it is missing */
    laco_likelihood likelihood; /* what is learned; quantiles are then those of the distribution, and forecasts its mean */
    const char *floor; /* the target is never forecast below this number, "no": it may go anywhere; NULL: 0 where all its rows
                             are counts, whole numbers of which none is below zero (so for the other columns, too) */
    bool calendar;     /* hour, weekday and day of the year as inputs of the network; needs time stamps */
    laco_series_config data; /* how the data were read: for whoever reads them, and for the record */
} laco_forecast_options;

/* Replaces every zero by what would be used for `data`, which may be NULL. The season is found, and the rows of a piece chosen,
 * later. */
LACO_API void laco_forecast_defaults(laco_forecast_options *options, const laco_series *data);

/* Trains a forecaster of all columns of `data`. `valid`: series that validation uses from their first row on; NULL: the end of
 * each series in `data` (options->valid), which is neither trained on nor used to standardise. With validation, the model handed
 * out is that of the best epoch by the mean of one-step and closed-loop error, both relative to the naive forecast.
 * `options` may be NULL. *out is the caller's.
 * LACO_INVALID: an option that cannot be, too few rows, a constant column. LACO_NUMERIC as for laco_train_classify. */
LACO_API laco_status laco_train_forecast(laco_context *ctx, const laco_forecast_options *options, const laco_series *data,
                                         const laco_series *valid, laco_model **out);

#ifdef __cplusplus
}
#endif

#endif
