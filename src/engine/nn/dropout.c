#include "op/dropout.h"

#include "kernel/kernel.h"
#include "laco/nn.h"
#include "nn/operation.h"
#include "op/ranges.h"

/* Cost of one element, in multiply-adds: ten rounds for four numbers. */
#define DROPOUT_COST 60.0

/* `steps` slices of as many elements as the mask has. */
typedef struct drop_work {
    const laco_kernels *kernels;
    uint64_t seed, stream;
    double p;
    int64_t steps, slice;
    const laco_real *x;
    laco_real *mask, *y;
} drop_work;

static void drop(const void *work, int64_t begin, int64_t end)
{
    const drop_work *w = work;
    laco_dropout_mask(w->seed, w->stream, begin, end - begin, w->p, w->mask + begin);
    for (int64_t t = 0; t < w->steps; t++)
        w->kernels->multiply(end - begin, w->x + t * w->slice + begin, w->mask + begin, w->y + t * w->slice + begin);
}

typedef struct dropout_saved {
    laco_var x, y;
    const laco_real *mask;
    int64_t steps, slice;
} dropout_saved;

static void drop_back(const void *work, int64_t begin, int64_t end)
{
    const dropout_saved *s = work;
    const laco_real *mask = s->mask;
    for (int64_t t = 0; t < s->steps; t++) {
        const laco_real *dy = s->y->grad + t * s->slice;
        laco_real *dx = s->x->grad + t * s->slice;
        for (int64_t i = begin; i < end; i++)
            dx[i] += mask[i] * dy[i];
    }
}

static laco_status dropout_backward(laco_tape *tape, void *saved)
{
    const dropout_saved *s = saved;
    if (laco_wanted(s->x, s->y))
        laco_ranges(tape->ctx, s->slice, 16, LACO_MEMORY_COST * (double)s->steps, drop_back, s);
    return tape->status;
}

/* One mask for each slice of the first dimension (`same`), or one mask for all of x. */
static laco_var apply(laco_tape *tape, laco_var x, double p, bool training, bool same)
{
    if (!laco_tape_ready(tape, x))
        return NULL;
    if (!(p >= 0 && p <= 1))
        return laco_tape_refuse(tape, "dropout of %g: a probability from 0 to 1 is needed", p);
    if (!training || p == 0)
        return x;
    const laco_real *data = laco_var_fetch(x);
    laco_var y = data ? laco_var_like(tape, x, x->needs_grad) : NULL;
    if (!y)
        return NULL;
    int64_t steps = same && x->ndim > 0 ? LACO_MAX(x->shape[0], 1) : 1, slice = x->size / steps;
    laco_real *mask = laco_arena_alloc(&tape->arena, (size_t)slice, sizeof *mask);
    if (!mask)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    drop_work work = {laco_kernels_of(tape->ctx), tape->seed, laco_tape_next_mask(tape), p, steps, slice, data, mask, y->data};
    laco_ranges(tape->ctx, slice, 16, DROPOUT_COST + LACO_MEMORY_COST * (double)steps, drop, &work);
    return laco_finish(tape, y, dropout_backward, &(dropout_saved){x, y, mask, steps, slice}, sizeof(dropout_saved));
}

laco_var laco_dropout(laco_tape *tape, laco_var x, double p, bool training) { return apply(tape, x, p, training, false); }
laco_var laco_variational_dropout(laco_tape *tape, laco_var x, double p, bool training)
{
    return apply(tape, x, p, training, true);
}
