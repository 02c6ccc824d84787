/* Adam, torch.optim.Adam, and AdamW, torch.optim.AdamW, at step t = 1, 2, 3 …:
 *
 *     Adam:   g = grad + weight_decay·p               AdamW:  g = grad, p = p·(1 − lr·weight_decay)
 *     m = β1·m + (1 − β1)·g
 *     v = β2·v + (1 − β2)·g²
 *     p = p − lr / (1 − β1^t) · m / (sqrt(v) / sqrt(1 − β2^t) + eps)
 *
 * Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015; Loshchilov and Hutter, "Decoupled
 * weight decay regularization", ICLR 2019. */
#include "optim/optimiser.h"

#include <math.h>

enum { EXP_AVG, EXP_AVG_SQ };

static laco_status prepare(laco_context *ctx, laco_optimiser_config *config)
{
    bool decoupled = config->kind == LACO_ADAMW;
    const char *name = decoupled ? "AdamW" : "Adam";
    config->lr = laco_or_default(config->lr, 0.001);
    config->beta1 = laco_or_default(config->beta1, 0.9);
    config->beta2 = laco_or_default(config->beta2, 0.999);
    config->eps = laco_or_default(config->eps, 1e-8);
    if (decoupled)
        config->weight_decay = config->weight_decay < 0 ? 0 : laco_or_default(config->weight_decay, 0.01);
    LACO_TRY(laco_check_not_negative(ctx, name, "lr", config->lr));
    LACO_TRY(laco_check_not_negative(ctx, name, "weight_decay", config->weight_decay));
    LACO_TRY(laco_check_not_negative(ctx, name, "eps", config->eps));
    LACO_TRY(laco_check_fraction(ctx, name, "beta1", config->beta1));
    return laco_check_fraction(ctx, name, "beta2", config->beta2);
}

static bool has_buffer(const laco_optimiser_config *config, int index)
{
    (void)config;
    (void)index;
    return true;
}

static void step(const laco_update *update)
{
    const laco_optimiser_config *config = update->config;
    bool decoupled = config->kind == LACO_ADAMW;
    double t = (double)update->step, beta1 = config->beta1, beta2 = config->beta2;
    laco_adam_constants constants = {
        .step_size = (laco_real)(config->lr / (1 - pow(beta1, t))),
        .beta1 = (laco_real)beta1,
        .beta2 = (laco_real)beta2,
        .rest1 = (laco_real)(1 - beta1),
        .rest2 = (laco_real)(1 - beta2),
        .sqrt_correction = (laco_real)sqrt(1 - pow(beta2, t)),
        .epsilon = (laco_real)config->eps,
        .decay = decoupled ? 0 : (laco_real)config->weight_decay,
        .shrink = decoupled ? (laco_real)(1 - config->lr * config->weight_decay) : 1,
    };
    update->kernels->adam(update->n, &constants, update->grad, update->param, update->buffer[EXP_AVG],
                          update->buffer[EXP_AVG_SQ]);
}

const laco_optimiser_type laco_optimiser_adam = {
    .name = "adam",
    .buffer = {"exp_avg", "exp_avg_sq"},
    .prepare = prepare,
    .has_buffer = has_buffer,
    .step = step,
};

const laco_optimiser_type laco_optimiser_adamw = {
    .name = "adamw",
    .buffer = {"exp_avg", "exp_avg_sq"},
    .prepare = prepare,
    .has_buffer = has_buffer,
    .step = step,
};
