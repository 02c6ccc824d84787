/* All that a model can be asked. Answers and errors are right; nothing else is known of a model that may be anything. */
#ifndef LACO_TESTS_FUZZ_ASK_H
#define LACO_TESTS_FUZZ_ASK_H

#include "laco/laco.h"

void fuzz_ask(laco_context *ctx, laco_model *model);

#endif
