/* The options of a language model's training. */
#ifndef LACO_GENERATE_GENERATE_OPTIONS_H
#define LACO_GENERATE_GENERATE_OPTIONS_H

#include "train/loop.h"
#include "laco/generate.h"

/* LACO_INVALID: an option that cannot be, whatever the text. */
laco_status laco_generate_check(laco_context *ctx, const laco_generate_options *options);

#endif
