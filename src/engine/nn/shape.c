/* Operations that move elements and compute nothing. Where the elements lie together already, the result shares them; its
 * gradient is always its own and is added to the operand's in the backward pass, so both may be used. */
#include "laco/nn.h"

#include "kernel/kernel.h"
#include "nn/operation.h"
#include "op/ranges.h"

#include <string.h>

/* ---- Views: reshape and select ---- */

typedef struct view_saved {
    const laco_kernels *kernels;
    laco_var x, y;
    int64_t first; /* element of x where y begins */
} view_saved;

static void view_back_range(const void *work, int64_t begin, int64_t end)
{
    const view_saved *s = work;
    s->kernels->add(end - begin, s->y->grad + begin, s->x->grad + s->first + begin);
}

static laco_status view_backward(laco_tape *tape, void *saved)
{
    const view_saved *s = saved;
    if (laco_wanted(s->x, s->y))
        laco_ranges(tape->ctx, s->y->size, 16, LACO_MEMORY_COST, view_back_range, s);
    return tape->status;
}

static laco_var view(laco_tape *tape, laco_var x, int64_t first, int ndim, const int64_t *shape)
{
    laco_var y = laco_var_view(tape, x->data + first, ndim, shape, x->needs_grad);
    view_saved saved = {laco_kernels_of(tape->ctx), x, y, first};
    return y ? laco_finish(tape, y, view_backward, &saved, sizeof saved) : NULL;
}

laco_var laco_reshape(laco_tape *tape, laco_var x, int ndim, const int64_t *shape)
{
    if (!laco_operand(tape, x))
        return NULL;
    struct laco_value wanted = {.ndim = ndim};
    int64_t size = 1;
    if (ndim < 0 || ndim > LACO_MAX_DIMS)
        return laco_tape_refuse(tape, "reshape to %d dimensions; 0 to %d can be", ndim, LACO_MAX_DIMS);
    for (int i = 0; i < ndim; i++) {
        wanted.shape[i] = shape[i];
        if (shape[i] < 0 || __builtin_mul_overflow(size, shape[i], &size))
            return laco_tape_refuse(tape, "reshape: size %lld of dimension %d cannot be", (long long)shape[i], i);
    }
    if (size != x->size)
        return laco_tape_refuse(tape, "reshape: x is %s, %lld elements; %s has %lld", laco_var_show(x).text, (long long)x->size,
                                laco_var_show(&wanted).text, (long long)size);
    return view(tape, x, 0, ndim, shape);
}

laco_var laco_select(laco_tape *tape, laco_var x, int64_t index)
{
    if (!laco_operand(tape, x))
        return NULL;
    if (x->ndim < 1)
        return laco_tape_refuse(tape, "select: x is one element; a dimension to select from is needed");
    if (index < 0 || index >= x->shape[0])
        return laco_tape_refuse(tape, "select: position %lld of x %s is not within 0 … %lld", (long long)index,
                                laco_var_show(x).text, (long long)x->shape[0] - 1);
    return view(tape, x, index * (x->size / x->shape[0]), x->ndim - 1, x->shape + 1);
}

/* ---- Stack and concatenate ---- */

/* Operands, and the columns of the result where each begins: rows of `columns` in all. A stack is rows without
 * columns to share: one row. */
typedef struct joined {
    const laco_kernels *kernels;
    laco_var y;
    laco_var *x;
    int64_t count, rows, columns;
} joined;

/* Elements of a row that x[i] fills. */
static int64_t width(const joined *w, int64_t i) { return w->rows > 0 ? w->x[i]->size / w->rows : 0; }

static void join_rows(const void *work, int64_t begin, int64_t end)
{
    const joined *w = work;
    for (int64_t i = 0, first = 0; i < w->count; first += width(w, i++)) {
        int64_t n = width(w, i);
        for (int64_t r = begin; r < end; r++)
            memcpy(w->y->data + r * w->columns + first, w->x[i]->data + r * n, (size_t)n * sizeof(laco_real));
    }
}

/* Operands one after another, so that one that stands there twice is right too. */
static void join_back_rows(const void *work, int64_t begin, int64_t end)
{
    const joined *w = work;
    for (int64_t i = 0, first = 0; i < w->count; first += width(w, i++)) {
        int64_t n = width(w, i);
        for (int64_t r = begin; r < end && w->x[i]->needs_grad; r++)
            w->kernels->add(n, w->y->grad + r * w->columns + first, w->x[i]->grad + r * n);
    }
}

