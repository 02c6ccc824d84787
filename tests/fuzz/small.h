/* A small training of each kind of model, from data in memory: what fuzzers of models and of checkpoints start from. */
#ifndef LACO_TESTS_FUZZ_SMALL_H
#define LACO_TESTS_FUZZ_SMALL_H

#include "laco/laco.h"

typedef union any_options {
    laco_train_options train;
    laco_classify_options classify;
    laco_tag_options tag;
    laco_forecast_options forecast;
    laco_generate_options generate;
    laco_caption_options caption;
    laco_transduce_options transduce;
    laco_transcribe_options transcribe;
} any_options;

typedef struct small_training {
    const char *task;
    const char *options; /* "hidden=3 layers=1": names and values of the task's table */
    laco_status (*train)(laco_context *ctx, any_options *options, laco_model **out);
} small_training;

extern const small_training small_trainings[];
extern const size_t small_training_count;

/* Trains for two epochs; `checkpoint` (NULL: none): written when the first ends, which is then the last. `resume` (NULL: nothing)
 * is gone on from. */
laco_status small_train(laco_context *ctx, const small_training *training, const char *checkpoint, const char *resume,
                        laco_model **out);

#endif
