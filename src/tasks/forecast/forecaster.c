#include "forecast/forecaster.h"

#include "base/hash.h"
#include "forecast/covariates.h"

#include <math.h>
#include <string.h>

#define TAU 6.28318530717958647692

int laco_ar_terms(const laco_ar *ar)
{
    int terms = 1 + ar->lag_count;
    for (int p = 0; p < ar->period_count; p++)
        terms += 2 * ar->harmonics[p];
    return terms;
}

int32_t laco_ar_longest(const laco_ar *ar) { return ar->lag_count > 0 ? ar->lags[ar->lag_count - 1] : 0; }

void laco_ar_waves(const laco_ar *ar, double clock, double *out)
{
    for (int p = 0; p < ar->period_count; p++)
        for (int k = 1; k <= ar->harmonics[p]; k++) {
            double angle = TAU * fmod(clock, ar->periods[p]) * k / ar->periods[p];
            *out++ = cos(angle);
            *out++ = sin(angle);
        }
}

double laco_ar_predict(const laco_ar *ar, const laco_real *weight, const double *now, double clock)
{
    double waves[2 * LACO_AR_LAGS] = {0}, sum = (double)weight[0];
    int first = 1 + ar->lag_count, terms = laco_ar_terms(ar);
    for (int l = 0; l < ar->lag_count; l++)
        sum += (double)weight[1 + l] * now[1 - ar->lags[l]];
    if (terms == first)
        return sum;
    laco_ar_waves(ar, clock, waves);
    for (int k = first; k < terms; k++)
        sum += (double)weight[k] * waves[k - first];
    return sum;
}

double laco_to_z(const laco_column *column, const laco_spread *scale, double value)
{
    return ((column->log ? log(fmax(value, column->floor)) : value) - scale->mean) / scale->scale;
}

double laco_from_z(const laco_column *column, const laco_spread *scale, double z)
{
    double value = z * scale->scale + scale->mean;
    value = column->log ? exp(value) : column->counts ? laco_likelihood_mean(value, LACO_LIKELIHOOD_SOFT * scale->scale) : value;
    return laco_not_below(column, value);
}

uint64_t laco_series_hash(const laco_one_series *one, int columns, size_t rows)
{
    uint64_t hash = LACO_HASH_START, bits;
    for (size_t i = 0; i < rows * (size_t)columns; i++) {
        memcpy(&bits, &one->values[i], sizeof bits);
        hash = laco_hash(hash, bits);
        hash ^= hash >> 29;
    }
    return hash;
}

int64_t laco_forecaster_inputs(const laco_forecaster *model)
{
    return model->C * (model->kind == LACO_BASE_NONE ? 1 : 3) + (model->calendar ? LACO_CALENDAR : 0) +
           laco_covariates_inputs(model);
}

int64_t laco_forecaster_outputs(const laco_forecaster *model) { return model->horizon * model->C * laco_forecaster_width(model); }

int64_t laco_forecaster_context(const laco_forecaster *model)
{
    return model->kind == LACO_BASE_NONE ? 1 : LACO_MAX(laco_ar_longest(&model->ar), 1) + 1;
}

int64_t laco_forecaster_warm(const laco_forecaster *model)
{
    return LACO_MAX(laco_forecaster_context(model) + LACO_MAX(2 * model->window, 256), laco_direct_longest(&model->direct));
}

laco_status laco_as_forecaster(laco_model *model, laco_forecaster **out)
{
    if (model->task != &laco_task_forecast)
        return laco_fail(model->ctx, LACO_INVALID, "the model was trained to %s, not to forecast", model->task->name);
    *out = (laco_forecaster *)model;
    return LACO_OK;
}

laco_status laco_forecaster_name_columns(laco_forecaster *model)
{
    model->names = laco_alloc(model->base.ctx, (size_t)model->C, sizeof *model->names);
    for (int c = 0; model->names && c < model->C; c++)
        model->names[c] = model->columns[c].name;
    return model->names ? LACO_OK : LACO_NO_MEMORY;
}

static laco_status make_columns(laco_forecaster *model, const char *const *columns, int C)
{
    laco_context *ctx = model->base.ctx;
    model->columns = laco_alloc(ctx, (size_t)C, sizeof *model->columns);
    if (!model->columns)
        return LACO_NO_MEMORY;
    model->C = C;
    for (int c = 0; c < C; c++) {
        model->columns[c] = (laco_column){.step = 1,
                                          .error = 1,
                                          .dispersion = 1,
                                          .counts = laco_likelihood_counts(model->likelihood),
                                          .low = -1e6,
                                          .high = 1e6,
                                          .least = -INFINITY};
        if (!(model->columns[c].name = laco_copy_string(ctx, columns[c])))
            return LACO_NO_MEMORY;
    }
    return laco_forecaster_name_columns(model);
}