static laco_status join_backward(laco_tape *tape, void *saved)
{
    const joined *w = saved;
    for (int64_t i = 0; i < w->count; i++)
        laco_wanted(w->x[i], w->y);
    if (w->y->grad && tape->status == LACO_OK)
        laco_ranges(tape->ctx, w->rows, 1, LACO_MEMORY_COST * (double)w->columns, join_back_rows, w);
    return tape->status;
}

static laco_var join(laco_tape *tape, const laco_var *x, int64_t count, int64_t rows, int ndim, const int64_t *shape)
{
    bool needs_grad = false;
    for (int64_t i = 0; i < count; i++)
        needs_grad = needs_grad || x[i]->needs_grad;
    laco_var y = laco_var_new(tape, ndim, shape, needs_grad);
    if (!y)
        return NULL;
    laco_var *kept = laco_arena_alloc(&tape->arena, (size_t)count, sizeof *kept);
    if (!kept)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    memcpy(kept, x, (size_t)count * sizeof *kept);
    joined work = {laco_kernels_of(tape->ctx), y, kept, count, rows, rows > 0 ? y->size / rows : 0};
    laco_ranges(tape->ctx, rows, 1, LACO_MEMORY_COST * (double)work.columns, join_rows, &work);
    return laco_finish(tape, y, join_backward, &work, sizeof work);
}

/* All operands there, and each of the shape of the first in its first `alike` dimensions (and as many). */
static bool joinable(laco_tape *tape, const char *name, const laco_var *x, int64_t count, const char *rule, bool last_too)
{
    if (tape->status == LACO_OK && count < 1)
        laco_tape_refuse(tape, "%s of %lld values; at least 1 is needed", name, (long long)count);
    for (int64_t i = 0; i < count; i++) {
        if (!laco_operand(tape, x[i]))
            return false;
        int alike = last_too ? x[0]->ndim : x[0]->ndim - 1;
        if (x[i]->ndim != x[0]->ndim || (alike > 0 && memcmp(x[i]->shape, x[0]->shape, (size_t)alike * sizeof *x[0]->shape) != 0))
            laco_tape_refuse(tape, "%s: value 0 is %s and value %lld is %s; %s", name, laco_var_show(x[0]).text, (long long)i,
                             laco_var_show(x[i]).text, rule);
    }
    return tape->status == LACO_OK;
}

laco_var laco_stack(laco_tape *tape, const laco_var *x, int64_t count)
{
    if (!joinable(tape, "stack", x, count, "they must have one shape", true))
        return NULL;
    int64_t shape[LACO_MAX_DIMS + 1] = {count};
    if (x[0]->ndim == LACO_MAX_DIMS)
        return laco_tape_refuse(tape, "stack: values are %s; one dimension more than %d cannot be", laco_var_show(x[0]).text,
                                LACO_MAX_DIMS);
    memcpy(shape + 1, x[0]->shape, (size_t)x[0]->ndim * sizeof *shape);
    return join(tape, x, count, 1, x[0]->ndim + 1, shape);
}

laco_var laco_concat(laco_tape *tape, const laco_var *x, int count)
{
    int64_t shape[LACO_MAX_DIMS];
    if (!joinable(tape, "concat", x, count, "they must be alike but for the last dimension", false))
        return NULL;
    int last = x[0]->ndim - 1;
    if (last < 0)
        return laco_tape_refuse(tape, "concat: the values are one element each; a dimension to join along is needed (or stack)");
    memcpy(shape, x[0]->shape, sizeof shape);
    for (int i = 1; i < count; i++)
        if (__builtin_add_overflow(shape[last], x[i]->shape[last], &shape[last]))
            return laco_tape_refuse(tape, "concat: the values are too large together");
    return join(tape, x, count, laco_var_rows(x[0]), last + 1, shape);
}

/* ---- Columns ---- */

typedef struct columns_saved {
    const laco_kernels *kernels;
    laco_var x, y;
    int64_t first, x_columns, columns;
} columns_saved;

