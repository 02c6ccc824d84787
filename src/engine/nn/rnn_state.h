/* The state of recurrent layers where it is kept between calls: a tape takes its values back, this stays. */
#ifndef LACO_NN_RNN_STATE_H
#define LACO_NN_RNN_STATE_H

#include "base/base.h"
#include "laco/nn.h"

/* h, and behind it c of an LSTM, in one block without pointers: its bytes are the whole state. L is layers × directions. */
typedef struct laco_rnn_state {
    int64_t h_shape[3]; /* [L][B][P] */
    int64_t c_shape[3]; /* [L][B][H] */
    size_t count;       /* elements of the block */
    laco_real *h;       /* the block */
    laco_real *c;       /* in it; NULL but for an LSTM */
} laco_rnn_state;

/* Zeros for `rows` sequences of these layers, or of any with `layers` (L), P = h_width and H = c_width (0: no c). LACO_NO_MEMORY.
 */
LACO_SHARED laco_status laco_rnn_state_new(laco_context *ctx, const laco_rnn *rnn, int64_t rows, laco_rnn_state *out);
LACO_SHARED laco_status laco_rnn_state_sized(laco_context *ctx, int64_t layers, int64_t rows, int64_t h_width, int64_t c_width,
                                 laco_rnn_state *out);
LACO_SHARED void laco_rnn_state_free(laco_context *ctx, laco_rnn_state *state); /* {0} is allowed */

LACO_SHARED void laco_rnn_state_clear(laco_rnn_state *state);
static inline size_t laco_rnn_state_bytes(const laco_rnn_state *state) { return state->count * sizeof(laco_real); }

/* As constants on a tape, for laco_rnn_apply; and back from what that left, [L][B][P] and [L][B][H]. */
LACO_SHARED laco_state laco_rnn_state_begin(laco_tape *tape, const laco_rnn_state *state);
LACO_SHARED void laco_rnn_state_end(laco_rnn_state *state, const laco_state *values);

/* Sequence `from` of one as sequence `to` of another. */
LACO_SHARED void laco_rnn_state_copy(const laco_rnn_state *source, int64_t from, laco_rnn_state *target, int64_t to);

/* Sequence b of target becomes from[b] of source, for all b: two states, of the same layers. */
LACO_SHARED void laco_rnn_state_gather(const laco_rnn_state *source, const int64_t *from, laco_rnn_state *target);

#endif
