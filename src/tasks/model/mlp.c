#include "model/mlp.h"

#include "model/ensemble.h"
#include "nn/module.h"
#include "tape/tape.h"

#include <stdio.h>
#include <string.h>

laco_status laco_mlp_new(laco_module *module, const laco_mlp_config *config, laco_mlp *out)
{
    laco_mlp network = {.config = *config};
    char name[32];
    if (config->layers < 1 || config->layers > LACO_DEEPEST)
        return laco_fail(module->ctx, LACO_INVALID, "layers %lld: an mlp has 1 to %d", (long long)config->layers, LACO_DEEPEST);
    for (int64_t i = 0; i < config->layers; i++) {
        snprintf(name, sizeof name, "hidden_l%d", (int)i);
        LACO_TRY(laco_linear_new(module, laco_member_name(config->member, name).text, i > 0 ? config->hidden : config->in,
                                 config->hidden, false, &network.layer[i]));
    }
    *out = network;
    return LACO_OK;
}

laco_var laco_mlp_apply(laco_tape *tape, const laco_mlp *network, laco_var x, bool training)
{
    const laco_mlp_config *config = &network->config;
    for (int64_t i = 0; i < config->layers; i++) {
        x = laco_relu(tape, laco_linear_apply(tape, network->layer[i], x));
        x = config->variational ? laco_variational_dropout(tape, x, config->dropout, training)
                                : laco_dropout(tape, x, config->dropout, training);
    }
    return x;
}

/* Rows of x [T][B][E] by number, in groups: [groups][each][E] as [groups][each·E]. */
static laco_var gather(laco_tape *tape, laco_var x, const int32_t *index, int64_t groups, int64_t each)
{
    int64_t E = x->shape[2];
    laco_var rows = laco_reshape(tape, x, 2, (int64_t[]){x->shape[0] * x->shape[1], E});
    rows = rows ? laco_gather(tape, rows, index, groups, each) : NULL;
    return rows ? laco_reshape(tape, rows, 2, (int64_t[]){groups, each * E}) : NULL;
}

static int32_t *index_of(laco_tape *tape, laco_var x, int64_t count, int64_t each)
{
    size_t size;
    int32_t *index = NULL;
    if (x->shape[0] * x->shape[1] > INT32_MAX || !laco_mul_fits((size_t)count, (size_t)each, &size))
        laco_tape_refuse(tape, "a batch of %lld × %lld steps is too large for an mlp", (long long)x->shape[0],
                         (long long)x->shape[1]);
    else if (!(index = laco_arena_alloc(&tape->arena, size, sizeof *index)))
        laco_tape_fail(tape, LACO_NO_MEMORY);
    return index;
}

laco_var laco_window(laco_tape *tape, laco_var x, const int32_t *lengths, int64_t window)
{
    if (!laco_tape_ready(tape, x))
        return NULL;
    int64_t T = x->shape[0], B = x->shape[1];
    int32_t *index = index_of(tape, x, T * B, window);
    for (int64_t place = 0; index && place < T * B; place++) {
        int64_t t = place / B, b = place % B, length = lengths ? lengths[b] : T;
        for (int64_t w = 0; w < window; w++) {
            int64_t step = t + w - window / 2;
            index[place * window + w] = step >= 0 && step < length ? (int32_t)(step * B + b) : -1;
        }
    }
    laco_var rows = index ? gather(tape, x, index, T * B, window) : NULL;
    return rows ? laco_reshape(tape, rows, 3, (int64_t[]){T, B, rows->shape[1]}) : NULL;
}

/* Steps of x behind those of `before`, or behind zeros: [steps + T][B][E]. */
static laco_var join(laco_tape *tape, laco_var before, laco_var x, int64_t steps)
{
    int64_t T = x->shape[0], B = x->shape[1], E = x->shape[2];
    if (!before && (before = laco_var_new(tape, 3, (int64_t[]){steps, B, E}, false)))
        memset(before->data, 0, (size_t)before->size * sizeof *before->data);
    laco_var parts[2] = {laco_reshape(tape, before, 2, (int64_t[]){1, steps * B * E}),
                         laco_reshape(tape, x, 2, (int64_t[]){1, T * B * E})};
    return laco_reshape(tape, laco_concat(tape, parts, 2), 3, (int64_t[]){steps + T, B, E});
}

/* The last steps of x [T][B][E]. */
static laco_var last_steps(laco_tape *tape, laco_var x, int64_t steps)
{
    int64_t B = x->shape[1], E = x->shape[2], from = (x->shape[0] - steps) * B * E;
    laco_var out = laco_var_new(tape, 3, (int64_t[]){steps, B, E}, false);
    if (out)
        memcpy(out->data, x->data + from, (size_t)out->size * sizeof *out->data);
    return out;
}

laco_var laco_window_behind(laco_tape *tape, laco_var x, laco_var *before, int64_t window)
{
    int64_t steps = window - 1;
    if (!laco_tape_ready(tape, x) || window == 1)
        return x;
    int64_t T = x->shape[0], B = x->shape[1];
    laco_var all = join(tape, before ? *before : NULL, x, steps);
    int32_t *index = all ? index_of(tape, all, T * B, window) : NULL;
    for (int64_t place = 0; index && place < T * B; place++)
        for (int64_t w = 0; w < window; w++)
            index[place * window + w] = (int32_t)(place + w * B);
    laco_var rows = index ? gather(tape, all, index, T * B, window) : NULL;
    if (rows && before)
        *before = last_steps(tape, all, steps);
    return rows ? laco_reshape(tape, rows, 3, (int64_t[]){T, B, rows->shape[1]}) : NULL;
}

laco_var laco_side_by_side(laco_tape *tape, laco_var x, const int32_t *lengths, int64_t steps)
{
    if (!laco_tape_ready(tape, x))
        return NULL;
    int64_t T = x->shape[0], B = x->shape[1];
    int32_t *index = index_of(tape, x, B, steps);
    for (int64_t b = 0; index && b < B; b++)
        for (int64_t t = 0; t < steps; t++)
            index[b * steps + t] = t < (lengths ? lengths[b] : T) ? (int32_t)(t * B + b) : -1;
    return index ? gather(tape, x, index, B, steps) : NULL;
}
