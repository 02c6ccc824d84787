/* The inside of a module: the parameters, and the layers that are freed with it. */
#ifndef LACO_NN_MODULE_H
#define LACO_NN_MODULE_H

#include "base/base.h"
#include "laco/module.h"

/* Whether a parameter is among what is expected: LACO_OK, or another status with the error set. */
typedef laco_status (*laco_expectation)(const void *expected, const char *name, int ndim, const int64_t *shape);

struct laco_module {
    laco_context *ctx;
    uint64_t seed;
    bool training;
    laco_precision precision; /* of the layers' products */
    int64_t recompute_steps;  /* of the recurrent layers */
    laco_param **param;       /* [count] each of its own: pointers stay valid as the module grows */
    size_t count, room;
    struct laco_layer *layers; /* newest first */
    laco_expectation expects;  /* NULL: of a module whose layers get first values */
    const void *expected;
    bool shared;       /* laco_module_prepare was here: tapes of other contexts may read it */
    bool settled;      /* laco_module_settle was here: packs are all that there is of some weights */
    _Atomic int users; /* LACO_MODULE_OWNER while its maker has it, and one for each other that reads it */
};

/* Of a module whose values are going to be read from somewhere: asked for each parameter before memory is taken for it, so that
 * what is not there is refused and costs nothing. Its layers do without first values: zeros. NULL: as before. */
LACO_SHARED void laco_module_expect(laco_module *module, laco_expectation expects, const void *expected);

/* Weights that several contexts read are read-only: nobody but the maker may write to them, and not while there are others. */
#define LACO_MODULE_OWNER (1 << 20)
static inline bool laco_module_read_only(const laco_module *module)
{
    return module->settled || atomic_load_explicit(&module->users, memory_order_acquire) != LACO_MODULE_OWNER;
}

/* Whether layers of the module may be applied on a tape of this context: that of the module or a lane of it, or where it is shared
 * another one with the same instruction set, by which packs are laid out. */
static inline bool laco_module_serves(const laco_module *module, const laco_context *ctx)
{
    return ctx == module->ctx || ctx->root == module->ctx || (module->shared && laco_same_instructions(ctx, module->ctx));
}

/* Evaluation mode, with everything packed that inference reads: from then on inference writes nothing in the module.
 * LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_module_prepare(laco_module *module);

/* Reads a parameter's values from somewhere. */
typedef laco_status (*laco_param_read)(const void *user, const laco_param *param);

/* Reads all parameters of a module that is asked and no more, in its precision, and packs what inference reads of them. The values of
 * those that are `copied` are freed as soon as they are packed, one after the other. On failure the module can only be freed. */
LACO_SHARED laco_status laco_module_settle(laco_module *module, laco_param_read read, const void *user);

/* Frees the values of a parameter, and its gradient. */
void laco_param_forget(laco_module *module, laco_param *param);

/* LACO_INVALID: the module was settled, and does not have the values of all its weights. */
LACO_SHARED laco_status laco_check_whole(laco_context *ctx, const laco_module *module);

/* Gives back the memory of packs, which come anew with the next use. Nothing where others read them. */
LACO_SHARED void laco_module_drop_packs(laco_module *module);

/* LACO_INVALID: the weights are read-only now. */
LACO_SHARED laco_status laco_check_writable(laco_context *ctx, const laco_module *module);

/* What every layer begins with. `release` frees what the layer holds beside itself; may be NULL. */
typedef struct laco_layer {
    struct laco_layer *next;
    laco_module *module;
    void (*release)(struct laco_layer *layer);
    laco_status (*prepare)(struct laco_layer *layer); /* packs what inference reads; NULL: nothing */
    /* Reads, packs and forgets those of its parameters that are copied; NULL: it has none. */
    laco_status (*settle)(struct laco_layer *layer, laco_param_read read, const void *user);
    void (*drop_packs)(struct laco_layer *layer); /* gives back the memory of what is packed; NULL: nothing */
} laco_layer;

/* `size` zeroed bytes that begin with a laco_layer; NULL with the error set. It belongs to the module from laco_layer_keep on;
 * before that, the maker frees it with laco_layer_drop, which also takes back the parameters made since `mark`. */
void *laco_layer_alloc(laco_module *module, size_t size, void (*release)(laco_layer *layer));
void laco_layer_keep(laco_layer *layer);
void laco_layer_drop(laco_layer *layer, size_t mark);

/* Memory against time in the recurrent layers of the module: of a call that records, only the output of every step and the state
 * before every `steps`-th are kept, and the steps between are computed again in the backward pass, as many at a time. Results
 * and, in fp32, gradients are the same to the bit. 0, as at first: everything is kept, or where that would take more than 1 GiB,
 * √T steps; below 0: everything is kept. Chen, Xu, Zhang, Guestrin, "Training deep nets with sublinear memory cost", 2016. */
LACO_SHARED void laco_module_set_recompute_steps(laco_module *module, int64_t steps);

/* Elements of all parameters together. */
LACO_SHARED int64_t laco_module_size(const laco_module *module);

/* What a module holds now; and away with the layers and parameters that came since. */
typedef struct laco_module_mark {
    laco_layer *layers;
    size_t count;
} laco_module_mark;
LACO_SHARED laco_module_mark laco_module_here(const laco_module *module);
LACO_SHARED void laco_module_cut(laco_module *module, laco_module_mark mark);

/* LACO_INVALID: the products of this precision have no gradient, or the weights are read-only. */
LACO_SHARED laco_status laco_check_trainable(laco_context *ctx, const laco_module *module);

/* NAME.SUFFIX (SUFFIX alone where name is ""), zero at first. */
laco_status laco_layer_param(laco_module *module, const char *name, const char *suffix, int ndim, const int64_t *shape,
                             laco_param **out);

/* Initial values, which depend on the module's seed and the parameter's name. */
void laco_param_uniform(const laco_module *module, laco_param *param, double bound); /* in [-bound, bound) */
void laco_param_normal(const laco_module *module, laco_param *param);                /* mean 0, variance 1 */

#endif
