/* Using a forecaster: what it is, and going on beyond the data. */
#include "laco/forecaster.h"

#include "base/random.h"
#include "forecast/covariates.h"
#include "forecast/forecast_score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATHS 256 /* drawn for the band of the step form */

laco_status laco_model_forecast_info(const laco_model *base, laco_forecast_info *out)
{
    laco_forecaster *model;
    LACO_TRY(laco_as_forecaster((laco_model *)(uintptr_t)base, &model));
    *out = (laco_forecast_info){.column_count = model->C,
                                .target = model->target,
                                .columns = model->names,
                                .horizon = model->horizon,
                                .window = model->window,
                                .season = model->season,
                                .context = laco_forecaster_context(model),
                                .quantile_count = model->quantile_count,
                                .quantiles = model->quantile_count > 0 ? model->quantiles : NULL,
                                .network_share = laco_forecaster_network_share(model),
                                .known = model->known_list,
                                .facts = model->static_list};
    return LACO_OK;
}

laco_status laco_model_history(laco_model *base, laco_series **out)
{
    laco_forecaster *model;
    laco_series *copy;
    LACO_TRY(laco_as_forecaster(base, &model));
    LACO_TRY(laco_series_like(model->history, &copy));
    laco_status status = LACO_OK;
    for (size_t i = 0, place; i < model->history->count && status == LACO_OK; i++) {
        const char *id = laco_series_id(model->history, i);
        status = laco_series_place(copy, id, strlen(id), &place);
        if (status == LACO_OK)
            status = laco_series_copy_rows(&model->history->one[i], 0, place, copy);
    }
    if (status == LACO_OK)
        *out = copy;
    else
        laco_series_free(copy);
    return status;
}

/* ---- Going on ---------------------------------------------------------------------------------------------------------- */

struct laco_forecast_run {
    laco_forecaster *model;
    const laco_series *series;
    size_t index;
    laco_scaled_set tracks;
    laco_rollouts rollouts; /* where share is 0 and there is no band: none */
    laco_direct_run direct; /* where share is 1: none */
    double share;           /* of the network */
    laco_rng rng;
    int64_t step;
    double *predicted;                 /* [B][outputs] */
    double *fed, *all_fed;             /* [B][C] of this step, of [horizon][B][C] since the last prediction */
    double *value, *quantile, *sorted; /* [C], [quantiles], [B] */
    double *base;                      /* [C] */
};

void laco_forecast_free(laco_forecast_run *run)
{
    if (!run)
        return;
    laco_context *ctx = run->model->base.ctx;
    laco_rollouts_free(&run->rollouts);
    laco_direct_run_free(&run->direct);
    laco_release(ctx, run->base);
    laco_scaled_set_free(&run->tracks);
    laco_release(ctx, run->predicted);
    laco_release(ctx, run->all_fed);
    laco_release(ctx, run->value);
    laco_release(ctx, run->quantile);
    laco_release(ctx, run->sorted);
    laco_release(ctx, run);
}

/* Reads the last rows of the track and puts every rollout behind them. */
static laco_status warm_up(laco_forecast_run *run)
{
    laco_forecaster *model = run->model;
    const laco_scaled_series *track = &run->tracks.track[0];
    int64_t context = laco_forecaster_context(model), O = laco_forecaster_outputs(model);
    int64_t first = LACO_MAX(context - 1, track->rows - laco_forecaster_warm(model) + context - 1);
    laco_rnn_state carry;
    LACO_TRY(laco_network_state_new(model->base.ctx, &model->network, 1, &carry));
    laco_real *out = laco_alloc(model->base.ctx, (size_t)(track->rows - first), (size_t)O * sizeof *out);
    laco_status status =
        out ? laco_forecaster_follow(model, &run->tracks, track, first, track->rows, &carry, out) : LACO_NO_MEMORY;
    for (int64_t b = 0; b < run->rollouts.B && status == LACO_OK; b++)
        laco_rollouts_put(&run->rollouts, b, track, track->rows - 1, &carry, 0, out + (track->rows - 1 - first) * O);
    laco_release(model->base.ctx, out);
    laco_rnn_state_free(model->base.ctx, &carry);
    return status;
}

