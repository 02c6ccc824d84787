/* The defaults of every training: in a file of their own, for the descriptor of a task leads to its options, and a program that
 * only asks models is to need no more of a training than these. */
#include "train/loop.h"

void laco_train_defaults(laco_train_options *options)
{
    if (options->epochs == 0)
        options->epochs = options->minutes > 0 ? INT64_MAX : 10;
    if (options->batch == 0)
        options->batch = 64;
    if (options->optimiser.kind == LACO_OPTIMISER_DEFAULT)
        options->optimiser.kind = LACO_ADAM;
    if (options->optimiser.weight_decay < 0 &&
        options->optimiser.kind != LACO_ADAMW) /* the others have none unless it is asked for */
        options->optimiser.weight_decay = 0;
    laco_train_default_refit(options, false);
    if (options->shards == 1) /* which is what there was before there were shards */
        options->shards = 0;
    if (options->wire == LACO_WIRE_FP32)
        options->wire = LACO_WIRE_DEFAULT;
    if (options->clip == 0)
        options->clip = 5;
    if (options->schedule == LACO_SCHEDULE_DEFAULT)
        options->schedule = LACO_COSINE_LR;
    if (options->precision == LACO_TRAIN_DEFAULT)
        options->precision = LACO_TRAIN_FP32;
    if (options->checkpoint_seconds == 0)
        options->checkpoint_seconds = 60;
}

int64_t laco_train_default_epochs(int64_t epochs, int64_t updates, int64_t examples, int64_t batch)
{
    int64_t batches = LACO_MAX(examples / batch + (examples % batch > 0), 1);
    return LACO_MAX(epochs, (updates + batches - 1) / batches);
}

void laco_train_default_refit(laco_train_options *options, bool few)
{
    if (options->refit == LACO_AUTO)
        options->refit = few ? LACO_ALWAYS : LACO_NEVER;
}
