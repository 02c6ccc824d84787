/* Gradients of weights and input: dW_hh = Σ dG_tᵀ·h_{t-1}, dW_ih = Σ dG_tᵀ·x_t, db = Σ dG_t, dx_t = dG_t·W_ih. A chunk of steps
 * at a time, and within it rows in the order in which the backward loop comes by them, so each sum is the same chain however the
 * steps are cut: back from the last row, in the reverse direction from the first. */
#include "op/matmul.h"
#include "op/pass.h"

#include <string.h>

/* The rows of a chunk in that order: `first`, first + turn, … */
typedef struct visit {
    int64_t first, count;
    int64_t turn; /* 1 or -1 */
} visit;

/* bf16 is summed in pairs, whose partners would change: there rows rise, and sums do depend on the chunks, in their last bits.
 */
static visit visit_of(const laco_layer_run *run, laco_chunk chunk)
{
    const int64_t *offset = run->layout.steps->offset;
    int64_t begin = offset[chunk.t_begin], end = offset[chunk.t_end];
    bool rises = run->layout.reverse || run->layout.shape->precision != LACO_FP32;
    return (visit){rises ? begin : end - 1, end - begin, rises ? 1 : -1};
}

typedef struct collect_work {
    const laco_layer_run *run;
    visit rows;
} collect_work;

/* dsums[row_of[r]] += dG[r]; columns are split over threads. */
static void collect_part(void *work, int part, int parts)
{
    const collect_work *w = work;
    const laco_layer_run *run = w->run;
    const laco_kernels *kernels = laco_kernels_of(run->layout.ctx);
    int64_t begin, end;
    laco_part_range(laco_cells[run->layout.shape->kind].width * run->layout.shape->H, 16, part, parts, &begin, &end);
    for (int64_t i = 0, r = w->rows.first; i < w->rows.count; i++, r += w->rows.turn)
        kernels->add(end - begin, run->work.gates + (r - run->work.base) * run->layout.gates_ld + begin,
                     run->back.dsums + run->layout.input.row_of[r] * run->layout.gates_ld + begin);
}

static void collect_sums(const laco_layer_run *run, visit rows)
{
    int64_t columns = laco_cells[run->layout.shape->kind].width * run->layout.shape->H;
    double cost = 16.0 * (double)columns * (double)rows.count;
    laco_parallel(run->layout.ctx, laco_parts(run->layout.ctx, (columns + 15) / 16, cost, LACO_WORTH_A_THREAD), collect_part,
                  &(collect_work){run, rows});
}

/* The row before each row of a chunk, in the order of the visit. */
static int64_t *previous_rows(laco_arena *arena, const laco_layer_run *run, laco_chunk chunk, visit rows)
{
    const laco_steps *steps = run->layout.steps;
    int64_t *previous = laco_arena_alloc(arena, (size_t)rows.count, sizeof *previous), *at = previous;
    if (previous && rows.turn < 0)
        at += rows.count - 1;
    for (int64_t t = chunk.t_begin; previous && t < chunk.t_end; t++)
        for (int64_t b = 0; b < laco_steps_active(steps, t); b++, at += rows.turn)
            *at = laco_previous_row(steps, run->layout.reverse, t, b);
    return previous;
}

/* dW_hh and dW_hr. */
static laco_status hidden_gradient(laco_arena *arena, const laco_layer_run *run, laco_chunk chunk, visit rows)
{
    const laco_cell_shape *shape = run->layout.shape;
    const laco_cell_weights *weights = run->layout.weights;
    const laco_steps *steps = run->layout.steps;
    int64_t M = laco_cells[shape->kind].gates * shape->H, count = rows.count, *previous = NULL;
    const laco_real *dG = run->work.gates + (rows.first - run->work.base) * run->layout.gates_ld;
    const laco_real *h =
        run->work.y + (rows.first - steps->B) * run->layout.y_ld; /* all of one length: the row before is B rows back */
    if (run->layout.reverse || steps->R != steps->T * steps->B) {
        previous = previous_rows(arena, run, chunk, rows);
        if (!previous)
            return LACO_NO_MEMORY;
        h = run->work.y;
    }
    if (run->layout.from_zero && rows.turn < 0 && chunk.t_begin == 0)
        count -= laco_steps_active(steps, 0); /* what begins at h_0 = 0 brings nothing */
    LACO_TRY(laco_weight_gradient(arena, shape->precision, M, shape->P, count, dG, rows.turn * run->layout.gates_ld, h,
                                  previous ? run->layout.y_ld : rows.turn * run->layout.y_ld, previous, weights->dw_hh));
    if (!laco_cell_projects(shape))
        return LACO_OK;
    int64_t place = rows.first - run->work.base;
    return laco_weight_gradient(arena, shape->precision, shape->P, shape->H, rows.count, run->back.dproject + place * shape->P,
                                rows.turn * shape->P, run->work.raw + place * shape->H, rows.turn * shape->H, NULL,
                                weights->dw_hr);
}

/* A one-hot row picks a column of W_ih, so its gradient lands in that column. */
static void one_hot_gradient(const laco_layer_run *run, const laco_gate_span *span)
{
    int64_t H = run->layout.shape->H, I = run->layout.shape->I;
    for (int64_t r = 0; run->layout.weights->dw_ih && r < run->layout.input.rows; r++) {
        const laco_real *from = run->back.dsums + r * run->layout.gates_ld + span->column * H;
        laco_real *to = run->layout.weights->dw_ih + span->row * H * I + run->layout.input.one_hot[r];
        for (int64_t j = 0; j < span->gates * H; j++)
            to[j * I] += from[j];
    }
}

