/* Whole pieces of work side by side, each in a context of its own. Where an operation is small, threads that share each operation
 * wait for one another more than they work; where there are several pieces that need nothing of each other, as the members of an
 * ensemble, each thread takes one from its beginning to its end. */
#ifndef LACO_BASE_LANES_H
#define LACO_BASE_LANES_H

#include "base/arena.h"

#define LACO_MOST_LANES 256

/* How many of `count` pieces can be done side by side: 0 where there is one thread or one piece, in a lane, and where memory comes
 * from the caller, whose allocator is called from its own thread alone. What is left over, less than the threads, is better done
 * after that, by all threads together. */
LACO_SHARED int laco_lanes_side(const laco_context *ctx, int64_t count);

/* A lane: a context with the instructions, the memory, and a share of the threads of the one that it belongs to, and an error text
 * of its own. It lives as long as that one's memory, so that what was made in it can be kept. `number`: 0 … what laco_lanes_side
 * said - 1. NULL: no memory. */
LACO_SHARED laco_context *laco_lane(laco_context *ctx, int number);

/* Workspace of a lane for the piece that it works on: kept with the lane, so that the next piece finds it. Who takes of it gives all back
 * by laco_arena_reset. */
LACO_SHARED laco_arena *laco_lane_scratch(laco_context *lane);

/* One piece of the work, in its lane. */
typedef laco_status (*laco_lane_fn)(laco_context *lane, void *user, int number);

/* Runs fn for the lanes 0 … count - 1 side by side and returns when all are done: LACO_OK, or the status and, in ctx, the error of
 * the first that failed. `count` is at most what laco_lanes_side said. */
LACO_SHARED laco_status laco_lanes_run(laco_context *ctx, int count, laco_lane_fn fn, void *user);

/* Around what pieces write to together, called in a lane, or in its root: then nobody is there to wait for. */
LACO_SHARED void laco_lanes_lock(laco_context *ctx);
LACO_SHARED void laco_lanes_unlock(laco_context *ctx);

void laco_lanes_stop(laco_context *ctx); /* their threads */
void laco_lanes_free(laco_context *root);

#endif
