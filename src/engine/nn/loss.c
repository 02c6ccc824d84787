#include "op/loss.h"

#include "laco/nn.h"
#include "nn/operation.h"
#include "op/ranges.h"

#include <string.h>

/* ---- Classes ---- */

typedef struct class_saved {
    laco_class_loss loss;
    laco_var x, y;
    double scale;
    laco_real *lp; /* cross entropy: log-probabilities; NULL: x itself */
} class_saved;

/* Copies the targets, with -1 for those that are ignored; NULL where one is out of range. */
static int32_t *copy_targets(laco_tape *tape, const char *name, laco_var x, const int32_t *targets, const int32_t *ignore_index)
{
    int64_t rows = laco_var_rows(x), K = laco_var_columns(x);
    int32_t *copy = laco_arena_alloc(&tape->arena, (size_t)rows, sizeof *copy);
    if (!copy)
        laco_tape_fail(tape, LACO_NO_MEMORY);
    for (int64_t r = 0; copy && r < rows; r++) {
        bool ignored = ignore_index && targets[r] == *ignore_index;
        if (!ignored && (targets[r] < 0 || targets[r] >= K)) {
            laco_tape_refuse(tape, "%s: target %d at place %lld is not within 0 … %lld, the classes of x %s", name,
                             (int)targets[r], (long long)r, (long long)K - 1, laco_var_show(x).text);
            return NULL;
        }
        copy[r] = ignored ? -1 : targets[r];
    }
    return copy;
}

/* Checks operands and options and fills saved->loss; false where the tape has failed. */
static bool prepare(laco_tape *tape, const char *name, laco_var x, const int32_t *targets, const laco_loss_config *config,
                    class_saved *saved)
{
    laco_class_loss *loss = &saved->loss;
    if (!laco_operand(tape, x))
        return false;
    if (x->ndim < 1 || laco_var_columns(x) < 1)
        laco_tape_refuse(tape, "%s: x is %s; […][K] with at least one class is needed", name, laco_var_show(x).text);
    else if (!(config->label_smoothing >= 0 && config->label_smoothing <= 1))
        laco_tape_refuse(tape, "%s: label_smoothing %g is not within 0 … 1", name, config->label_smoothing);
    if (tape->status != LACO_OK)
        return false;
    *loss = (laco_class_loss){laco_var_rows(x),        laco_var_columns(x),           NULL, NULL,
                              config->label_smoothing, config->reduction == LACO_MEAN};
    loss->target = copy_targets(tape, name, x, targets, config->ignore_index);
    if (loss->target && config->class_weights) {
        laco_real *weights = laco_arena_alloc(&tape->arena, (size_t)loss->K, sizeof *weights);
        if (!weights)
            laco_tape_fail(tape, LACO_NO_MEMORY);
        else
            loss->class_weights = memcpy(weights, config->class_weights, (size_t)loss->K * sizeof *weights);
    }
    saved->x = x;
    saved->y = tape->status == LACO_OK ? laco_var_new(tape, 0, NULL, x->needs_grad) : NULL;
    return saved->y != NULL;
}

/* Computes the loss of log-probabilities lp and records the backward pass. */
static laco_var conclude(laco_tape *tape, class_saved *saved, const laco_real *lp, laco_backward_fn backward)
{
    double value;
    laco_status status = laco_class_loss_forward(&tape->arena, &saved->loss, lp, &value, &saved->scale);
    if (status < 0)
        return laco_tape_fail(tape, status);
    saved->y->data[0] = (laco_real)value;
    return laco_finish(tape, saved->y, backward, saved, sizeof *saved);
}

static laco_status nll_backward(laco_tape *tape, void *saved)
{
    const class_saved *s = saved;
    if (laco_wanted(s->x, s->y))
        laco_nll_backward(&s->loss, (double)s->y->grad[0] * s->scale, s->x->grad);
    return tape->status;
}

laco_var laco_nll_loss(laco_tape *tape, laco_var x, const int32_t *targets, const laco_loss_config *config)
{
    const laco_loss_config none = {0}, *options = config ? config : &none;
    class_saved saved = {0};
    if (options->label_smoothing != 0)
        return laco_tape_refuse(tape, "nll_loss has no label_smoothing; cross_entropy_loss has");
    return prepare(tape, "nll_loss", x, targets, options, &saved) ? conclude(tape, &saved, x->data, nll_backward) : NULL;
}

static laco_status cross_entropy_backward(laco_tape *tape, void *saved)
{
    const class_saved *s = saved;
    if (laco_wanted(s->x, s->y))
        laco_cross_entropy_backward(tape->ctx, &s->loss, (double)s->y->grad[0] * s->scale, s->lp, s->x->grad);
    return tape->status;
}

typedef struct softmax_work {
    const laco_kernels *kernels;
    int64_t K;
    const laco_real *x;
    laco_real *lp;
} softmax_work;

static void softmax_rows(const void *work, int64_t first, int64_t past)
{
    const softmax_work *w = work;
    w->kernels->log_softmax(past - first, w->K, w->x + first * w->K, w->K, w->lp + first * w->K, w->K);
}

