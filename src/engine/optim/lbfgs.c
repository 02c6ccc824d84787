#include "optim/lbfgs.h"

#include "nn/module.h"
#include "optim/optimiser.h"

#include <stdio.h>

static int64_t whole_or_default(int64_t value, int64_t otherwise) { return value != 0 ? value : otherwise; }

static laco_status check_count(laco_context *ctx, const char *what, int64_t value)
{
    if (value > 0)
        return LACO_OK;
    return laco_fail(ctx, LACO_INVALID, "LBFGS: %s %lld cannot be: at least 1 is needed", what, (long long)value);
}

static double tolerance(double value, double otherwise) { return value < 0 ? 0 : laco_or_default(value, otherwise); }

static laco_status prepare(laco_context *ctx, laco_lbfgs_config *config)
{
    int64_t evaluations; /* max_iter * 5 / 4, or as many as can be counted */
    config->max_iter = whole_or_default(config->max_iter, 20);
    if (__builtin_add_overflow(config->max_iter, config->max_iter / 4, &evaluations))
        evaluations = INT64_MAX;
    config->max_eval = whole_or_default(config->max_eval, evaluations);
    config->tolerance_grad = tolerance(config->tolerance_grad, 1e-7);
    config->tolerance_change = tolerance(config->tolerance_change, 1e-9);
    config->history_size = whole_or_default(config->history_size, 100);
    LACO_TRY(check_count(ctx, "max_iter", config->max_iter));
    LACO_TRY(check_count(ctx, "max_eval", config->max_eval));
    LACO_TRY(laco_check_not_negative(ctx, "LBFGS", "tolerance_grad", config->tolerance_grad));
    LACO_TRY(laco_check_not_negative(ctx, "LBFGS", "tolerance_change", config->tolerance_change));
    LACO_TRY(check_count(ctx, "history_size", config->history_size));
    if (config->line_search == LACO_LINE_SEARCH_DEFAULT)
        config->line_search = LACO_NO_LINE_SEARCH;
    if (config->line_search != LACO_NO_LINE_SEARCH && config->line_search != LACO_STRONG_WOLFE)
        return laco_fail(ctx, LACO_INVALID, "LBFGS: line search %d cannot be: it is LACO_NO_LINE_SEARCH or LACO_STRONG_WOLFE",
                         (int)config->line_search);
    return LACO_OK;
}

static laco_status take_params(laco_lbfgs *lbfgs, laco_module *module)
{
    lbfgs->param = laco_alloc(lbfgs->ctx, module->count, sizeof *lbfgs->param);
    if (!lbfgs->param)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < module->count; i++)
        if (!module->param[i]->frozen) {
            lbfgs->param[lbfgs->params++] = module->param[i];
            lbfgs->size += module->param[i]->count;
        }
    if (lbfgs->params == 0)
        return laco_fail(lbfgs->ctx, LACO_INVALID, "LBFGS: the module has no parameter to move: it needs one that is not frozen");
    return LACO_OK;
}

static laco_status make_vector(laco_lbfgs *lbfgs, laco_real **vector)
{
    *vector = laco_alloc(lbfgs->ctx, (size_t)lbfgs->size, sizeof **vector);
    return *vector ? LACO_OK : LACO_NO_MEMORY;
}

static laco_status make_vectors(laco_lbfgs *lbfgs)
{
    LACO_TRY(make_vector(lbfgs, &lbfgs->d));
    LACO_TRY(make_vector(lbfgs, &lbfgs->grad));
    LACO_TRY(make_vector(lbfgs, &lbfgs->prev_grad));
    LACO_TRY(make_vector(lbfgs, &lbfgs->start));
    if (lbfgs->config.line_search == LACO_NO_LINE_SEARCH)
        return LACO_OK;
    LACO_TRY(make_vector(lbfgs, &lbfgs->x));
    for (int i = 0; i < 3; i++)
        LACO_TRY(make_vector(lbfgs, &lbfgs->line[i]));
    return LACO_OK;
}

