#include "forecast/lanes.h"

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
    laco_var hidden = laco_rnn_apply(tape, model->network.rnn, laco_input(tape, x, 3, shape), NULL, &state);
    laco_var y = laco_linear_apply(tape, model->network.linear, hidden);
    if (!y)
        return laco_tape_status(tape);
    LACO_TRY(laco_model_check_answers(model->base.ctx, laco_var_data(y), laco_var_size(y), 0, true));
    memcpy(out, laco_var_data(y), (size_t)laco_var_size(y) * sizeof *out);
    laco_rnn_state_end(carry, &state);
    return LACO_OK;
}

laco_status laco_forecaster_follow(laco_forecaster *model, const laco_tracks *tracks, const laco_track *track, int64_t first,
                                   int64_t past, laco_rnn_state *carry, laco_real *out)
{
    int64_t I = laco_forecaster_inputs(model), O = laco_forecaster_outputs(model);
    laco_status status = LACO_OK;
    laco_real *x = laco_alloc(model->base.ctx, PIECE, (size_t)I * sizeof *x);
    if (!x)
        return LACO_NO_MEMORY;
    for (int64_t row = first; row < past && status == LACO_OK; row += PIECE) {
        int64_t T = LACO_MIN(past - row, (int64_t)PIECE);
        for (int64_t t = 0; t < T; t++)
            laco_track_fill(tracks, track, row + t, x + t * I);
        status = laco_forecaster_run(model, T, 1, x, carry, out + (row - first) * O);
    }
    laco_release(model->base.ctx, x);
    return status;
}

/* ---- Closed loops ------------------------------------------------------------------------------------------------------- */

laco_status laco_lanes_new(laco_forecaster *model, const laco_tracks *tracks, int64_t B, laco_lanes *out)
{
    laco_context *ctx = model->base.ctx;
    int64_t context = laco_forecaster_context(model);
    size_t cells;
    laco_lanes lanes = {.model = model, .tracks = tracks, .B = B, .room = 2 * context + 64, .at = context - 1};
    if (!laco_mul_fits((size_t)B * (size_t)model->C, (size_t)lanes.room, &cells))
        return laco_fail(ctx, LACO_NO_MEMORY, "out of memory for %lld forecasts at once", (long long)B);
    laco_status status = laco_rnn_state_new(ctx, model->network.rnn, B, &lanes.carry);
    lanes.z = laco_alloc(ctx, cells, sizeof *lanes.z);
    lanes.bounds = laco_alloc(ctx, (size_t)B, (size_t)model->C * 2 * sizeof *lanes.bounds);
    lanes.work =
        laco_alloc(ctx, (size_t)(context + 3 * model->horizon) + (size_t)(model->horizon * model->C), sizeof *lanes.work);
    lanes.lane = laco_alloc(ctx, (size_t)B, sizeof *lanes.lane);
    lanes.x = laco_alloc(ctx, (size_t)B, (size_t)laco_forecaster_inputs(model) * sizeof *lanes.x);
    lanes.out = laco_alloc(ctx, (size_t)B, (size_t)laco_forecaster_outputs(model) * sizeof *lanes.out);
    if (status < 0 || !lanes.z || !lanes.bounds || !lanes.work || !lanes.lane || !lanes.x || !lanes.out) {
        laco_lanes_free(&lanes);
        return LACO_NO_MEMORY;
    }
    *out = lanes;
    return LACO_OK;
}

void laco_lanes_free(laco_lanes *lanes)
{
    if (!lanes->model)
        return;
    laco_context *ctx = lanes->model->base.ctx;
    laco_rnn_state_free(ctx, &lanes->carry);
    laco_release(ctx, lanes->z);
    laco_release(ctx, lanes->bounds);
    laco_release(ctx, lanes->work);
    laco_release(ctx, lanes->lane);
    laco_release(ctx, lanes->x);
    laco_release(ctx, lanes->out);
    *lanes = (laco_lanes){0};
}

static double *column_of(const laco_lanes *lanes, int64_t b, int c) { return lanes->z + (b * lanes->model->C + c) * lanes->room; }

