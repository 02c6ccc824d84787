/* The loss of connectionist temporal classification on a tape. */
#include "op/ctc.h"

#include "laco/nn.h"
#include "nn/operation.h"

#include <math.h>

typedef struct ctc_saved {
    laco_ctc c;
    laco_var x, y;
    double *alpha, *log_p, *factor; /* factor [B]: what −log p_b counts in the loss */
    int64_t states;                 /* of the longest string */
} ctc_saved;

/* Copies the lengths of sequences and strings into starts and rows, checked. */
static laco_status take_lengths(laco_tape *tape, const int32_t *lengths, const int32_t *target_lengths, ctc_saved *s)
{
    laco_ctc *c = &s->c;
    int32_t *kept = laco_arena_alloc(&tape->arena, (size_t)c->B, sizeof *kept);
    int64_t *starts = laco_arena_zeroed(&tape->arena, (size_t)c->B + 1, sizeof *starts),
            *rows = laco_arena_zeroed(&tape->arena, (size_t)c->B + 1, sizeof *rows);
    if (!kept || !starts || !rows)
        return LACO_NO_MEMORY;
    for (int64_t b = 0; b < c->B; b++) {
        kept[b] = lengths ? lengths[b] : (int32_t)c->T;
        if (kept[b] < 0 || kept[b] > c->T || target_lengths[b] < 0)
            return laco_fail(tape->ctx, LACO_INVALID,
                             "ctc_loss: length %d of sequence %lld is not within 0 … %lld, or its %d targets are below 0",
                             (int)kept[b], (long long)b, (long long)c->T, (int)target_lengths[b]);
        starts[b + 1] = starts[b] + target_lengths[b];
        int64_t states = 2 * (int64_t)target_lengths[b] + 1, cells;
        if (__builtin_mul_overflow(states, (int64_t)kept[b], &cells) || __builtin_add_overflow(rows[b], cells, &rows[b + 1]))
            return laco_fail(tape->ctx, LACO_NO_MEMORY, "ctc_loss: %lld targets are too many", (long long)starts[b + 1]);
        s->states = LACO_MAX(s->states, states);
    }
    c->lengths = kept;
    c->starts = starts;
    c->rows = rows;
    return LACO_OK;
}

static laco_status take_targets(laco_tape *tape, const int32_t *targets, ctc_saved *s)
{
    laco_ctc *c = &s->c;
    int64_t count = c->starts[c->B];
    int32_t *kept = laco_arena_alloc(&tape->arena, (size_t)count, sizeof *kept);
    if (!kept)
        return LACO_NO_MEMORY;
    for (int64_t i = 0; i < count; i++) {
        kept[i] = targets[i];
        if (kept[i] < 0 || kept[i] >= c->K || kept[i] == c->blank)
            return laco_fail(tape->ctx, LACO_INVALID, "ctc_loss: target %d at place %lld is not within 0 … %lld, or is the blank",
                             (int)kept[i], (long long)i, (long long)c->K - 1);
    }
    c->targets = kept;
    return LACO_OK;
}

static laco_status prepare(laco_tape *tape, laco_var x, const int32_t *lengths, const int32_t *targets,
                           const int32_t *target_lengths, int32_t blank, ctc_saved *s)
{
    if (!laco_operand(tape, x))
        return laco_tape_status(tape);
    if (x->ndim != 3 || x->shape[2] < 1 || x->shape[0] > INT32_MAX)
        return laco_fail(tape->ctx, LACO_INVALID, "ctc_loss: x is %s; [T][B][K] is needed", laco_var_show(x).text);
    if (blank < 0 || blank >= x->shape[2])
        return laco_fail(tape->ctx, LACO_INVALID, "ctc_loss: the blank %d is not within 0 … %lld", (int)blank,
                         (long long)x->shape[2] - 1);
    *s = (ctc_saved){.x = x, .c = {.T = x->shape[0], .B = x->shape[1], .K = x->shape[2], .x = x->data, .blank = blank}};
    LACO_TRY(take_lengths(tape, lengths, target_lengths, s));
    LACO_TRY(take_targets(tape, targets, s));
    s->alpha = laco_arena_alloc(&tape->arena, (size_t)s->c.rows[s->c.B], sizeof *s->alpha);
    s->log_p = laco_arena_alloc(&tape->arena, (size_t)s->c.B, sizeof *s->log_p);
    s->factor = laco_arena_alloc(&tape->arena, (size_t)s->c.B, sizeof *s->factor);
    s->y = s->alpha && s->log_p && s->factor ? laco_var_new(tape, 0, NULL, x->needs_grad) : NULL;
    return s->y ? LACO_OK : LACO_NO_MEMORY;
}

static laco_status ctc_backward(laco_tape *tape, void *saved)
{
    ctc_saved *s = saved;
    if (!laco_wanted(s->x, s->y))
        return tape->status;
    laco_arena_mark mark = laco_arena_save(&tape->arena);
    size_t room;
    double *beta =
        laco_mul_fits((size_t)s->c.B, 2 * (size_t)s->states, &room) ? laco_arena_alloc(&tape->arena, room, sizeof *beta) : NULL;
    if (!beta)
        return LACO_NO_MEMORY;
    for (int64_t b = 0; b < s->c.B; b++)
        s->factor[b] *= (double)s->y->grad[0];
    laco_ctc_backward(tape->ctx, &s->c, s->alpha, s->log_p, s->factor, s->states, beta, s->x->grad);
    laco_arena_rewind(&tape->arena, mark);
    return tape->status;
}

laco_var laco_ctc_loss(laco_tape *tape, laco_var x, const int32_t *lengths, const int32_t *targets, const int32_t *target_lengths,
                       const laco_ctc_config *config)
{
    const laco_ctc_config none = {0};
    ctc_saved s = {0};
    double sum = 0;
    if (!config)
        config = &none;
    laco_status status = prepare(tape, x, lengths, targets, target_lengths, config->blank, &s);
    if (status < 0)
        return laco_tape_fail(tape, status);
    laco_ctc_forward(tape->ctx, &s.c, s.alpha, s.log_p);
    for (int64_t b = 0; b < s.c.B; b++) {
        int64_t labels = LACO_MAX(s.c.starts[b + 1] - s.c.starts[b], (int64_t)1);
        s.factor[b] = config->reduction == LACO_SUM ? 1 : 1 / ((double)labels * (double)s.c.B);
        if (!config->zero_infinity || s.log_p[b] != -INFINITY)
            sum -= s.factor[b] * s.log_p[b];
    }
    s.y->data[0] = (laco_real)sum;
    return laco_finish(tape, s.y, ctc_backward, &s, sizeof s);
}
