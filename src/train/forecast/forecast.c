/* Training a forecaster of series. */
#include "train/forecast/forecast.h"

#include "model/forecast/forecast_score.h"
#include "train/forecast/closure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int compare_doubles(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* One-step errors of the target in z, over all rows of all series that have a prediction, appended to errors. */
static laco_status collect_errors(laco_forecast_learner *l, const laco_tracks *tracks, double *errors, size_t *used)
{
    laco_forecaster *model = l->model;
    int64_t context = laco_forecaster_context(model), width = laco_forecaster_width(model);
    for (size_t i = 0; i < tracks->count; i++) {
        const laco_track *track = &tracks->track[i];
        if (track->rows <= context)
            continue;
        double *z = laco_alloc(l->ctx, (size_t)(track->rows - context), (size_t)width * sizeof *z);
        laco_status status = z ? laco_forecaster_one_step(model, tracks, track, context, track->rows, z) : LACO_NO_MEMORY;
        for (int64_t row = context; row < track->rows && status == LACO_OK; row++)
            errors[(*used)++] = fabs(track->z[model->target * track->rows + row] - z[(row - context) * width + model->median]);
        laco_release(l->ctx, z);
        LACO_TRY(status);
    }
    return LACO_OK;
}

/* The size that one error in a thousand reaches: what is far beyond it is a surprise. */
static laco_status measure_errors(laco_forecast_learner *l)
{
    size_t rows = 0, used = 0;
    for (size_t i = 0; i < l->tracks.count; i++)
        rows += (size_t)l->tracks.track[i].rows;
    for (size_t i = 0; i < l->valid_tracks.count; i++)
        rows += (size_t)l->valid_tracks.track[i].rows;
    double *errors = laco_alloc(l->ctx, rows, sizeof *errors);
    laco_status status = errors ? collect_errors(l, &l->tracks, errors, &used) : LACO_NO_MEMORY;
    if (status == LACO_OK)
        status = collect_errors(l, &l->valid_tracks, errors, &used);
    if (status == LACO_OK && used > 0) {
        qsort(errors, used, sizeof *errors, compare_doubles);
        l->model->error_size = errors[(size_t)(0.999 * (double)(used - 1))];
    }
    laco_release(l->ctx, errors);
    return status;
}

static laco_status describe_training(laco_forecast_learner *l, int64_t epochs)
{
    const laco_forecast_options *o = l->options;
    json_int_t rows = 0, valid = 0;
    for (size_t i = 0; i < l->data->count; i++) {
        rows += l->train_rows[i];
        valid += (json_int_t)l->data->one[i].rows - l->train_rows[i];
    }
    json_t *object =
        json_pack("{s:I, s:I, s:I, s:I, s:s, s:f, s:f, s:I}", "rows", rows, "validation_rows", valid, "epochs", (json_int_t)0,
                  "window", (json_int_t)l->window, "optimiser", o->lbfgs ? "lbfgs" : "first order", "base_share", l->base_share,
                  "network_share", l->network_share, "seed", (json_int_t)(o->train.seed & INT64_MAX));
    return laco_train_describe(&l->model->base, object, epochs);
}

/* ---- Options ------------------------------------------------------------------------------------------------------------------
 */

static void fill_defaults(laco_forecast_options *o)
{
    laco_network_options *network = &o->network;
    laco_train_options *train = &o->train;
    bool plain = o->base == LACO_BASE_NONE;
    if (!network->cell)
        network->cell = "lstm";
    if (network->hidden == 0)
        network->hidden = plain ? 51 : 64;
    if (network->layers == 0)
        network->layers = 2;
    network->embed = -1;
    network->directions = 1;
    network->tie_weights = false;
    network->window = 0;
    if (o->horizon == 0)
        o->horizon = 1;
    if (o->valid_fraction == 0)
        o->valid_fraction = 0.2;
    if (train->epochs == 0 && train->minutes <= 0)
        train->epochs = o->lbfgs ? 15 : plain ? 200 : 60;
    if (train->patience == 0)
        train->patience = o->lbfgs ? 5 : 20;
    if (train->batch == 0)
        train->batch = 16;
    if (train->optimiser.lr == 0 && !train->optimiser_set)
        train->optimiser.lr = 0.003;
    if (o->lbfgs_config.lr == 0 && train->optimiser.lr > 0 && train->optimiser_set)
        o->lbfgs_config.lr = train->optimiser.lr;
    laco_train_defaults(train);
}

/* Rising quantiles with the median among them, into `out`. */
static laco_status check_quantiles(laco_context *ctx, laco_forecast_options *o, double *out)
{
    int count = 0;
    bool has_median = o->quantile_count == 0;
    for (int q = 0; q < o->quantile_count; q++) {
        double value = o->quantiles[q];
        if (!(value > 0 && value < 1) || (q > 0 && !(value > o->quantiles[q - 1])))
            return laco_fail(ctx, LACO_INVALID, "quantiles must rise and lie between 0 and 1: %g does not", value);
        if (!has_median && value >= 0.5) {
            if (value > 0.5 && count < LACO_MAX_QUANTILES)
                out[count++] = 0.5;
            has_median = true;
        }
        if (count < LACO_MAX_QUANTILES)
            out[count++] = value;
    }
    if (!has_median && count < LACO_MAX_QUANTILES)
        out[count++] = 0.5;
    if (count >= LACO_MAX_QUANTILES)
        return laco_fail(ctx, LACO_INVALID, "%d quantiles; %d are possible", o->quantile_count, LACO_MAX_QUANTILES - 1);
    o->quantiles = out;
    o->quantile_count = count;
    return LACO_OK;
}

