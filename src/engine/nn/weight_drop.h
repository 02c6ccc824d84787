/* Weight drop: recurrent weights of which a share is zero for one call of a recurrent layer, the same at every step.
 * W' = W_hh ⊙ m, m one of 0 and 1/(1-p); the gradient of W_hh is that of W' times m. Merity, Keskar, Socher, "Regularizing and
 * optimizing LSTM language models", ICLR 2018. */
#ifndef LACO_NN_WEIGHT_DROP_H
#define LACO_NN_WEIGHT_DROP_H

#include "op/recurrent.h"
#include "tape/tape.h"

/* The weights of one call. Lives in the tape's memory, so that each call on a tape has its own. */
typedef struct laco_weight_drop {
    const laco_recurrent_shape *shape;
    const laco_cell_weights *kept; /* [passes] whole */
    laco_cell_weights *dropped;    /* [passes] for the driver: packed forwards, gradients of W' apart */
    laco_real **mask;              /* [passes][gates·H·P] */
} laco_weight_drop;

/* Draws the masks. NULL: the tape has failed. */
laco_weight_drop *laco_weight_drop_make(laco_tape *tape, const laco_recurrent_shape *shape, const laco_cell_weights *weights,
                                        double p);

/* Before the driver's backward pass, and after: packs W' backwards; adds the gradients of W' to those of W_hh. */
void laco_weight_drop_pack(laco_context *ctx, const laco_weight_drop *drop);
void laco_weight_drop_collect(laco_context *ctx, const laco_weight_drop *drop);

#endif