static void copy_columns(const void *work, int64_t begin, int64_t end)
{
    const columns_saved *s = work;
    for (int64_t r = begin; r < end; r++)
        memcpy(s->y->data + r * s->columns, s->x->data + r * s->x_columns + s->first, (size_t)s->columns * sizeof(laco_real));
}

static void columns_back_rows(const void *work, int64_t begin, int64_t end)
{
    const columns_saved *s = work;
    for (int64_t r = begin; r < end; r++)
        s->kernels->add(s->columns, s->y->grad + r * s->columns, s->x->grad + r * s->x_columns + s->first);
}

static laco_status columns_backward(laco_tape *tape, void *saved)
{
    const columns_saved *s = saved;
    if (laco_wanted(s->x, s->y))
        laco_ranges(tape->ctx, laco_var_rows(s->x), 1, LACO_MEMORY_COST * (double)s->columns, columns_back_rows, s);
    return tape->status;
}

laco_var laco_columns(laco_tape *tape, laco_var x, int64_t begin, int64_t end)
{
    if (!laco_operand(tape, x))
        return NULL;
    int64_t columns = laco_var_columns(x), shape[LACO_MAX_DIMS];
    if (x->ndim < 1)
        return laco_tape_refuse(tape, "columns: x is one element; a dimension to cut is needed");
    if (begin < 0 || end < begin || end > columns)
        return laco_tape_refuse(tape, "columns %lld … %lld of x %s: 0 <= begin <= end <= %lld is needed", (long long)begin,
                                (long long)end, laco_var_show(x).text, (long long)columns);
    memcpy(shape, x->shape, sizeof shape);
    shape[x->ndim - 1] = end - begin;
    laco_var y = laco_var_new(tape, x->ndim, shape, x->needs_grad);
    if (!y)
        return NULL;
    columns_saved work = {laco_kernels_of(tape->ctx), x, y, begin, columns, end - begin};
    laco_ranges(tape->ctx, laco_var_rows(x), 1, LACO_MEMORY_COST * (double)work.columns, copy_columns, &work);
    return laco_finish(tape, y, columns_backward, &work, sizeof work);
}

/* ---- The last step of each sequence ---- */

typedef struct last_saved {
    const laco_kernels *kernels;
    laco_var x, y;
    const int64_t *row; /* [B] the row of x, or -1 */
} last_saved;

static void copy_last(const last_saved *s)
{
    int64_t B = s->y->shape[0], F = s->y->shape[1];
    memset(s->y->data, 0, (size_t)s->y->size * sizeof(laco_real));
    for (int64_t b = 0; b < B; b++)
        if (s->row[b] >= 0)
            memcpy(s->y->data + b * F, s->x->data + s->row[b] * F, (size_t)F * sizeof(laco_real));
}

static laco_status last_backward(laco_tape *tape, void *saved)
{
    const last_saved *s = saved;
    int64_t B = s->y->shape[0], F = s->y->shape[1];
    if (laco_wanted(s->x, s->y))
        for (int64_t b = 0; b < B; b++)
            if (s->row[b] >= 0)
                s->kernels->add(F, s->y->grad + b * F, s->x->grad + s->row[b] * F);
    return tape->status;
}

laco_var laco_last_step(laco_tape *tape, laco_var x, const int32_t *lengths)
{
    if (!laco_operand(tape, x))
        return NULL;
    if (x->ndim != 3)
        return laco_tape_refuse(tape, "last: x is %s; [T][B][F] is needed", laco_var_show(x).text);
    int64_t T = x->shape[0], B = x->shape[1];
    laco_var y = laco_var_new(tape, 2, x->shape + 1, x->needs_grad);
    int64_t *row = y ? laco_arena_alloc(&tape->arena, (size_t)B, sizeof *row) : NULL;
    if (!row)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    for (int64_t b = 0; b < B; b++) {
        int64_t length = lengths ? lengths[b] : T;
        if (length < 0 || length > T)
            return laco_tape_refuse(tape, "last: length %lld of sequence %lld is not within 0 … %lld, the steps of x",
                                    (long long)length, (long long)b, (long long)T);
        row[b] = length > 0 ? (length - 1) * B + b : -1;
    }
    last_saved work = {laco_kernels_of(tape->ctx), x, y, row};
    copy_last(&work);
    return laco_finish(tape, y, last_backward, &work, sizeof work);
}
