#include "op/recurrent_saved.h"

#include <string.h>

static size_t bytes_of(int64_t elements) { return (size_t)elements * sizeof(laco_real); }

/* The gradient of a final state in the driver's order. */
static laco_real *gather_state(laco_arena *arena, const laco_steps *steps, int64_t width, const laco_real *from)
{
    laco_real *to = laco_arena_zeroed(arena, (size_t)steps->B, bytes_of(width));
    for (int64_t b = 0; to && from && b < steps->B; b++)
        memcpy(to + b * width, from + steps->order[b] * width, bytes_of(width));
    return to;
}

static void scatter_state(laco_context *ctx, const laco_steps *steps, int64_t width, const laco_real *from, laco_real *to)
{
    for (int64_t b = 0; to && b < steps->B; b++)
        laco_kernels_of(ctx)->add(width, from + b * width, to + steps->order[b] * width);
}

/* Offset of pass `index` in a state tensor that may be absent. */
static const laco_real *state_at(const laco_real *states, int64_t offset) { return states ? states + offset : NULL; }
static laco_real *gradient_at(laco_real *states, int64_t offset) { return states ? states + offset : NULL; }

/* Where gates, c and raw of a stretch are computed again. */
static laco_status stretch_memory(laco_arena *arena, laco_pass *pass)
{
    int64_t B = pass->steps->B, H = pass->shape->H;
    pass->training = true;
    pass->rows = LACO_MIN(pass->steps->R, pass->stretch * B);
    pass->gates = laco_arena_alloc(arena, (size_t)pass->rows, bytes_of(pass->gates_ld));
    laco_real *c = pass->kept_c ? laco_arena_alloc(arena, (size_t)(B + pass->rows), bytes_of(H)) : NULL;
    pass->c = c ? c + B * H : NULL;
    if (laco_cell_projects(pass->shape))
        pass->raw = laco_arena_alloc(arena, (size_t)pass->rows, bytes_of(H));
    return pass->gates && !pass->kept_c == !c && (pass->raw || !laco_cell_projects(pass->shape)) ? LACO_OK : LACO_NO_MEMORY;
}

static laco_status backward_memory(laco_arena *arena, laco_pass *pass)
{
    int64_t B = pass->steps->B, P = pass->shape->P, H = pass->shape->H;
    if (pass->stretch < pass->steps->T)
        LACO_TRY(stretch_memory(arena, pass));
    if (laco_cell_projects(pass->shape)) {
        pass->dproject = laco_arena_alloc(arena, (size_t)pass->rows, bytes_of(P));
        pass->draw = laco_arena_zeroed(arena, (size_t)B, bytes_of(H));
        if (!pass->dproject || !pass->draw)
            return LACO_NO_MEMORY;
    }
    if (pass->input.row_of) {
        pass->dsums = laco_arena_alloc(arena, (size_t)pass->input.rows, bytes_of(pass->gates_ld));
        if (!pass->dsums)
            return LACO_NO_MEMORY;
    }
    return LACO_OK;
}

/* One pass back; dy covers both directions side by side. */
static laco_status back_through_pass(laco_arena *arena, laco_recurrent_saved *saved, int64_t layer, int direction,
                                     const laco_recurrent_gradients *gradients, const laco_real *dy, int64_t dy_ld, laco_real *dx)
{
    laco_recurrent_stage *stage = &saved->stage[layer];
    laco_pass *pass = &stage->pass[direction];
    const laco_steps *steps = &saved->steps;
    int64_t index = layer * saved->call.shape.directions + direction, P = stage->shape.P, H = stage->shape.H;
    pass->dy = dy ? dy + direction * P : NULL;
    pass->dy_ld = dy_ld;
    pass->dx = dx;
    pass->dx_ld = stage->shape.I;
    pass->hidden_unpacked = laco_hidden_unpacked(&stage->shape, saved->call.T, saved->call.B);
    pass->input_unpacked = laco_input_unpacked(stage->shape.precision, saved->call.T, saved->call.B);
    pass->start_wanted = gradients->dh0 || gradients->dc0;
    laco_arena_mark mark = laco_arena_save(arena);
    pass->dh = gather_state(arena, steps, P, state_at(gradients->dhn, index * steps->B * P));
    if (!pass->dh)
        return LACO_NO_MEMORY;
    if (pass->c && !(pass->dc = gather_state(arena, steps, H, state_at(gradients->dcn, index * steps->B * H))))
        return LACO_NO_MEMORY;
    LACO_TRY(backward_memory(arena, pass));
    LACO_TRY(laco_pass_backward(arena, pass));
    scatter_state(arena->ctx, steps, P, pass->dh, gradient_at(gradients->dh0, index * steps->B * P));
    if (pass->c)
        scatter_state(arena->ctx, steps, H, pass->dc, gradient_at(gradients->dc0, index * steps->B * H));
    laco_arena_rewind(arena, mark);
    return LACO_OK;
}

