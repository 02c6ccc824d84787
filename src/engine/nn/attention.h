/* Attention, and its inside. Letters as in laco/decoder.h. */
#ifndef LACO_NN_ATTENTION_H
#define LACO_NN_ATTENTION_H

#include "base/base.h"
#include "laco/decoder.h"

/* The names "none", "dot", "additive" from LACO_ATTENTION_NONE on, ended by NULL: tables of a model file hold them. */
LACO_SHARED extern const char *const laco_attention_kind_names[];

typedef struct laco_attention_config {
    laco_attention_kind kind; /* not LACO_ATTENTION_NONE */
    int64_t query_size;       /* H */
    int64_t memory_size;      /* M */
    int64_t size;             /* A of additive attention; 0: H. Of dot attention A is H */
    int64_t reserved[4];      /* zero */
} laco_attention_config;

typedef struct laco_attention laco_attention;

/* Attention `name` in `module`: NAME.key.weight [A][M], and of additive attention NAME.query.weight [A][H] and
 * NAME.energy.weight [1][A]; uniform in ±1/√in, as torch.nn.Linear without bias. On failure the module is only good for being
 * freed. */
laco_status laco_attention_new(laco_module *module, const char *name, const laco_attention_config *config, laco_attention **out);

/* W m (or W_k m) of every row of a memory: values [S][B][M] to [S][B][A]. */
laco_var laco_attention_keys(laco_tape *tape, laco_attention *attention, laco_var values);

/* The contexts Σ_s a[s]·m[s], a = softmax over the valid rows s of score(q, m[s]): query [T][Q][H] to [T][Q][M]. Q is B, or a
 * multiple R·B of it: queries b·R … b·R + R-1 of a step then look at memory b (a beam's rows share one). Of a memory of length 0
 * the context is zero. *weights, where not NULL: the a, [T][Q][S], zero past a memory's end; it carries no gradient. */
laco_var laco_attention_apply(laco_tape *tape, laco_attention *attention, laco_var query, const laco_memory *memory,
                              laco_var *weights);

#endif
