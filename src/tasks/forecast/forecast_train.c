/* Training a forecaster of series. */
#include "forecast/forecast_train.h"
#include "train/rows.h"

#include "base/hash.h"

#include "forecast/series_covariates.h"

#include "forecast/forecast_score.h"
#include "options/options.h"

#include <math.h>
#include <string.h>

static int compare_doubles(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* One-step errors of the target in z, over all rows of all series that have a prediction, appended to errors. */
static laco_status collect_errors(laco_forecast_learner *l, const laco_scaled_set *tracks, double *errors, size_t *used)
{
    laco_forecaster *model = l->model;
    int64_t context = laco_forecaster_context(model), width = laco_forecaster_width(model);
    for (size_t i = 0; i < tracks->count; i++) {
        const laco_scaled_series *track = &tracks->track[i];
        if (track->rows <= context)
            continue;
        double *z = laco_alloc(l->ctx, (size_t)(track->rows - context), (size_t)width * sizeof *z);
        laco_status status = z ? laco_forecaster_one_step(model, tracks, track, context, track->rows, z) : LACO_NO_MEMORY;
        for (int64_t row = context; row < track->rows && status == LACO_OK; row++)
            errors[(*used)++] =
                fabs(track->z[model->target * track->rows + row] - z[(row - context) * width + laco_forecaster_middle(model)]);
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

static json_t *describe(const laco_learner *base)
{
    const laco_forecast_learner *l = (const laco_forecast_learner *)base;
    json_int_t rows = 0, valid = 0;
    for (size_t i = 0; i < l->data->count; i++) {
        rows += l->train_rows[i];
        valid += (json_int_t)l->data->one[i].rows - l->train_rows[i];
    }
    return json_pack("{s:I, s:I, s:I, s:s, s:f, s:f}", "rows", rows, "validation_rows", valid, "window", (json_int_t)l->window,
                     "optimiser", laco_learner_is_whole(&l->base) ? "lbfgs" : "first order", "base_share", l->base_share,
                     "network_share", l->network_share);
}

static laco_status summary(const laco_learner *base, laco_summary **out)
{
    return laco_series_summary(((const laco_forecast_learner *)base)->data, false, out);
}

/* ---- Options ------------------------------------------------------------------------------------------------------------------
 */

/* Puts the median among the quantiles, which rise. */
static laco_status add_median(laco_context *ctx, laco_reals *quantiles)
{
    laco_reals out = {0};
    bool has_median = quantiles->count == 0;
    if (quantiles->count == LACO_MOST_REALS)
        return laco_fail(ctx, LACO_INVALID, "%d quantiles; %d are possible", quantiles->count, LACO_MOST_REALS - 1);
    for (int q = 0; q < quantiles->count; q++) {
        double value = quantiles->value[q];
        if (!has_median && value > 0.5)
            out.value[out.count++] = 0.5;
        has_median = has_median || value >= 0.5;
        out.value[out.count++] = value;
    }
    if (!has_median)
        out.value[out.count++] = 0.5;
    *quantiles = out;
    return LACO_OK;
}

static laco_status check_options(laco_context *ctx, const laco_forecast_options *o, const laco_series *data)
{
    LACO_TRY(laco_options_check(ctx, &laco_forecast_table, o));
    LACO_TRY(laco_forecast_check_floor(ctx, o, data));
    LACO_TRY(laco_forecast_check_counts(ctx, o, data));
    if (data->column_count > LACO_MOST_COLUMNS)
        return laco_fail(ctx, LACO_INVALID, "%d columns; %d are possible", data->column_count, LACO_MOST_COLUMNS);
    if (o->network.directions == 2)
        return laco_fail(ctx, LACO_INVALID, "a forecaster cannot read both ways: the future is not there yet");
    return laco_network_check_mlp(ctx, &o->network);
}

static uint64_t hash_text(uint64_t hash, const char *text) { return laco_hash_bytes(hash, text, strlen(text) + 1); }

/* Values, names and dates of a series, and by its last stamp the form of these. */
static uint64_t hash_series(uint64_t hash, const laco_series *data, size_t index)
{
    const laco_one_series *one = &data->one[index];
    char last[48];
    hash = hash_text(hash, laco_series_id(data, index));
    hash = laco_hash(hash, laco_series_hash(one, data->column_count, one->rows));
    for (size_t row = 0; one->times && row < one->rows; row++)
        hash = laco_hash(hash, (uint64_t)one->times[row]);
    if (one->times && one->rows > 0) {
        laco_time_text(&data->format, one->times[one->rows - 1], last);
        hash = hash_text(hash, last);
    }
    return hash;
}

/* Known columns and facts of a series. */
static uint64_t hash_beside(uint64_t hash, const laco_series *data, size_t index)
{
    const laco_one_series *one = &data->one[index];
    size_t cells = one->known ? (one->rows + one->ahead) * (size_t)data->covariates.known_count : 0;
    hash = cells > 0 ? laco_hash_bytes(hash, (const char *)one->known, cells * sizeof *one->known) : hash;
    for (int f = 0; f < data->covariates.fact_count; f++) {
        const char *value = laco_series_fact(data, index, f);
        hash = hash_text(hash, value ? value : "");
    }
    return hash;
}

static uint64_t hash_set(uint64_t hash, const laco_series *data)
{
    for (int k = 0; k < data->covariates.known_count; k++)
        hash = hash_text(hash, data->covariates.known[k]);
    for (int f = 0; f < data->covariates.fact_count; f++)
        hash = hash_text(hash, data->covariates.facts[f]);
    for (int c = 0; c < data->column_count; c++)
        hash = hash_text(hash, data->columns[c]);
    for (size_t i = 0; i < data->count; i++)
        hash = hash_beside(hash_series(hash, data, i), data, i);
    return hash;
}

static uint64_t hash_data(const laco_learner *base)
{
    const laco_forecast_learner *l = (const laco_forecast_learner *)base;
    uint64_t hash = hash_set(LACO_HASH_START, l->data);
    return l->valid ? hash_set(hash, l->valid) : hash;
}

/* ---- Training -----------------------------------------------------------------------------------------------------------------
 */

static laco_status prepare(laco_learner *base)
{
    laco_forecast_learner *l = (laco_forecast_learner *)base;
    LACO_TRY(laco_forecast_prepare(l));
    base->validates = l->valid != NULL;
    for (size_t i = 0; i < l->data->count && !l->valid; i++)
        base->validates = base->validates || l->train_rows[i] < (int64_t)l->data->one[i].rows;
    if (!base->from)
        LACO_TRY(laco_forecast_choose_base(l));
    return laco_forecast_windows(l);
}

static laco_status finish(laco_learner *base)
{
    laco_forecast_learner *l = (laco_forecast_learner *)base;
    if (l->model->kind != LACO_BASE_NONE && base->validates)
        LACO_TRY(laco_forecast_choose_share(l));
    LACO_TRY(measure_errors(l));
    laco_forecast_set_floors(l); /* of answers alone: training and validation see what the network says */
    return laco_forecast_fit_direct(l);
}

static void release(laco_learner *base)
{
    laco_forecast_learner *l = (laco_forecast_learner *)base;
    void *blocks[] = {l->train_rows, l->starts,     l->x,       l->y,           l->windows, l->order, l->batch_x,
                      l->batch_y,    l->batch_mask, l->lengths, l->base_counts, l->places,  l->before};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        laco_release(l->ctx, blocks[i]);
    laco_scaled_set_free(&l->tracks);
    laco_scaled_set_free(&l->valid_tracks);
}

static const laco_learner_type learner_type = {.prepare = prepare,
                                               .start_epoch = laco_forecast_start_epoch,
                                               .loss = laco_forecast_loss,
                                               .validate = laco_forecast_validate,
                                               .finish = finish,
                                               .hash = hash_data,
                                               .describe = describe,
                                               .summary = summary,
                                               .release = release};

laco_status laco_train_forecast(laco_context *ctx, const laco_forecast_options *given, const laco_series *data,
                                const laco_series *valid, laco_model **out)
{
    laco_forecast_options options = given ? *given : (laco_forecast_options){0};
    LACO_TRY(check_options(ctx, &options, data)); /* before defaults, which are all possible */
    LACO_TRY(add_median(ctx, &options.quantiles));
    LACO_TRY(laco_train_from(ctx, &laco_forecast_table, &options));
    laco_forecast_defaults(&options, data);
    laco_forecast_learner l = {.base = {.type = &learner_type,
                                        .options = &options.train,
                                        .table = &laco_forecast_table,
                                        .all = &options,
                                        .example = "values"},
                               .ctx = ctx,
                               .options = &options,
                               .data = data,
                               .valid = valid,
                               .base_share = 1,
                               .network_share = 1};
    return laco_train_model(ctx, &l.base, out);
}
