/* How far two sequences are apart. */
#ifndef LACO_DECODE_EDIT_DISTANCE_H
#define LACO_DECODE_EDIT_DISTANCE_H

#include "base/base.h"

/* The least number of ids to insert, delete or replace that makes one of a[0 … a_count-1] and b[0 … b_count-1] the other
 * (Levenshtein). LACO_NO_MEMORY. */
laco_status laco_edit_distance(laco_context *ctx, const int32_t *a, int64_t a_count, const int32_t *b, int64_t b_count,
                               int64_t *out);

#endif
