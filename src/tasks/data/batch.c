#include "data/batch.h"

#include "base/random.h"
#include "base/grow.h"

#include <stdlib.h>
#include <string.h>

struct laco_batches {
    laco_context *ctx;
    const laco_sequences *sequences;
    const int32_t *labels;
    const size_t *subset;
    size_t examples;
    laco_batches_config config;
    size_t *order;          /* the examples of this epoch, batch after batch */
    struct sort_key *keys;  /* as many */
    size_t *starts, *shown; /* where each batch starts in order, count + 1; in which order batches are given */
    size_t starts_room, shown_room, count;
    int32_t *ids, *lengths, *row_labels;
    size_t *index; /* of a shard, where its rows do not lie side by side in order */
    laco_real *x;  /* of numbers, in place of ids */
    size_t ids_room, x_room;
    laco_batch batch;
};

typedef struct sort_key {
    int32_t length;
    size_t place, index; /* place before sorting: makes the order total, so that any sort gives the same */
} sort_key;

static laco_status check_config(laco_context *ctx, laco_batches_config *config)
{
    if (config->batch_size < 0)
        return laco_fail(ctx, LACO_INVALID, "the batch size is %d; it must be at least 1", config->batch_size);
    if (config->chunk < 0 || config->max_padded < 0)
        return laco_fail(ctx, LACO_INVALID, "a limit of the batches is negative");
    config->batch_size = config->batch_size ? config->batch_size : 64;
    config->chunk = config->chunk ? config->chunk : 16;
    return LACO_OK;
}

static laco_status allocate(laco_batches *b)
{
    size_t rows = LACO_MIN((size_t)b->config.batch_size, b->examples);
    b->order = laco_alloc(b->ctx, b->examples, sizeof *b->order);
    b->keys = laco_alloc(b->ctx, b->examples, sizeof *b->keys);
    b->lengths = laco_alloc(b->ctx, rows, sizeof *b->lengths);
    b->index = laco_alloc(b->ctx, rows, sizeof *b->index);
    b->row_labels = b->labels ? laco_alloc(b->ctx, rows, sizeof *b->row_labels) : NULL;
    return b->order && b->keys && b->lengths && b->index && (b->row_labels || !b->labels) ? LACO_OK : LACO_NO_MEMORY;
}

laco_status laco_batches_new(laco_context *ctx, const laco_sequences *sequences, const int32_t *labels, const size_t *subset,
                             size_t subset_count, const laco_batches_config *config, laco_batches **out)
{
    laco_batches_config checked = config ? *config : (laco_batches_config){0};
    LACO_TRY(check_config(ctx, &checked));
    laco_batches *b = laco_alloc(ctx, 1, sizeof *b);
    if (!b)
        return LACO_NO_MEMORY;
    *b = (laco_batches){.ctx = ctx, .sequences = sequences, .labels = labels, .subset = subset, .config = checked};
    b->examples = subset ? subset_count : sequences->count;
    laco_status status = allocate(b);
    if (status == LACO_OK)
        status = laco_batches_start(b, 0);
    if (status < 0)
        laco_batches_free(b);
    else
        *out = b;
    return status;
}

void laco_batches_free(laco_batches *b)
{
    if (!b)
        return;
    laco_release(b->ctx, b->order);
    laco_release(b->ctx, b->keys);
    laco_release(b->ctx, b->starts);
    laco_release(b->ctx, b->shown);
    laco_release(b->ctx, b->ids);
    laco_release(b->ctx, b->x);
    laco_release(b->ctx, b->lengths);
    laco_release(b->ctx, b->index);
    laco_release(b->ctx, b->row_labels);
    laco_release(b->ctx, b);
}

static int longest_first(const void *left, const void *right)
{
    const sort_key *a = left, *b = right;
    if (a->length != b->length)
        return a->length > b->length ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

static void sort_by_length(laco_batches *b, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++)
        b->keys[i] = (sort_key){.length = laco_sequences_length(b->sequences, b->order[i]), .place = i, .index = b->order[i]};
    qsort(b->keys + begin, end - begin, sizeof *b->keys, longest_first);
    for (size_t i = begin; i < end; i++)
        b->order[i] = b->keys[i].index;
}

static bool batch_is_full(const laco_batches *b, size_t start, size_t next)
{
    size_t rows = next - start + 1, padded, steps = (size_t)laco_sequences_length(b->sequences, b->order[start]);
    if (rows > (size_t)b->config.batch_size)
        return true;
    return b->config.max_padded && (!laco_mul_fits(rows, steps, &padded) || padded > (size_t)b->config.max_padded);
}

/* Cuts order[begin … end) into batches, which do not cross `end`. */
static laco_status cut(laco_batches *b, size_t begin, size_t end)
{
    for (size_t start = begin, next; start < end; start = next) {
        for (next = start + 1; next < end && !batch_is_full(b, start, next); next++)
            ;
        LACO_TRY(laco_grow(b->ctx, &b->starts, &b->starts_room, b->count + 2, sizeof *b->starts));
        LACO_TRY(laco_grow(b->ctx, &b->shown, &b->shown_room, b->count + 1, sizeof *b->shown));
        b->shown[b->count] = b->count;
        b->starts[b->count++] = start;
        b->starts[b->count] = next;
    }
    return LACO_OK;
}

