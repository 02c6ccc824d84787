/* Counter-based random numbers: the value at (seed, stream, index) is a pure function of the three, so a
 * dropout mask does not depend on threads, on the order of work or on padding.
 * Philox4x32-10: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011. */
#ifndef LACO_BASE_RANDOM_H
#define LACO_BASE_RANDOM_H

#include "base/base.h"

/* The four 32-bit words of block `index` of `stream`. */
void laco_random_block(uint64_t seed, uint64_t stream, uint64_t index, uint32_t out[4]);

/* Blocks index … index+count-1, four words each, several at a time. */
void laco_random_blocks(uint64_t seed, uint64_t stream, uint64_t index, size_t count, uint32_t *out);

/* A running generator: take numbers one after another. To save it, copy the struct. */
typedef struct laco_rng {
    uint64_t seed, stream, next; /* next: index of the next 32-bit word */
} laco_rng;

/* A number in [0, 1) of 53 bits, from two words. */
static inline double laco_random_uniform(uint32_t first, uint32_t second)
{
    return (double)((uint64_t)(first >> 5) << 26 | second >> 6) * 0x1p-53;
}

LACO_SHARED uint32_t laco_rng_u32(laco_rng *rng);
LACO_SHARED double laco_rng_uniform(laco_rng *rng);             /* in [0, 1), 53 bits */
LACO_SHARED uint64_t laco_rng_below(laco_rng *rng, uint64_t n); /* in 0 … n-1, unbiased; 0 where n is 0 */
double laco_rng_normal(laco_rng *rng);                          /* mean 0, variance 1 */
LACO_SHARED void laco_rng_shuffle(laco_rng *rng, size_t *items, size_t count);

/* A stream number from a name: FNV-1a. Initial values of a parameter depend on its name, not its place. */
LACO_SHARED uint64_t laco_random_stream(const char *name);

#endif