laco_status laco_forecaster_check_length(const laco_forecaster *model, const laco_series *series, size_t index)
{
    size_t rows = series->one[index].rows;
    int64_t context = laco_forecaster_context(model);
    if ((int64_t)rows >= context)
        return LACO_OK;
    const char *id = laco_series_id(series, index);
    return laco_fail(model->base.ctx, LACO_INVALID,
                     "%s%s%s: has %zu rows; this model needs at least %lld before its first prediction", series->name,
                     *id ? ", series " : "", id, rows, (long long)context);
}

static laco_status start_network(laco_forecast_run *run)
{
    laco_forecaster *model = run->model;
    laco_context *ctx = model->base.ctx;
    bool paths = model->quantile_count > 1 && model->horizon == 1 && !model->direct.band;
    int64_t B = paths ? PATHS : 1;
    LACO_TRY(laco_forecaster_check_length(model, run->series, run->index));
    LACO_TRY(laco_rollouts_new(model, &run->tracks, B, &run->rollouts));
    run->predicted = laco_alloc(ctx, (size_t)B, (size_t)laco_forecaster_outputs(model) * sizeof *run->predicted);
    run->fed = run->all_fed = laco_alloc(ctx, (size_t)(B * model->horizon), (size_t)model->C * sizeof *run->fed);
    run->sorted = laco_alloc(ctx, (size_t)B, sizeof *run->sorted);
    return run->predicted && run->fed && run->sorted ? warm_up(run) : LACO_NO_MEMORY;
}

/* The direct base answers alone where it is better so, and where there are too few rows for the network. */
static laco_status start(laco_forecast_run *run)
{
    laco_forecaster *model = run->model;
    laco_context *ctx = model->base.ctx;
    int64_t rows = (int64_t)run->series->one[run->index].rows;
    LACO_TRY(laco_scaled_set_new(model, run->series, run->index, &run->tracks));
    run->share = laco_forecaster_network_share(model);
    if (model->direct.horizon > 0 && rows > 0 && rows < laco_forecaster_context(model))
        run->share = 0;
    run->value = laco_alloc(ctx, (size_t)model->C, sizeof *run->value);
    run->base = laco_alloc(ctx, (size_t)model->C, sizeof *run->base);
    run->quantile = laco_alloc(ctx, LACO_MAX_QUANTILES, sizeof *run->quantile);
    if (!run->value || !run->base || !run->quantile)
        return LACO_NO_MEMORY;
    if (run->share < 1 || model->direct.band) {
        LACO_TRY(laco_direct_run_new(model, &run->direct));
        laco_direct_run_put(&run->direct, &run->tracks, &run->tracks.track[0], rows - 1);
    }
    bool band = model->quantile_count > 0 && !model->direct.band && rows >= laco_forecaster_context(model);
    return run->share > 0 || band ? start_network(run) : LACO_OK;
}

laco_status laco_forecast_start(laco_model *base, const laco_series *series, size_t index, uint64_t seed, laco_forecast_run **out)
{
    laco_forecaster *model;
    LACO_TRY(laco_as_forecaster(base, &model));
    if (!series)
        series = model->history;
    if (index >= series->count)
        return laco_fail(base->ctx, LACO_INVALID, "series %zu of %zu", index + 1, series->count);
    laco_forecast_run *run = laco_alloc(base->ctx, 1, sizeof *run);
    if (!run)
        return LACO_NO_MEMORY;
    *run = (laco_forecast_run){
        .model = model, .series = series, .index = index, .rng = {.seed = seed, .stream = laco_random_stream("paths")}};
    laco_status status = start(run);
    if (status < 0)
        laco_forecast_free(run);
    else
        *out = run;
    return status;
}

