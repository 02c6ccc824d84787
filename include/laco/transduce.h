/* laco/transduce.h - training a transducer: encoder, decoder, attention. Using one: laco/transducer.h; its data: laco/pairs.h. */
#ifndef LACO_TRANSDUCE_H
#define LACO_TRANSDUCE_H

#include "laco/decoder.h"
#include "laco/train.h"
#include "laco/transducer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Zero means the default. */
typedef struct laco_transduce_options {
    laco_train_options train;       /* batch: of pairs */
    laco_network_options network;   /* hidden: of each direction of the encoder, and of the decoder; layers: of the encoder */
    int64_t decoder_layers;         /* 0: 1 */
    laco_attention_kind attention;  /* by default dot; NONE: the encoder's last states are all that the decoder gets */
    int64_t ensemble;               /* networks that learn together and write by the mean of their logits, 1 … 16; 0: 2, of more
                                      than 50,000 sources 1 */
    laco_token_kind source, target; /* by default words where most texts of that side have spaces within, else characters */
    bool every_target;      /* of a source with several targets each is an example; else it is enough to write one of them */
    double label_smoothing; /* share of the target spread over all tokens; 0: 0.1, LACO_OFF: none */
    double ctc; /* weight of the loss by which the encoder alone learns to tell the target (see below); 0: 1, LACO_OFF: none */
    double scheduled_sampling; /* at the end of training the decoder reads its own answer with this probability in the place of
                              the right one; it rises from 0 with the epochs */
    laco_share valid;          /* of the sources, set aside where no validation data are given; 0: 0.05 */
} laco_transduce_options;

/* Replaces every zero by what would be used for `data`, which may be NULL: few sources, tokens found out later. */
LACO_API void laco_transduce_defaults(laco_transduce_options *options, const laco_pairs *data);

/* Trains a transducer: an embedding and recurrent layers read the source (both ways, by default); their last states set the state
 * of a decoder (laco/decoder.h) that writes the target and looks at all steps of the source by attention. Of several right
 * targets of a source the network may settle on one: the loss is −log of the probability of them all together (see every_target).
 *
 * Beside the decoder the encoder learns to tell the target by CTC (laco_ctc_loss), each token of the source standing for up to 4
 * steps: what both must learn is learned better, above all where targets follow their sources from left to right. Answers that
 * either finds are then judged by both; how much CTC counts is what does best on the validation sources. Targets of more
 * than 1,000 different tokens, or of more than 4 for each of most sources' tokens, are learned without it.
 *
 * The model handed out is that of the best epoch by greedy answers to the validation sources: most right in full, then fewest
 * wrong tokens. `options` and `valid` may be NULL. *out is the caller's. Errors as laco_train_classify. */
LACO_API laco_status laco_train_transduce(laco_context *ctx, const laco_transduce_options *options, const laco_pairs *data,
                                          const laco_pairs *valid, laco_model **out);

#ifdef __cplusplus
}
#endif

#endif
