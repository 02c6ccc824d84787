#include "train/shards.h"

#include "group/group.h"
#include "nn/module.h"
#include "tape/tape.h"
#include "train/state.h"

#include <stdio.h>
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

/* Fewest shards, a power of two, that so many processes can share; 0: there are none. */
static int64_t fewest_shards(int64_t members, int size)
{
    for (int64_t shards = 1; shards <= 4096; shards *= 2)
        if (laco_grid_groups(members, shards, size) > 0)
            return shards;
    return 0;
}

static laco_status refuse_size(const laco_learner *learner, int size)
{
    char what[160], shared[60];
    int64_t shards = laco_learner_shards(learner), members = laco_learner_members(learner), right = fewest_shards(members, size);
    snprintf(shared, sizeof shared, "%lld shard%s", (long long)shards, shards > 1 ? "s" : "");
    if (members > 1)
        snprintf(what, sizeof what, "%lld networks of %s", (long long)members, shared);
    else
        snprintf(what, sizeof what, "%s", shared);
    if (right > 0)
        return laco_fail(learner->ctx, LACO_INVALID,
                         "%d processes cannot share %s: --shards %lld, or a larger power of two, is right", size, what,
                         (long long)right);
    return laco_fail(learner->ctx, LACO_INVALID, "%d processes cannot share %s: of processes a power of two is right%s", size,
                     what, members > 1 ? ", or that times the networks" : "");
}

laco_status laco_shards_check(laco_learner *learner)
{
    int64_t shards = laco_learner_shards(learner), members = laco_learner_members(learner);
    laco_group *group = learner->options->group;
    int size = group ? group->size : 1, groups = power_of_two(shards) ? laco_grid_groups(members, shards, size) : 0;
    if (!power_of_two(shards))
        return laco_fail(learner->ctx, LACO_INVALID, "%lld shards: a power of two is right, as 2, 4 or 8", (long long)shards);
    if (groups == 0)
        return refuse_size(learner, size);
    if ((shards > 1 || members > 1) && laco_learner_is_whole(learner))
        return laco_fail(learner->ctx, LACO_INVALID,
                         "L-BFGS goes over the whole data at once and knows no shards: --optim adam "
                         "is right");
    learner->grid = (laco_grid){.group = size > 1 ? group : NULL,
                                .groups = groups,
                                .each = size / groups,
                                .members = members,
                                .shards = shards,
                                .common = learner->type->common};
    learner->grid.own_group = size > 1 ? group->rank / learner->grid.each : 0;
    learner->grid.own_place = size > 1 ? group->rank % learner->grid.each : 0;
    return LACO_OK;
}

/* ---- Memory ------------------------------------------------------------------------------------------------------------------ */

/* Members that a group has at most: as many have room in every block. */
static int64_t most_members(const laco_shards *s) { return (s->grid->members + s->grid->groups - 1) / s->grid->groups; }

static size_t block_size(const laco_shards *s)
{
    return sizeof(head) + (size_t)(laco_grid_shards(s->grid) * most_members(s)) * sizeof(sum);
}

laco_status laco_shards_start(laco_train_state *state)
{
    laco_shards *s = &state->shards;
    s->grid = &state->learner->grid;
    s->group = s->grid->group;
    s->masks.members = s->grid->members;
    s->keeps = state->options->checkpoint != NULL;
    size_t size = s->group ? (size_t)s->group->size : 1;
    s->heads = laco_alloc(state->ctx, size, block_size(s));
    s->given = laco_alloc(state->ctx, size, sizeof *s->given);
    s->taken = laco_alloc(state->ctx, size, sizeof *s->taken);
    if (!s->heads || !s->given || !s->taken)
        return LACO_NO_MEMORY;
    LACO_TRY(laco_owners_start(state));
    LACO_TRY(laco_tree_start(state, &s->own_tree, laco_grid_shards(s->grid), false));
    bool apart = false;
    for (size_t i = 0; i < s->params; i++)
        apart = apart || laco_grid_is_common(s->grid, state->learner->model->module->param[i]);
    if (apart)
        state->learner->type->keep_terms(state->learner, true);
    return apart ? laco_tree_start(state, &s->common, s->grid->shards, true) : LACO_OK;
}