/* A loop that feeds on itself may run away: it may go as far as training went, and as far again, around training or its start. */
static void bound(laco_lanes *lanes, int64_t b)
{
    const laco_forecaster *model = lanes->model;
    for (int c = 0; c < model->C; c++) {
        const laco_column *column = &model->columns[c];
        double last = column_of(lanes, b, c)[lanes->at], range = (column->high - column->low) / 3,
               *out = lanes->bounds + (b * model->C + c) * 2;
        out[0] = fmin(column->low, last - range);
        out[1] = fmax(column->high, last + range);
    }
}

static double within(const laco_lanes *lanes, int64_t b, int64_t c, double z)
{
    const double *bounds = lanes->bounds + (b * lanes->model->C + c) * 2;
    return fmin(bounds[1], fmax(bounds[0], z));
}

void laco_lanes_put(laco_lanes *lanes, int64_t b, const laco_track *track, int64_t row, const laco_rnn_state *carry,
                    int64_t from, const laco_real *out)
{
    const laco_forecaster *model = lanes->model;
    int64_t context = laco_forecaster_context(model), O = laco_forecaster_outputs(model);
    lanes->lane[b] = (laco_lane){track, row};
    for (int c = 0; c < model->C; c++)
        memcpy(column_of(lanes, b, c), track->z + c * track->rows + row - (context - 1), (size_t)context * sizeof *lanes->z);
    bound(lanes, b);
    laco_rnn_state_copy(carry, from, &lanes->carry, b);
    memcpy(lanes->out + b * O, out, (size_t)O * sizeof *out);
}

static double clock_of(const laco_lanes *lanes, int64_t b, int64_t ahead)
{
    const laco_lane *lane = &lanes->lane[b];
    int64_t row = lane->row + ahead;
    return row <= lane->track->rows ? lane->track->clock[row] : laco_track_clock(lanes->model, lanes->tracks->series, lane->track->index, row);
}

static void point_at(const laco_lanes *lanes, int64_t b, const double **now)
{
    for (int c = 0; c < lanes->model->C; c++)
        now[c] = column_of(lanes, b, c) + lanes->at;
}

void laco_lanes_predict(laco_lanes *lanes, double *out)
{
    const laco_forecaster *model = lanes->model;
    int width = laco_forecaster_width(model);
    int64_t context = laco_forecaster_context(model), N = model->horizon, O = laco_forecaster_outputs(model);
    double *clocks = lanes->work + context + N, *bases = clocks + 2 * N;
    const double *now[LACO_MOST_COLUMNS];
    for (int64_t b = 0; b < lanes->B; b++) {
        point_at(lanes, b, now);
        for (int64_t h = 0; h < N && model->kind != LACO_BASE_NONE; h++)
            clocks[h] = clock_of(lanes, b, 1 + h);
        laco_forecaster_bases(model, now, clocks, lanes->work, bases);
        for (int64_t i = 0; i < O; i++)
            out[b * O + i] =
                within(lanes, b, i / width % model->C,
                       bases[i / width] + model->columns[i / width % model->C].error * (double)lanes->out[b * O + i]);
    }
}

/* Room for one more value: the rows still needed move to the front. */
static void advance(laco_lanes *lanes)
{
    int64_t context = laco_forecaster_context(lanes->model);
    if (lanes->at + 1 < lanes->room) {
        lanes->at++;
        return;
    }
    for (int64_t i = 0; i < lanes->B * lanes->model->C; i++) {
        double *column = lanes->z + i * lanes->room;
        memmove(column, column + lanes->room - context, (size_t)context * sizeof *column);
    }
    lanes->at = context;
}

laco_status laco_lanes_push(laco_lanes *lanes, const double *values)
{
    laco_forecaster *model = lanes->model;
    const double *now[LACO_MOST_COLUMNS];
    int64_t I = laco_forecaster_inputs(model);
    advance(lanes);
    for (int64_t b = 0; b < lanes->B; b++) {
        laco_lane *lane = &lanes->lane[b];
        lane->row++;
        for (int c = 0; c < model->C; c++)
            column_of(lanes, b, c)[lanes->at] = within(lanes, b, c, values[b * model->C + c]);
        point_at(lanes, b, now);
        int64_t next = model->calendar ? laco_track_time(model, lanes->tracks->series, lane->track->index, lane->row + 1) : 0;
        laco_forecaster_fill(model, now, model->kind == LACO_BASE_NONE ? 0 : clock_of(lanes, b, 0), next, lanes->x + b * I);
    }
    return laco_forecaster_run(model, 1, lanes->B, lanes->x, &lanes->carry, lanes->out);
}
