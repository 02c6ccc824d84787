#include "op/dropout.h"

void laco_dropout_mask(uint64_t seed, uint64_t stream, int64_t first, int64_t count, double p, laco_real *mask)
{
    uint32_t words[4];
    uint64_t threshold = (uint64_t)(p * 0x1p32); /* a word below it means 0 */
    laco_real kept = (laco_real)(p < 1 ? 1 / (1 - p) : 0);
    for (int64_t i = 0; i < count; i++) {
        int64_t element = first + i;
        if (i == 0 || element % 4 == 0)
            laco_random_block(seed, stream, (uint64_t)(element / 4), words);
        mask[i] = words[element % 4] < threshold ? 0 : kept;
    }
}
