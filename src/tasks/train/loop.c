#include "train/loop.h"

#include "nn/module.h"
#include "tape/tape.h"
#include "train/state.h"

#include <math.h>
#include <stdio.h>

/* One run of the loop over a state that may have been resumed. */
typedef struct run {
    laco_train_state *state;
    double loss;       /* mean of the last epoch that ended */
    char warning[600]; /* told with the next progress */
} run;

void laco_train_count(laco_train_state *s, double loss, double gradient, bool clipped)
{
    s->batch_loss = loss;
    s->batch_gradient = gradient;
    s->gradient_sum += gradient;
    s->steps++;
    s->clipped += clipped;
}

static double norm_of(const laco_param *param)
{
    double sum = 0;
    for (int64_t k = 0; k < param->count; k++)
        sum += (double)param->value[k] * (double)param->value[k];
    return sqrt(sum);
}

/* What the progress function may look at when an epoch has ended. */
static void show_model(const laco_train_state *s, laco_progress *progress)
{
    laco_model *model = s->learner->model;
    for (size_t i = 0; i < model->module->count; i++) {
        const laco_param *param = model->module->param[i];
        s->weights[i] = (laco_weights){param->name, (size_t)param->count, param->value, norm_of(param)};
    }
    progress->weights_count = model->module->count;
    progress->weights = s->weights;
    progress->model = model;
}

static bool tell(laco_train_state *s, const laco_validation *validation, bool best)
{
    if (!s->options->progress)
        return true;
    double share = laco_train_share_done(s), seconds = laco_train_elapsed(s);
    laco_progress progress = {.epoch = s->epoch + 1,
                              .epochs = laco_train_last_epoch(s),
                              .batch = s->batch,
                              .batches = s->batches,
                              .examples = s->examples,
                              .example = s->learner->example,
                              .loss = s->examples ? s->loss_sum / (double)s->examples : 0,
                              .lr = s->rule->lr(s),
                              .seconds = seconds,
                              .seconds_left = share > 0 ? seconds * (1 - share) / share : 0,
                              .epoch_done = validation != NULL,
                              .best = best,
                              .note = s->learner->note,
                              .steps = s->steps,
                              .batch_loss = s->batch_loss,
                              .batch_gradient = s->batch_gradient,
                              .gradient = s->steps ? s->gradient_sum / (double)s->steps : 0,
                              .clipped = s->steps ? (double)s->clipped / (double)s->steps : 0};
    s->learner->note = *s->learner->left_out && !s->told ? s->learner->left_out : NULL; /* told with the next */
    s->told = true;
    if (validation) {
        show_model(s, &progress);
        progress.metric_count = validation->metric_count;
        for (int i = 0; i < validation->metric_count; i++)
            progress.metric[i] = validation->metric[i];
    }
    return s->options->progress(s->options->progress_user, &progress);
}

bool laco_train_tell(laco_train_state *state)
{
    if (!tell(state, NULL, false))
        state->shards.wants_stop = true;
    state->stopped = state->stopped || (state->shards.wants_stop && !state->shards.group);
    state->shards.due_here = laco_train_now() - state->saved >= state->options->checkpoint_seconds;
    if (!state->shards.group)
        state->shards.due = state->shards.due_here;
    return !state->stopped && !laco_train_out_of_time(state);
}

laco_status laco_train_check_loss(const laco_train_state *state, double loss)
{
    if (isfinite(loss))
        return LACO_OK;
    return laco_fail(state->ctx, LACO_NUMERIC,
                     "the loss became %s in epoch %lld, batch %lld: a lower --lr or a smaller --clip may help",
                     isnan(loss) ? "NaN" : "infinite", (long long)state->epoch + 1, (long long)state->batch + 1);
}

/* A step can leave what is no number where loss and gradient were numbers still: it is not to be kept as good, nor written over a
 * good checkpoint. */
static laco_status check_weights(const run *r)
{
    const laco_train_state *s = r->state;
    const char *name;
    if (!laco_train_state_odd(s, &name))
        return LACO_OK;
    return laco_fail(s->ctx, LACO_NUMERIC,
                     "the weights '%s' became NaN or infinite in epoch %lld, batch %lld: a lower --lr or a --clip may help", name,
                     (long long)s->epoch + 1, (long long)s->batch);
}

static laco_status write_checkpoint(run *r)
{
    laco_train_state *s = r->state;
    double kept = s->seconds;
    s->seconds = laco_train_elapsed(s);
    laco_status status = laco_train_state_write(s, s->options->checkpoint);
    s->seconds = kept;
    s->saved = laco_train_now();
    if (status != LACO_IO)
        return status;
    /* A full disk is no reason to lose the training: the checkpoint of before stands, and the next one may be written. */
    snprintf(r->warning, sizeof r->warning, "the checkpoint was not written, training goes on: %s", laco_error(s->ctx));
    s->learner->note = r->warning;
    return LACO_OK;
}

