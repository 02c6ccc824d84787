/* What training a captioner holds beside the model. */
#ifndef LACO_CAPTION_CAPTION_TRAIN_H
#define LACO_CAPTION_CAPTION_TRAIN_H

#include "data/split.h"
#include "laco/caption.h"
#include "caption/captioner.h"
#include "train/loop.h"

typedef struct laco_caption_learner {
    laco_learner base;
    laco_context *ctx;
    laco_captioner *model;
    const laco_caption_options *options;
    const laco_captioned *data, *valid;
    laco_sequences sequences, targets; /* the training data, then the validation data where that came apart */
    laco_split split;
    laco_batches *batches;
    laco_target_batch target; /* of a batch */
    int64_t epoch;
} laco_caption_learner;

/* Splits the data, makes vocabulary, model and batches. */
laco_status laco_caption_prepare(laco_caption_learner *learner);

/* Makes the batches: of so many items of the split. */
laco_status laco_caption_lay_batches(laco_caption_learner *learner, size_t count);

#endif
