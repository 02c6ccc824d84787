#include "forecast/forecast_score.h"

#include <math.h>
#include <string.h>

/* ---- Naive forecasts, and sums ------------------------------------------------------------------------------------------ */

/* What the last season says of the row `ahead` rows behind `origin`; without a whole season, the last value. */
static double seasonal_value(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t origin, int64_t ahead)
{
    int64_t season = tracks->model->season, back = season * ((ahead + season - 1) / season);
    int64_t row = origin + ahead - back;
    return laco_scaled_series_value(tracks, track, season > 1 && row >= 0 ? row : origin);
}

static void add_error(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t origin, int64_t ahead,
                      double predicted, laco_error_sums *sums)
{
    double actual = laco_scaled_series_value(tracks, track, origin + ahead), error = fabs(actual - predicted);
    sums->count += 1;
    sums->absolute += error;
    sums->squares += error * error;
    if (actual != 0) {
        sums->percent += 100 * error / fabs(actual);
        sums->percent_count += 1;
    }
    sums->naive += fabs(actual - laco_scaled_series_value(tracks, track, origin));
    sums->seasonal += fabs(actual - seasonal_value(tracks, track, origin, ahead));
}

static double value_of(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row, double z)
{
    return laco_scaled_series_from_z(tracks, track, row, tracks->model->target, z);
}

/* ---- One step ahead -------------------------------------------------------------------------------------------------------- */

static void add_bases(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row, const laco_real *out,
                      double *work, double *bases, double *z)
{
    const laco_forecaster *model = tracks->model;
    int width = laco_forecaster_width(model), c = model->target;
    laco_scaled_series_bases(tracks, track, row, work, bases);
    for (int q = 0; q < width; q++)
        z[q] = model->likelihood && q > 0 ? (double)out[c * width + q]
                                          : bases[c] + model->columns[c].error * (double)out[c * width + q];
}

laco_status laco_forecaster_one_step(laco_forecaster *model, const laco_scaled_set *tracks, const laco_scaled_series *track,
                                     int64_t from, int64_t to, double *z)
{
    laco_context *ctx = model->base.ctx;
    int64_t first = laco_forecaster_first_read(model, from), rows = to - 1 - first, O = laco_forecaster_outputs(model),
            N = model->horizon;
    laco_rnn_state carry = {0};
    laco_real *out = laco_alloc(ctx, (size_t)rows, (size_t)O * sizeof *out);
    double *work = laco_alloc(ctx, (size_t)(laco_forecaster_context(model) + 3 * N + N * model->C), sizeof *work);
    laco_status status = out && work ? laco_network_state_new(model->base.ctx, &model->network, 1, &carry) : LACO_NO_MEMORY;
    if (status == LACO_OK)
        status = laco_forecaster_follow(model, tracks, track, first, to - 1, &carry, out);
    int64_t skipped = from - 1 - first;
    double *bases = work ? work + laco_forecaster_context(model) + 3 * N : NULL;
    for (int64_t row = from - 1; status == LACO_OK && row < to - 1; row++)
        add_bases(tracks, track, row, out + (skipped + row - from + 1) * O, work, bases,
                  z + (row - from + 1) * laco_forecaster_width(model));
    laco_rnn_state_free(model->base.ctx, &carry);
    laco_release(ctx, work);
    laco_release(ctx, out);
    return status;
}

