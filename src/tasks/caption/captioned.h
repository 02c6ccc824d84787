/* The inside of a captioned set: where its readers put pictures and vectors. */
#ifndef LACO_CAPTION_CAPTIONED_H
#define LACO_CAPTION_CAPTIONED_H

#include "base/arena.h"
#include "laco/captioned.h"
#include "text/notes.h"

typedef struct laco_captioned_item {
    const laco_real *values; /* [steps][features] */
    size_t steps;
    const char *caption; /* ended by a zero; or NULL */
} laco_captioned_item;

struct laco_captioned {
    laco_context *ctx;
    laco_captioned_config config;
    laco_captioned_kind kind; /* LACO_CAPTIONED_ANY before the first item */
    int64_t features;
    laco_captioned_item *items;
    size_t count, room;
    laco_arena values, captions;
    laco_notes notes;
};

/* An empty set; `config` may be NULL. *out is the caller's. */
LACO_SHARED laco_status laco_captioned_begin(laco_context *ctx, const laco_captioned_config *config, laco_captioned **out);

/* ---- What readers add ---- */

/* Says that the file `name` holds pictures, or vectors (height 1), of such a size; of a file with lines, in line `line` (else 0).
 * LACO_FORMAT: the set, or config, has another kind or size. */
LACO_SHARED laco_status laco_captioned_expect(laco_captioned *data, const char *name, size_t line, laco_captioned_kind kind,
                                              size_t width, size_t height);

/* Adds an item; `values` lies in data->values. */
LACO_SHARED laco_status laco_captioned_add(laco_captioned *data, const laco_real *values, size_t steps);

/* The caption of item `index`, from line `line` of the file `name`; white space around it is dropped. LACO_FORMAT: nothing is
 * left. */
LACO_SHARED laco_status laco_captioned_name(laco_captioned *data, size_t index, const char *name, size_t line, const char *bytes,
                                            size_t length);

#endif
