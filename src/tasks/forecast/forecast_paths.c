#include "forecast/forecast_paths.h"

#include "forecast/covariates.h"

#include <string.h>

#define LANES 256 /* places at once */

/* ---- The direct base --------------------------------------------------------------------------------------------------------
 */

laco_status laco_direct_run_new(const laco_forecaster *model, laco_direct_run *out)
{
    laco_context *ctx = model->base.ctx;
    size_t C = (size_t)model->C, longest = (size_t)LACO_MAX(laco_direct_longest(&model->direct), (int64_t)1);
    *out = (laco_direct_run){.model = model, .place = -1};
    out->window = laco_alloc(ctx, C, longest * sizeof *out->window);
    out->work = laco_alloc(ctx, longest, sizeof *out->work);
    out->out = laco_alloc(ctx, C, (size_t)LACO_MAX(model->direct.horizon, 1) * sizeof *out->out);
    out->size = laco_alloc(ctx, C, sizeof *out->size);
    if (out->window && out->work && out->out && out->size)
        return LACO_OK;
    laco_direct_run_free(out);
    return LACO_NO_MEMORY;
}

void laco_direct_run_free(laco_direct_run *run)
{
    if (!run->model)
        return;
    laco_release(run->model->base.ctx, run->window);
    laco_release(run->model->base.ctx, run->work);
    laco_release(run->model->base.ctx, run->out);
    laco_release(run->model->base.ctx, run->size);
    *run = (laco_direct_run){0};
}

/* The rows of a window without the effects of known columns. */
static void take_window(const laco_direct_run *run, int64_t c, int64_t longest, double *out)
{
    const laco_one_series *one = &run->tracks->series->one[run->track->index];
    laco_direct_window(one->values + run->row * run->model->C + c, run->model->C, run->row + 1, longest, out);
    for (int64_t k = 0; k < longest && run->model->effect; k++) {
        int64_t row = LACO_MAX(run->row - (longest - 1 - k), (int64_t)0);
        out[k] = laco_covariates_without(run->model, &run->track->scales[c], run->tracks->series, run->track->index, row, (int)c);
    }
}

/* The sizes of windows behind which there are so many rows. */
static void measure(laco_direct_run *run, int64_t rows)
{
    const laco_forecaster *model = run->model;
    int64_t longest = laco_direct_longest(&model->direct), there = model->direct.own_sizes ? LACO_MIN(rows, longest) : longest;
    for (int64_t c = 0; c < model->C; c++)
        run->size[c] = laco_direct_size(run->window + (c + 1) * longest - there, there, model->season);
}

void laco_direct_run_put(laco_direct_run *run, const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row)
{
    int64_t C = run->model->C, longest = laco_direct_longest(&run->model->direct);
    run->tracks = tracks;
    run->track = track;
    run->row = row;
    run->place = track->place;
    run->step = 0;
    for (int64_t c = 0; c < C; c++)
        take_window(run, c, longest, run->window + c * longest);
    measure(run, row + 1);
}

void laco_direct_run_put_windows(laco_direct_run *run, const double *windows, int64_t rows, int64_t place)
{
    int64_t C = run->model->C, longest = laco_direct_longest(&run->model->direct);
    memcpy(run->window, windows, (size_t)(C * longest) * sizeof *windows);
    measure(run, rows);
    run->tracks = NULL;
    run->place = place;
    run->step = 0;
}

void laco_direct_run_band(const laco_direct_run *run, int c, double value, double *out)
{
    const laco_forecaster *model = run->model;
    int64_t h = LACO_MIN(run->step, (int64_t)model->direct.horizon) - 1, Q = model->quantile_count;
    for (int64_t q = 0; q < Q; q++)
        out[q] = value + run->size[c] * (double)model->direct.band->value[(h * model->C + c) * Q + q];
}

/* The last forecast becomes the end of the window. */
static void move_on(double *window, int64_t longest, const double *made, int64_t H)
{
    int64_t kept = LACO_MAX(longest - H, (int64_t)0);
    memmove(window, window + longest - kept, (size_t)kept * sizeof *window);
    memcpy(window + kept, made + H - (longest - kept), (size_t)(longest - kept) * sizeof *window);
}

void laco_direct_run_next(laco_direct_run *run, double *values)
{
    const laco_direct *direct = &run->model->direct;
    int64_t C = run->model->C, H = direct->horizon, longest = laco_direct_longest(direct), h = run->step % H;
    for (int64_t c = 0; c < C; c++) {
        double *window = run->window + c * longest, *made = run->out + c * H;
        if (h == 0) {
            if (run->step > 0)
                move_on(window, longest, made, H);
            laco_direct_predict(direct, run->place >= 0 && direct->maps > 1 ? 1 + run->place * C + c : 0, window, run->work,
                                made);
        }
        values[c] = made[h];
        if (run->tracks)
            values[c] = laco_covariates_with(run->model, &run->track->scales[c], run->tracks->series, run->track->index,
                                             run->row + 1 + run->step, (int)c, made[h]);
    }
    run->step++;
}

static laco_status direct_paths(laco_forecaster *model, const laco_scaled_set *tracks, const laco_scaled_series *track,
                                const laco_places *at, int64_t horizon, double *out)
{
    laco_direct_run run;
    LACO_TRY(laco_direct_run_new(model, &run));
    for (int64_t i = 0; i < at->count; i++) {
        laco_direct_run_put(&run, tracks, track, at->first + i * at->stride);
        for (int64_t ahead = 0; ahead < horizon; ahead++)
            laco_direct_run_next(&run, out + (i * horizon + ahead) * model->C);
    }
    laco_direct_run_free(&run);
    return LACO_OK;
}

/* ---- The network ------------------------------------------------------------------------------------------------------------
 */

