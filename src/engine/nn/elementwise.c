/* Operations element by element, and along the last dimension. */
#include "laco/nn.h"

#include "kernel/kernel.h"
#include "nn/operation.h"
#include "op/ranges.h"

/* Costs of one element, in multiply-adds: functions compute, the others wait for memory. */
#define FUNCTION_COST 48.0

/* ---- Functions of one value ---- */

typedef void (*function)(int64_t n, const laco_real *x, laco_real *y);
typedef void (*derivative)(int64_t n, const laco_real *y, const laco_real *dy, laco_real *dx);

typedef struct apply_work {
    function f;
    const laco_real *x;
    laco_real *y;
} apply_work;

static void apply_range(const void *work, int64_t begin, int64_t end)
{
    const apply_work *w = work;
    w->f(end - begin, w->x + begin, w->y + begin);
}

typedef struct apply_saved {
    derivative back;
    laco_var x, y;
} apply_saved;

static void apply_back_range(const void *work, int64_t begin, int64_t end)
{
    const apply_saved *s = work;
    s->back(end - begin, s->y->data + begin, s->y->grad + begin, s->x->grad + begin);
}

static laco_status apply_backward(laco_tape *tape, void *saved)
{
    const apply_saved *s = saved;
    if (laco_wanted(s->x, s->y))
        laco_ranges(tape->ctx, s->x->size, 16, LACO_MEMORY_COST, apply_back_range, s);
    return tape->status;
}

static laco_var apply(laco_tape *tape, laco_var x, function f, derivative back)
{
    const laco_real *data = laco_operand(tape, x);
    laco_var y = data ? laco_var_like(tape, x, x->needs_grad) : NULL;
    if (!y)
        return NULL;
    laco_ranges(tape->ctx, x->size, 16, FUNCTION_COST, apply_range, &(apply_work){f, data, y->data});
    return laco_finish(tape, y, apply_backward, &(apply_saved){back, x, y}, sizeof(apply_saved));
}

laco_var laco_tanh(laco_tape *tape, laco_var x)
{
    const laco_kernels *kernels = laco_kernels_of(tape->ctx);
    return apply(tape, x, kernels->tanh, kernels->tanh_backward);
}

laco_var laco_sigmoid(laco_tape *tape, laco_var x)
{
    const laco_kernels *kernels = laco_kernels_of(tape->ctx);
    return apply(tape, x, kernels->sigmoid, kernels->sigmoid_backward);
}

laco_var laco_relu(laco_tape *tape, laco_var x)
{
    const laco_kernels *kernels = laco_kernels_of(tape->ctx);
    return apply(tape, x, kernels->relu, kernels->relu_backward);
}

/* ---- Log-softmax ---- */

typedef struct softmax_work {
    const laco_kernels *kernels;
    laco_var x, y;
    int64_t columns;
} softmax_work;

static void softmax_rows(const void *work, int64_t begin, int64_t end)
{
    const softmax_work *w = work;
    int64_t n = w->columns;
    w->kernels->log_softmax(end - begin, n, w->x->data + begin * n, n, w->y->data + begin * n, n);
}

static void softmax_back_rows(const void *work, int64_t begin, int64_t end)
{
    const softmax_work *w = work;
    int64_t n = w->columns, first = begin * n;
    w->kernels->log_softmax_backward(end - begin, n, w->y->data + first, n, w->y->grad + first, n, w->x->grad + first, n);
}

static laco_status softmax_backward(laco_tape *tape, void *saved)
{
    const softmax_work *w = saved;
    if (laco_wanted(w->x, w->y))
        laco_ranges(tape->ctx, laco_var_rows(w->x), 1, FUNCTION_COST * (double)w->columns, softmax_back_rows, w);
    return tape->status;
}

laco_var laco_log_softmax(laco_tape *tape, laco_var x)
{
    laco_var y = laco_operand(tape, x) ? laco_var_like(tape, x, x->needs_grad) : NULL;
    if (!y)
        return NULL;
    softmax_work work = {laco_kernels_of(tape->ctx), x, y, laco_var_columns(x)};
    laco_ranges(tape->ctx, laco_var_rows(x), 1, FUNCTION_COST * (double)work.columns, softmax_rows, &work);
    return laco_finish(tape, y, softmax_backward, &work, sizeof work);
}

/* ---- Two values ---- */

typedef struct pair {
    const laco_kernels *kernels;
    laco_var a, b, y;
} pair;

/* The result of an operation on two values of one shape, without its elements. */
static laco_var pair_result(laco_tape *tape, const char *name, laco_var a, laco_var b)
{
    if (!laco_operand(tape, a) || !laco_operand(tape, b))
        return NULL;
    if (!laco_same_shape(a, b))
        return laco_tape_refuse(tape, "%s: a is %s and b is %s; they must have one shape", name, laco_var_show(a).text,
                                laco_var_show(b).text);
    return laco_var_like(tape, a, a->needs_grad || b->needs_grad);
}

static void add_range(const void *work, int64_t begin, int64_t end)
{
    const pair *w = work;
    for (int64_t i = begin; i < end; i++)
        w->y->data[i] = w->a->data[i] + w->b->data[i];
}

static void add_to_a(const void *work, int64_t begin, int64_t end)
{
    const pair *w = work;
    w->kernels->add(end - begin, w->y->grad + begin, w->a->grad + begin);
}

