/* The weights of a recurrent layer, packed for the driver: when, and in which precision. */
#include "nn/recurrent.h"

#include "base/lanes.h"
#include "op/matmul.h"
#include "op/ranges.h"

#include <string.h>

laco_context *laco_rnn_context(const laco_rnn *rnn) { return rnn->layer.module->ctx; }
const laco_recurrent_shape *laco_rnn_shape(const laco_rnn *rnn) { return &rnn->shape; }
laco_precision laco_rnn_precision(const laco_rnn *rnn) { return rnn->layer.module->precision; }

const laco_cell_weights *laco_rnn_weights(const laco_rnn *rnn, int64_t layer, int direction)
{
    return &rnn->packed[layer * rnn->shape.directions + direction];
}

static laco_real *value_of(laco_param *param) { return param ? param->value : NULL; }
static laco_real *grad_of(laco_param *param) { return param ? param->grad : NULL; }

/* Where values and gradients lie now. */
static void follow(laco_cell_weights *to, const laco_rnn_params *w)
{
    to->w_ih = value_of(w->w_ih);
    to->w_hh = value_of(w->w_hh);
    to->b_ih = value_of(w->b_ih);
    to->b_hh = value_of(w->b_hh);
    to->w_hr = value_of(w->w_hr);
    to->dw_ih = grad_of(w->w_ih);
    to->dw_hh = grad_of(w->w_hh);
    to->db_ih = grad_of(w->b_ih);
    to->db_hh = grad_of(w->b_hh);
    to->dw_hr = grad_of(w->w_hr);
}

void laco_rnn_drop_packs(laco_layer *layer)
{
    laco_rnn *rnn = (laco_rnn *)layer;
    laco_release(laco_rnn_context(rnn), rnn->memory);
    rnn->memory = NULL;
    rnn->placed++; /* by which a call that was recorded before is known */
    for (int64_t i = 0; i < laco_rnn_passes(rnn); i++) {
        memset(rnn->weights[i].packed, 0, sizeof rnn->weights[i].packed);
        rnn->packed[i] = (laco_cell_weights){.w_ih = NULL};
        follow(&rnn->packed[i], &rnn->weights[i]);
    }
}

laco_status laco_rnn_place(laco_rnn *rnn)
{
    laco_context *ctx = laco_rnn_context(rnn);
    const laco_kernels *kernels = laco_kernels_of(ctx);
    int64_t total = 16, used = 0; /* room to begin on a cache line */
    if (rnn->memory)
        return LACO_OK;
    for (int64_t i = 0; i < laco_rnn_passes(rnn); i++) {
        laco_cell_shape shape = laco_recurrent_layer(&rnn->shape, i / rnn->shape.directions);
        total += laco_packs_size(kernels, &shape, LACO_PACKS_ALL);
    }
    if (!(rnn->memory = laco_alloc(ctx, (size_t)total, sizeof *rnn->memory)))
        return LACO_NO_MEMORY;
    laco_real *start = (laco_real *)(((uintptr_t)rnn->memory + LACO_ALIGN - 1) & ~(uintptr_t)(LACO_ALIGN - 1));
    for (int64_t i = 0; i < laco_rnn_passes(rnn); i++) {
        laco_cell_shape shape = laco_recurrent_layer(&rnn->shape, i / rnn->shape.directions);
        laco_packs_place(kernels, &shape, LACO_PACKS_ALL, start + used, &rnn->packed[i].packs);
        used += laco_packs_size(kernels, &shape, LACO_PACKS_ALL);
    }
    return LACO_OK;
}

static uint64_t version_sum(const laco_rnn_params *w)
{
    const laco_param *const list[] = {w->w_ih, w->w_hh, w->b_ih, w->b_hh, w->w_hr};
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        sum += list[i] ? list[i]->version : 0;
    return sum;
}

/* True where the backward pass over T steps of B sequences reads a layer's weights as they lie. */
static bool not_packed(const laco_cell_shape *shape, laco_pack_kind kind, int64_t T, int64_t B)
{
    return (kind == LACO_PACK_HIDDEN_BACK && laco_hidden_unpacked(shape, T, B)) ||
           (kind == LACO_PACK_INPUT_BACK && laco_input_unpacked(shape->precision, T, B));
}

