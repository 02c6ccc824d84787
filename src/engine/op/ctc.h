/* Connectionist temporal classification (Graves, Fernández, Gomez, Schmidhuber, ICML 2006): the probability of a string of labels
 * under the probabilities of each label, or a blank, at each step, summed over all ways to stretch the string over the steps.
 *
 * The string l of S labels is written with a blank before, between and after: l' of 2S + 1 states. A way through starts in state
 * 0 or 1, stays, goes on by one, or by two where that leaves out a blank between different labels, and ends in one of the last
 * two:
 *
 *     α_t[s] = x_t[l'_s] + log Σ_{r ≤ s} exp α_{t-1}[r]                β_t[s] = log Σ_{r ≥ s} exp(β_{t+1}[r] + x_{t+1}[l'_r])
 *     log p(l) = log(exp α_{n-1}[2S] + exp α_{n-1}[2S - 1])            ∂ log p / ∂ x_t[k] = Σ_{s: l'_s = k} exp(α_t[s] + β_t[s] -
 * log p)
 *
 * All of it is in logarithms and in double. */
#ifndef LACO_OP_CTC_H
#define LACO_OP_CTC_H

#include "base/arena.h"

typedef struct laco_ctc {
    int64_t T, B, K;
    const laco_real *x; /* [T][B][K] log-probabilities */
    int32_t blank;
    const int32_t *lengths; /* [B] 0 … T steps */
    const int32_t *targets; /* string b is targets[starts[b]] … targets[starts[b + 1] - 1] */
    const int64_t *starts;  /* [B + 1] */
    const int64_t *rows;    /* [B + 1] sequence b has alpha[rows[b]] … alpha[rows[b + 1] - 1], [lengths[b]][2S + 1] */
} laco_ctc;

/* States of string b. */
static inline int64_t laco_ctc_states(const laco_ctc *c, int64_t b) { return 2 * (c->starts[b + 1] - c->starts[b]) + 1; }

/* alpha [rows[B]]; log_p [B] the logarithm of each string's probability: −∞ where it does not fit into its steps. */
LACO_SHARED void laco_ctc_forward(laco_context *ctx, const laco_ctc *c, double *alpha, double *log_p);

/* Adds to dx the gradient of Σ_b factor[b] · (−log p_b); a string of probability 0 adds nothing. beta [B][2][states], `states`
 * those of the longest string: workspace. */
void laco_ctc_backward(laco_context *ctx, const laco_ctc *c, const double *alpha, const double *log_p, const double *factor,
                       int64_t states, double *beta, laco_real *dx);

#endif
