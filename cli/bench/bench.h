/* What the files of laco bench share. */
#ifndef LACO_CLI_BENCH_H
#define LACO_CLI_BENCH_H

#include "bench/measure.h"
#include "cli.h"

typedef struct bench_arguments {
    int64_t threads, hidden, input, layers, batch, steps, recompute_steps;
    int cell, precision;
    double seconds;
    const char *plot;
    bool json;
} bench_arguments;

/* The heading over lines of layers in a precision. */
void print_bench_head(const laco_context *ctx, laco_precision precision);

/* Measures one layer and prints its line; the exit status. `result` may be NULL. */
int bench_one_layer(laco_context *ctx, const bench_config *config, bool json, bench_result *result);

/* How time and memory of training grow with steps, batch, units, layers and threads: see bench_grow.c. */
int bench_growth(const bench_arguments *arguments);

#endif
