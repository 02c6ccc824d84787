/* laco/caption.h - training a captioner: a sequence of words for each picture, or for each vector of numbers. Using one:
 * laco/captioner.h; its data: laco/captioned.h. */
#ifndef LACO_CAPTION_H
#define LACO_CAPTION_H

#include "laco/captioner.h"
#include "laco/decoder.h"
#include "laco/train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What reads the picture or vector. */
typedef enum laco_caption_encoder {
    LACO_ENCODER_DEFAULT,   /* recurrent for pictures, mlp for vectors */
    LACO_ENCODER_RECURRENT, /* recurrent layers over the columns of a picture, of any width; over the numbers of a vector */
    LACO_ENCODER_MLP,       /* layers of relu over all numbers at once, which must be as many in every item */
} laco_caption_encoder;

/* Zero means the default. */
typedef struct laco_caption_options {
    laco_train_options train;
    laco_network_options
        network; /* cell and layers are those of encoder and decoder, hidden those of each direction; embed: of tokens */
    laco_caption_encoder encoder;
    laco_attention_kind attention; /* over the steps of a recurrent encoder: the decoder looks at them before each token (by
                                      default dot). NONE: the encoder's last states are all that it gets */
    int64_t columns;               /* of a picture that make one step; 0: by the width, so that there are some 30 steps */
    double shift;           /* while training, pictures move by up to so many pixels each way; 0: 2, LACO_OFF: not at all; */
    double bend;            /* and become wider, higher, slanted by up to this share; 0: 0.1, LACO_OFF: not at all */
    laco_token_kind tokens; /* of captions; 0: words where any caption has a space, else characters */
    double label_smoothing;
    double scheduled_sampling; /* the share of tokens, at the end of training, at which the decoder reads its own
                              answer in the place of the right one; 0 at the beginning, rising evenly */
    laco_share valid;          /* of the data, set aside where no validation data are given; 0: 0.05 */
} laco_caption_options;

/* Replaces every zero by what would be used for `data`, which may be NULL: many pictures of 28 columns, captions with spaces. */
LACO_API void laco_caption_defaults(laco_caption_options *options, const laco_captioned *data);

/* Trains a captioner: an encoder reads the picture; its last states (the output of an mlp) set the first state of a recurrent
 * decoder, which writes the caption token by token, and looks at the encoder's outputs by attention: dot unless another is asked
 * for. Cross entropy, the right tokens as the decoder's input (teacher forcing). The model handed out is that of the best epoch
 * by captions that are right in full (a beam of 1) on the validation data. `options` may be NULL. *out is the caller's. Errors as
 * laco_train_classify. */
LACO_API laco_status laco_train_caption(laco_context *ctx, const laco_caption_options *options, const laco_captioned *data,
                                        const laco_captioned *valid, laco_model **out);

#ifdef __cplusplus
}
#endif

#endif
