#include "op/crf.h"

#include "op/ranges.h"

#include <math.h>

#define EXP_COST 16.0 /* of one exp, in multiply-adds */

typedef struct crf_work {
    const laco_crf_scores *s;
    double *alpha, *beta, *log_z;
    const double *known_alpha, *known_log_z;
    const int32_t *tags;
    double factor;
    const laco_crf_gradients *gradients;
    double *rows; /* [K][K] sums of the gradient by transitions */
    int32_t *back, *path;
    double *best;
} crf_work;

static int64_t at(const laco_crf_scores *s, int64_t t, int64_t b) { return (t * s->B + b) * s->K; }

/* log Σ_j exp(a[j] + w[j·stride]), and that of a alone where w is NULL. */
static double log_sum(int64_t K, const double *a, const laco_real *w, int64_t stride)
{
    double most = -INFINITY, sum = 0;
    for (int64_t j = 0; j < K; j++)
        most = fmax(most, a[j] + (w ? (double)w[j * stride] : 0));
    if (isinf(most))
        return most;
    for (int64_t j = 0; j < K; j++)
        sum += exp(a[j] + (w ? (double)w[j * stride] : 0) - most);
    return most + log(sum);
}

/* Work of a pass over a sequence, in multiply-adds. */
static double sequence_cost(const laco_crf_scores *s) { return EXP_COST * (double)(s->T * s->K * s->K); }

/* ---- Forward ------------------------------------------------------------------------------------------------------------ */

static void forward_sequence(const crf_work *w, int64_t b)
{
    const laco_crf_scores *s = w->s;
    int64_t K = s->K, n = laco_crf_length(s, b);
    w->log_z[b] = 0;
    for (int64_t t = 0; t < n; t++) {
        double *alpha = w->alpha + at(s, t, b);
        const double *before = t > 0 ? w->alpha + at(s, t - 1, b) : NULL;
        const laco_real *x = s->x + at(s, t, b);
        for (int64_t k = 0; k < K; k++)
            alpha[k] = (double)x[k] + (before ? log_sum(K, before, s->transitions + k, K) : (double)s->start[k]);
    }
    if (n > 0)
        w->log_z[b] = log_sum(K, w->alpha + at(s, n - 1, b), s->end, 1);
}

static void forward_range(const void *work, int64_t begin, int64_t end)
{
    for (int64_t b = begin; b < end; b++)
        forward_sequence(work, b);
}

void laco_crf_forward(laco_context *ctx, const laco_crf_scores *s, double *alpha, double *log_z)
{
    crf_work work = {.s = s, .alpha = alpha, .log_z = log_z};
    laco_ranges(ctx, s->B, 1, sequence_cost(s), forward_range, &work);
}

double laco_crf_path(const laco_crf_scores *s, int64_t b, const int32_t *tags)
{
    int64_t n = laco_crf_length(s, b);
    double score = 0;
    for (int64_t t = 0; t < n; t++) {
        int32_t tag = tags[t * s->B + b];
        score += (double)s->x[at(s, t, b) + tag];
        score += (double)(t > 0 ? s->transitions[tags[(t - 1) * s->B + b] * s->K + tag] : s->start[tag]);
    }
    return n > 0 ? score + (double)s->end[tags[(n - 1) * s->B + b]] : 0;
}

/* ---- Backward ----------------------------------------------------------------------------------------------------------- */

/* β of a step from that of the next one, whose place takes β_{t+1} + x_{t+1}: nobody needs it alone any more. */
static void beta_step(const laco_crf_scores *s, const laco_real *x_next, double *next, double *beta)
{
    for (int64_t k = 0; k < s->K; k++)
        next[k] += (double)x_next[k];
    for (int64_t j = 0; j < s->K; j++)
        beta[j] = log_sum(s->K, next, s->transitions + j * s->K, 1);
}

/* β of all steps (in the end β_t + x_t for t > 0, and β_0), and on the way the gradient by x. */
static void backward_sequence(const crf_work *w, int64_t b)
{
    const laco_crf_scores *s = w->s;
    int64_t K = s->K, n = laco_crf_length(s, b);
    for (int64_t t = n - 1; t >= 0; t--) {
        double *beta = w->beta + at(s, t, b), *next = t + 1 < n ? w->beta + at(s, t + 1, b) : NULL;
        const double *alpha = w->known_alpha + at(s, t, b);
        laco_real *dx = w->gradients->x ? w->gradients->x + at(s, t, b) : NULL;
        if (next)
            beta_step(s, s->x + at(s, t + 1, b), next, beta);
        for (int64_t k = 0; k < K; k++) {
            beta[k] = next ? beta[k] : (double)s->end[k];
            if (dx)
                dx[k] += (laco_real)(w->factor * exp(alpha[k] + beta[k] - w->known_log_z[b]));
        }
        if (dx)
            dx[w->tags[t * s->B + b]] -= (laco_real)w->factor;
    }
}

static void backward_range(const void *work, int64_t begin, int64_t end)
{
    for (int64_t b = begin; b < end; b++)
        backward_sequence(work, b);
}

