/* Tags that mark entities: O outside, B-TYPE at the beginning, I-TYPE inside, and where they are used E-TYPE (or L-TYPE) at the
 * end and S-TYPE (or U-TYPE) for an entity of one word; M-TYPE is I-TYPE. Or the letters alone, where there is one type. */
#ifndef LACO_TAG_BIO_H
#define LACO_TAG_BIO_H

#include "base/base.h"

/* Whether all of `names` are such tags, and at least one of them marks an entity. */
bool laco_bio_detect(const char *const *names, int count);

/* Whether `next` may follow `previous` (NULL: begins a sentence) where each entity begins with B: I-TYPE only after B-TYPE or
 * I-TYPE. Tags of other kinds may follow whatever they like. */
bool laco_bio_may_follow(const char *previous, const char *next);

/* Entities of one type. */
typedef struct laco_bio_type {
    const char *name;          /* within one of the names */
    size_t gold, found, right; /* in the data, by the tagger, and of these those with the same words and type */
} laco_bio_type;

/* Counts entities as the CoNLL-2003 script conlleval does, which also lets one begin with I.
 * names: of tags; starts: where each of `sentences` begins in gold and found, and behind the last its end; gold, found: tag
 * numbers. *types (by laco_alloc; the caller's) are the types in the order of the names. LACO_NO_MEMORY. */
laco_status laco_bio_count(laco_context *ctx, const char *const *names, int count, const size_t *starts, size_t sentences,
                           const int32_t *gold, const int32_t *found, laco_bio_type **types, int *type_count);

#endif
