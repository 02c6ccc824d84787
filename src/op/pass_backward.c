/* Backpropagation through time. With G_t the sums that enter the gates of step t, the loop computes dG_t from the
 * last step to the first, passing dh_{t-1} = dG_t·W_hh (and the LSTM's dc) on; behind it the weights' gradients are
 * single products over all steps: dW_hh = Σ_t dG_tᵀ·h_{t-1}, dW_ih = Σ_t dG_tᵀ·x_t, db = Σ_t dG_t. */
#include "op/matmul.h"
#include "op/pass.h"

#include <string.h>

/* With a projection y = W_hr·raw: the gradient of raw from above and from the step after. */
static void projection_backward(const laco_pass *pass, const laco_segment *segment, int64_t row)
{
    const laco_kernels *kernels = laco_kernels_of(pass->ctx);
    int64_t P = pass->shape->P, H = pass->shape->H, rows = segment->end - segment->begin;
    laco_real *total = pass->dproject + row * P;
    memcpy(total, pass->dh + segment->begin * P, (size_t)(rows * P) * sizeof *total);
    for (int64_t b = 0; pass->dy && b < rows; b++)
        kernels->add(P, pass->dy + (row + b) * pass->dy_ld, total + b * P);
    kernels->gemm(rows, H, P, total, P, 1, pass->weights->packs.projection_back, pass->draw + segment->begin * H, H, false);
}

static void segment_backward(const laco_pass *pass, const laco_segment *segment)
{
    const laco_kernels *kernels = laco_kernels_of(pass->ctx);
    const laco_cell_shape *shape = pass->shape;
    int64_t row = pass->steps->offset[segment->t] + segment->begin, rows = segment->end - segment->begin, H = shape->H;
    laco_real *dh = pass->dh + segment->begin * shape->P;
    laco_gates g = {.rows = rows, .H = H, .gates = pass->gates + row * pass->gates_ld, .gates_ld = pass->gates_ld,
                    .h_prev = pass->y + segment->previous * pass->y_ld, .h_prev_ld = pass->y_ld, .h = pass->y + row * pass->y_ld,
                    .h_ld = pass->y_ld, .dy = pass->dy ? pass->dy + row * pass->dy_ld : NULL, .dy_ld = pass->dy_ld, .dh = dh, .dh_ld = H};
    if (laco_cells[shape->kind].has_c) {
        g.c = pass->c + row * H;
        g.c_prev = pass->c + segment->previous * H;
        g.c_ld = g.c_prev_ld = g.dc_ld = H;
        g.dc = pass->dc + segment->begin * H;
    }
    bool projects = laco_cell_projects(shape);
    if (projects) {
        projection_backward(pass, segment, row);
        g.dy = NULL;
        g.dh = pass->draw + segment->begin * H;
    }
    kernels->gates_backward[shape->kind](&g);
    kernels->gemm(rows, shape->P, laco_cells[shape->kind].gates * H, g.gates, g.gates_ld, 1, pass->weights->packs.hidden_back, dh, shape->P,
                  !projects);
}

static void loop_part(void *work, int part, int parts)
{
    const laco_pass *pass = work;
    int64_t begin, end, T = pass->steps->T;
    laco_pass_places(pass->steps, part, parts, &begin, &end);
    for (int64_t i = 0; i < T; i++) {
        laco_segment segments[2];
        int found = laco_step_segments(pass, pass->reverse ? i : T - 1 - i, begin, end, segments);
        for (int s = 0; s < found; s++)
            segment_backward(pass, &segments[s]);
    }
}

/* dsums[row_of[r]] += dG[r] in the order of r; columns are split over threads. */
static void collect_part(void *work, int part, int parts)
{
    const laco_pass *pass = work;
    const laco_kernels *kernels = laco_kernels_of(pass->ctx);
    int64_t begin, end;
    laco_part_range(laco_cells[pass->shape->kind].width * pass->shape->H, 16, part, parts, &begin, &end);
    for (int64_t r = 0; r < pass->steps->R; r++)
        kernels->add(end - begin, pass->gates + r * pass->gates_ld + begin, pass->dsums + pass->input.row_of[r] * pass->gates_ld + begin);
}

static void collect_sums(const laco_pass *pass)
{
    int64_t columns = laco_cells[pass->shape->kind].width * pass->shape->H;
    memset(pass->dsums, 0, (size_t)(pass->input.rows * pass->gates_ld) * sizeof *pass->dsums);
    laco_parallel(pass->ctx, laco_parts(pass->ctx, (columns + 15) / 16, 16.0 * (double)columns * (double)pass->steps->R, LACO_WORTH_A_THREAD),
                  collect_part, (void *)(uintptr_t)pass);
}