/* What sequence b adds to the expected uses of the transitions from tag j, and takes away for its right path. */
static void count_transitions(const crf_work *w, int64_t j, int64_t b, double *row)
{
    const laco_crf_scores *s = w->s;
    int64_t K = s->K, n = laco_crf_length(s, b);
    for (int64_t t = 1; t < n; t++) {
        const double *ahead = w->beta + at(s, t, b);
        double from = w->known_alpha[at(s, t - 1, b) + j] - w->known_log_z[b];
        for (int64_t k = 0; k < K; k++)
            row[k] += exp(from + (double)s->transitions[j * K + k] + ahead[k]);
        if (w->tags[(t - 1) * s->B + b] == j)
            row[w->tags[t * s->B + b]] -= 1;
    }
}

/* Rows of transitions apart, each over all sequences in order: the sum does not depend on threads. */
static void transition_rows(const void *work, int64_t begin, int64_t end)
{
    const crf_work *w = work;
    int64_t K = w->s->K;
    for (int64_t j = begin; j < end; j++) {
        double *row = w->rows + j * K;
        for (int64_t k = 0; k < K; k++)
            row[k] = 0;
        for (int64_t b = 0; b < w->s->B; b++)
            count_transitions(w, j, b, row);
        for (int64_t k = 0; k < K; k++)
            w->gradients->transitions[j * K + k] += (laco_real)(w->factor * row[k]);
    }
}

/* start and end: probabilities of the first and last tags, less the right ones. */
static void edge_gradients(const crf_work *w)
{
    const laco_crf_scores *s = w->s;
    for (int64_t b = 0; b < s->B; b++) {
        int64_t n = laco_crf_length(s, b), apart = b * w->gradients->apart;
        if (n == 0)
            continue;
        const double *first = w->known_alpha + at(s, 0, b), *beta = w->beta + at(s, 0, b),
                     *last = w->known_alpha + at(s, n - 1, b);
        for (int64_t k = 0; k < s->K; k++) {
            if (w->gradients->start)
                w->gradients->start[apart + k] +=
                    (laco_real)(w->factor * (exp(first[k] + beta[k] - w->known_log_z[b]) - (w->tags[b] == k)));
            if (w->gradients->end)
                w->gradients->end[apart + k] += (laco_real)(w->factor * (exp(last[k] + (double)s->end[k] - w->known_log_z[b]) -
                                                                         (w->tags[(n - 1) * s->B + b] == k)));
        }
    }
}

void laco_crf_backward(laco_context *ctx, const laco_crf_scores *s, const double *alpha, const double *log_z, const int32_t *tags,
                       double factor, double *beta, double *rows, const laco_crf_gradients *gradients)
{
    crf_work work = {.s = s,
                     .known_alpha = alpha,
                     .known_log_z = log_z,
                     .tags = tags,
                     .factor = factor,
                     .beta = beta,
                     .rows = rows,
                     .gradients = gradients};
    laco_ranges(ctx, s->B, 1, sequence_cost(s), backward_range, &work);
    if (gradients->transitions)
        laco_ranges(ctx, s->K, 1, EXP_COST * (double)(s->T * s->B * s->K), transition_rows, &work);
    if (gradients->start || gradients->end)
        edge_gradients(&work);
}

/* ---- The best path ------------------------------------------------------------------------------------------------------ */

/* best[now] of step t from best[1 - now] of the step before. */
static void viterbi_step(const crf_work *w, int64_t b, int64_t t, const double *before, double *now)
{
    const laco_crf_scores *s = w->s;
    int64_t K = s->K;
    for (int64_t k = 0; k < K; k++) {
        int64_t from = 0;
        double most = -INFINITY;
        for (int64_t j = 0; j < K; j++) {
            double score = before[j] + (double)s->transitions[j * K + k];
            from = score > most ? j : from;
            most = score > most ? score : most;
        }
        now[k] = most + (double)s->x[at(s, t, b) + k];
        w->back[at(s, t, b) + k] = (int32_t)from;
    }
}

static void viterbi_sequence(const crf_work *w, int64_t b)
{
    const laco_crf_scores *s = w->s;
    int64_t K = s->K, n = laco_crf_length(s, b), best = 0;
    double *row[2] = {w->best + b * 2 * K, w->best + (b * 2 + 1) * K};
    if (n == 0)
        return;
    for (int64_t k = 0; k < K; k++)
        row[0][k] = (double)s->start[k] + (double)s->x[at(s, 0, b) + k];
    for (int64_t t = 1; t < n; t++)
        viterbi_step(w, b, t, row[(t - 1) % 2], row[t % 2]);
    const double *last = row[(n - 1) % 2];
    for (int64_t k = 1; k < K; k++)
        best = last[k] + (double)s->end[k] > last[best] + (double)s->end[best] ? k : best;
    for (int64_t t = n - 1; t >= 0; t--) {
        w->path[t * s->B + b] = (int32_t)best;
        best = t > 0 ? w->back[at(s, t, b) + best] : 0;
    }
}

static void viterbi_range(const void *work, int64_t begin, int64_t end)
{
    for (int64_t b = begin; b < end; b++)
        viterbi_sequence(work, b);
}

void laco_crf_viterbi(laco_context *ctx, const laco_crf_scores *s, int32_t *back, double *best, int32_t *tags)
{
    crf_work work = {.s = s, .back = back, .best = best, .path = tags};
    laco_ranges(ctx, s->B, 1, 2.0 * (double)(s->T * s->K * s->K), viterbi_range, &work);
}
