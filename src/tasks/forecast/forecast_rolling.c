/* Judging a forecaster as the field does: all windows of what it has not seen, every column, raw and in z. */
#include "laco/forecaster.h"

#include "forecast/direct_plan.h"
#include "forecast/forecast_part.h"
#include "forecast/forecast_paths.h"
#include "forecast/naive2.h"

#include <math.h>
#include <string.h>

/* Sums of one column; the means over series are sums of means of a series. */
typedef struct sums {
    double count, squares, absolute, squares_z, absolute_z;
    double series, smape, mase, naive_smape, naive_mase;
    double pinball, size, covered;
} sums;

typedef struct rolling {
    laco_forecaster *model;
    int64_t horizon, stride, season, longest;                        /* longest: rows of a series */
    sums *column;                                                    /* [C] */
    double *lead_squares, *lead_absolute, *lead_scaled, *lead_count; /* [horizon] in z, in naive errors, of all columns */
    double *index, *work;                                            /* [season], [longest] */
    int64_t windows;
    size_t series;
    bool positive, unseen;
} rolling;

/* One series in one column: how its forecasts are measured. */
typedef struct scored {
    const laco_scaled_set *tracks;
    const laco_scaled_series *track;
    const laco_places *at;
    const double *paths; /* [count][horizon][C] */
    double scale;        /* of the seasonal naive forecast before the first scored row */
    int c;
} scored;

static void add_errors(rolling *r, const scored *s)
{
    const laco_forecaster *model = r->model;
    sums *sum = &r->column[s->c];
    double absolute = 0, relative = 0, naive = 0, naive_relative = 0, count = (double)(s->at->count * r->horizon);
    double deviation = s->track->scales[s->c].scale;
    for (int64_t i = 0; i < s->at->count * r->horizon; i++) {
        int64_t origin = s->at->first + i / r->horizon * s->at->stride, h = i % r->horizon, row = origin + 1 + h;
        double actual = laco_series_value(s->tracks->series, s->track->index, (size_t)row, s->c),
               made = s->paths[i * model->C + s->c];
        double last = laco_series_value(s->tracks->series, s->track->index, (size_t)origin, s->c);
        double other = laco_naive2(r->index, r->season, last, origin, row), error = fabs(actual - made);
        double z = model->columns[s->c].log ? NAN : error / deviation;
        absolute += error;
        sum->squares += error * error;
        sum->squares_z += z * z;
        sum->absolute_z += z;
        sum->size += fabs(actual);
        relative += 200 * error / fmax(fabs(actual) + fabs(made), 1e-300);
        naive += fabs(actual - other);
        naive_relative += 200 * fabs(actual - other) / fmax(fabs(actual) + fabs(other), 1e-300);
        r->lead_squares[h] += z * z;
        r->lead_absolute[h] += z;
        r->lead_scaled[h] += error / s->scale;
        r->lead_count[h]++;
        r->positive = r->positive && actual > 0;
    }
    sum->count += count;
    sum->absolute += absolute;
    sum->series++;
    sum->smape += relative / count;
    sum->mase += absolute / count / s->scale;
    sum->naive_smape += naive_relative / count;
    sum->naive_mase += naive / count / s->scale;
}

/* The band of a column at each place. */
static void add_bands(rolling *r, const scored *s, laco_direct_run *run)
{
    const laco_forecaster *model = r->model;
    sums *sum = &r->column[s->c];
    double band[LACO_MAX_QUANTILES], values[LACO_MOST_COLUMNS];
    for (int64_t i = 0; i < s->at->count; i++) {
        int64_t origin = s->at->first + i * s->at->stride;
        laco_direct_run_put(run, s->tracks, s->track, origin);
        for (int64_t h = 0; h < r->horizon; h++) {
            double actual = laco_series_value(s->tracks->series, s->track->index, (size_t)(origin + 1 + h), s->c);
            laco_direct_run_next(run, values);
            laco_direct_run_band(run, s->c, s->paths[(i * r->horizon + h) * model->C + s->c], band);
            for (int q = 0; q < model->quantile_count; q++)
                sum->pinball += 2 *
                                fmax(model->quantiles[q] * (actual - band[q]), (model->quantiles[q] - 1) * (actual - band[q])) /
                                model->quantile_count;
            sum->covered += actual >= band[0] && actual <= band[model->quantile_count - 1];
        }
    }
}

