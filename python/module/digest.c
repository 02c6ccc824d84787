#include "digest.h"

#include <string.h>

static uint64_t mix(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * 0x9E3779B185EBCA87u;
    return sum << 29 | sum >> 35;
}

/* Eight chains side by side, for one would wait for its own products. */
uint64_t py_digest(const void *values, size_t size)
{
    const unsigned char *at = values, *end = at + size;
    uint64_t sums[8] = {1, 2, 3, 4, 5, 6, 7, 8}, words[8], all = size;
    for (; end - at >= (ptrdiff_t)sizeof words; at += sizeof words) {
        memcpy(words, at, sizeof words);
        for (int k = 0; k < 8; k++)
            sums[k] = mix(sums[k], words[k]);
    }
    memset(words, 0, sizeof words);
    memcpy(words, at, (size_t)(end - at));
    for (int k = 0; k < 8; k++)
        all = mix(mix(all, sums[k]), words[k]);
    return all;
}
