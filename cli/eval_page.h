/* What laco eval writes beside its answer. */
#ifndef LACO_CLI_EVAL_PAGE_H
#define LACO_CLI_EVAL_PAGE_H

#include "ask.h"
#include "tasks/part.h"

/* The page and the picture that were asked for, if any. `score` is what --json prints; it is let go of. Returns an exit status. */
int eval_page(laco_context *ctx, laco_model *model, const ask_arguments *arguments, json_t *score, const report_part *part);

#endif