/* dW_hh and dW_hr. */
static laco_status hidden_gradient(laco_arena *arena, const laco_pass *pass)
{
    const laco_cell_shape *shape = pass->shape;
    const laco_cell_weights *weights = pass->weights;
    const laco_steps *steps = pass->steps;
    int64_t rows = laco_cells[shape->kind].gates * shape->H, R = steps->R, *previous = NULL;
    const laco_real *h = pass->y - steps->B * pass->y_ld; /* all of one length: the row before is B rows back */
    if (pass->reverse || R != steps->T * steps->B) {
        previous = laco_arena_alloc(arena, (size_t)R, sizeof *previous);
        if (!previous)
            return LACO_NO_MEMORY;
        for (int64_t t = 0, r = 0; t < steps->T; t++)
            for (int64_t b = 0; b < laco_steps_active(steps, t); b++)
                previous[r++] = laco_previous_row(steps, pass->reverse, t, b);
        h = pass->y;
    }
    LACO_TRY(laco_weight_gradient(arena, rows, shape->P, R, pass->gates, pass->gates_ld, h, pass->y_ld, previous, weights->dw_hh));
    if (laco_cell_projects(shape))
        LACO_TRY(laco_weight_gradient(arena, shape->P, shape->H, R, pass->dproject, shape->P, pass->raw, shape->H, NULL, weights->dw_hr));
    return LACO_OK;
}

/* A one-hot row picks a column of W_ih, so its gradient lands in that column. */
static void one_hot_gradient(const laco_pass *pass, const laco_gate_span *span, const laco_real *dsums)
{
    int64_t H = pass->shape->H, I = pass->shape->I;
    for (int64_t r = 0; r < pass->input.rows; r++) {
        const laco_real *from = dsums + r * pass->gates_ld + span->column * H;
        laco_real *to = pass->weights->dw_ih + span->row * H * I + pass->input.one_hot[r];
        for (int64_t j = 0; j < span->gates * H; j++)
            to[j * I] += from[j];
    }
}

/* dW_ih and dx from the gradients of W_ih x + b, one row for each row of the input. */
static laco_status input_gradient(laco_arena *arena, const laco_pass *pass, const laco_real *dsums)
{
    const laco_cell_info *cell = &laco_cells[pass->shape->kind];
    const laco_pass_input *input = &pass->input;
    int64_t H = pass->shape->H, I = pass->shape->I;
    for (int s = 0; s < 2; s++) {
        const laco_gate_span *span = &cell->input[s];
        const laco_real *d = dsums + span->column * H;
        if (!input->x)
            one_hot_gradient(pass, span, dsums);
        else
            LACO_TRY(laco_weight_gradient(arena, span->gates * H, I, input->rows, d, pass->gates_ld, input->x, input->x_ld, NULL,
                                          pass->weights->dw_ih + span->row * H * I));
        if (pass->dx)
            laco_matmul(pass->ctx, input->rows, I, span->gates * H, d, pass->gates_ld, pass->weights->packs.input_back[s], pass->dx,
                        pass->dx_ld, true);
    }
    return LACO_OK;
}

/* db: b_ih takes the input's columns, b_hh the hidden ones. */
static laco_status bias_gradient(laco_arena *arena, const laco_pass *pass, int64_t rows, const laco_real *dsums)
{
    const laco_cell_info *cell = &laco_cells[pass->shape->kind];
    const laco_kernels *kernels = laco_kernels_of(pass->ctx);
    int64_t H = pass->shape->H;
    if (!pass->weights->b_ih)
        return LACO_OK;
    laco_real *total = laco_arena_zeroed(arena, (size_t)(cell->width * H), sizeof *total);
    if (!total)
        return LACO_NO_MEMORY;
    laco_column_sums(pass->ctx, rows, cell->width * H, dsums, pass->gates_ld, total);
    for (int s = 0; s < 2; s++)
        kernels->add(cell->input[s].gates * H, total + cell->input[s].column * H, pass->weights->db_ih + cell->input[s].row * H);
    kernels->add(cell->gates * H, total, pass->weights->db_hh);
    return LACO_OK;
}

static laco_status gradients(laco_arena *arena, const laco_pass *pass)
{
    int64_t rows = pass->steps->R;
    const laco_real *dsums = pass->gates;
    LACO_TRY(hidden_gradient(arena, pass));
    if (pass->input.row_of) {
        collect_sums(pass);
        rows = pass->input.rows;
        dsums = pass->dsums;
    }
    LACO_TRY(input_gradient(arena, pass, dsums));
    return bias_gradient(arena, pass, rows, dsums);
}

laco_status laco_pass_backward(laco_arena *arena, const laco_pass *pass)
{
    laco_parallel(pass->ctx, laco_pass_parts(pass), loop_part, (void *)(uintptr_t)pass);
    laco_arena_mark mark = laco_arena_save(arena);
    laco_status status = gradients(arena, pass);
    laco_arena_rewind(arena, mark);
    return status;
}