static laco_status add_columns(rolling *r, const laco_scaled_set *tracks, const laco_places *at, const double *paths)
{
    const laco_scaled_series *track = &tracks->track[0];
    laco_direct_run run = {0};
    if (r->model->direct.band)
        LACO_TRY(laco_direct_run_new(r->model, &run));
    for (int c = 0; c < r->model->C; c++) {
        scored s = {tracks, track, at, paths, 1, c};
        s.scale = laco_direct_scale(tracks->series, track->index, c, at->first + 1, r->season);
        laco_naive2_indices(tracks->series->one[track->index].values + c, r->model->C, at->first + 1, r->season, r->work,
                            r->index);
        add_errors(r, &s);
        if (run.model)
            add_bands(r, &s, &run);
    }
    laco_direct_run_free(&run);
    return LACO_OK;
}

/* All windows behind row from - 1 of a series; one that is too short for a horizon is left out. */
static laco_status roll(rolling *r, const laco_series *series, size_t index, int64_t from)
{
    int64_t rows = (int64_t)series->one[index].rows, count = rows - r->horizon - from + 1;
    laco_scaled_set tracks;
    if (count < 1)
        return LACO_OK;
    laco_places at = {from - 1, r->stride, (count + r->stride - 1) / r->stride};
    size_t cells;
    if (!laco_mul_fits((size_t)(at.count * r->horizon), (size_t)r->model->C, &cells))
        return laco_fail(r->model->base.ctx, LACO_NO_MEMORY, "%s: too many windows", series->name);
    LACO_TRY(laco_scaled_set_new(r->model, series, index, &tracks));
    double *paths = laco_alloc(r->model->base.ctx, cells, sizeof *paths);
    laco_status status =
        paths ? laco_forecaster_paths(r->model, &tracks, &tracks.track[0], &at, r->horizon, LACO_PATHS, paths) : LACO_NO_MEMORY;
    if (status == LACO_OK)
        status = add_columns(r, &tracks, &at, paths);
    r->windows += at.count;
    r->series++;
    laco_release(r->model->base.ctx, paths);
    laco_scaled_set_free(&tracks);
    return status;
}

static laco_rolling_errors errors_of(const rolling *r, const sums *s)
{
    double n = s->count, smape = s->smape / s->series, mase = s->mase / s->series;
    double owa = 0.5 * (smape / (s->naive_smape / s->series) + mase / (s->naive_mase / s->series));
    bool band = r->model->direct.band != NULL;
    return (laco_rolling_errors){.mse = s->squares / n,
                                 .mae = s->absolute / n,
                                 .mse_z = s->squares_z / n,
                                 .mae_z = s->absolute_z / n,
                                 .smape = smape,
                                 .mase = mase,
                                 .owa = r->positive ? owa : NAN,
                                 .wql = band ? s->pinball / s->size : NAN,
                                 .coverage = band ? s->covered / n : NAN};
}

static void finish(rolling *r, laco_rolling_score *out)
{
    sums all = {0};
    for (int c = 0; c < r->model->C; c++) {
        const double *from = (const double *)&r->column[c];
        for (size_t i = 0; i < sizeof all / sizeof(double); i++)
            ((double *)&all)[i] += from[i];
        out->column[c] = errors_of(r, &r->column[c]);
    }
    out->all = errors_of(r, &all);
    for (int64_t h = 0; h < r->horizon; h++) {
        out->lead_mse[h] = r->lead_squares[h] / r->lead_count[h];
        out->lead_mae[h] = r->lead_absolute[h] / r->lead_count[h];
        out->lead_mase[h] = r->lead_scaled[h] / r->lead_count[h];
    }
    out->horizon = r->horizon;
    out->stride = r->stride;
    out->season = r->season;
    out->windows = r->windows;
    out->series = r->series;
    out->column_count = r->model->C;
    out->unseen = r->unseen;
}