static laco_status check_options(laco_context *ctx, const laco_forecast_options *o, const laco_series *data)
{
    if (data->column_count > LACO_MOST_COLUMNS)
        return laco_fail(ctx, LACO_INVALID, "%d columns; %d are possible", data->column_count, LACO_MOST_COLUMNS);
    if (o->horizon < 0 || o->horizon > 1 << 14 || o->window < 0 || o->window > 1 << 24)
        return laco_fail(ctx, LACO_INVALID, "horizon %lld, window %lld: a horizon is within 1 … 16384, a window at least 1",
                         (long long)o->horizon, (long long)o->window);
    if (!(o->valid_fraction < 1))
        return laco_fail(ctx, LACO_INVALID, "the part for validation is %g; it must be below 1", o->valid_fraction);
    if (o->network.directions == 2)
        return laco_fail(ctx, LACO_INVALID, "a forecaster cannot read both ways: the future is not there yet");
    if (o->season > 1 << 20)
        return laco_fail(ctx, LACO_INVALID, "a season of %lld rows is too long", (long long)o->season);
    return LACO_OK;
}

/* A checkpoint belongs to the data and the options that shape the run. */
static void fingerprint(const laco_forecast_learner *l, char text[LACO_FINGERPRINT])
{
    const laco_forecast_options *o = l->options;
    uint64_t hash = 0;
    for (size_t i = 0; i < l->data->count; i++)
        hash = hash * 31 + l->model->seen[i].hash + (uint64_t)l->train_rows[i];
    for (size_t i = 0; l->valid && i < l->valid->count; i++)
        hash = hash * 37 + laco_series_hash(&l->valid->one[i], l->model->C, l->valid->one[i].rows);
    hash = hash * 43 + laco_series_hash_frame(l->data) + (l->valid ? 47 * laco_series_hash_frame(l->valid) : 0);
    for (int q = 0; q < o->quantile_count; q++)
        hash = hash * 41 + (uint64_t)(o->quantiles[q] * 1e9);
    snprintf(text, LACO_FINGERPRINT,
             "task forecast data %016llx target %d horizon %lld window %lld base %d season %lld calendar %d lbfgs %d lbfgs-lr "
             "%.17g line-search %d history %lld",
             (unsigned long long)hash, l->model->target, (long long)o->horizon, (long long)l->window, (int)o->base,
             (long long)o->season, o->calendar, o->lbfgs, o->lbfgs_config.lr, (int)o->lbfgs_config.line_search,
             (long long)o->lbfgs_config.history_size);
    laco_train_fingerprint(&o->train, &o->network, text);
}

/* ---- Training -----------------------------------------------------------------------------------------------------------------
 */

static laco_status finish(laco_forecast_learner *l, int64_t epochs)
{
    if (l->model->kind != LACO_BASE_NONE && l->base.validate)
        LACO_TRY(laco_forecast_choose_share(l));
    LACO_TRY(measure_errors(l));
    return describe_training(l, epochs);
}

static laco_status train(laco_forecast_learner *l, laco_model **out)
{
    char name[LACO_FINGERPRINT];
    int64_t epochs;
    bool validated = l->valid != NULL;
    for (size_t i = 0; i < l->data->count && !l->valid; i++)
        validated = validated || l->train_rows[i] < (int64_t)l->data->one[i].rows;
    l->base = (laco_learner){.model = &l->model->base,
                             .example = "values",
                             .start_epoch = laco_forecast_start_epoch,
                             .loss = laco_forecast_loss,
                             .validate = validated ? laco_forecast_validate : NULL};
    fingerprint(l, name);
    LACO_TRY(laco_forecast_choose_base(l));
    LACO_TRY(laco_forecast_pieces(l));
    laco_status status = l->options->lbfgs
                             ? laco_train_closure(&l->base, &l->options->train, &l->options->lbfgs_config, name, &epochs)
                             : laco_train_loop(&l->base, &l->options->train, name, &epochs);
    if (status < 0 && !(status == LACO_NUMERIC && epochs > 0))
        return status;
    LACO_TRY(finish(l, epochs));
    *out = &l->model->base;
    l->model = NULL;
    return status;
}

static void release(laco_forecast_learner *l)
{
    void *blocks[] = {l->train_rows, l->starts,  l->x,       l->y,          l->pieces,
                      l->order,      l->batch_x, l->batch_y, l->batch_mask, l->lengths};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        laco_release(l->ctx, blocks[i]);
    laco_tracks_free(&l->tracks);
    laco_tracks_free(&l->valid_tracks);
    if (l->model)
        laco_model_free(&l->model->base);
}

laco_status laco_train_forecast(laco_context *ctx, const laco_forecast_options *given, const laco_series *data,
                                const laco_series *valid, laco_model **out)
{
    laco_forecast_options options = given ? *given : (laco_forecast_options){0};
    double quantiles[LACO_MAX_QUANTILES];
    LACO_TRY(check_options(ctx, &options, data)); /* before defaults, which are all possible */
    LACO_TRY(check_quantiles(ctx, &options, quantiles));
    fill_defaults(&options);
    laco_forecast_learner l = {
        .ctx = ctx, .options = &options, .data = data, .valid = valid, .base_share = 1, .network_share = 1};
    laco_status status = laco_forecast_prepare(&l);
    if (status == LACO_OK)
        status = train(&l, out);
    release(&l);
    return status;
}
