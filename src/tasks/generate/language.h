/* A language model: tokens looked up in a vocabulary, the network over them, a distribution over the next token at every step. */
#ifndef LACO_GENERATE_LANGUAGE_H
#define LACO_GENERATE_LANGUAGE_H

#include "generate/corpus.h"
#include "laco/generator.h"
#include "model/model_stream.h"
#include "model/network.h"
#include "nn/rnn_state.h"

typedef struct laco_language {
    laco_model base;
    laco_network network;
    laco_text_config text;
    laco_vocabulary *vocabulary;
    int32_t start;   /* what a text is taken to follow: a line end, where the vocabulary has one */
    laco_tape *tape; /* for inference; made when it is first needed */
} laco_language;

/* Language models as streams: generate_stream.c. */
extern const laco_stream_type laco_generate_stream;

/* A model with new weights. The vocabulary becomes its own, also on failure. */
laco_status laco_language_new(laco_context *ctx, uint64_t seed, const laco_network_config *network, const laco_text_config *text,
                              laco_vocabulary *vocabulary, laco_language **out);

/* What of a language model can be asked for in training, as laco_task.options. */
void laco_generate_options_of(const laco_model *model, void *options);

/* The model as a language model. LACO_INVALID: it is of another task. */
laco_status laco_as_language(laco_model *model, const char *wanted, laco_language **out);

/* Logits [T][B][V] behind ids [T][B]; `state` is the one behind them. */
LACO_SHARED laco_var laco_language_logits(laco_tape *tape, laco_language *model, const int32_t *ids, int64_t T, int64_t B, laco_state *state,
                              bool training);

/* Inference: log-probabilities [T][B][V] behind ids [T][B], with `carry` moved on; they stand until the next call. */
laco_status laco_language_step(laco_language *model, const int32_t *ids, int64_t T, laco_rnn_state *carry, const laco_real **out);

/* What its tokens are: "characters", "words" or "bytes". */
const char *laco_language_tokens(const laco_language *model);

/* Σ −log probability of tokens begin … end-1 of a corpus whose vocabulary is set to the model's, each behind all that is before
 * it. */
laco_status laco_language_score(laco_language *model, const laco_corpus *corpus, int64_t begin, int64_t end, double *nats);

#endif
