#include "op/loss.h"

#include "op/ranges.h"

static double weight_of(const laco_class_loss *loss, int64_t k)
{
    return loss->class_weights ? (double)loss->class_weights[k] : 1;
}

typedef struct rows_work {
    const laco_class_loss *loss;
    const laco_real *lp;
} rows_work;

static double row_loss(const laco_class_loss *loss, const laco_real *lp, int32_t target)
{
    double own = -weight_of(loss, target) * (double)lp[target], all = 0;
    if (loss->smoothing == 0)
        return own;
    for (int64_t k = 0; k < loss->K; k++)
        all -= weight_of(loss, k) * (double)lp[k];
    return (1 - loss->smoothing) * own + loss->smoothing / (double)loss->K * all;
}

static double rows_loss(const void *work, int64_t begin, int64_t end)
{
    const rows_work *w = work;
    double sum = 0;
    for (int64_t r = begin; r < end; r++)
        if (w->loss->target[r] >= 0)
            sum += row_loss(w->loss, w->lp + r * w->loss->K, w->loss->target[r]);
    return sum;
}

/* What a mean divides by. */
static double targets_weight(const laco_class_loss *loss)
{
    double sum = 0;
    for (int64_t r = 0; r < loss->rows; r++)
        if (loss->target[r] >= 0)
            sum += weight_of(loss, loss->target[r]);
    return sum;
}

laco_status laco_class_loss_forward(laco_arena *arena, const laco_class_loss *loss, const laco_real *lp, double *value,
                                    double *scale)
{
    double sum, cost = loss->smoothing > 0 ? 8.0 * (double)loss->K : 64.0;
    LACO_TRY(laco_ranges_sum(arena, loss->rows, 64, cost, rows_loss, &(rows_work){loss, lp}, &sum));
    double total = loss->mean ? targets_weight(loss) : 1;
    *scale = total != 0 ? 1 / total : 0;
    *value = total != 0 ? sum / total : 0;
    return LACO_OK;
}

void laco_nll_backward(const laco_class_loss *loss, double gradient, laco_real *dlp)
{
    for (int64_t r = 0; r < loss->rows; r++)
        if (loss->target[r] >= 0)
            dlp[r * loss->K + loss->target[r]] -= (laco_real)(gradient * weight_of(loss, loss->target[r]));
}

typedef struct cross_entropy_work {
    const laco_kernels *kernels;
    const laco_class_loss *loss;
    double gradient;
    double weights; /* Σ_k w_k */
    laco_real *lp, *dx;
} cross_entropy_work;

/* With a_k = −∂loss/∂lp_k: dx_j += gradient · (p_j·Σ_k a_k − a_j). */
static void cross_entropy_row(const cross_entropy_work *w, int32_t target, laco_real *lp, laco_real *dx)
{
    const laco_class_loss *loss = w->loss;
    int64_t K = loss->K;
    double spread = loss->smoothing / (double)K, own = (1 - loss->smoothing) * weight_of(loss, target);
    w->kernels->exp(K, lp, lp);
    w->kernels->axpy(K, (laco_real)(w->gradient * (own + spread * w->weights)), lp, dx);
    dx[target] -= (laco_real)(w->gradient * own);
    for (int64_t k = 0; loss->smoothing > 0 && k < K; k++)
        dx[k] -= (laco_real)(w->gradient * spread * weight_of(loss, k));
}

static void cross_entropy_rows(const void *work, int64_t begin, int64_t end)
{
    const cross_entropy_work *w = work;
    for (int64_t r = begin; r < end; r++)
        if (w->loss->target[r] >= 0)
            cross_entropy_row(w, w->loss->target[r], w->lp + r * w->loss->K, w->dx + r * w->loss->K);
}

void laco_cross_entropy_backward(laco_context *ctx, const laco_class_loss *loss, double gradient, laco_real *lp, laco_real *dx)
{
    cross_entropy_work work = {laco_kernels_of(ctx), loss, gradient, 0, lp, dx};
    for (int64_t k = 0; k < loss->K; k++)
        work.weights += weight_of(loss, k);
    laco_ranges(ctx, loss->rows, 1, 48.0 * (double)loss->K, cross_entropy_rows, &work);
}

typedef struct squares_work {
    const laco_real *x, *target;
    laco_real factor, *dx, *dtarget;
} squares_work;

static double squares(const void *work, int64_t begin, int64_t end)
{
    const squares_work *w = work;
    double sum = 0;
    for (int64_t i = begin; i < end; i++) {
        double error = (double)w->x[i] - (double)w->target[i];
        sum += error * error;
    }
    return sum;
}

laco_status laco_squared_error_forward(laco_arena *arena, int64_t n, const laco_real *x, const laco_real *target, double *sum)
{
    return laco_ranges_sum(arena, n, 4096, 16, squares, &(squares_work){.x = x, .target = target}, sum);
}

static void squares_back(const void *work, int64_t begin, int64_t end)
{
    const squares_work *w = work;
    for (int64_t i = begin; w->dx && i < end; i++)
        w->dx[i] += w->factor * (w->x[i] - w->target[i]);
    for (int64_t i = begin; w->dtarget && i < end; i++)
        w->dtarget[i] -= w->factor * (w->x[i] - w->target[i]);
}

void laco_squared_error_backward(laco_context *ctx, int64_t n, const laco_real *x, const laco_real *target, double gradient,
                                 laco_real *dx, laco_real *dtarget)
{
    squares_work work = {x, target, (laco_real)(2 * gradient), dx, dtarget};
    laco_ranges(ctx, n, 16, 16, squares_back, &work);
}

typedef struct quantile_work {
    int64_t Q;
    const double *quantiles;
    const laco_real *x, *target;
    double gradient;
    laco_real *dx, *dtarget;
} quantile_work;

static double quantile_rows(const void *work, int64_t begin, int64_t end)
{
    const quantile_work *w = work;
    double sum = 0;
    for (int64_t r = begin; r < end; r++)
        for (int64_t k = 0; k < w->Q; k++) {
            double error = (double)w->target[r] - (double)w->x[r * w->Q + k];
            sum += error > 0 ? w->quantiles[k] * error : (w->quantiles[k] - 1) * error;
        }
    return sum;
}

laco_status laco_quantile_forward(laco_arena *arena, int64_t rows, int64_t Q, const double *quantiles, const laco_real *x,
                                  const laco_real *target, double *sum)
{
    quantile_work work = {.Q = Q, .quantiles = quantiles, .x = x, .target = target};
    return laco_ranges_sum(arena, rows, 4096, 8.0 * (double)Q, quantile_rows, &work, sum);
}

static void quantile_rows_back(const void *work, int64_t begin, int64_t end)
{
    const quantile_work *w = work;
    for (int64_t r = begin; r < end; r++)
        for (int64_t k = 0; k < w->Q; k++) {
            double error = (double)w->target[r] - (double)w->x[r * w->Q + k];
            double slope = error > 0 ? w->quantiles[k] : error < 0 ? w->quantiles[k] - 1 : 0;
            if (w->dx)
                w->dx[r * w->Q + k] -= (laco_real)(w->gradient * slope);
            if (w->dtarget)
                w->dtarget[r] += (laco_real)(w->gradient * slope);
        }
}

void laco_quantile_backward(laco_context *ctx, int64_t rows, int64_t Q, const double *quantiles, const laco_real *x,
                            const laco_real *target, double gradient, laco_real *dx, laco_real *dtarget)
{
    quantile_work work = {Q, quantiles, x, target, gradient, dx, dtarget};
    laco_ranges(ctx, rows, 16, 8.0 * (double)Q, quantile_rows_back, &work);
}
