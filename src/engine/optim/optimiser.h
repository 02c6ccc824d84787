/* The inside of an optimiser: what each kind of it brings. */
#ifndef LACO_OPTIM_OPTIMISER_H
#define LACO_OPTIM_OPTIMISER_H

#include "base/base.h"
#include "base/threads.h"
#include "kernel/kernel.h"
#include "laco/optim.h"
#include "nn/saved.h"
#include "optim/state.h"

#define LACO_OPTIMISER_BUFFERS 3

/* One update of some elements of one parameter. Buffers that the configuration does without are NULL. */
typedef struct laco_update {
    const laco_optimiser_config *config; /* with `lr` as it is at this step */
    const laco_kernels *kernels;
    int64_t step; /* of this parameter: 1, 2, 3 … */
    int64_t n;
    laco_real *grad; /* only read by a kind's step */
    laco_real *param;
    laco_real *buffer[LACO_OPTIMISER_BUFFERS];
} laco_update;

/* A kind of optimiser. A step is element by element, so that it does not matter how a parameter is cut up. */
typedef struct laco_optimiser_type {
    const char *name;
    const char *buffer[LACO_OPTIMISER_BUFFERS]; /* torch's names */
    /* Puts the defaults in and checks the rest. */
    laco_status (*prepare)(laco_context *ctx, laco_optimiser_config *config);
    bool (*has_buffer)(const laco_optimiser_config *config, int index);
    void (*step)(const laco_update *update);
} laco_optimiser_type;

extern const laco_optimiser_type laco_optimiser_sgd;
extern const laco_optimiser_type laco_optimiser_adam;
extern const laco_optimiser_type laco_optimiser_adamw;
extern const laco_optimiser_type laco_optimiser_rmsprop;

/* `value` where it is not 0, else the default. */
static inline double laco_or_default(double value, double otherwise) { return value != 0 ? value : otherwise; }

/* A hyperparameter must be a finite number that is not negative, or lie in [0, 1). `name` is the optimiser's. */
laco_status laco_check_not_negative(laco_context *ctx, const char *name, const char *what, double value);
laco_status laco_check_fraction(laco_context *ctx, const char *name, const char *what, double value);

/* All that an optimiser (`owner`) remembers, its hyperparameters and its learning rate among it: see nn/saved.h. */
laco_status laco_optimiser_walk(void *owner, laco_saved_visit visit, void *user);
const char *laco_optimiser_name(const laco_optimiser *optimiser);

/* What it is where it is L-BFGS, which has a walk of its own; else NULL. */
laco_lbfgs *laco_optimiser_lbfgs(const laco_optimiser *optimiser);

#endif
