/* laco/pairs.h - pairs of texts, a source and what it becomes: what transducers learn from. laco/read.h reads them from files.
 *
 * A source may come with several targets, anywhere in the data: each of them is right.
 */
#ifndef LACO_PAIRS_H
#define LACO_PAIRS_H

#include "laco/summary.h"
#include "laco/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque; never changes once loaded. */
typedef struct laco_pairs laco_pairs;

/* A set from memory, which is copied: sources[i] becomes targets[i], both UTF-8 ended by a zero, neither empty. *out is the
 * caller's. LACO_FORMAT, LACO_INVALID: no pair; LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_pairs_from_texts(laco_context *ctx, const char *const *sources, const char *const *targets,
                                           size_t count, laco_pairs **out);

/* Two sets from one: `fraction` (0 … 1) of the sources in *part, drawn by `seed`, the others in *rest; all lines of a source stay
 * together. Both are the caller's and stand for themselves. LACO_INVALID: the fraction; LACO_NO_MEMORY. */
LACO_API laco_status laco_pairs_split(const laco_pairs *pairs, double fraction, uint64_t seed, laco_pairs **rest,
                                      laco_pairs **part);

/* What was read and how; `detail` and *out as in laco_labelled_summary. */
LACO_API laco_status laco_pairs_summary(const laco_pairs *pairs, bool detail, laco_summary **out);

/* NULL is allowed. */
LACO_API void laco_pairs_free(laco_pairs *pairs);

/* Number of different sources, in the order in which they came. */
LACO_API size_t laco_pairs_count(const laco_pairs *pairs);

/* Source `index` (below the count), and the different targets of it: NFC, UTF-8, ended by a zero, owned by the pairs. `length`
 * (bytes; may be NULL). Targets are numbered from 0 on; NULL: there are not so many. */
LACO_API const char *laco_pairs_source(const laco_pairs *pairs, size_t index, size_t *length);
LACO_API const char *laco_pairs_target(const laco_pairs *pairs, size_t index, size_t which, size_t *length);

#ifdef __cplusplus
}
#endif

#endif
