#include "forecast/rollouts.h"

#include "tape/tape.h"

#include <math.h>
#include <string.h>

#define PIECE 256 /* rows of a track at once */

laco_status laco_forecaster_run(laco_forecaster *model, int64_t T, int64_t B, const laco_real *x, laco_rnn_state *carry,
                                laco_real *out)
{
    laco_tape *tape = model->tape;
    if (!tape) {
        LACO_TRY(laco_tape_new(model->base.ctx, &(laco_tape_config){.inference = true}, &model->tape));
        tape = model->tape;
    }
    laco_tape_reset(tape);
    laco_module_set_training(model->base.module, false);
    int64_t shape[3] = {T, B, laco_forecaster_inputs(model)};
    laco_state state = laco_rnn_state_begin(tape, carry);
    laco_var hidden = laco_network_layers(tape, &model->network, laco_input(tape, x, 3, shape), NULL, &state, false);
    laco_var y = laco_network_outputs(tape, &model->network, hidden, false);
    if (!y)
        return laco_tape_status(tape);
    LACO_TRY(laco_model_check_answers(model->base.ctx, laco_var_data(y), laco_var_size(y), 0, true));
    memcpy(out, laco_var_data(y), (size_t)laco_var_size(y) * sizeof *out);
    laco_rnn_state_end(carry, &state);
    return LACO_OK;
}

laco_status laco_forecaster_follow(laco_forecaster *model, const laco_scaled_set *tracks, const laco_scaled_series *track,
                                   int64_t first, int64_t past, laco_rnn_state *carry, laco_real *out)
{
    int64_t I = laco_forecaster_inputs(model), O = laco_forecaster_outputs(model);
    laco_status status = LACO_OK;
    laco_real *x = laco_alloc(model->base.ctx, PIECE, (size_t)I * sizeof *x);
    if (!x)
        return LACO_NO_MEMORY;
    for (int64_t row = first; row < past && status == LACO_OK; row += PIECE) {
        int64_t T = LACO_MIN(past - row, (int64_t)PIECE);
        for (int64_t t = 0; t < T; t++)
            laco_scaled_series_fill(tracks, track, row + t, x + t * I);
        status = laco_forecaster_run(model, T, 1, x, carry, out + (row - first) * O);
    }
    laco_release(model->base.ctx, x);
    return status;
}

/* ---- Closed loops ------------------------------------------------------------------------------------------------------- */

laco_status laco_rollouts_new(laco_forecaster *model, const laco_scaled_set *tracks, int64_t B, laco_rollouts *out)
{
    laco_context *ctx = model->base.ctx;
    int64_t context = laco_forecaster_context(model);
    size_t cells;
    laco_rollouts rollouts = {.model = model, .tracks = tracks, .B = B, .room = 2 * context + 64, .at = context - 1};
    if (!laco_mul_fits((size_t)B * (size_t)model->C, (size_t)rollouts.room, &cells))
        return laco_fail(ctx, LACO_NO_MEMORY, "out of memory for %lld forecasts at once", (long long)B);
    laco_status status = laco_network_state_new(ctx, &model->network, B, &rollouts.carry);
    rollouts.z = laco_alloc(ctx, cells, sizeof *rollouts.z);
    rollouts.bounds = laco_alloc(ctx, (size_t)B, (size_t)model->C * 2 * sizeof *rollouts.bounds);
    rollouts.work =
        laco_alloc(ctx, (size_t)(context + 3 * model->horizon) + (size_t)(model->horizon * model->C), sizeof *rollouts.work);
    rollouts.rollout = laco_alloc(ctx, (size_t)B, sizeof *rollouts.rollout);
    rollouts.x = laco_alloc(ctx, (size_t)B, (size_t)laco_forecaster_inputs(model) * sizeof *rollouts.x);
    rollouts.out = laco_alloc(ctx, (size_t)B, (size_t)laco_forecaster_outputs(model) * sizeof *rollouts.out);
    if (status < 0 || !rollouts.z || !rollouts.bounds || !rollouts.work || !rollouts.rollout || !rollouts.x || !rollouts.out) {
        laco_rollouts_free(&rollouts);
        return LACO_NO_MEMORY;
    }
    *out = rollouts;
    return LACO_OK;
}

void laco_rollouts_free(laco_rollouts *rollouts)
{
    if (!rollouts->model)
        return;
    laco_context *ctx = rollouts->model->base.ctx;
    laco_rnn_state_free(ctx, &rollouts->carry);
    laco_release(ctx, rollouts->z);
    laco_release(ctx, rollouts->bounds);
    laco_release(ctx, rollouts->work);
    laco_release(ctx, rollouts->rollout);
    laco_release(ctx, rollouts->x);
    laco_release(ctx, rollouts->out);
    *rollouts = (laco_rollouts){0};
}

static double *column_of(const laco_rollouts *rollouts, int64_t b, int c)
{
    return rollouts->z + (b * rollouts->model->C + c) * rollouts->room;
}

