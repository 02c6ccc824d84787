/* A captioner: an encoder over a picture or a vector, and a decoder that writes a sequence of tokens.
 *
 *     recurrent   h = rnn(steps), last states of the top layer in each direction → first state of the decoder; the h → attention
 *     mlp         layers of relu over all numbers side by side → first state of the decoder
 */
#ifndef LACO_CAPTION_CAPTIONER_H
#define LACO_CAPTION_CAPTIONER_H

#include "laco/captioner.h"
#include "text/encode.h"
#include "caption/captioner_input.h"
#include "model/mlp.h"
#include "decode/seq2seq.h"

typedef struct laco_captioner_config {
    bool mlp;            /* the encoder */
    laco_cell_kind cell; /* of the decoder, and of a recurrent encoder */
    int64_t hidden, layers;
    int directions; /* of a recurrent encoder; else 1 */
    double dropout;
    int64_t embed, outputs; /* E and V of tokens */
    laco_attention_kind attention;
    laco_token_kind tokens;
    int64_t longest; /* tokens of the longest caption of training */
} laco_captioner_config;

typedef struct laco_captioner {
    laco_model base;
    laco_captioner_config config;
    laco_captioner_input input;
    laco_vocabulary *vocabulary;
    laco_rnn *encoder; /* or */
    laco_mlp layers;
    laco_decoder *decoder;
    laco_tape *tape, *steps; /* for answers: pictures, and what is written; made at the first question */
    laco_arena texts;        /* of the last answers */
} laco_captioner;

/* The metadata of a captioner in its file. */
extern const laco_fields laco_captioner_metadata;

/* A captioner with new weights. Vocabulary and what the input holds become its own, also on failure. */
laco_status laco_captioner_new(laco_context *ctx, uint64_t seed, const laco_captioner_config *config, laco_captioner_input *input,
                               laco_vocabulary *vocabulary, laco_captioner **out);

/* What of a captioner can be asked for in training, as laco_task.options. */
void laco_caption_options_of(const laco_model *model, void *options);

/* What the decoder begins with and looks at (memory->values NULL: nothing), for a batch of pictures. Returns the tape's status.
 */
LACO_SHARED laco_status laco_captioner_encode(laco_tape *tape, laco_captioner *model, const laco_batch *batch, const laco_warp *warp,
                                  laco_state *state, laco_memory *memory);

/* The memory for the decoder, or NULL without attention. */
static inline const laco_memory *laco_captioner_memory(const laco_captioner *model, const laco_memory *memory)
{
    return model->config.attention > LACO_ATTENTION_NONE ? memory : NULL;
}

/* Takes what was written for item `index`, row `group` of the beam. */
typedef laco_status (*laco_captioner_take)(void *user, size_t index, const laco_beam *beam, int64_t group);

/* Writes captions of the sequences `subset` (NULL: all) in batches and hands over each. */
LACO_SHARED laco_status laco_captioner_decode(laco_captioner *model, const laco_sequences *sequences, const size_t *subset, size_t count,
                                  const laco_decode_options *options, laco_captioner_take take, void *user);

/* How answers agree with `targets`, by the index of the item. `options` as laco_decode_defaults has filled them. */
laco_status laco_captioner_score(laco_captioner *model, const laco_sequences *sequences, const laco_sequences *targets,
                                 const size_t *subset, size_t count, const laco_decode_options *options, laco_decode_score *out);

/* Mean cross entropy of the tokens of `targets`, the right ones given as input. */
laco_status laco_captioner_loss(laco_captioner *model, const laco_sequences *sequences, const laco_sequences *targets,
                                const size_t *subset, size_t count, double *out);

/* Tokens of all captions of the data as sequences. LACO_INVALID: one is missing. */
laco_status laco_captioner_targets(laco_context *ctx, laco_token_kind tokens, const laco_vocabulary *vocabulary,
                                   const laco_captioned *data, laco_sequences *out);

/* Options of an answer, with the task's defaults. */
LACO_SHARED laco_status laco_captioner_options(const laco_captioner *model, laco_decode_options *options);

#endif