/* Hands the gradient of the first layer's input rows to the caller's tensor or table. */
static void give_input(laco_context *ctx, const laco_recurrent_saved *saved, const laco_recurrent_gradients *gradients,
                       const laco_real *rows)
{
    const laco_recurrent_call *call = &saved->call;
    int64_t I = call->shape.I;
    if (call->x) {
        laco_steps_scatter_add(ctx, &saved->steps, laco_recurrent_grid(call, I), I, rows, I, gradients->dx);
        return;
    }
    for (int64_t r = 0; r < saved->input.rows; r++)
        if (saved->unique[r] != call->padding)
            laco_kernels_of(ctx)->add(I, rows + r * I, gradients->dtable + saved->unique[r] * I);
}

/* What arrives at the top, in the driver's rows; *failed where memory ran out. */
static const laco_real *top_gradient(laco_arena *arena, const laco_recurrent_saved *saved, const laco_real *doutput, bool *failed)
{
    const laco_recurrent_call *call = &saved->call;
    int64_t width = call->shape.directions * call->shape.P;
    *failed = false;
    if (!doutput || laco_recurrent_aligned(saved))
        return doutput;
    laco_real *rows = laco_arena_alloc(arena, (size_t)saved->steps.R, bytes_of(width));
    *failed = !rows;
    if (rows)
        laco_steps_gather(arena->ctx, &saved->steps, laco_recurrent_grid(call, width), width, doutput, rows, width);
    return rows;
}

/* True where the gradient of the first layer's input is added to the caller's tensor without a copy between. */
static bool gives_rows(const laco_recurrent_saved *saved, const laco_recurrent_gradients *gradients)
{
    return saved->call.x && gradients->dx && laco_recurrent_aligned(saved);
}

/* The gradient of a layer's input: *rows is where it is collected, NULL where nobody wants it. */
static laco_status input_rows(laco_arena *arena, const laco_recurrent_saved *saved, int64_t layer,
                              const laco_recurrent_gradients *gradients, laco_real **rows)
{
    const laco_recurrent_stage *stage = &saved->stage[layer];
    *rows = NULL;
    if (layer == 0 && !(saved->call.x ? gradients->dx : saved->call.table ? gradients->dtable : NULL))
        return LACO_OK;
    *rows = laco_arena_zeroed(arena, (size_t)stage->pass[0].input.rows, bytes_of(stage->shape.I));
    return *rows ? LACO_OK : LACO_NO_MEMORY;
}

static laco_status backward(laco_arena *arena, laco_recurrent_saved *saved, const laco_recurrent_gradients *gradients)
{
    const laco_recurrent_shape *shape = &saved->call.shape;
    const laco_kernels *kernels = laco_kernels_of(arena->ctx);
    bool failed;
    const laco_real *dy = top_gradient(arena, saved, gradients->doutput, &failed);
    if (failed)
        return LACO_NO_MEMORY;
    for (int64_t layer = shape->layers - 1; layer >= 0; layer--) {
        laco_real *dx;
        bool given = layer == 0 && gives_rows(saved, gradients);
        if (given)
            dx = gradients->dx;
        else
            LACO_TRY(input_rows(arena, saved, layer, gradients, &dx));
        for (int direction = 0; direction < shape->directions; direction++)
            LACO_TRY(back_through_pass(arena, saved, layer, direction, gradients, dy, shape->directions * shape->P, dx));
        if (layer > 0 && saved->stage[layer - 1].mask)
            kernels->multiply(saved->steps.R * saved->stage[layer].shape.I, dx, saved->stage[layer - 1].mask, dx);
        if (layer == 0 && dx && !given)
            give_input(arena->ctx, saved, gradients, dx);
        dy = dx;
    }
    return LACO_OK;
}

laco_status laco_recurrent_backward(laco_arena *arena, laco_recurrent_saved *saved, const laco_recurrent_gradients *gradients)
{
    laco_arena_mark mark = laco_arena_save(arena);
    laco_status status = backward(arena, saved, gradients);
    laco_arena_rewind(arena, mark);
    return status;
}
