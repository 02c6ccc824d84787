/* Stochastic gradient descent, torch.optim.SGD:
 *
 *     g = grad + weight_decay·p
 *     b = momentum·b + (1 − dampening)·g, at the first step b = g
 *     p = p − lr·(momentum = 0: g;  nesterov: g + momentum·b;  else b)
 *
 * Nesterov's momentum as in Sutskever et al., "On the importance of initialization and momentum in deep
 * learning", ICML 2013, in torch's form, where lr is not inside b. */
#include "optim/optimiser.h"

#include <math.h>

enum { MOMENTUM_BUFFER };

static laco_status prepare(laco_context *ctx, laco_optimiser_config *config)
{
    config->lr = laco_or_default(config->lr, 0.01);
    LACO_TRY(laco_check_not_negative(ctx, "SGD", "lr", config->lr));
    LACO_TRY(laco_check_not_negative(ctx, "SGD", "weight_decay", config->weight_decay));
    LACO_TRY(laco_check_not_negative(ctx, "SGD", "momentum", config->momentum));
    if (!isfinite(config->dampening))
        return laco_fail(ctx, LACO_INVALID, "SGD: dampening %g cannot be: a finite number is needed", config->dampening);
    if (config->nesterov && (config->momentum == 0 || config->dampening != 0))
        return laco_fail(ctx, LACO_INVALID, "SGD: nesterov needs a momentum above 0 (it is %g) and no dampening (it is %g)",
                         config->momentum, config->dampening);
    return LACO_OK;
}

static bool has_buffer(const laco_optimiser_config *config, int index)
{
    (void)index;
    return config->momentum != 0;
}

static void step_plain(const laco_update *u)
{
    laco_real *restrict param = u->param;
    const laco_real *restrict grad = u->grad;
    laco_real lr = (laco_real)u->config->lr, decay = (laco_real)u->config->weight_decay;
    if (decay == 0) {
        u->kernels->axpy(u->n, -lr, grad, param);
        return;
    }
    for (int64_t i = 0; i < u->n; i++)
        param[i] -= lr * (grad[i] + decay * param[i]);
}

static void step_momentum(const laco_update *u)
{
    laco_real *restrict param = u->param, *restrict buffer = u->buffer[MOMENTUM_BUFFER];
    const laco_real *restrict grad = u->grad;
    bool first = u->step == 1;
    laco_real lr = (laco_real)u->config->lr, decay = (laco_real)u->config->weight_decay;
    laco_real momentum = (laco_real)u->config->momentum;
    laco_real keep = first ? 0 : momentum, take = first ? 1 : (laco_real)(1 - u->config->dampening);
    /* nesterov: g + momentum·b, else 0·g + 1·b */
    laco_real of_grad = u->config->nesterov ? 1 : 0, of_buffer = u->config->nesterov ? momentum : 1;
    for (int64_t i = 0; i < u->n; i++) {
        laco_real g = grad[i] + decay * param[i];
        buffer[i] = keep * buffer[i] + take * g;
        param[i] -= lr * (of_grad * g + of_buffer * buffer[i]);
    }
}

static void step(const laco_update *update)
{
    if (update->config->momentum != 0)
        step_momentum(update);
    else
        step_plain(update);
}

const laco_optimiser_type laco_optimiser_sgd = {
    .name = "sgd",
    .buffer = {"momentum_buffer"},
    .prepare = prepare,
    .has_buffer = has_buffer,
    .step = step,
};
