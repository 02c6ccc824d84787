#include "op/dropout.h"

#define WORDS 256 /* drawn at a time; whole blocks of four */

void laco_dropout_mask(uint64_t seed, uint64_t stream, int64_t first, int64_t count, double p, laco_real *mask)
{
    uint32_t words[WORDS];
    uint32_t threshold = p < 1 ? (uint32_t)(p * 0x1p32) : 0; /* a word below it means 0 */
    laco_real kept = (laco_real)(p < 1 ? 1 / (1 - p) : 0);
    while (count > 0) {
        int64_t skip = first % 4, n = LACO_MIN(count, WORDS - skip);
        laco_random_blocks(seed, stream, (uint64_t)(first / 4), (size_t)((skip + n + 3) / 4), words);
        for (int64_t i = 0; i < n; i++)
            mask[i] = words[skip + i] < threshold ? 0 : kept;
        mask += n;
        first += n;
        count -= n;
    }
}
