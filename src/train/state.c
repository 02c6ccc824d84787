#include "train/state.h"

#include "nn/module.h"

#include <string.h>

laco_status laco_train_state_start(laco_train_state *state)
{
    laco_module *module = state->learner->model->module;
    LACO_TRY(laco_optimiser_new(module, &state->options->optimiser, &state->optimiser));
    laco_schedule_config plateau = {.kind = LACO_PLATEAU_LR, .lr = laco_optimiser_lr(state->optimiser), .patience = 2, .gamma = 0.5};
    laco_schedule_start(&state->plateau, &plateau);
    state->best = laco_alloc(state->ctx, module->count, sizeof *state->best);
    if (!state->best)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < module->count; i++) {
        state->best[i] = laco_alloc(state->ctx, (size_t)module->param[i]->count, sizeof(laco_real));
        if (!state->best[i])
            return LACO_NO_MEMORY;
    }
    return LACO_OK;
}

void laco_train_state_end(laco_train_state *state)
{
    for (size_t i = 0; state->best && i < state->learner->model->module->count; i++)
        laco_release(state->ctx, state->best[i]);
    laco_release(state->ctx, state->best);
    laco_optimiser_free(state->optimiser);
}

void laco_train_state_keep(laco_train_state *state)
{
    const laco_module *module = state->learner->model->module;
    for (size_t i = 0; i < module->count; i++)
        memcpy(state->best[i], module->param[i]->value, (size_t)module->param[i]->count * sizeof(laco_real));
    state->has_best = true;
}

void laco_train_state_restore(laco_train_state *state)
{
    laco_module *module = state->learner->model->module;
    for (size_t i = 0; state->has_best && i < module->count; i++) {
        memcpy(module->param[i]->value, state->best[i], (size_t)module->param[i]->count * sizeof(laco_real));
        laco_param_changed(module->param[i]);
    }
}