static laco_status roll_all(rolling *r, const laco_series *series)
{
    for (size_t i = 0; i < series->count; i++) {
        laco_part part;
        LACO_TRY(laco_part_find(r->model, series, i, 1, &part));
        r->unseen = r->unseen && part.unseen;
        laco_status status = roll(r, part.joined ? part.joined : series, part.joined ? 0 : i, part.from);
        laco_series_free(part.joined);
        LACO_TRY(status);
    }
    return r->windows > 0
               ? LACO_OK
               : laco_fail(r->model->base.ctx, LACO_INVALID, "%s: no series has %lld rows that the model was not trained on",
                           series->name, (long long)r->horizon);
}

void laco_rolling_free(laco_rolling_score *score)
{
    laco_release(score->ctx, score->column);
    laco_release(score->ctx, score->lead_mse);
    laco_release(score->ctx, score->lead_mae);
    laco_release(score->ctx, score->lead_mase);
    *score = (laco_rolling_score){0};
}

static laco_status make_rolling(rolling *r, const laco_series *series, laco_rolling_score *out)
{
    laco_context *ctx = r->model->base.ctx;
    size_t H = (size_t)r->horizon, C = (size_t)r->model->C, longest = 0;
    for (size_t i = 0; i < series->count; i++)
        longest = LACO_MAX(longest, series->one[i].rows);
    for (size_t i = 0; i < r->model->history->count; i++)
        longest = LACO_MAX(longest, series->one[0].rows + r->model->history->one[i].rows);
    *out = (laco_rolling_score){.ctx = ctx};
    out->column = laco_alloc(ctx, C, sizeof *out->column);
    out->lead_mse = laco_alloc(ctx, H, sizeof *out->lead_mse);
    out->lead_mae = laco_alloc(ctx, H, sizeof *out->lead_mae);
    out->lead_mase = laco_alloc(ctx, H, sizeof *out->lead_mase);
    r->column = laco_alloc(ctx, C, sizeof *r->column);
    r->lead_squares = laco_alloc(ctx, 4 * H, sizeof *r->lead_squares);
    r->index = laco_alloc(ctx, (size_t)r->season, sizeof *r->index);
    r->work = laco_alloc(ctx, longest, sizeof *r->work);
    if (!out->column || !out->lead_mse || !out->lead_mae || !out->lead_mase || !r->column || !r->lead_squares || !r->index ||
        !r->work)
        return LACO_NO_MEMORY;
    r->lead_absolute = r->lead_squares + H;
    r->lead_count = r->lead_absolute + H;
    r->lead_scaled = r->lead_count + H;
    return LACO_OK;
}

laco_status laco_model_score_rolling(laco_model *base, const laco_series *series, const laco_rolling_options *options,
                                     laco_rolling_score *out)
{
    rolling r = {.positive = true, .unseen = true};
    laco_rolling_score score = {0};
    LACO_TRY(laco_as_forecaster(base, &r.model));
    r.horizon = options && options->horizon > 0 ? options->horizon
                : r.model->horizon > 1          ? r.model->horizon
                                                : LACO_MAX((int64_t)r.model->direct.horizon, (int64_t)1);
    r.stride = options && options->stride > 0 ? options->stride : 1;
    r.season = options && options->season > 0 ? options->season : LACO_MAX(r.model->season, (int64_t)1);
    laco_status status = make_rolling(&r, series, &score);
    if (status == LACO_OK)
        status = roll_all(&r, series);
    if (status == LACO_OK)
        finish(&r, &score);
    laco_release(base->ctx, r.column);
    laco_release(base->ctx, r.lead_squares);
    laco_release(base->ctx, r.index);
    laco_release(base->ctx, r.work);
    if (status == LACO_OK)
        *out = score;
    else if (score.ctx)
        laco_rolling_free(&score);
    return status;
}
