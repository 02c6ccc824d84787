/* Parameters move after every batch: SGD, Adam, RMSprop. */
#include "nn/module.h"
#include "optim/state.h"
#include "train/state.h"

#include <math.h>
#include <stdio.h>

static laco_optimiser *optimiser_of(const laco_train_state *state) { return state->own; }

static laco_status start(laco_train_state *state)
{
    laco_optimiser *optimiser;
    LACO_TRY(laco_optimiser_new(state->learner->model->module, &state->options->optimiser, &optimiser));
    state->own = optimiser;
    return LACO_OK;
}

static void end(laco_train_state *state) { laco_optimiser_free(state->own); }

static laco_status start_epoch(laco_train_state *state)
{
    return state->learner->type->start_epoch(state->learner, state->epoch, &state->batches);
}

static laco_status clip(laco_train_state *s, double loss)
{
    bool clips = s->options->clip > 0;
    double norm = laco_clip_grad_norm(s->learner->model->module, clips ? s->options->clip : INFINITY);
    laco_train_count(s, loss, norm, clips && norm > s->options->clip);
    if (isfinite(norm) || !clips)
        return LACO_OK;
    return laco_fail(s->ctx, LACO_NUMERIC, "the gradient became %s in epoch %lld, batch %lld: a lower --lr may help",
                     isnan(norm) ? "NaN" : "infinite", (long long)s->epoch + 1, (long long)s->batch + 1);
}

static laco_status step(laco_train_state *s)
{
    int64_t examples = 0;
    double value = 0;
    LACO_TRY(laco_shards_step(s, &value, &examples));
    LACO_TRY(laco_train_check_loss(s, value));
    s->first_loss = s->step == 0 ? value : s->first_loss;
    LACO_TRY(clip(s, value));
    laco_optimiser_set_lr(optimiser_of(s), laco_schedule_at(&s->schedule, laco_train_share_done(s)));
    laco_optimiser_step_and_clear(optimiser_of(s));
    laco_train_state_average(s);
    s->loss_sum += value * (double)examples;
    s->examples += examples;
    s->step++;
    s->batch++;
    laco_train_tell(s); /* where it ends the run, the loop sees that */
    return LACO_OK;
}

static double lr(const laco_train_state *state) { return laco_optimiser_lr(optimiser_of(state)); }

static laco_status counters(laco_train_state *state, laco_record *record)
{
    laco_optimiser *optimiser = optimiser_of(state);
    int64_t steps = laco_optimiser_steps(optimiser);
    double rate = laco_optimiser_lr(optimiser);
    LACO_TRY(laco_record_count(record, "optimiser_steps", &steps));
    LACO_TRY(laco_record_real(record, "lr", &rate));
    if (record->writer)
        return LACO_OK;
    laco_optimiser_set_lr(optimiser, rate);
    laco_optimiser_set_steps(optimiser, steps);
    return LACO_OK;
}

/* Beside each parameter, its buffers as optim.BUFFER.NAME. Squares of large gradients may be infinite: the step is then 0. */
static laco_status tensors(laco_train_state *state, laco_record *record)
{
    const laco_module *module = state->learner->model->module;
    char name[512];
    for (size_t i = 0; i < module->count; i++) {
        const laco_param *param = module->param[i];
        const char *buffer;
        laco_real *values;
        for (int b = 0; (values = laco_optimiser_buffer(optimiser_of(state), i, b, &buffer)); b++) {
            snprintf(name, sizeof name, "optim.%s.%s", buffer, param->name);
            LACO_TRY(laco_record_tensor(record, name, param->ndim, param->shape, values, false));
        }
    }
    return LACO_OK;
}

const laco_update_rule laco_rule_first_order = {.start = start,
                                                .end = end,
                                                .start_epoch = start_epoch,
                                                .step = step,
                                                .lr = lr,
                                                .counters = counters,
                                                .tensors = tensors,
                                                .averages = true};
