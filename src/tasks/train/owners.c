/* Who moves which weights: each process all that its group of processes has, or where the optimiser's state is cut its slice of them
 * (Rajbhandari, Rasley, Ruwase, He, "ZeRO: memory optimizations toward training trillion parameter models", SC 2020, stage 1). Slices are
 * those that a process adds up of a gradient, so that no more goes over the wire than without. */
#include "group/group.h"
#include "nn/module.h"
#include "op/matmul.h"
#include "train/state.h"

#include <math.h>
#include <string.h>

#define SQUARES_COST 32.0        /* of an element, in multiply-adds: all of it comes from memory */
#define PIECE ((int64_t)1 << 24) /* elements of a buffer that are under way at once */

/* ---- Slices ----------------------------------------------------------------------------------------------------------------- */

/* `place` among the elements of a group, moved to where partial sums of its parameter begin anew. */
static int64_t to_grain(const laco_train_state *state, int group, int64_t place)
{
    const laco_module *module = state->learner->model->module;
    const laco_shards *s = &state->shards;
    for (size_t i = 0; i < s->params; i++) {
        int64_t within = place - s->place[i];
        if (laco_grid_is_common(s->grid, module->param[i]) || laco_grid_group_of_param(s->grid, module->param[i]) != group)
            continue;
        if (within >= 0 && within < module->param[i]->count)
            return place - within % LACO_SQUARES_GRAIN;
    }
    return place;
}

/* Places of parameters among those of their group, and where these are cut. */
static void lay_out(laco_train_state *state)
{
    const laco_module *module = state->learner->model->module;
    laco_shards *s = &state->shards;
    int each = s->grid->each;
    for (int g = 0; g < s->grid->groups; g++) {
        int64_t at = 0, *cut = laco_shards_cut(s, g * each);
        for (size_t i = 0; i < s->params; i++) {
            bool common = laco_grid_is_common(s->grid, module->param[i]);
            if (common || laco_grid_group_of_param(s->grid, module->param[i]) != g)
                continue;
            s->place[i] = at;
            at += module->param[i]->count;
        }
        for (int p = 0; p <= each; p++)
            cut[p] = to_grain(state, g, at / each * p + at % each * p / each);
        for (int p = 0; p < each; p++)
            s->widest = LACO_MAX(s->widest, cut[p + 1] - cut[p]);
    }
}

laco_stretch laco_owners_stretch(const laco_train_state *state, int rank, size_t index)
{
    const laco_shards *s = &state->shards;
    const laco_param *param = state->learner->model->module->param[index];
    int group = rank / s->grid->each;
    const int64_t *cut = laco_shards_cut(s, rank);
    if (laco_grid_is_common(s->grid, param))
        return (laco_stretch){0, param->count};
    if (laco_grid_group_of_param(s->grid, param) != group)
        return (laco_stretch){0, 0};
    if (!s->slices)
        return (laco_stretch){0, param->count};
    int64_t at = s->place[index], begin = LACO_MAX(cut[0] - at, (int64_t)0), end = LACO_MIN(cut[1] - at, param->count);
    return begin < end ? (laco_stretch){begin, end} : (laco_stretch){0, 0};
}

/* The process that knows Σ gradient² of a parameter: of its group the one that has its end, or the first that has all of it. */
static int knower(const laco_train_state *state, size_t i)
{
    const laco_shards *s = &state->shards;
    const laco_param *param = state->learner->model->module->param[i];
    int first = laco_grid_group_of_param(s->grid, param) * s->grid->each;
    for (int place = 0; s->slices && place < s->grid->each; place++)
        if (laco_owners_stretch(state, first + place, i).end == param->count)
            return first + place;
    return first;
}

