/* A whole recurrent network: layers, directions, dropout between layers, sequences of different lengths. One driver serves
 * RNN, GRU and LSTM, a layer and a single cell step alike. */
#ifndef LACO_OP_RECURRENT_H
#define LACO_OP_RECURRENT_H

#include "op/cell.h"
#include "op/steps.h"

typedef struct laco_recurrent_shape {
    laco_gate_kind kind;
    int64_t I, H, P; /* P: H, or proj_size */
    int64_t layers;
    int directions; /* 1 or 2 */
    laco_precision precision;
} laco_recurrent_shape;

/* The shape of one layer: the first reads x, the others the layer below. */
static inline laco_cell_shape laco_recurrent_layer(const laco_recurrent_shape *shape, int64_t layer)
{
    return (laco_cell_shape){shape->kind, layer == 0 ? shape->I : shape->directions * shape->P, shape->H, shape->P,
                             shape->precision};
}

typedef struct laco_recurrent_call {
    laco_recurrent_shape shape;
    laco_cell_weights *weights; /* [layers·directions], forward direction first; packs filled */
    int64_t T, B;
    bool batch_first;       /* layout of x, ids and output */
    const int32_t *lengths; /* [B] in the caller's order, or NULL */
    /* The input: x, or ids into a table of rows [V][I], or (table NULL) ids as one-hot rows. */
    const laco_real *x;
    const int32_t *ids;
    const laco_real *table;
    int64_t table_size;       /* V: ids are below it */
    int64_t padding;          /* the row of the table that gets no gradient, or -1 */
    const laco_real *h0, *c0; /* [layers·directions][B][P] and [H], or NULL for zeros */
    double dropout;           /* between layers; 0: none */
    bool variational;         /* one mask for all steps of a sequence */
    uint64_t seed;
    const uint64_t *mask_streams; /* [layers-1] of random numbers, where dropout > 0 */
    bool training;                /* keep what backward needs */
    int64_t recompute_steps;      /* training: steps of a chunk (see op/pass.h); 0: chosen by size; below 0: all steps */
    laco_real *output, *hn, *cn;  /* results; cn only for the LSTM */
    laco_run_trace *trace;        /* [layers·directions] is filled; NULL: nobody asks */
} laco_recurrent_call;

/* What backward needs; lives in the arena. */
typedef struct laco_recurrent_saved laco_recurrent_saved;

/* Runs the network. With call->training *saved is set and everything stays in the arena; else the arena is as before.
 * LACO_INVALID: a length or an id out of range. */
laco_status laco_recurrent_forward(laco_arena *arena, const laco_recurrent_call *call, laco_recurrent_saved **saved);

/* Gradients that arrive (NULL: none) and that are wanted (added to; NULL: not wanted). dtable is [V][I]. */
typedef struct laco_recurrent_gradients {
    const laco_real *doutput, *dhn, *dcn;
    laco_real *dx, *dtable, *dh0, *dc0;
} laco_recurrent_gradients;

/* Goes back once: what was kept is overwritten. Gradients of weights are added to call->weights' d…. */
laco_status laco_recurrent_backward(laco_arena *arena, laco_recurrent_saved *saved, const laco_recurrent_gradients *gradients);

#endif
