/* Losses over whole tensors. Every sum is taken in double and in one fixed order. */
#ifndef LACO_OP_LOSS_H
#define LACO_OP_LOSS_H

#include "base/arena.h"
#include "kernel/kernel.h"

/* Negative log-likelihood of classes with weights w (1 where class_weights is NULL) and label smoothing s, as torch's: row r
 * with target t adds
 *
 *     (1 − s)·w_t·(−lp_t) + s/K · Σ_k w_k·(−lp_k)          lp: log-probabilities
 *
 * and a row that does not count nothing. The mean divides by the sum of the w_t of the rows that count; where that is 0 (no
 * row counts) torch gives NaN, and here the loss is 0 and so is its gradient: a batch of padding must not spoil a training. */
typedef struct laco_class_loss {
    int64_t rows, K;
    const int32_t *target;          /* [rows] 0 … K-1, or -1: does not count */
    const laco_real *class_weights; /* [K] or NULL */
    double smoothing;
    bool mean;
} laco_class_loss;

/* lp [rows][K] to *value, the loss, and *scale, by which the sum over rows was multiplied. Workspace is given back. */
laco_status laco_class_loss_forward(laco_arena *arena, const laco_class_loss *loss, const laco_real *lp, double *value,
                                    double *scale);

/* Adds the gradient by lp, times `gradient` (that of the loss times its scale), to dlp. Without smoothing. */
void laco_nll_backward(const laco_class_loss *loss, double gradient, laco_real *dlp);

/* The same by what lp is the log-softmax of. lp is overwritten. */
void laco_cross_entropy_backward(laco_context *ctx, const laco_class_loss *loss, double gradient, laco_real *lp, laco_real *dx);

/* *sum = Σ (x − target)² over n elements; and back: dx += 2·gradient·(x − target), dtarget the opposite; NULL: not wanted. */
laco_status laco_squared_error_forward(laco_arena *arena, int64_t n, const laco_real *x, const laco_real *target, double *sum);
void laco_squared_error_backward(laco_context *ctx, int64_t n, const laco_real *x, const laco_real *target, double gradient,
                                 laco_real *dx, laco_real *dtarget);

/* *sum = Σ max(q·e, (q − 1)·e), e = target − x, over rows of x [rows][Q] with one target each; and back, added to dx and dtarget.
 */
laco_status laco_quantile_forward(laco_arena *arena, int64_t rows, int64_t Q, const double *quantiles, const laco_real *x,
                                  const laco_real *target, double *sum);
void laco_quantile_backward(laco_context *ctx, int64_t rows, int64_t Q, const double *quantiles, const laco_real *x,
                            const laco_real *target, double gradient, laco_real *dx, laco_real *dtarget);

#endif
