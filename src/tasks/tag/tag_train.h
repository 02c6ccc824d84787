/* What training a tagger holds beside the model. */
#ifndef LACO_TAG_TAG_TRAIN_H
#define LACO_TAG_TAG_TRAIN_H

#include "data/split.h"
#include "tag/tagged.h"
#include "laco/tag.h"
#include "tag/tagger.h"
#include "train/loop.h"
#include "tag/auxiliary.h"

typedef struct laco_tag_learner {
    laco_learner base;
    laco_context *ctx;
    laco_tagger *model;
    const laco_tag_options *options;
    const laco_tagged *data, *valid; /* valid: where the validation sentences are; data itself, or NULL for none */
    laco_sequences text, tags,
        valid_text;        /* of data and of valid: sentences, or neighbours of them joined where the model has context */
    laco_strings names;    /* of the tags, those of a model to train on from first; and */
    const char **tag;      /* [names.count] as they are handed over */
    int32_t *place;        /* [tags of data] the model's number of each */
    uint64_t vectors_hash; /* of what was read of a file of vectors; 0: nothing */
    laco_split split;      /* of `text`; split.valid only where valid is data */
    laco_lexicon lexicon, valid_lexicon; /* the latter unused where valid is data */
    laco_batches *batches;
    laco_auxiliary auxiliary;
    int32_t *targets; /* [T][B] of a batch */
    size_t targets_room;
    /* Validation: answers to all words of `valid`; then the sentences that count, one after another. */
    int32_t *answers, *gold, *found;
    size_t *starts, sentences;
} laco_tag_learner;

/* Splits the data, makes vocabularies, model and batches. */
laco_status laco_tag_prepare(laco_tag_learner *learner);

/* Makes the batches: of so many sentences of the split. */
laco_status laco_tag_lay_batches(laco_tag_learner *learner, size_t count);

/* The sentences of the validation part. */
laco_status laco_tag_prepare_validation(laco_tag_learner *learner);

#endif
