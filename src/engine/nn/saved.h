/* Named numbers that go into a safetensors file and come back: one list for writing, for checking and for reading. */
#ifndef LACO_NN_SAVED_H
#define LACO_NN_SAVED_H

#include "base/tensor_file.h"
#include "nn/module.h"

typedef enum laco_saved_kind {
    LACO_SAVED_WEIGHT, /* laco_real, finite */
    LACO_SAVED_BUFFER, /* laco_real: squares of large gradients may be infinite */
    LACO_SAVED_DOUBLE, /* one double, finite */
    LACO_SAVED_FIXED,  /* one double that the file must have as it is here */
    LACO_SAVED_COUNT,  /* one int64_t, not negative */
} laco_saved_kind;

/* One tensor: where its numbers are. A scalar has ndim 0. */
typedef struct laco_saved {
    laco_saved_kind kind;
    const char *name;
    int ndim;
    const int64_t *shape;
    void *data;
} laco_saved;

/* Calls visit(user, …) for each tensor of `owner`, in the same order every time; stops at the first failure. */
typedef laco_status (*laco_saved_visit)(void *user, const laco_saved *saved);
typedef laco_status (*laco_saved_walk)(void *owner, laco_saved_visit visit, void *user);

/* The parameters of a module (`owner`), under their names. */
LACO_SHARED laco_status laco_module_walk(void *owner, laco_saved_visit visit, void *user);

/* Tensors of an optimiser have names that begin so; a file that has some says so in this metadata. */
#define LACO_SAVED_OPTIMISER "optim."
#define LACO_SAVED_OPTIMISER_KEY "laco.optimiser"
#define LACO_SAVED_NAME 512 /* bytes of a name, its end included */

/* Adds every tensor to a file, laco_real as this library holds it: bit for bit. */
laco_status laco_saved_write(laco_context *ctx, laco_tensor_writer *writer, laco_saved_walk walk, void *owner);

/* Reads every tensor, or none: LACO_FORMAT names what is missing, left over or does not fit, with shapes. Of tensors that begin
 * with `ignored` (NULL: none) it does not matter that they are left over. */
LACO_SHARED laco_status laco_saved_read(laco_context *ctx, const laco_tensor_file *file, laco_saved_walk walk, void *owner,
                                        const char *ignored);

#endif