int64_t laco_forecaster_first_read(const laco_forecaster *model, int64_t from)
{
    int64_t least = laco_forecaster_context(model) - 1;
    return LACO_MAX(least, from - 1 - (laco_forecaster_warm(model) - least));
}

/* Follows the track and puts a rollout at each place. */
static laco_status put_lanes(laco_forecaster *model, const laco_scaled_set *tracks, const laco_scaled_series *track,
                             const laco_places *at, laco_rollouts *rollouts)
{
    laco_rnn_state carry;
    int64_t O = laco_forecaster_outputs(model), first = laco_forecaster_first_read(model, at->first + 1);
    LACO_TRY(laco_network_state_new(model->base.ctx, &model->network, 1, &carry));
    laco_real *out = laco_alloc(model->base.ctx, (size_t)LACO_MAX(at->first + 1 - first, at->stride), (size_t)O * sizeof *out);
    laco_status status = out ? LACO_OK : LACO_NO_MEMORY;
    for (int64_t i = 0, row = first; i < at->count && status == LACO_OK; i++) {
        int64_t origin = at->first + i * at->stride;
        status = laco_forecaster_follow(model, tracks, track, row, origin + 1, &carry, out);
        if (status == LACO_OK)
            laco_rollouts_put(rollouts, i, track, origin, &carry, 0, out + (origin - row) * O);
        row = origin + 1;
    }
    laco_release(model->base.ctx, out);
    laco_rnn_state_free(model->base.ctx, &carry);
    return status;
}

/* The rollouts run on for `horizon` steps, each fed with its own medians. */
static laco_status run_lanes(laco_rollouts *rollouts, const laco_scaled_series *track, int64_t horizon, double *predicted,
                             double *fed, double *out)
{
    const laco_forecaster *model = rollouts->model;
    int64_t C = model->C, O = laco_forecaster_outputs(model), width = laco_forecaster_width(model);
    for (int64_t ahead = 0; ahead < horizon; ahead++) {
        int64_t h = ahead % model->horizon;
        if (h == 0)
            laco_rollouts_predict(rollouts, predicted);
        for (int64_t i = 0; i < rollouts->B; i++)
            for (int64_t c = 0; c < C; c++) {
                double z = predicted[i * O + (h * C + c) * width + laco_forecaster_middle(model)];
                fed[i * C + c] = z;
                int64_t row = rollouts->rollout[i].row + 1;
                out[(i * horizon + ahead) * C + c] = laco_scaled_series_from_z(rollouts->tracks, track, row, (int)c, z);
                if (model->likelihood) /* the mean, which of counts is not x */
                    fed[i * C + c] = laco_to_z(&model->columns[c], &track->scales[c], out[(i * horizon + ahead) * C + c]) -
                                     laco_covariates_effect(model, rollouts->tracks->series, track->index, row, (int)c);
            }
        if (ahead - h + model->horizon < horizon) /* there is more to predict */
            LACO_TRY(laco_rollouts_push(rollouts, fed));
    }
    return LACO_OK;
}

static laco_status network_paths(laco_forecaster *model, const laco_scaled_set *tracks, const laco_scaled_series *track,
                                 const laco_places *at, int64_t horizon, double *out)
{
    laco_context *ctx = model->base.ctx;
    laco_rollouts rollouts;
    LACO_TRY(laco_rollouts_new(model, tracks, at->count, &rollouts));
    double *predicted = laco_alloc(ctx, (size_t)at->count, (size_t)laco_forecaster_outputs(model) * sizeof *predicted);
    double *fed = laco_alloc(ctx, (size_t)at->count, (size_t)model->C * sizeof *fed);
    laco_status status = predicted && fed ? put_lanes(model, tracks, track, at, &rollouts) : LACO_NO_MEMORY;
    if (status == LACO_OK)
        status = run_lanes(&rollouts, track, horizon, predicted, fed, out);
    laco_release(ctx, predicted);
    laco_release(ctx, fed);
    laco_rollouts_free(&rollouts);
    return status;
}

/* ---- Both -------------------------------------------------------------------------------------------------------------------
 */

static laco_status some_paths(laco_forecaster *model, const laco_scaled_set *tracks, const laco_scaled_series *track,
                              const laco_places *at, int64_t horizon, laco_path_kind kind, double *out)
{
    double share = kind == LACO_PATHS ? laco_forecaster_network_share(model) : kind == LACO_PATHS_OF_NETWORK ? 1 : 0;
    int64_t cells = at->count * horizon * model->C;
    if (share == 0)
        return direct_paths(model, tracks, track, at, horizon, out);
    LACO_TRY(network_paths(model, tracks, track, at, horizon, out));
    if (share == 1)
        return LACO_OK;
    double *direct = laco_alloc(model->base.ctx, (size_t)cells, sizeof *direct);
    laco_status status = direct ? direct_paths(model, tracks, track, at, horizon, direct) : LACO_NO_MEMORY;
    for (int64_t i = 0; i < cells && status == LACO_OK; i++)
        out[i] = share * out[i] + (1 - share) * direct[i];
    laco_release(model->base.ctx, direct);
    return status;
}

laco_status laco_forecaster_paths(laco_forecaster *model, const laco_scaled_set *tracks, const laco_scaled_series *track,
                                  const laco_places *at, int64_t horizon, laco_path_kind kind, double *out)
{
    for (int64_t i = 0; i < at->count; i += LANES) {
        laco_places some = {at->first + i * at->stride, at->stride, LACO_MIN(at->count - i, (int64_t)LANES)};
        LACO_TRY(some_paths(model, tracks, track, &some, horizon, kind, out + i * horizon * model->C));
    }
    return LACO_OK;
}
