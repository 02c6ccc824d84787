/* Attention over a memory: its parameters, and the operation on a tape. */
#include "op/attention.h"

#include "kernel/kernel.h"
#include "laco/decoder.h"
#include "nn/attention.h"
#include "nn/module.h"
#include "nn/operation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct laco_attention {
    laco_layer layer;
    laco_attention_config config;
    laco_linear *key, *query; /* query: NULL for dot */
    laco_param *energy;       /* [1][A]; NULL for dot */
};

const char *const laco_attention_kind_names[] = {"none", "dot", "additive", NULL};

/* A layer NAME.PART (PART alone where name is "") without bias. */
static laco_status make_linear(laco_attention *attention, const char *name, const char *part, int64_t in, laco_linear **out)
{
    char full[256];
    laco_module *module = attention->layer.module;
    if (strlen(name) > 240)
        return laco_fail(module->ctx, LACO_INVALID, "attention '%.40s…': the name is longer than 240 bytes", name);
    snprintf(full, sizeof full, "%s%s%s", name, name[0] ? "." : "", part);
    return laco_linear_new(module, full, in, attention->config.size, true, out);
}

static laco_status make_params(laco_attention *attention, const char *name)
{
    const laco_attention_config *config = &attention->config;
    laco_module *module = attention->layer.module;
    LACO_TRY(make_linear(attention, name, "key", config->memory_size, &attention->key));
    if (config->kind == LACO_ATTENTION_DOT)
        return LACO_OK;
    LACO_TRY(make_linear(attention, name, "query", config->query_size, &attention->query));
    LACO_TRY(laco_layer_param(module, name, "energy.weight", 2, (int64_t[]){1, config->size}, &attention->energy));
    laco_param_uniform(module, attention->energy, 1 / sqrt((double)config->size));
    return LACO_OK;
}

laco_status laco_attention_new(laco_module *module, const char *name, const laco_attention_config *config, laco_attention **out)
{
    if (config->kind != LACO_ATTENTION_DOT && config->kind != LACO_ATTENTION_ADDITIVE)
        return laco_fail(module->ctx, LACO_INVALID, "attention '%s': kind %d is neither dot nor additive", name,
                         (int)config->kind);
    if (config->query_size < 1 || config->memory_size < 1 || config->size < 0)
        return laco_fail(module->ctx, LACO_INVALID,
                         "attention '%s': queries of %lld over a memory of %lld; each must be at least 1", name,
                         (long long)config->query_size, (long long)config->memory_size);
    laco_attention *attention = laco_layer_alloc(module, sizeof *attention, NULL);
    if (!attention)
        return LACO_NO_MEMORY;
    laco_layer_keep(&attention->layer);
    attention->config = *config;
    if (config->kind == LACO_ATTENTION_DOT || config->size == 0)
        attention->config.size = config->query_size;
    LACO_TRY(make_params(attention, name));
    *out = attention;
    return LACO_OK;
}

laco_var laco_attention_keys(laco_tape *tape, laco_attention *attention, laco_var values)
{
    return laco_linear_apply(tape, attention->key, values);
}

typedef struct attention_saved {
    laco_attend attend;
    laco_var query, keys, values, y;
    laco_param *energy;
} attention_saved;

/* The gradient of v: each memory's own part, then their sum in order. */
static laco_status add_energy(laco_tape *tape, const attention_saved *s, const laco_real *parts)
{
    const laco_attend *a = &s->attend;
    laco_kernels_of(tape->ctx)->column_sums(a->B, a->A, parts, a->A, s->energy->grad);
    return tape->status;
}

static laco_status attention_backward(laco_tape *tape, void *saved)
{
    const attention_saved *s = saved;
    const laco_attend *a = &s->attend;
    if (!s->y->grad)
        return LACO_OK;
    laco_attend_gradients g = {.context = s->y->grad};
    g.query = laco_wanted(s->query, s->y) ? s->query->grad : NULL;
    g.keys = laco_wanted(s->keys, s->y) ? s->keys->grad : NULL;
    g.values = laco_wanted(s->values, s->y) ? s->values->grad : NULL;
    if (tape->status < 0)
        return tape->status;
    laco_arena_mark mark = laco_arena_save(&tape->arena);
    g.scores = laco_arena_alloc(&tape->arena, (size_t)(a->T * a->B * a->R * a->S), sizeof *g.scores);
    g.energy = s->energy ? laco_arena_zeroed(&tape->arena, (size_t)(a->B * a->A), sizeof *g.energy) : NULL;
    if (!g.scores || (s->energy && !g.energy))
        return LACO_NO_MEMORY;
    laco_attend_backward(tape->ctx, a, &g);
    laco_status status = s->energy ? add_energy(tape, s, g.energy) : tape->status;
    laco_arena_rewind(&tape->arena, mark);
    return status;
}

