#include "nn/operation.h"

#include <stdio.h>
#include <string.h>

laco_real *laco_operand(laco_tape *tape, laco_var x) { return laco_tape_ready(tape, x) ? laco_var_fetch(x) : NULL; }

laco_var laco_finish(laco_tape *tape, laco_var y, laco_backward_fn backward, const void *saved, size_t size)
{
    if (!y->needs_grad)
        return y;
    void *kept = laco_arena_alloc(&tape->arena, 1, size);
    if (!kept)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    memcpy(kept, saved, size);
    return laco_tape_record(tape, backward, kept) == LACO_OK ? y : NULL;
}

laco_var laco_var_view(laco_tape *tape, laco_real *data, int ndim, const int64_t *shape, bool needs_grad)
{
    laco_var view = laco_arena_zeroed(&tape->arena, 1, sizeof *view);
    if (!view)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    view->tape = tape;
    view->ndim = ndim;
    view->size = 1;
    for (int i = 0; i < ndim; i++) {
        view->shape[i] = shape[i];
        view->size *= shape[i];
    }
    view->data = data;
    view->born = tape->entries;
    view->needs_grad = needs_grad && !tape->inference;
    return view;
}

bool laco_same_shape(laco_var a, laco_var b)
{
    return a->ndim == b->ndim && memcmp(a->shape, b->shape, (size_t)a->ndim * sizeof *a->shape) == 0;
}

laco_var_text laco_var_show(laco_var x)
{
    laco_var_text shape = {"one element"};
    int length = 0;
    for (int i = 0; i < x->ndim; i++)
        length += snprintf(shape.text + length, sizeof shape.text - (size_t)length, "[%lld]", (long long)x->shape[i]);
    return shape;
}
