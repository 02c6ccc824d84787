/* laco/stream.h - one time step after another: a recurrent layer opened for stepping.
 *
 * For a program that gets its sequence bit by bit (audio, sensors, text that is being written) and needs each answer at once. A
 * stream keeps packed weights and a state in one block; a step allocates nothing, takes no lock, starts no thread, and cannot
 * fail. Results equal those of laco_rnn_apply over the whole sequence, bit for bit.
 */
#ifndef LACO_STREAM_H
#define LACO_STREAM_H

#include "laco/nn.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct laco_stream laco_stream;

/* Opens `rnn` (one direction) for `batch` sequences side by side, from a state of zeros. The weights are packed now: later
 * changes of the layer do not show, and the stream may outlive the layer, but not the context. Several streams of one layer may
 * step in several threads at once. Products are of the module's precision (laco_module_set_precision). *out is the caller's.
 * LACO_INVALID: the layer is bidirectional, or batch is not within 1 … 2^31-1; LACO_NO_MEMORY. */
LACO_API laco_status laco_stream_new(laco_rnn *rnn, int64_t batch, laco_stream **out);

/* NULL is allowed. */
LACO_API void laco_stream_free(laco_stream *stream);

/* One step: x [batch][I] to the output of the top layer, [batch][P], which is the stream's and stands until its next step.
 * Dropout plays no part. */
LACO_API const laco_real *laco_stream_step(laco_stream *stream, const laco_real *x);

/* The state as one block of bytes: copy it out to save it, copy it in to restore it, into this stream or another one of the same
 * layer and batch. It holds h [layers][batch][P] and behind it, of an LSTM, c [layers][batch][H]; no pointers. Zeros are
 * the beginning. */
LACO_API void *laco_stream_state(laco_stream *stream);
LACO_API size_t laco_stream_state_size(const laco_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
