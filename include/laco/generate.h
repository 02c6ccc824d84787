/* laco/generate.h - training a language model. Using one: laco/generator.h; its data: laco/corpus.h. */
#ifndef LACO_GENERATE_H
#define LACO_GENERATE_H

#include "laco/generator.h"
#include "laco/train.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct laco_generate_options {
    laco_train_options train;
    laco_network_options network; /* one direction; embed is at least 1 */
    laco_text_config text;
    int64_t seq_len;        /* tokens of one chunk: gradients go back at most so far, states go on */
    double label_smoothing; /* share of the target spread over all tokens */
    laco_share valid;       /* the end of the text, set aside where no validation text is given; 0: 0.05 */
    int64_t valid_most;     /* tokens set aside at most; 0: 65536 */
    int64_t vocabulary;     /* most tokens, "<unk>" included; 0: at word level 20000, else all. Words seen once are never in it */
} laco_generate_options;

/* Replaces every zero by what would be used for a text of `tokens` characters, words or bytes. */
LACO_API void laco_generate_defaults(laco_generate_options *options, int64_t tokens);

/* Trains a language model: embedding, recurrent layers, linear, log-softmax; truncated backpropagation through time. The training
 * corpus is cut into `batch` rows that are read side by side: row b goes on where it left off, its state carried from chunk to
 * chunk. States are zero at the start of an epoch, and the text is cut at another place in each. With validation text (`valid`,
 * read as `data` was, or the end of `data`) the model handed out is that of the best epoch by loss. How text is read is `data`'s,
 * whatever options->text says; `options` may be NULL. Both corpora stay the caller's. *out is the caller's. LACO_INVALID: an
 * option, or less text than one chunk; LACO_IO; LACO_NO_MEMORY; LACO_NUMERIC: the loss became NaN or infinite; *out is then the
 * best model so far if an epoch was completed, else untouched. */
LACO_API laco_status laco_train_generate(laco_context *ctx, const laco_generate_options *options, laco_corpus *data,
                                         laco_corpus *valid, laco_model **out);

#ifdef __cplusplus
}
#endif

#endif
