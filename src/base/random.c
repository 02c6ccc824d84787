#include "base/random.h"

#include <math.h>

void laco_random_block(uint64_t seed, uint64_t stream, uint64_t index, uint32_t out[4])
{
    uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
    uint32_t x0 = (uint32_t)index, x1 = (uint32_t)(index >> 32);
    uint32_t x2 = (uint32_t)stream, x3 = (uint32_t)(stream >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * x0, b = (uint64_t)0xCD9E8D57u * x2;
        x0 = (uint32_t)(b >> 32) ^ x1 ^ key0;
        x1 = (uint32_t)b;
        x2 = (uint32_t)(a >> 32) ^ x3 ^ key1;
        x3 = (uint32_t)a;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    out[0] = x0;
    out[1] = x1;
    out[2] = x2;
    out[3] = x3;
}

uint32_t laco_rng_u32(laco_rng *rng)
{
    uint32_t words[4];
    laco_random_block(rng->seed, rng->stream, rng->next >> 2, words);
    return words[rng->next++ & 3];
}

double laco_rng_uniform(laco_rng *rng)
{
    uint64_t high = laco_rng_u32(rng) >> 5, low = laco_rng_u32(rng) >> 6;
    return (double)(high << 26 | low) * 0x1p-53;
}

uint64_t laco_rng_below(laco_rng *rng, uint64_t n)
{
    if (n == 0)
        return 0;
    /* Values below 2^64 mod n are thrown away: the rest divide evenly. */
    uint64_t reject = (0 - n) % n, value;
    do {
        value = (uint64_t)laco_rng_u32(rng) << 32;
        value |= laco_rng_u32(rng);
    } while (value < reject);
    return value % n;
}

double laco_rng_normal(laco_rng *rng)
{
    /* Box and Muller; 1 - u keeps the logarithm finite. */
    double radius = sqrt(-2.0 * log(1.0 - laco_rng_uniform(rng)));
    return radius * cos(6.283185307179586477 * laco_rng_uniform(rng));
}

void laco_rng_shuffle(laco_rng *rng, size_t *items, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)laco_rng_below(rng, i), kept = items[j];
        items[j] = items[i - 1];
        items[i - 1] = kept;
    }
}

uint64_t laco_random_stream(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    return hash;
}