laco_var laco_cross_entropy_loss(laco_tape *tape, laco_var x, const int32_t *targets, const laco_loss_config *config)
{
    const laco_loss_config none = {0};
    class_saved saved = {0};
    if (!prepare(tape, "cross_entropy_loss", x, targets, config ? config : &none, &saved))
        return NULL;
    saved.lp = laco_arena_alloc(&tape->arena, (size_t)x->size, sizeof *saved.lp);
    if (!saved.lp)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    softmax_work work = {laco_kernels_of(tape->ctx), saved.loss.K, x->data, saved.lp};
    laco_ranges(tape->ctx, saved.loss.rows, 1, 48.0 * (double)work.K, softmax_rows, &work);
    return conclude(tape, &saved, saved.lp, cross_entropy_backward);
}

/* ---- Squared error ---- */

typedef struct mse_saved {
    laco_var x, target, y;
    double scale;
} mse_saved;

static laco_status mse_backward(laco_tape *tape, void *saved)
{
    const mse_saved *s = saved;
    laco_real *dx = laco_wanted(s->x, s->y) ? s->x->grad : NULL, *dtarget = laco_wanted(s->target, s->y) ? s->target->grad : NULL;
    if (dx || dtarget)
        laco_squared_error_backward(tape->ctx, s->x->size, s->x->data, s->target->data, (double)s->y->grad[0] * s->scale, dx,
                                    dtarget);
    return tape->status;
}

laco_var laco_mse_loss(laco_tape *tape, laco_var x, laco_var target, laco_reduction reduction)
{
    double sum;
    if (!laco_operand(tape, x) || !laco_operand(tape, target))
        return NULL;
    if (!laco_same_shape(x, target))
        return laco_tape_refuse(tape, "mse_loss: x is %s and target is %s; they must have one shape", laco_var_show(x).text,
                                laco_var_show(target).text);
    laco_var y = laco_var_new(tape, 0, NULL, x->needs_grad || target->needs_grad);
    if (!y)
        return NULL;
    laco_status status = laco_squared_error_forward(&tape->arena, x->size, x->data, target->data, &sum);
    if (status < 0)
        return laco_tape_fail(tape, status);
    mse_saved saved = {x, target, y, reduction == LACO_SUM ? 1 : x->size > 0 ? 1 / (double)x->size : 0};
    y->data[0] = (laco_real)(sum * saved.scale);
    return laco_finish(tape, y, mse_backward, &saved, sizeof saved);
}

/* ---- Quantiles ---- */

typedef struct quantile_saved {
    laco_var x, target, y;
    int64_t Q;
    const double *quantiles; /* in the tape's memory */
    double scale;
} quantile_saved;

static laco_status quantile_backward(laco_tape *tape, void *saved)
{
    const quantile_saved *s = saved;
    laco_real *dx = laco_wanted(s->x, s->y) ? s->x->grad : NULL, *dtarget = laco_wanted(s->target, s->y) ? s->target->grad : NULL;
    if (dx || dtarget)
        laco_quantile_backward(tape->ctx, s->target->size, s->Q, s->quantiles, s->x->data, s->target->data,
                               (double)s->y->grad[0] * s->scale, dx, dtarget);
    return tape->status;
}

static bool prepare_quantiles(laco_tape *tape, laco_var x, laco_var target, const double *quantiles, int Q)
{
    if (!laco_operand(tape, x) || !laco_operand(tape, target))
        return false;
    bool fits = Q >= 1 && x->ndim == target->ndim + 1 && laco_var_columns(x) == Q && x->size == target->size * Q;
    for (int d = 0; fits && d < target->ndim; d++)
        fits = x->shape[d] == target->shape[d];
    if (!fits)
        laco_tape_refuse(tape, "quantile_loss: x is %s and target is %s; x must have one dimension more, of the %d quantiles",
                         laco_var_show(x).text, laco_var_show(target).text, Q);
    for (int k = 0; fits && k < Q; k++)
        if (!(quantiles[k] >= 0 && quantiles[k] <= 1)) {
            laco_tape_refuse(tape, "quantile_loss: quantile %g is not within 0 … 1", quantiles[k]);
            fits = false;
        }
    return fits;
}

laco_var laco_quantile_loss(laco_tape *tape, laco_var x, laco_var target, const double *quantiles, int Q,
                            laco_reduction reduction)
{
    double sum;
    if (!prepare_quantiles(tape, x, target, quantiles, Q))
        return NULL;
    laco_var y = laco_var_new(tape, 0, NULL, x->needs_grad || target->needs_grad);
    double *copy = y ? laco_arena_alloc(&tape->arena, (size_t)Q, sizeof *copy) : NULL;
    if (!copy)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    memcpy(copy, quantiles, (size_t)Q * sizeof *copy);
    laco_status status = laco_quantile_forward(&tape->arena, target->size, Q, copy, x->data, target->data, &sum);
    if (status < 0)
        return laco_tape_fail(tape, status);
    quantile_saved saved = {x, target, y, Q, copy, reduction == LACO_SUM ? 1 : x->size > 0 ? 1 / (double)x->size : 0};
    y->data[0] = (laco_real)(sum * saved.scale);
    return laco_finish(tape, y, quantile_backward, &saved, sizeof saved);
}
