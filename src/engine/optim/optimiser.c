#include "optim/optimiser.h"

#include "nn/module.h"
#include "op/ranges.h"
#include "optim/lbfgs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define STEP_COST 64.0   /* of one element, in multiply-adds: it waits for memory */
#define CLEAR_BLOCK 2048 /* elements that are still in the first-level cache behind their step */

typedef struct laco_slot {
    laco_param *param;
    laco_stretch own; /* what is moved of it */
    int64_t steps;    /* a parameter that was frozen for a while has fewer than the optimiser */
    laco_real *buffer[LACO_OPTIMISER_BUFFERS];
} laco_slot;

struct laco_optimiser {
    laco_context *ctx;
    const laco_optimiser_type *type;
    laco_optimiser_config config;
    int64_t steps;
    size_t count;
    laco_slot *slot;   /* [count] in the module's order */
    laco_lbfgs *lbfgs; /* which has a memory of its own; then there are no slots. Else NULL */
};

/* One step of all parameters. */
typedef struct whole_step {
    const laco_optimiser *optimiser;
    bool clear; /* the gradients behind it */
} whole_step;

static const laco_optimiser_type *const TYPES[] = {
    [LACO_SGD] = &laco_optimiser_sgd,
    [LACO_ADAM] = &laco_optimiser_adam,
    [LACO_ADAMW] = &laco_optimiser_adamw,
    [LACO_RMSPROP] = &laco_optimiser_rmsprop,
};
#define TYPE_COUNT ((int)(sizeof TYPES / sizeof *TYPES))

laco_status laco_check_not_negative(laco_context *ctx, const char *name, const char *what, double value)
{
    if (isfinite(value) && value >= 0)
        return LACO_OK;
    return laco_fail(ctx, LACO_INVALID, "%s: %s %g cannot be: a finite number that is not negative is needed", name, what, value);
}

laco_status laco_check_fraction(laco_context *ctx, const char *name, const char *what, double value)
{
    if (value >= 0 && value < 1)
        return LACO_OK;
    return laco_fail(ctx, LACO_INVALID, "%s: %s %g cannot be: a number from 0 up to but not including 1 is needed", name, what,
                     value);
}

static laco_status make_slot(laco_optimiser *optimiser, laco_slot *slot, laco_param *param, const laco_stretch *own)
{
    slot->param = param;
    slot->own = own ? *own : (laco_stretch){0, param->count};
    for (int i = 0; i < LACO_OPTIMISER_BUFFERS; i++) {
        if (!optimiser->type->buffer[i] || !optimiser->type->has_buffer(&optimiser->config, i))
            continue;
        slot->buffer[i] = laco_alloc_line(optimiser->ctx, (size_t)(slot->own.end - slot->own.begin), sizeof(laco_real));
        if (!slot->buffer[i])
            return LACO_NO_MEMORY;
    }
    return LACO_OK;
}

static laco_status make_slots(laco_optimiser *optimiser, laco_module *module, const laco_stretch *own)
{
    optimiser->slot = laco_alloc(optimiser->ctx, module->count, sizeof *optimiser->slot);
    if (!optimiser->slot)
        return LACO_NO_MEMORY;
    optimiser->count = module->count;
    for (size_t i = 0; i < optimiser->count; i++)
        LACO_TRY(make_slot(optimiser, &optimiser->slot[i], module->param[i], own ? &own[i] : NULL));
    return LACO_OK;
}

laco_status laco_optimiser_new(laco_module *module, const laco_optimiser_config *config, laco_optimiser **out)
{
    return laco_optimiser_new_part(module, config, NULL, out);
}

laco_status laco_optimiser_new_part(laco_module *module, const laco_optimiser_config *config, const laco_stretch *own,
                                    laco_optimiser **out)
{
    laco_context *ctx = module->ctx;
    laco_optimiser_config full = config ? *config : (laco_optimiser_config){0};
    if (full.kind == LACO_OPTIMISER_DEFAULT)
        full.kind = LACO_SGD;
    if ((int)full.kind < LACO_SGD || (int)full.kind > LACO_LBFGS)
        return laco_fail(ctx, LACO_INVALID, "optimiser kind %d cannot be: it is one of LACO_SGD … LACO_LBFGS", (int)full.kind);
    LACO_TRY(laco_check_writable(ctx, module));
    if (full.kind != LACO_LBFGS)
        LACO_TRY(TYPES[full.kind]->prepare(ctx, &full));
    laco_optimiser *optimiser = laco_alloc(ctx, 1, sizeof *optimiser);
    if (!optimiser)
        return LACO_NO_MEMORY;
    optimiser->ctx = ctx;
    optimiser->config = full;
    optimiser->type = full.kind == LACO_LBFGS ? NULL : TYPES[full.kind];
    laco_status status = optimiser->type ? make_slots(optimiser, module, own) : laco_lbfgs_new(module, &full, &optimiser->lbfgs);
    if (status < 0) {
        laco_optimiser_free(optimiser);
        return status;
    }
    *out = optimiser;
    return LACO_OK;
}

