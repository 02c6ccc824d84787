/* FNV-1a, by bytes or by larger numbers at a time: the hash of data in fingerprints, of names and of strings. What it gives is in
 * checkpoints, so it stays as it is. Fowler, Noll, Vo: isthe.com/chongo/tech/comp/fnv. */
#ifndef LACO_BASE_HASH_H
#define LACO_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LACO_HASH_START 0xcbf29ce484222325u

/* `hash` (LACO_HASH_START at first) with one more number. */
static inline uint64_t laco_hash(uint64_t hash, uint64_t value) { return (hash ^ value) * 0x100000001b3u; }

static inline uint64_t laco_hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = laco_hash(hash, ((const unsigned char *)bytes)[i]);
    return hash;
}

static inline uint64_t laco_hash_ids(uint64_t hash, const int32_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hash = laco_hash(hash, (uint32_t)ids[i]);
    return hash;
}

static inline uint64_t laco_hash_sizes(uint64_t hash, const size_t *sizes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hash = laco_hash(hash, sizes[i]);
    return hash;
}

static inline uint64_t laco_hash_float(uint64_t hash, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return laco_hash(hash, bits);
}

#endif
