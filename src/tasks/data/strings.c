#include "data/strings.h"

#include "base/hash.h"
#include "base/grow.h"

#include <string.h>

struct laco_string {
    size_t offset, length;
    uint64_t hash;
};

void laco_strings_init(laco_strings *strings, laco_context *ctx) { *strings = (laco_strings){.ctx = ctx}; }

void laco_strings_free(laco_strings *strings)
{
    laco_release(strings->ctx, strings->pool);
    laco_release(strings->ctx, strings->entries);
    laco_release(strings->ctx, strings->slots);
    laco_strings_init(strings, strings->ctx);
}

static uint64_t hash_bytes(const char *bytes, size_t length)
{
    uint64_t hash = laco_hash_bytes(LACO_HASH_START, bytes, length);
    return hash ^ hash >> 32; /* the low bits choose the slot: mix the high ones in */
}

/* The slot where a string is, or where it would go. There is always a free one. */
static size_t find_slot(const laco_strings *strings, const char *bytes, size_t length, uint64_t hash)
{
    size_t mask = strings->slot_count - 1, slot = (size_t)hash & mask;
    for (; strings->slots[slot]; slot = (slot + 1) & mask) {
        const struct laco_string *entry = &strings->entries[strings->slots[slot] - 1];
        if (entry->hash == hash && laco_bytes_compare(strings->pool + entry->offset, entry->length, bytes, length) == 0)
            break;
    }
    return slot;
}

static laco_status widen_slots(laco_strings *strings)
{
    size_t wider = strings->slot_count ? strings->slot_count * 2 : 64;
    int32_t *slots = laco_alloc(strings->ctx, wider, sizeof *slots);
    if (!slots)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < strings->count; i++) {
        size_t slot = (size_t)strings->entries[i].hash & (wider - 1);
        while (slots[slot])
            slot = (slot + 1) & (wider - 1);
        slots[slot] = (int32_t)i + 1;
    }
    laco_release(strings->ctx, strings->slots);
    strings->slots = slots;
    strings->slot_count = wider;
    return LACO_OK;
}

/* Room for one more string in all three blocks, so that the add itself cannot fail half-way. */
static laco_status make_room(laco_strings *strings, size_t length)
{
    if (strings->count >= INT32_MAX - 1)
        return laco_fail(strings->ctx, LACO_INVALID, "more than %d different strings", INT32_MAX - 1);
    size_t pool_needed;
    if (!laco_add_fits(strings->pool_used, length, &pool_needed) || !laco_add_fits(pool_needed, 1, &pool_needed))
        return laco_fail(strings->ctx, LACO_NO_MEMORY, "out of memory: strings of more than can be addressed");
    LACO_TRY(laco_grow(strings->ctx, &strings->pool, &strings->pool_room, pool_needed, 1));
    LACO_TRY(laco_grow(strings->ctx, &strings->entries, &strings->room, strings->count + 1, sizeof *strings->entries));
    return strings->count >= strings->slot_count / 2 ? widen_slots(strings) : LACO_OK;
}

laco_status laco_strings_add(laco_strings *strings, const char *bytes, size_t length, int32_t *number)
{
    int32_t known = laco_strings_find(strings, bytes, length);
    if (known >= 0) {
        *number = known;
        return LACO_OK;
    }
    LACO_TRY(make_room(strings, length));
    uint64_t hash = hash_bytes(bytes, length);
    struct laco_string *entry = &strings->entries[strings->count];
    *entry = (struct laco_string){.offset = strings->pool_used, .length = length, .hash = hash};
    if (length)
        memcpy(strings->pool + entry->offset, bytes, length);
    strings->pool[entry->offset + length] = 0;
    strings->pool_used += length + 1;
    strings->slots[find_slot(strings, bytes, length, hash)] = (int32_t)strings->count + 1;
    *number = (int32_t)strings->count++;
    return LACO_OK;
}

int32_t laco_strings_find(const laco_strings *strings, const char *bytes, size_t length)
{
    if (!strings->slot_count)
        return -1;
    return strings->slots[find_slot(strings, bytes, length, hash_bytes(bytes, length))] - 1;
}

const char *laco_strings_get(const laco_strings *strings, int32_t number, size_t *length)
{
    const struct laco_string *entry = &strings->entries[number];
    if (length)
        *length = entry->length;
    return strings->pool + entry->offset;
}

int laco_bytes_compare(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t shared = LACO_MIN(a_length, b_length);
    int order = shared ? memcmp(a, b, shared) : 0;
    return order ? order : (a_length > b_length) - (a_length < b_length);
}
