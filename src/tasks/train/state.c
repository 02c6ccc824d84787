#include "train/state.h"

#include "base/finite.h"
#include "nn/module.h"
#include "op/ranges.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Room for another value of every parameter, filled with the present ones. */
static laco_status copies_of(laco_train_state *state, laco_real ***out)
{
    const laco_module *module = state->learner->model->module;
    *out = laco_alloc(state->ctx, module->count, sizeof **out);
    if (!*out)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < module->count; i++) {
        const laco_param *param = module->param[i];
        (*out)[i] = laco_alloc(state->ctx, (size_t)param->count, sizeof(laco_real));
        if (!(*out)[i])
            return LACO_NO_MEMORY;
        memcpy((*out)[i], param->value, (size_t)param->count * sizeof(laco_real));
    }
    return LACO_OK;
}

static void release_copies(laco_train_state *state, laco_real **copies)
{
    for (size_t i = 0; copies && i < state->learner->model->module->count; i++)
        laco_release(state->ctx, copies[i]);
    laco_release(state->ctx, copies);
}

laco_status laco_train_state_start(laco_train_state *state)
{
    laco_module *module = state->learner->model->module;
    LACO_TRY(laco_optimiser_new(module, &state->options->optimiser, &state->optimiser));
    laco_schedule_config plateau = {.kind = LACO_PLATEAU_LR, .lr = laco_optimiser_lr(state->optimiser), .patience = 2, .gamma = 0.5};
    laco_schedule_start(&state->plateau, &plateau);
    LACO_TRY(copies_of(state, &state->best));
    return state->options->average > 0 ? copies_of(state, &state->mean) : LACO_OK;
}

void laco_train_state_end(laco_train_state *state)
{
    release_copies(state, state->best);
    release_copies(state, state->mean);
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

bool laco_train_state_odd(const laco_train_state *state, const char **name)
{
    const laco_module *module = state->learner->model->module;
    for (size_t i = 0; i < module->count; i++) {
        const laco_param *param = module->param[i];
        *name = param->name;
        if (laco_first_not_finite(param->value, param->count) >= 0 ||
            (state->mean && laco_first_not_finite(state->mean[i], param->count) >= 0))
            return true;
    }
    return false;
}

typedef struct mean_work {
    laco_real *mean, keep;
    const laco_real *value;
} mean_work;

static void take_in(const void *work, int64_t begin, int64_t end)
{
    const mean_work *w = work;
    for (int64_t i = begin; i < end; i++)
        w->mean[i] += (1 - w->keep) * (w->value[i] - w->mean[i]);
}

void laco_train_state_average(laco_train_state *state)
{
    const laco_module *module = state->learner->model->module;
    /* At the start the mean follows closely, or the random initial values would stay in it for long. */
    double keep = fmin(state->options->average, (1 + (double)state->step) / (10 + (double)state->step));
    for (size_t i = 0; state->mean && i < module->count; i++) {
        mean_work work = {state->mean[i], (laco_real)keep, module->param[i]->value};
        laco_ranges(state->ctx, module->param[i]->count, 256, 2, take_in, &work);
    }
}

void laco_train_state_exchange(laco_train_state *state)
{
    laco_module *module = state->learner->model->module;
    for (size_t i = 0; state->mean && i < module->count; i++) {
        laco_param *param = module->param[i];
        for (int64_t j = 0; j < param->count; j++) {
            laco_real value = param->value[j];
            param->value[j] = state->mean[i][j];
            state->mean[i][j] = value;
        }
        laco_param_changed(param);
    }
}

void laco_train_fingerprint(const laco_train_options *o, const laco_network_options *n, char text[LACO_FINGERPRINT])
{
    size_t used = strlen(text);
    snprintf(text + used, LACO_FINGERPRINT - used,
             " epochs %lld minutes %g batch %lld optimiser %d lr %.17g momentum %.17g weight-decay %.17g clip %.17g schedule %d warmup %.17g"
             " patience %lld average %.17g seed %llu",
             (long long)o->epochs, o->minutes, (long long)o->batch, (int)o->optimiser.kind, o->optimiser.lr, o->optimiser.momentum,
             o->optimiser.weight_decay, o->clip, (int)o->schedule, o->warmup, (long long)o->patience, o->average, (unsigned long long)o->seed);
    used = strlen(text);
    snprintf(text + used, LACO_FINGERPRINT - used,
             " cell %s nonlinearity %d hidden %lld layers %lld embed %lld directions %d dropout %.17g embed-dropout %.17g variational %d"
             " weight-drop %.17g tie-weights %d",
             n->cell, (int)n->nonlinearity, (long long)n->hidden, (long long)n->layers, (long long)n->embed, n->directions, n->dropout,
             n->embed_dropout, n->variational, n->weight_drop, n->tie_weights);
    used = strlen(text);
    if (o->precision != LACO_FP32)
        snprintf(text + used, LACO_FINGERPRINT - used, " precision %s", laco_precision_name(o->precision));
}