static laco_status checkpoint(run *r)
{
    laco_train_state *s = r->state;
    laco_group *group = s->shards.group;
    if (!s->shards.keeps)
        return LACO_OK;
    LACO_TRY(laco_members_gather(s));
    LACO_TRY(check_weights(r));
    s->saved = laco_train_now();
    s->shards.due = s->shards.due_here = false;
    if (group && s->learner->type->gather)
        LACO_TRY(s->learner->type->gather(s->learner, group));
    laco_status status = s->rule->collect ? s->rule->collect(s) : LACO_OK;
    if (status == LACO_OK && (!group || group->rank == 0))
        status = write_checkpoint(r);
    if (s->rule->let_go)
        s->rule->let_go(s);
    return status;
}

#define WORSE 100.0        /* times as large as the first batch's is a loss that training only made worse */
#define LARGEST_WEIGHT 1e6 /* of what still says more than whether a unit is on or off */

/* Whether the epoch left ruins, as a rate that is much too large does: numbers still, but none that anything was learned by. */
static bool diverged(const run *r)
{
    const laco_train_state *s = r->state;
    const laco_module *module = s->learner->model->module;
    if (r->loss > WORSE * (1 + fabs(s->first_loss)))
        return true;
    for (size_t i = 0; i < module->count; i++)
        for (int64_t k = 0; k < module->param[i]->count && !module->param[i]->frozen; k++)
            if (fabs((double)module->param[i]->value[k]) > LARGEST_WEIGHT)
                return true;
    return false;
}

/* The measure that was asked for, from 1 on, comes first; what the task would have chosen by decides where it is equal. */
static laco_status choose_by(laco_context *ctx, int metric, laco_validation *validation)
{
    if (metric < 1)
        return LACO_OK;
    if (metric > validation->metric_count)
        return laco_fail(ctx, LACO_INVALID, "--metric: there is no such figure of these data; the epoch can be chosen by %s",
                         validation->metric_count > 0 ? validation->metric[0].name : "nothing");
    const laco_metric *chosen = &validation->metric[metric - 1];
    validation->tie = validation->rank;
    validation->rank = chosen->falls ? -chosen->value : chosen->value;
    return LACO_OK;
}

/* Training and validation have their memory one after the other. */
static laco_status validate(laco_train_state *s, laco_validation *validation)
{
    laco_tape_let_go(s->tape);
    s->ctx->evaluating = s->shards.group;
    laco_status status = s->learner->type->validate(s->learner, validation);
    s->ctx->evaluating = NULL;
    laco_status left = laco_model_let_go(s->learner->model);
    laco_module_drop_packs(s->learner->model->module);
    return left < 0 ? left : status; /* without its scratch the model cannot be asked, and an interrupted training returns it */
}

/* Validates, keeps the parameters where they are the best so far, and begins the next epoch. */
static laco_status end_epoch(run *r)
{
    laco_train_state *s = r->state;
    laco_validation validation = {0};
    bool best = true, validates = s->learner->validates && s->refit.from == 0;
    LACO_TRY(laco_members_gather(s));
    LACO_TRY(check_weights(r));
    r->loss = s->examples > 0 ? s->loss_sum / (double)s->examples : 0;
    bool ruined = diverged(r);
    laco_module_set_training(s->learner->model->module, false);
    laco_module_set_precision(s->learner->model->module, LACO_FP32);
    laco_train_state_exchange(s);
    if (validates) {
        laco_status status = validate(s, &validation);
        bool interrupted = false;
        if (status == LACO_OK || status == LACO_INTERRUPTED)
            LACO_TRY(laco_shards_agree(s, status == LACO_INTERRUPTED, &interrupted));
        if (interrupted) { /* the epoch counts for nothing */
            laco_train_state_exchange(s);
            s->stopped = true;
            return LACO_OK;
        }
        if (status == LACO_NUMERIC || (status == LACO_OK && isnan(validation.rank)))
            return laco_fail(s->ctx, LACO_NUMERIC, "validation came to NaN after epoch %lld: a lower --lr may help",
                             (long long)s->epoch + 1);
        LACO_TRY(status);
        LACO_TRY(choose_by(s->ctx, s->options->metric, &validation));
        best =
            !s->has_best || validation.rank > s->best_rank || (validation.rank == s->best_rank && validation.tie > s->best_tie);
        if (s->schedule.config.kind == LACO_PLATEAU_LR) /* the others look at the share of the run that is done */
            laco_schedule_step(&s->schedule, validation.plateau);
    }
    best = best && !ruined;
    s->bad_epochs = best ? 0 : s->bad_epochs + 1;
    if (best) {
        s->best_rank = validation.rank;
        s->best_tie = validation.tie;
    }
    bool kept = best || (!laco_train_chooses(s) && !ruined);
    if (kept)
        laco_train_state_keep(s);
    if (validates && kept)
        laco_train_refit_keep(s, &validation);
    s->shards.wants_stop = !tell(s, &validation, best) || s->shards.wants_stop;
    laco_train_state_exchange(s);
    LACO_TRY(laco_shards_agree(s, false, &(bool){false}));
    s->epoch++;
    s->batch = s->examples = s->steps = s->clipped = 0;
    s->loss_sum = s->gradient_sum = 0;
    return checkpoint(r);
}

