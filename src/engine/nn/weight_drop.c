#include "nn/weight_drop.h"

#include "op/dropout.h"
#include "op/ranges.h"

#define MASK_COST 60.0 /* multiply-adds: ten rounds for four numbers */

static int64_t hidden_size(const laco_recurrent_shape *shape) { return laco_cells[shape->kind].gates * shape->H * shape->P; }

typedef struct drop_work {
    const laco_kernels *kernels;
    uint64_t seed, stream;
    double p;
    const laco_real *weight;
    laco_real *mask, *dropped;
} drop_work;

static void drop(const void *work, int64_t begin, int64_t end)
{
    const drop_work *w = work;
    laco_dropout_mask(w->seed, w->stream, begin, end - begin, w->p, w->mask + begin);
    w->kernels->multiply(end - begin, w->weight + begin, w->mask + begin, w->dropped + begin);
}

/* The weights of pass `index`: all but W_hh are the layer's own. */
static bool drop_pass(laco_tape *tape, laco_weight_drop *w, int64_t index, double p)
{
    const laco_kernels *kernels = laco_kernels_of(tape->ctx);
    laco_cell_shape shape = laco_recurrent_layer(w->shape, index / w->shape->directions);
    int64_t size = hidden_size(w->shape);
    laco_real *dropped = laco_arena_alloc(&tape->arena, (size_t)size, sizeof *dropped);
    laco_real *gradient = laco_arena_zeroed(&tape->arena, (size_t)size, sizeof *gradient);
    laco_real *packs = laco_arena_alloc(&tape->arena, (size_t)laco_packs_size(kernels, &shape, LACO_PACKS_ALL), sizeof *packs);
    w->mask[index] = laco_arena_alloc(&tape->arena, (size_t)size, sizeof **w->mask);
    if (!dropped || !gradient || !packs || !w->mask[index])
        return false;
    laco_cell_weights *weights = &w->dropped[index];
    *weights = w->kept[index];
    drop_work work = {kernels, tape->seed, laco_tape_next_mask(tape), p, weights->w_hh, w->mask[index], dropped};
    laco_ranges(tape->ctx, size, 16, MASK_COST, drop, &work);
    weights->w_hh = dropped;
    weights->dw_hh = gradient;
    laco_packs_place(kernels, &shape, LACO_PACKS_ALL, packs, &weights->packs);
    laco_packs_fill(tape->ctx, LACO_PACK_HIDDEN, &shape, weights);
    laco_packs_fill(tape->ctx, LACO_PACK_INPUT, &shape, weights);
    return true;
}

laco_weight_drop *laco_weight_drop_make(laco_tape *tape, const laco_recurrent_shape *shape, const laco_cell_weights *weights,
                                        double p)
{
    int64_t passes = shape->layers * shape->directions;
    laco_weight_drop *w = laco_arena_alloc(&tape->arena, 1, sizeof *w);
    laco_cell_weights *dropped = laco_arena_alloc(&tape->arena, (size_t)passes, sizeof *dropped);
    laco_real **mask = laco_arena_zeroed(&tape->arena, (size_t)passes, sizeof *mask);
    bool made = w && dropped && mask;
    if (made)
        *w = (laco_weight_drop){shape, weights, dropped, mask};
    for (int64_t i = 0; made && i < passes; i++)
        made = drop_pass(tape, w, i, p);
    if (!made)
        laco_tape_fail(tape, LACO_NO_MEMORY);
    return made ? w : NULL;
}

void laco_weight_drop_pack(laco_context *ctx, const laco_weight_drop *w)
{
    for (int64_t i = 0; i < w->shape->layers * w->shape->directions; i++) {
        laco_cell_shape shape = laco_recurrent_layer(w->shape, i / w->shape->directions);
        laco_packs_fill(ctx, LACO_PACK_HIDDEN_BACK, &shape, &w->dropped[i]);
        laco_packs_fill(ctx, LACO_PACK_INPUT_BACK, &shape, &w->dropped[i]);
    }
}

typedef struct collect_work {
    const laco_real *mask, *from;
    laco_real *to;
} collect_work;

static void collect(const void *work, int64_t begin, int64_t end)
{
    const collect_work *w = work;
    for (int64_t i = begin; i < end; i++)
        w->to[i] += w->mask[i] * w->from[i];
}

void laco_weight_drop_collect(laco_context *ctx, const laco_weight_drop *w)
{
    for (int64_t i = 0; i < w->shape->layers * w->shape->directions; i++) {
        collect_work work = {w->mask[i], w->dropped[i].dw_hh, w->kept[i].dw_hh};
        if (work.to)
            laco_ranges(ctx, hidden_size(w->shape), 16, 4, collect, &work);
    }
}
