/* Clipping of gradients. */
#include "optim/optimiser.h"

#include "nn/module.h"
#include "op/ranges.h"

#include <math.h>

_Static_assert(LACO_SQUARES_GRAIN == LACO_PARTIAL_SUMS, "stretches are cut where partial sums begin anew");

typedef struct laco_clip {
    const laco_module *module;
    laco_real amount; /* a factor or a limit */
} laco_clip;

static int64_t clipped(const void *work, size_t index)
{
    const laco_param *param = ((const laco_clip *)work)->module->param[index];
    return param->frozen || !param->grad ? 0 : param->count;
}

static void scale_range(const void *work, size_t index, int64_t begin, int64_t end)
{
    const laco_clip *clip = work;
    laco_kernels_of(clip->module->ctx)->scale(end - begin, clip->amount, clip->module->param[index]->grad + begin);
}

static void limit_range(const void *work, size_t index, int64_t begin, int64_t end)
{
    const laco_clip *clip = work;
    laco_real *grad = clip->module->param[index]->grad, limit = clip->amount;
    for (int64_t i = begin; i < end; i++) {
        laco_real g = grad[i] > limit ? limit : grad[i]; /* NaN stays NaN */
        grad[i] = g < -limit ? -limit : g;
    }
}

static void over_gradients(const laco_module *module, laco_real amount, laco_arrays_fn fn)
{
    laco_ranges_over(module->ctx, module->count, LACO_MEMORY_COST, clipped, fn, &(laco_clip){module, amount});
}

void laco_squares_add(const laco_module *module, int64_t count, const laco_real *x, laco_squares *squares)
{
    laco_kernels_of(module->ctx)->squares(count, x, squares->sums);
}

double laco_squares_sum(const laco_module *module, const laco_squares *squares)
{
    return laco_kernels_of(module->ctx)->squares_sum(squares->sums);
}

void laco_clip_to_norm(laco_module *module, double norm, double max_norm)
{
    double factor = max_norm / (norm + 1e-6);
    if (factor < 1)
        over_gradients(module, (laco_real)factor, scale_range);
}

double laco_clip_grad_norm(laco_module *module, double max_norm)
{
    double sum = 0;
    for (size_t i = 0; i < module->count; i++) {
        laco_squares squares = {{0}};
        if (module->param[i]->frozen || !module->param[i]->grad)
            continue;
        laco_squares_add(module, module->param[i]->count, module->param[i]->grad, &squares);
        sum += laco_squares_sum(module, &squares);
    }
    laco_clip_to_norm(module, sqrt(sum), max_norm);
    return sqrt(sum);
}

void laco_clip_grad_value(laco_module *module, double limit) { over_gradients(module, (laco_real)limit, limit_range); }
