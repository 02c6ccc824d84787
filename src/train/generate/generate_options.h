/* The options of a language model's training. */
#ifndef LACO_TRAIN_GENERATE_OPTIONS_H
#define LACO_TRAIN_GENERATE_OPTIONS_H

#include "train/loop.h"

/* LACO_INVALID: an option that cannot be, whatever the text. */
laco_status laco_generate_check(laco_context *ctx, const laco_generate_options *options);

#endif
