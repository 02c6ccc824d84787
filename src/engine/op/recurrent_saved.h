/* What the two directions of src/op/recurrent*.c share. */
#ifndef LACO_OP_RECURRENT_SAVED_H
#define LACO_OP_RECURRENT_SAVED_H

#include "op/pass.h"
#include "op/recurrent.h"

/* One layer: its runs (one or two directions) and the mask that was laid over its output. */
typedef struct laco_recurrent_stage {
    laco_cell_shape shape;
    laco_layer_run run[2];
    laco_real *h0; /* [B][y_ld] initial states, both directions side by side */
    laco_real *y;  /* [R][y_ld] behind them, or the caller's output */
    int64_t y_ld;
    laco_real *mask; /* [R][directions·P], NULL: none */
} laco_recurrent_stage;

struct laco_recurrent_saved {
    laco_recurrent_call call;
    laco_steps steps;
    int64_t chunk;               /* steps whose gates are kept at a time: T, or fewer */
    laco_layer_run_input input;  /* of the first layer */
    const int32_t *unique;       /* [input.rows] the id of each row, where the input is looked up */
    laco_recurrent_stage *stage; /* [layers] */
};

/* Strides of a caller's tensor with `width` elements a row. */
static inline laco_grid laco_recurrent_grid(const laco_recurrent_call *call, int64_t width)
{
    return call->batch_first ? (laco_grid){width, call->T * width} : (laco_grid){call->B * width, width};
}

/* True where the caller's rows are already laid out as the driver's. */
static inline bool laco_recurrent_aligned(const laco_recurrent_saved *saved)
{
    const laco_recurrent_call *call = &saved->call;
    bool same_layout = !call->batch_first || call->B == 1 || call->T == 1;
    return same_layout && saved->steps.sorted && saved->steps.R == call->T * call->B;
}

/* The row of sequence place b after its last step. */
static inline int64_t laco_final_row(const laco_steps *steps, bool reverse, int64_t b)
{
    int64_t length = steps->length[b];
    return length == 0 ? b - steps->B : reverse ? b : steps->offset[length - 1] + b;
}

#endif
