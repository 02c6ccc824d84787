/* The inside of a set of pairs. */
#ifndef LACO_DATA_PAIRS_H
#define LACO_DATA_PAIRS_H

#include "data/strings.h"
#include "data/text/text.h"
#include "laco/pairs.h"

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
};

#endif
