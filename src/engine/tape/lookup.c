/* Values that are rows of a table: nothing is copied until somebody needs the numbers, and a recurrent layer never does. */
#include "tape/tape.h"

#include "kernel/kernel.h"

#include <string.h>

laco_var laco_var_lookup(laco_tape *tape, const int32_t *ids, int64_t rows, int64_t columns, laco_param *table, int64_t size,
                         int64_t padding)
{
    int64_t all[3] = {rows, columns, table ? table->shape[1] : size};
    bool flat = rows == 0;
    if (tape->status != LACO_OK)
        return NULL;
    if (rows < 0 || columns < 0 || all[2] < 0)
        return laco_tape_refuse(tape, "a look-up of %lld × %lld ids cannot be", (long long)rows, (long long)columns);
    size_t count;
    if (!laco_mul_fits((size_t)(flat ? 1 : rows), (size_t)columns, &count))
        return laco_tape_refuse(tape, "a look-up of %lld × %lld ids is too large", (long long)rows, (long long)columns);
    int32_t *kept = laco_arena_alloc(&tape->arena, count, sizeof *kept);
    laco_lookup *lookup = laco_arena_alloc(&tape->arena, 1, sizeof *lookup);
    laco_var value = laco_arena_zeroed(&tape->arena, 1, sizeof *value);
    if (!kept || !lookup || !value)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    memcpy(kept, ids, count * sizeof *kept);
    *lookup = (laco_lookup){kept, table, size, padding};
    *value = (struct laco_value){
        .tape = tape, .ndim = flat ? 2 : 3, .needs_grad = table && !tape->inference, .born = tape->entries, .lookup = lookup};
    memcpy(value->shape, all + flat, (size_t)value->ndim * sizeof *all);
    if (__builtin_mul_overflow((int64_t)count, all[2], &value->size))
        return laco_tape_refuse(tape, "a look-up of %zu ids is too large", count);
    return value;
}

laco_var laco_one_hot(laco_tape *tape, const int32_t *ids, int64_t rows, int64_t columns, int64_t size)
{
    return laco_var_lookup(tape, ids, rows, columns, NULL, size, -1);
}

typedef struct fetch_saved {
    laco_var value;
} fetch_saved;

/* The gradient of fetched rows goes to the rows of the table. */
static laco_status fetch_backward(laco_tape *tape, void *saved)
{
    laco_var value = ((fetch_saved *)saved)->value;
    const laco_lookup *lookup = value->lookup;
    const laco_kernels *kernels = laco_kernels_of(tape->ctx);
    int64_t E = laco_var_columns(value), rows = laco_var_rows(value);
    for (int64_t r = 0; value->grad && r < rows; r++)
        if (lookup->ids[r] != lookup->padding)
            kernels->add(E, value->grad + r * E, lookup->table->grad + lookup->ids[r] * E);
    return LACO_OK;
}

laco_real *laco_var_fetch(laco_var value)
{
    if (value->data)
        return value->data;
    laco_tape *tape = value->tape;
    const laco_lookup *lookup = value->lookup;
    int64_t E = laco_var_columns(value), rows = laco_var_rows(value);
    laco_real *data = laco_arena_zeroed(&tape->arena, (size_t)value->size, sizeof *data);
    fetch_saved *saved = laco_arena_alloc(&tape->arena, 1, sizeof *saved);
    if (!data || !saved) {
        laco_tape_fail(tape, LACO_NO_MEMORY);
        return NULL;
    }
    for (int64_t r = 0; r < rows; r++) {
        int64_t id = lookup->ids[r];
        if (id < 0 || id >= lookup->size) {
            laco_tape_refuse(tape, "id %lld at place %lld is not within 0 … %lld", (long long)id, (long long)r,
                             (long long)lookup->size - 1);
            return NULL;
        }
        if (lookup->table)
            memcpy(data + r * E, lookup->table->value + id * E, (size_t)E * sizeof *data);
        else
            data[r * E + id] = 1;
    }
    saved->value = value;
    if (lookup->table && laco_tape_record(tape, fetch_backward, saved) < 0)
        return NULL;
    return value->data = data;
}
