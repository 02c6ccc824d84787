/* laco eval --rolling: a forecaster over all windows. */
#ifndef LACO_CLI_ROLLING_H
#define LACO_CLI_ROLLING_H

#include "ask.h"

/* Scores and prints. Returns an exit status. */
int eval_rolling(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const laco_series *series);

/* For laco backtest: the head of its table, and a row of it, fold k; 0: the means of all. Returns an exit status. */
void rolling_header(int64_t folds, int64_t rows);
int rolling_row(int64_t fold, const laco_rolling_errors *errors, bool json);

/* Reads a series as the options of a training of forecasters say. */
laco_status forecast_load(laco_context *ctx, const laco_forecast_options *options, const char *path, laco_series **out);

#endif
