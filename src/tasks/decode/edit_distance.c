#include "decode/edit_distance.h"

/* row[j]: the distance of the first i ids of a from the first j of b. */
static void fill_row(const int32_t *a, int64_t i, const int32_t *b, int64_t b_count, int64_t *row)
{
    int64_t diagonal = row[0];
    row[0] = i;
    for (int64_t j = 1; j <= b_count; j++) {
        int64_t above = row[j], replaced = diagonal + (a[i - 1] != b[j - 1]);
        row[j] = LACO_MIN(replaced, LACO_MIN(above, row[j - 1]) + 1);
        diagonal = above;
    }
}

laco_status laco_edit_distance(laco_context *ctx, const int32_t *a, int64_t a_count, const int32_t *b, int64_t b_count,
                               int64_t *out)
{
    int64_t *row = laco_alloc(ctx, (size_t)b_count + 1, sizeof *row);
    if (!row)
        return LACO_NO_MEMORY;
    for (int64_t j = 0; j <= b_count; j++)
        row[j] = j;
    for (int64_t i = 1; i <= a_count; i++)
        fill_row(a, i, b, b_count, row);
    *out = row[b_count];
    laco_release(ctx, row);
    return LACO_OK;
}
