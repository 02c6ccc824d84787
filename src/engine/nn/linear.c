/* y = x·Wᵀ + b. */
#include "laco/nn.h"

#include "nn/module.h"
#include "nn/operation.h"
#include "op/matmul.h"
#include "op/packed.h"
#include "op/ranges.h"

#include <math.h>
#include <string.h>

struct laco_linear {
    laco_layer layer;
    laco_param *weight; /* [out][in] */
    laco_param *bias;   /* [out] or NULL */
    laco_packed forward, back;
};

static void drop_packs(laco_layer *layer)
{
    laco_linear *linear = (laco_linear *)layer;
    laco_packed_free(layer->module->ctx, &linear->forward);
    laco_packed_free(layer->module->ctx, &linear->back);
}

static laco_status pack_forward(laco_context *ctx, laco_linear *linear)
{
    const laco_param *weight = linear->weight;
    int64_t out = weight->shape[0], in = weight->shape[1];
    return laco_packed_fill(ctx, &linear->forward, linear->layer.module->precision, weight->version, in, out, weight->value, 1,
                            in);
}

static laco_status settle(laco_layer *layer, laco_param_read read, const void *user)
{
    laco_linear *linear = (laco_linear *)layer;
    if (!linear->weight->copied)
        return LACO_OK;
    LACO_TRY(read(user, linear->weight));
    LACO_TRY(pack_forward(layer->module->ctx, linear));
    laco_param_forget(layer->module, linear->weight);
    return LACO_OK;
}

static laco_status prepare(laco_layer *layer) { return pack_forward(layer->module->ctx, (laco_linear *)layer); }

/* The parameters of a layer; a weight of its own only where it was not given one. */
static laco_status make_params(laco_linear *linear, const char *name, int64_t in, int64_t out_size, bool no_bias)
{
    laco_module *module = linear->layer.module;
    double bound = 1 / sqrt((double)in);
    if (!linear->weight) {
        LACO_TRY(laco_layer_param(module, name, "weight", 2, (int64_t[]){out_size, in}, &linear->weight));
        linear->weight->matrix = true;
        linear->weight->copied = true;
        laco_param_uniform(module, linear->weight, bound);
    }
    if (!no_bias) {
        LACO_TRY(laco_layer_param(module, name, "bias", 1, &out_size, &linear->bias));
        laco_param_uniform(module, linear->bias, bound);
    }
    return LACO_OK;
}

static laco_status make(laco_module *module, const char *name, laco_param *weight, int64_t in, int64_t out_size, bool no_bias,
                        laco_linear **out)
{
    size_t mark = module->count;
    laco_linear *linear = laco_layer_alloc(module, sizeof *linear, drop_packs);
    if (!linear)
        return LACO_NO_MEMORY;
    linear->weight = weight;
    linear->layer.prepare = prepare;
    linear->layer.settle = settle;
    linear->layer.drop_packs = drop_packs;
    laco_status status = make_params(linear, name, in, out_size, no_bias);
    if (status < 0) {
        laco_layer_drop(&linear->layer, mark);
        return status;
    }
    laco_layer_keep(&linear->layer);
    *out = linear;
    return LACO_OK;
}

laco_status laco_linear_new(laco_module *module, const char *name, int64_t in, int64_t out_size, bool no_bias, laco_linear **out)
{
    if (in < 1 || out_size < 1)
        return laco_fail(module->ctx, LACO_INVALID, "linear layer '%s': %lld features in and %lld out; each must be at least 1",
                         name, (long long)in, (long long)out_size);
    return make(module, name, NULL, in, out_size, no_bias, out);
}

laco_status laco_linear_tied(laco_module *module, const char *name, laco_param *weight, bool no_bias, laco_linear **out)
{
    if (weight->ndim != 2)
        return laco_fail(module->ctx, LACO_INVALID, "linear layer '%s': weight '%s' has %d dimensions; [out][in] is needed", name,
                         weight->name, weight->ndim);
    weight->copied = false;
    return make(module, name, weight, weight->shape[1], weight->shape[0], no_bias, out);
}

typedef struct linear_saved {
    laco_linear *linear;
    laco_var x, y;
} linear_saved;

/* dX += dY·W over many rows. */
static laco_status input_gradient(laco_tape *tape, laco_linear *linear, int64_t rows, const laco_real *dy, laco_real *dx)
{
    const laco_param *weight = linear->weight;
    laco_precision precision = linear->layer.module->precision;
    int64_t in = weight->shape[1], out_size = weight->shape[0];
    laco_arena_mark mark = laco_arena_save(&tape->arena);
    laco_packed *back = &linear->back;
    const laco_real *packed;
    if (tape->passing) {
        packed = laco_pack_aside(&tape->arena, precision, out_size, in, weight->value, in, 1);
    } else {
        LACO_TRY(laco_packed_fill(tape->ctx, back, precision, weight->version, out_size, in, weight->value, in, 1));
        packed = back->data;
    }
    if (!packed)
        return LACO_NO_MEMORY;
    laco_matmul(tape->ctx, precision, rows, in, out_size, dy, out_size, packed, dx, in, true);
    laco_arena_rewind(&tape->arena, mark);
    return LACO_OK;
}

