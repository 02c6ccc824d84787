/* A linear-chain conditional random field over sequences of scores (Lafferty, McCallum, Pereira, ICML 2001).
 *
 * A path y of tags through the n steps of a sequence scores
 *
 *     s(y) = start[y_0] + Σ_t x[t][y_t] + Σ_{t>0} transitions[y_{t-1}][y_t] + end[y_{n-1}]
 *
 * and has the probability exp(s(y)) / Z, Z = Σ exp(s) over all K^n paths, which the forward recursion sums in n·K² steps:
 *
 *     α_0[k] = start[k] + x[0][k],  α_t[k] = x[t][k] + log Σ_j exp(α_{t-1}[j] + transitions[j][k]),  log Z = log Σ_k
 * exp(α_{n-1}[k] + end[k]) β_{n-1}[k] = end[k],          β_t[j] = log Σ_k exp(transitions[j][k] + x[t+1][k] + β_{t+1}[k])
 *
 * Sums are taken in double and in logarithms: no score overflows. A sequence of length 0 has one path, of score 0. */
#ifndef LACO_OP_CRF_H
#define LACO_OP_CRF_H

#include "base/arena.h"

typedef struct laco_crf_scores {
    int64_t T, B, K;
    const int32_t *lengths;       /* [B] 0 … T; NULL: all T */
    const laco_real *x;           /* [T][B][K] */
    const laco_real *transitions; /* [K][K] from the row's tag to the column's */
    const laco_real *start, *end; /* [K] */
} laco_crf_scores;

static inline int64_t laco_crf_length(const laco_crf_scores *s, int64_t b) { return s->lengths ? s->lengths[b] : s->T; }

/* alpha [T][B][K]; log_z [B]. */
void laco_crf_forward(laco_context *ctx, const laco_crf_scores *s, double *alpha, double *log_z);

/* The score s(y) of the path tags[t·B + b] of sequence b. */
double laco_crf_path(const laco_crf_scores *s, int64_t b, const int32_t *tags);

/* Where gradients are added to; NULL: not wanted. */
typedef struct laco_crf_gradients {
    laco_real *x, *transitions, *start, *end;
    int64_t apart; /* elements between what sequences add to start, and to end; 0: they are added up */
} laco_crf_gradients;

/* Adds `factor` times the gradient of Σ_b (log Z_b − s(y_b)). alpha and log_z: from laco_crf_forward; beta [T][B][K] and rows
 * [K][K]: workspace.
 * The gradient by x is the probability of a tag at its step (less 1 for the right one), that by transitions the expected number
 * of times that each is taken (less how often the right path takes it). */
void laco_crf_backward(laco_context *ctx, const laco_crf_scores *s, const double *alpha, const double *log_z, const int32_t *tags,
                       double factor, double *beta, double *rows, const laco_crf_gradients *gradients);

/* The best path of each sequence (Viterbi) into tags [T][B]; past the end of a sequence it is not written. Scores may be −∞: what
 * must not happen. Ties go to the lower tag. back [T][B][K] and best [B][2][K] are workspace. */
void laco_crf_viterbi(laco_context *ctx, const laco_crf_scores *s, int32_t *back, double *best, int32_t *tags);

#endif
