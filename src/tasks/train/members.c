/* The members of an ensemble that are trained by different processes. */
#include "base/grow.h"
#include "group/group.h"
#include "nn/module.h"
#include "tape/tape.h"
#include "train/state.h"

/* ---- Dropout ---------------------------------------------------------------------------------------------------------------- */

void laco_part_begin(const laco_part *part, laco_tape *tape, int phase)
{
    laco_masks *p = part->masks;
    if (!p || p->members < 2)
        return;
    tape->masks = (uint64_t)part->member * p->taken[phase];
    for (int before = 0; before < phase; before++)
        tape->masks += (uint64_t)p->members * p->taken[before];
    p->begin = tape->masks;
}

/* All members take as many: at the very first the place of those behind another member was a guess. */
void laco_part_end(const laco_part *part, laco_tape *tape, int phase)
{
    laco_masks *p = part->masks;
    if (!p || p->members < 2 || tape->masks - p->begin == p->taken[phase])
        return;
    p->taken[phase] = tape->masks - p->begin;
    p->wrong = p->wrong || part->member > 0;
}

/* ---- What they have in common ----------------------------------------------------------------------------------------------- */

laco_status laco_members_take_terms(laco_train_state *state, laco_division *terms)
{
    const laco_real *values;
    int64_t count;
    size_t rank = (size_t)state->shards.group->rank;
    LACO_TRY(state->learner->type->take_terms(state->learner, &values, &count));
    LACO_TRY(laco_division_move(terms, rank, &count, sizeof count));
    return laco_division_move(terms, rank, (void *)(uintptr_t)values, (size_t)count * sizeof *values);
}

static laco_status add_member(laco_train_state *state, laco_division *terms, int64_t shard, int64_t member, laco_real **values,
                              size_t *room)
{
    size_t rank = (size_t)laco_grid_process(state->shards.grid, member, shard);
    int64_t count;
    LACO_TRY(laco_division_move(terms, rank, &count, sizeof count));
    LACO_TRY(laco_grow(state->ctx, values, room, (size_t)count, sizeof **values));
    LACO_TRY(laco_division_move(terms, rank, *values, (size_t)count * sizeof **values));
    state->learner->type->add_terms(state->learner, *values, count);
    return LACO_OK;
}

laco_status laco_members_add_terms(laco_train_state *state, laco_division *terms)
{
    const laco_grid *grid = state->shards.grid;
    laco_real *values = NULL;
    size_t room = 0;
    laco_status status = LACO_OK;
    for (int64_t shard = 0; shard < grid->shards && status == LACO_OK; shard++) {
        for (int64_t member = grid->members - 1; member >= 0 && status == LACO_OK; member--)
            status = add_member(state, terms, shard, member, &values, &room);
        laco_tree_add(state, &state->shards.common, shard);
    }
    laco_release(state->ctx, values);
    return status;
}

/* ---- Weights ---------------------------------------------------------------------------------------------------------------- */

laco_status laco_members_gather(laco_train_state *state)
{
    const laco_module *module = state->learner->model->module;
    const laco_grid *grid = state->shards.grid;
    for (size_t i = 0; grid->groups > 1 && i < module->count; i++) {
        laco_param *param = module->param[i];
        size_t bytes = (size_t)param->count * sizeof *param->value;
        int owner = laco_grid_group_of_param(grid, param) * grid->each;
        if (laco_grid_is_common(grid, param))
            continue;
        LACO_TRY(laco_group_broadcast(state->ctx, grid->group, param->value, bytes, owner));
        if (state->mean)
            LACO_TRY(laco_group_broadcast(state->ctx, grid->group, state->mean[i], bytes, owner));
        laco_param_changed(param);
    }
    return LACO_OK;
}