/* The lengths in the tape's memory; NULL: the tape has failed. */
static const int32_t *keep_lengths(laco_tape *tape, const int32_t *lengths, int64_t S, int64_t B)
{
    int32_t *kept = laco_arena_alloc(&tape->arena, (size_t)B, sizeof *kept);
    if (!kept)
        laco_tape_fail(tape, LACO_NO_MEMORY);
    for (int64_t b = 0; kept && b < B; b++) {
        kept[b] = lengths ? lengths[b] : (int32_t)S;
        if (kept[b] < 0 || kept[b] > S) {
            laco_tape_refuse(tape, "attention: length %d of memory %lld is not within 0 … %lld, its rows", (int)kept[b],
                             (long long)b, (long long)S);
            return NULL;
        }
    }
    return kept;
}

/* Checks that the shapes of query, keys and values fit each other. */
static bool fits(laco_tape *tape, const laco_attention *attention, laco_var query, laco_var keys, laco_var values)
{
    const laco_attention_config *config = &attention->config;
    if (!laco_operand(tape, query) || !laco_operand(tape, keys) || !laco_operand(tape, values))
        return false;
    bool good = query->ndim == 3 && keys->ndim == 3 && values->ndim == 3 && values->shape[2] == config->memory_size &&
                query->shape[2] == config->size && keys->shape[2] == config->size && keys->shape[0] == values->shape[0] &&
                keys->shape[1] == values->shape[1] &&
                (query->shape[1] == 0 || (values->shape[1] > 0 && query->shape[1] % values->shape[1] == 0));
    if (!good)
        laco_tape_refuse(
            tape, "attention: queries %s, keys %s and values %s do not fit; [T][B][%lld], [S][B][%lld] and [S][B][%lld] do",
            laco_var_show(query).text, laco_var_show(keys).text, laco_var_show(values).text, (long long)config->size,
            (long long)config->size, (long long)config->memory_size);
    return good;
}

/* The sizes and pointers of the operation, weights not set; false: the tape has failed. */
static bool describe(laco_tape *tape, const laco_attention *attention, const attention_saved *s, const int32_t *lengths,
                     laco_attend *a)
{
    int64_t S = s->values->shape[0], B = s->values->shape[1];
    *a = (laco_attend){.T = s->query->shape[0],
                       .S = S,
                       .B = B,
                       .R = B > 0 ? s->query->shape[1] / B : 0,
                       .A = attention->config.size,
                       .M = attention->config.memory_size,
                       .query = s->query->data,
                       .keys = s->keys->data,
                       .values = s->values->data,
                       .energy = s->energy ? s->energy->value : NULL};
    return (a->lengths = keep_lengths(tape, lengths, S, B)) != NULL;
}

laco_var laco_attention_apply(laco_tape *tape, laco_attention *attention, laco_var query, const laco_memory *memory,
                              laco_var *weights)
{
    attention_saved s = {.query = attention->query ? laco_linear_apply(tape, attention->query, query) : query,
                         .keys = memory->keys,
                         .values = memory->values,
                         .energy = attention->energy};
    if (!fits(tape, attention, s.query, s.keys, s.values) || !describe(tape, attention, &s, memory->lengths, &s.attend))
        return NULL;
    const laco_attend *a = &s.attend;
    laco_var seen = laco_var_new(tape, 3, (int64_t[]){a->T, a->B * a->R, a->S}, false);
    s.y = laco_var_new(tape, 3, (int64_t[]){a->T, a->B * a->R, a->M}, true);
    if (!seen || !s.y)
        return NULL;
    s.attend.weights = seen->data;
    laco_attend_forward(tape->ctx, a, s.y->data);
    laco_var y = laco_finish(tape, s.y, attention_backward, &s, sizeof s);
    if (y && weights)
        *weights = seen;
    return y;
}
