/* laco/classify.h - training a classifier of texts or of sequences of numbers. Using one: laco/classifier.h; its data:
 * laco/labelled.h. */
#ifndef LACO_CLASSIFY_H
#define LACO_CLASSIFY_H

#include "laco/classifier.h"
#include "laco/train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of the labels in the loss. The default is none. */
typedef enum laco_class_weights {
    LACO_CLASS_WEIGHTS_DEFAULT,
    LACO_CLASS_WEIGHTS_NONE,
    LACO_CLASS_WEIGHTS_BALANCED, /* n / (K · n_k): rare classes count as much as frequent ones */
} laco_class_weights;

typedef struct laco_classify_options {
    laco_train_options train;
    laco_network_options network;
    laco_labelled_config data; /* how the data were read: for whoever reads them, and for the record */
    laco_text_config text;
    laco_class_weights class_weights;
    laco_choice positions; /* steps are also known by their number; AUTO: where all sequences have one length (≤ 1,024) and are
                              not a few (< 500) of several numbers a step */
    double label_smoothing;
    laco_share valid; /* of the data, set aside label by label where no validation data are given; 0: 0.1, of words 0.05 */
} laco_classify_options;

/* Replaces every zero by what would be used for `data`, which may be NULL: many texts. */
LACO_API void laco_classify_defaults(laco_classify_options *options, const laco_labelled *data);

/* Trains a classifier of texts: embedding (or one-hot), recurrent layers, a summary of their steps (the
 * last valid state, and by default the mean and the maximum beside it), linear, log-softmax. With
 * validation data (`valid`, or a share of `data`) the model handed out is that of the best epoch by accuracy (with balanced class
 * weights macro-F1; see train.metric), then loss.
 * `valid` must have been loaded with data's labels; NULL: see options->valid. `options` may be NULL. *out is the caller's.
 * LACO_NUMERIC: the loss became NaN or infinite; *out is then the best model so far if an epoch was completed, else untouched.
 * LACO_INTERRUPTED never comes back: ending by the progress function is an end like another. */
LACO_API laco_status laco_train_classify(laco_context *ctx, const laco_classify_options *options, const laco_labelled *data,
                                         const laco_labelled *valid, laco_model **out);

#ifdef __cplusplus
}
#endif

#endif
