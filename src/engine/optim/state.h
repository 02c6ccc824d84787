/* What optimisers remember, for those who store it in a form of their own. */
#ifndef LACO_OPTIM_STATE_H
#define LACO_OPTIM_STATE_H

#include "base/base.h"
#include "laco/optim.h"

/* Steps done: a checkpoint stores it beside the buffers. Steps in which a parameter was frozen do not count for it (Adam's
 * corrections, SGD's first step); setting leaves those alone that are frozen then. */
LACO_SHARED int64_t laco_optimiser_steps(const laco_optimiser *optimiser);
LACO_SHARED void laco_optimiser_set_steps(laco_optimiser *optimiser, int64_t steps);

/* The optimiser's memory, for a checkpoint: buffer `index` of parameter `param` (its place in the module), as many elements as
 * the parameter has; its name ("exp_avg", "momentum_buffer") in *name. Indices run from 0 without a gap; NULL: no such buffer. */
LACO_SHARED laco_real *laco_optimiser_buffer(laco_optimiser *optimiser, size_t param, int index, const char **name);

/* An optimiser of a part of the parameters: of each elements begin … end-1 alone, `own` having one stretch for each parameter of the
 * module. laco_optimiser_buffer has as many elements, and steps count as if it had all. */
typedef struct laco_stretch {
    int64_t begin, end;
} laco_stretch;
LACO_SHARED laco_status laco_optimiser_new_part(laco_module *module, const laco_optimiser_config *config, const laco_stretch *own,
                                                laco_optimiser **out);

/* laco_clip_grad_norm in its parts: Σ x² of a parameter, of stretches one behind the other that are cut at multiples of
 * LACO_SQUARES_GRAIN, to the bits that it has in one; and the limit on a norm that is known. */
#define LACO_SQUARES_GRAIN 32
typedef struct laco_squares {
    double sums[LACO_SQUARES_GRAIN]; /* zero at first */
} laco_squares;
LACO_SHARED void laco_squares_add(const laco_module *module, int64_t count, const laco_real *x, laco_squares *squares);
LACO_SHARED double laco_squares_sum(const laco_module *module, const laco_squares *squares);
LACO_SHARED void laco_clip_to_norm(laco_module *module, double norm, double max_norm);

/* L-BFGS by itself, as laco_optimiser_new and laco_optimiser_step_closure have it. */
typedef struct laco_lbfgs laco_lbfgs;
LACO_SHARED laco_status laco_lbfgs_new(laco_module *module, const laco_optimiser_config *config, laco_lbfgs **out);
LACO_SHARED void laco_lbfgs_free(laco_lbfgs *lbfgs);
LACO_SHARED laco_status laco_lbfgs_step(laco_lbfgs *lbfgs, laco_closure closure, void *user, double *loss);
LACO_SHARED double laco_lbfgs_lr(const laco_lbfgs *lbfgs);
LACO_SHARED void laco_lbfgs_set_lr(laco_lbfgs *lbfgs, double lr);

/* What a checkpoint stores: these numbers, and the buffers. */
typedef struct laco_lbfgs_state {
    int64_t iterations;  /* since the start, over all steps */
    int64_t evaluations; /* closure calls, likewise */
    int64_t history;     /* pairs remembered */
    double t;            /* length of the last step along d */
    double h_diag;       /* scale of the first approximation to the inverse Hessian */
} laco_lbfgs_state;

LACO_SHARED void laco_lbfgs_get_state(const laco_lbfgs *lbfgs, laco_lbfgs_state *state);
/* Makes room for `state->history` pairs; the buffers are to be filled afterwards. LACO_INVALID: a negative count, or more pairs
 * than history_size; LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_lbfgs_set_state(laco_lbfgs *lbfgs, const laco_lbfgs_state *state);

/* Elements of each buffer, which is those of the parameters together. */
LACO_SHARED int64_t laco_lbfgs_size(const laco_lbfgs *lbfgs);
/* Buffer 0, 1, 2 … by torch's names: "d", "prev_flat_grad", then "old_dirs.0", "old_stps.0", "old_dirs.1" …. *name is good until
 * the next call. NULL: no such buffer. */
LACO_SHARED laco_real *laco_lbfgs_buffer(laco_lbfgs *lbfgs, size_t index, const char **name);

#endif
