/* A conditional random field over the scores of a tagger: its parameters, its loss on a tape, its best path. */
#include "nn/crf.h"

#include "base/grow.h"
#include "laco/nn.h"
#include "op/crf.h"
#include "nn/module.h"
#include "nn/operation.h"

#include <math.h>
#include <string.h>

struct laco_crf {
    laco_layer layer;
    int64_t K;
    laco_param *transitions, *start, *end;
    bool apart;       /* what is added to gradients is kept addend for addend: [K][K] by transitions, */
    laco_real *terms; /* and of each sequence [K] by start and [K] by end */
    size_t room;
    int64_t rows; /* sequences of the last backward pass */
};

static void release_crf(laco_layer *layer) { laco_release(layer->module->ctx, ((laco_crf *)layer)->terms); }

static laco_status add_params(laco_crf *crf, const char *name)
{
    laco_module *module = crf->layer.module;
    int64_t K = crf->K;
    const struct {
        const char *suffix;
        int ndim;
        laco_param **param;
    } list[] = {{"start_transitions", 1, &crf->start}, {"end_transitions", 1, &crf->end}, {"transitions", 2, &crf->transitions}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        LACO_TRY(laco_layer_param(module, name, list[i].suffix, list[i].ndim, (int64_t[]){K, K}, list[i].param));
        laco_param_uniform(module, *list[i].param, 0.1);
    }
    return LACO_OK;
}

laco_status laco_crf_new(laco_module *module, const char *name, int64_t K, laco_crf **out)
{
    if (K < 1 || K > 1 << 15)
        return laco_fail(module->ctx, LACO_INVALID, "crf '%s': %lld tags; within 1 … %d is right", name, (long long)K, 1 << 15);
    size_t mark = module->count;
    laco_crf *crf = laco_layer_alloc(module, sizeof *crf, release_crf);
    if (!crf)
        return LACO_NO_MEMORY;
    crf->K = K;
    laco_status status = add_params(crf, name);
    if (status < 0) {
        laco_layer_drop(&crf->layer, mark);
        return status;
    }
    laco_layer_keep(&crf->layer);
    *out = crf;
    return LACO_OK;
}

/* ---- The loss ----------------------------------------------------------------------------------------------------------- */

typedef struct crf_saved {
    laco_crf *crf;
    laco_crf_scores scores;
    laco_var x, y;
    double *alpha, *log_z;
    const int32_t *targets;
    double scale;
} crf_saved;

/* x [T][B][K] with lengths into `scores`, lengths copied; false where the tape has failed. */
static bool take_scores(laco_tape *tape, const laco_crf *crf, laco_var x, const int32_t *lengths, laco_crf_scores *scores)
{
    if (!laco_operand(tape, x))
        return false;
    if (x->ndim != 3 || x->shape[2] != crf->K) {
        laco_tape_refuse(tape, "crf: x is %s; [T][B][%lld] is needed", laco_var_show(x).text, (long long)crf->K);
        return false;
    }
    int64_t T = x->shape[0], B = x->shape[1];
    int32_t *kept = laco_arena_alloc(&tape->arena, (size_t)B, sizeof *kept);
    if (!kept) {
        laco_tape_fail(tape, LACO_NO_MEMORY);
        return false;
    }
    for (int64_t b = 0; b < B; b++) {
        kept[b] = lengths ? lengths[b] : (int32_t)T;
        if (kept[b] < 0 || kept[b] > T) {
            laco_tape_refuse(tape, "crf: length %d of sequence %lld is not within 0 … %lld", (int)kept[b], (long long)b,
                             (long long)T);
            return false;
        }
    }
    *scores = (laco_crf_scores){T, B, crf->K, kept, x->data, crf->transitions->value, crf->start->value, crf->end->value};
    return true;
}

/* Copies the targets, checked where they count; NULL: the tape has failed. */
static const int32_t *take_targets(laco_tape *tape, const laco_crf_scores *s, const int32_t *targets)
{
    int32_t *kept = laco_arena_zeroed(&tape->arena, (size_t)(s->T * s->B), sizeof *kept);
    if (!kept)
        laco_tape_fail(tape, LACO_NO_MEMORY);
    for (int64_t b = 0; kept && b < s->B; b++)
        for (int64_t t = 0; t < s->lengths[b]; t++) {
            int32_t tag = kept[t * s->B + b] = targets[t * s->B + b];
            if (tag < 0 || tag >= s->K) {
                laco_tape_refuse(tape, "crf: tag %d at step %lld of sequence %lld is not within 0 … %lld", (int)tag, (long long)t,
                                 (long long)b, (long long)s->K - 1);
                return NULL;
            }
        }
    return kept;
}

/* Gradients by start and end go to rows of `terms`. */
static laco_status add_apart(laco_crf *crf, int64_t rows, laco_crf_gradients *gradients)
{
    size_t K = (size_t)crf->K, count = K * K + (size_t)rows * 2 * K;
    LACO_TRY(laco_grow(crf->layer.module->ctx, &crf->terms, &crf->room, count, sizeof *crf->terms));
    memset(crf->terms, 0, count * sizeof *crf->terms);
    crf->rows = rows;
    gradients->start = crf->terms + K * K;
    gradients->end = gradients->start + K;
    gradients->apart = (int64_t)(2 * K);
    return LACO_OK;
}

