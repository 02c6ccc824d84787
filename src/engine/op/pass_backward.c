/* Backpropagation through time. With G_t the sums that enter the gates of step t, the loop computes dG_t from the
 * last step to the first, passing dh_{t-1} = dG_t·W_hh (and the LSTM's dc) on; behind it, or behind each stretch of it, the
 * weights' gradients are products over many steps: see pass_gradients.c. */
#include "op/matmul.h"
#include "op/pass.h"
#include "op/product.h"

#include <string.h>

#define BLOCK_ROWS 256                    /* as many as a weight gradient packs at a time */
#define BLOCK_BYTES ((int64_t)1280 << 10) /* of gates */

/* With a projection y = W_hr·raw: the gradient of raw from above and from the step after. */
static void projection_backward(const laco_pass *pass, const laco_segment *segment, int64_t row)
{
    const laco_kernels *kernels = laco_kernels_of(pass->ctx);
    int64_t P = pass->shape->P, H = pass->shape->H, rows = segment->end - segment->begin;
    laco_real *total = pass->dproject + (row - pass->base) * P;
    memcpy(total, pass->dh + segment->begin * P, (size_t)(rows * P) * sizeof *total);
    for (int64_t b = 0; pass->dy && b < rows; b++)
        kernels->add(P, pass->dy + (row + b) * pass->dy_ld, total + b * P);
    laco_product(pass->ctx, pass->shape->precision, rows, H, P, total, P, 1, pass->weights->packs.projection_back,
                 pass->draw + segment->begin * H, H, false);
}

/* dG of one segment, in the units' columns of each gate. */
static void segment_gates(const laco_pass *pass, const laco_segment *segment, laco_units units)
{
    const laco_cell_shape *shape = pass->shape;
    int64_t row = pass->steps->offset[segment->t] + segment->begin, rows = segment->end - segment->begin, H = shape->H,
            u = units.begin;
    laco_gates g = {.rows = rows,
                    .H = H,
                    .units = units.end - u,
                    .gates = pass->gates + (row - pass->base) * pass->gates_ld + u,
                    .gates_ld = pass->gates_ld,
                    .h_prev = laco_pass_h(pass, segment->previous) + u,
                    .h_prev_ld = pass->y_ld,
                    .h = pass->y + row * pass->y_ld + u,
                    .h_ld = pass->y_ld,
                    .dy = pass->dy ? pass->dy + row * pass->dy_ld + u : NULL,
                    .dy_ld = pass->dy_ld,
                    .dh = pass->dh + segment->begin * shape->P + u,
                    .dh_ld = H};
    if (laco_cells[shape->kind].has_c) {
        g.c = pass->c + (row - pass->base) * H + u;
        g.c_prev = pass->c + laco_previous_c(pass, segment) * H + u;
        g.c_ld = g.c_prev_ld = g.dc_ld = H;
        g.dc = pass->dc + segment->begin * H + u;
    }
    if (laco_cell_projects(shape)) {
        projection_backward(pass, segment, row);
        g.dy = NULL;
        g.dh = pass->draw + segment->begin * H;
    }
    laco_kernels_of(pass->ctx)->gates_backward[shape->kind](&g);
}

/* Adds dG·W_hh of one segment to dh, in columns [begin, end). */
static void segment_product(const laco_pass *pass, const laco_segment *segment, int64_t begin, int64_t end)
{
    const laco_cell_shape *shape = pass->shape;
    int64_t row = pass->steps->offset[segment->t] + segment->begin, rows = segment->end - segment->begin;
    int64_t K = laco_cells[shape->kind].gates * shape->H, P = shape->P;
    const laco_real *dG = pass->gates + (row - pass->base) * pass->gates_ld;
    laco_real *dh = pass->dh + segment->begin * P + begin;
    if (segment->previous < 0 && !pass->start_wanted)
        return; /* what came before these rows is h_0 */
    if (pass->hidden_unpacked)
        laco_kernels_of(pass->ctx)->gemm_unpacked(rows, end - begin, K, dG, pass->gates_ld, 1, pass->weights->w_hh + begin, P, dh,
                                                  P, true);
    else
        laco_product(pass->ctx, shape->precision, rows, end - begin, K, dG, pass->gates_ld, 1,
                     laco_product_column(shape->precision, K, begin, pass->weights->packs.hidden_back), dh, P,
                     !laco_cell_projects(shape));
}

typedef struct back_work {
    const laco_pass *pass;
    laco_stretch stretch;
} back_work;

static int64_t step_count(const back_work *w) { return w->stretch.t_end - w->stretch.t_begin; }