static void add_to_b(const void *work, int64_t begin, int64_t end)
{
    const pair *w = work;
    w->kernels->add(end - begin, w->y->grad + begin, w->b->grad + begin);
}

static laco_status add_backward(laco_tape *tape, void *saved)
{
    const pair *w = saved;
    if (laco_wanted(w->a, w->y))
        laco_ranges(tape->ctx, w->y->size, 16, LACO_MEMORY_COST, add_to_a, w);
    if (laco_wanted(w->b, w->y))
        laco_ranges(tape->ctx, w->y->size, 16, LACO_MEMORY_COST, add_to_b, w);
    return tape->status;
}

laco_var laco_add(laco_tape *tape, laco_var a, laco_var b)
{
    laco_var y = pair_result(tape, "add", a, b);
    if (!y)
        return NULL;
    pair work = {laco_kernels_of(tape->ctx), a, b, y};
    laco_ranges(tape->ctx, y->size, 16, LACO_MEMORY_COST, add_range, &work);
    return laco_finish(tape, y, add_backward, &work, sizeof work);
}

static void multiply_range(const void *work, int64_t begin, int64_t end)
{
    const pair *w = work;
    w->kernels->multiply(end - begin, w->a->data + begin, w->b->data + begin, w->y->data + begin);
}

static void multiply_to_a(const void *work, int64_t begin, int64_t end)
{
    const pair *w = work;
    for (int64_t i = begin; i < end; i++)
        w->a->grad[i] += w->y->grad[i] * w->b->data[i];
}

static void multiply_to_b(const void *work, int64_t begin, int64_t end)
{
    const pair *w = work;
    for (int64_t i = begin; i < end; i++)
        w->b->grad[i] += w->y->grad[i] * w->a->data[i];
}

static laco_status multiply_backward(laco_tape *tape, void *saved)
{
    const pair *w = saved;
    if (laco_wanted(w->a, w->y))
        laco_ranges(tape->ctx, w->y->size, 16, LACO_MEMORY_COST, multiply_to_a, w);
    if (laco_wanted(w->b, w->y))
        laco_ranges(tape->ctx, w->y->size, 16, LACO_MEMORY_COST, multiply_to_b, w);
    return tape->status;
}

laco_var laco_multiply(laco_tape *tape, laco_var a, laco_var b)
{
    laco_var y = pair_result(tape, "multiply", a, b);
    if (!y)
        return NULL;
    pair work = {laco_kernels_of(tape->ctx), a, b, y};
    laco_ranges(tape->ctx, y->size, 16, LACO_MEMORY_COST, multiply_range, &work);
    return laco_finish(tape, y, multiply_backward, &work, sizeof work);
}

/* ---- Scale and sum ---- */

typedef struct scaled {
    const laco_kernels *kernels;
    laco_var x, y;
    laco_real factor;
} scaled;

static void scale_range(const void *work, int64_t begin, int64_t end)
{
    const scaled *w = work;
    for (int64_t i = begin; i < end; i++)
        w->y->data[i] = w->factor * w->x->data[i];
}

static void scale_back_range(const void *work, int64_t begin, int64_t end)
{
    const scaled *w = work;
    w->kernels->axpy(end - begin, w->factor, w->y->grad + begin, w->x->grad + begin);
}

static laco_status scale_backward(laco_tape *tape, void *saved)
{
    const scaled *w = saved;
    if (laco_wanted(w->x, w->y))
        laco_ranges(tape->ctx, w->x->size, 16, LACO_MEMORY_COST, scale_back_range, w);
    return tape->status;
}

laco_var laco_scale(laco_tape *tape, laco_var x, double factor)
{
    laco_var y = laco_operand(tape, x) ? laco_var_like(tape, x, x->needs_grad) : NULL;
    if (!y)
        return NULL;
    scaled work = {laco_kernels_of(tape->ctx), x, y, (laco_real)factor};
    laco_ranges(tape->ctx, x->size, 16, LACO_MEMORY_COST, scale_range, &work);
    return laco_finish(tape, y, scale_backward, &work, sizeof work);
}

static double sum_range(const void *work, int64_t begin, int64_t end)
{
    const laco_real *x = work;
    double sum = 0;
    for (int64_t i = begin; i < end; i++)
        sum += (double)x[i];
    return sum;
}

typedef struct sum_saved {
    laco_var x, y;
} sum_saved;

static void spread_range(const void *work, int64_t begin, int64_t end)
{
    const sum_saved *s = work;
    laco_real dy = s->y->grad[0];
    for (int64_t i = begin; i < end; i++)
        s->x->grad[i] += dy;
}

static laco_status sum_backward(laco_tape *tape, void *saved)
{
    const sum_saved *s = saved;
    if (laco_wanted(s->x, s->y))
        laco_ranges(tape->ctx, s->x->size, 16, LACO_MEMORY_COST, spread_range, s);
    return tape->status;
}

laco_var laco_sum(laco_tape *tape, laco_var x)
{
    const laco_real *data = laco_operand(tape, x);
    laco_var y = data ? laco_var_new(tape, 0, NULL, x->needs_grad) : NULL;
    double sum;
    if (!y)
        return NULL;
    laco_status status = laco_ranges_sum(&tape->arena, x->size, 4096, LACO_MEMORY_COST, sum_range, data, &sum);
    if (status < 0)
        return laco_tape_fail(tape, status);
    y->data[0] = (laco_real)sum;
    return laco_finish(tape, y, sum_backward, &(sum_saved){x, y}, sizeof(sum_saved));
}
