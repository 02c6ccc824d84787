/* The inside of L-BFGS: its memory (lbfgs.c) and its step (lbfgs_step.c). */
#ifndef LACO_OPTIM_LBFGS_H
#define LACO_OPTIM_LBFGS_H

#include "base/base.h"
#include "kernel/kernel.h"
#include "laco/optim.h"
#include "nn/saved.h"
#include "optim/state.h"

/* A step taken and what it did to the gradient, each [size]. */
typedef struct laco_lbfgs_pair {
    laco_real *dir; /* y: the change of the gradient; torch's old_dirs */
    laco_real *stp; /* s: the change of the parameters; torch's old_stps */
    double rho;     /* 1 / (y·s) */
    double alpha;   /* within one run of the two loops */
} laco_lbfgs_pair;

struct laco_lbfgs {
    laco_context *ctx;
    const laco_kernels *kernels;
    laco_lbfgs_config config; /* without zeros */
    double lr;
    laco_param **param; /* [params] those that move */
    size_t params;
    int64_t size; /* elements of all of them: of every vector here */
    laco_lbfgs_state state;
    laco_lbfgs_pair *pair; /* [room] oldest first; the first state.history hold something */
    size_t room, pairs;    /* the first `pairs` have memory */
    bool rho_unknown;      /* pairs came from outside */
    laco_real *d, *grad, *prev_grad;
    laco_real *start;   /* parameters at the start of a step */
    laco_real *x;       /* parameters at the start of a line search; NULL without one, as is `line` */
    laco_real *line[3]; /* gradients of the line search */
    char name[32];      /* of the buffer last asked for */
    laco_closure closure;
    void *user;
};

/* All that L-BFGS (`owner`) remembers, with as many pairs as state.history says: see nn/saved.h. */
laco_status laco_lbfgs_walk(void *owner, laco_saved_visit visit, void *user);

/* Makes sure that the first `count` pairs have memory. */
laco_status laco_lbfgs_reserve(laco_lbfgs *lbfgs, size_t count);

#endif