/* dX += dY·W, dW += dYᵀ·X, db += the sums of dY's columns. */
static laco_status linear_backward(laco_tape *tape, void *saved)
{
    const linear_saved *s = saved;
    laco_linear *linear = s->linear;
    laco_param *weight = linear->weight;
    int64_t in = weight->shape[1], out_size = weight->shape[0], rows = laco_var_rows(s->x);
    const laco_real *dy = s->y->grad;
    laco_precision precision = linear->layer.module->precision;
    if (!dy)
        return LACO_OK;
    LACO_TRY(laco_check_trainable(tape->ctx, linear->layer.module));
    if (laco_wanted(s->x, s->y)) {
        if (rows <= LACO_FEW_ROWS && precision == LACO_FP32) {
            laco_kernels_of(tape->ctx)->gemm_unpacked(rows, in, out_size, dy, out_size, 1, weight->value, in, s->x->grad, in,
                                                      true);
        } else {
            LACO_TRY(input_gradient(tape, linear, rows, dy, s->x->grad));
        }
    }
    LACO_TRY(laco_weight_gradient(&tape->arena, precision, out_size, in, rows, dy, out_size, s->x->data, in, NULL, weight->grad));
    if (linear->bias)
        laco_column_sums(tape->ctx, rows, out_size, dy, out_size, linear->bias->grad);
    return tape->status;
}

typedef struct bias_work {
    const laco_real *bias;
    laco_real *y;
    int64_t columns;
} bias_work;

static void bias_rows(const void *work, int64_t begin, int64_t end)
{
    const bias_work *w = work;
    for (int64_t r = begin; r < end; r++)
        memcpy(w->y + r * w->columns, w->bias, (size_t)w->columns * sizeof *w->y);
}

/* Rows start as the bias and the product adds to them: one pass over y less. */
static void forward(laco_context *ctx, const laco_linear *linear, const laco_real *packed, int64_t rows, const laco_real *x,
                    laco_real *y)
{
    int64_t in = linear->weight->shape[1], out_size = linear->weight->shape[0];
    if (linear->bias) {
        bias_work work = {linear->bias->value, y, out_size};
        laco_ranges(ctx, rows, 1, 8.0 * (double)out_size, bias_rows, &work);
    }
    laco_matmul(ctx, linear->layer.module->precision, rows, out_size, in, x, in, packed, y, out_size, linear->bias != NULL);
}

/* The product with weights packed for it alone or for many. */
static laco_status run(laco_tape *tape, laco_linear *linear, int64_t rows, const laco_real *x, laco_real *y)
{
    const laco_param *weight = linear->weight;
    laco_precision precision = linear->layer.module->precision;
    int64_t out_size = weight->shape[0], in = weight->shape[1];
    if (!tape->passing || rows <= LACO_FEW_ROWS) {
        LACO_TRY(pack_forward(tape->ctx, linear));
        forward(tape->ctx, linear, linear->forward.data, rows, x, y);
        return LACO_OK;
    }
    laco_arena_mark mark = laco_arena_save(&tape->aside);
    const laco_real *packed = laco_pack_aside(&tape->aside, precision, in, out_size, weight->value, 1, in);
    if (!packed)
        return LACO_NO_MEMORY;
    forward(tape->ctx, linear, packed, rows, x, y);
    laco_arena_rewind(&tape->aside, mark);
    return LACO_OK;
}

laco_var laco_linear_apply(laco_tape *tape, laco_linear *linear, laco_var x)
{
    const laco_param *weight = linear->weight;
    int64_t in = weight->shape[1], out_size = weight->shape[0], shape[LACO_MAX_DIMS];
    const laco_real *data = laco_operand(tape, x);
    if (!data)
        return NULL;
    if (!laco_module_serves(linear->layer.module, tape->ctx))
        return laco_tape_refuse(tape, "linear layer '%s': the tape belongs to another context than the layer", weight->name);
    if (x->ndim < 1 || laco_var_columns(x) != in)
        return laco_tape_refuse(tape, "linear layer '%s': x is %s; its last dimension must be %lld", weight->name,
                                laco_var_show(x).text, (long long)in);
    memcpy(shape, x->shape, sizeof shape);
    shape[x->ndim - 1] = out_size;
    laco_var y = laco_var_new(tape, x->ndim, shape, true);
    if (!y)
        return NULL;
    laco_status status = run(tape, linear, laco_var_rows(x), data, y->data);
    if (status < 0)
        return laco_tape_fail(tape, status);
    return laco_finish(tape, y, linear_backward, &(linear_saved){linear, x, y}, sizeof(linear_saved));
}
