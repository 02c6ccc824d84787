/* laco/module.h - named parameters and the layers that own them, as torch.nn.Module.
 *
 * A module is a tree: a root made by laco_module_new, and the layers made in it under names. Parameters carry
 * PyTorch's state_dict names ("rnn.weight_ih_l0") and shapes. Freeing the root frees everything in it.
 */
#ifndef LACO_MODULE_H
#define LACO_MODULE_H

#include "laco/context.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LACO_MAX_DIMS 4

typedef struct laco_module laco_module;

/* A parameter: values and gradient of one tensor, row-major. Owned by its module. Whoever writes to `value` calls
 * laco_param_changed afterwards: layers keep packed copies of their weights. */
typedef struct laco_param {
    const char *name; /* full name in the tree */
    int ndim;
    int64_t shape[LACO_MAX_DIMS];
    int64_t count;    /* elements: the product of shape */
    laco_real *value; /* [count] */
    laco_real *grad;  /* [count], what laco_backward adds to */
    bool frozen;      /* optimisers leave it alone */
    uint64_t version; /* raised by laco_param_changed */
    bool matrix;      /* [out][in] of a layer, or a table: what a model of fewer bits stores in them */
    bool lent;        /* value and grad are the caller's: laco_param_lend */
    bool copied;      /* read as a packed copy: of laco_model_load_for_inference, value and grad are NULL */
} laco_param;

/* A root without parameters. `seed` decides the initial values: each depends on the seed and the parameter's name. */
LACO_API laco_status laco_module_new(laco_context *ctx, uint64_t seed, laco_module **out);

/* Frees the module, its layers and parameters. NULL is allowed. */
LACO_API void laco_module_free(laco_module *module);

/* Training mode (dropout at work) or evaluation mode, as train() and eval(); a new module is in training mode. */
LACO_API void laco_module_set_training(laco_module *module, bool training);

/* The precision of the matrix products of the module's layers, LACO_FP32 at first. Values and gradients stay as they are; what
 * goes into a product is rounded on its way, so with LACO_BF16 a network trains with weights of full precision. LACO_INT8 has no
 * gradient: laco_backward through such a layer is LACO_INVALID. Not to be changed between a call on a tape and laco_backward. */
LACO_API void laco_module_set_precision(laco_module *module, laco_precision precision);
LACO_API laco_precision laco_module_precision(const laco_module *module);

/* Parameters in the order in which they were made. */
LACO_API size_t laco_module_param_count(const laco_module *module);
LACO_API laco_param *laco_module_param(laco_module *module, size_t index);    /* NULL: no such index */
LACO_API laco_param *laco_module_find(laco_module *module, const char *name); /* NULL: no such name */

/* Sets every gradient to zero. */
LACO_API void laco_module_zero_grad(laco_module *module);

/* Says that `value` was written to. */
LACO_API void laco_param_changed(laco_param *param);

/* From here on values and gradient of a parameter lie in memory of the caller's, [count] each: that of another library, which need
 * not be copied. What the parameter had is freed, and was in vain; whoever lends says by laco_param_changed whether the values are
 * others than those that layers have packed. Both stand until others are lent in their place, or nothing is computed with the
 * module any more; what a tape has recorded reads them in laco_backward, too. `grad` NULL: no gradient is wanted of a recurrent layer.
 * The module frees neither. */
LACO_API void laco_param_lend(laco_module *module, laco_param *param, laco_real *value, laco_real *grad);

/* A parameter of one's own, zero until written to. LACO_INVALID: the name is taken or a size is below 1. */
LACO_API laco_status laco_module_add_param(laco_module *module, const char *name, int ndim, const int64_t *shape,
                                           laco_param **out);

/* ---- Files ---- */

/* Writes all parameters to a safetensors file, under their names and nothing else, whole or not at all: what is at `path` stands
 * until the new file is complete. torch reads it with safetensors.torch.load_file. LACO_IO, LACO_NO_MEMORY. */
LACO_API laco_status laco_module_save(laco_module *module, const char *path);

/* Reads the values of all parameters from a safetensors file of any origin: numbers of type F32, F64, F16 or BF16, which become
 * laco_real. The file has a tensor of the same name and shape for each parameter and none beside these, as
 * load_state_dict(strict=True) wants it; of a checkpoint (laco/optim.h) it takes the parameters. Whole or not at all: on failure
 * the module is as before. LACO_FORMAT: not such a file, or it does not fit; the text names what is missing, left over or of
 * another shape, with the shapes. LACO_IO, LACO_NO_MEMORY. */
LACO_API laco_status laco_module_load(laco_module *module, const char *path);

#ifdef __cplusplus
}
#endif

#endif
