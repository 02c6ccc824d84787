/* The clock of all measurements. */
#ifndef LACO_BENCH_CLOCK_H
#define LACO_BENCH_CLOCK_H

#include <time.h>

static inline double laco_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif
