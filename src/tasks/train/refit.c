/* Learning what was set aside, once it has told which epoch is best: the last quarter of a run. */
#include "train/state.h"

#include "nn/module.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LEAST_TO_CHOOSE 50 /* examples set aside that can tell epochs apart */

bool laco_learner_refits(laco_learner *learner, int64_t aside)
{
    learner->aside = aside;
    learner->refits =
        learner->options->refit == LACO_ALWAYS && aside > 0 && learner->type->give_back && !laco_learner_is_whole(learner);
    return learner->refits;
}

void laco_learner_split(laco_learner *learner, laco_split *split, int64_t aside)
{
    learner->split = aside > 0 ? split : NULL;
    if (laco_learner_refits(learner, aside))
        split->known_count = split->train_count + split->valid_count;
}

bool laco_train_chooses(const laco_train_state *state)
{
    return !state->learner->refits || state->learner->aside >= LEAST_TO_CHOOSE;
}

static void keep_figures(laco_train_refit *refit, const laco_validation *validation)
{
    refit->metric_count = 0;
    for (int i = 0; i < validation->metric_count; i++) {
        if (!isfinite(validation->metric[i].value))
            continue;
        snprintf(refit->name[refit->metric_count], sizeof *refit->name, "%s", validation->metric[i].name);
        refit->value[refit->metric_count++] = validation->metric[i].value;
    }
}

void laco_train_refit_keep(laco_train_state *state, const laco_validation *validation)
{
    state->refit.best_epoch = state->epoch + 1;
    keep_figures(&state->refit, validation);
}

int64_t laco_train_last_epoch(const laco_train_state *state)
{
    return state->refit.from > 0 ? state->refit.from + state->refit.epochs : state->options->epochs;
}

/* Three quarters are over, or would be amid the epoch that is to be the last one. */
bool laco_train_refit_is_due(const laco_train_state *state)
{
    if (!state->learner->refits || state->refit.from > 0 || state->epoch == 0 || state->batch > 0 || state->stopped)
        return false;
    double share = laco_train_share_done(state);
    return share >= LACO_REFIT_SHARE || share * (1 + 1 / (double)state->epoch) > 1 - 1e-9 || laco_train_out_of_patience(state);
}

/* The figures of the epoch that was chosen, and what they were measured on, as the user is told. */
static const char *tell_figures(laco_train_state *state)
{
    laco_train_refit *refit = &state->refit;
    size_t used = 0, room = sizeof refit->note;
    for (int i = 0; i < refit->metric_count; i++)
        used +=
            (size_t)snprintf(refit->note + used, room - used, "%s%s %.4g", i > 0 ? ", " : "", refit->name[i], refit->value[i]);
    snprintf(refit->note + used, room - used, " on the %lld %s set aside, after epoch %lld; from here on they are learned too",
             (long long)state->learner->aside, state->learner->example, (long long)refit->best_epoch);
    return refit->note;
}

/* The weights of the best epoch are those that go on, where it is not the last one. */
static void go_back(laco_train_state *state)
{
    const laco_module *module = state->learner->model->module;
    if (state->refit.best_epoch == state->epoch)
        return;
    laco_train_state_restore(state);
    for (size_t i = 0; state->mean && i < module->count; i++)
        memcpy(state->mean[i], state->best[i], (size_t)module->param[i]->count * sizeof(laco_real));
}

/* What is done with the best weights, which are then put away again. */
static laco_status finish(laco_train_state *state)
{
    laco_learner *learner = state->learner;
    laco_module_set_training(learner->model->module, false);
    laco_module_set_precision(learner->model->module, LACO_FP32);
    laco_train_state_exchange(state);
    laco_status status = laco_learner_finish(learner);
    laco_train_state_exchange(state);
    if (learner->measured.metric_count > 0)
        keep_figures(&state->refit, &learner->measured);
    return status;
}

