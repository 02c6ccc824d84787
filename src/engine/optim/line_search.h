/* Search along a line for a point that satisfies the strong Wolfe conditions. */
#ifndef LACO_OPTIM_LINE_SEARCH_H
#define LACO_OPTIM_LINE_SEARCH_H

#include "base/base.h"
#include "kernel/kernel.h"

/* A point x + t·d: the loss there, its gradient, and the gradient's product with d. */
typedef struct laco_line_point {
    double t, loss, slope;
    laco_real *grad;
} laco_line_point;

typedef struct laco_line {
    const laco_kernels *kernels;
    int64_t size; /* elements of d and of every gradient */
    const laco_real *d;
    laco_real *grad[3]; /* room for gradients on the way */
    laco_status (*evaluate)(void *user, double t, laco_real *grad, double *loss);
    void *user;
} laco_line;

/* From *point (t = 0, slope below 0) with first trial `t` to the point found; the memory that point->grad points to takes its
 * gradient. Only a failing evaluation makes this fail; *point is then as before. */
laco_status laco_strong_wolfe(const laco_line *line, double t, laco_line_point *point);

#endif
