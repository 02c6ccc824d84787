/* Loops that do nothing but multiply and add, or read: what a core can do at most. */
#ifndef LACO_BENCH_PEAK_H
#define LACO_BENCH_PEAK_H

#include "base/base.h"
#include "laco/bench.h"

/* Each call of `run` makes `flops` multiplications and additions. */
typedef struct laco_peak {
    laco_precision precision;
    const char *name; /* of the instructions */
    bool tiles;       /* a matrix unit beside the vectors */
    void (*run)(void);
    double flops;
} laco_peak;

/* The peaks that this machine has, the best for its precision first; their number. */
int laco_peaks(laco_peak peaks[8]);

/* Reads `count` cache lines at `lines` once; the widest loads the machine has. */
void laco_read_lines(const char *lines, size_t count);

#endif
