/* The sum of a gradient over processes: slices go to their owners, these add them in the order of the tree, and the sums come back, or
 * the weights that owners have moved by them. Each number goes over the wire twice, whatever the number of processes.
 *
 * It goes in rounds: in each a piece of every slice is under way. Processes of other groups have other weights, and go along. */
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

/* What is under way: gradients or weights, from a buffer or into it. */
typedef enum direction { GRADIENTS_OUT, GRADIENTS_IN, WEIGHTS_OUT, WEIGHTS_IN } direction;

/* Elements begin … begin+count-1 of what this group adds up, one parameter behind the other. */
static void copy(const laco_train_state *state, direction way, int64_t begin, int64_t count, laco_real *buffer)
{
    const laco_shards *s = &state->shards;
    const laco_module *module = state->learner->model->module;
    for (size_t i = 0; i < module->count; i++) {
        const laco_param *param = module->param[i];
        if (!laco_grid_reduces(s->grid, param))
            continue;
        int64_t first = LACO_MAX(begin - s->place[i], (int64_t)0), past = LACO_MIN(begin + count - s->place[i], param->count);
        if (first >= past)
            continue;
        laco_real *here = (way < WEIGHTS_OUT ? param->grad : param->value) + first,
                  *there = buffer + (s->place[i] + first - begin);
        bool in = way == GRADIENTS_IN || way == WEIGHTS_IN;
        memcpy(in ? here : there, in ? there : here, (size_t)(past - first) * sizeof *here);
    }
}

static laco_status make_room(laco_train_state *state)
{
    laco_shards *s = &state->shards;
    size_t each = (size_t)s->grid->each, slice = (size_t)s->slice, most = slice * each;
    if (s->bucket)
        return LACO_OK;
    s->bucket = laco_alloc(state->ctx, most, sizeof *s->bucket);
    s->parts = laco_alloc(state->ctx, most, sizeof *s->parts);
    if (rounds(state)) {
        s->packed = laco_alloc(state->ctx, most, sizeof *s->packed);
        s->packed_parts = laco_alloc(state->ctx, most, sizeof *s->packed_parts);
    }
    bool packs = !rounds(state) || (s->packed && s->packed_parts);
    return s->bucket && s->parts && packs ? LACO_OK : LACO_NO_MEMORY;
}

/* ---- A round ---------------------------------------------------------------------------------------------------------------- */

/* The piece of slice `place` that round `round` moves: where it begins, and how many elements. */
static int64_t piece(const laco_train_state *state, int64_t round, int place, int64_t *begin)
{
    const laco_shards *s = &state->shards;
    const int64_t *cut = s->cut + s->grid->own_group * (s->grid->each + 1) + place;
    *begin = LACO_MIN(cut[0] + round * s->slice, cut[1]);
    return LACO_MIN(cut[1] - *begin, s->slice);
}

static int64_t own_piece(const laco_train_state *state, int64_t round, int64_t *begin)
{
    return piece(state, round, state->shards.grid->own_place, begin);
}

/* Bytes to each process of the group, its piece, and from each, this process's. */
static void lay(laco_train_state *state, int64_t round, size_t width)
{
    laco_shards *s = &state->shards;
    int64_t begin, own = own_piece(state, round, &begin);
    memset(s->given, 0, (size_t)s->group->size * sizeof *s->given);
    memset(s->taken, 0, (size_t)s->group->size * sizeof *s->taken);
    for (int place = 0; place < s->grid->each; place++) {
        int rank = s->grid->own_group * s->grid->each + place;
        s->given[rank] = (size_t)piece(state, round, place, &begin) * width;
        s->taken[rank] = (size_t)own * width;
    }
}

/* All pieces into the bucket, or out of it, one behind the other; the number of their elements. */
static int64_t copy_round(laco_train_state *state, direction way, int64_t round)
{
    laco_shards *s = &state->shards;
    int64_t at = 0;
    for (int place = 0; place < s->grid->each; place++) {
        int64_t begin, count = piece(state, round, place, &begin);
        copy(state, way, begin, count, s->bucket + at);
        at += count;
    }
    return at;
}

