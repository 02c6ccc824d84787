/* Blocks that grow as they are filled: room doubles, so that n appends copy O(n). */
#ifndef LACO_BASE_GROW_H
#define LACO_BASE_GROW_H

#include "base/base.h"

#include <string.h>

/* Makes the pointer at `block` (from laco_alloc, or NULL) hold at least `needed` elements of `size` bytes; *room is how many it
 * holds. LACO_NO_MEMORY leaves both as they were. */
static inline laco_status laco_grow(laco_context *ctx, void *block, size_t *room, size_t needed, size_t size)
{
    void *old; /* read and written as bytes: *block is a pointer of another type */
    memcpy(&old, block, sizeof old);
    if (old && needed <= *room)
        return LACO_OK;
    size_t wanted = LACO_MAX(needed, (size_t)16), doubled;
    if (laco_mul_fits(*room, 2, &doubled))
        wanted = LACO_MAX(wanted, doubled);
    void *larger = laco_resize(ctx, old, wanted, size);
    if (!larger)
        return LACO_NO_MEMORY;
    memcpy(block, &larger, sizeof larger);
    *room = wanted;
    return LACO_OK;
}

#endif
