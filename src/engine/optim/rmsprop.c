/* RMSprop, torch.optim.RMSprop:
 *
 *     g = grad + weight_decay·p
 *     s = alpha·s + (1 − alpha)·g²
 *     a = alpha·a + (1 − alpha)·g                       (centered; else a = 0)
 *     q = g / (sqrt(s − a²) + eps)
 *     p = p − lr·(momentum = 0: q;  else b, with b = momentum·b + q)
 *
 * Hinton, Srivastava and Swersky, "Neural networks for machine learning", lecture 6e, 2012; centered: Graves,
 * "Generating sequences with recurrent neural networks", 2013. */
#include "optim/optimiser.h"

#include <math.h>

#ifdef LACO_REAL_DOUBLE
#define SQRT sqrt
#else
#define SQRT sqrtf
#endif

enum { SQUARE_AVG, MOMENTUM_BUFFER, GRAD_AVG };

static laco_status prepare(laco_context *ctx, laco_optimiser_config *config)
{
    config->lr = laco_or_default(config->lr, 0.01);
    config->alpha = laco_or_default(config->alpha, 0.99);
    config->eps = laco_or_default(config->eps, 1e-8);
    LACO_TRY(laco_check_not_negative(ctx, "RMSprop", "lr", config->lr));
    LACO_TRY(laco_check_not_negative(ctx, "RMSprop", "weight_decay", config->weight_decay));
    LACO_TRY(laco_check_not_negative(ctx, "RMSprop", "momentum", config->momentum));
    LACO_TRY(laco_check_not_negative(ctx, "RMSprop", "eps", config->eps));
    return laco_check_fraction(ctx, "RMSprop", "alpha", config->alpha);
}

static bool has_buffer(const laco_optimiser_config *config, int index)
{
    return index == SQUARE_AVG || (index == MOMENTUM_BUFFER && config->momentum != 0) || (index == GRAD_AVG && config->centered);
}

/* The loop for one shape of the optimiser: `centered` and `momentum` are constants where it is inlined. */
static inline __attribute__((always_inline)) void loop(const laco_update *u, bool centered, bool with_momentum)
{
    const laco_optimiser_config *config = u->config;
    laco_real lr = (laco_real)config->lr, decay = (laco_real)config->weight_decay, eps = (laco_real)config->eps;
    laco_real alpha = (laco_real)config->alpha, rest = (laco_real)(1 - config->alpha), momentum = (laco_real)config->momentum;
    laco_real *restrict param = u->param, *restrict square = u->buffer[SQUARE_AVG];
    laco_real *restrict buffer = u->buffer[MOMENTUM_BUFFER], *restrict mean = u->buffer[GRAD_AVG];
    const laco_real *restrict grad = u->grad;
    for (int64_t i = 0; i < u->n; i++) {
        laco_real g = grad[i] + decay * param[i];
        laco_real variance = square[i] = alpha * square[i] + rest * g * g;
        if (centered) {
            mean[i] = alpha * mean[i] + rest * g;
            variance -= mean[i] * mean[i];
        }
        laco_real root = SQRT(variance) + eps;
        if (with_momentum) {
            buffer[i] = momentum * buffer[i] + g / root;
            param[i] -= lr * buffer[i];
        } else {
            param[i] -= lr * g / root;
        }
    }
}

static void step(const laco_update *update)
{
    bool momentum = update->config->momentum != 0;
    if (update->config->centered && momentum)
        loop(update, true, true);
    else if (update->config->centered)
        loop(update, true, false);
    else if (momentum)
        loop(update, false, true);
    else
        loop(update, false, false);
}

const laco_optimiser_type laco_optimiser_rmsprop = {
    .name = "rmsprop",
    .buffer = {"square_avg", "momentum_buffer", "grad_avg"},
    .prepare = prepare,
    .has_buffer = has_buffer,
    .step = step,
};
