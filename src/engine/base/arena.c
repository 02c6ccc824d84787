#include "base/arena.h"

#include "base/memory.h"

#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#define RED_ZONE LACO_ALIGN /* a gap behind each piece that AddressSanitizer watches */
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#define RED_ZONE 0
#endif

#define FIRST_BLOCK ((size_t)64 << 10)
#define MOST_AHEAD ((size_t)64 << 20) /* a block is as large as all before it, but no larger than this unless it must be */

typedef struct laco_arena_block {
    struct laco_arena_block *older;
    size_t size; /* of the bytes behind the header */
    size_t used;
    char *bytes; /* aligned to LACO_ALIGN */
} block;

void laco_arena_init(laco_arena *arena, laco_context *ctx) { *arena = (laco_arena){.ctx = ctx}; }

static void drop_newest(laco_arena *arena)
{
    block *newest = arena->block;
    arena->block = newest->older;
    arena->total -= newest->size;
    arena->used -= newest->used;
    UNPOISON(newest->bytes, newest->size);
    laco_release(arena->ctx, newest);
}

void laco_arena_free(laco_arena *arena)
{
    while (arena->block)
        drop_newest(arena);
}

static bool add_block(laco_arena *arena, size_t size)
{
    size_t total;
    if (!laco_add_fits(size, sizeof(block) + LACO_ALIGN, &total)) {
        laco_set_error(arena->ctx, "out of memory: %zu bytes of workspace are more than can be addressed", size);
        return false;
    }
    block *fresh = laco_alloc_unset(arena->ctx, total);
    if (!fresh)
        return false;
    uintptr_t start = ((uintptr_t)(fresh + 1) + LACO_ALIGN - 1) & ~(uintptr_t)(LACO_ALIGN - 1);
    *fresh = (block){.older = arena->block, .size = size, .bytes = (char *)start};
    POISON(fresh->bytes, size);
    arena->block = fresh;
    arena->total += size;
    return true;
}

void *laco_arena_alloc(laco_arena *arena, size_t count, size_t size)
{
    size_t bytes, padded;
    if (!laco_mul_fits(count, size, &bytes) || !laco_add_fits(bytes, 2 * LACO_ALIGN - 1, &padded)) {
        laco_set_error(arena->ctx, "out of memory: %zu elements of %zu bytes are more than can be addressed", count, size);
        return NULL;
    }
    padded = ((bytes + LACO_ALIGN - 1) & ~(size_t)(LACO_ALIGN - 1)) + RED_ZONE;
    if (!arena->block || arena->block->size - arena->block->used < padded) {
        size_t ahead = arena->block ? LACO_MIN(arena->total, MOST_AHEAD) : arena->peak;
        size_t wanted = LACO_MAX(padded, LACO_MAX(FIRST_BLOCK, ahead));
        if (!add_block(arena, wanted) && (wanted == padded || !add_block(arena, padded)))
            return NULL;
    }
    char *piece = arena->block->bytes + arena->block->used;
    arena->block->used += padded;
    arena->used += padded;
    arena->peak = LACO_MAX(arena->peak, arena->used);
    UNPOISON(piece, bytes);
    return piece;
}

void *laco_arena_zeroed(laco_arena *arena, size_t count, size_t size)
{
    void *piece = laco_arena_alloc(arena, count, size);
    if (piece)
        memset(piece, 0, count * size);
    return piece;
}

laco_arena_mark laco_arena_save(const laco_arena *arena)
{
    return (laco_arena_mark){.block = arena->block, .used = arena->block ? arena->block->used : 0};
}

void laco_arena_rewind(laco_arena *arena, laco_arena_mark mark)
{
    /* Blocks added since the mark go, unless there was none before: then the first is kept for the next use. */
    while (arena->block != mark.block && arena->block->older)
        drop_newest(arena);
    if (!arena->block)
        return;
    size_t used = arena->block == mark.block ? mark.used : 0;
    arena->used -= arena->block->used - used;
    arena->block->used = used;
    POISON(arena->block->bytes + arena->block->used, arena->block->size - arena->block->used);
}

/* For batches that need more than those so far: what is not touched costs nothing, while each new block is touched anew. Not where
 * memory is scarce, for a limit counts it. */
static size_t room_ahead(const laco_arena *arena)
{
    const char *why;
    return laco_memory_room(arena->ctx, &why) / 8 > arena->peak ? arena->peak / 2 : 0;
}

void laco_arena_reset(laco_arena *arena)
{
    if (!arena->block)
        return;
    if (arena->block->older || arena->block->size < arena->peak) {
        laco_arena_free(arena);
        if (!add_block(arena, LACO_MAX(arena->peak + room_ahead(arena), FIRST_BLOCK)))
            return; /* the next allocation tries again and reports */
    }
    arena->used = arena->block->used = 0;
    POISON(arena->block->bytes, arena->block->size);
}