static laco_status crf_backward(laco_tape *tape, void *saved)
{
    crf_saved *s = saved;
    laco_crf *crf = s->crf;
    if (!s->y->grad)
        return LACO_OK;
    laco_crf_gradients gradients = {laco_wanted(s->x, s->y) ? s->x->grad : NULL, crf->transitions->grad, crf->start->grad,
                                    crf->end->grad, 0};
    laco_arena_mark mark = laco_arena_save(&tape->arena);
    size_t K = (size_t)s->scores.K;
    if (crf->apart)
        LACO_TRY(add_apart(crf, s->scores.B, &gradients));
    double *beta = laco_arena_alloc(&tape->arena, (size_t)s->x->size, sizeof *beta),
           *rows = laco_arena_alloc(&tape->arena, K * K, sizeof *rows);
    if (!beta || !rows)
        return LACO_NO_MEMORY;
    if (tape->status == LACO_OK)
        laco_crf_backward(tape->ctx, &s->scores, s->alpha, s->log_z, s->targets, (double)s->y->grad[0] * s->scale, beta, rows,
                          &gradients);
    laco_arena_rewind(&tape->arena, mark);
    return tape->status;
}

laco_var laco_crf_loss(laco_tape *tape, laco_crf *crf, laco_var x, const int32_t *targets, const int32_t *lengths,
                       laco_reduction reduction)
{
    crf_saved s = {.crf = crf, .x = x};
    double sum = 0;
    int64_t steps = 0;
    if (!take_scores(tape, crf, x, lengths, &s.scores) || !(s.targets = take_targets(tape, &s.scores, targets)))
        return NULL;
    s.alpha = laco_arena_alloc(&tape->arena, (size_t)x->size, sizeof *s.alpha);
    s.log_z = laco_arena_alloc(&tape->arena, (size_t)s.scores.B, sizeof *s.log_z);
    s.y = s.alpha && s.log_z ? laco_var_new(tape, 0, NULL, true) : NULL;
    if (!s.y)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    laco_crf_forward(tape->ctx, &s.scores, s.alpha, s.log_z);
    for (int64_t b = 0; b < s.scores.B; b++) {
        sum += s.log_z[b] - laco_crf_path(&s.scores, b, s.targets);
        steps += s.scores.lengths[b];
    }
    s.scale = reduction == LACO_SUM ? 1 : steps > 0 ? 1 / (double)steps : 0;
    s.y->data[0] = (laco_real)(sum * s.scale);
    return laco_finish(tape, s.y, crf_backward, &s, sizeof s);
}

/* ---- Addend for addend -------------------------------------------------------------------------------------------------- */

void laco_crf_keep_apart(laco_crf *crf, bool apart) { crf->apart = apart; }

laco_status laco_crf_take_terms(laco_crf *crf, const laco_real **terms, int64_t *count)
{
    size_t K = (size_t)crf->K;
    *count = crf->K * crf->K + crf->rows * 2 * crf->K;
    LACO_TRY(laco_grow(crf->layer.module->ctx, &crf->terms, &crf->room, (size_t)*count, sizeof *crf->terms));
    memcpy(crf->terms, crf->transitions->grad, K * K * sizeof *crf->terms);
    memset(crf->transitions->grad, 0, K * K * sizeof *crf->terms);
    crf->rows = 0;
    *terms = crf->terms;
    return LACO_OK;
}

void laco_crf_add_terms(laco_crf *crf, const laco_real *terms, int64_t count)
{
    int64_t K = crf->K;
    for (int64_t i = 0; i < K * K; i++)
        crf->transitions->grad[i] += terms[i];
    for (int64_t at = K * K; at + 2 * K <= count; at += 2 * K)
        for (int64_t k = 0; k < K; k++) {
            crf->start->grad[k] += terms[at + k];
            crf->end->grad[k] += terms[at + K + k];
        }
}

/* ---- The best path ------------------------------------------------------------------------------------------------------ */

/* Scores with −∞ for what is forbidden: row 0 of `forbidden` for the first tag, row 1 + j for what follows tag j. */
static bool forbid(laco_tape *tape, laco_crf_scores *s, const bool *forbidden)
{
    size_t K = (size_t)s->K;
    laco_real *copy = laco_arena_alloc(&tape->arena, (K + 1) * K, sizeof *copy);
    if (!copy) {
        laco_tape_fail(tape, LACO_NO_MEMORY);
        return false;
    }
    memcpy(copy, s->start, K * sizeof *copy);
    memcpy(copy + K, s->transitions, K * K * sizeof *copy);
    for (size_t i = 0; i < (K + 1) * K; i++)
        copy[i] = forbidden[i] ? -(laco_real)INFINITY : copy[i];
    s->start = copy;
    s->transitions = copy + K;
    return true;
}

laco_status laco_crf_decode(laco_tape *tape, laco_crf *crf, laco_var x, const int32_t *lengths, const bool *forbidden,
                            int32_t *tags)
{
    laco_crf_scores s;
    if (!take_scores(tape, crf, x, lengths, &s) || (forbidden && !forbid(tape, &s, forbidden)))
        return laco_tape_status(tape);
    int32_t *back = laco_arena_alloc(&tape->arena, (size_t)x->size, sizeof *back);
    double *best = laco_arena_alloc(&tape->arena, (size_t)(2 * s.B * s.K), sizeof *best);
    if (!back || !best) {
        laco_tape_fail(tape, LACO_NO_MEMORY);
        return LACO_NO_MEMORY;
    }
    laco_crf_viterbi(tape->ctx, &s, back, best, tags);
    return LACO_OK;
}