void laco_optimiser_free(laco_optimiser *optimiser)
{
    if (!optimiser)
        return;
    for (size_t i = 0; i < optimiser->count; i++)
        for (int j = 0; j < LACO_OPTIMISER_BUFFERS; j++)
            laco_release_line(optimiser->ctx, optimiser->slot[i].buffer[j]);
    laco_release(optimiser->ctx, optimiser->slot);
    laco_lbfgs_free(optimiser->lbfgs);
    laco_release(optimiser->ctx, optimiser);
}

static int64_t moved(const void *work, size_t index)
{
    const whole_step *s = work;
    const laco_slot *slot = &s->optimiser->slot[index];
    return slot->param->frozen ? 0 : slot->own.end - slot->own.begin;
}

/* Elements [begin, end) of what is moved of a parameter. */
static void step_elements(const laco_optimiser *optimiser, const laco_slot *slot, int64_t begin, int64_t end)
{
    laco_update update = {
        .config = &optimiser->config,
        .kernels = laco_kernels_of(optimiser->ctx),
        .step = slot->steps,
        .n = end - begin,
        .grad = slot->param->grad + slot->own.begin + begin,
        .param = slot->param->value + slot->own.begin + begin,
    };
    for (int i = 0; i < LACO_OPTIMISER_BUFFERS; i++)
        update.buffer[i] = slot->buffer[i] ? slot->buffer[i] + begin : NULL;
    optimiser->type->step(&update);
}

static void step_range(const void *work, size_t index, int64_t begin, int64_t end)
{
    const whole_step *s = work;
    const laco_slot *slot = &s->optimiser->slot[index];
    for (int64_t past, block = s->clear ? CLEAR_BLOCK : end - begin; begin < end; begin = past) {
        past = LACO_MIN(begin + block, end);
        step_elements(s->optimiser, slot, begin, past);
        if (s->clear)
            memset(slot->param->grad + slot->own.begin + begin, 0, (size_t)(past - begin) * sizeof(laco_real));
    }
}

static void clear_gradient(laco_param *param) { memset(param->grad, 0, (size_t)param->count * sizeof *param->grad); }

static laco_status step_all(laco_optimiser *optimiser, bool clear)
{
    if (optimiser->lbfgs)
        return laco_fail(optimiser->ctx, LACO_INVALID,
                         "L-BFGS computes the loss several times in a step: laco_optimiser_step_closure is right");
    whole_step step = {optimiser, clear};
    optimiser->steps++;
    for (size_t i = 0; i < optimiser->count; i++)
        optimiser->slot[i].steps += !optimiser->slot[i].param->frozen;
    laco_ranges_over(optimiser->ctx, optimiser->count, STEP_COST, moved, step_range, &step);
    for (size_t i = 0; i < optimiser->count; i++) {
        laco_param *param = optimiser->slot[i].param;
        if (clear && moved(&step, i) < param->count)
            clear_gradient(param);
        if (!param->frozen)
            laco_param_changed(param);
    }
    return LACO_OK;
}

laco_status laco_optimiser_step(laco_optimiser *optimiser) { return step_all(optimiser, false); }
laco_status laco_optimiser_step_and_clear(laco_optimiser *optimiser) { return step_all(optimiser, true); }

laco_status laco_optimiser_step_closure(laco_optimiser *optimiser, laco_closure closure, void *user, double *loss)
{
    double before;
    if (optimiser->lbfgs)
        return laco_lbfgs_step(optimiser->lbfgs, closure, user, loss);
    LACO_TRY(closure(user, &before));
    if (loss)
        *loss = before;
    return step_all(optimiser, false);
}

double laco_optimiser_lr(const laco_optimiser *optimiser)
{
    return optimiser->lbfgs ? laco_lbfgs_lr(optimiser->lbfgs) : optimiser->config.lr;
}

