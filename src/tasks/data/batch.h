/* Batches of sequences of about the same length, so that little is computed on padding. */
#ifndef LACO_DATA_BATCH_H
#define LACO_DATA_BATCH_H

#include "data/sequences.h"

/* One batch. Everything in it is owned by the laco_batches and stands until the next get or start. */
typedef struct laco_batch {
    int32_t rows;           /* B, at least 1; of a shard 0 where there is no row for it */
    int32_t steps;          /* T: the longest sequence; 0 where all are empty */
    const int32_t *ids;     /* [T][B], time-major; LACO_UNKNOWN past the end of a sequence; NULL of numbers */
    const laco_real *x;     /* [T][B][F], time-major; 0 past the end of a sequence; NULL of ids */
    int64_t width;          /* F, or 0 */
    const int32_t *lengths; /* [B], falling; 0 to T */
    const int32_t *labels;  /* [B]; NULL where no labels were given */
    const size_t *index;    /* [B]: which sequence each row is, to put results back in order */
    int64_t whole_rows;     /* of the whole batch, where this is a shard of it, else of this one: its rows, */
    int64_t whole_steps;    /* the sum of their lengths, */
    const size_t *whole;    /* and which sequence each is */
} laco_batch;

/* Zero means the default. */
typedef struct laco_batches_config {
    int32_t batch_size; /* most rows of a batch; 0: 64 */
    bool shuffle;       /* training: another order each epoch. Else evaluation: all by length, longest first */
    uint64_t seed;
    int32_t chunk;      /* shuffling: batches whose sequences are sorted by length together; 0: 16 */
    int64_t max_padded; /* most T · B of a batch, so that one very long sequence does not ask for B times its memory;
                           a single sequence is never refused; 0: no limit */
} laco_batches_config;

typedef struct laco_batches laco_batches;

/* Cuts the sequences `subset` (NULL: all) into batches. `labels`: of each of `sequences` by its index, or NULL.
 * Sequences, labels and subset are borrowed and must outlive the batches; *out is the caller's. The first epoch (0) is
 * started. LACO_INVALID: a negative size. LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_batches_new(laco_context *ctx, const laco_sequences *sequences, const int32_t *labels,
                                         const size_t *subset, size_t subset_count, const laco_batches_config *config,
                                         laco_batches **out);
LACO_SHARED void laco_batches_free(laco_batches *batches);

/* Starts an epoch. The order is a pure function of (seed, epoch, data, config): shuffle all, sort runs of `chunk`
 * batches by length, cut, shuffle the batches. Without shuffle every epoch is the same. LACO_NO_MEMORY leaves no batches. */
laco_status laco_batches_start(laco_batches *batches, uint64_t epoch);

/* Batches in this epoch; and one of them, 0 … count-1, in any order and again where wanted: to resume in the middle
 * of an epoch, start it and go on where it was left. Cannot fail. */
size_t laco_batches_count(const laco_batches *batches);
LACO_SHARED const laco_batch *laco_batches_get(laco_batches *batches, size_t number);

/* One shard of it: rows shard, shard + shards, shard + 2 · shards … of the batch, so that lengths fall still and all shards have
 * about as much to do. */
const laco_batch *laco_batches_shard(laco_batches *batches, size_t number, size_t shard, size_t shards);

/* Lays other sequences of the same lengths (tags of words) out as the batch's ids are: `out` is [T][B] and takes
 * `padding` where a sequence has ended. */
void laco_batch_pad(const laco_batch *batch, const laco_sequences *sequences, int32_t padding, int32_t *out);

#endif
