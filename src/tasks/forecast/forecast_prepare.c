/* From series to a forecaster that has not been trained: split, transform, scales, season, autoregression. */
#include "forecast/ar.h"
#include "forecast/covariates.h"
#include "forecast/forecast_train.h"

#include "nn/module.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MOST_KNOWN 64 /* columns that are known ahead */

/* ---- Season and autoregression -----------------------------------------------------------------------------------------------
 */

/* One column of all series, transformed, over the training rows. */
typedef struct column_data {
    laco_ar_data data;
    laco_ar_series *series;
    double *z, *clock;         /* one after another */
    double effect[MOST_KNOWN]; /* of the known columns, which z is without, once they are found */
} column_data;

static void free_column(column_data *d)
{
    laco_release(d->data.ctx, d->series);
    laco_release(d->data.ctx, d->z);
    laco_release(d->data.ctx, d->clock);
    d->series = NULL;
    d->z = d->clock = NULL;
}

static laco_status make_column(const laco_forecast_learner *l, int c, const laco_column *column, const laco_spread *spreads,
                               column_data *d)
{
    size_t rows = 0, used = 0, count = l->data->count;
    for (size_t i = 0; i < count; i++)
        rows += (size_t)l->train_rows[i];
    *d = (column_data){.data = {.ctx = l->ctx, .count = count, .column = *column, .has_time = l->data->has_time}};
    d->series = laco_alloc(l->ctx, count, sizeof *d->series);
    d->z = laco_alloc(l->ctx, rows, sizeof *d->z);
    d->clock = laco_alloc(l->ctx, rows, sizeof *d->clock);
    if (!d->series || !d->z || !d->clock) {
        free_column(d);
        *d = (column_data){.data.ctx = l->ctx}; /* the caller may free it too */
        return LACO_NO_MEMORY;
    }
    d->data.series = d->series;
    for (size_t i = 0; i < count; i++) {
        const laco_spread *spread = &spreads[i * (size_t)l->data->column_count + (size_t)c];
        d->series[i] = (laco_ar_series){d->z + used, d->clock + used, l->train_rows[i], *spread};
        for (int64_t row = 0; row < l->train_rows[i]; row++, used++) {
            d->z[used] = laco_to_z(column, spread, laco_series_value(l->data, i, (size_t)row, c));
            d->clock[used] = laco_scaled_series_clock(NULL, l->data, i, row);
        }
    }
    return LACO_OK;
}

/* What the known columns explain of the column is taken from it. */
static laco_status find_effect(const laco_forecast_learner *l, const laco_forecaster_config *config, column_data *d)
{
    int K = l->data->covariates.known_count;
    laco_forecaster model = {.base.ctx = l->ctx};
    if (K == 0 || config->kind != LACO_BASE_AUTO)
        return LACO_OK;
    size_t rows = 0;
    for (size_t i = 0; i < l->data->count; i++)
        rows += (size_t)l->train_rows[i];
    laco_status status = laco_covariates_learn(&model, l->data, l->train_rows);
    double *u = status == LACO_OK ? laco_alloc(l->ctx, rows, (size_t)K * sizeof *u) : NULL, *at = u;
    for (size_t i = 0; u && i < l->data->count; i++)
        for (int64_t row = 0; row < l->train_rows[i]; row++, at += K)
            laco_covariates_standardise(&model, l->data, i, row, at);
    if (status == LACO_OK)
        status = u ? laco_covariates_regress(&d->data, u, K, config->season, d->effect) : LACO_NO_MEMORY;
    for (size_t row = 0; row < rows && status == LACO_OK; row++)
        for (int k = 0; k < K; k++)
            d->z[row] -= d->effect[k] * u[row * (size_t)K + (size_t)k];
    laco_release(l->ctx, u);
    laco_covariates_free(&model);
    return status;
}

static laco_status find_season(const laco_forecast_learner *l, const column_data *d, int64_t *season)
{
    size_t longest = 0;
    for (size_t i = 0; i < l->data->count; i++)
        longest = l->train_rows[i] > l->train_rows[longest] ? i : longest;
    *season = LACO_MAX(l->options->season, (int64_t)1);
    if (l->options->season != 0)
        return LACO_OK;
    bool calendar = l->data->has_time && l->data->format.detail != LACO_TIME_NUMBER;
    return laco_season_find(l->ctx, &d->series[longest], &l->data->step, calendar, season);
}

