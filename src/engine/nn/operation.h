/* What operations on a tape have in common: looking at operands, and recording the backward pass. */
#ifndef LACO_NN_OPERATION_H
#define LACO_NN_OPERATION_H

#include "tape/tape.h"

/* The elements of an operand, or NULL: it is NULL or lives elsewhere, its rows cannot be fetched, or the tape had failed.
 * Then the operation returns NULL. */
LACO_SHARED laco_real *laco_operand(laco_tape *tape, laco_var x);

/* Ends an operation that made `y`: where y needs a gradient, keeps a copy of `size` bytes at `saved` and records `backward`.
 * Returns y, or NULL where there is no memory for that. */
LACO_SHARED laco_var laco_finish(laco_tape *tape, laco_var y, laco_backward_fn backward, const void *saved, size_t size);

/* Begins the backward pass from y to x: false where x wants no gradient or none arrived at y. Else x->grad is there; NULL
 * without memory, and the tape has failed. */
static inline bool laco_wanted(laco_var x, laco_var y) { return x->needs_grad && y->grad && laco_var_gradient(x); }

/* A value that shares the elements from `data` on with another one. */
LACO_SHARED laco_var laco_var_view(laco_tape *tape, laco_real *data, int ndim, const int64_t *shape, bool needs_grad);

/* laco_pool_steps of the last step. */
laco_var laco_last_step(laco_tape *tape, laco_var x, const int32_t *lengths);

bool laco_same_shape(laco_var a, laco_var b);

/* A shape for an error text: [3][4], or "one element" without dimensions. */
typedef struct laco_var_text {
    char text[100];
} laco_var_text;
LACO_SHARED laco_var_text laco_var_show(laco_var x);

#endif