laco_status laco_train_refit_begin(laco_train_state *state)
{
    laco_train_refit *refit = &state->refit;
    double ratio = (1 - LACO_REFIT_SHARE) / LACO_REFIT_SHARE;
    int64_t epochs = LACO_MIN((int64_t)ceil((double)refit->best_epoch * ratio - 1e-9), state->options->epochs - state->epoch);
    if (epochs < 1 || laco_train_out_of_time(state))
        return LACO_OK;
    go_back(state);
    LACO_TRY(finish(state));
    refit->began = laco_train_elapsed(state);
    refit->from = state->epoch;
    refit->epochs = epochs;
    refit->asked = state->options->epochs;
    state->bad_epochs = 0;
    state->learner->note = tell_figures(state);
    return state->learner->type->give_back(state->learner);
}

/* The epochs after which a run of so many in all begins, by their number alone; 0: it does not. */
static int64_t first_part(int64_t epochs) { return LACO_MIN((int64_t)ceil((double)epochs * LACO_REFIT_SHARE), epochs - 1); }

laco_status laco_train_refit_resume(laco_train_state *state, const char *name)
{
    const laco_train_refit *refit = &state->refit;
    int64_t first = state->learner->refits && !(state->options->minutes > 0) ? first_part(state->options->epochs) : 0;
    if (refit->from == 0 && first > 0 && (state->epoch > first || (state->epoch == first && state->batch > 0)))
        return laco_fail(
            state->ctx, LACO_INVALID,
            "%s: has %lld epochs behind it, and a training of %lld learns what was set aside after %lld: more epochs "
            "are right, or --refit no from the start",
            name, (long long)state->epoch, (long long)state->options->epochs, (long long)first);
    if (refit->from == 0)
        return LACO_OK;
    if (!state->learner->refits || refit->from > state->epoch || refit->epochs == 0)
        return laco_fail(state->ctx, LACO_FORMAT, "%s: what it says of learning what was set aside does not fit together", name);
    if (refit->asked != state->options->epochs)
        return laco_fail(
            state->ctx, LACO_INVALID,
            "%s: learns what was set aside since epoch %lld, as a training of %lld epochs does, and not one of %lld: "
            "the same --epochs is right, or --refit no from the start",
            name, (long long)refit->from, (long long)refit->asked, (long long)state->options->epochs);
    return state->learner->type->give_back(state->learner);
}

laco_status laco_train_refit_record(laco_train_state *state, laco_record *record)
{
    laco_train_refit *refit = &state->refit;
    int64_t metrics = refit->metric_count;
    char key[32];
    LACO_TRY(laco_record_count(record, "refit_from", &refit->from));
    LACO_TRY(laco_record_count(record, "refit_epochs", &refit->epochs));
    LACO_TRY(laco_record_count(record, "refit_asked", &refit->asked));
    LACO_TRY(laco_record_real(record, "refit_began", &refit->began));
    LACO_TRY(laco_record_count(record, "best_epoch", &refit->best_epoch));
    LACO_TRY(laco_record_count(record, "metrics", &metrics));
    refit->metric_count = (int)LACO_MIN(metrics, (int64_t)LACO_MAX_METRICS);
    for (int i = 0; i < refit->metric_count; i++) {
        snprintf(key, sizeof key, "metric_%d", i);
        LACO_TRY(laco_record_name(record, key, refit->name[i], sizeof *refit->name));
        snprintf(key, sizeof key, "value_%d", i);
        LACO_TRY(laco_record_real(record, key, &refit->value[i]));
    }
    return LACO_OK;
}

laco_status laco_train_refit_describe(laco_train_state *state)
{
    const laco_train_refit *refit = &state->refit;
    json_t *figures = refit->from > 0 ? json_object() : NULL;
    bool good = figures;
    if (refit->from == 0)
        return LACO_OK;
    for (int i = 0; good && i < refit->metric_count; i++)
        good = json_object_set_new(figures, refit->name[i], json_real(refit->value[i])) == 0;
    state->learner->refit =
        json_pack("{s:I, s:I, s:I, s:o}", "epochs", (json_int_t)(state->epoch - refit->from), "best_epoch",
                  (json_int_t)refit->best_epoch, "set_aside", (json_int_t)state->learner->aside, "validation", figures);
    return good && state->learner->refit ? LACO_OK : laco_fail(state->ctx, LACO_NO_MEMORY, "out of memory while describing");
}
