/* Rows of a table. The work is the look-up's: see tape/lookup.c. */
#include "nn/embedding.h"

#include "nn/module.h"
#include "tape/tape.h"

#include <string.h>

struct laco_embedding {
    laco_layer layer;
    laco_param *weight; /* [V][E] */
    int64_t padding;
};

laco_status laco_embedding_new(laco_module *module, const char *name, int64_t V, int64_t E, int64_t padding, laco_embedding **out)
{
    laco_context *ctx = module->ctx;
    if (V < 1 || E < 1)
        return laco_fail(ctx, LACO_INVALID, "embedding '%s': %lld rows of %lld; each must be at least 1", name, (long long)V,
                         (long long)E);
    if (padding < -1 || padding >= V)
        return laco_fail(ctx, LACO_INVALID, "embedding '%s': padding row %lld is not within 0 … %lld, nor -1 for none", name,
                         (long long)padding, (long long)V - 1);
    size_t mark = module->count;
    laco_embedding *embedding = laco_layer_alloc(module, sizeof *embedding, NULL);
    if (!embedding)
        return LACO_NO_MEMORY;
    laco_status status = laco_layer_param(module, name, "weight", 2, (int64_t[]){V, E}, &embedding->weight);
    if (status < 0) {
        laco_layer_drop(&embedding->layer, mark);
        return status;
    }
    embedding->weight->matrix = true;
    embedding->padding = padding;
    laco_param_normal(module, embedding->weight);
    if (padding >= 0)
        memset(embedding->weight->value + padding * E, 0, (size_t)E * sizeof(laco_real));
    laco_layer_keep(&embedding->layer);
    *out = embedding;
    return LACO_OK;
}

laco_var laco_embedding_apply(laco_tape *tape, laco_embedding *embedding, const int32_t *ids, int64_t rows, int64_t columns)
{
    laco_param *weight = embedding->weight;
    if (!laco_module_serves(embedding->layer.module, tape->ctx))
        return laco_tape_refuse(tape, "embedding '%s': the tape belongs to another context than the layer", weight->name);
    return laco_var_lookup(tape, ids, rows, columns, weight, weight->shape[0], embedding->padding);
}

laco_param *laco_embedding_weight(laco_embedding *embedding) { return embedding->weight; }
