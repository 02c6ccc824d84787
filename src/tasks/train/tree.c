/* Gradients of shards, added up in one binary tree. */
#include "nn/module.h"
#include "train/state.h"

#include <string.h>

/* Whether a tree adds up the gradient of parameter i. */
static bool is_of_tree(const laco_train_state *state, const laco_tree *tree, size_t i)
{
    const laco_grid *grid = state->shards.grid;
    const laco_param *param = state->learner->model->module->param[i];
    return tree->common ? laco_grid_is_common(grid, param) : laco_grid_reduces(grid, param);
}

laco_status laco_tree_start(laco_train_state *state, laco_tree *tree, int64_t shards, bool common)
{
    const laco_module *module = state->learner->model->module;
    size_t count = 0;
    *tree = (laco_tree){.common = common, .shards = shards};
    for (size_t i = 0; i < module->count; i++)
        count += is_of_tree(state, tree, i) ? (size_t)module->param[i]->count : 0;
    for (int64_t n = shards; n > 1; n /= 2)
        tree->levels++;
    tree->level = laco_alloc(state->ctx, (size_t)tree->levels, sizeof *tree->level);
    for (int i = 0; tree->level && i < tree->levels; i++)
        if (!(tree->level[i] = laco_alloc(state->ctx, count, sizeof **tree->level)))
            return LACO_NO_MEMORY;
    return tree->level ? LACO_OK : LACO_NO_MEMORY;
}

void laco_tree_end(laco_train_state *state, laco_tree *tree)
{
    for (int i = 0; tree->level && i < tree->levels; i++)
        laco_release(state->ctx, tree->level[i]);
    laco_release(state->ctx, tree->level);
}

/* The gradients += a sum that waited, and where one is to wait: that = the gradients, which are zero from there on. */
static void add_level(const laco_train_state *state, const laco_tree *tree, const laco_real *level)
{
    const laco_module *module = state->learner->model->module;
    for (size_t i = 0; i < module->count; i++) {
        laco_param *param = module->param[i];
        if (!is_of_tree(state, tree, i))
            continue;
        laco_shards_add(param->count, level, param->grad);
        laco_shards_round(state, param->count, param->grad);
        level += param->count;
    }
}

static void put_by(const laco_train_state *state, const laco_tree *tree, laco_real *level)
{
    const laco_module *module = state->learner->model->module;
    for (size_t i = 0; i < module->count; i++) {
        laco_param *param = module->param[i];
        size_t bytes = (size_t)param->count * sizeof *param->grad;
        if (!is_of_tree(state, tree, i))
            continue;
        memcpy(level, param->grad, bytes);
        memset(param->grad, 0, bytes);
        level += param->count;
    }
}

void laco_tree_add(laco_train_state *state, laco_tree *tree, int64_t k)
{
    const laco_module *module = state->learner->model->module;
    int level = 0;
    for (size_t i = 0; i < module->count; i++)
        if (is_of_tree(state, tree, i))
            laco_shards_round(state, module->param[i]->count, module->param[i]->grad);
    for (; k >> level & 1; level++)
        add_level(state, tree, tree->level[level]);
    if (k + 1 < tree->shards)
        put_by(state, tree, tree->level[level]);
}
