/* laco/tape.h - define-by-run: values, the record of what was done to them, and the backward pass.
 *
 * Everything computed on a tape lives until laco_tape_reset, which takes all of it back at once. The first error
 * sticks to the tape: from then on every operation returns NULL, operations take NULL, and laco_backward (or
 * laco_tape_status) returns the error's status. So a loop needs to look only once.
 */
#ifndef LACO_TAPE_H
#define LACO_TAPE_H

#include "laco/module.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct laco_tape laco_tape;

/* A value on a tape: a tensor of 0 to LACO_MAX_DIMS dimensions, row-major. NULL stands for "an error happened", and,
 * where a function says so, for "none". */
typedef struct laco_value *laco_var;

/* Zero means the default. */
typedef struct laco_tape_config {
    bool inference;      /* nothing is recorded or kept for laco_backward */
    uint64_t seed;       /* of dropout masks */
    int64_t reserved[4]; /* zero */
} laco_tape_config;

/* Makes a tape; `config` may be NULL. */
LACO_API laco_status laco_tape_new(laco_context *ctx, const laco_tape_config *config, laco_tape **out);
LACO_API void laco_tape_free(laco_tape *tape);

/* Takes back every value and forgets the error. The memory is kept for the next round. */
LACO_API void laco_tape_reset(laco_tape *tape);

/* The masks drawn from here on are those of `step`: a resumed training sets its step and goes on exactly. */
LACO_API void laco_tape_set_step(laco_tape *tape, uint64_t step);

/* The error that sticks to the tape, or LACO_OK. */
LACO_API laco_status laco_tape_status(const laco_tape *tape);

/* Bytes of workspace that the tape holds: from the second round on, just the most that was ever needed at once. */
LACO_API size_t laco_tape_bytes(const laco_tape *tape);

/* A constant: a copy of `data` with `ndim` dimensions of `shape`. */
LACO_API laco_var laco_input(laco_tape *tape, const laco_real *data, int ndim, const int64_t *shape);

/* The same, and laco_backward computes its gradient (requires_grad=True). */
LACO_API laco_var laco_leaf(laco_tape *tape, const laco_real *data, int ndim, const int64_t *shape);

/* A parameter as a value; its gradient is added to param->grad. The values are used where they lie. */
LACO_API laco_var laco_param_var(laco_tape *tape, laco_param *param);

/* Integers 0 … size-1 as rows of a one-hot matrix: [rows][columns][size], or [columns][size] where rows is 0. `ids` is copied.
 * A recurrent layer looks up columns of its weights for it and never multiplies. An id out of range counts only where it is used.
 */
LACO_API laco_var laco_one_hot(laco_tape *tape, const int32_t *ids, int64_t rows, int64_t columns, int64_t size);

/* Looking at a value. data: [size] elements, valid until the tape is reset; NULL for NULL. */
LACO_API const laco_real *laco_var_data(laco_var var);
LACO_API int laco_var_ndim(laco_var var);
LACO_API int64_t laco_var_dim(laco_var var, int dimension); /* 1 past the last dimension, 0 for NULL */
LACO_API int64_t laco_var_size(laco_var var);

/* The gradient after laco_backward, [size]; NULL where none arrived or was wanted. */
LACO_API const laco_real *laco_var_grad(laco_var var);

/* Adds `grad` ([size]) to the gradient of var, before laco_backward: the vector of a vector-Jacobian product. */
LACO_API laco_status laco_var_add_grad(laco_var var, const laco_real *grad);

/* Part of a computation, as a function: on the given tape, from in[] (those of laco_recompute; NULL stays NULL) to out[]. `user`
 * is a copy of what laco_recompute got. It is called twice and must do the same each time. */
typedef laco_status (*laco_part_fn)(laco_tape *tape, const void *user, const laco_var *in, laco_var *out);

/* Runs a part of a computation without recording it, and again, then with its record, in the backward pass: until then only in[],
 * out[] and a copy of `size` bytes at `user` are kept. So a sequence of a million steps, cut into parts with their states as in[]
 * and out[], trains in the memory of one part and the states between. Masks of dropout and, bit for bit, gradients are those of
 * the part run on `tape` itself (but where several operations use one in[], whose parts of its gradient are added up in the part
 * first). Returns the tape's status; LACO_INVALID also where fn leaves an out[] empty. Chen, Xu, Zhang, Guestrin, "Training deep
 * nets with sublinear memory cost", 2016; torch.utils.checkpoint. */
LACO_API laco_status laco_recompute(laco_tape *tape, laco_part_fn fn, const void *user, size_t size, const laco_var *in, int ins,
                                    laco_var *out, int outs);

/* Backpropagation from `loss`, a value of one element, whose gradient is 1. Gradients are added to those of parameters
 * and leaves. NULL starts from what laco_var_add_grad left. Afterwards only laco_tape_reset makes sense.
 * Returns the tape's error if it has one; LACO_INVALID: loss has more than one element, or the tape is for inference. */
LACO_API laco_status laco_backward(laco_tape *tape, laco_var loss);

#ifdef __cplusplus
}
#endif

#endif