typedef struct packing {
    laco_rnn *rnn;
    laco_pack_kind kind;
    int64_t first, T, B;
} packing;

/* True where a pass needs to be packed again. */
static bool is_stale(const packing *p, int64_t pass)
{
    const laco_rnn_params *w = &p->rnn->weights[pass];
    laco_cell_shape shape = laco_recurrent_layer(&p->rnn->shape, pass / p->rnn->shape.directions);
    return w->packed[p->kind] != version_sum(w) && !not_packed(&shape, p->kind, p->T, p->B);
}

static void pack_one(laco_context *ctx, laco_rnn *rnn, int64_t pass, laco_pack_kind kind)
{
    laco_cell_shape shape = laco_recurrent_layer(&rnn->shape, pass / rnn->shape.directions);
    laco_packs_fill(ctx, kind, &shape, &rnn->packed[pass]);
    rnn->weights[pass].packed[kind] = version_sum(&rnn->weights[pass]);
}

/* All layers in one direction. */
static laco_status pack_direction(laco_context *ctx, void *user, int direction)
{
    const packing *p = user;
    laco_rnn *rnn = p->rnn;
    for (int64_t i = p->first * rnn->shape.directions + direction; i < laco_rnn_passes(rnn); i += rnn->shape.directions)
        if (is_stale(p, i))
            pack_one(ctx, rnn, i, p->kind);
    return LACO_OK;
}

/* Packs both directions side by side, so that weights are packed where they will be read (see op/recurrent_sides.h), if so many elements
 * are worth it. */
static void over_directions(laco_context *ctx, const laco_rnn *rnn, int64_t elements, laco_lane_fn fn, void *user)
{
    bool side = rnn->shape.directions == 2 && (double)elements * LACO_MEMORY_COST > 2 * LACO_WORTH_A_THREAD &&
                ctx->threads % 2 == 0 && laco_lanes_side(ctx, 2) == 2;
    if (side && laco_lanes_run(ctx, 2, fn, user) == LACO_OK)
        return;
    for (int d = 0; d < rnn->shape.directions; d++)
        fn(ctx, user, d);
}

/* Values that are lent may have moved; else nothing is written: others may read. */
static void follow_lent(laco_rnn *rnn)
{
    for (int64_t i = 0; i < laco_rnn_passes(rnn); i++)
        if (rnn->weights[i].w_ih->lent)
            follow(&rnn->packed[i], &rnn->weights[i]);
}

void laco_rnn_pack(laco_context *ctx, laco_rnn *rnn, laco_pack_kind kind, int64_t first, int64_t T, int64_t B)
{
    packing work = {rnn, kind, first, T, B};
    int64_t elements = 0;
    follow_lent(rnn);
    for (int64_t i = first * rnn->shape.directions; i < laco_rnn_passes(rnn); i++)
        elements += is_stale(&work, i) ? rnn->weights[i].w_hh->count : 0;
    if (elements > 0)
        over_directions(ctx, rnn, elements, pack_direction, &work);
}

laco_cell_weights *laco_rnn_copy_weights(laco_arena *arena, laco_rnn *rnn)
{
    size_t passes = (size_t)laco_rnn_passes(rnn);
    laco_cell_weights *weights = laco_arena_alloc(arena, passes, sizeof *weights);
    follow_lent(rnn);
    return weights ? memcpy(weights, rnn->packed, passes * sizeof *weights) : NULL;
}

typedef struct packing_aside {
    const laco_rnn *rnn;
    laco_packs_part part;
    int64_t first, T, B;
    laco_cell_weights *weights;
} packing_aside;