void laco_shards_end(laco_train_state *state)
{
    laco_shards *s = &state->shards;
    if (s->common.level)
        state->learner->type->keep_terms(state->learner, false);
    laco_tree_end(state, &s->own_tree);
    laco_tree_end(state, &s->common);
    laco_owners_end(state);
    void *blocks[] = {s->heads, s->bucket, s->packed, s->packed_parts, s->parts, s->given, s->taken};
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

/* The loss of a member on a shard, backwards: its gradients are added to those that are there. *out: its own loss. */
static laco_status run_member(laco_train_state *state, int64_t shard, int64_t member, sum *out)
{
    laco_shards *s = &state->shards;
    laco_part part = {state->batch, shard, s->grid->shards, (uint64_t)state->step, member, &s->masks};
    laco_var loss;
    do {
        s->masks.wrong = false;
        laco_tape_reset(state->tape);
        laco_tape_set_step(state->tape, part.step | (uint64_t)shard << SHARD_STEPS);
        loss = state->learner->type->loss(state->learner, state->tape, &part, &out->examples);
    } while (loss && s->masks.wrong);
    if (!loss)
        return laco_tape_status(state->tape);
    out->loss = (double)*laco_var_data(loss);
    if (s->grid->shards == 1 && !s->group)
        LACO_TRY(laco_train_check_loss(state, out->loss));
    if (s->grid->members > 1)
        loss = laco_scale(state->tape, loss, 1 / (double)s->grid->members);
    return loss ? laco_backward_once(state->tape, loss) : laco_tape_status(state->tape);
}

/* This process's shards, one after the other, each with its members from the last to the first, as the backward pass of all of them would
 * go; the sum of their gradients is the parameters' in the end. `terms`: of what members have in common, where others add to it, too. */
static laco_status run_shards(laco_train_state *state, sum *sums, laco_division *terms)
{
    laco_shards *s = &state->shards;
    const laco_grid *grid = s->grid;
    int64_t first = laco_grid_first_member(grid, grid->own_group), members = laco_grid_members(grid, grid->own_group);
    for (int64_t k = 0; k < laco_grid_shards(grid); k++) {
        for (int64_t m = members - 1; m >= 0; m--) {
            LACO_TRY(run_member(state, laco_grid_first_shard(grid) + k, first + m, &sums[k * most_members(s) + m]));
            if (s->common.level)
                LACO_TRY(laco_members_take_terms(state, terms));
        }
        laco_tree_add(state, &s->own_tree, k);
    }
    return LACO_OK;
}

/* What a member made of a shard, of whatever process it is. */
static sum sum_of(const laco_shards *s, int64_t shard, int64_t member)
{
    const laco_grid *grid = s->grid;
    int64_t place = member - laco_grid_first_member(grid, laco_grid_group_of(grid, member)), each = laco_grid_shards(grid);
    sum one;
    memcpy(&one,
           s->heads + (size_t)laco_grid_process(grid, member, shard) * block_size(s) + sizeof(head) +
               (size_t)(shard % each * most_members(s) + place) * sizeof one,
           sizeof one);
    return one;
}

/* The loss of a shard: the mean of its members, as laco_ensemble_mean takes it. */
static sum mean_of(const laco_shards *s, int64_t shard)
{
    int64_t members = s->grid->members;
    sum mean = sum_of(s, shard, 0);
    laco_real loss = (laco_real)mean.loss;
    for (int64_t m = 1; m < members; m++)
        loss += (laco_real)sum_of(s, shard, m).loss;
    if (members > 1)
        loss *= (laco_real)(1 / (double)members);
    mean.loss = (double)loss;
    return mean;
}

/* Losses of all shards, in the same tree; and their examples. */
static sum add_sums(const laco_shards *s, int64_t begin, int64_t count)
{
    if (count == 1)
        return mean_of(s, begin);
    sum half[2] = {add_sums(s, begin, count / 2), add_sums(s, begin + count / 2, count / 2)};
    return (sum){half[0].loss + half[1].loss, half[0].examples + half[1].examples};
}

/* What all processes have of common parameters, added up by each. */
static laco_status add_common(laco_train_state *state, laco_division *terms)
{
    LACO_TRY(laco_division_gather(terms, LACO_OK));
    return laco_members_add_terms(state, terms);
}

laco_status laco_shards_step(laco_train_state *state, double *loss, int64_t *examples)
{
    laco_shards *s = &state->shards;
    char *own = s->heads + (s->group ? (size_t)s->group->rank : 0) * block_size(s) + sizeof(head);
    laco_division terms = {.ctx = state->ctx, .group = s->group};
    bool interrupted = false;
    memset(own, 0, block_size(s) - sizeof(head));
    laco_status status = run_shards(state, (sum *)(void *)own, &terms);
    bool known = status == LACO_OK || (status == LACO_INTERRUPTED && s->group);
    if (known) {
        status = tell_all(state, block_size(s), status == LACO_INTERRUPTED, &interrupted);
        if (status == LACO_OK && interrupted)
            status = laco_fail(state->ctx, LACO_INTERRUPTED, "the work was ended from outside");
    }
    if (status == LACO_OK && s->common.level)
        status = add_common(state, &terms);
    laco_division_end(&terms);
    LACO_TRY(status);
    sum all = add_sums(s, 0, s->grid->shards);
    *loss = all.loss;
    *examples = all.examples;
    return s->grid->each > 1 ? laco_shards_reduce(state) : LACO_OK;
}
