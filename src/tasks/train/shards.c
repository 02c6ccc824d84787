#include "train/shards.h"

#include "group/group.h"
#include "nn/module.h"
#include "train/state.h"

#include <string.h>

/* What a process tells the others: of itself, and then of each of its shards. */
typedef struct head {
    double clock;
    int32_t says, stops, due, keeps;
} head;

typedef struct sum {
    double loss;
    int64_t examples;
} sum;

static bool power_of_two(int64_t n) { return n > 0 && (n & (n - 1)) == 0; }

laco_status laco_shards_check(const laco_learner *learner)
{
    int64_t shards = laco_learner_shards(learner);
    int size = learner->options->group ? learner->options->group->size : 1;
    if (!power_of_two(shards))
        return laco_fail(learner->ctx, LACO_INVALID, "%lld shards: a power of two is right, as 2, 4 or 8", (long long)shards);
    if (shards % size != 0)
        return laco_fail(
            learner->ctx, LACO_INVALID,
            "%d processes cannot share %lld shard%s: --shards %d, or another power of two that %d divides, is right%s", size,
            (long long)shards, shards > 1 ? "s" : "", power_of_two(size) ? size : 2 * size, size,
            power_of_two(size) ? "" : "; of processes a power of two");
    if (shards > 1 && laco_learner_is_whole(learner))
        return laco_fail(learner->ctx, LACO_INVALID,
                         "L-BFGS goes over the whole data at once and knows no shards: --optim adam "
                         "is right");
    return LACO_OK;
}

/* ---- Memory ------------------------------------------------------------------------------------------------------------------ */

static size_t block_size(const laco_shards *s) { return sizeof(head) + (size_t)s->own * sizeof(sum); }

static laco_status make_levels(laco_train_state *state)
{
    laco_shards *s = &state->shards;
    for (int64_t n = s->own; n > 1; n /= 2)
        s->levels++;
    s->level = laco_alloc(state->ctx, (size_t)s->levels, sizeof *s->level);
    if (!s->level)
        return LACO_NO_MEMORY;
    for (int i = 0; i < s->levels; i++)
        if (!(s->level[i] = laco_alloc(state->ctx, (size_t)s->weights, sizeof **s->level)))
            return LACO_NO_MEMORY;
    return LACO_OK;
}

laco_status laco_shards_start(laco_train_state *state)
{
    laco_shards *s = &state->shards;
    laco_group *group = state->options->group;
    s->group = group && group->size > 1 ? group : NULL;
    s->all = laco_learner_shards(state->learner);
    s->own = s->all / (s->group ? s->group->size : 1);
    s->first = s->group ? s->group->rank * s->own : 0;
    s->weights = laco_module_size(state->learner->model->module);
    s->keeps = state->options->checkpoint != NULL;
    LACO_TRY(make_levels(state));
    s->heads = laco_alloc(state->ctx, s->group ? (size_t)s->group->size : 1, block_size(s));
    return s->heads ? LACO_OK : LACO_NO_MEMORY;
}

void laco_shards_end(laco_train_state *state)
{
    laco_shards *s = &state->shards;
    for (int i = 0; s->level && i < s->levels; i++)
        laco_release(state->ctx, s->level[i]);
    void *blocks[] = {(void *)s->level, s->heads, s->bucket, s->packed, s->packed_parts, s->parts, s->given, s->taken};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        laco_release(state->ctx, blocks[i]);
}

/* ---- Words between processes ------------------------------------------------------------------------------------------------- */

/* Everybody's block of `size` bytes, of which this process's begins with what it has to say. *any: whether one says so. */
static laco_status tell_all(laco_train_state *state, size_t size, bool says, bool *any)
{
    laco_shards *s = &state->shards;
    int count = s->group ? s->group->size : 1;
    head own = {laco_train_own_clock(state), says, s->wants_stop, s->due_here, s->keeps}, first, other;
    memcpy(s->heads + (s->group ? (size_t)s->group->rank : 0) * size, &own, sizeof own);
    if (s->group)
        LACO_TRY(laco_group_allgather(state->ctx, s->group, s->heads, size));
    memcpy(&first, s->heads, sizeof first);
    s->clock = first.clock;
    s->due = s->group ? first.due : s->due;
    s->keeps = first.keeps;
    *any = false;
    for (int r = 0; r < count; r++) {
        memcpy(&other, s->heads + (size_t)r * size, sizeof other);
        *any = *any || other.says;
        state->stopped = state->stopped || other.stops;
    }
    return LACO_OK;
}