/* A loop that feeds on itself may run away: it may go as far as training went, and as far again, around training or its start. */
static void bound(laco_rollouts *rollouts, int64_t b)
{
    const laco_forecaster *model = rollouts->model;
    for (int c = 0; c < model->C; c++) {
        const laco_column *column = &model->columns[c];
        double last = column_of(rollouts, b, c)[rollouts->at], range = (column->high - column->low) / 3,
               *out = rollouts->bounds + (b * model->C + c) * 2;
        double least = model->effect ? -INFINITY : laco_least_z(column, &rollouts->rollout[b].track->scales[c]);
        out[0] = fmax(fmin(column->low, last - range), least);
        out[1] = fmax(column->high, last + range);
    }
}

static double within(const laco_rollouts *rollouts, int64_t b, int64_t c, double z)
{
    const double *bounds = rollouts->bounds + (b * rollouts->model->C + c) * 2;
    return fmin(bounds[1], fmax(bounds[0], z));
}

void laco_rollouts_put(laco_rollouts *rollouts, int64_t b, const laco_scaled_series *track, int64_t row,
                       const laco_rnn_state *carry, int64_t from, const laco_real *out)
{
    const laco_forecaster *model = rollouts->model;
    int64_t context = laco_forecaster_context(model), O = laco_forecaster_outputs(model);
    rollouts->rollout[b] = (laco_rollout){track, row};
    for (int c = 0; c < model->C; c++)
        memcpy(column_of(rollouts, b, c), track->z + c * track->rows + row - (context - 1),
               (size_t)context * sizeof *rollouts->z);
    bound(rollouts, b);
    laco_rnn_state_copy(carry, from, &rollouts->carry, b);
    memcpy(rollouts->out + b * O, out, (size_t)O * sizeof *out);
}

static double clock_of(const laco_rollouts *rollouts, int64_t b, int64_t ahead)
{
    const laco_rollout *rollout = &rollouts->rollout[b];
    int64_t row = rollout->row + ahead;
    return row <= rollout->track->rows
               ? rollout->track->clock[row]
               : laco_scaled_series_clock(rollouts->model, rollouts->tracks->series, rollout->track->index, row);
}

static void point_at(const laco_rollouts *rollouts, int64_t b, const double **now)
{
    for (int c = 0; c < rollouts->model->C; c++)
        now[c] = column_of(rollouts, b, c) + rollouts->at;
}

void laco_rollouts_predict(laco_rollouts *rollouts, double *out)
{
    const laco_forecaster *model = rollouts->model;
    int width = laco_forecaster_width(model);
    int64_t context = laco_forecaster_context(model), N = model->horizon, O = laco_forecaster_outputs(model);
    double *clocks = rollouts->work + context + N, *bases = clocks + 2 * N;
    const double *now[LACO_MOST_COLUMNS];
    for (int64_t b = 0; b < rollouts->B; b++) {
        point_at(rollouts, b, now);
        for (int64_t h = 0; h < N && model->kind != LACO_BASE_NONE; h++)
            clocks[h] = clock_of(rollouts, b, 1 + h);
        laco_forecaster_bases(model, now, clocks, rollouts->work, bases);
        for (int64_t i = 0; i < O; i++)
            out[b * O + i] =
                model->likelihood && i % width > 0
                    ? (double)rollouts->out[b * O + i]
                    : within(rollouts, b, i / width % model->C,
                             bases[i / width] + model->columns[i / width % model->C].error * (double)rollouts->out[b * O + i]);
    }
}

/* Room for one more value: the rows still needed move to the front. */
static void advance(laco_rollouts *rollouts)
{
    int64_t context = laco_forecaster_context(rollouts->model);
    if (rollouts->at + 1 < rollouts->room) {
        rollouts->at++;
        return;
    }
    for (int64_t i = 0; i < rollouts->B * rollouts->model->C; i++) {
        double *column = rollouts->z + i * rollouts->room;
        memmove(column, column + rollouts->room - context, (size_t)context * sizeof *column);
    }
    rollouts->at = context;
}

laco_status laco_rollouts_push(laco_rollouts *rollouts, const double *values)
{
    laco_forecaster *model = rollouts->model;
    const double *now[LACO_MOST_COLUMNS];
    int64_t I = laco_forecaster_inputs(model);
    advance(rollouts);
    for (int64_t b = 0; b < rollouts->B; b++) {
        laco_rollout *rollout = &rollouts->rollout[b];
        rollout->row++;
        for (int c = 0; c < model->C; c++)
            column_of(rollouts, b, c)[rollouts->at] = within(rollouts, b, c, values[b * model->C + c]);
        point_at(rollouts, b, now);
        int64_t next = model->calendar
                           ? laco_scaled_series_time(model, rollouts->tracks->series, rollout->track->index, rollout->row + 1)
                           : 0;
        laco_forecaster_fill(model, now, model->kind == LACO_BASE_NONE ? 0 : clock_of(rollouts, b, 0), next, rollouts->x + b * I);
        laco_scaled_series_beside(rollouts->tracks, rollout->track, rollout->row, rollouts->x + b * I);
    }
    return laco_forecaster_run(model, 1, rollouts->B, rollouts->x, &rollouts->carry, rollouts->out);
}