/* dx of input rows [begin, begin + count) from the gradients of W_ih x + b in one span. */
static void input_back(const laco_layer_run *run, int s, int64_t begin, int64_t count, const laco_real *d)
{
    const laco_gate_span *span = &laco_cells[run->layout.shape->kind].input[s];
    int64_t I = run->layout.shape->I, K = span->gates * run->layout.shape->H;
    laco_real *dx = run->back.dx + begin * run->back.dx_ld;
    const laco_real *weights = run->layout.weights->w_ih + span->row * run->layout.shape->H * I;
    if (run->back.input_unpacked)
        laco_kernels_of(run->layout.ctx)
            ->gemm_unpacked(count, I, K, d, run->layout.gates_ld, 1, weights, I, dx, run->back.dx_ld, true);
    else
        laco_matmul(run->layout.ctx, run->layout.shape->precision, count, I, K, d, run->layout.gates_ld,
                    run->layout.weights->packs.input_back[s], dx, run->back.dx_ld, true);
}

void laco_layer_run_input_gradient(const laco_layer_run *run)
{
    const laco_real *d = run->layout.input.row_of ? run->back.dsums : run->work.gates;
    for (int s = 0; s < 2; s++) {
        const laco_gate_span *span = &laco_cells[run->layout.shape->kind].input[s];
        if (span->gates > 0)
            input_back(run, s, 0, run->layout.input.rows, d + span->column * run->layout.shape->H);
    }
}

/* dW_ih and dx of input rows; dsums: the gradients of W_ih x + b, those of row `begin` first. */
static laco_status input_gradient(laco_arena *arena, const laco_layer_run *run, visit rows, const laco_real *dsums)
{
    const laco_cell_info *cell = &laco_cells[run->layout.shape->kind];
    const laco_layer_run_input *input = &run->layout.input;
    int64_t H = run->layout.shape->H, I = run->layout.shape->I, begin = rows.turn < 0 ? rows.first - rows.count + 1 : rows.first,
            ld = run->layout.gates_ld;
    for (int s = 0; s < 2; s++) {
        const laco_gate_span *span = &cell->input[s];
        const laco_real *d = dsums + span->column * H;
        laco_real *dw_ih = run->layout.weights->dw_ih;
        if (dw_ih)
            LACO_TRY(laco_weight_gradient(arena, run->layout.shape->precision, span->gates * H, I, rows.count,
                                          d + (rows.first - begin) * ld, rows.turn * ld, input->x + rows.first * input->x_ld,
                                          rows.turn * input->x_ld, NULL, dw_ih + span->row * H * I));
        if (run->back.dx && !run->back.dx_later && span->gates > 0)
            input_back(run, s, begin, rows.count, d);
    }
    return LACO_OK;
}

static laco_status gradients(laco_arena *arena, const laco_layer_run *run, laco_chunk chunk, laco_real *bias)
{
    visit rows = visit_of(run, chunk);
    if (rows.count == 0)
        return LACO_OK;
    LACO_TRY(hidden_gradient(arena, run, chunk, rows));
    if (run->layout.input.row_of) {
        collect_sums(run, rows);
        return LACO_OK;
    }
    const laco_real *dG = run->work.gates + (run->layout.steps->offset[chunk.t_begin] - run->work.base) * run->layout.gates_ld;
    LACO_TRY(input_gradient(arena, run, rows, dG));
    if (run->layout.weights->b_ih)
        laco_column_sums(run->layout.ctx, rows.count, laco_cells[run->layout.shape->kind].width * run->layout.shape->H,
                         run->work.gates + (rows.first - run->work.base) * run->layout.gates_ld, rows.turn * run->layout.gates_ld,
                         bias);
    return LACO_OK;
}

laco_status laco_layer_run_gradients(laco_arena *arena, const laco_layer_run *run, laco_chunk chunk, laco_real *bias)
{
    laco_arena_mark mark = laco_arena_save(arena);
    laco_status status = gradients(arena, run, chunk, bias);
    laco_arena_rewind(arena, mark);
    return status;
}

/* db: b_ih takes the input's columns, b_hh the hidden ones. */
static void bias_gradient(const laco_layer_run *run, const laco_real *bias)
{
    const laco_cell_info *cell = &laco_cells[run->layout.shape->kind];
    const laco_kernels *kernels = laco_kernels_of(run->layout.ctx);
    int64_t H = run->layout.shape->H;
    for (int s = 0; s < 2 && run->layout.weights->db_ih; s++)
        kernels->add(cell->input[s].gates * H, bias + cell->input[s].column * H,
                     run->layout.weights->db_ih + cell->input[s].row * H);
    if (run->layout.weights->db_hh)
        kernels->add(cell->gates * H, bias, run->layout.weights->db_hh);
}

laco_status laco_layer_run_last_gradients(laco_arena *arena, const laco_layer_run *run, laco_real *bias)
{
    const laco_cell_info *cell = &laco_cells[run->layout.shape->kind];
    const laco_layer_run_input *input = &run->layout.input;
    if (input->row_of && input->x)
        LACO_TRY(input_gradient(arena, run, (visit){0, input->rows, 1}, run->back.dsums));
    for (int s = 0; s < 2 && input->row_of && !input->x; s++)
        one_hot_gradient(run, &cell->input[s]);
    if (run->layout.weights->b_ih && input->row_of)
        laco_column_sums(run->layout.ctx, input->rows, cell->width * run->layout.shape->H, run->back.dsums, run->layout.gates_ld,
                         bias);
    if (run->layout.weights->b_ih)
        bias_gradient(run, bias);
    return LACO_OK;
}
