/* Parameters move once in an epoch, by a step of L-BFGS (up to max_iter iterations): batches, laid out as epoch 0 asks, are
 * summed up to one loss and one gradient. Schedule, warm-up, clipping and the mean of the weights have no meaning here. */
#include "nn/module.h"
#include "optim/state.h"
#include "tape/tape.h"
#include "train/state.h"

#include <math.h>
#include <stdio.h>

typedef struct lbfgs_rule {
    laco_lbfgs *lbfgs;
    int64_t most;    /* evaluations of the loss in a step, about: what progress counts */
    int64_t batches; /* of the data */
} lbfgs_rule;

static laco_lbfgs *lbfgs_of(const laco_train_state *state) { return ((const lbfgs_rule *)state->own)->lbfgs; }

static laco_status start(laco_train_state *state)
{
    const laco_optimiser_config *optimiser = &state->learner->options->optimiser;
    const laco_lbfgs_config *config = &optimiser->lbfgs;
    int64_t iterations = config->max_iter > 0 ? LACO_MIN(config->max_iter, LACO_RECORD_MOST / 2) : 20;
    lbfgs_rule *own = state->own = laco_alloc(state->ctx, 1, sizeof *own);
    if (!own)
        return LACO_NO_MEMORY;
    own->most = config->max_eval > 0 ? LACO_MIN(config->max_eval, LACO_RECORD_MOST) : iterations + iterations / 4;
    return laco_lbfgs_new(state->learner->model->module, optimiser, &own->lbfgs);
}

static void end(laco_train_state *state)
{
    lbfgs_rule *own = state->own;
    if (own)
        laco_lbfgs_free(own->lbfgs);
    laco_release(state->ctx, own);
}

static laco_status start_epoch(laco_train_state *state)
{
    lbfgs_rule *own = state->own;
    state->batches = own->most;
    return state->learner->type->start_epoch(state->learner, 0, &own->batches);
}

/* Adds one batch's loss and gradient, both times its examples. */
static laco_status add_batch(laco_train_state *s, int64_t batch)
{
    int64_t examples = 0;
    laco_tape_reset(s->tape);
    laco_tape_set_step(s->tape, 0);
    laco_var loss = s->learner->type->loss(s->learner, s->tape, &(laco_part){.batch = batch, .shards = 1}, &examples);
    laco_var scaled = loss ? laco_scale(s->tape, loss, (double)examples) : NULL;
    if (!scaled)
        return laco_tape_status(s->tape);
    s->loss_sum += (double)*laco_var_data(loss) * (double)examples;
    s->examples += examples;
    return laco_backward_once(s->tape, scaled);
}

static laco_status closure(void *user, double *loss)
{
    laco_train_state *s = user;
    const lbfgs_rule *own = s->own;
    laco_module *module = s->learner->model->module;
    s->loss_sum = 0;
    s->examples = 0;
    laco_module_zero_grad(module);
    for (int64_t batch = 0; batch < own->batches; batch++)
        LACO_TRY(add_batch(s, batch));
    for (size_t i = 0; i < module->count && s->examples > 0; i++)
        for (int64_t k = 0; k < module->param[i]->count; k++)
            module->param[i]->grad[k] /= (laco_real)s->examples;
    *loss = s->examples > 0 ? s->loss_sum / (double)s->examples : 0;
    laco_train_count(s, *loss, laco_clip_grad_norm(module, INFINITY), false);
    s->batch = LACO_MIN(s->batch + 1, own->most);
    return laco_train_tell(s) ? LACO_OK : LACO_INTERRUPTED;
}

static laco_status step(laco_train_state *s)
{
    LACO_TRY(laco_lbfgs_step(lbfgs_of(s), closure, s, NULL));
    s->step++;
    s->batch = s->batches;
    return LACO_OK;
}

static double lr(const laco_train_state *state) { return laco_lbfgs_lr(lbfgs_of(state)); }

static laco_status counters(laco_train_state *state, laco_record *record)
{
    laco_lbfgs_state lbfgs;
    laco_lbfgs_get_state(lbfgs_of(state), &lbfgs);
    LACO_TRY(laco_record_count(record, "iterations", &lbfgs.iterations));
    LACO_TRY(laco_record_count(record, "evaluations", &lbfgs.evaluations));
    LACO_TRY(laco_record_count(record, "history", &lbfgs.history));
    LACO_TRY(laco_record_real(record, "t", &lbfgs.t));
    LACO_TRY(laco_record_real(record, "h_diag", &lbfgs.h_diag));
    return record->writer ? LACO_OK : laco_lbfgs_set_state(lbfgs_of(state), &lbfgs);
}

static laco_status tensors(laco_train_state *state, laco_record *record)
{
    laco_lbfgs *lbfgs = lbfgs_of(state);
    int64_t size = laco_lbfgs_size(lbfgs);
    const char *buffer;
    laco_real *values;
    for (size_t i = 0; (values = laco_lbfgs_buffer(lbfgs, i, &buffer)); i++) {
        char name[64];
        snprintf(name, sizeof name, "lbfgs.%s", buffer);
        LACO_TRY(laco_record_tensor(record, name, 1, &size, values, true));
    }
    return LACO_OK;
}

const laco_update_rule laco_rule_lbfgs = {.start = start,
                                          .end = end,
                                          .start_epoch = start_epoch,
                                          .step = step,
                                          .lr = lr,
                                          .counters = counters,
                                          .tensors = tensors,
                                          .whole = true};
