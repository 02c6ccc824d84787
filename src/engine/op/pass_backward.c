/* Backpropagation through time. With G_t the sums that enter the gates of step t, the loop computes dG_t from the
 * last step to the first, passing dh_{t-1} = dG_t·W_hh (and the LSTM's dc) on; behind it, or behind each chunk of it, the
 * weights' gradients are products over many steps: see pass_gradients.c. */
#include "op/matmul.h"
#include "op/pass.h"
#include "op/product.h"
#include "op/recurrent_trace.h"

#include <string.h>

#define BLOCK_ROWS 256                    /* as many as a weight gradient packs at a time */
#define BLOCK_BYTES ((int64_t)1280 << 10) /* of gates */

/* With a projection y = W_hr·raw: the gradient of raw from above and from the step after. */
static void projection_backward(const laco_layer_run *run, const laco_segment *segment, int64_t row)
{
    const laco_kernels *kernels = laco_kernels_of(run->layout.ctx);
    int64_t P = run->layout.shape->P, H = run->layout.shape->H, rows = segment->end - segment->begin;
    laco_real *total = run->back.dproject + (row - run->work.base) * P;
    memcpy(total, run->back.dh + segment->begin * P, (size_t)(rows * P) * sizeof *total);
    for (int64_t b = 0; run->back.dy && b < rows; b++)
        kernels->add(P, run->back.dy + (row + b) * run->back.dy_ld, total + b * P);
    laco_product(run->layout.ctx, run->layout.shape->precision, rows, H, P, total, P, 1,
                 run->layout.weights->packs.projection_back, run->back.draw + segment->begin * H, H, false);
}

/* dG of one segment, in the units' columns of each gate. */
static void segment_gates(const laco_layer_run *run, const laco_segment *segment, laco_units units)
{
    const laco_cell_shape *shape = run->layout.shape;
    int64_t row = run->layout.steps->offset[segment->t] + segment->begin, rows = segment->end - segment->begin, H = shape->H,
            u = units.begin;
    laco_gates g = {.rows = rows,
                    .H = H,
                    .units = units.end - u,
                    .gates = run->work.gates + (row - run->work.base) * run->layout.gates_ld + u,
                    .gates_ld = run->layout.gates_ld,
                    .h_prev = laco_layer_run_h(run, segment->previous) + u,
                    .h_prev_ld = run->layout.y_ld,
                    .h = run->work.y + row * run->layout.y_ld + u,
                    .h_ld = run->layout.y_ld,
                    .dy = run->back.dy ? run->back.dy + row * run->back.dy_ld + u : NULL,
                    .dy_ld = run->back.dy_ld,
                    .dh = run->back.dh + segment->begin * shape->P + u,
                    .dh_ld = H};
    if (laco_cells[shape->kind].has_c) {
        g.c = run->work.c + (row - run->work.base) * H + u;
        g.c_prev = run->work.c + laco_previous_c(run, segment) * H + u;
        g.c_ld = g.c_prev_ld = g.dc_ld = H;
        g.dc = run->back.dc + segment->begin * H + u;
    }
    if (laco_cell_projects(shape)) {
        projection_backward(run, segment, row);
        g.dy = NULL;
        g.dh = run->back.draw + segment->begin * H;
    }
    if (run->back.trace)
        laco_trace_segment(run, segment, units, &g,
                           laco_cell_projects(shape) ? run->back.dproject + (row - run->work.base) * shape->P : NULL);
    laco_kernels_of(run->layout.ctx)->gates_backward[shape->kind](&g);
}

/* Adds dG·W_hh of one segment to dh, in columns [begin, end). */
static void segment_product(const laco_layer_run *run, const laco_segment *segment, int64_t begin, int64_t end)
{
    const laco_cell_shape *shape = run->layout.shape;
    int64_t row = run->layout.steps->offset[segment->t] + segment->begin, rows = segment->end - segment->begin;
    int64_t K = laco_cells[shape->kind].gates * shape->H, P = shape->P;
    const laco_real *dG = run->work.gates + (row - run->work.base) * run->layout.gates_ld;
    laco_real *dh = run->back.dh + segment->begin * P + begin;
    if (segment->previous < 0 && !run->back.start_wanted)
        return; /* what came before these rows is h_0 */
    if (run->back.hidden_unpacked)
        laco_kernels_of(run->layout.ctx)
            ->gemm_unpacked(rows, end - begin, K, dG, run->layout.gates_ld, 1, run->layout.weights->w_hh + begin, P, dh, P, true);
    else
        laco_product_again(run->layout.ctx, shape->precision, rows, end - begin, K, dG, run->layout.gates_ld,
                           laco_product_column(shape->precision, K, begin, run->layout.weights->packs.hidden_back), dh, P,
                           !laco_cell_projects(shape), segment->t % 2 != 0);
}

typedef struct back_work {
    const laco_layer_run *run;
    laco_chunk chunk;
} back_work;

static int64_t step_count(const back_work *w) { return w->chunk.t_end - w->chunk.t_begin; }