laco_status laco_owners_start(laco_train_state *state)
{
    laco_shards *s = &state->shards;
    const laco_module *module = state->learner->model->module;
    size_t size = s->group ? (size_t)s->group->size : 1, each = (size_t)s->grid->each;
    s->params = module->count;
    s->slices = state->options->shard_optimiser && each > 1;
    s->place = laco_alloc(state->ctx, s->params, sizeof *s->place);
    s->own = laco_alloc(state->ctx, s->params, sizeof *s->own);
    s->knower = laco_alloc(state->ctx, s->params, sizeof *s->knower);
    s->cut = laco_alloc(state->ctx, (size_t)s->grid->groups * (each + 1), sizeof *s->cut);
    s->squares = laco_alloc(state->ctx, size * s->params, sizeof *s->squares);
    if (!s->place || !s->own || !s->knower || !s->cut || !s->squares)
        return LACO_NO_MEMORY;
    lay_out(state);
    for (size_t i = 0; i < s->params; i++) {
        s->own[i] = laco_owners_stretch(state, s->group ? s->group->rank : 0, i);
        s->knower[i] = knower(state, i);
    }
    return LACO_OK;
}

void laco_owners_end(laco_train_state *state)
{
    laco_shards *s = &state->shards;
    void *blocks[] = {s->place, s->own, s->knower, s->cut, s->squares};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        laco_release(state->ctx, blocks[i]);
}

/* ---- The norm of the gradient ----------------------------------------------------------------------------------------------- */

/* What this process has of parameter i, added to partial sums. */
static void add_own(const laco_train_state *state, size_t i, laco_squares *sums)
{
    const laco_module *module = state->learner->model->module;
    laco_stretch own = state->shards.own[i];
    laco_squares_add(module, own.end - own.begin, module->param[i]->grad + own.begin, sums);
}

/* Partial sums of the parameter that is cut between two processes go from each to the next, which adds what it has of it. */
static laco_status hand_on(laco_train_state *state, laco_squares *sums, int from)
{
    laco_shards *s = &state->shards;
    laco_squares come = {{0}};
    size_t size = (size_t)s->group->size;
    memset(s->given, 0, size * sizeof *s->given);
    memset(s->taken, 0, size * sizeof *s->taken);
    if (s->grid->own_place == from)
        s->given[s->group->rank + 1] = sizeof *sums;
    if (s->grid->own_place == from + 1)
        s->taken[s->group->rank - 1] = sizeof *sums;
    LACO_TRY(laco_group_alltoallv(state->ctx, s->group, sums, s->given, &come, s->taken));
    if (s->grid->own_place == from + 1)
        *sums = come;
    return LACO_OK;
}

/* Of the parameter `first`, of which the slice before this one has the beginning (s->params: there is none): it goes on with the partial
 * sums of the process before it. `last`: those that the next process goes on with. */
static laco_status add_cut(laco_train_state *state, size_t first, laco_squares *last, double *squares)
{
    laco_shards *s = &state->shards;
    int place = s->grid->own_place;
    const int64_t *cut = laco_shards_cut(s, s->group->rank);
    for (int from = 0; from + 1 < s->grid->each; from++) {
        laco_squares sums = *last;
        LACO_TRY(hand_on(state, &sums, from));
        if (place != from + 1)
            continue;
        if (first < s->params) {
            add_own(state, first, &sums);
            squares[first] = laco_squares_sum(state->learner->model->module, &sums);
        }
        if (cut[0] == cut[1] || (first < s->params && s->own[first].end < state->learner->model->module->param[first]->count))
            *last = sums;
    }
    return LACO_OK;
}

typedef struct squares_work {
    const laco_train_state *state;
    double *squares;
    int64_t elements; /* of all parameters */
} squares_work;

/* Whole parameters, each in one thread: those that begin within its share of all elements. */
static void squares_part(void *work, int part, int parts)
{
    const squares_work *w = work;
    const laco_module *module = w->state->learner->model->module;
    int64_t begin, end, at = 0;
    laco_part_range(w->elements, 1, part, parts, &begin, &end);
    for (size_t i = 0; i < w->state->shards.params; at += module->param[i++]->count) {
        laco_squares sums = {{0}};
        if (at < begin || at >= end || module->param[i]->frozen)
            continue;
        add_own(w->state, i, &sums);
        w->squares[i] = laco_squares_sum(module, &sums);
    }
}

