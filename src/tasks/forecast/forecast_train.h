/* Training a forecaster: what preparation, windows and training share. */
#ifndef LACO_FORECAST_FORECAST_TRAIN_H
#define LACO_FORECAST_FORECAST_TRAIN_H

#include "laco/forecast.h"
#include "forecast/scaled_series.h"
#include "train/loop.h"

/* Rows first … first + length - 1 of a series, as one sequence. */
typedef struct laco_series_window {
    size_t series;
    int64_t first, length;
} laco_series_window;

typedef struct laco_forecast_learner {
    laco_learner base;
    laco_context *ctx;
    laco_forecast_options *options;  /* with defaults filled in */
    const laco_series *data, *valid; /* valid: NULL, or series of its own */
    laco_forecaster *model;
    double base_share, network_share; /* as validation chose them */
    int64_t *train_rows;              /* [data->count] */
    char note[700];                   /* of series that are too short */
    laco_scaled_set tracks, valid_tracks;
    int64_t *starts;               /* [data->count + 1] where a series' rows begin in x and y */
    laco_real *x, *y;              /* inputs [rows][I], and what the network should say [rows][horizon · C]; NaN: nothing */
    float *base_counts;            /* of a likelihood of counts: what x adds to, in counts, as y */
    laco_likelihood_place *places; /* of a batch */
    int64_t window;                /* length of a piece */
    laco_series_window *windows;
    size_t *order;
    int64_t window_count;
    laco_real *batch_x, *batch_y, *batch_mask;
    int32_t *lengths;
    laco_real *before; /* of an mlp: [W − 1][B][I], the rows before a batch's windows */
} laco_forecast_learner;

/* From series and options to a model with autoregression and scales, and tracks: forecast_prepare.c. */
laco_status laco_forecast_prepare(laco_forecast_learner *learner);

/* How many rows of each series are trained on; means and deviations of these, spreads [series][C]; and whether the logarithm of a
 * column may be tried, with its least value: forecast_split.c. */
laco_status laco_forecast_split(laco_forecast_learner *learner);
void laco_forecast_find_spreads(const laco_forecast_learner *learner, int column, const laco_column *as, laco_spread *spreads);
bool laco_forecast_may_have_log(const laco_forecast_learner *learner, int column, double *least);

/* Sizes of steps and of what the autoregression leaves of a column; again where its weights have changed. */
void laco_forecast_measure(laco_forecast_learner *learner, int column);

/* Of a training that goes on from a model (forecast_from.c). The columns have to be those of the model, in its order, and
 * *target, which becomes the model's where none was asked for: else LACO_INVALID. */
laco_status laco_forecast_check_from(const laco_forecast_learner *learner, int *target);

/* Its weights, the autoregression's too, and how columns are transformed. */
laco_status laco_forecast_keep(laco_forecast_learner *learner);

/* As laco_forecast_measure, but sizes of steps and errors, by which the network reads and is read, stay; values may go where they
 * went there, and where they go here. */
void laco_forecast_measure_on(laco_forecast_learner *learner, int column);

/* The end of each series, as the model keeps it, and what training saw of it: again where the model asks for more rows. */
laco_status laco_forecast_keep_history(laco_forecast_learner *learner);

/* The direct base, and how much of forecasts is the network's: forecast_combine.c. */
laco_status laco_forecast_fit_direct(laco_forecast_learner *learner);

/* Inputs and targets of all training rows, and room for batches: forecast_pieces.c. */
laco_status laco_forecast_windows(laco_forecast_learner *learner);

/* The learner's functions of the same names. */
laco_status laco_forecast_start_epoch(laco_learner *learner, int64_t epoch, int64_t *batches);
laco_var laco_forecast_loss(laco_learner *learner, laco_tape *tape, const laco_part *part, int64_t *examples);
laco_status laco_forecast_validate(laco_learner *learner, laco_validation *out);

/* By validation: how much of the autoregression is used before training, how much of the network's output, and how wide its bands
 * are, after it. Without validation the first leaves all as it is, and the second is not to be called: forecast_validate.c. */
laco_status laco_forecast_choose_base(laco_forecast_learner *learner);
laco_status laco_forecast_choose_share(laco_forecast_learner *learner);

/* Floors: what no answer goes below (forecast_floor.c). LACO_INVALID: options->floor is neither a number nor "no", or a value of
 * the target lies below it. */
laco_status laco_forecast_check_counts(laco_context *ctx, const laco_forecast_options *options, const laco_series *data);
laco_status laco_forecast_check_floor(laco_context *ctx, const laco_forecast_options *options, const laco_series *data);

/* Those of the trained model: of the target as asked for; else 0 for every column of counts, whole numbers of which none is below
 * zero. */
void laco_forecast_set_floors(laco_forecast_learner *learner);

#endif
