#include "nn/rnn_state.h"

#include "nn/recurrent.h"

#include <string.h>

laco_status laco_rnn_state_sized(laco_context *ctx, int64_t layers, int64_t rows, int64_t h_width, int64_t c_width,
                                 laco_rnn_state *out)
{
    laco_rnn_state state = {.h_shape = {layers, rows, h_width}, .c_shape = {layers, rows, c_width}};
    size_t row = (size_t)layers * (size_t)(h_width + c_width); /* the weights of such layers are in memory, so this fits */
    if (!laco_mul_fits(row, (size_t)rows, &state.count))
        return laco_fail(ctx, LACO_NO_MEMORY, "out of memory for the states of %lld rows", (long long)rows);
    state.h = laco_alloc(ctx, state.count, sizeof *state.h);
    if (!state.h)
        return LACO_NO_MEMORY;
    state.c = c_width > 0 ? state.h + layers * rows * h_width : NULL;
    *out = state;
    return LACO_OK;
}

laco_status laco_rnn_state_new(laco_context *ctx, const laco_rnn *rnn, int64_t rows, laco_rnn_state *out)
{
    const laco_recurrent_shape *shape = laco_rnn_shape(rnn);
    return laco_rnn_state_sized(ctx, shape->layers * shape->directions, rows, shape->P,
                                laco_cells[shape->kind].has_c ? shape->H : 0, out);
}

void laco_rnn_state_free(laco_context *ctx, laco_rnn_state *state)
{
    laco_release(ctx, state->h);
    *state = (laco_rnn_state){0};
}

void laco_rnn_state_clear(laco_rnn_state *state) { memset(state->h, 0, laco_rnn_state_bytes(state)); }

laco_state laco_rnn_state_begin(laco_tape *tape, const laco_rnn_state *state)
{
    return (laco_state){laco_input(tape, state->h, 3, state->h_shape),
                        state->c ? laco_input(tape, state->c, 3, state->c_shape) : NULL};
}

void laco_rnn_state_end(laco_rnn_state *state, const laco_state *values)
{
    memcpy(state->h, laco_var_data(values->h), (size_t)laco_var_size(values->h) * sizeof *state->h);
    if (state->c)
        memcpy(state->c, laco_var_data(values->c), (size_t)laco_var_size(values->c) * sizeof *state->c);
}

static void copy_rows(const laco_real *source, int64_t rows, int64_t from, laco_real *target, int64_t target_rows, int64_t to,
                      const int64_t shape[3])
{
    int64_t width = shape[2];
    for (int64_t l = 0; source && l < shape[0]; l++)
        memcpy(target + (l * target_rows + to) * width, source + (l * rows + from) * width, (size_t)width * sizeof *target);
}

void laco_rnn_state_copy(const laco_rnn_state *source, int64_t from, laco_rnn_state *target, int64_t to)
{
    int64_t rows = source->h_shape[1], target_rows = target->h_shape[1];
    copy_rows(source->h, rows, from, target->h, target_rows, to, source->h_shape);
    copy_rows(source->c, rows, from, target->c, target_rows, to, source->c_shape);
}

void laco_rnn_state_gather(const laco_rnn_state *source, const int64_t *from, laco_rnn_state *target)
{
    for (int64_t b = 0; b < target->h_shape[1]; b++)
        laco_rnn_state_copy(source, from[b], target, b);
}
