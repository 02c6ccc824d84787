#include "train/state.h"

#include "base/finite.h"
#include "nn/module.h"
#include "op/ranges.h"
#include "tape/tape.h"

#include <math.h>
#include <string.h>
#include <time.h>

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
    state->started = laco_train_now();
    LACO_TRY(laco_shards_start(state));
    LACO_TRY(state->rule->start(state));
    laco_schedule_config schedule = {.kind = state->options->schedule,
                                     .lr = state->rule->lr(state),
                                     .warmup_share = fmax(0, state->options->warmup),
                                     .min_share = 0.02,
                                     .patience = 2};
    if (schedule.kind == LACO_PLATEAU_LR)
        schedule.gamma = 0.5;
    laco_schedule_start(&state->schedule, &schedule);
    LACO_TRY(laco_tape_new(state->ctx, &(laco_tape_config){.seed = state->options->seed}, &state->tape));
    state->tape->passing = !state->rule->whole; /* which reads the same weights for many batches */
    LACO_TRY(copies_of(state, &state->best));
    if (state->options->progress &&
        !(state->weights = laco_alloc(state->ctx, state->learner->model->module->count, sizeof *state->weights)))
        return LACO_NO_MEMORY;
    if (state->rule->averages && state->options->ema_decay > 0)
        return copies_of(state, &state->mean);
    return LACO_OK;
}

void laco_train_state_end(laco_train_state *state)
{
    release_copies(state, state->best);
    release_copies(state, state->mean);
    laco_release(state->ctx, state->weights);
    laco_tape_free(state->tape);
    state->rule->end(state);
    laco_shards_end(state);
}

/* ---- Time ----------------------------------------------------------------------------------------------------------- */

double laco_train_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

double laco_train_own_clock(const laco_train_state *state) { return state->seconds + laco_train_now() - state->started; }

/* What is decided by time is decided by one clock, between two steps. */
double laco_train_elapsed(const laco_train_state *state)
{
    return state->shards.group ? state->shards.clock : laco_train_own_clock(state);
}

/* Of a part of the run: `epochs` of them behind `from`, or the seconds behind `began`. */
static double share_of(const laco_train_state *s, int64_t from, int64_t epochs, double began)
{
    double done = (double)(s->epoch - from) + (s->batches ? (double)s->batch / (double)s->batches : 0);
    double seconds = 60 * s->options->minutes - began;
    double by_time = s->options->minutes > 0 && seconds > 0 ? (laco_train_elapsed(s) - began) / seconds : 0;
    return fmin(1, fmax(done / (double)epochs, by_time));
}

double laco_train_share_done(const laco_train_state *s)
{
    const laco_train_refit *refit = &s->refit;
    if (refit->from == 0)
        return share_of(s, 0, s->options->epochs, 0);
    return LACO_REFIT_SHARE + (1 - LACO_REFIT_SHARE) * share_of(s, refit->from, refit->epochs, refit->began);
}

bool laco_train_out_of_time(const laco_train_state *state)
{
    return state->options->minutes > 0 && laco_train_elapsed(state) >= 60 * state->options->minutes;
}

/* ---- Parameters ------------------------------------------------------------------------------------------------------ */

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
    const laco_train_state *state;
    laco_real keep;
} mean_work;

static int64_t averaged(const void *work, size_t index)
{
    const laco_train_state *state = ((const mean_work *)work)->state;
    const laco_param *param = state->learner->model->module->param[index];
    return laco_grid_moves(state->shards.grid, param) ? param->count : 0;
}

static void take_in(const void *work, size_t index, int64_t begin, int64_t end)
{
    const mean_work *w = work;
    const laco_real *value = w->state->learner->model->module->param[index]->value;
    laco_real *mean = w->state->mean[index];
    for (int64_t i = begin; i < end; i++)
        mean[i] += (1 - w->keep) * (value[i] - mean[i]);
}

void laco_train_state_average(laco_train_state *state)
{
    /* At the start the mean follows closely, or the random initial values would stay in it for long. */
    double keep = fmin(state->options->ema_decay, (1 + (double)state->step) / (10 + (double)state->step));
    if (state->mean)
        laco_ranges_over(state->ctx, state->learner->model->module->count, LACO_MEMORY_COST, averaged, take_in,
                         &(mean_work){state, (laco_real)keep});
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
