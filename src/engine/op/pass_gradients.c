/* Gradients of weights and input: dW_hh = Σ dG_tᵀ·h_{t-1}, dW_ih = Σ dG_tᵀ·x_t, db = Σ dG_t, dx_t = dG_t·W_ih. A stretch of steps
 * at a time, and within it rows in the order in which the backward loop comes by them, so each sum is the same chain however the
 * steps are cut: back from the last row, in the reverse direction from the first. */
#include "op/matmul.h"
#include "op/pass.h"

#include <string.h>

/* The rows of a stretch in that order: `first`, first + turn, … */
typedef struct visit {
    int64_t first, count;
    int64_t turn; /* 1 or -1 */
} visit;

/* bf16 is summed in pairs, whose partners would change: there rows rise, and sums do depend on the stretches, in their last bits.
 */
static visit visit_of(const laco_pass *pass, laco_stretch stretch)
{
    const int64_t *offset = pass->steps->offset;
    int64_t begin = offset[stretch.t_begin], end = offset[stretch.t_end];
    bool rises = pass->reverse || pass->shape->precision != LACO_FP32;
    return (visit){rises ? begin : end - 1, end - begin, rises ? 1 : -1};
}

typedef struct collect_work {
    const laco_pass *pass;
    visit rows;
} collect_work;

/* dsums[row_of[r]] += dG[r]; columns are split over threads. */
static void collect_part(void *work, int part, int parts)
{
    const collect_work *w = work;
    const laco_pass *pass = w->pass;
    const laco_kernels *kernels = laco_kernels_of(pass->ctx);
    int64_t begin, end;
    laco_part_range(laco_cells[pass->shape->kind].width * pass->shape->H, 16, part, parts, &begin, &end);
    for (int64_t i = 0, r = w->rows.first; i < w->rows.count; i++, r += w->rows.turn)
        kernels->add(end - begin, pass->gates + (r - pass->base) * pass->gates_ld + begin,
                     pass->dsums + pass->input.row_of[r] * pass->gates_ld + begin);
}

static void collect_sums(const laco_pass *pass, visit rows)
{
    int64_t columns = laco_cells[pass->shape->kind].width * pass->shape->H;
    double cost = 16.0 * (double)columns * (double)rows.count;
    laco_parallel(pass->ctx, laco_parts(pass->ctx, (columns + 15) / 16, cost, LACO_WORTH_A_THREAD), collect_part,
                  &(collect_work){pass, rows});
}

/* The row before each row of a stretch, in the order of the visit. */
static int64_t *previous_rows(laco_arena *arena, const laco_pass *pass, laco_stretch stretch, visit rows)
{
    const laco_steps *steps = pass->steps;
    int64_t *previous = laco_arena_alloc(arena, (size_t)rows.count, sizeof *previous), *at = previous;
    if (previous && rows.turn < 0)
        at += rows.count - 1;
    for (int64_t t = stretch.t_begin; previous && t < stretch.t_end; t++)
        for (int64_t b = 0; b < laco_steps_active(steps, t); b++, at += rows.turn)
            *at = laco_previous_row(steps, pass->reverse, t, b);
    return previous;
}

/* dW_hh and dW_hr. */
static laco_status hidden_gradient(laco_arena *arena, const laco_pass *pass, laco_stretch stretch, visit rows)
{
    const laco_cell_shape *shape = pass->shape;
    const laco_cell_weights *weights = pass->weights;
    const laco_steps *steps = pass->steps;
    int64_t M = laco_cells[shape->kind].gates * shape->H, count = rows.count, *previous = NULL;
    const laco_real *dG = pass->gates + (rows.first - pass->base) * pass->gates_ld;
    const laco_real *h = pass->y + (rows.first - steps->B) * pass->y_ld; /* all of one length: the row before is B rows back */
    if (pass->reverse || steps->R != steps->T * steps->B) {
        previous = previous_rows(arena, pass, stretch, rows);
        if (!previous)
            return LACO_NO_MEMORY;
        h = pass->y;
    }
    if (pass->from_zero && rows.turn < 0 && stretch.t_begin == 0)
        count -= laco_steps_active(steps, 0); /* what begins at h_0 = 0 brings nothing */
    LACO_TRY(laco_weight_gradient(arena, shape->precision, M, shape->P, count, dG, rows.turn * pass->gates_ld, h,
                                  previous ? pass->y_ld : rows.turn * pass->y_ld, previous, weights->dw_hh));
    if (!laco_cell_projects(shape))
        return LACO_OK;
    int64_t place = rows.first - pass->base;
    return laco_weight_gradient(arena, shape->precision, shape->P, shape->H, rows.count, pass->dproject + place * shape->P,
                                rows.turn * shape->P, pass->raw + place * shape->H, rows.turn * shape->H, NULL, weights->dw_hr);
}