laco_status laco_shards_agree(laco_train_state *state, bool says, bool *any) { return tell_all(state, sizeof(head), says, any); }

/* ---- A step ------------------------------------------------------------------------------------------------------------------ */

/* Random numbers of a step differ from shard to shard; those of the first are a whole batch's. */
#define SHARD_STEPS 40 /* the bit of a step's number where that of its shard begins */

static laco_status run_shard(laco_train_state *state, int64_t shard, sum *out)
{
    const laco_shards *s = &state->shards;
    laco_part part = {state->batch, shard, s->all, (uint64_t)state->step};
    laco_tape_reset(state->tape);
    laco_tape_set_step(state->tape, part.step | (uint64_t)shard << SHARD_STEPS);
    laco_var loss = state->learner->type->loss(state->learner, state->tape, &part, &out->examples);
    if (!loss)
        return laco_tape_status(state->tape);
    out->loss = (double)*laco_var_data(loss);
    if (s->all == 1)
        LACO_TRY(laco_train_check_loss(state, out->loss));
    return laco_backward(state->tape, loss);
}

/* The gradients += a sum that waited, and where one is to wait: that = the gradients, which are zero from there on. */
static void add_level(const laco_train_state *state, const laco_module *module, const laco_real *level)
{
    for (size_t i = 0; i < module->count; level += module->param[i++]->count) {
        laco_shards_add(module->param[i]->count, level, module->param[i]->grad);
        laco_shards_round(state, module->param[i]->count, module->param[i]->grad);
    }
}

static void put_by(laco_module *module, laco_real *level)
{
    for (size_t i = 0; i < module->count; level += module->param[i++]->count)
        memcpy(level, module->param[i]->grad, (size_t)module->param[i]->count * sizeof *level);
    laco_module_zero_grad(module);
}

/* This process's shards, one after the other; the sum of their gradients is the parameters' in the end. */
static laco_status run_shards(laco_train_state *state, sum *sums)
{
    laco_shards *s = &state->shards;
    laco_module *module = state->learner->model->module;
    for (int64_t k = 0; k < s->own; k++) {
        LACO_TRY(run_shard(state, s->first + k, &sums[k]));
        for (size_t i = 0; i < module->count; i++)
            laco_shards_round(state, module->param[i]->count, module->param[i]->grad);
        int level = 0;
        for (; k >> level & 1; level++)
            add_level(state, module, s->level[level]);
        if (k + 1 < s->own)
            put_by(module, s->level[level]);
    }
    return LACO_OK;
}

/* Losses of all shards, in the same tree; and their examples. */
static void add_sums(laco_shards *s, int64_t begin, int64_t count, sum *out)
{
    sum half[2];
    if (count == 1) {
        memcpy(out, s->heads + (size_t)(begin / s->own) * block_size(s) + sizeof(head) + (size_t)(begin % s->own) * sizeof *out,
               sizeof *out);
        return;
    }
    add_sums(s, begin, count / 2, &half[0]);
    add_sums(s, begin + count / 2, count / 2, &half[1]);
    *out = (sum){half[0].loss + half[1].loss, half[0].examples + half[1].examples};
}

laco_status laco_shards_step(laco_train_state *state, double *loss, int64_t *examples)
{
    laco_shards *s = &state->shards;
    char *own = s->heads + (s->group ? (size_t)s->group->rank : 0) * block_size(s) + sizeof(head);
    sum all = {0};
    bool interrupted;
    memset(own, 0, (size_t)s->own * sizeof all);
    laco_status status = run_shards(state, (sum *)(void *)own);
    if (status < 0 && (status != LACO_INTERRUPTED || !s->group))
        return status;
    LACO_TRY(tell_all(state, block_size(s), status == LACO_INTERRUPTED, &interrupted));
    if (interrupted)
        return laco_fail(state->ctx, LACO_INTERRUPTED, "the work was ended from outside");
    add_sums(s, 0, s->all, &all);
    *loss = all.loss;
    *examples = all.examples;
    return s->group ? laco_shards_reduce(state) : LACO_OK;
}
