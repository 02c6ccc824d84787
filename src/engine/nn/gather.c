/* Rows of a value by number: what embeddings do with parameters, for values that were computed. */
#include "laco/nn.h"

#include "kernel/kernel.h"
#include "nn/operation.h"

#include <string.h>

typedef struct gather_saved {
    laco_var x, y;
    const int32_t *index;
} gather_saved;

/* In order, so that rows that stand there several times add up the same way each time. */
static laco_status gather_backward(laco_tape *tape, void *saved)
{
    const gather_saved *s = saved;
    const laco_kernels *kernels = laco_kernels_of(tape->ctx);
    int64_t E = laco_var_columns(s->x), rows = laco_var_rows(s->y);
    if (laco_wanted(s->x, s->y))
        for (int64_t r = 0; r < rows; r++)
            if (s->index[r] >= 0)
                kernels->add(E, s->y->grad + r * E, s->x->grad + s->index[r] * E);
    return tape->status;
}

laco_var laco_gather(laco_tape *tape, laco_var x, const int32_t *index, int64_t rows, int64_t columns)
{
    if (!laco_operand(tape, x))
        return NULL;
    if (x->ndim != 2)
        return laco_tape_refuse(tape, "gather: x is %s; [N][E] is needed", laco_var_show(x).text);
    int64_t E = x->shape[1], shape[3] = {rows, columns, E};
    laco_var y = laco_var_new(tape, 3, shape, x->needs_grad);
    if (!y)
        return NULL;
    int32_t *kept = laco_arena_alloc(&tape->arena, (size_t)(rows * columns), sizeof *kept);
    if (!kept)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    for (int64_t r = 0; r < rows * columns; r++) {
        if (index[r] >= x->shape[0])
            return laco_tape_refuse(tape, "gather: row %d at place %lld is not within 0 … %lld", (int)index[r], (long long)r,
                                    (long long)x->shape[0] - 1);
        kept[r] = index[r];
        if (index[r] < 0)
            memset(y->data + r * E, 0, (size_t)E * sizeof *y->data);
        else
            memcpy(y->data + r * E, x->data + index[r] * E, (size_t)E * sizeof *y->data);
    }
    return laco_finish(tape, y, gather_backward, &(gather_saved){x, y, kept}, sizeof(gather_saved));
}
