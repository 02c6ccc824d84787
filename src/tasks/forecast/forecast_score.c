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

/* z [to-from][width]: what the model said of each row. */
static void add_one_step(const laco_forecaster *model, const laco_scaled_set *tracks, const laco_scaled_series *track,
                         int64_t from, int64_t to, const double *z, laco_error_sums *sums)
{
    int width = laco_forecaster_width(model), Q = model->quantile_count;
    double quantile[LACO_MAX_QUANTILES];
    for (int64_t row = from; row < to; row++) {
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

/* ---- A part of a series ---------------------------------------------------------------------------------------------------- */

static laco_places places_of(const laco_scored *part)
{
    return choose_places(part->from, part->to, part->horizon, part->origins);
}

size_t laco_scored_answers(const laco_forecaster *model, const laco_scored *part, bool loops)
{
    if (loops)
        return (size_t)(places_of(part).count * part->horizon) * (size_t)model->C;
    return (size_t)(part->to - part->from) * (size_t)laco_forecaster_width(model);
}

laco_status laco_scored_ask(laco_forecaster *model, const laco_scored *part, bool loops, double *answers)
{
    laco_places at = places_of(part);
    if (!loops)
        return laco_forecaster_one_step(model, part->tracks, part->track, part->from, part->to, answers);
    return at.count > 0 ? laco_forecaster_paths(model, part->tracks, part->track, &at, part->horizon, LACO_PATHS, answers)
                        : LACO_OK;
}

void laco_scored_add(const laco_forecaster *model, const laco_scored *part, bool loops, const double *answers,
                     laco_score_sums *sums)
{
    const laco_scaled_set *tracks = part->tracks;
    const laco_scaled_series *track = part->track;
    laco_places at = places_of(part);
    if (!loops) {
        add_one_step(model, tracks, track, part->from, part->to, answers, &sums->one_step);
        return;
    }
    for (int64_t i = 0; i < at.count * part->horizon; i++)
        add_error(tracks, track, at.first + i / part->horizon * at.stride, 1 + i % part->horizon,
                  answers[i * model->C + model->target], &sums->closed_loop);
    sums->origins += at.count;
    for (int64_t row = 1; row < part->from; row++) {
        sums->before += fabs(laco_scaled_series_value(tracks, track, row) - laco_scaled_series_value(tracks, track, row - 1));
        sums->before_count += 1;
    }
}

laco_status laco_forecaster_score_part(laco_forecaster *model, const laco_scored *part, laco_score_sums *sums)
{
    laco_status status = LACO_OK;
    for (int loops = 0; loops < 2 && status == LACO_OK; loops++) {
        double *answers = laco_alloc(model->base.ctx, laco_scored_answers(model, part, loops), sizeof *answers);
        status = answers ? laco_scored_ask(model, part, loops, answers) : LACO_NO_MEMORY;
        if (status == LACO_OK)
            laco_scored_add(model, part, loops, answers, sums);
        laco_release(model->base.ctx, answers);
    }
    return status;
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
