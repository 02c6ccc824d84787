/* Parameters move after every batch: SGD, Adam, RMSprop. */
#include "nn/module.h"
#include "optim/state.h"
#include "train/state.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The optimiser, of what this process moves; and where others move the rest, buffers of all of it for a checkpoint. */
typedef struct first_order {
    laco_optimiser *optimiser;
    laco_real **whole; /* [wholes] of rank 0, while one is written */
    size_t wholes;
} first_order;

static laco_optimiser *optimiser_of(const laco_train_state *state) { return ((const first_order *)state->own)->optimiser; }

static laco_status start(laco_train_state *state)
{
    first_order *own = state->own = laco_alloc(state->ctx, 1, sizeof *own);
    if (!own)
        return LACO_NO_MEMORY;
    return laco_optimiser_new_part(state->learner->model->module, &state->options->optimiser, state->shards.own, &own->optimiser);
}

static void let_go(laco_train_state *state)
{
    first_order *own = state->own;
    for (size_t i = 0; i < own->wholes; i++)
        laco_release(state->ctx, own->whole[i]);
    laco_release(state->ctx, own->whole);
    own->whole = NULL;
    own->wholes = 0;
}

static void end(laco_train_state *state)
{
    first_order *own = state->own;
    if (!own)
        return;
    laco_optimiser_free(own->optimiser);
    let_go(state);
    laco_release(state->ctx, own);
}

/* Whether this process has all buffers whole. */
static bool has_all(const laco_train_state *state)
{
    return !state->shards.group || (state->shards.grid->groups == 1 && !state->shards.slices);
}

static laco_status start_epoch(laco_train_state *state)
{
    return state->learner->type->start_epoch(state->learner, state->epoch, &state->batches);
}

static laco_status clip(laco_train_state *s, double loss)
{
    bool clips = s->options->clip > 0;
    double norm;
    LACO_TRY(laco_owners_norm(s, &norm));
    laco_clip_to_norm(s->learner->model->module, norm, clips ? s->options->clip : INFINITY);
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
    LACO_TRY(laco_shards_spread(s));
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

/* Buffers of all to rank 0, where each has its own. */
static laco_status collect(laco_train_state *state)
{
    first_order *own = state->own;
    const laco_module *module = state->learner->model->module;
    const char *name;
    laco_real *buffer, *whole = NULL;
    size_t buffers = 0, most = 0;
    bool first = state->shards.group && state->shards.group->rank == 0;
    if (has_all(state))
        return LACO_OK;
    while (laco_optimiser_buffer(own->optimiser, 0, (int)buffers, &name))
        buffers++;
    most = buffers * module->count;
    if (first && !(own->whole = laco_alloc(state->ctx, most, sizeof *own->whole)))
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < most; i++) {
        buffer = laco_optimiser_buffer(own->optimiser, i / buffers, (int)(i % buffers), &name);
        if (first && !(whole = own->whole[own->wholes++] =
                           laco_alloc(state->ctx, (size_t)module->param[i / buffers]->count, sizeof *whole)))
            return LACO_NO_MEMORY;
        LACO_TRY(laco_owners_collect(state, i / buffers, buffer, whole));
    }
    return LACO_OK;
}

/* A buffer out of a checkpoint, of which this process keeps its own part. */
static laco_status take_part(laco_train_state *state, laco_record *record, const char *name, size_t i, laco_real *values)
{
    const laco_param *param = state->learner->model->module->param[i];
    laco_stretch own = state->shards.own[i];
    laco_real *whole = laco_alloc(state->ctx, (size_t)param->count, sizeof *whole);
    laco_status status = whole ? laco_record_tensor(record, name, param->ndim, param->shape, whole, false) : LACO_NO_MEMORY;
    if (status == LACO_OK && own.begin < own.end)
        memcpy(values, whole + own.begin, (size_t)(own.end - own.begin) * sizeof *values);
    laco_release(state->ctx, whole);
    return status;
}

/* Beside each parameter, its buffers as optim.BUFFER.NAME. Squares of large gradients may be infinite: the step is then 0. */
static laco_status tensors(laco_train_state *state, laco_record *record)
{
    const laco_module *module = state->learner->model->module;
    const first_order *own = state->own;
    char name[512];
    size_t at = 0;
    for (size_t i = 0; i < module->count; i++) {
        const laco_param *param = module->param[i];
        const char *buffer;
        laco_real *values;
        for (int b = 0; (values = laco_optimiser_buffer(optimiser_of(state), i, b, &buffer)); b++) {
            snprintf(name, sizeof name, "optim.%s.%s", buffer, param->name);
            if (record->writer && own->whole)
                values = own->whole[at++];
            if (record->writer || has_all(state))
                LACO_TRY(laco_record_tensor(record, name, param->ndim, param->shape, values, false));
            else
                LACO_TRY(take_part(state, record, name, i, values));
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
                                                .collect = collect,
                                                .let_go = let_go,
                                                .averages = true};
