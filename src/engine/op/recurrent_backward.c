#include "op/recurrent_sides.h"

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

/* Offset of run `index` in a state tensor that may be absent. */
static const laco_real *state_at(const laco_real *states, int64_t offset) { return states ? states + offset : NULL; }
static laco_real *gradient_at(laco_real *states, int64_t offset) { return states ? states + offset : NULL; }

/* Where gates, c and raw of a chunk are computed again. */
static laco_status chunk_memory(laco_arena *arena, laco_layer_run *run)
{
    int64_t B = run->layout.steps->B, H = run->layout.shape->H;
    run->work.training = true;
    run->work.rows = LACO_MIN(run->layout.steps->R, run->work.chunk * B);
    run->work.gates = laco_arena_alloc(arena, (size_t)run->work.rows, bytes_of(run->layout.gates_ld));
    laco_real *c = run->work.kept_c ? laco_arena_alloc(arena, (size_t)(B + run->work.rows), bytes_of(H)) : NULL;
    run->work.c = c ? c + B * H : NULL;
    if (laco_cell_projects(run->layout.shape))
        run->work.raw = laco_arena_alloc(arena, (size_t)run->work.rows, bytes_of(H));
    return run->work.gates && !run->work.kept_c == !c && (run->work.raw || !laco_cell_projects(run->layout.shape))
               ? LACO_OK
               : LACO_NO_MEMORY;
}

static laco_status backward_memory(laco_arena *arena, laco_layer_run *run)
{
    int64_t B = run->layout.steps->B, P = run->layout.shape->P, H = run->layout.shape->H;
    if (run->work.chunk < run->layout.steps->T)
        LACO_TRY(chunk_memory(arena, run));
    if (laco_cell_projects(run->layout.shape)) {
        run->back.dproject = laco_arena_alloc(arena, (size_t)run->work.rows, bytes_of(P));
        run->back.draw = laco_arena_zeroed(arena, (size_t)B, bytes_of(H));
        if (!run->back.dproject || !run->back.draw)
            return LACO_NO_MEMORY;
    }
    if (run->layout.input.row_of) {
        run->back.dsums = laco_arena_alloc(arena, (size_t)run->layout.input.rows, bytes_of(run->layout.gates_ld));
        if (!run->back.dsums)
            return LACO_NO_MEMORY;
    }
    return LACO_OK;
}

/* What comes down to a layer, and where the gradient of its input goes. */
typedef struct layer_gradients {
    const laco_real *dy; /* both directions side by side */
    int64_t dy_ld;
    laco_real *dx;
} layer_gradients;

static laco_status start_back(laco_arena *arena, laco_recurrent_saved *saved, int64_t layer, int direction,
                              const laco_recurrent_gradients *gradients, const layer_gradients *through)
{
    laco_recurrent_stage *stage = &saved->stage[layer];
    laco_layer_run *run = &stage->run[direction];
    const laco_steps *steps = &saved->steps;
    int64_t index = layer * saved->call.shape.directions + direction, P = stage->shape.P, H = stage->shape.H;
    run->back.dy = through->dy ? through->dy + direction * P : NULL;
    run->back.dy_ld = through->dy_ld;
    run->back.dx = through->dx;
    run->back.dx_ld = stage->shape.I;
    run->back.hidden_unpacked = laco_hidden_unpacked(&stage->shape, saved->call.T, saved->call.B);
    run->back.input_unpacked = laco_input_unpacked(stage->shape.precision, saved->call.T, saved->call.B);
    run->back.start_wanted = gradients->dh0 || gradients->dc0;
    run->back.trace = saved->call.trace ? &saved->call.trace[index] : NULL;
    run->back.dh = gather_state(arena, steps, P, state_at(gradients->dhn, index * steps->B * P));
    if (!run->back.dh)
        return LACO_NO_MEMORY;
    if (run->work.c && !(run->back.dc = gather_state(arena, steps, H, state_at(gradients->dcn, index * steps->B * H))))
        return LACO_NO_MEMORY;
    return backward_memory(arena, run);
}

static void give_states(laco_context *ctx, const laco_recurrent_saved *saved, int64_t layer, int direction,
                        const laco_recurrent_gradients *gradients)
{
    const laco_recurrent_stage *stage = &saved->stage[layer];
    const laco_layer_run *run = &stage->run[direction];
    const laco_steps *steps = &saved->steps;
    int64_t index = layer * saved->call.shape.directions + direction, P = stage->shape.P, H = stage->shape.H;
    scatter_state(ctx, steps, P, run->back.dh, gradient_at(gradients->dh0, index * steps->B * P));
    if (run->work.c)
        scatter_state(ctx, steps, H, run->back.dc, gradient_at(gradients->dc0, index * steps->B * H));
}

/* `count` directions at once. Both add to the gradient of the input: one after the other, so that its sums are the same ones. */
static laco_status back_through_directions(laco_arena *arena, laco_recurrent_saved *saved, int64_t layer, int first, int count,
                                           const laco_recurrent_gradients *gradients, const layer_gradients *through)
{
    laco_recurrent_stage *stage = &saved->stage[layer];
    laco_arena_mark mark = laco_arena_save(arena);
    for (int d = first; d < first + count; d++) {
        LACO_TRY(start_back(arena, saved, layer, d, gradients, through));
        stage->run[d].back.dx_later = count > 1;
    }
    LACO_TRY(laco_directions_run(arena, stage, first, count, laco_layer_run_backward));
    for (int d = first; d < first + count; d++) {
        if (count > 1 && through->dx)
            laco_layer_run_input_gradient(&stage->run[d]);
        give_states(arena->ctx, saved, layer, d, gradients);
    }
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
    *rows = laco_arena_zeroed(arena, (size_t)stage->run[0].layout.input.rows, bytes_of(stage->shape.I));
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
        layer_gradients through = {dy, shape->directions * shape->P, dx};
        for (int d = 0, together = laco_directions_at_once(saved, &saved->stage[layer]); d < shape->directions; d += together)
            LACO_TRY(back_through_directions(arena, saved, layer, d, together, gradients, &through));
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
