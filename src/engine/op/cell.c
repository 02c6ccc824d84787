#include "op/cell.h"

#include "op/packed.h"

#include <string.h>

const laco_cell_info laco_cells[LACO_GATES_COUNT] = {
    [LACO_GATES_TANH] = {.name = "RNN", .gates = 1, .width = 1, .input = {{0, 0, 1}}},
    [LACO_GATES_RELU] = {.name = "RNN", .gates = 1, .width = 1, .input = {{0, 0, 1}}},
    [LACO_GATES_GRU] = {.name = "GRU", .gates = 3, .width = 4, .input = {{0, 0, 2}, {2, 3, 1}}},
    [LACO_GATES_LSTM] = {.name = "LSTM", .gates = 4, .width = 4, .has_c = true, .input = {{0, 0, 4}}},
};

/* Rounds up to whole cache lines, so that every pack starts on one. */
static int64_t lines(int64_t elements) { return (elements + 15) & ~(int64_t)15; }

/* Gives `size` elements from *at on; with at NULL only counts. */
static laco_real *take(laco_real *memory, int64_t *used, int64_t size)
{
    laco_real *piece = memory ? memory + *used : NULL;
    *used += lines(size);
    return piece;
}

static int64_t place_forward(const laco_kernels *kernels, const laco_cell_shape *shape, laco_real *memory, laco_cell_packs *packs)
{
    const laco_cell_info *cell = &laco_cells[shape->kind];
    int64_t used = 0, H = shape->H, projected = laco_cell_projects(shape) ? shape->P : 0;
    for (int s = 0; s < 2; s++)
        packs->input[s] = take(memory, &used, laco_product_size(kernels, shape->precision, shape->I, cell->input[s].gates * H));
    packs->hidden = take(memory, &used, laco_product_size(kernels, shape->precision, shape->P, cell->gates * H));
    packs->projection = take(memory, &used, laco_product_size(kernels, shape->precision, H, projected));
    packs->bias = take(memory, &used, cell->width * H);
    return used;
}

static int64_t place_back(const laco_kernels *kernels, const laco_cell_shape *shape, laco_real *memory, laco_cell_packs *packs)
{
    const laco_cell_info *cell = &laco_cells[shape->kind];
    int64_t used = 0, H = shape->H, projected = laco_cell_projects(shape) ? shape->P : 0;
    for (int s = 0; s < 2; s++)
        packs->input_back[s] =
            take(memory, &used, laco_product_size(kernels, shape->precision, cell->input[s].gates * H, shape->I));
    packs->hidden_back = take(memory, &used, laco_product_size(kernels, shape->precision, cell->gates * H, shape->P));
    packs->projection_back = take(memory, &used, laco_product_size(kernels, shape->precision, projected, H));
    return used;
}

int64_t laco_packs_size(const laco_kernels *kernels, const laco_cell_shape *shape, laco_packs_part part)
{
    laco_cell_packs packs;
    return (part & LACO_PACKS_FORWARD ? place_forward(kernels, shape, NULL, &packs) : 0) +
           (part & LACO_PACKS_BACK ? place_back(kernels, shape, NULL, &packs) : 0);
}

void laco_packs_place(const laco_kernels *kernels, const laco_cell_shape *shape, laco_packs_part part, laco_real *memory,
                      laco_cell_packs *packs)
{
    if (part & LACO_PACKS_FORWARD)
        memory += place_forward(kernels, shape, memory, packs);
    if (part & LACO_PACKS_BACK)
        place_back(kernels, shape, memory, packs);
}

void laco_cell_bias(laco_gate_kind kind, int64_t H, const laco_cell_weights *weights, laco_real *bias)
{
    const laco_cell_info *cell = &laco_cells[kind];
    memset(bias, 0, (size_t)(cell->width * H) * sizeof *bias);
    if (!weights->b_ih)
        return;
    for (int s = 0; s < 2; s++)
        memcpy(bias + cell->input[s].column * H, weights->b_ih + cell->input[s].row * H,
               (size_t)(cell->input[s].gates * H) * sizeof *bias);
    for (int64_t j = 0; j < cell->gates * H; j++)
        bias[j] += weights->b_hh[j];
}

static void fill_hidden(laco_context *ctx, const laco_cell_shape *shape, const laco_cell_weights *weights)
{
    int64_t H = shape->H, P = shape->P;
    laco_pack(ctx, shape->precision, P, laco_cells[shape->kind].gates * H, weights->w_hh, 1, P, weights->packs.hidden);
    if (laco_cell_projects(shape))
        laco_pack(ctx, shape->precision, H, P, weights->w_hr, 1, H, weights->packs.projection);
    laco_cell_bias(shape->kind, H, weights, weights->packs.bias);
}

static void fill_hidden_back(laco_context *ctx, const laco_cell_shape *shape, const laco_cell_weights *weights)
{
    int64_t H = shape->H, P = shape->P;
    laco_pack(ctx, shape->precision, laco_cells[shape->kind].gates * H, P, weights->w_hh, P, 1, weights->packs.hidden_back);
    if (laco_cell_projects(shape))
        laco_pack(ctx, shape->precision, P, H, weights->w_hr, H, 1, weights->packs.projection_back);
}

static void fill_input(laco_context *ctx, bool back, const laco_cell_shape *shape, const laco_cell_weights *weights)
{
    const laco_cell_info *cell = &laco_cells[shape->kind];
    int64_t I = shape->I, H = shape->H;
    for (int s = 0; s < 2; s++) {
        int64_t rows = cell->input[s].gates * H;
        const laco_real *w = weights->w_ih + cell->input[s].row * H * I;
        if (back)
            laco_pack(ctx, shape->precision, rows, I, w, I, 1, weights->packs.input_back[s]);
        else
            laco_pack(ctx, shape->precision, I, rows, w, 1, I, weights->packs.input[s]);
    }
}

void laco_packs_fill(laco_context *ctx, laco_pack_kind kind, const laco_cell_shape *shape, const laco_cell_weights *weights)
{
    if (kind == LACO_PACK_HIDDEN)
        fill_hidden(ctx, shape, weights);
    else if (kind == LACO_PACK_HIDDEN_BACK)
        fill_hidden_back(ctx, shape, weights);
    else
        fill_input(ctx, kind == LACO_PACK_INPUT_BACK, shape, weights);
}