laco_status laco_forecaster_add_direct(laco_forecaster *model)
{
    static const char *const names[LACO_DIRECT_PARTS] = {"direct.weight", "direct.log.weight"};
    for (int p = 0; p < LACO_DIRECT_PARTS && model->direct.horizon > 0; p++) {
        laco_direct_part *part = &model->direct.part[p];
        int64_t shape[3] = {model->direct.maps, part->lags, model->direct.horizon};
        if (part->lags == 0)
            continue;
        LACO_TRY(laco_module_add_param(model->base.module, names[p], 3, shape, &part->weight));
        part->weight->frozen = true;
    }
    int64_t shape[3] = {model->direct.horizon, model->C, model->quantile_count};
    const int64_t shares[2] = {model->direct.maps, LACO_DIRECT_PARTS};
    if (model->direct.has_shares) {
        LACO_TRY(laco_module_add_param(model->base.module, "direct.share", 2, shares, &model->direct.shares));
        model->direct.shares->frozen = true;
    }
    if (!model->direct.has_band)
        return LACO_OK;
    LACO_TRY(laco_module_add_param(model->base.module, "direct.band", 3, shape, &model->direct.band));
    model->direct.band->frozen = true;
    return LACO_OK;
}

/* The network, and the autoregression's weights as a parameter that no optimiser moves. */
static laco_status make_layers(laco_model *base)
{
    laco_forecaster *model = (laco_forecaster *)base;
    laco_network_config *network = &model->network.config;
    network->inputs = laco_forecaster_inputs(model);
    network->outputs = laco_forecaster_outputs(model);
    network->embed = 0;
    network->directions = 1;
    LACO_TRY(laco_network_new(base->module, network, &model->network));
    if (model->kind == LACO_BASE_NONE)
        return LACO_OK;
    int64_t shape[2] = {model->C, laco_ar_terms(&model->ar)};
    LACO_TRY(laco_module_add_param(base->module, "autoregression.weight", 2, shape, &model->ar_weight));
    model->ar_weight->frozen = true;
    const int64_t effect[2] = {model->C, model->K};
    if (model->K > 0 && model->kind == LACO_BASE_AUTO) {
        LACO_TRY(laco_module_add_param(base->module, "known.effect", 2, effect, &model->effect));
        model->effect->frozen = true;
        memset(model->effect->value, 0, (size_t)model->effect->count * sizeof *model->effect->value);
    }
    return laco_forecaster_add_direct(model);
}

laco_status laco_forecaster_new(laco_context *ctx, uint64_t seed, const laco_forecaster_config *config,
                                const char *const *columns, int C, laco_forecaster **out)
{
    laco_forecaster *model = laco_alloc(ctx, 1, sizeof *model);
    if (!model)
        return LACO_NO_MEMORY;
    model->base = (laco_model){.ctx = ctx, .task = &laco_task_forecast};
    model->kind = config->kind;
    model->ar = config->ar;
    model->target = config->target;
    model->horizon = config->horizon;
    model->window = config->window;
    model->season = config->season;
    model->calendar = config->calendar;
    model->quantile_count = config->quantile_count;
    model->likelihood = config->likelihood;
    memcpy(model->quantiles, config->quantiles, sizeof model->quantiles);
    for (int q = 0; q < model->quantile_count; q++)
        if (model->quantiles[q] == 0.5)
            model->median = q;
    model->network.config = config->network;
    laco_status status = make_columns(model, columns, C);
    if (status == LACO_OK && config->from)
        status = laco_covariates_copy(model, config->from);
    else if (status == LACO_OK && config->data)
        status = laco_covariates_learn(model, config->data, config->rows);
    if (status == LACO_OK)
        status = laco_covariates_list(model);
    if (status == LACO_OK)
        status = laco_model_make(&model->base, seed, NULL);
    if (status == LACO_OK)
        *out = model;
    else
        laco_model_free(&model->base);
    return status;
}

static void close_forecaster(laco_model *base) { laco_tape_free(((laco_forecaster *)base)->tape); }

static void release_forecaster(laco_model *base)
{
    laco_forecaster *model = (laco_forecaster *)base;
    for (int c = 0; model->columns && c < model->C; c++)
        laco_release(base->ctx, model->columns[c].name);
    laco_release(base->ctx, model->columns);
    laco_covariates_free(model);
    laco_release(base->ctx, model->names);
    laco_release(base->ctx, model->scales);
    laco_release(base->ctx, model->seen);
    laco_series_free(model->history);
}

/* How much there was to learn from, among what the file says of the forecast. */
static laco_status describe_forecaster(const laco_model *base, const laco_meta *meta, json_t *into)
{
    const laco_forecaster *model = (const laco_forecaster *)base;
    json_t *forecast = json_object_get(into, "forecast"), *none;
    int64_t rows = 0;
    for (size_t i = 0; i < model->history->count; i++)
        rows += model->seen[i].train_rows;
    bool said = json_object_set_new(forecast, "series", json_integer((json_int_t)model->history->count)) == 0 &&
                json_object_set_new(forecast, "train_rows", json_integer(rows)) == 0;
    return said ? LACO_OK : laco_meta_give(meta, NULL, &none);
}

static void data_of(const laco_model *base, laco_data_config *out)
{
    const laco_forecaster *model = (const laco_forecaster *)base;
    out->series = (laco_series_config){.columns = model->names,
                                       .column_count = model->C,
                                       .known_list = model->known_list,
                                       .static_list = model->static_list,
                                       .date_unclear = laco_series_date_order(model->history)};
}

const laco_task laco_task_forecast = {
    .name = "forecast",
    .table = &laco_forecast_table,
    .metadata = &laco_forecaster_metadata,
    .make = make_layers,
    .data = data_of,
    .options = laco_forecast_options_of,
    .release = release_forecaster,
    .describe = describe_forecaster,
    .scratch = offsetof(laco_forecaster, tape),
    .close = close_forecaster,
    .stream = &laco_forecast_stream,
};