static void whole_squares(const laco_train_state *state, double *squares)
{
    squares_work work = {state, squares, laco_module_size(state->learner->model->module)};
    int parts = laco_parts(state->ctx, (int64_t)state->shards.params, SQUARES_COST * (double)work.elements, LACO_WORTH_A_THREAD);
    laco_parallel(state->ctx, parts, squares_part, &work);
}

/* Σ gradient² of what this process has, into `squares`. */
static laco_status own_squares(laco_train_state *state, double *squares)
{
    laco_shards *s = &state->shards;
    const laco_module *module = state->learner->model->module;
    laco_squares last = {{0}};
    size_t first = s->params;
    if (!s->group) {
        whole_squares(state, squares);
        return LACO_OK;
    }
    for (size_t i = 0; i < s->params; i++) {
        laco_squares sums = {{0}};
        if (s->own[i].begin == s->own[i].end || module->param[i]->frozen)
            continue;
        if (s->own[i].begin > 0) {
            first = i;
            continue;
        }
        add_own(state, i, &sums);
        squares[i] = laco_squares_sum(module, &sums);
        if (s->own[i].end < module->param[i]->count)
            last = sums;
    }
    return s->slices ? add_cut(state, first, &last, squares) : LACO_OK;
}

laco_status laco_owners_norm(laco_train_state *state, double *norm)
{
    laco_shards *s = &state->shards;
    const laco_module *module = state->learner->model->module;
    bool apart = s->grid->groups > 1 || s->slices;
    double sum = 0;
    LACO_TRY(own_squares(state, s->squares + (apart ? (size_t)s->group->rank : 0) * s->params));
    if (apart)
        LACO_TRY(laco_group_allgather(state->ctx, s->group, s->squares, s->params * sizeof *s->squares));
    for (size_t i = 0; i < s->params; i++)
        if (!module->param[i]->frozen)
            sum += s->squares[(apart ? (size_t)s->knower[i] : 0) * s->params + i];
    *norm = sqrt(sum);
    return LACO_OK;
}

/* ---- A buffer of the optimiser ---------------------------------------------------------------------------------------------- */

/* The stretch of a process within elements begin … end-1, in bytes. */
static size_t bytes_within(const laco_train_state *state, int rank, size_t index, int64_t begin, int64_t end)
{
    laco_stretch own = laco_owners_stretch(state, rank, index);
    const laco_shards *s = &state->shards;
    bool one = s->slices && !laco_grid_is_common(s->grid, state->learner->model->module->param[index]);
    if (!one && rank != laco_grid_group_of_param(s->grid, state->learner->model->module->param[index]) * s->grid->each)
        return 0; /* several have it whole: the first of them */
    begin = LACO_MAX(begin, own.begin);
    end = LACO_MIN(end, own.end);
    return begin < end ? (size_t)(end - begin) * sizeof(laco_real) : 0;
}

laco_status laco_owners_collect(laco_train_state *state, size_t index, const laco_real *own, laco_real *whole)
{
    laco_shards *s = &state->shards;
    int64_t count = state->learner->model->module->param[index]->count;
    for (int64_t begin = 0; begin < count; begin += PIECE) {
        int64_t end = LACO_MIN(begin + PIECE, count), from = LACO_MAX(begin - s->own[index].begin, (int64_t)0);
        memset(s->given, 0, (size_t)s->group->size * sizeof *s->given);
        memset(s->taken, 0, (size_t)s->group->size * sizeof *s->taken);
        s->given[0] = bytes_within(state, s->group->rank, index, begin, end);
        for (int r = 0; s->group->rank == 0 && r < s->group->size; r++)
            s->taken[r] = bytes_within(state, r, index, begin, end);
        LACO_TRY(laco_group_alltoallv(state->ctx, s->group, own + from, s->given, whole ? whole + begin : NULL, s->taken));
    }
    return LACO_OK;
}