void laco_optimiser_set_lr(laco_optimiser *optimiser, double lr)
{
    if (optimiser->lbfgs)
        laco_lbfgs_set_lr(optimiser->lbfgs, lr);
    else
        optimiser->config.lr = lr;
}

int64_t laco_optimiser_steps(const laco_optimiser *optimiser) { return optimiser->steps; }

void laco_optimiser_set_steps(laco_optimiser *optimiser, int64_t steps)
{
    optimiser->steps = steps;
    for (size_t i = 0; i < optimiser->count; i++)
        if (!optimiser->slot[i].param->frozen)
            optimiser->slot[i].steps = steps;
}

laco_real *laco_optimiser_buffer(laco_optimiser *optimiser, size_t param, int index, const char **name)
{
    if (param >= optimiser->count || index < 0)
        return NULL;
    for (int i = 0; i < LACO_OPTIMISER_BUFFERS; i++) {
        laco_real *buffer = optimiser->slot[param].buffer[i];
        if (!buffer || index-- > 0)
            continue;
        *name = optimiser->type->buffer[i];
        return buffer;
    }
    return NULL;
}

const char *laco_optimiser_name(const laco_optimiser *optimiser) { return optimiser->type ? optimiser->type->name : "lbfgs"; }
laco_lbfgs *laco_optimiser_lbfgs(const laco_optimiser *optimiser) { return optimiser->lbfgs; }

static laco_status walk_slot(laco_optimiser *optimiser, laco_slot *slot, laco_saved_visit visit, void *user)
{
    const laco_param *param = slot->param;
    char name[LACO_SAVED_NAME];
    snprintf(name, sizeof name, LACO_SAVED_OPTIMISER "step.%s", param->name);
    LACO_TRY(visit(user, &(laco_saved){LACO_SAVED_COUNT, name, 0, NULL, &slot->steps}));
    for (int i = 0; i < LACO_OPTIMISER_BUFFERS; i++) {
        if (!slot->buffer[i])
            continue;
        snprintf(name, sizeof name, LACO_SAVED_OPTIMISER "%s.%s", optimiser->type->buffer[i], param->name);
        LACO_TRY(visit(user, &(laco_saved){LACO_SAVED_BUFFER, name, param->ndim, param->shape, slot->buffer[i]}));
    }
    return LACO_OK;
}

laco_status laco_optimiser_walk(void *owner, laco_saved_visit visit, void *user)
{
    laco_optimiser *optimiser = owner;
    laco_optimiser_config *c = &optimiser->config;
    double nesterov = c->nesterov, centered = c->centered;
    const laco_saved numbers[] = {
        {LACO_SAVED_COUNT, LACO_SAVED_OPTIMISER "steps", 0, NULL, &optimiser->steps},
        {LACO_SAVED_DOUBLE, LACO_SAVED_OPTIMISER "lr", 0, NULL, &c->lr},
        {LACO_SAVED_FIXED, LACO_SAVED_OPTIMISER "weight_decay", 0, NULL, &c->weight_decay},
        {LACO_SAVED_FIXED, LACO_SAVED_OPTIMISER "momentum", 0, NULL, &c->momentum},
        {LACO_SAVED_FIXED, LACO_SAVED_OPTIMISER "dampening", 0, NULL, &c->dampening},
        {LACO_SAVED_FIXED, LACO_SAVED_OPTIMISER "nesterov", 0, NULL, &nesterov},
        {LACO_SAVED_FIXED, LACO_SAVED_OPTIMISER "beta1", 0, NULL, &c->beta1},
        {LACO_SAVED_FIXED, LACO_SAVED_OPTIMISER "beta2", 0, NULL, &c->beta2},
        {LACO_SAVED_FIXED, LACO_SAVED_OPTIMISER "eps", 0, NULL, &c->eps},
        {LACO_SAVED_FIXED, LACO_SAVED_OPTIMISER "alpha", 0, NULL, &c->alpha},
        {LACO_SAVED_FIXED, LACO_SAVED_OPTIMISER "centered", 0, NULL, &centered},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        LACO_TRY(visit(user, &numbers[i]));
    for (size_t i = 0; i < optimiser->count; i++)
        LACO_TRY(walk_slot(optimiser, &optimiser->slot[i], visit, user));
    return LACO_OK;
}