/* The terms under the target, chosen or asked for, and their weights. `plain` and `logarithm` (its columns NULL: not possible)
 * are the target's data; *log: which was taken. */
static laco_status choose_ar(const laco_forecast_learner *l, const column_data *plain, const column_data *logarithm,
                             laco_forecaster_config *config, bool *log, laco_real *weight)
{
    int64_t season = config->season;
    int chosen = 0;
    *log = false;
    if (config->kind == LACO_BASE_AUTO) {
        const laco_ar_data both[2] = {plain->data, logarithm->data};
        bool number = l->data->has_time && l->data->format.detail == LACO_TIME_NUMBER;
        LACO_TRY(laco_ar_choose(both, logarithm->series ? 2 : 1, &l->data->step, number, season, &chosen, &config->ar, weight));
        *log = chosen == 1;
        return LACO_OK;
    }
    config->ar = (laco_ar){.lag_count = config->kind != LACO_BASE_NONE};
    config->ar.lags[0] = config->kind == LACO_BASE_SEASONAL ? (int32_t)season : 1;
    weight[0] = 0;
    weight[1] = 1;
    return LACO_OK;
}

/* ---- The model
 * ------------------------------------------------------------------------------------------------------------------ */

/* The end of each series, which the model keeps, and what training saw of it. */
laco_status laco_forecast_keep_history(laco_forecast_learner *l)
{
    laco_forecaster *model = l->model;
    const laco_series *data = l->data;
    size_t warm = (size_t)laco_forecaster_warm(model), place;
    laco_series_free(model->history);
    laco_release(l->ctx, model->seen);
    model->history = NULL;
    model->seen = NULL;
    LACO_TRY(laco_series_new(l->ctx, data->name, (const char *const *)data->columns, data->column_count, &model->history));
    model->history->has_time = data->has_time;
    model->history->has_ids = data->has_ids;
    model->history->format = data->format;
    model->history->step = data->step;
    LACO_TRY(laco_series_like_covariates(data, model->history));
    model->seen = laco_alloc(l->ctx, data->count, sizeof *model->seen);
    if (!model->seen)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < data->count; i++) {
        const laco_one_series *one = &data->one[i];
        const char *id = laco_series_id(data, i);
        LACO_TRY(laco_series_place(model->history, id, strlen(id), &place));
        LACO_TRY(laco_series_copy_rows(one, one->rows > warm ? one->rows - warm : 0, place, model->history));
        model->seen[i] =
            (laco_seen){l->train_rows[i], (int64_t)one->rows, laco_series_hash(one, model->C, (size_t)l->train_rows[i]),
                        laco_series_hash(one, model->C, one->rows)};
    }
    return LACO_OK;
}

/* Sizes of steps and of what the autoregression leaves, and how far a closed loop may go: from the training rows. */
void laco_forecast_measure(laco_forecast_learner *l, int c)
{
    const laco_forecaster *model = l->model;
    laco_column *column = &model->columns[c];
    const laco_real *weight = laco_forecaster_weight(model, c);
    double steps = 0, errors = 0, step_count = 0, error_count = 0, low = INFINITY, high = -INFINITY;
    int32_t longest = LACO_MAX(laco_ar_longest(&model->ar), 1);
    for (size_t i = 0; i < l->tracks.count; i++) {
        const laco_scaled_series *track = &l->tracks.track[i];
        const double *z = track->z + c * track->rows;
        for (int64_t t = 0; t < l->train_rows[i]; t++) {
            low = fmin(low, z[t]);
            high = fmax(high, z[t]);
            steps += t > 0 ? (z[t] - z[t - 1]) * (z[t] - z[t - 1]) : 0;
            step_count += t > 0;
            if (!weight || t < longest)
                continue;
            double error = z[t] - laco_ar_predict(&model->ar, weight, z + t - 1, track->clock[t]);
            errors += error * error;
            error_count += 1;
        }
    }
    column->step = fmax(1e-4, sqrt(steps / fmax(step_count, 1)));
    column->error = weight ? fmax(1e-4, sqrt(errors / fmax(error_count, 1))) : 1;
    column->low = low - (high - low);
    column->high = high + (high - low);
}