static int compare_doubles(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* The value at share u of a distribution known by its quantiles: on the lines between them, which go on beyond the ends. */
static double quantile_at(const laco_forecaster *model, const double *values, double u)
{
    const double *q = model->quantiles;
    int i = 0;
    while (i + 2 < model->quantile_count && u > q[i + 1])
        i++;
    return values[i] + (values[i + 1] - values[i]) * (u - q[i]) / (q[i + 1] - q[i]);
}

static void sort_quantiles(const laco_forecaster *model, double *values)
{
    if (model->quantile_count > 1)
        qsort(values, (size_t)model->quantile_count, sizeof *values, compare_doubles);
}

/* What column c of rollout b is fed with: the median, or on one of several paths a draw. */
static double feed(laco_forecast_run *run, double *values, bool draw)
{
    sort_quantiles(run->model, values);
    return draw ? quantile_at(run->model, values, laco_rng_uniform(&run->rng)) : values[run->model->median];
}

static double to_units(const laco_forecast_run *run, int c, double z)
{
    int64_t row = run->tracks.track[0].rows + run->step;
    return laco_scaled_series_from_z(&run->tracks, &run->tracks.track[0], row, c, z);
}

/* One path: the band is what the network says of this step. */
static void point_of_one(laco_forecast_run *run, int64_t h)
{
    laco_forecaster *model = run->model;
    int width = laco_forecaster_width(model);
    for (int c = 0; c < model->C; c++) {
        double *values = run->predicted + (h * model->C + c) * width;
        run->fed[c] = feed(run, values, false);
        run->value[c] = to_units(run, c, run->fed[c]);
        for (int q = 0; c == model->target && q < model->quantile_count; q++)
            run->quantile[q] = to_units(run, c, values[q]);
    }
}

/* Many paths: the band is where they are. The value is the median of the paths. */
static void point_of_paths(laco_forecast_run *run)
{
    laco_forecaster *model = run->model;
    int64_t B = run->rollouts.B, width = model->quantile_count;
    for (int64_t b = 0; b < B; b++)
        for (int c = 0; c < model->C; c++)
            run->fed[b * model->C + c] = feed(run, run->predicted + (b * model->C + c) * width, true);
    for (int c = 0; c < model->C; c++) {
        for (int64_t b = 0; b < B; b++)
            run->sorted[b] = run->fed[b * model->C + c];
        qsort(run->sorted, (size_t)B, sizeof *run->sorted, compare_doubles);
        for (int q = -1; q < (c == model->target ? model->quantile_count : 0); q++) {
            double place = (q < 0 ? 0.5 : model->quantiles[q]) * (double)(B - 1), z = run->sorted[(int64_t)floor(place + 0.5)];
            *(q < 0 ? &run->value[c] : &run->quantile[q]) = to_units(run, c, z);
        }
    }
}

/* What is fed for a value in the units of the data. */
static double fed_of(const laco_forecast_run *run, int c, double value)
{
    const laco_scaled_series *track = &run->tracks.track[0];
    return laco_to_z(&run->model->columns[c], &track->scales[c], value) -
           laco_covariates_effect(run->model, run->series, run->index, track->rows + run->step, c);
}

/* Distributions: the value is the mean of those of all paths, each of which is fed with a draw; the band is where these are, or of
 * one path the quantiles of its own. */
static void point_of_likelihood(laco_forecast_run *run, int64_t h)
{
    laco_forecaster *model = run->model;
    const laco_scaled_series *track = &run->tracks.track[0];
    int64_t B = run->rollouts.B, width = laco_forecaster_width(model), O = laco_forecaster_outputs(model);
    int64_t row = track->rows + run->step;
    for (int c = 0; c < model->C; c++) {
        run->value[c] = 0;
        for (int64_t b = 0; b < B; b++) {
            const double *out = run->predicted + b * O + (h * model->C + c) * width;
            double mean = to_units(run, c, out[0]);
            run->value[c] += mean / (double)B;
            run->sorted[b] =
                B > 1 ? laco_scaled_series_quantile(&run->tracks, track, row, c, out, laco_rng_uniform(&run->rng)) : mean;
            run->fed[b * model->C + c] = fed_of(run, c, run->sorted[b]);
        }
        qsort(run->sorted, (size_t)B, sizeof *run->sorted, compare_doubles);
        for (int q = 0; q < model->quantile_count && c == model->target; q++)
            run->quantile[q] =
                B > 1 ? run->sorted[(int64_t)floor(model->quantiles[q] * (double)(B - 1) + 0.5)]
                      : laco_scaled_series_quantile(&run->tracks, track, row, c, run->predicted + (h * model->C + c) * width,
                                                    model->quantiles[q]);
    }
}

/* The network's forecast, and the direct base's with it; the band keeps its distances. What it forecast is read when there is more to
 * predict. */
static laco_status network_point(laco_forecast_run *run)
{
    laco_forecaster *model = run->model;
    int64_t h = run->step % model->horizon;
    int64_t fed = run->rollouts.B * model->C;
    for (int64_t i = 0; i < model->horizon && h == 0 && run->step > 0; i++)
        LACO_TRY(laco_rollouts_push(&run->rollouts, run->all_fed + i * fed));
    if (h == 0)
        laco_rollouts_predict(&run->rollouts, run->predicted);
    run->fed = run->all_fed + h * fed;
    if (model->likelihood)
        point_of_likelihood(run, h);
    else if (run->rollouts.B > 1)
        point_of_paths(run);
    else
        point_of_one(run, h);
    return LACO_OK;
}

static void mix(laco_forecast_run *run)
{
    const laco_forecaster *model = run->model;
    laco_direct_run_next(&run->direct, run->base);
    for (int c = 0; c < model->C; c++) {
        const laco_column *column = &model->columns[c];
        double mixed = run->share > 0 ? run->share * run->value[c] + (1 - run->share) * run->base[c] : run->base[c];
        mixed = laco_not_below(column, mixed);
        for (int q = 0; q < model->quantile_count && c == model->target; q++)
            run->quantile[q] = mixed + (run->rollouts.model ? run->quantile[q] - run->value[c] : 0);
        if (model->direct.band && c == model->target)
            laco_direct_run_band(&run->direct, c, mixed, run->quantile);
        for (int q = 0; q < model->quantile_count && c == model->target; q++)
            run->quantile[q] = laco_not_below(column, run->quantile[q]);
        run->value[c] = mixed;
    }
}

/* Whatever is known ahead has to be known of the next row. */
static laco_status check_known(const laco_forecast_run *run)
{
    const laco_forecaster *model = run->model;
    size_t rows = run->series->one[run->index].rows;
    const char *id = laco_series_id(run->series, run->index);
    if (model->K == 0 || laco_series_known(run->series, run->index, rows + (size_t)run->step))
        return LACO_OK;
    return laco_fail(model->base.ctx, LACO_INVALID,
                     "%s%s%s: %s given for %zu rows behind the last, and row %lld is to be forecast: rows with %s and an empty "
                     "\"%s\" are right",
                     run->series->name, *id ? ", series " : "", id, model->known_list, laco_series_ahead(run->series, run->index),
                     (long long)run->step + 1, model->known_list, model->names[model->target]);
}

laco_status laco_forecast_next(laco_forecast_run *run, laco_forecast_point *out)
{
    laco_forecaster *model = run->model;
    LACO_TRY(check_known(run));
    if (run->rollouts.model)
        LACO_TRY(network_point(run));
    if (run->direct.model)
        mix(run);
    run->step++;
    int64_t row = (int64_t)run->series->one[run->index].rows + run->step - 1, unit = laco_series_unit(run->series);
    int64_t time = laco_scaled_series_time(model, run->series, run->index, row), seconds = laco_floor_divide(time, unit);
    *out = (laco_forecast_point){.step = run->step,
                                 .seconds = seconds,
                                 .nanoseconds = (int32_t)((time - seconds * unit) * (1000000000 / unit)),
                                 .value = run->value,
                                 .quantile = model->quantile_count > 0 ? run->quantile : NULL};
    if (run->series->has_time)
        laco_time_text(&run->series->format, time, out->time);
    else
        snprintf(out->time, sizeof out->time, "%lld", (long long)time);
    return LACO_OK;
}

laco_status laco_model_forecast(laco_model *model, const laco_series *series, int64_t steps, double *out)
{
    laco_forecast_run *run = NULL;
    laco_forecast_point point;
    LACO_TRY(laco_forecast_start(model, series, 0, 0, &run));
    laco_status status = LACO_OK;
    for (int64_t i = 0; i < steps && status == LACO_OK; i++) {
        status = laco_forecast_next(run, &point);
        if (status == LACO_OK)
            out[i] = point.value[run->model->target];
    }
    laco_forecast_free(run);
    return status;
}