laco_status laco_lbfgs_new(laco_module *module, const laco_optimiser_config *config, laco_lbfgs **out)
{
    laco_context *ctx = module->ctx;
    laco_lbfgs_config full = config ? config->lbfgs : (laco_lbfgs_config){0};
    double lr = laco_or_default(config ? config->lr : 0, 1);
    LACO_TRY(laco_check_writable(ctx, module));
    LACO_TRY(laco_check_not_negative(ctx, "LBFGS", "lr", lr));
    LACO_TRY(prepare(ctx, &full));
    laco_lbfgs *lbfgs = laco_alloc(ctx, 1, sizeof *lbfgs);
    if (!lbfgs)
        return LACO_NO_MEMORY;
    lbfgs->ctx = ctx;
    lbfgs->kernels = laco_kernels_of(ctx);
    lbfgs->config = full;
    lbfgs->lr = lr;
    laco_status status = take_params(lbfgs, module);
    if (status == LACO_OK)
        status = make_vectors(lbfgs);
    if (status < 0) {
        laco_lbfgs_free(lbfgs);
        return status;
    }
    *out = lbfgs;
    return LACO_OK;
}

void laco_lbfgs_free(laco_lbfgs *lbfgs)
{
    if (!lbfgs)
        return;
    laco_context *ctx = lbfgs->ctx;
    for (size_t i = 0; i < lbfgs->room; i++) {
        laco_release(ctx, lbfgs->pair[i].dir);
        laco_release(ctx, lbfgs->pair[i].stp);
    }
    for (int i = 0; i < 3; i++)
        laco_release(ctx, lbfgs->line[i]);
    laco_release(ctx, lbfgs->pair);
    laco_release(ctx, lbfgs->d);
    laco_release(ctx, lbfgs->grad);
    laco_release(ctx, lbfgs->prev_grad);
    laco_release(ctx, lbfgs->start);
    laco_release(ctx, lbfgs->x);
    laco_release(ctx, lbfgs->param);
    laco_release(ctx, lbfgs);
}

static laco_status make_room(laco_lbfgs *lbfgs, size_t count)
{
    if (count <= lbfgs->room)
        return LACO_OK;
    size_t room = LACO_MAX(count, 2 * lbfgs->room);
    laco_lbfgs_pair *grown = laco_resize(lbfgs->ctx, lbfgs->pair, room, sizeof *grown);
    if (!grown)
        return LACO_NO_MEMORY;
    lbfgs->pair = grown;
    lbfgs->room = room;
    return LACO_OK;
}

laco_status laco_lbfgs_reserve(laco_lbfgs *lbfgs, size_t count)
{
    LACO_TRY(make_room(lbfgs, count));
    for (; lbfgs->pairs < count; lbfgs->pairs++) {
        laco_lbfgs_pair *pair = &lbfgs->pair[lbfgs->pairs];
        if (!pair->dir)
            LACO_TRY(make_vector(lbfgs, &pair->dir));
        if (!pair->stp)
            LACO_TRY(make_vector(lbfgs, &pair->stp));
    }
    return LACO_OK;
}

double laco_lbfgs_lr(const laco_lbfgs *lbfgs) { return lbfgs->lr; }
void laco_lbfgs_set_lr(laco_lbfgs *lbfgs, double lr) { lbfgs->lr = lr; }
void laco_lbfgs_get_state(const laco_lbfgs *lbfgs, laco_lbfgs_state *state) { *state = lbfgs->state; }
int64_t laco_lbfgs_size(const laco_lbfgs *lbfgs) { return lbfgs->size; }

