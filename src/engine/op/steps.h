/* How a batch of sequences of different lengths is laid out for the recurrent driver.
 *
 * Sequences stand in falling order of length, and the rows of one time step lie together, so that step t has
 * the rows offset[t] … offset[t+1]-1 and only those sequences that are still running; no row is padding. */
#ifndef LACO_OP_STEPS_H
#define LACO_OP_STEPS_H

#include "base/arena.h"

typedef struct laco_steps {
    int64_t T;       /* steps of the longest sequence */
    int64_t B;       /* sequences, those of length 0 included */
    int64_t R;       /* rows in all: the sum of the lengths */
    int64_t *offset; /* [T+1] */
    int64_t *order;  /* [B] the caller's place of each sequence */
    int64_t *length; /* [B] falling */
    bool sorted;     /* the caller's order is kept: order[i] = i */
} laco_steps;

/* Rows of step t. */
static inline int64_t laco_steps_active(const laco_steps *steps, int64_t t) { return steps->offset[t + 1] - steps->offset[t]; }

/* Lays out B sequences of `lengths` (each 0 … T; NULL: all T). Memory from `arena`.
 * LACO_INVALID: a length below 0 or above T. */
laco_status laco_steps_make(laco_arena *arena, int64_t T, int64_t B, const int32_t *lengths, laco_steps *steps);

/* What is kept of a run for those who ask, in the caller's rows (t, b): see laco_pass_trace in laco/trace.h. */
typedef struct laco_run_trace {
    laco_real *gates, *h, *c, *dh, *dc;
} laco_run_trace;

/* A [T][B][width] or [B][T][width] tensor of the caller: row (t, b) starts at t·t_stride + b·b_stride. */
typedef struct laco_grid {
    int64_t t_stride, b_stride;
} laco_grid;

/* Copies between the caller's rows and the driver's. Scatter also sets the caller's rows past each end to zero
 * (T_padded steps in all); scatter_add adds and leaves the rest alone. */
void laco_steps_gather(laco_context *ctx, const laco_steps *steps, laco_grid grid, int64_t width, const laco_real *from,
                       laco_real *rows, int64_t rows_ld);
void laco_steps_scatter(laco_context *ctx, const laco_steps *steps, laco_grid grid, int64_t width, int64_t T_padded,
                        const laco_real *rows, int64_t rows_ld, laco_real *to);
void laco_steps_scatter_add(laco_context *ctx, const laco_steps *steps, laco_grid grid, int64_t width, const laco_real *rows,
                            int64_t rows_ld, laco_real *to);

#endif
