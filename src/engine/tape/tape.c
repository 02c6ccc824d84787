#include "tape/tape.h"

#include "kernel/kernel.h"

#include <stdio.h>
#include <string.h>

typedef struct laco_entry {
    struct laco_entry *older;
    laco_backward_fn backward;
    void *saved;
    laco_arena_mark begin; /* where the memory of its operation begins */
} entry;

laco_status laco_tape_new(laco_context *ctx, const laco_tape_config *config, laco_tape **out)
{
    laco_tape *tape = laco_alloc(ctx, 1, sizeof *tape);
    if (!tape)
        return LACO_NO_MEMORY;
    tape->ctx = ctx;
    laco_arena_init(&tape->arena, ctx);
    laco_arena_init(&tape->aside, ctx);
    if (config) {
        tape->inference = config->inference;
        tape->seed = config->seed;
    }
    *out = tape;
    return LACO_OK;
}

void laco_tape_free(laco_tape *tape)
{
    if (!tape)
        return;
    laco_tape_free(tape->inner);
    laco_arena_free(&tape->arena);
    laco_arena_free(&tape->aside);
    laco_release(tape->ctx, tape->gradient);
    laco_release(tape->ctx, tape);
}

static void forget(laco_tape *tape)
{
    tape->last = NULL;
    tape->entries = 0;
    tape->begin = laco_arena_save(&tape->arena);
    tape->gradients = 0;
    tape->status = LACO_OK;
    tape->trace_count = 0;
}

void laco_tape_reset(laco_tape *tape)
{
    laco_arena_reset(&tape->arena);
    laco_arena_reset(&tape->aside);
    forget(tape);
}

laco_trial laco_trial_begin(laco_tape *tape)
{
    laco_trial trial = {laco_arena_save(&tape->arena), tape->inference};
    tape->inference = true;
    return trial;
}

void laco_trial_end(laco_tape *tape, laco_trial trial)
{
    tape->inference = trial.inference;
    laco_arena_rewind(&tape->arena, trial.mark);
}

void laco_tape_let_go(laco_tape *tape)
{
    if (tape->inner)
        laco_tape_let_go(tape->inner);
    laco_arena_free(&tape->arena);
    laco_arena_free(&tape->aside);
    forget(tape);
}

void laco_tape_set_step(laco_tape *tape, uint64_t step)
{
    tape->step = step;
    tape->masks = 0;
}

uint64_t laco_tape_next_mask(laco_tape *tape)
{
    /* 2^16 masks a step before two steps could share one. */
    return tape->step << 16 ^ tape->masks++;
}

laco_status laco_tape_status(const laco_tape *tape) { return tape->status; }
size_t laco_tape_bytes(const laco_tape *tape)
{
    return tape->arena.total + tape->aside.total + (tape->inner ? laco_tape_bytes(tape->inner) : 0);
}

laco_var laco_tape_fail(laco_tape *tape, laco_status status)
{
    if (tape->status == LACO_OK)
        tape->status = status;
    return NULL;
}

laco_var laco_tape_refuse(laco_tape *tape, const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return tape->status == LACO_OK ? laco_tape_fail(tape, laco_fail(tape->ctx, LACO_INVALID, "%s", text)) : NULL;
}

bool laco_tape_ready(laco_tape *tape, laco_var operand)
{
    if (tape->status == LACO_OK && !operand)
        laco_tape_refuse(tape, "an operand is NULL");
    else if (tape->status == LACO_OK && operand->tape != tape)
        laco_tape_refuse(tape, "an operand lives on another tape");
    return tape->status == LACO_OK;
}

/* The number of elements of a shape, or -1 where it cannot be. */
static int64_t shape_size(int ndim, const int64_t *shape)
{
    int64_t size = 1;
    if (ndim < 0 || ndim > LACO_MAX_DIMS)
        return -1;
    for (int i = 0; i < ndim; i++)
        if (shape[i] < 0 || __builtin_mul_overflow(size, shape[i], &size))
            return -1;
    return size;
}

/* A value without memory for its elements. */
static laco_var empty_value(laco_tape *tape, int ndim, const int64_t *shape, bool needs_grad)
{
    if (tape->status != LACO_OK)
        return NULL;
    if (laco_stopped(tape->ctx))
        return laco_tape_fail(tape, laco_check_stop(tape->ctx));
    int64_t size = shape_size(ndim, shape);
    if (size < 0)
        return laco_tape_refuse(tape,
                                "a shape of %d dimensions cannot be: at most %d, none below 0, and fewer than 2^63 elements",
                                ndim, LACO_MAX_DIMS);
    laco_var value = laco_arena_zeroed(&tape->arena, 1, sizeof *value);
    if (!value)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    value->tape = tape;
    value->ndim = ndim;
    for (int i = 0; i < ndim; i++)
        value->shape[i] = shape[i];
    value->size = size;
    value->born = tape->entries;
    value->needs_grad = needs_grad && !tape->inference;
    return value;
}

