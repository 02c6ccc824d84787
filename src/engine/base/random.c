#include "base/random.h"

#include "base/hash.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

/* The same for `lanes` blocks side by side, word by word in the lower halves of 64-bit lanes; what the upper halves pick up does
 * not matter, because MULTIPLY takes the lower ones alone. Does whole groups of blocks; returns how many blocks that were. */
#define BLOCKS(name, attribute, lanes, MULTIPLY, LOW_HALF, HIGH_HALF)                                                            \
    attribute static size_t name(uint64_t seed, uint64_t stream, uint64_t index, size_t count, uint32_t *out)                    \
    {                                                                                                                            \
        typedef uint64_t vector __attribute__((vector_size(8 * (lanes))));                                                       \
        const uint64_t low = UINT32_MAX;                                                                                         \
        size_t done = 0;                                                                                                         \
        for (; done + (lanes) <= count; done += (lanes), out += (size_t)4 * (lanes)) {                                           \
            vector x0, x1, x2 = (vector){0} + stream, x3 = x2 >> 32;                                                             \
            uint64_t key0 = seed & low, key1 = seed >> 32;                                                                       \
            for (int i = 0; i < (lanes); i++)                                                                                    \
                x0[i] = index + done + (uint64_t)i;                                                                              \
            x1 = x0 >> 32;                                                                                                       \
            for (int round = 0; round < 10; round++) {                                                                           \
                vector a = MULTIPLY(x0, (vector){0} + 0xD2511F53u), b = MULTIPLY(x2, (vector){0} + 0xCD9E8D57u);                 \
                x0 = b >> 32 ^ x1 ^ key0;                                                                                        \
                x1 = b;                                                                                                          \
                x2 = a >> 32 ^ x3 ^ key1;                                                                                        \
                x3 = a;                                                                                                          \
                key0 = (key0 + 0x9E3779B9u) & low;                                                                               \
                key1 = (key1 + 0xBB67AE85u) & low;                                                                               \
            }                                                                                                                    \
            vector first = PAIR(x0, x1), second = PAIR(x2, x3);                                                                  \
            vector halves[2] = {__builtin_shufflevector(first, second, LOW_HALF),                                                \
                                __builtin_shufflevector(first, second, HIGH_HALF)};                                              \
            memcpy(out, halves, sizeof halves);                                                                                  \
        }                                                                                                                        \
        return done;                                                                                                             \
    }

/* Two words side by side in memory. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define PAIR(a, b) ((a) << 32 | ((b)&low))
#else
#define PAIR(a, b) (((a)&low) | (b) << 32)
#endif

#define LIST(...) __VA_ARGS__
#if defined(__x86_64__)
#define MULTIPLY_2(a, b) (vector) _mm_mul_epu32((__m128i)(a), (__m128i)(b))
#define MULTIPLY_4(a, b) (vector) _mm256_mul_epu32((__m256i)(a), (__m256i)(b))
#define MULTIPLY_8(a, b) (vector) _mm512_mul_epu32((__m512i)(a), (__m512i)(b))
BLOCKS(blocks_4, __attribute__((target("avx2"))), 4, MULTIPLY_4, LIST(0, 4, 1, 5), LIST(2, 6, 3, 7))
BLOCKS(blocks_8, __attribute__((target("avx512f"))), 8, MULTIPLY_8, LIST(0, 8, 1, 9, 2, 10, 3, 11),
       LIST(4, 12, 5, 13, 6, 14, 7, 15))
#else
#define MULTIPLY_2(a, b) ((a)&low) * ((b)&low)
#endif
BLOCKS(blocks_2, , 2, MULTIPLY_2, LIST(0, 2), LIST(1, 3))

void laco_random_blocks(uint64_t seed, uint64_t stream, uint64_t index, size_t count, uint32_t *out)
{
    size_t done = 0;
#if defined(__x86_64__)
    laco_cpu cpu = laco_cpu_detect();
    if (cpu >= LACO_CPU_AVX512)
        done = blocks_8(seed, stream, index, count, out);
    else if (cpu >= LACO_CPU_AVX2)
        done = blocks_4(seed, stream, index, count, out);
#endif
    done += blocks_2(seed, stream, index + done, count - done, out + 4 * done);
    for (; done < count; done++)
        laco_random_block(seed, stream, index + done, out + 4 * done);
}

uint32_t laco_rng_u32(laco_rng *rng)
{
    uint32_t words[4];
    laco_random_block(rng->seed, rng->stream, rng->next >> 2, words);
    return words[rng->next++ & 3];
}

double laco_rng_uniform(laco_rng *rng)
{
    uint32_t first = laco_rng_u32(rng);
    return laco_random_uniform(first, laco_rng_u32(rng));
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

uint64_t laco_random_stream(const char *name) { return laco_hash_bytes(LACO_HASH_START, name, strlen(name)); }
