#include "cases.h"

#include <string.h>

int draw(onnx_case *c, int low, int high) { return low + (int)(laco_rng_uniform(&c->rng) * (high - low + 1)); }

static void *room(onnx_case *c, int64_t count, size_t size)
{
    void *out = laco_arena_zeroed(&c->arena, (size_t)count + 1, size);
    MUST(out ? LACO_OK : LACO_NO_MEMORY);
    return out;
}

laco_real *draw_numbers(onnx_case *c, int64_t count)
{
    laco_real *out = room(c, count, sizeof *out);
    for (int64_t i = 0; i < count; i++)
        out[i] = (laco_real)(2 * laco_rng_uniform(&c->rng) - 1);
    return out;
}

int32_t *draw_ids(onnx_case *c, int64_t count, int most)
{
    int32_t *out = room(c, count, sizeof *out);
    for (int64_t i = 0; i < count; i++)
        out[i] = draw(c, 0, most - 1);
    return out;
}

laco_real *own_numbers(onnx_case *c, int64_t count, double low, double high)
{
    laco_real *out = laco_alloc(c->ctx, (size_t)count, sizeof *out);
    for (int64_t i = 0; out && i < count; i++)
        out[i] = (laco_real)(low + (high - low) * laco_rng_uniform(&c->rng));
    MUST(out ? LACO_OK : LACO_NO_MEMORY);
    return out;
}

laco_vocabulary *draw_vocabulary(onnx_case *c, int count)
{
    laco_vocabulary *out;
    char token[16];
    MUST(laco_vocabulary_new(c->ctx, &out));
    for (int i = 1; i < count; i++)
        MUST(laco_vocabulary_count(out, token,
                                   (size_t)snprintf(token, sizeof token, i < 26 ? "%c" : "u%d", i < 26 ? 'a' + i - 1 : i)));
    return out;
}

/* ---- Inputs and outputs ------------------------------------------------------------------------------------------------- */

void put_ids(onnx_case *c, laco_tensor_writer *to, const char *name, int ndim, const int64_t *shape, const int32_t *ids)
{
    int64_t count = 1;
    for (int d = 0; d < ndim; d++)
        count *= shape[d];
    int64_t *wide = room(c, count, sizeof *wide);
    for (int64_t i = 0; i < count; i++)
        wide[i] = ids[i];
    MUST(laco_tensor_writer_add(to, name, LACO_DTYPE_I64, ndim, shape, wide));
}

void put_lengths(onnx_case *c, laco_tensor_writer *to)
{
    MUST(laco_tensor_writer_add(to, "in.lengths", LACO_DTYPE_I32, 1, (const int64_t[]){c->B}, c->lengths));
}

void put_numbers(onnx_case *c, laco_tensor_writer *to, const char *name, int ndim, const int64_t *shape, const laco_real *data)
{
    int64_t count = 1;
    for (int d = 0; d < ndim; d++)
        count *= shape[d];
    float *copy = room(c, count, sizeof *copy);
    for (int64_t i = 0; i < count; i++)
        copy[i] = (float)data[i];
    MUST(laco_tensor_writer_add(to, name, LACO_DTYPE_F32, ndim, shape, copy));
}

void put_var(onnx_case *c, laco_tensor_writer *to, const char *name, laco_var value)
{
    int64_t shape[8];
    MUST(value ? LACO_OK : laco_tape_status(c->tape));
    for (int d = 0; d < laco_var_ndim(value); d++)
        shape[d] = laco_var_dim(value, d);
    put_numbers(c, to, name, laco_var_ndim(value), shape, laco_var_data(value));
}

/* ---- One case ----------------------------------------------------------------------------------------------------------- */

void case_begin(onnx_case *c, uint64_t seed, uint64_t number)
{
    *c = (onnx_case){.rng = {.seed = seed, .stream = number}};
    if (laco_context_new(&(laco_context_config){.threads = 1}, &c->ctx) < 0)
        exit(1);
    laco_arena_init(&c->arena, c->ctx);
    MUST(laco_tape_new(c->ctx, &(laco_tape_config){.inference = true}, &c->tape));
    MUST(laco_tensor_writer_new(c->ctx, &c->writer));
    MUST(laco_tensor_writer_new(c->ctx, &c->second));
    c->T = draw(c, 0, 5) ? draw(c, 1, 12) : 0;
    c->B = draw(c, 1, 5);
    c->lengths = draw_ids(c, c->B, c->T + 1);
}

void case_end(onnx_case *c)
{
    laco_model_free(c->model);
    laco_tape_free(c->tape);
    laco_tensor_writer_free(c->writer);
    laco_tensor_writer_free(c->second);
    laco_arena_free(&c->arena);
    laco_context_free(c->ctx);
}

/* Weights that are larger than new ones are, so that states move. */
void case_shake(onnx_case *c)
{
    laco_module *module = laco_model_module(c->model);
    for (size_t i = 0; i < laco_module_param_count(module); i++) {
        laco_param *param = laco_module_param(module, i);
        for (int64_t k = 0; k < param->count; k++)
            param->value[k] = (laco_real)(2 * laco_rng_uniform(&c->rng) - 1);
        laco_param_changed(param);
    }
    laco_module_set_training(module, false);
}