/* Places [begin, end) of step i of the loop. */
static int segments_of(const back_work *w, int64_t i, int64_t begin, int64_t end, laco_segment segments[2])
{
    int64_t t = w->pass->reverse ? w->stretch.t_begin + i : w->stretch.t_end - 1 - i;
    return laco_step_segments(w->pass, t, begin, end, segments);
}

static void loop_part(void *work, int part, int parts)
{
    const back_work *w = work;
    const laco_pass *pass = w->pass;
    int64_t begin, end;
    laco_segment segments[2];
    laco_pass_places(pass->steps, part, parts, &begin, &end);
    for (int64_t i = 0; i < step_count(w); i++)
        for (int s = 0, found = segments_of(w, i, begin, end, segments); s < found; s++) {
            segment_gates(pass, &segments[s], (laco_units){0, pass->shape->H});
            segment_product(pass, &segments[s], 0, pass->shape->P);
        }
}

/* For some units, dh from all of the step before and dG from that: so threads meet once a step. */
static void unit_step(const void *work, int64_t step, laco_units units)
{
    const back_work *w = work;
    laco_segment segments[2];
    for (int s = 0, found = step > 0 ? segments_of(w, step - 1, 0, w->pass->steps->B, segments) : 0; s < found; s++)
        segment_product(w->pass, &segments[s], units.begin, units.end);
    for (int s = 0, found = step < step_count(w) ? segments_of(w, step, 0, w->pass->steps->B, segments) : 0; s < found; s++)
        segment_gates(w->pass, &segments[s], units);
}

static void run_loop(const back_work *w)
{
    const laco_pass *pass = w->pass;
    int64_t rows = pass->steps->offset[w->stretch.t_end] - pass->steps->offset[w->stretch.t_begin];
    int pieces = laco_pass_pieces(pass);
    if (pieces > 1)
        laco_pass_over_units(pass, pieces, step_count(w) + 1, unit_step, w);
    else
        laco_parallel(pass->ctx, laco_pass_parts(pass, rows), loop_part, (void *)(uintptr_t)w);
}

/* Steps that go back before the gradients of their weights are collected: while their gates are in the second-level cache, if
 * there is room for as many rows as make that worth while; else all of them. Several threads take as many rows as there is room
 * for: each block makes them meet. */
static int64_t block_steps(const laco_pass *pass)
{
    int64_t row = pass->gates_ld * (int64_t)sizeof(laco_real), B = LACO_MAX(pass->steps->B, 1);
    int parts = laco_pass_parts(pass, pass->steps->R);
    bool fits = BLOCK_ROWS * row <= BLOCK_BYTES && pass->shape->precision == LACO_FP32;
    int64_t rows = parts > 1 ? parts * (BLOCK_BYTES / row) / BLOCK_ROWS * BLOCK_ROWS : BLOCK_ROWS;
    return LACO_MAX(1, LACO_MIN(pass->steps->T, fits ? (rows + B - 1) / B : pass->steps->T));
}

/* Computes once more what a stretch needs. */
static void restore(laco_pass *pass, laco_stretch stretch, int64_t index)
{
    int64_t state = pass->steps->B * pass->shape->H;
    pass->base = pass->steps->offset[stretch.t_begin];
    pass->rows = pass->steps->offset[stretch.t_end] - pass->base;
    if (pass->kept_c)
        memcpy(pass->c - state, pass->kept_c + index * state, (size_t)state * sizeof *pass->c);
    laco_pass_again(pass, stretch);
}

static laco_status go_back(laco_arena *arena, const laco_pass *whole)
{
    laco_pass pass = *whole;
    int64_t columns = laco_cells[pass.shape->kind].width * pass.shape->H, T = pass.steps->T;
    bool again = pass.stretch < T;
    laco_real *bias = laco_arena_zeroed(arena, (size_t)columns, sizeof *bias);
    if (!bias)
        return LACO_NO_MEMORY;
    if (pass.dsums)
        memset(pass.dsums, 0, (size_t)(pass.input.rows * pass.gates_ld) * sizeof *pass.dsums);
    int64_t length = again ? pass.stretch : block_steps(&pass);
    for (int64_t i = laco_stretches(&pass, length) - 1; i >= 0; i--) {
        back_work work = {&pass, laco_stretch_at(&pass, length, i)};
        if (again)
            restore(&pass, work.stretch, i);
        run_loop(&work);
        LACO_TRY(laco_pass_gradients(arena, &pass, work.stretch, bias));
    }
    return laco_pass_last_gradients(arena, &pass, bias);
}

laco_status laco_pass_backward(laco_arena *arena, const laco_pass *pass)
{
    laco_arena_mark mark = laco_arena_save(arena);
    laco_status status = go_back(arena, pass);
    laco_arena_rewind(arena, mark);
    return status;
}
