/* Series from the command line, for what is done with a forecaster. */
#ifndef LACO_CLI_SERIES_H
#define LACO_CLI_SERIES_H

#include "cli.h"

typedef struct series_arguments {
    const char *time, *id;
    int missing; /* laco_missing */
} series_arguments;

/* Loads a series with the columns of a model. NULL: the error was said. */
laco_series *open_series_for(laco_context *ctx, const laco_model *model, const char *path, const series_arguments *arguments);

#endif
