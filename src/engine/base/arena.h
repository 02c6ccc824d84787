/* A workspace that is given out from the front and taken back all at once. Steady-state training asks the
 * allocator for nothing: a reset joins the blocks into one that holds the most that was ever needed. */
#ifndef LACO_BASE_ARENA_H
#define LACO_BASE_ARENA_H

#include "base/base.h"

#define LACO_ALIGN 64 /* bytes: one cache line, one AVX-512 vector */

typedef struct laco_arena {
    laco_context *ctx;
    struct laco_arena_block *block; /* newest first */
    size_t total;                   /* bytes in all blocks */
    size_t used;                    /* bytes given out */
    size_t peak;                    /* the most that `used` has been */
} laco_arena;

/* A place to rewind to: everything allocated after the mark is given back. */
typedef struct laco_arena_mark {
    struct laco_arena_block *block;
    size_t used;
} laco_arena_mark;

LACO_SHARED void laco_arena_init(laco_arena *arena, laco_context *ctx);

/* All memory goes back to where it came from. The arena may be used again: then it first takes as much as it ever needed. */
LACO_SHARED void laco_arena_free(laco_arena *arena);

/* count * size bytes aligned to LACO_ALIGN, not zeroed; NULL with the error set. */
LACO_SHARED void *laco_arena_alloc(laco_arena *arena, size_t count, size_t size);
LACO_SHARED void *laco_arena_zeroed(laco_arena *arena, size_t count, size_t size);

laco_arena_mark laco_arena_save(const laco_arena *arena);
void laco_arena_rewind(laco_arena *arena, laco_arena_mark mark);

/* Gives everything back; joins blocks, so that a round like the largest so far fits in one. */
LACO_SHARED void laco_arena_reset(laco_arena *arena);

#endif