/* Parts of the processes, `count` elements each: their sum in the tree is left in the first. */
static void add_parts(const laco_train_state *state, laco_real *parts, int64_t count, int size)
{
    for (int stride = 1; stride < size; stride *= 2)
        for (int r = 0; r + stride < size; r += 2 * stride) {
            laco_shards_add(count, parts + (r + stride) * count, parts + r * count);
            laco_shards_round(state, count, parts + r * count);
        }
}

/* The sum of this process's piece, into s->parts. */
static laco_status scatter(laco_train_state *state, int64_t round)
{
    laco_shards *s = &state->shards;
    int64_t begin, own = own_piece(state, round, &begin), count = copy_round(state, GRADIENTS_OUT, round);
    lay(state, round, rounds(state) ? sizeof *s->packed : sizeof *s->bucket);
    if (rounds(state)) {
        pack(count, s->bucket, s->packed);
        LACO_TRY(laco_group_alltoallv(state->ctx, s->group, s->packed, s->given, s->packed_parts, s->taken));
        unpack(own * s->grid->each, s->packed_parts, s->parts);
    } else
        LACO_TRY(laco_group_alltoallv(state->ctx, s->group, s->bucket, s->given, s->parts, s->taken));
    add_parts(state, s->parts, own, s->grid->each);
    return LACO_OK;
}

/* Each one's piece, `bytes` of this process's at `parts`, to all of the group, into `all`. Where the group is not everybody, each gets a
 * copy, for which `parts` has room. */
static laco_status gather(laco_train_state *state, char *parts, size_t bytes, char *all)
{
    laco_shards *s = &state->shards;
    size_t before = 0;
    for (int r = 0; r < s->group->rank; r++)
        before += s->given[r];
    if (s->grid->groups == 1) {
        memcpy(all + before, parts, bytes);
        return laco_group_allgatherv(state->ctx, s->group, all, s->given);
    }
    for (int place = 1; place < s->grid->each; place++)
        memcpy(parts + (size_t)place * bytes, parts, bytes);
    return laco_group_alltoallv(state->ctx, s->group, parts, s->taken, all, s->given);
}

/* What s->parts has of this process's piece, and all others of theirs, into the bucket of all; `packs`: as bf16. */
static laco_status gather_round(laco_train_state *state, int64_t round, bool packs)
{
    laco_shards *s = &state->shards;
    int64_t begin, count = 0, own = own_piece(state, round, &begin);
    for (int place = 0; place < s->grid->each; place++)
        count += piece(state, round, place, &begin);
    lay(state, round, packs ? sizeof *s->packed : sizeof *s->bucket);
    if (!packs)
        return gather(state, (char *)s->parts, (size_t)own * sizeof *s->parts, (char *)s->bucket);
    pack(own, s->parts, s->packed_parts);
    LACO_TRY(gather(state, (char *)s->packed_parts, (size_t)own * sizeof *s->packed, (char *)s->packed));
    unpack(count, s->packed, s->bucket);
    return LACO_OK;
}

static int64_t count_rounds(const laco_shards *s) { return (s->widest + s->slice - 1) / s->slice; }

laco_status laco_shards_reduce(laco_train_state *state)
{
    laco_shards *s = &state->shards;
    int64_t begin;
    s->slice = LACO_MAX((int64_t)1, LACO_MIN(s->widest, BUCKET / s->grid->each));
    LACO_TRY(make_room(state));
    for (int64_t round = 0; round < count_rounds(s); round++) {
        LACO_TRY(scatter(state, round));
        if (s->slices) {
            int64_t own = own_piece(state, round, &begin);
            copy(state, GRADIENTS_IN, begin, own, s->parts);
            continue;
        }
        LACO_TRY(gather_round(state, round, rounds(state)));
        copy_round(state, GRADIENTS_IN, round);
    }
    return LACO_OK;
}

laco_status laco_shards_spread(laco_train_state *state)
{
    laco_shards *s = &state->shards;
    laco_module *module = state->learner->model->module;
    int64_t begin;
    for (int64_t round = 0; s->slices && round < count_rounds(s); round++) {
        int64_t own = own_piece(state, round, &begin);
        copy(state, WEIGHTS_OUT, begin, own, s->parts);
        LACO_TRY(gather_round(state, round, false));
        copy_round(state, WEIGHTS_IN, round);
    }
    for (size_t i = 0; s->slices && i < module->count; i++)
        laco_param_changed(module->param[i]);
    return LACO_OK;
}
