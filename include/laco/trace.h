/* laco/trace.h - what recurrent layers did, step by step: gates, candidates and states, and where a loss pulls at them.
 *
 *     laco_tape_trace(tape, true);
 *     laco_var y = laco_rnn_apply(tape, lstm, x, NULL, NULL);
 *     laco_backward(tape, laco_sum(tape, laco_select(tape, y, T - 1)));
 *     const laco_rnn_trace *trace = laco_tape_traces(tape, NULL)[0];
 *     trace->pass[0].gates …  i, f, g, o at every step;   trace->pass[0].dh …  ∂L/∂h at every step
 *
 * The numbers are those of the fused layer, to the bit: it keeps what it computes anyway. A call that is not traced does nothing
 * for it.
 */
#ifndef LACO_TRACE_H
#define LACO_TRACE_H

#include "laco/nn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One layer in one direction. Row (t, b) is step t of sequence b, in the caller's order; rows past the end of a sequence are
 * zero. Backwards, step t too is the t-th of the sequence, with the state after it was read. */
typedef struct laco_pass_trace {
    const laco_real *gates; /* [T][B][G][H]: see laco_rnn_trace.gate_names */
    const laco_real *h;     /* [T][B][P] the state after the step */
    const laco_real *c;     /* [T][B][H] of an LSTM, else NULL */
    /* The gradients of what laco_backward started from by h and by c after each step, along all paths: that of h through whatever
     * reads the layer's output and through the step after, that of c through h and through the c after. Zeros before
     * laco_backward; NULL on a tape for inference. dc of an LSTM alone. */
    const laco_real *dh, *dc;
} laco_pass_trace;

/* One call of a recurrent layer or cell. It lies on the tape. */
typedef struct laco_rnn_trace {
    const laco_rnn *rnn; /* of a cell: the layer in it */
    laco_cell_kind cell;
    laco_nonlinearity nonlinearity; /* of LACO_RNN */
    int64_t T, B, I, H, P;
    int layers, directions;
    bool batch_first;
    /* What stands in a row of `gates`, G blocks of H, by name: LSTM i, f, g, o; GRU r, z, hn, n, where hn = W_hn h + b_hn, which r
     * is multiplied with; RNN a, the sum before the nonlinearity. */
    int G;
    const char *const *gate_names;
    const int32_t *lengths;      /* [B] or NULL: all T */
    laco_var x;                  /* what the first layer read, with its gradient by laco_var_grad after laco_backward */
    const laco_pass_trace *pass; /* [layers·directions], the forward direction of a layer first */
} laco_rnn_trace;

/* From here on every call of a recurrent layer or cell on this tape is traced, or no more. It takes memory for all gates and
 * states; a layer's input that is looked up (embedding, one-hot) is fetched. Parts of laco_recompute are not traced. */
LACO_API void laco_tape_trace(laco_tape *tape, bool on);

/* The calls traced since the tape was reset, in their order; *count (may be NULL) how many. Valid until the next call on the
 * tape that is traced, what they point to until the tape is reset. NULL where there is none. */
LACO_API const laco_rnn_trace *const *laco_tape_traces(const laco_tape *tape, size_t *count);

#ifdef __cplusplus
}
#endif

#endif