/* Before it has learned anything the network adds nothing. */
static void silence(laco_forecaster *model)
{
    static const char *const names[] = {"linear.weight", "linear.bias"};
    for (int i = 0; i < 2; i++) {
        laco_param *param = laco_module_find(model->base.module, names[i]);
        memset(param->value, 0, (size_t)param->count * sizeof *param->value);
        laco_param_changed(param);
    }
}

static void set_effect(laco_forecaster *model, int c, const double *effect)
{
    for (int k = 0; model->effect && k < model->K; k++)
        model->effect->value[c * model->K + k] = (laco_real)effect[k];
}

static laco_status fit_columns(laco_forecast_learner *l, const laco_forecaster_config *config, const laco_real *target_weight)
{
    laco_forecaster *model = l->model;
    int terms = laco_ar_terms(&model->ar);
    for (int c = 0; c < model->C && model->ar_weight && target_weight; c++) {
        laco_real *weight = laco_forecaster_weight(model, c);
        column_data d;
        memcpy(weight, target_weight, (size_t)terms * sizeof *weight);
        if (c == model->target || model->kind != LACO_BASE_AUTO)
            continue;
        LACO_TRY(make_column(l, c, &model->columns[c], model->scales, &d));
        laco_status status = find_effect(l, config, &d);
        if (status == LACO_OK)
            status = laco_ar_fit(&d.data, &model->ar, weight);
        set_effect(model, c, d.effect);
        free_column(&d);
        LACO_TRY(status);
    }
    if (model->ar_weight)
        laco_param_changed(model->ar_weight);
    return LACO_OK;
}

static laco_status make_model(laco_forecast_learner *l, laco_forecaster_config *config, const laco_column *target,
                              laco_spread *spreads, const laco_real *weight, const double *effect)
{
    config->network.forward = true;
    config->data = l->data;
    config->rows = l->train_rows;
    config->from = (const laco_forecaster *)l->base.from;
    LACO_TRY(laco_network_configure(l->ctx, &l->options->network, &config->network));
    LACO_TRY(laco_forecaster_new(l->ctx, l->options->train.seed, config, (const char *const *)l->data->columns,
                                 l->data->column_count, &l->model));
    l->base.model = &l->model->base;
    laco_column *column = &l->model->columns[config->target];
    column->log = target->log;
    column->floor = target->floor;
    l->model->scales = laco_alloc(l->ctx, l->data->count, (size_t)l->model->C * sizeof *spreads);
    if (!l->model->scales)
        return LACO_NO_MEMORY;
    memcpy(l->model->scales, spreads, l->data->count * (size_t)l->model->C * sizeof *spreads);
    LACO_TRY(laco_forecast_keep_history(l));
    if (effect)
        set_effect(l->model, config->target, effect);
    LACO_TRY(l->base.from ? laco_forecast_keep(l) : fit_columns(l, config, weight));
    LACO_TRY(laco_scaled_set_new(l->model, l->data, SIZE_MAX, &l->tracks));
    if (l->valid)
        LACO_TRY(laco_scaled_set_new(l->model, l->valid, SIZE_MAX, &l->valid_tracks));
    for (int c = 0; c < l->model->C; c++)
        l->base.from ? laco_forecast_measure_on(l, c) : laco_forecast_measure(l, c);
    if (l->model->kind != LACO_BASE_NONE && !l->base.from)
        silence(l->model);
    return LACO_OK;
}

/* Pieces as long as the data can give many of. */
static int64_t default_window(const laco_forecast_learner *l)
{
    int64_t longest = 0;
    for (size_t i = 0; i < l->data->count; i++)
        longest = LACO_MAX(longest, l->train_rows[i]);
    if (laco_learner_is_whole(&l->base))
        return LACO_MIN(longest - 1, (int64_t)4096);
    return LACO_MAX(LACO_MIN(longest / 6, (int64_t)128), LACO_MIN(longest - 1, (int64_t)24));
}