/* Places [begin, end) of step i of the loop. */
static int segments_of(const back_work *w, int64_t i, int64_t begin, int64_t end, laco_segment segments[2])
{
    int64_t t = w->run->layout.reverse ? w->chunk.t_begin + i : w->chunk.t_end - 1 - i;
    return laco_step_segments(w->run, t, begin, end, segments);
}

static void loop_part(void *work, int part, int parts)
{
    const back_work *w = work;
    const laco_layer_run *run = w->run;
    int64_t begin, end;
    laco_segment segments[2];
    laco_layer_run_places(run->layout.steps, part, parts, &begin, &end);
    for (int64_t i = 0; i < step_count(w) && !laco_stopped(run->layout.ctx); i++)
        for (int s = 0, found = segments_of(w, i, begin, end, segments); s < found; s++) {
            segment_gates(run, &segments[s], (laco_units){0, run->layout.shape->H});
            segment_product(run, &segments[s], 0, run->layout.shape->P);
        }
}

/* For some units, dh from all of the step before and dG from that: so threads meet once a step. */
static void unit_step(const void *work, int64_t step, laco_units units)
{
    const back_work *w = work;
    laco_segment segments[2];
    for (int s = 0, found = step > 0 ? segments_of(w, step - 1, 0, w->run->layout.steps->B, segments) : 0; s < found; s++)
        segment_product(w->run, &segments[s], units.begin, units.end);
    for (int s = 0, found = step < step_count(w) ? segments_of(w, step, 0, w->run->layout.steps->B, segments) : 0; s < found; s++)
        segment_gates(w->run, &segments[s], units);
}

static void run_loop(const back_work *w)
{
    const laco_layer_run *run = w->run;
    int64_t rows = run->layout.steps->offset[w->chunk.t_end] - run->layout.steps->offset[w->chunk.t_begin];
    int pieces = laco_layer_run_pieces(run);
    if (pieces > 1)
        laco_layer_run_over_units(run, pieces, step_count(w) + 1, unit_step, w);
    else
        laco_parallel(run->layout.ctx, laco_layer_run_parts(run, rows), loop_part, (void *)(uintptr_t)w);
}

/* Steps that go back before the gradients of their weights are collected: while their gates are in the second-level cache, if
 * there is room for as many rows as make that worth while; else all of them. Several threads take as many rows as there is room
 * for: each block makes them meet. */
static int64_t block_steps(const laco_layer_run *run)
{
    int64_t row = run->layout.gates_ld * (int64_t)sizeof(laco_real), B = LACO_MAX(run->layout.steps->B, 1);
    int parts = laco_layer_run_parts(run, run->layout.steps->R);
    bool fits = BLOCK_ROWS * row <= BLOCK_BYTES && run->layout.shape->precision == LACO_FP32;
    int64_t rows = parts > 1 ? parts * (BLOCK_BYTES / row) / BLOCK_ROWS * BLOCK_ROWS : BLOCK_ROWS;
    return LACO_MAX(1, LACO_MIN(run->layout.steps->T, fits ? (rows + B - 1) / B : run->layout.steps->T));
}

/* Computes once more what a chunk needs. */
static void restore(laco_layer_run *run, laco_chunk chunk, int64_t index)
{
    int64_t state = run->layout.steps->B * run->layout.shape->H;
    run->work.base = run->layout.steps->offset[chunk.t_begin];
    run->work.rows = run->layout.steps->offset[chunk.t_end] - run->work.base;
    if (run->work.kept_c)
        memcpy(run->work.c - state, run->work.kept_c + index * state, (size_t)state * sizeof *run->work.c);
    laco_layer_run_again(run, chunk);
}

static laco_status go_back(laco_arena *arena, const laco_layer_run *whole)
{
    laco_layer_run run = *whole;
    int64_t columns = laco_cells[run.layout.shape->kind].width * run.layout.shape->H, T = run.layout.steps->T;
    bool again = run.work.chunk < T;
    laco_real *bias = laco_arena_zeroed(arena, (size_t)columns, sizeof *bias);
    if (!bias)
        return LACO_NO_MEMORY;
    if (run.back.dsums)
        memset(run.back.dsums, 0, (size_t)(run.layout.input.rows * run.layout.gates_ld) * sizeof *run.back.dsums);
    int64_t length = again ? run.work.chunk : block_steps(&run);
    for (int64_t i = laco_chunks(&run, length) - 1; i >= 0; i--) {
        LACO_TRY(laco_check_stop(arena->ctx));
        back_work work = {&run, laco_chunk_at(&run, length, i)};
        if (again)
            restore(&run, work.chunk, i);
        run_loop(&work);
        LACO_TRY(laco_layer_run_gradients(arena, &run, work.chunk, bias));
    }
    return laco_layer_run_last_gradients(arena, &run, bias);
}

laco_status laco_layer_run_backward(laco_arena *arena, const laco_layer_run *run)
{
    laco_arena_mark mark = laco_arena_save(arena);
    laco_status status = go_back(arena, run);
    laco_arena_rewind(arena, mark);
    return status;
}
