/* The sum of a gradient over processes: slices go to their owners, these add them in the order of the tree, and the sums come back.
 * Each number goes over the wire twice, whatever the number of processes. */
#include "group/group.h"
#include "kernel/lowprec.h"
#include "nn/module.h"
#include "train/state.h"

#include <string.h>

#define BUCKET ((int64_t)1 << 22) /* elements that are under way at once */

static bool rounds(const laco_train_state *state) { return state->options->wire == LACO_WIRE_BF16; }

void laco_shards_round(const laco_train_state *state, int64_t count, laco_real *x)
{
    for (int64_t i = 0; rounds(state) && i < count; i++)
        x[i] = (laco_real)laco_from_bf16(laco_to_bf16((float)x[i]));
}

static void pack(int64_t count, const laco_real *x, uint16_t *out)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = laco_to_bf16((float)x[i]);
}

static void unpack(int64_t count, const uint16_t *x, laco_real *out)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = (laco_real)laco_from_bf16(x[i]);
}

/* Elements begin … begin+count-1 of all gradients, one parameter behind the other, from a buffer or into it. */
static void copy(const laco_module *module, int64_t begin, int64_t count, laco_real *buffer, bool into_gradients)
{
    int64_t at = 0;
    for (size_t i = 0; i < module->count && at < begin + count; at += module->param[i++]->count) {
        int64_t first = LACO_MAX(begin - at, (int64_t)0), past = LACO_MIN(begin + count - at, module->param[i]->count);
        if (first >= past)
            continue;
        laco_real *grad = module->param[i]->grad + first, *there = buffer + (at + first - begin);
        size_t bytes = (size_t)(past - first) * sizeof *grad;
        if (into_gradients)
            memcpy(grad, there, bytes);
        else
            memcpy(there, grad, bytes);
    }
}

static laco_status make_room(laco_train_state *state)
{
    laco_shards *s = &state->shards;
    size_t size = (size_t)s->group->size, most = (size_t)LACO_MIN(s->weights, BUCKET);
    if (s->bucket)
        return LACO_OK;
    s->given = laco_alloc(state->ctx, size, sizeof *s->given);
    s->taken = laco_alloc(state->ctx, size, sizeof *s->taken);
    s->bucket = laco_alloc(state->ctx, most, sizeof *s->bucket);
    s->parts = laco_alloc(state->ctx, (most / size + 1) * size, sizeof *s->parts);
    if (rounds(state)) {
        s->packed = laco_alloc(state->ctx, most, sizeof *s->packed);
        s->packed_parts = laco_alloc(state->ctx, (most / size + 1) * size, sizeof *s->packed_parts);
    }
    bool packs = !rounds(state) || (s->packed && s->packed_parts);
    return s->bucket && s->parts && s->given && s->taken && packs ? LACO_OK : LACO_NO_MEMORY;
}

/* Parts of R processes, `count` elements each: their sum in the tree is left in the first. */
static void add_parts(const laco_train_state *state, laco_real *parts, int64_t count, int size)
{
    for (int stride = 1; stride < size; stride *= 2)
        for (int r = 0; r + stride < size; r += 2 * stride) {
            laco_shards_add(count, parts + (r + stride) * count, parts + r * count);
            laco_shards_round(state, count, parts + r * count);
        }
}

/* Slices of the bucket to their owners: `own` elements of each process, in s->parts. */
static laco_status scatter(laco_train_state *state, int64_t count, int64_t own)
{
    laco_shards *s = &state->shards;
    if (!rounds(state))
        return laco_group_alltoallv(state->ctx, s->group, s->bucket, s->given, s->parts, s->taken);
    pack(count, s->bucket, s->packed);
    LACO_TRY(laco_group_alltoallv(state->ctx, s->group, s->packed, s->given, s->packed_parts, s->taken));
    unpack(own * s->group->size, s->packed_parts, s->parts);
    return LACO_OK;
}

/* The sum of a slice, of `own` elements, to all. */
static laco_status gather(laco_train_state *state, int64_t count, int64_t first, int64_t own)
{
    laco_shards *s = &state->shards;
    if (!rounds(state)) {
        memcpy(s->bucket + first, s->parts, (size_t)own * sizeof *s->parts);
        return laco_group_allgatherv(state->ctx, s->group, s->bucket, s->given);
    }
    pack(own, s->parts, s->packed + first);
    LACO_TRY(laco_group_allgatherv(state->ctx, s->group, s->packed, s->given));
    unpack(count, s->packed, s->bucket);
    return LACO_OK;
}

static laco_status reduce_bucket(laco_train_state *state, int64_t count)
{
    laco_shards *s = &state->shards;
    int size = s->group->size, rank = s->group->rank;
    int64_t first = count * rank / size, own = count * (rank + 1) / size - first;
    size_t width = rounds(state) ? sizeof *s->packed : sizeof *s->bucket;
    for (int r = 0; r < size; r++) {
        s->given[r] = (size_t)(count * (r + 1) / size - count * r / size) * width;
        s->taken[r] = (size_t)own * width;
    }
    LACO_TRY(scatter(state, count, own));
    add_parts(state, s->parts, own, size);
    return gather(state, count, first, own);
}

laco_status laco_shards_reduce(laco_train_state *state)
{
    laco_shards *s = &state->shards;
    const laco_module *module = state->learner->model->module;
    LACO_TRY(make_room(state));
    for (int64_t begin = 0; begin < s->weights; begin += BUCKET) {
        int64_t count = LACO_MIN(BUCKET, s->weights - begin);
        copy(module, begin, count, s->bucket, false);
        LACO_TRY(reduce_bucket(state, count));
        copy(module, begin, count, s->bucket, true);
    }
    return LACO_OK;
}
