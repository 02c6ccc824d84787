/* laco/transcribe.h - training a speech recogniser: recordings to texts. Using one: laco/transcriber.h. */
#ifndef LACO_TRANSCRIBE_H
#define LACO_TRANSCRIBE_H

#include "laco/train.h"
#include "laco/transcriber.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct laco_transcribe_options {
    laco_train_options train;     /* batch: of strings, 8; epochs: so many that there are about 4000 updates, 10 … 400 */
    laco_network_options network; /* no embedding: the numbers of the sound go in */
    laco_text_config text;        /* its level plays no part: */
    laco_token_kind tokens; /* what the network writes; by default words where there are at most 200, each 20 times or more in the
                              training texts: a model of words can write no other; else characters */
    int64_t join;           /* recordings are joined at random to strings of up to so many words; 0: 8; 1 or LACO_OFF: never */
    double speed;           /* each is played faster or slower by up to this share; 0: 0.1 */
    double mask;            /* share of the bands of frequency that is masked at most; 0: 0.3 */
    laco_share valid;       /* of the recordings, set aside where no validation data are given; 0: 0.05 */
    laco_spoken_config data; /* how the data were read: for whoever reads them, and for the record */
} laco_transcribe_options;

/* Replaces every zero by what would be used for `data`, which may be NULL; but epochs, which depend on how the recordings are
 * joined. */
LACO_API void laco_transcribe_defaults(laco_transcribe_options *options, const laco_spoken *data);

/* Trains a recogniser: log-mel features, bidirectional recurrent layers, linear, log-softmax, CTC. In each epoch every training
 * recording is heard once: with others in one string, pauses between them, at another speed and loudness, with noise, and with
 * bands of frequency masked (Park and others, "SpecAugment", Interspeech 2019). The recordings set aside for validation are
 * joined to strings in the same way, but heard as they are; `valid`, loaded at data's rate, is not joined. The model handed out
 * is that of the best epoch by word error rate, then loss. `options` may be NULL. *out is the caller's. LACO_INVALID: an option,
 * a recording without a text, no text that fits into its recording; else as laco_train_classify. */
LACO_API laco_status laco_train_transcribe(laco_context *ctx, const laco_transcribe_options *options, const laco_spoken *data,
                                           const laco_spoken *valid, laco_model **out);

#ifdef __cplusplus
}
#endif

#endif
