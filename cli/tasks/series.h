/* Series from the command line, for training and for what is done with a forecaster. */
#ifndef LACO_CLI_SERIES_H
#define LACO_CLI_SERIES_H

#include "cli.h"

typedef struct series_arguments {
    const char *target, *columns, *time, *id;
    int missing; /* 2: interpolate */
} series_arguments;

/* Loads a series as its options say: the target, or the columns. NULL: the error was said. */
laco_series *open_series(laco_context *ctx, const char *path, const series_arguments *arguments);

/* Loads one with the columns of a model. NULL: the error was said. */
laco_series *open_series_for(laco_context *ctx, const laco_model *model, const char *path, const series_arguments *arguments);

#endif