static laco_status score_one_step(laco_forecaster *model, const laco_scaled_set *tracks, const laco_scaled_series *track,
                                  int64_t from, int64_t to, laco_error_sums *sums)
{
    int width = laco_forecaster_width(model), Q = model->quantile_count;
    double quantile[LACO_MAX_QUANTILES];
    double *z = laco_alloc(model->base.ctx, (size_t)(to - from), (size_t)width * sizeof *z);
    laco_status status = z ? laco_forecaster_one_step(model, tracks, track, from, to, z) : LACO_NO_MEMORY;
    for (int64_t row = from; status == LACO_OK && row < to; row++) {
        const double *at = z + (row - from) * width;
        double actual = track->z[model->target * track->rows + row];
        add_error(tracks, track, row - 1, 1, value_of(tracks, track, row, at[laco_forecaster_middle(model)]), sums);
        double before = track->z[model->target * track->rows + row - 1];
        if (model->likelihood) { /* which has its quantiles in the units of the data */
            for (int q = 0; q < Q; q++)
                quantile[q] = laco_scaled_series_quantile(tracks, track, row, model->target, at, model->quantiles[q]);
            actual = laco_scaled_series_value(tracks, track, row);
            before = laco_scaled_series_value(tracks, track, row - 1);
            at = quantile;
        }
        sums->covered += Q > 0 && actual >= at[0] && actual <= at[Q - 1];
        sums->naive_z += fabs(actual - before);
        for (int q = 0; q < Q; q++)
            sums->pinball += fmax(model->quantiles[q] * (actual - at[q]), (model->quantiles[q] - 1) * (actual - at[q])) / Q;
    }
    laco_release(model->base.ctx, z);
    return status;
}

/* ---- Closed loops ------------------------------------------------------------------------------------------------------------
 */

static laco_places choose_places(int64_t from, int64_t to, int64_t horizon, int64_t most)
{
    int64_t all = to - horizon - (from - 1);
    if (all < 1 || horizon < 1)
        return (laco_places){from - 1, 1, 0};
    int64_t stride = (all + most - 1) / most;
    return (laco_places){from - 1, stride, (all + stride - 1) / stride};
}

static laco_status score_closed_loop(laco_forecaster *model, const laco_scaled_set *tracks, const laco_scaled_series *track,
                                     const laco_places *at, int64_t horizon, laco_error_sums *sums)
{
    double *out = laco_alloc(model->base.ctx, (size_t)(at->count * horizon), (size_t)model->C * sizeof *out);
    laco_status status = out ? laco_forecaster_paths(model, tracks, track, at, horizon, LACO_PATHS, out) : LACO_NO_MEMORY;
    for (int64_t i = 0; i < at->count * horizon && status == LACO_OK; i++)
        add_error(tracks, track, at->first + i / horizon * at->stride, 1 + i % horizon, out[i * model->C + model->target], sums);
    laco_release(model->base.ctx, out);
    return status;
}

laco_status laco_forecaster_score_part(laco_forecaster *model, const laco_scaled_set *tracks, const laco_scaled_series *track,
                                       int64_t from, int64_t to, int64_t horizon, int64_t origins, laco_score_sums *sums)
{
    laco_places at = choose_places(from, to, horizon, origins);
    LACO_TRY(score_one_step(model, tracks, track, from, to, &sums->one_step));
    if (at.count > 0)
        LACO_TRY(score_closed_loop(model, tracks, track, &at, horizon, &sums->closed_loop));
    sums->origins += at.count;
    for (int64_t row = 1; row < from; row++) {
        sums->before += fabs(laco_scaled_series_value(tracks, track, row) - laco_scaled_series_value(tracks, track, row - 1));
        sums->before_count += 1;
    }
    return LACO_OK;
}

static laco_forecast_errors errors_of(const laco_error_sums *sums, double before, bool quantiles)
{
    double n = sums->count, mae = sums->absolute / n;
    return (laco_forecast_errors){
        .count = (size_t)n,
        .mae = mae,
        .rmse = sqrt(sums->squares / n),
        .mape = sums->percent_count > 0 ? sums->percent / sums->percent_count : NAN,
        .naive_mae = sums->naive / n,
        .seasonal_mae = sums->seasonal / n,
        .mase = sums->absolute / sums->naive,
        .mase_seasonal = sums->absolute / sums->seasonal,
        .mase_scaled = mae / before,
        .coverage = quantiles ? sums->covered / n : NAN,
    };
}

void laco_errors_fill(const laco_forecaster *model, const laco_score_sums *sums, laco_forecast_score *out)
{
    double before = sums->before / sums->before_count;
    out->one_step = errors_of(&sums->one_step, before, model->quantile_count > 0);
    out->closed_loop = errors_of(&sums->closed_loop, before, false);
    out->origins = sums->origins;
    out->season = model->season;
    out->rows = out->one_step.count;
}
