/* One row from all valid steps of a sequence: their mean, or the largest of each feature. */
#include "laco/nn.h"

#include "nn/operation.h"
#include "op/ranges.h"

#include <string.h>

typedef struct pool_saved {
    laco_var x, y;
    const int32_t *lengths; /* [B] */
    int32_t *step;          /* [B][F] where the largest stands; NULL: the mean */
} pool_saved;

/* y += x */
static void add_step(int64_t F, const laco_real *restrict x, laco_real *restrict y)
{
    for (int64_t f = 0; f < F; f++)
        y[f] += x[f];
}

/* y = the larger of both, and where that is x, step = t: without a branch, so that it is done by vectors. */
static void larger_of_step(int64_t F, int32_t t, const laco_real *restrict x, laco_real *restrict y, int32_t *restrict step)
{
    for (int64_t f = 0; f < F; f++) {
        int32_t more = -(x[f] > y[f]); /* all bits or none: with a choice of values GCC makes branches of it */
        y[f] = x[f] > y[f] ? x[f] : y[f];
        step[f] = (t & more) | (step[f] & ~more);
    }
}

/* Sequences begin … end-1, forwards. */
static void pool_range(const void *work, int64_t begin, int64_t end)
{
    const pool_saved *s = work;
    int64_t B = s->x->shape[1], F = s->x->shape[2];
    for (int64_t b = begin; b < end; b++) {
        laco_real *y = s->y->data + b * F;
        const laco_real *x = s->x->data + b * F;
        memset(y, 0, (size_t)F * sizeof *y);
        if (s->step)
            memset(s->step + b * F, 0, (size_t)F * sizeof *s->step);
        if (s->step && s->lengths[b] > 0)
            memcpy(y, x, (size_t)F * sizeof *y);
        for (int64_t t = s->step ? 1 : 0; t < s->lengths[b]; t++)
            if (s->step)
                larger_of_step(F, (int32_t)t, x + t * B * F, y, s->step + b * F);
            else
                add_step(F, x + t * B * F, y);
        for (int64_t f = 0; f < F && !s->step && s->lengths[b] > 0; f++)
            y[f] /= (laco_real)s->lengths[b];
    }
}

static void pool_back_range(const void *work, int64_t begin, int64_t end)
{
    const pool_saved *s = work;
    int64_t B = s->x->shape[1], F = s->x->shape[2];
    for (int64_t b = begin; b < end; b++) {
        const laco_real *grad = s->y->grad + b * F;
        if (s->step) {
            for (int64_t f = 0; f < F && s->lengths[b] > 0; f++)
                s->x->grad[(s->step[b * F + f] * B + b) * F + f] += grad[f];
            continue;
        }
        for (int64_t t = 0; t < s->lengths[b]; t++)
            for (int64_t f = 0; f < F; f++)
                s->x->grad[(t * B + b) * F + f] += grad[f] / (laco_real)s->lengths[b];
    }
}

static double cost_of(const pool_saved *s) { return LACO_MEMORY_COST * (double)(s->x->shape[0] * s->x->shape[2]); }

static laco_status pool_backward(laco_tape *tape, void *saved)
{
    const pool_saved *s = saved;
    if (laco_wanted(s->x, s->y))
        laco_ranges(tape->ctx, s->x->shape[1], 1, cost_of(s), pool_back_range, s);
    return tape->status;
}

/* The lengths in the tape's memory; NULL: the tape has failed. */
static int32_t *keep_lengths(laco_tape *tape, laco_var x, const int32_t *lengths)
{
    int64_t T = x->shape[0], B = x->shape[1];
    int32_t *kept = laco_arena_alloc(&tape->arena, (size_t)B, sizeof *kept);
    if (!kept)
        laco_tape_fail(tape, LACO_NO_MEMORY);
    for (int64_t b = 0; kept && b < B; b++) {
        kept[b] = lengths ? lengths[b] : (int32_t)T;
        if (kept[b] < 0 || kept[b] > T) {
            laco_tape_refuse(tape, "pool: length %d of sequence %lld is not within 0 … %lld, the steps of x", (int)kept[b],
                             (long long)b, (long long)T);
            return NULL;
        }
    }
    return kept;
}

static laco_var pool(laco_tape *tape, laco_var x, const int32_t *lengths, bool largest)
{
    if (!laco_operand(tape, x))
        return NULL;
    if (x->ndim != 3)
        return laco_tape_refuse(tape, "pool: x is %s; [T][B][F] is needed", laco_var_show(x).text);
    int64_t B = x->shape[1], F = x->shape[2];
    pool_saved work = {.x = x, .lengths = keep_lengths(tape, x, lengths)};
    work.y = work.lengths ? laco_var_new(tape, 2, x->shape + 1, x->needs_grad) : NULL;
    if (!work.y)
        return NULL;
    if (largest && !(work.step = laco_arena_alloc(&tape->arena, (size_t)(B * F), sizeof *work.step)))
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    laco_ranges(tape->ctx, B, 1, cost_of(&work), pool_range, &work);
    return laco_finish(tape, work.y, pool_backward, &work, sizeof work);
}

laco_var laco_pool_steps(laco_tape *tape, laco_var x, const int32_t *lengths, laco_step_pool kind)
{
    return kind == LACO_LAST_STEP ? laco_last_step(tape, x, lengths) : pool(tape, x, lengths, kind == LACO_MAX_STEPS);
}