laco_status laco_lbfgs_set_state(laco_lbfgs *lbfgs, const laco_lbfgs_state *state)
{
    if (state->iterations < 0 || state->evaluations < 0)
        return laco_fail(lbfgs->ctx, LACO_INVALID, "LBFGS: a state with %lld iterations and %lld evaluations cannot be",
                         (long long)state->iterations, (long long)state->evaluations);
    if (state->history < 0 || state->history > lbfgs->config.history_size)
        return laco_fail(lbfgs->ctx, LACO_INVALID, "LBFGS: a state with %lld pairs of vectors does not fit: history_size is %lld",
                         (long long)state->history, (long long)lbfgs->config.history_size);
    LACO_TRY(laco_lbfgs_reserve(lbfgs, (size_t)state->history));
    lbfgs->state = *state;
    lbfgs->rho_unknown = true;
    return LACO_OK;
}

laco_real *laco_lbfgs_buffer(laco_lbfgs *lbfgs, size_t index, const char **name)
{
    size_t pair = (index - 2) / 2;
    if (index < 2) {
        *name = index == 0 ? "d" : "prev_flat_grad";
        return index == 0 ? lbfgs->d : lbfgs->prev_grad;
    }
    if (pair >= (size_t)lbfgs->state.history)
        return NULL;
    snprintf(lbfgs->name, sizeof lbfgs->name, "%s.%zu", index % 2 == 0 ? "old_dirs" : "old_stps", pair);
    *name = lbfgs->name;
    return index % 2 == 0 ? lbfgs->pair[pair].dir : lbfgs->pair[pair].stp;
}

laco_status laco_lbfgs_walk(void *owner, laco_saved_visit visit, void *user)
{
    laco_lbfgs *lbfgs = owner;
    laco_lbfgs_config *c = &lbfgs->config;
    laco_lbfgs_state *state = &lbfgs->state;
    double history_size = (double)c->history_size, line_search = c->line_search, max_iter = (double)c->max_iter,
           max_eval = (double)c->max_eval;
    const laco_saved numbers[] = {
        {LACO_SAVED_COUNT, LACO_SAVED_OPTIMISER "iterations", 0, NULL, &state->iterations},
        {LACO_SAVED_COUNT, LACO_SAVED_OPTIMISER "evaluations", 0, NULL, &state->evaluations},
        {LACO_SAVED_COUNT, LACO_SAVED_OPTIMISER "history", 0, NULL, &state->history},
        {LACO_SAVED_DOUBLE, LACO_SAVED_OPTIMISER "t", 0, NULL, &state->t},
        {LACO_SAVED_DOUBLE, LACO_SAVED_OPTIMISER "h_diag", 0, NULL, &state->h_diag},
        {LACO_SAVED_DOUBLE, LACO_SAVED_OPTIMISER "lr", 0, NULL, &lbfgs->lr},
        {LACO_SAVED_FIXED, LACO_SAVED_OPTIMISER "max_iter", 0, NULL, &max_iter},
        {LACO_SAVED_FIXED, LACO_SAVED_OPTIMISER "max_eval", 0, NULL, &max_eval},
        {LACO_SAVED_FIXED, LACO_SAVED_OPTIMISER "tolerance_grad", 0, NULL, &c->tolerance_grad},
        {LACO_SAVED_FIXED, LACO_SAVED_OPTIMISER "tolerance_change", 0, NULL, &c->tolerance_change},
        {LACO_SAVED_FIXED, LACO_SAVED_OPTIMISER "history_size", 0, NULL, &history_size},
        {LACO_SAVED_FIXED, LACO_SAVED_OPTIMISER "line_search", 0, NULL, &line_search},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        LACO_TRY(visit(user, &numbers[i]));
    char name[LACO_SAVED_NAME];
    const char *buffer;
    laco_real *values;
    for (size_t i = 0; (values = laco_lbfgs_buffer(lbfgs, i, &buffer)); i++) {
        snprintf(name, sizeof name, LACO_SAVED_OPTIMISER "%s", buffer);
        LACO_TRY(visit(user, &(laco_saved){LACO_SAVED_BUFFER, name, 1, &lbfgs->size, values}));
    }
    return LACO_OK;
}
