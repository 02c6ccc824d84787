/* Sequences of ids, one behind the other in one block: texts once encoded, and as well tags of their words. Or sequences of
 * numbers, which stay where they are. */
#ifndef LACO_DATA_SEQUENCES_H
#define LACO_DATA_SEQUENCES_H

#include "base/base.h"

#define LACO_UNKNOWN 0 /* the id of what has none */

typedef struct laco_sequences {
    laco_context *ctx;
    int32_t *ids;    /* sequence i is ids[starts[i]] … ids[starts[i + 1] - 1] */
    size_t *starts;  /* count + 1; NULL before the first sequence */
    size_t count;    /* of sequences that were ended */
    size_t ids_used; /* also those of the sequence that is not ended yet */
    size_t ids_room, starts_room;
    int64_t width;           /* F: numbers of a step; 0: ids */
    const laco_real **views; /* [count] of numbers: sequence i is [length][F] there */
    size_t views_room;
} laco_sequences;

LACO_SHARED void laco_sequences_init(laco_sequences *sequences, laco_context *ctx);
LACO_SHARED void laco_sequences_free(laco_sequences *sequences);

/* Adds an id to the sequence in the making; ends that sequence, which may be empty; or forgets it.
 * LACO_NO_MEMORY; LACO_INVALID: a sequence of 2^31 ids or more. On failure nothing has changed. */
LACO_SHARED laco_status laco_sequences_push(laco_sequences *sequences, int32_t id);
laco_status laco_sequences_end(laco_sequences *sequences);
void laco_sequences_drop(laco_sequences *sequences);

/* The same ids in longer sequences: neighbours together until they have `least` ids or more. *out is empty before. */
laco_status laco_sequences_join(const laco_sequences *from, int64_t least, laco_sequences *out);

/* Adds a sequence of `steps` steps of `width` numbers, the same width for all of a set that has no ids. The numbers are borrowed.
 * Errors as above. */
laco_status laco_sequences_view(laco_sequences *sequences, const laco_real *values, size_t steps, int64_t width);

static inline int32_t laco_sequences_length(const laco_sequences *sequences, size_t index)
{
    return (int32_t)(sequences->starts[index + 1] - sequences->starts[index]);
}

static inline const int32_t *laco_sequences_ids(const laco_sequences *sequences, size_t index)
{
    return sequences->ids + sequences->starts[index];
}

#endif
