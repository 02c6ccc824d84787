/* laco/decoder.h - one sequence out of something else: attention over a memory, and the recurrent decoder that reads it.
 *
 * A decoder writes a sequence of tokens, each behind those it has written. What the sequence is about reaches it in two ways,
 * alone or together: a vector that sets its first state, and a memory of S rows (an encoder's outputs) that it looks at anew
 * before each token. Letters: T target steps, S memory steps, B batch, H hidden, M width of the memory, V target tokens.
 */
#ifndef LACO_DECODER_H
#define LACO_DECODER_H

#include "laco/nn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Attention ----------------------------------------------------------------------------------------------------- */

typedef enum laco_attention_kind {
    LACO_ATTENTION_DEFAULT, /* the task's; here none */
    LACO_ATTENTION_NONE,
    LACO_ATTENTION_DOT,      /* score(q, m) = qᵀ W m: "general" of Luong, Pham, Manning, EMNLP 2015 */
    LACO_ATTENTION_ADDITIVE, /* score(q, m) = vᵀ tanh(W_q q + W_k m): Bahdanau, Cho, Bengio, ICLR 2015 */
} laco_attention_kind;

/* What is looked at. `lengths`: [B] rows of each memory, 0 … S; NULL: all S; the caller keeps them while the memory is used. */
typedef struct laco_memory {
    laco_var values;        /* [S][B][M] */
    laco_var keys;          /* [S][B][A], what attention makes of them once, for all steps that look at this memory */
    const int32_t *lengths; /* what values hold past the end does not matter, as long as it is finite */
} laco_memory;

/* ---- The decoder ----------------------------------------------------------------------------------------------------- */

/* Zero means the default. */
typedef struct laco_decoder_config {
    laco_cell_kind cell;
    int64_t outputs;               /* V, start and end tokens among them; at least 1 */
    int64_t embed;                 /* E: width of the embedding; 0: H */
    int64_t hidden;                /* H; at least 1 */
    int64_t layers;                /* L; 0: 1 */
    laco_attention_kind attention; /* read behind the top layer */
    int64_t memory_size;           /* M; of attention */
    int64_t bridge;                /* width of the vector that sets the first state; 0: the first state is zero */
    double dropout;                /* when training: of the embedding, between layers, and in front of the output layer */
    double embed_dropout;          /* of the embedding alone; 0: as `dropout`, negative: none, which is a third faster */
    int64_t reserved[4];           /* zero */
} laco_decoder_config;

typedef struct laco_decoder laco_decoder;

/* A decoder `name` in `module`:
 *
 *     h^0 = tanh(W_h v + b_h), c^0 = tanh(W_c v + b_c)    NAME.bridge_h, NAME.bridge_c (LSTM), of all layers: [L·H][bridge]
 *     h_t = rnn(E y_{t-1}, h_{t-1})                       NAME.embedding.weight [V][E], NAME.rnn.weight_ih_l0 …
 *     a_t = tanh(W_a [h_t; context(h_t)] + b_a)           NAME.attention.…, NAME.combine [H][H + M]; without attention a_t = h_t
 *     logits_t = W_o a_t + b_o                            NAME.output [V][H]
 *
 * Attention stands behind the recurrence (Luong), so that known targets go through all steps at once. The module owns the
 * decoder. LACO_INVALID: a size that cannot be. On failure the module is only good for being freed. */
LACO_API laco_status laco_decoder_new(laco_module *module, const char *name, const laco_decoder_config *config,
                                      laco_decoder **out);

/* The first state from `vector` [B][bridge] (NULL where bridge is 0): state->h and state->c [L][B][H], or NULL for zeros.
 * Returns the tape's status. */
LACO_API laco_status laco_decoder_begin(laco_tape *tape, laco_decoder *decoder, laco_var vector, laco_state *state);

/* Values [S][B][M] as what the decoder looks at; their keys are made here. Of a decoder without attention nothing is needed.
 * `lengths` as in laco_memory. Returns the tape's status. */
LACO_API laco_status laco_decoder_look_at(laco_tape *tape, laco_decoder *decoder, laco_var values, const int32_t *lengths,
                                          laco_memory *memory);

/* Logits [T][B][V] of the tokens behind each of ids [T][B] (copied): row 0 is the start token, row t the right token of step t-1
 * (teacher forcing), or T is 1 and the row is what the decoder wrote last. `lengths` and `state` as in laco_rnn_apply; `memory`:
 * NULL without attention; B may be a multiple R·M of its batch M: rows b·R … b·R + R-1 of a step then look at memory b (a beam's
 * rows share one). *weights, where not NULL: how much of each row was looked at, [T][B][S], zero past a memory's end; no gradient
 * goes through it. Steps one by one give the bits of all steps at once. */
LACO_API laco_var laco_decoder_apply(laco_tape *tape, laco_decoder *decoder, const int32_t *ids, int64_t T, int64_t B,
                                     const int32_t *lengths, const laco_memory *memory, laco_state *state, laco_var *weights);

#ifdef __cplusplus
}
#endif

#endif
