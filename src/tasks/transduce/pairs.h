/* The inside of a set of pairs. */
#ifndef LACO_TRANSDUCE_PAIRS_H
#define LACO_TRANSDUCE_PAIRS_H

#include "data/strings.h"
#include "text/text.h"
#include "laco/pairs.h"
#include "text/notes.h"

struct laco_pairs {
    laco_context *ctx;
    laco_strings sources, targets;
    /* As they came. */
    int32_t *line_source, *line_target;
    size_t lines, source_room, target_room;
    /* Targets of source i: answers[starts[i]] … answers[starts[i + 1] - 1]. */
    size_t *starts;
    int32_t *answers;
    laco_text_buffer buffer;
    laco_notes notes;
};

/* Different targets of a source. */
size_t laco_pairs_target_count(const laco_pairs *pairs, size_t index);

/* Pairs in all: every source with each of its targets. */
size_t laco_pairs_line_count(const laco_pairs *pairs);

/* A set in the making. begin: an empty one; add: a pair of texts, UTF-8; end: completes the set where `status` is LACO_OK, into
 * *out, else frees it and returns `status`. */
LACO_SHARED laco_status laco_pairs_begin(laco_context *ctx, laco_pairs **out);
LACO_SHARED laco_status laco_pairs_add(laco_pairs *pairs, const char *source, size_t source_length, const char *target,
                                       size_t target_length);
LACO_SHARED laco_status laco_pairs_end(laco_pairs *pairs, laco_status status, laco_pairs **out);

#endif
