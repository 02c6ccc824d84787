/* Splitting work over threads. A pool of our own rather than OpenMP's: it belongs to its context, waits
 * by a short spin and then sleeps, so that it does not burn a core that something else needs. */
#ifndef LACO_BASE_THREADS_H
#define LACO_BASE_THREADS_H

#include "base/base.h"

/* Called once for each part 0 … parts-1, by any thread, in any order. */
typedef void (*laco_part_function)(void *work, int part, int parts);

/* Runs task(work, 0 … parts-1, parts) and returns when all are done. Where threads cannot be had the calling
 * thread does all of it: the result is the same, so this cannot fail. Floating-point denormals are flushed
 * to zero inside, and the caller's setting is restored after. A task must not call laco_parallel. */
LACO_SHARED void laco_parallel(laco_context *ctx, int parts, laco_part_function task, void *work);

/* Items of unequal cost: task(work, 0 … items-1, part), each taken by the next part of at most `parts` that has none, so that none
 * waits long for another. A part has one item at a time, and scratch of its own by its number. */
typedef void (*laco_item_function)(void *work, int item, int part);
LACO_SHARED void laco_parallel_items(laco_context *ctx, int items, int parts, laco_item_function task, void *work);

/* Tells that a thread was held up in the work just done: for a while the calling thread then works alone, and longer each time.
 */
void laco_parallel_held_up(laco_context *ctx);

/* How many parts are worth while: at least 1, at most the threads and `items`, each with `minimum` of `cost`. */
LACO_SHARED int laco_parts(const laco_context *ctx, int64_t items, double cost, double minimum);

/* Part `part` of `parts` of 0 … count-1 as [*begin, *end), in multiples of `grain`. */
LACO_SHARED void laco_part_range(int64_t count, int64_t grain, int part, int parts, int64_t *begin, int64_t *end);

void laco_pool_stop(laco_context *ctx);
int laco_cores(void);

#endif
