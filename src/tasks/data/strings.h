/* A set of strings, numbered in the order of arrival, found again by hash: labels, and what vocabularies stand on. */
#ifndef LACO_DATA_STRINGS_H
#define LACO_DATA_STRINGS_H

#include "base/base.h"

#define LACO_MOST_LABELS 65536 /* that a model tells apart: where there are more, something else was taken for a label */

typedef struct laco_strings {
    laco_context *ctx;
    char *pool; /* every string, each followed by a zero */
    size_t pool_used, pool_room;
    struct laco_string *entries;
    size_t count, room;
    int32_t *slots; /* open addressing, linear probing: number + 1, 0 is free */
    size_t slot_count;
} laco_strings;

LACO_SHARED void laco_strings_init(laco_strings *strings, laco_context *ctx);
LACO_SHARED void laco_strings_free(laco_strings *strings);

/* The number of a string, which is added where it is new. Strings are counted bytes and may hold zeros. On
 * LACO_NO_MEMORY, or LACO_INVALID past 2^31 - 2 strings, nothing was added and *number is untouched. */
LACO_SHARED laco_status laco_strings_add(laco_strings *strings, const char *bytes, size_t length, int32_t *number);

/* The number of a string, or -1. */
LACO_SHARED int32_t laco_strings_find(const laco_strings *strings, const char *bytes, size_t length);

/* String `number` (below count), followed by a zero; `length` may be NULL. Valid until the next add. */
const char *laco_strings_get(const laco_strings *strings, int32_t number, size_t *length);

/* Byte order, which for UTF-8 is code point order; a prefix comes first. As memcmp. */
int laco_bytes_compare(const char *a, size_t a_length, const char *b, size_t b_length);

#endif
