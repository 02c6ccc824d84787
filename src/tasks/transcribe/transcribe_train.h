/* Training a speech recogniser: what preparation, mixing and training share. */
#ifndef LACO_TRANSCRIBE_TRANSCRIBE_TRAIN_H
#define LACO_TRANSCRIBE_TRANSCRIBE_TRAIN_H

#include "base/random.h"
#include "text/encode.h"
#include "data/split.h"
#include "laco/transcribe.h"
#include "transcribe/transcriber.h"
#include "train/loop.h"

/* Recordings as they are joined: string s holds order[starts[s]] … order[starts[s + 1] - 1]. */
typedef struct laco_strings_plan {
    size_t *order, *starts;
    size_t count;
} laco_strings_plan;

/* Samples that grow. */
typedef struct laco_mix {
    laco_context *ctx;
    float *samples;
    size_t count, room;
} laco_mix;

/* A string made once and for all. */
typedef struct laco_joined {
    laco_mix mix;
    char *text;
} laco_joined;

typedef struct laco_transcribe_learner {
    laco_learner base;
    laco_context *ctx;
    laco_transcribe_options *options; /* with defaults filled in */
    const laco_spoken *data, *valid;  /* valid: NULL, or recordings of their own */
    laco_split split;                 /* of data; split.valid only where valid is NULL */
    size_t learned;                   /* how many of split.train, and of split.valid behind it, are trained on now */
    laco_transcriber *model;
    laco_sequences targets; /* tokens of each text of data */
    laco_text_config text;  /* as the model will have it: the level is chosen */
    int64_t *words;         /* of each text of data */
    int32_t space;          /* the token between joined texts; -1: none is written */
    laco_strings_plan plan; /* of this epoch */
    uint64_t epoch;
    laco_mix mix;
    /* A batch. */
    laco_real *features, *x;
    size_t features_room, x_room;
    int32_t *labels, *lengths, *label_counts;
    size_t labels_room;
    /* What validates: strings of the learner's own, or the recordings of `valid`. */
    laco_joined *joined; /* [valid_count]; NULL for the latter */
    laco_samples *valid_samples;
    const char **valid_text;
    size_t valid_count;
    char note[256]; /* told once: recordings that are too short; "": there are none */
} laco_transcribe_learner;

/* Splits the data, makes the vocabulary, the model, and room for batches: transcribe_prepare.c. */
laco_status laco_transcribe_prepare(laco_transcribe_learner *learner);

/* Shuffles `count` recordings and cuts them into strings of up to `join` words: a function of seed and stream alone.
 * plan->order and plan->starts have room for count and count + 1: transcribe_mix.c. */
void laco_transcribe_plan(const laco_transcribe_learner *learner, const size_t *recordings, size_t count, uint64_t stream,
                          laco_strings_plan *plan);

/* The samples of one string, pauses between its recordings; where `training` also at other speeds, loudness, with noise. */
laco_status laco_transcribe_mix(const laco_transcribe_learner *learner, const laco_strings_plan *plan, size_t string,
                                laco_rng *rng, bool training, laco_mix *out);

/* Masks bands of features [frames][bands]. */
void laco_transcribe_mask(const laco_transcribe_learner *learner, laco_rng *rng, int64_t frames, laco_real *features);

/* What validates, the learner's function for it, and the end of it: transcribe_validate.c. */
laco_status laco_transcribe_prepare_validation(laco_transcribe_learner *learner);
laco_status laco_transcribe_validate(laco_learner *learner, laco_validation *out);
void laco_transcribe_end_validation(laco_transcribe_learner *learner);

#endif