static laco_status train_epoch(run *r)
{
    laco_train_state *s = r->state;
    LACO_TRY(s->rule->start_epoch(s));
    laco_module_set_training(s->learner->model->module, true);
    laco_module_set_precision(s->learner->model->module, s->options->precision == LACO_TRAIN_BF16 ? LACO_BF16 : LACO_FP32);
    while (s->batch < s->batches && !laco_train_out_of_time(s)) {
        laco_status status = s->rule->step(s);
        if (status == LACO_INTERRUPTED) { /* within a step, of which nothing is kept */
            s->stopped = true;
            return LACO_OK;
        }
        LACO_TRY(status);
        if (s->stopped)
            return checkpoint(r);
        if (s->shards.keeps && s->shards.due)
            LACO_TRY(checkpoint(r));
    }
    return end_epoch(r);
}

bool laco_train_out_of_patience(const laco_train_state *s)
{
    return s->options->patience > 0 && s->bad_epochs >= s->options->patience;
}

static bool goes_on(const laco_train_state *s)
{
    return s->epoch < laco_train_last_epoch(s) && !s->stopped && !laco_train_out_of_patience(s) && !laco_train_out_of_time(s);
}

static laco_status run_epochs(run *r)
{
    laco_train_state *s = r->state;
    if (s->rule->whole) /* the first of those checkpoints that an interrupted step goes back to */
        LACO_TRY(checkpoint(r));
    for (;;) {
        if (laco_train_refit_is_due(s)) {
            laco_status status = laco_train_refit_begin(s);
            bool interrupted;
            if (status != LACO_INTERRUPTED)
                LACO_TRY(status);
            LACO_TRY(laco_shards_agree(s, status == LACO_INTERRUPTED, &interrupted));
            s->stopped = s->stopped || interrupted;
        }
        if (!goes_on(s))
            break;
        LACO_TRY(train_epoch(r));
    }
    if (s->has_best)
        return LACO_OK;
    if (s->epoch > 0)
        return laco_fail(s->ctx, LACO_NUMERIC,
                         "nothing was learned: the loss went from %.4g to %.4g, or weights beyond %g; a lower --lr may help",
                         s->first_loss, r->loss, LARGEST_WEIGHT);
    /* Ended within the first epoch: what there is is what there is. */
    LACO_TRY(laco_members_gather(s));
    LACO_TRY(check_weights(r));
    laco_train_state_exchange(s);
    return LACO_OK;
}

laco_status laco_train_loop(laco_learner *learner, const char *fingerprint, laco_train_end *end)
{
    laco_module *module = learner->model->module;
    laco_train_state state = {.ctx = learner->model->ctx,
                              .learner = learner,
                              .options = learner->options,
                              .fingerprint = fingerprint,
                              .first_loss = INFINITY,
                              .rule = laco_learner_is_whole(learner) ? &laco_rule_lbfgs : &laco_rule_first_order};
    run r = {.state = &state};
    state.saved = laco_train_now();
    laco_status status = laco_train_state_start(&state);
    laco_module_set_recompute_steps(module, state.options->recompute_steps);
    laco_module_zero_grad(module);
    if (status == LACO_OK && state.options->resume)
        status = laco_train_state_read(&state, state.options->resume);
    state.shards.clock = state.seconds;
    if (status == LACO_OK)
        status = run_epochs(&r);
    *end = (laco_train_end){state.epoch, state.has_best};
    if (status == LACO_OK || status == LACO_NUMERIC) {
        laco_status described = laco_train_refit_describe(&state);
        status = described < 0 ? described : status;
    }
    laco_train_state_restore(&state);
    laco_module_set_training(module, false);
    laco_module_set_precision(module, LACO_FP32);
    laco_train_state_end(&state);
    return status;
}
