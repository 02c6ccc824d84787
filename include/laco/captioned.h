/* laco/captioned.h - pictures, or vectors of numbers, each with a caption: what captioners learn from. laco/read.h reads them
 * from files.
 */
#ifndef LACO_CAPTIONED_H
#define LACO_CAPTIONED_H

#include "laco/summary.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum laco_captioned_kind {
    LACO_CAPTIONED_ANY, /* what the content is */
    LACO_CAPTIONED_VECTORS,
    LACO_CAPTIONED_PICTURES,
} laco_captioned_kind;

/* Zero means the default. */
typedef struct laco_captioned_config {
    laco_captioned_kind kind;
    int64_t features;  /* F: height of a picture (times its channels), 1 for vectors; 0: that of the first */
    int64_t numbers;   /* of each picture or vector in all; 0: any */
    bool uncaptioned;  /* captions may be missing, and what stands in their place does not count */
    size_t first_line; /* of laco_captioned_parse: the number of the first line, for messages; 0: 1 */
} laco_captioned_config;

/* Opaque; never changes once loaded. */
typedef struct laco_captioned laco_captioned;

/* A set from memory, which is copied: pictures of `width` × `height` grey values, 0 (black) to 255 (white), each row by row from
 * the top; or vectors (height 1) of `width` numbers. captions[i] is UTF-8 ended by a zero; NULL: none, which config->uncaptioned
 * must allow. Of `config` (NULL: the default) kind, features, numbers and uncaptioned count. *out is the caller's. LACO_FORMAT:
 * an empty caption, a number that is not finite, or another size than config says; LACO_INVALID; LACO_NO_MEMORY. On failure *out
 * is untouched. */
LACO_API laco_status laco_captioned_from_values(laco_context *ctx, const laco_real *values, size_t width, size_t height,
                                                const char *const *captions, size_t count, const laco_captioned_config *config,
                                                laco_captioned **out);

/* What was read and how; `detail` and *out as in laco_labelled_summary. */
LACO_API laco_status laco_captioned_summary(const laco_captioned *data, bool detail, laco_summary **out);

/* NULL is allowed. */
LACO_API void laco_captioned_free(laco_captioned *data);

LACO_API size_t laco_captioned_count(const laco_captioned *data);
LACO_API laco_captioned_kind laco_captioned_get_kind(const laco_captioned *data);

/* F, the numbers of a step: the rows of a picture, which is read column by column; 1 of vectors, read number by number. */
LACO_API int64_t laco_captioned_features(const laco_captioned *data);

/* Picture or vector `index` (below the count) as [T][F], T in *steps. Owned by data. */
LACO_API const laco_real *laco_captioned_values(const laco_captioned *data, size_t index, int64_t *steps);

/* Its caption as it was read, UTF-8 ended by a zero, without white space around it; NULL: it has none. Owned by data. */
LACO_API const char *laco_captioned_text(const laco_captioned *data, size_t index);

#ifdef __cplusplus
}
#endif

#endif
