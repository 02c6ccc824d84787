/* What a recurrent layer shows to the rest of nn. */
#ifndef LACO_NN_RECURRENT_H
#define LACO_NN_RECURRENT_H

#include "base/base.h"
#include "laco/nn.h"
#include "op/recurrent.h"

/* The names of the cells from LACO_RNN on, ended by NULL. */
LACO_SHARED extern const char *const laco_cell_names[];

laco_context *laco_rnn_context(const laco_rnn *rnn);
const laco_recurrent_shape *laco_rnn_shape(const laco_rnn *rnn);
laco_precision laco_rnn_precision(const laco_rnn *rnn); /* of its module now */

/* The weights of a layer in a direction, as the driver takes them. */
const laco_cell_weights *laco_rnn_weights(const laco_rnn *rnn, int64_t layer, int direction);

#endif
