/* How fast this machine is, and laço on it.
 *
 * Two kinds of numbers: what the machine can do at most (multiply-adds and bytes read in a second), and what the recurrent layers
 * make of it. Both are measured on as many threads as the context has, by the clock on the wall: run them while nothing else
 * runs. failure() has the text of an error.
 */
#ifndef LACO_CLI_BENCH_MEASURE_H
#define LACO_CLI_BENCH_MEASURE_H

#include "basics.h"

/* ---- The machine ---- */

/* One limit. */
typedef struct bench_limit {
    bool product;             /* multiply-adds; else reading */
    laco_precision precision; /* of a product: factors of this kind, sums of 32 bits */
    const char *where; /* the instructions: "avx512", "avx512_vnni", "amx" …; or the memory: "L1", "L2", "L3", "memory" */
    size_t bytes;      /* of reading: how many each thread reads over and over */
    double value;      /* products: 1e9 multiplications and additions a second; reading: 1e9 bytes a second */
} bench_limit;

#define BENCH_MAX_LIMITS 16

typedef struct bench_limits {
    int count;
    bench_limit limit[BENCH_MAX_LIMITS];
} bench_limits;

/* Measures every limit that this machine has, `seconds` each (0: 0.1), and takes the best round: whatever the context's own
 * instruction set is capped to, the machine's best is measured. LACO_NO_MEMORY: up to 512 MiB are read. */
laco_status bench_machine(const laco_context *ctx, double seconds, bench_limits *limits);

/* The multiply-add peak, in 1e9 a second, of the instructions that this context's products of the precision are made with. Where
 * those are of fp32, or there is no loop of them (plain C, int8 without VPDPBUSD or tiles), that of fp32. */
laco_status bench_peak(const laco_context *ctx, laco_precision precision, double seconds, double *peak);

/* ---- The layers ---- */

typedef enum bench_work {
    BENCH_TRAIN, /* forward and backward to weights and input, weights packed anew, as after an update */
    BENCH_INFER, /* forward */
    BENCH_STEP,  /* laco_stream_step, one time step a call */
} bench_work;

/* Zero means the default. */
typedef struct bench_config {
    bench_work work;
    laco_cell_kind cell;      /* RNN is tanh */
    int64_t input, hidden;    /* hidden: 128; input: hidden */
    int64_t layers, batch;    /* 1; 32, for steps 1 */
    int64_t steps;            /* 64 */
    laco_precision precision; /* of products; LACO_INT8 not for BENCH_TRAIN */
    int64_t recompute_steps;  /* BENCH_TRAIN: memory against time, see laco_rnn_config */
    double seconds;           /* to spend on it: 0.5. At least three repeats are made */
} bench_config;

typedef struct bench_result {
    bench_config config; /* defaults filled in */
    int64_t repeats;
    double seconds; /* median over the repeats of the time for all `steps` */
    double flops;   /* multiplications and additions of the matrix products in that time, those of a one-hot input included */
    size_t bytes;   /* workspace of one call */
} bench_result;

/* Makes a layer, runs it over random numbers and measures. LACO_INVALID: sizes that cannot be, or training in
 * int8; LACO_NO_MEMORY. */
laco_status bench_layer(laco_context *ctx, const bench_config *config, bench_result *result);

#endif
