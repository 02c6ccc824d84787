/* laco/pairs.h - pairs of texts, a source and what it becomes: read them, look at them, hand them to training or evaluation.
 *
 * Files hold lines of source<TAB>target in UTF-8; a byte order mark at the start and CRLF line ends are allowed, blank lines are
 * skipped. A source may stand in several lines, anywhere in the data: each of its targets is right. "-" is standard input.
 */
#ifndef LACO_PAIRS_H
#define LACO_PAIRS_H

#include "laco/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a text is cut into where it is one side of a pair. */
typedef enum laco_token_kind {
    LACO_TOKENS_DEFAULT, /* found out from the data */
    LACO_TOKENS_CHAR,    /* Unicode code points of NFC */
    LACO_TOKENS_WORD,    /* what stands between white space, as it stands */
} laco_token_kind;

/* Opaque; never changes once loaded. */
typedef struct laco_pairs laco_pairs;

/* Reads `path_count` files, one after another, into one set. *out is the caller's. LACO_IO: a file cannot be read. LACO_FORMAT:
 * the content is not as above; the text says file, line and what would be right. LACO_INVALID: no path. LACO_NO_MEMORY. On
 * failure *out is untouched. */
LACO_API laco_status laco_pairs_load(laco_context *ctx, const char *const *paths, int path_count, laco_pairs **out);

/* The same of `size` bytes in memory; `name` stands for them in messages. Nothing of them is kept. */
LACO_API laco_status laco_pairs_parse(laco_context *ctx, const char *name, const char *bytes, size_t size, laco_pairs **out);

/* Two sets from one: `fraction` (0 … 1) of the sources in *part, drawn by `seed`, the others in *rest; all lines of a source stay
 * together. Both are the caller's and stand for themselves. LACO_INVALID: the fraction; LACO_NO_MEMORY. */
LACO_API laco_status laco_pairs_split(const laco_pairs *pairs, double fraction, uint64_t seed, laco_pairs **rest,
                                      laco_pairs **part);

/* NULL is allowed. */
LACO_API void laco_pairs_free(laco_pairs *pairs);

/* Number of different sources, in the order in which they came, and of all pairs. */
LACO_API size_t laco_pairs_count(const laco_pairs *pairs);
LACO_API size_t laco_pairs_line_count(const laco_pairs *pairs);

/* Source `index` (below the count), and the different targets of it: NFC, UTF-8, ended by a zero, owned by the pairs. `length`
 * (bytes; may be NULL). */
LACO_API const char *laco_pairs_source(const laco_pairs *pairs, size_t index, size_t *length);
LACO_API size_t laco_pairs_target_count(const laco_pairs *pairs, size_t index);
LACO_API const char *laco_pairs_target(const laco_pairs *pairs, size_t index, size_t which, size_t *length);

#ifdef __cplusplus
}
#endif

#endif
