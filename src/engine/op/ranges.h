/* Work over many like things, split over threads, and sums that do not depend on the split. */
#ifndef LACO_OP_RANGES_H
#define LACO_OP_RANGES_H

#include "base/arena.h"
#include "base/threads.h"

/* Does things begin … end-1 of the work. */
typedef void (*laco_range_fn)(const void *work, int64_t begin, int64_t end);

/* Calls `fn` over 0 … count-1 in parts that begin at multiples of `grain`; `cost` is that of one thing, in multiply-adds
 * (see LACO_WORTH_A_THREAD). Parts must not write to the same memory. */
LACO_SHARED void laco_ranges(laco_context *ctx, int64_t count, int64_t grain, double cost, laco_range_fn fn, const void *work);

/* Cost of an element that is read, changed a little and written: it waits for memory. */
#define LACO_MEMORY_COST 16.0

/* Elements begin … end-1 of array `index` of several. */
typedef void (*laco_arrays_fn)(const void *work, size_t index, int64_t begin, int64_t end);

/* Elements of an array; 0: nothing is done with it. */
typedef int64_t (*laco_arrays_size)(const void *work, size_t index);

/* Calls `fn` over all elements of arrays 0 … count-1, split over threads as if they lay behind each other: one call for many small ones.
 * Within an array parts begin at multiples of LACO_ARRAYS_GRAIN. `cost` as in laco_ranges, of one element. */
#define LACO_ARRAYS_GRAIN 256
LACO_SHARED void laco_ranges_over(laco_context *ctx, size_t count, double cost, laco_arrays_size size, laco_arrays_fn fn,
                                  const void *work);

/* The sum over things begin … end-1. */
typedef double (*laco_range_sum_fn)(const void *work, int64_t begin, int64_t end);

/* *sum = Σ over 0 … count-1: of blocks of `block` things each, added up in order, so that it is the same for any number of
 * threads. Workspace from `arena`, given back at the end. */
laco_status laco_ranges_sum(laco_arena *arena, int64_t count, int64_t block, double cost, laco_range_sum_fn fn, const void *work,
                            double *sum);

#endif