static laco_status fill_direction(laco_context *ctx, void *user, int direction)
{
    static const laco_packs_part part_of[LACO_PACK_KINDS] = {LACO_PACKS_FORWARD, LACO_PACKS_FORWARD, LACO_PACKS_BACK,
                                                             LACO_PACKS_BACK};
    const packing_aside *p = user;
    for (int64_t i = direction; i < laco_rnn_passes(p->rnn); i += p->rnn->shape.directions) {
        int64_t layer = i / p->rnn->shape.directions;
        laco_cell_shape shape = laco_recurrent_layer(&p->rnn->shape, layer);
        for (laco_pack_kind kind = 0; kind < LACO_PACK_KINDS; kind++) {
            bool of_input = kind == LACO_PACK_INPUT || kind == LACO_PACK_INPUT_BACK;
            if ((part_of[kind] & p->part) && (layer >= p->first || !of_input) && !not_packed(&shape, kind, p->T, p->B))
                laco_packs_fill(ctx, kind, &shape, &p->weights[i]);
        }
    }
    return LACO_OK;
}

laco_status laco_rnn_pack_aside(laco_arena *arena, const laco_rnn *rnn, laco_packs_part part, int64_t first, int64_t T, int64_t B,
                                laco_cell_weights *weights)
{
    const laco_kernels *kernels = laco_kernels_of(arena->ctx);
    int64_t elements = 0;
    for (int64_t i = 0; i < laco_rnn_passes(rnn); i++) {
        laco_cell_shape shape = laco_recurrent_layer(&rnn->shape, i / rnn->shape.directions);
        int64_t size = laco_packs_size(kernels, &shape, part);
        laco_real *memory = laco_arena_alloc(arena, (size_t)size, sizeof *memory);
        if (!memory)
            return LACO_NO_MEMORY;
        laco_packs_place(kernels, &shape, part, memory, &weights[i].packs);
        elements += size;
    }
    packing_aside work = {rnn, part, first, T, B, weights};
    over_directions(arena->ctx, rnn, elements, fill_direction, &work);
    return LACO_OK;
}

void laco_rnn_follow_precision(laco_rnn *rnn)
{
    laco_precision precision = rnn->layer.module->precision;
    if (precision == rnn->shape.precision)
        return;
    rnn->shape.precision = precision;
    laco_rnn_drop_packs(&rnn->layer);
}

laco_status laco_rnn_prepare(laco_layer *layer)
{
    laco_rnn *rnn = (laco_rnn *)layer;
    laco_rnn_follow_precision(rnn);
    LACO_TRY(laco_rnn_place(rnn));
    laco_rnn_pack(laco_rnn_context(rnn), rnn, LACO_PACK_HIDDEN, 0, 1, 1);
    laco_rnn_pack(laco_rnn_context(rnn), rnn, LACO_PACK_INPUT, 0, 1, 1);
    return LACO_OK;
}

/* What is packed in one, of pass i: read, packed and forgotten. NULL among the parameters: there is none. */
static laco_status settle_pack(laco_rnn *rnn, int64_t i, laco_pack_kind kind, laco_param *const params[2], laco_param_read read,
                               const void *user)
{
    for (int p = 0; p < 2; p++)
        if (params[p])
            LACO_TRY(read(user, params[p]));
    pack_one(laco_rnn_context(rnn), rnn, i, kind);
    for (int p = 0; p < 2; p++)
        if (params[p])
            laco_param_forget(rnn->layer.module, params[p]);
    follow(&rnn->packed[i], &rnn->weights[i]);
    return LACO_OK;
}

laco_status laco_rnn_settle(laco_layer *layer, laco_param_read read, const void *user)
{
    laco_rnn *rnn = (laco_rnn *)layer;
    laco_rnn_follow_precision(rnn);
    LACO_TRY(laco_rnn_place(rnn));
    for (int64_t i = 0; i < laco_rnn_passes(rnn); i++) {
        laco_rnn_params *w = &rnn->weights[i];
        LACO_TRY(settle_pack(rnn, i, LACO_PACK_HIDDEN, (laco_param *const[]){w->w_hh, w->w_hr}, read, user));
        if (w->w_ih->copied)
            LACO_TRY(settle_pack(rnn, i, LACO_PACK_INPUT, (laco_param *const[]){w->w_ih, NULL}, read, user));
    }
    return LACO_OK;
}
