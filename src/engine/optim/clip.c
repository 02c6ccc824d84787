/* Clipping of gradients. */
#include "optim/optimiser.h"

#include "nn/module.h"

#include <math.h>

typedef struct laco_clip {
    const laco_kernels *kernels;
    laco_real *grad;
    int64_t count;
    laco_real amount; /* a factor or a limit */
} laco_clip;

static void scale_part(void *work, int part, int parts)
{
    const laco_clip *clip = work;
    int64_t begin, end;
    laco_part_range(clip->count, LACO_ELEMENT_GRAIN, part, parts, &begin, &end);
    clip->kernels->scale(end - begin, clip->amount, clip->grad + begin);
}

static void limit_part(void *work, int part, int parts)
{
    const laco_clip *clip = work;
    int64_t begin, end;
    laco_part_range(clip->count, LACO_ELEMENT_GRAIN, part, parts, &begin, &end);
    laco_real *grad = clip->grad, limit = clip->amount;
    for (int64_t i = begin; i < end; i++) {
        laco_real g = grad[i] > limit ? limit : grad[i]; /* NaN stays NaN */
        grad[i] = g < -limit ? -limit : g;
    }
}

static void over_gradients(laco_module *module, laco_real amount, laco_part_function task)
{
    for (size_t i = 0; i < module->count; i++) {
        laco_param *param = module->param[i];
        laco_clip clip = {laco_kernels_of(module->ctx), param->grad, param->count, amount};
        if (!param->frozen)
            laco_over_elements(module->ctx, param->count, task, &clip);
    }
}

double laco_clip_grad_norm(laco_module *module, double max_norm)
{
    const laco_kernels *kernels = laco_kernels_of(module->ctx);
    double sum = 0;
    for (size_t i = 0; i < module->count; i++)
        if (!module->param[i]->frozen)
            sum += kernels->sum_squares(module->param[i]->count, module->param[i]->grad);
    double norm = sqrt(sum), factor = max_norm / (norm + 1e-6);
    if (factor < 1)
        over_gradients(module, (laco_real)factor, scale_part);
    return norm;
}

void laco_clip_grad_value(laco_module *module, double limit) { over_gradients(module, (laco_real)limit, limit_part); }