static laco_status prepare_with(laco_forecast_learner *l, laco_forecaster_config *config, laco_spread *spreads,
                                laco_spread *log_spreads)
{
    laco_column column = {.log = false}, log_column = {.log = true};
    laco_real weight[LACO_AR_TERMS];
    column_data plain = {0}, logarithm = {.data.ctx = l->ctx};
    int target = config->target;
    bool log = false;
    for (int c = 0; c < l->data->column_count; c++)
        laco_forecast_find_spreads(l, c, &column, spreads);
    LACO_TRY(make_column(l, target, &column, spreads, &plain));
    laco_status status = LACO_OK;
    if (config->kind == LACO_BASE_AUTO && !config->likelihood && laco_forecast_may_have_log(l, target, &log_column.floor)) {
        log_column.floor *= 0.1;
        laco_forecast_find_spreads(l, target, &log_column, log_spreads);
        status = make_column(l, target, &log_column, log_spreads, &logarithm);
    }
    if (status == LACO_OK)
        status = find_season(l, &plain, &config->season);
    if (status == LACO_OK)
        status = find_effect(l, config, &plain);
    if (status == LACO_OK && logarithm.series)
        status = find_effect(l, config, &logarithm);
    if (status == LACO_OK)
        status = choose_ar(l, &plain, &logarithm, config, &log, weight);
    for (size_t i = 0, C = (size_t)l->data->column_count; status == LACO_OK && log && i < l->data->count; i++)
        spreads[i * C + (size_t)target] = log_spreads[i * C + (size_t)target];
    free_column(&plain);
    free_column(&logarithm);
    const double *effect = log ? logarithm.effect : plain.effect;
    return status == LACO_OK ? make_model(l, config, log ? &log_column : &column, spreads, weight, effect) : status;
}

/* The transformation and the autoregression of the model to train on from; mean and deviation of each series of the data. */
static laco_status prepare_from(laco_forecast_learner *l, laco_forecaster_config *config, laco_spread *spreads)
{
    const laco_forecaster *from = (const laco_forecaster *)l->base.from;
    config->ar = from->ar;
    config->season = from->season;
    for (int c = 0; c < from->C; c++)
        laco_forecast_find_spreads(l, c, &from->columns[c], spreads);
    return make_model(l, config, &from->columns[from->target], spreads, NULL, NULL);
}

laco_status laco_forecast_prepare(laco_forecast_learner *l)
{
    const laco_forecast_options *o = l->options;
    laco_forecaster_config config = {.kind = o->base,
                                     .horizon = o->horizon,
                                     .calendar = o->calendar,
                                     .quantile_count = o->quantiles.count,
                                     .likelihood = o->likelihood};
    size_t cells = l->data->count * (size_t)l->data->column_count;
    if (l->data->covariates.known_count > MOST_KNOWN)
        return laco_fail(l->ctx, LACO_INVALID, "%s: %d columns that are known ahead; %d are possible", l->data->name,
                         l->data->covariates.known_count, MOST_KNOWN);
    if (l->data->covariates.fact_count > LACO_MOST_COLUMNS)
        return laco_fail(l->ctx, LACO_INVALID, "%s: %d static columns; %d are possible", l->data->name,
                         l->data->covariates.fact_count, LACO_MOST_COLUMNS);
    LACO_TRY(laco_forecast_split(l));
    config.target = o->target ? laco_series_find_column(l->data, o->target) : 0;
    if (l->base.from)
        LACO_TRY(laco_forecast_check_from(l, &config.target));
    if (config.target < 0)
        return laco_fail(l->ctx, LACO_INVALID, "%s: the target \"%s\" is not among the columns", l->data->name, o->target);
    if (o->calendar && (!l->data->has_time || l->data->format.detail == LACO_TIME_NUMBER))
        return laco_fail(l->ctx, LACO_INVALID, "%s: calendar features need a column of time stamps", l->data->name);
    memcpy(config.quantiles, o->quantiles.value, (size_t)o->quantiles.count * sizeof *o->quantiles.value);
    if (l->base.from && o->window == 0)
        l->options->network.window = ((const laco_forecaster *)l->base.from)->network.config.window;
    bool mlp = o->network.cell == LACO_MLP; /* whose window is its own: pieces are what one update sees */
    l->window = o->window > 0 && !mlp ? o->window : default_window(l);
    config.window = LACO_MAX(l->window, o->network.window);
    laco_spread *spreads = laco_alloc(l->ctx, cells, sizeof *spreads),
                *log_spreads = spreads ? laco_alloc(l->ctx, cells, sizeof *spreads) : NULL;
    laco_status status = !log_spreads   ? LACO_NO_MEMORY
                         : l->base.from ? prepare_from(l, &config, spreads)
                                        : prepare_with(l, &config, spreads, log_spreads);
    laco_release(l->ctx, spreads);
    laco_release(l->ctx, log_spreads);
    return status;
}
