/* Gradients of values on their way back: each lives from what arrives first to the operation that made its value, and then the next
 * takes its memory. */
#include "base/grow.h"
#include "tape/tape.h"

/* The smallest of those free that hold `size` elements; NULL: there is none. */
static laco_gradient *find_free(laco_tape *tape, int64_t size)
{
    laco_gradient *best = NULL;
    for (size_t i = 0; i < tape->gradients; i++) {
        laco_gradient *g = &tape->gradient[i];
        if (!g->of && g->size >= size && (!best || g->size < best->size))
            best = g;
    }
    return best;
}

static laco_gradient *make(laco_tape *tape, int64_t size)
{
    if (laco_grow(tape->ctx, &tape->gradient, &tape->gradient_room, tape->gradients + 1, sizeof *tape->gradient) < 0)
        return NULL;
    laco_gradient *g = &tape->gradient[tape->gradients];
    *g = (laco_gradient){.data = laco_arena_alloc(&tape->aside, (size_t)size, sizeof *g->data), .size = size};
    tape->gradients += g->data != NULL;
    return g->data ? g : NULL;
}

laco_real *laco_gradient_take(laco_tape *tape, laco_var var)
{
    laco_gradient *g = find_free(tape, var->size);
    if (!g)
        g = make(tape, var->size);
    if (!g)
        return NULL;
    g->of = var;
    return g->data;
}

void laco_gradients_give(laco_tape *tape, int64_t entry)
{
    for (size_t i = 0; i < tape->gradients; i++)
        if (tape->gradient[i].of && tape->gradient[i].of->born >= entry)
            tape->gradient[i].of = NULL;
}