laco_var laco_var_new(laco_tape *tape, int ndim, const int64_t *shape, bool needs_grad)
{
    laco_var value = empty_value(tape, ndim, shape, needs_grad);
    if (!value)
        return NULL;
    value->data = laco_arena_alloc(&tape->arena, (size_t)value->size, sizeof(laco_real));
    return value->data ? value : laco_tape_fail(tape, LACO_NO_MEMORY);
}

laco_var laco_var_like(laco_tape *tape, laco_var x, bool needs_grad) { return laco_var_new(tape, x->ndim, x->shape, needs_grad); }

laco_status laco_tape_record(laco_tape *tape, laco_backward_fn backward, void *saved)
{
    if (!backward || tape->inference)
        return LACO_OK;
    entry *fresh = laco_arena_alloc(&tape->arena, 1, sizeof *fresh);
    if (!fresh) {
        laco_tape_fail(tape, LACO_NO_MEMORY);
        return LACO_NO_MEMORY;
    }
    *fresh = (entry){tape->last, backward, saved, tape->begin};
    tape->last = fresh;
    tape->entries++;
    tape->begin = laco_arena_save(&tape->arena);
    return LACO_OK;
}

static laco_var copied(laco_tape *tape, const laco_real *data, int ndim, const int64_t *shape, bool needs_grad)
{
    laco_var value = laco_var_new(tape, ndim, shape, needs_grad);
    if (value)
        memcpy(value->data, data, (size_t)value->size * sizeof *data);
    return value;
}

laco_var laco_input(laco_tape *tape, const laco_real *data, int ndim, const int64_t *shape)
{
    return copied(tape, data, ndim, shape, false);
}
laco_var laco_leaf(laco_tape *tape, const laco_real *data, int ndim, const int64_t *shape)
{
    return copied(tape, data, ndim, shape, true);
}

laco_var laco_param_var(laco_tape *tape, laco_param *param)
{
    if (!param->value)
        return laco_tape_refuse(tape, "parameter '%s' has no values: its model was loaded for inference", param->name);
    laco_var value = empty_value(tape, param->ndim, param->shape, true);
    if (!value)
        return NULL;
    value->data = param->value;
    value->grad = param->grad;
    return value;
}

const laco_real *laco_var_data(laco_var var) { return var ? laco_var_fetch(var) : NULL; }
int laco_var_ndim(laco_var var) { return var ? var->ndim : 0; }
int64_t laco_var_dim(laco_var var, int dimension)
{
    return !var || dimension < 0 ? 0 : dimension < var->ndim ? var->shape[dimension] : 1;
}
int64_t laco_var_size(laco_var var) { return var ? var->size : 0; }
const laco_real *laco_var_grad(laco_var var) { return var ? var->grad : NULL; }

laco_real *laco_var_gradient(laco_var var)
{
    laco_tape *tape = var->tape;
    if (var->grad)
        return var->grad;
    var->grad = tape->once ? laco_gradient_take(tape, var) : laco_arena_alloc(&tape->arena, (size_t)var->size, sizeof *var->grad);
    if (!var->grad)
        laco_tape_fail(tape, LACO_NO_MEMORY);
    else
        memset(var->grad, 0, (size_t)var->size * sizeof *var->grad);
    return var->grad;
}

laco_status laco_var_add_grad(laco_var var, const laco_real *grad)
{
    if (!var)
        return LACO_INVALID;
    laco_tape *tape = var->tape;
    if (tape->inference) {
        laco_tape_refuse(tape, "a tape made for inference has no gradients");
        return tape->status;
    }
    laco_real *sum = laco_var_gradient(var);
    if (!sum)
        return tape->status;
    laco_kernels_of(tape->ctx)->add(var->size, grad, sum);
    return LACO_OK;
}

/* The newest entry of the record, and whatever was made for it or since, is gone. */
static void forget_newest(laco_tape *tape)
{
    const entry *e = tape->last;
    tape->begin = e->begin;
    tape->last = e->older;
    laco_gradients_give(tape, --tape->entries);
    laco_arena_rewind(&tape->arena, tape->begin);
}

static laco_status go_back(laco_tape *tape)
{
    for (const entry *e = tape->last; e && tape->status == LACO_OK; e = tape->once ? tape->last : e->older) {
        laco_status status = e->backward(tape, e->saved);
        laco_tape_fail(tape, status == LACO_OK ? laco_check_stop(tape->ctx) : status);
        if (tape->once)
            forget_newest(tape);
    }
    return tape->status;
}

laco_status laco_backward_once(laco_tape *tape, laco_var loss)
{
    tape->once = true;
    laco_backward(tape, loss);
    tape->once = false;
    return tape->status;
}

laco_status laco_backward(laco_tape *tape, laco_var loss)
{
    if (tape->status != LACO_OK)
        return tape->status;
    if (tape->inference)
        laco_tape_refuse(tape, "a tape made for inference has no gradients");
    else if (loss && (loss->tape != tape || loss->size != 1))
        laco_tape_refuse(tape, "backward starts from one element on this tape; this value has %lld", (long long)loss->size);
    else if (loss)
        laco_var_add_grad(loss, &(laco_real){1});
    return go_back(tape);
}
