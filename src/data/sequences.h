/* Sequences of ids, one behind the other in one block: texts once encoded, and as well tags of their words. Or sequences of numbers,
 * which stay where they are. */
#ifndef LACO_DATA_SEQUENCES_H
#define LACO_DATA_SEQUENCES_H

#include "data/text/text.h"
#include "data/text/vocabulary.h"

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

void laco_sequences_init(laco_sequences *sequences, laco_context *ctx);
void laco_sequences_free(laco_sequences *sequences);

/* Adds an id to the sequence in the making; ends that sequence, which may be empty; or forgets it.
 * LACO_NO_MEMORY; LACO_INVALID: a sequence of 2^31 ids or more. On failure nothing has changed. */
laco_status laco_sequences_push(laco_sequences *sequences, int32_t id);
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

/* Normalises a text, cuts it into units by config->level and counts them in `vocabulary`. LACO_FORMAT: not UTF-8.
 * On failure part of the text may have been counted. */
laco_status laco_text_count(laco_text_buffer *buffer, const laco_text_config *config, const char *text, size_t length,
                            laco_vocabulary *vocabulary);

/* The same, but adds the ids of the units as one sequence to `out`. Units that `vocabulary` does not know are
 * LACO_UNKNOWN, and are counted in `unseen` where that is not NULL: its size - 1 is how many different ones there
 * were, its occurrences how often each. On failure `out` is as before. */
laco_status laco_text_encode(laco_text_buffer *buffer, const laco_text_config *config, const laco_vocabulary *vocabulary,
                             const char *text, size_t length, laco_sequences *out, laco_vocabulary *unseen);

#endif
