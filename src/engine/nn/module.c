#include "nn/module.h"

#include "base/random.h"
#include "op/ranges.h"

#include <string.h>

#define UNIFORM_PIECE 256   /* initial values at a time */
#define UNIFORM_COST 1000.0 /* of each, in multiply-adds */

laco_status laco_module_new(laco_context *ctx, uint64_t seed, laco_module **out)
{
    laco_module *module = laco_alloc(ctx, 1, sizeof *module);
    if (!module)
        return LACO_NO_MEMORY;
    module->ctx = ctx;
    module->seed = seed;
    module->training = true;
    atomic_init(&module->users, LACO_MODULE_OWNER);
    *out = module;
    return LACO_OK;
}

void laco_param_forget(laco_module *module, laco_param *param)
{
    laco_release_line(module->ctx, param->value);
    laco_release_line(module->ctx, param->grad);
    param->value = param->grad = NULL;
}

static void free_param(laco_module *module, laco_param *param)
{
    laco_release(module->ctx, (void *)(uintptr_t)param->name);
    if (!param->lent)
        laco_param_forget(module, param);
    laco_release(module->ctx, param);
}

void laco_param_lend(laco_module *module, laco_param *param, laco_real *value, laco_real *grad)
{
    if (!param->lent)
        laco_param_forget(module, param);
    param->lent = true;
    param->value = value;
    param->grad = grad;
}

static void free_layer(laco_layer *layer)
{
    if (layer->release)
        layer->release(layer);
    laco_release(layer->module->ctx, layer);
}

laco_module_mark laco_module_here(const laco_module *module) { return (laco_module_mark){module->layers, module->count}; }

void laco_module_cut(laco_module *module, laco_module_mark mark)
{
    while (module->layers != mark.layers) {
        laco_layer *layer = module->layers;
        module->layers = layer->next;
        free_layer(layer);
    }
    while (module->count > mark.count)
        free_param(module, module->param[--module->count]);
}

void laco_module_free(laco_module *module)
{
    if (!module)
        return;
    laco_module_cut(module, (laco_module_mark){NULL, 0});
    laco_release(module->ctx, module->param);
    laco_release(module->ctx, module);
}

/* A module that others read stays as it is. */
void laco_module_set_training(laco_module *module, bool training)
{
    if (module->training != training && !laco_module_read_only(module))
        module->training = training;
}

void laco_module_set_recompute_steps(laco_module *module, int64_t steps)
{
    if (!laco_module_read_only(module))
        module->recompute_steps = steps;
}

void laco_module_set_precision(laco_module *module, laco_precision precision)
{
    if (!laco_module_read_only(module))
        module->precision = precision;
}

laco_status laco_module_prepare(laco_module *module)
{
    laco_module_set_training(module, false);
    for (laco_layer *layer = module->layers; layer; layer = layer->next)
        if (layer->prepare)
            LACO_TRY(layer->prepare(layer));
    module->shared = true;
    return LACO_OK;
}

laco_status laco_module_settle(laco_module *module, laco_param_read read, const void *user)
{
    for (size_t i = 0; i < module->count; i++) {
        if (!module->param[i]->copied)
            LACO_TRY(read(user, module->param[i]));
        laco_param_changed(module->param[i]); /* now: what is packed stays so */
    }
    for (laco_layer *layer = module->layers; layer; layer = layer->next)
        if (layer->settle)
            LACO_TRY(layer->settle(layer, read, user));
    LACO_TRY(laco_module_prepare(module));
    module->settled = true;
    return LACO_OK;
}

laco_status laco_check_whole(laco_context *ctx, const laco_module *module)
{
    if (module->settled)
        return laco_fail(
            ctx, LACO_INVALID,
            "the model was loaded for inference, and does not have its weights otherwise: laco_model_load reads them");
    return LACO_OK;
}

void laco_module_drop_packs(laco_module *module)
{
    for (laco_layer *layer = module->layers; layer && !laco_module_read_only(module); layer = layer->next)
        if (layer->drop_packs)
            layer->drop_packs(layer);
    module->shared = module->shared && laco_module_read_only(module);
}

laco_status laco_check_writable(laco_context *ctx, const laco_module *module)
{
    LACO_TRY(laco_check_whole(ctx, module));
    if (laco_module_read_only(module))
        return laco_fail(ctx, LACO_INVALID,
                         "the weights are shared with other threads, so they are read-only: free the other handles first");
    return LACO_OK;
}

laco_precision laco_module_precision(const laco_module *module) { return module->precision; }

void laco_module_expect(laco_module *module, laco_expectation expects, const void *expected)
{
    module->expects = expects;
    module->expected = expected;
}

laco_status laco_check_trainable(laco_context *ctx, const laco_module *module)
{
    if (module->precision == LACO_INT8)
        return laco_fail(ctx, LACO_INVALID, "int8 products have no gradient: train in fp32 or bf16, then convert the model");
    return laco_check_writable(ctx, module);
}

size_t laco_module_param_count(const laco_module *module) { return module->count; }
laco_param *laco_module_param(laco_module *module, size_t index) { return index < module->count ? module->param[index] : NULL; }

laco_param *laco_module_find(laco_module *module, const char *name)
{
    for (size_t i = 0; i < module->count; i++)
        if (strcmp(module->param[i]->name, name) == 0)
            return module->param[i];
    return NULL;
}

int64_t laco_module_size(const laco_module *module)
{
    int64_t size = 0;
    for (size_t i = 0; i < module->count; i++)
        size += module->param[i]->count;
    return size;
}

