/* laco eval --rolling: a forecaster over all windows. */
#ifndef LACO_CLI_ROLLING_H
#define LACO_CLI_ROLLING_H

#include "ask.h"

/* Scores and prints. Returns an exit status. */
int eval_rolling(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const laco_series *series);

#endif
