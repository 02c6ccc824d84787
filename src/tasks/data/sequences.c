#include "data/sequences.h"

#include "base/grow.h"

void laco_sequences_init(laco_sequences *sequences, laco_context *ctx) { *sequences = (laco_sequences){.ctx = ctx}; }

void laco_sequences_free(laco_sequences *sequences)
{
    laco_release(sequences->ctx, sequences->ids);
    laco_release(sequences->ctx, sequences->starts);
    laco_release(sequences->ctx, sequences->views);
    laco_sequences_init(sequences, sequences->ctx);
}

static size_t open_start(const laco_sequences *sequences) { return sequences->starts ? sequences->starts[sequences->count] : 0; }

laco_status laco_sequences_push(laco_sequences *sequences, int32_t id)
{
    if (sequences->ids_used - open_start(sequences) >= INT32_MAX)
        return laco_fail(sequences->ctx, LACO_INVALID, "a sequence is longer than %d steps; cut it into parts", INT32_MAX);
    LACO_TRY(laco_grow(sequences->ctx, &sequences->ids, &sequences->ids_room, sequences->ids_used + 1, sizeof id));
    sequences->ids[sequences->ids_used++] = id;
    return LACO_OK;
}

laco_status laco_sequences_end(laco_sequences *sequences)
{
    /* New blocks are zero, so that starts[0] is there at once. */
    size_t needed = sequences->count + 2;
    LACO_TRY(laco_grow(sequences->ctx, &sequences->ids, &sequences->ids_room, 1, sizeof *sequences->ids));
    LACO_TRY(laco_grow(sequences->ctx, &sequences->starts, &sequences->starts_room, needed, sizeof *sequences->starts));
    sequences->starts[++sequences->count] = sequences->ids_used;
    return LACO_OK;
}

void laco_sequences_drop(laco_sequences *sequences) { sequences->ids_used = open_start(sequences); }

laco_status laco_sequences_join(const laco_sequences *from, int64_t least, laco_sequences *out)
{
    for (size_t i = 0; i < from->count; i++) {
        for (size_t at = from->starts[i]; at < from->starts[i + 1]; at++)
            LACO_TRY(laco_sequences_push(out, from->ids[at]));
        if ((int64_t)(out->ids_used - open_start(out)) >= least || i + 1 == from->count)
            LACO_TRY(laco_sequences_end(out));
    }
    return LACO_OK;
}

laco_status laco_sequences_view(laco_sequences *sequences, const laco_real *values, size_t steps, int64_t width)
{
    if (steps > INT32_MAX)
        return laco_fail(sequences->ctx, LACO_INVALID, "a sequence is longer than %d steps; cut it into parts", INT32_MAX);
    LACO_TRY(
        laco_grow(sequences->ctx, &sequences->starts, &sequences->starts_room, sequences->count + 2, sizeof *sequences->starts));
    LACO_TRY(
        laco_grow(sequences->ctx, &sequences->views, &sequences->views_room, sequences->count + 1, sizeof *sequences->views));
    sequences->width = width;
    sequences->views[sequences->count] = values;
    sequences->starts[sequences->count + 1] = sequences->starts[sequences->count] + steps;
    sequences->count++;
    return LACO_OK;
}
