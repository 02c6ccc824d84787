/* Loops that do nothing but multiply and add, or read: what a core can do at most. */
#ifndef LACO_CLI_BENCH_PEAK_H
#define LACO_CLI_BENCH_PEAK_H

#include "bench/measure.h"

#define MOST_PEAKS 8
#define CACHE_LINE 64

/* Each call of `run` makes `flops` multiplications and additions. */
typedef struct peak_loop {
    laco_precision precision;
    const char *name; /* of the instructions */
    bool tiles;       /* a matrix unit beside the vectors */
    void (*run)(void);
    double flops;
} peak_loop;

/* The peaks that this machine has, of instructions that kernels of laço use; of fp32 the best first. Their number. */
int find_peaks(peak_loop peaks[MOST_PEAKS]);

/* Reads `count` cache lines at `lines` once; the widest loads the machine has. */
void read_memory(const char *lines, size_t count);

#endif
