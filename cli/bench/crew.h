/* Threads that do a piece of work together again and again, by the clock. */
#ifndef LACO_CLI_BENCH_CREW_H
#define LACO_CLI_BENCH_CREW_H

#include "basics.h"

/* The part of one thread in a round, 0 … threads - 1. */
typedef void (*crew_part)(void *work, int part);

/* Rounds of the work on so many threads, this one among them, until `seconds` are over: how long the shortest took, in *best.
 * LACO_NO_MEMORY: the system gives no more threads. */
laco_status crew_time(int threads, crew_part part, void *work, double seconds, double *best);

#endif