/* Room for the ids or numbers of the largest batch, so that get cannot fail. */
static laco_status make_room(laco_batches *b)
{
    size_t most = 1;
    for (size_t i = 0; i < b->count; i++) {
        size_t steps = (size_t)laco_sequences_length(b->sequences, b->order[b->starts[i]]), padded;
        if (!laco_mul_fits(steps, b->starts[i + 1] - b->starts[i], &padded))
            return laco_fail(b->ctx, LACO_NO_MEMORY, "out of memory: a batch of %zu sequences of %zu steps",
                             b->starts[i + 1] - b->starts[i], steps);
        most = LACO_MAX(most, padded);
    }
    if (b->sequences->width > 0)
        return laco_grow(b->ctx, &b->x, &b->x_room, most, (size_t)b->sequences->width * sizeof *b->x);
    return laco_grow(b->ctx, &b->ids, &b->ids_room, most, sizeof *b->ids);
}

/* Sorts and cuts runs of `chunk` examples each. */
static laco_status cut_chunks(laco_batches *b, size_t chunk)
{
    for (size_t begin = 0, end; begin < b->examples; begin = end) {
        end = begin + LACO_MIN(chunk, b->examples - begin);
        sort_by_length(b, begin, end);
        LACO_TRY(cut(b, begin, end));
    }
    return make_room(b);
}

laco_status laco_batches_start(laco_batches *b, uint64_t epoch)
{
    laco_rng rng = {.seed = b->config.seed, .stream = laco_random_stream("batches") + epoch};
    size_t chunk;
    if (!b->config.shuffle || !laco_mul_fits((size_t)b->config.chunk, (size_t)b->config.batch_size, &chunk))
        chunk = b->examples;
    for (size_t i = 0; i < b->examples; i++)
        b->order[i] = b->subset ? b->subset[i] : i;
    if (b->config.shuffle)
        laco_rng_shuffle(&rng, b->order, b->examples);
    b->count = 0;
    laco_status status = cut_chunks(b, chunk);
    if (status < 0)
        b->count = 0;
    else if (b->config.shuffle)
        laco_rng_shuffle(&rng, b->shown, b->count);
    return status;
}

size_t laco_batches_count(const laco_batches *b) { return b->count; }

/* The numbers of a batch, step by step. */
static void lay_out(const laco_batch *batch, const laco_sequences *sequences, laco_real *out)
{
    size_t rows = (size_t)batch->rows, steps = (size_t)batch->steps, F = (size_t)sequences->width;
    for (size_t row = 0; row < rows; row++) {
        const laco_real *values = sequences->views[batch->index[row]];
        size_t length = (size_t)batch->lengths[row];
        for (size_t t = 0; t < length; t++)
            memcpy(out + (t * rows + row) * F, values + t * F, F * sizeof *out);
        for (size_t t = length; t < steps; t++)
            memset(out + (t * rows + row) * F, 0, F * sizeof *out);
    }
}

const laco_batch *laco_batches_get(laco_batches *b, size_t number) { return laco_batches_shard(b, number, 0, 1); }

const laco_batch *laco_batches_shard(laco_batches *b, size_t number, size_t shard, size_t shards)
{
    size_t start = b->starts[b->shown[number]], whole = b->starts[b->shown[number] + 1] - start;
    size_t rows = whole > shard ? (whole - shard - 1) / shards + 1 : 0;
    const size_t *index = shards > 1 ? b->index : b->order + start;
    int64_t steps = 0;
    for (size_t row = 0; row < whole; row++)
        steps += laco_sequences_length(b->sequences, b->order[start + row]);
    for (size_t row = 0; row < rows; row++) {
        if (shards > 1)
            b->index[row] = b->order[start + shard + row * shards];
        b->lengths[row] = laco_sequences_length(b->sequences, index[row]);
        if (b->labels)
            b->row_labels[row] = b->labels[index[row]];
    }
    b->batch = (laco_batch){.rows = (int32_t)rows,
                            .steps = rows > 0 ? b->lengths[0] : 0,
                            .ids = b->ids,
                            .x = b->x,
                            .width = b->sequences->width,
                            .lengths = b->lengths,
                            .labels = b->row_labels,
                            .index = index,
                            .whole_rows = (int64_t)whole,
                            .whole_steps = steps,
                            .whole = b->order + start};
    if (b->x)
        lay_out(&b->batch, b->sequences, b->x);
    else
        laco_batch_pad(&b->batch, b->sequences, LACO_UNKNOWN, b->ids);
    return &b->batch;
}

void laco_batch_pad(const laco_batch *batch, const laco_sequences *sequences, int32_t padding, int32_t *out)
{
    size_t rows = (size_t)batch->rows, steps = (size_t)batch->steps;
    for (size_t row = 0; row < rows; row++) {
        const int32_t *ids = laco_sequences_ids(sequences, batch->index[row]);
        size_t length = (size_t)batch->lengths[row];
        for (size_t t = 0; t < length; t++)
            out[t * rows + row] = ids[t];
        for (size_t t = length; t < steps; t++)
            out[t * rows + row] = padding;
    }
}
