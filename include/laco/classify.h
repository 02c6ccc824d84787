/* laco/classify.h - training a classifier of texts or of sequences of numbers. Using one: laco/classifier.h; its data: laco/labelled.h. */
#ifndef LACO_CLASSIFY_H
#define LACO_CLASSIFY_H

#include "laco/classifier.h"
#include "laco/train.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct laco_classify_options {
    laco_train_options train;
    laco_network_options network;
    laco_text_config text;
    bool balanced;              /* class weights n / (K · n_k): rare classes count as much as frequent ones */
    int positions; /* steps are also known by their number: 1: always, -1: never; 0: where all sequences have one length (≤ 1,024) and are
                      not a few (< 500) of several numbers a step */
    double label_smoothing;
    double valid_fraction;      /* of the data, set aside label by label when `valid` is NULL; 0: 0.1, of words 0.05; negative: none */
} laco_classify_options;

/* Trains a classifier of texts: embedding (or one-hot), recurrent layers, a summary of their steps (the
 * last valid state, and by default the mean and the maximum beside it), linear, log-softmax. With
 * validation data (`valid`, or a fraction of `data`) the model handed out is that of the best epoch by accuracy, then loss.
 * `valid` must have been loaded with data's labels; NULL: see valid_fraction. `options` may be NULL. *out is the caller's.
 * LACO_NUMERIC: the loss became NaN or infinite; *out is then the best model so far if an epoch was completed, else untouched.
 * LACO_INTERRUPTED never comes back: ending by the progress function is an end like another. */
LACO_API laco_status laco_train_classify(laco_context *ctx, const laco_classify_options *options, const laco_labelled *data,
                                         const laco_labelled *valid, laco_model **out);

#ifdef __cplusplus
}
#endif

#endif
