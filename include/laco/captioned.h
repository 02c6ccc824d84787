/* laco/captioned.h - pictures, or vectors of numbers, each with a caption: read them, look at them, hand them to training or
 * evaluation.
 *
 * Forms that are read, known by their content:
 *   IDX          the binary form of MNIST: N × rows × columns (× channels), or N × numbers; the path behind it is a text file
 * with a caption on each line a table      of numbers, the caption in the last column, between commas, semicolons or tabs; a
 * header may stand above a list       lines of picture<TAB>caption; pictures are PNG or PGM files, their paths relative to the
 * folder of the list (of standard input: to the present one) a picture    a PNG or PGM file itself, which has no caption: for
 * answers only Text is UTF-8; a byte order mark at the start and CRLF line ends are allowed, blank lines of tables and lists are
 * skipped. Pictures are grey, from 0 (black) to 255 (white): colours by their luminance, transparency before white.
 */
#ifndef LACO_CAPTIONED_H
#define LACO_CAPTIONED_H

#include "laco/context.h"

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
    int64_t features; /* F: height of a picture (times its channels), 1 for vectors; 0: that of the first */
    int64_t numbers;  /* of each picture or vector in all; 0: any */
    bool uncaptioned; /* captions may be missing, and what stands in their place does not count */
} laco_captioned_config;

/* Opaque; never changes once loaded. */
typedef struct laco_captioned laco_captioned;

/* Reads `path_count` paths ("-": standard input), one after another, into one set. `config` may be NULL. *out is the caller's.
 * LACO_IO: a path cannot be read. LACO_FORMAT: the content is not as above, pictures stand among vectors, or a picture has
 * another height (or size) than is needed; the text says file, line and what would be right. LACO_INVALID: no path.
 * LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_captioned_load(laco_context *ctx, const char *const *paths, int path_count,
                                         const laco_captioned_config *config, laco_captioned **out);

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
