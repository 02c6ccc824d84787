#include "train/loop.h"

#include "nn/module.h"
#include "train/state.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

void laco_train_defaults(laco_train_options *options)
{
    if (options->epochs == 0)
        options->epochs = options->minutes > 0 ? INT64_MAX : 10;
    if (options->batch == 0)
        options->batch = 64;
    if (!options->optimiser_set)
        options->optimiser.kind = LACO_ADAM;
    if (options->clip == 0)
        options->clip = 5;
    if (!options->schedule_set)
        options->schedule = LACO_COSINE_LR;
    if (options->checkpoint_seconds == 0)
        options->checkpoint_seconds = 60;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* One run of the loop over a state that may have been resumed. */
typedef struct run {
    laco_train_state *state;
    laco_tape *tape;
    double base_lr, started, saved; /* times */
    int64_t batches;
    bool stopped;
} run;

static double elapsed(const run *r) { return r->state->seconds + now() - r->started; }

/* How much of the whole run is behind us, 0 … 1: by time where minutes were given, else by batches. */
static double share_done(const run *r)
{
    const laco_train_state *s = r->state;
    double by_batches = ((double)s->epoch + (r->batches ? (double)s->batch / (double)r->batches : 0)) / (double)s->options->epochs;
    double by_time = s->options->minutes > 0 ? elapsed(r) / (60 * s->options->minutes) : 0;
    return fmin(1, fmax(by_batches, by_time));
}

static double learning_rate(const run *r)
{
    const laco_train_options *options = r->state->options;
    double share = share_done(r), rate = r->base_lr, warmup = fmax(0, options->warmup);
    if (share < warmup) /* the first step is not wasted on a rate of 0 */
        return rate * fmax(share, 0.1 * warmup) / warmup;
    if (options->schedule == LACO_COSINE_LR)
        return rate * (0.02 + 0.98 * 0.5 * (1 + cos(3.14159265358979 * (share - warmup) / fmax(1e-9, 1 - warmup))));
    if (options->schedule == LACO_STEP_LR)
        return rate * pow(0.1, floor(3 * share));
    if (options->schedule == LACO_PLATEAU_LR)
        return r->state->plateau.lr;
    return rate;
}

static bool tell(run *r, const laco_validation *validation, bool best)
{
    const laco_train_state *s = r->state;
    if (!s->options->progress)
        return true;
    double share = share_done(r), seconds = elapsed(r);
    laco_progress progress = {.epoch = s->epoch + 1, .epochs = s->options->epochs, .batch = s->batch, .batches = r->batches,
                              .examples = s->examples, .example = s->learner->example,
                              .loss = s->examples ? s->loss_sum / (double)s->examples : 0, .lr = laco_optimiser_lr(s->optimiser),
                              .seconds = seconds, .seconds_left = share > 0 ? seconds * (1 - share) / share : 0,
                              .epoch_done = validation != NULL, .best = best, .note = s->learner->note};
    s->learner->note = NULL;
    if (validation) {
        progress.metric_count = validation->metric_count;
        for (int i = 0; i < validation->metric_count; i++)
            progress.metric[i] = validation->metric[i];
    }
    return s->options->progress(s->options->progress_user, &progress);
}

/* One update from one batch. */
static laco_status train_batch(run *r)
{
    laco_train_state *s = r->state;
    laco_context *ctx = s->ctx;
    laco_module *module = s->learner->model->module;
    int64_t examples = 0;
    laco_tape_reset(r->tape);
    laco_tape_set_step(r->tape, (uint64_t)s->step);
    laco_var loss = s->learner->loss(s->learner, r->tape, s->batch, &examples);
    if (!loss)
        return laco_tape_status(r->tape);
    double value = (double)*laco_var_data(loss);
    if (!isfinite(value))
        return laco_fail(ctx, LACO_NUMERIC, "the loss became %s in epoch %lld, batch %lld: a lower --lr or a smaller --clip may help",
                         isnan(value) ? "NaN" : "infinite", (long long)s->epoch + 1, (long long)s->batch + 1);
    LACO_TRY(laco_backward(r->tape, loss));
    double norm = s->options->clip > 0 ? laco_clip_grad_norm(module, s->options->clip) : 0;
    if (!isfinite(norm))
        return laco_fail(ctx, LACO_NUMERIC, "the gradient became %s in epoch %lld, batch %lld: a lower --lr may help",
                         isnan(norm) ? "NaN" : "infinite", (long long)s->epoch + 1, (long long)s->batch + 1);
    laco_optimiser_set_lr(s->optimiser, learning_rate(r));
    laco_optimiser_step_and_clear(s->optimiser);
    laco_train_state_average(s);
    s->loss_sum += value * (double)examples;
    s->examples += examples;
    s->step++;
    s->batch++;
    return LACO_OK;
}

/* A step can leave what is no number where loss and gradient were numbers still: it is not to be kept as good, nor written over a good
 * checkpoint. */
static laco_status check_weights(const run *r)
{
    const laco_train_state *s = r->state;
    const char *name;
    if (!laco_train_state_odd(s, &name))
        return LACO_OK;
    return laco_fail(s->ctx, LACO_NUMERIC, "the weights '%s' became NaN or infinite in epoch %lld, batch %lld: a lower --lr or a --clip may help",
                     name, (long long)s->epoch + 1, (long long)s->batch);
}

static laco_status checkpoint(run *r)
{
    laco_train_state *s = r->state;
    if (!s->options->checkpoint)
        return LACO_OK;
    LACO_TRY(check_weights(r));
    double kept = s->seconds;
    s->seconds = elapsed(r);
    laco_status status = laco_checkpoint_save(s, s->options->checkpoint);
    s->seconds = kept;
    r->saved = now();
    return status;
}

/* Validates, keeps the parameters where they are the best so far, and begins the next epoch. */
static laco_status end_epoch(run *r)
{
    laco_train_state *s = r->state;
    laco_validation validation = {0};
    bool best = true;
    LACO_TRY(check_weights(r));
    laco_module_train(s->learner->model->module, false);
    laco_module_set_precision(s->learner->model->module, LACO_FP32);
    laco_train_state_exchange(s);
    if (s->learner->validate) {
        laco_status status = s->learner->validate(s->learner, &validation);
        if (status == LACO_NUMERIC || (status == LACO_OK && isnan(validation.rank)))
            return laco_fail(s->ctx, LACO_NUMERIC, "validation came to NaN after epoch %lld: a lower --lr may help", (long long)s->epoch + 1);
        LACO_TRY(status);
        best = !s->has_best || validation.rank > s->best_rank || (validation.rank == s->best_rank && validation.tie > s->best_tie);
        laco_schedule_step(&s->plateau, validation.plateau);
    }
    s->bad_epochs = best ? 0 : s->bad_epochs + 1;
    if (best) {
        s->best_rank = validation.rank;
        s->best_tie = validation.tie;
        laco_train_state_keep(s);
    }
    laco_train_state_exchange(s);
    r->stopped = !tell(r, &validation, best);
    s->epoch++;
    s->batch = s->examples = 0;
    s->loss_sum = 0;
    return checkpoint(r);
}

static bool out_of_time(const run *r) { return r->state->options->minutes > 0 && elapsed(r) >= 60 * r->state->options->minutes; }

static laco_status train_epoch(run *r)
{
    laco_train_state *s = r->state;
    LACO_TRY(s->learner->start_epoch(s->learner, s->epoch, &r->batches));
    laco_module_train(s->learner->model->module, true);
    laco_module_set_precision(s->learner->model->module, s->options->precision);
    while (s->batch < r->batches && !out_of_time(r)) {
        LACO_TRY(train_batch(r));
        r->stopped = !tell(r, NULL, false);
        if (r->stopped)
            return checkpoint(r);
        if (s->options->checkpoint && now() - r->saved >= s->options->checkpoint_seconds)
            LACO_TRY(checkpoint(r));
    }
    return end_epoch(r);
}

/* Asked of the state alone, so that a training that has ended and is resumed has ended still. */
static bool out_of_patience(const laco_train_state *s) { return s->options->patience > 0 && s->bad_epochs >= s->options->patience; }

static laco_status run_epochs(run *r)
{
    laco_train_state *s = r->state;
    while (s->epoch < s->options->epochs && !r->stopped && !out_of_patience(s) && !out_of_time(r))
        LACO_TRY(train_epoch(r));
    /* Ended within the first epoch: what was learned so far is the best there is. */
    if (!s->has_best) {
        LACO_TRY(check_weights(r));
        laco_train_state_exchange(s);
        laco_train_state_keep(s);
    }
    return LACO_OK;
}

laco_status laco_train_check_precision(laco_context *ctx, const laco_train_options *options)
{
    if (options->precision != LACO_FP32 && options->precision != LACO_BF16)
        return laco_fail(ctx, LACO_INVALID, "training in %s: fp32 or bf16 is right", options->precision == LACO_INT8 ? "int8" : "another precision");
    return LACO_OK;
}

laco_status laco_train_loop(laco_learner *learner, const laco_train_options *options, const char *fingerprint, int64_t *epochs_done)
{
    laco_train_state state = {.ctx = learner->model->ctx, .learner = learner, .options = options, .fingerprint = fingerprint};
    run r = {.state = &state, .started = now(), .saved = now()};
    *epochs_done = 0;
    LACO_TRY(laco_train_check_precision(state.ctx, options));
    laco_status status = laco_train_state_start(&state);
    if (status == LACO_OK) {
        r.base_lr = laco_optimiser_lr(state.optimiser);
        status = laco_tape_new(state.ctx, &(laco_tape_config){.seed = options->seed}, &r.tape);
    }
    laco_module_set_recompute_steps(learner->model->module, options->recompute_steps);
    laco_module_zero_grad(learner->model->module);
    if (status == LACO_OK && options->resume)
        status = laco_checkpoint_load(&state, options->resume);
    if (status == LACO_OK)
        status = run_epochs(&r);
    *epochs_done = state.epoch;
    laco_train_state_restore(&state);
    laco_module_train(learner->model->module, false);
    laco_module_set_precision(learner->model->module, LACO_FP32);
    laco_tape_free(r.tape);
    laco_train_state_end(&state);
    return status;
}

laco_status laco_train_describe(laco_model *model, json_t *description, int64_t epochs)
{
    char *text = NULL;
    if (description && json_object_set_new(description, "epochs", json_integer((json_int_t)epochs)) == 0)
        text = json_dumps(description, JSON_COMPACT);
    json_decref(description);
    laco_release(model->ctx, model->training);
    model->training = text ? laco_copy_string(model->ctx, text) : NULL;
    free(text);
    return model->training ? LACO_OK : laco_fail(model->ctx, LACO_NO_MEMORY, "out of memory while describing the training");
}

laco_status laco_train_model(laco_learner *learner, const laco_train_options *options, const char *fingerprint, json_t *description, laco_model **out)
{
    int64_t epochs = 0;
    laco_status status = laco_train_loop(learner, options, fingerprint, &epochs);
    if (status < 0 && !(status == LACO_NUMERIC && epochs > 0)) {
        json_decref(description);
        return status;
    }
    if (description && options->precision != LACO_FP32)
        json_object_set_new(description, "precision", json_string(laco_precision_name(options->precision)));
    LACO_TRY(laco_train_describe(learner->model, description, epochs));
    *out = learner->model;
    learner->model = NULL;
    return status;
}