/* A one-hot row picks a column of W_ih, so its gradient lands in that column. */
static void one_hot_gradient(const laco_pass *pass, const laco_gate_span *span)
{
    int64_t H = pass->shape->H, I = pass->shape->I;
    for (int64_t r = 0; r < pass->input.rows; r++) {
        const laco_real *from = pass->dsums + r * pass->gates_ld + span->column * H;
        laco_real *to = pass->weights->dw_ih + span->row * H * I + pass->input.one_hot[r];
        for (int64_t j = 0; j < span->gates * H; j++)
            to[j * I] += from[j];
    }
}

/* dx of input rows [begin, begin + count) from the gradients of W_ih x + b in one span. */
static void input_back(const laco_pass *pass, int s, int64_t begin, int64_t count, const laco_real *d)
{
    const laco_gate_span *span = &laco_cells[pass->shape->kind].input[s];
    int64_t I = pass->shape->I, K = span->gates * pass->shape->H;
    laco_real *dx = pass->dx + begin * pass->dx_ld;
    const laco_real *weights = pass->weights->w_ih + span->row * pass->shape->H * I;
    if (pass->input_unpacked)
        laco_kernels_of(pass->ctx)->gemm_unpacked(count, I, K, d, pass->gates_ld, 1, weights, I, dx, pass->dx_ld, true);
    else
        laco_matmul(pass->ctx, pass->shape->precision, count, I, K, d, pass->gates_ld, pass->weights->packs.input_back[s], dx,
                    pass->dx_ld, true);
}

/* dW_ih and dx of input rows; dsums: the gradients of W_ih x + b, those of row `begin` first. */
static laco_status input_gradient(laco_arena *arena, const laco_pass *pass, visit rows, const laco_real *dsums)
{
    const laco_cell_info *cell = &laco_cells[pass->shape->kind];
    const laco_pass_input *input = &pass->input;
    int64_t H = pass->shape->H, I = pass->shape->I, begin = rows.turn < 0 ? rows.first - rows.count + 1 : rows.first,
            ld = pass->gates_ld;
    for (int s = 0; s < 2; s++) {
        const laco_gate_span *span = &cell->input[s];
        const laco_real *d = dsums + span->column * H;
        LACO_TRY(laco_weight_gradient(arena, pass->shape->precision, span->gates * H, I, rows.count,
                                      d + (rows.first - begin) * ld, rows.turn * ld, input->x + rows.first * input->x_ld,
                                      rows.turn * input->x_ld, NULL, pass->weights->dw_ih + span->row * H * I));
        if (pass->dx && span->gates > 0)
            input_back(pass, s, begin, rows.count, d);
    }
    return LACO_OK;
}

static laco_status gradients(laco_arena *arena, const laco_pass *pass, laco_stretch stretch, laco_real *bias)
{
    visit rows = visit_of(pass, stretch);
    if (rows.count == 0)
        return LACO_OK;
    LACO_TRY(hidden_gradient(arena, pass, stretch, rows));
    if (pass->input.row_of) {
        collect_sums(pass, rows);
        return LACO_OK;
    }
    const laco_real *dG = pass->gates + (pass->steps->offset[stretch.t_begin] - pass->base) * pass->gates_ld;
    LACO_TRY(input_gradient(arena, pass, rows, dG));
    if (pass->weights->b_ih)
        laco_column_sums(pass->ctx, rows.count, laco_cells[pass->shape->kind].width * pass->shape->H,
                         pass->gates + (rows.first - pass->base) * pass->gates_ld, rows.turn * pass->gates_ld, bias);
    return LACO_OK;
}

laco_status laco_pass_gradients(laco_arena *arena, const laco_pass *pass, laco_stretch stretch, laco_real *bias)
{
    laco_arena_mark mark = laco_arena_save(arena);
    laco_status status = gradients(arena, pass, stretch, bias);
    laco_arena_rewind(arena, mark);
    return status;
}

/* db: b_ih takes the input's columns, b_hh the hidden ones. */
static void bias_gradient(const laco_pass *pass, const laco_real *bias)
{
    const laco_cell_info *cell = &laco_cells[pass->shape->kind];
    const laco_kernels *kernels = laco_kernels_of(pass->ctx);
    int64_t H = pass->shape->H;
    for (int s = 0; s < 2; s++)
        kernels->add(cell->input[s].gates * H, bias + cell->input[s].column * H, pass->weights->db_ih + cell->input[s].row * H);
    kernels->add(cell->gates * H, bias, pass->weights->db_hh);
}

laco_status laco_pass_last_gradients(laco_arena *arena, const laco_pass *pass, laco_real *bias)
{
    const laco_cell_info *cell = &laco_cells[pass->shape->kind];
    const laco_pass_input *input = &pass->input;
    if (input->row_of && input->x)
        LACO_TRY(input_gradient(arena, pass, (visit){0, input->rows, 1}, pass->dsums));
    for (int s = 0; s < 2 && input->row_of && !input->x; s++)
        one_hot_gradient(pass, &cell->input[s]);
    if (pass->weights->b_ih && input->row_of)
        laco_column_sums(pass->ctx, input->rows, cell->width * pass->shape->H, pass->dsums, pass->gates_ld, bias);
    if (pass->weights->b_ih)
        bias_gradient(pass, bias);
    return LACO_OK;
}