void laco_module_zero_grad(laco_module *module)
{
    for (size_t i = 0; i < module->count; i++)
        if (module->param[i]->grad)
            memset(module->param[i]->grad, 0, (size_t)module->param[i]->count * sizeof(laco_real));
}

void laco_param_changed(laco_param *param) { param->version++; }

static laco_status make_room(laco_module *module)
{
    if (module->count < module->room)
        return LACO_OK;
    size_t room = module->room ? 2 * module->room : 16;
    laco_param **grown = laco_resize(module->ctx, module->param, room, sizeof *grown);
    if (!grown)
        return LACO_NO_MEMORY;
    module->param = grown;
    module->room = room;
    return LACO_OK;
}

static laco_status check_param(laco_module *module, const char *name, int ndim, const int64_t *shape, int64_t *count)
{
    *count = 1;
    if (!module->expects && laco_module_find(module, name)) /* a search through all, which is long for all of a file's */
        return laco_fail(module->ctx, LACO_INVALID, "parameter '%s' exists already: layers of a module need different names",
                         name);
    if (ndim < 0 || ndim > LACO_MAX_DIMS)
        return laco_fail(module->ctx, LACO_INVALID, "parameter '%s' has %d dimensions; 0 to %d can be", name, ndim,
                         LACO_MAX_DIMS);
    for (int i = 0; i < ndim; i++)
        if (shape[i] < 1 || __builtin_mul_overflow(*count, shape[i], count))
            return laco_fail(module->ctx, LACO_INVALID, "parameter '%s': size %lld of dimension %d cannot be", name,
                             (long long)shape[i], i);
    return LACO_OK;
}

laco_status laco_module_add_param(laco_module *module, const char *name, int ndim, const int64_t *shape, laco_param **out)
{
    laco_context *ctx = module->ctx;
    int64_t count;
    LACO_TRY(check_param(module, name, ndim, shape, &count));
    if (module->expects)
        LACO_TRY(module->expects(module->expected, name, ndim, shape));
    LACO_TRY(make_room(module));
    laco_param *param = laco_alloc(ctx, 1, sizeof *param);
    if (!param)
        return LACO_NO_MEMORY;
    param->name = laco_copy_string(ctx, name);
    param->value = laco_alloc_line(ctx, (size_t)count, sizeof(laco_real));
    param->grad = laco_alloc_line(ctx, (size_t)count, sizeof(laco_real));
    if (!param->name || !param->value || !param->grad) {
        free_param(module, param);
        return LACO_NO_MEMORY;
    }
    param->ndim = ndim;
    param->count = count;
    param->version = 1;
    for (int i = 0; i < ndim; i++)
        param->shape[i] = shape[i];
    module->param[module->count++] = param;
    *out = param;
    return LACO_OK;
}

laco_status laco_layer_param(laco_module *module, const char *name, const char *suffix, int ndim, const int64_t *shape,
                             laco_param **out)
{
    size_t length = strlen(name), size = length + strlen(suffix) + 2;
    char *full = laco_alloc(module->ctx, size, 1);
    if (!full)
        return LACO_NO_MEMORY;
    memcpy(full, name, length);
    if (length > 0)
        full[length++] = '.';
    memcpy(full + length, suffix, strlen(suffix));
    laco_status status = laco_module_add_param(module, full, ndim, shape, out);
    laco_release(module->ctx, full);
    return status;
}

void *laco_layer_alloc(laco_module *module, size_t size, void (*release)(laco_layer *layer))
{
    laco_layer *layer = laco_alloc(module->ctx, 1, size);
    if (layer) {
        layer->module = module;
        layer->release = release;
    }
    return layer;
}

void laco_layer_keep(laco_layer *layer)
{
    layer->next = layer->module->layers;
    layer->module->layers = layer;
}

void laco_layer_drop(laco_layer *layer, size_t mark)
{
    laco_module *module = layer->module;
    free_layer(layer);
    while (module->count > mark)
        free_param(module, module->param[--module->count]);
}

typedef struct uniform_work {
    uint64_t seed, stream;
    double bound;
    laco_real *value;
} uniform_work;

/* Those of a laco_rng, taken one after another, many at a time; begin is even: a block has words for two of them. */
static void uniform_range(const void *work, int64_t begin, int64_t end)
{
    const uniform_work *w = work;
    uint32_t words[2 * UNIFORM_PIECE];
    for (int64_t count; begin < end; begin += count) {
        count = LACO_MIN(end - begin, UNIFORM_PIECE);
        laco_random_blocks(w->seed, w->stream, (uint64_t)begin / 2, (size_t)(count + 1) / 2, words);
        for (int64_t i = 0; i < count; i++)
            w->value[begin + i] = (laco_real)((2 * laco_random_uniform(words[2 * i], words[2 * i + 1]) - 1) * w->bound);
    }
}

void laco_param_uniform(const laco_module *module, laco_param *param, double bound)
{
    uniform_work work = {module->seed, laco_random_stream(param->name), bound, param->value};
    if (!module->expects)
        laco_ranges(module->ctx, param->count, UNIFORM_PIECE, UNIFORM_COST, uniform_range, &work);
    laco_param_changed(param);
}

void laco_param_normal(const laco_module *module, laco_param *param)
{
    laco_rng rng = {.seed = module->seed, .stream = laco_random_stream(param->name)};
    for (int64_t i = 0; i < param->count && !module->expects; i++)
        param->value[i] = (laco_real)laco_rng_normal(&rng);
    laco_param_changed(param);
}
