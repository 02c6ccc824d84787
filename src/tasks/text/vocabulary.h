/* Tokens to ids and back. Id 0 is "<unk>": what every token without an id of its own is read as. A token that is spelt
 * "<unk>" in the text is id 0 too, which is what corpora that use it mean. */
#ifndef LACO_TEXT_VOCABULARY_H
#define LACO_TEXT_VOCABULARY_H

#include "data/sequences.h"

#include <jansson.h>

#define LACO_UNKNOWN_NAME "<unk>"

typedef struct laco_vocabulary laco_vocabulary;

/* Zero means the default. */
typedef struct laco_vocabulary_config {
    uint64_t min_count;           /* tokens seen less often have no id; 0: 1 */
    size_t max_size;              /* most ids, "<unk>" included; 0: no limit */
    const laco_vocabulary *known; /* its tokens keep their ids, however rare they are, and others come behind them; NULL: none */
} laco_vocabulary_config;

/* A vocabulary that holds "<unk>" and nothing else. *out is the caller's. LACO_NO_MEMORY. */
laco_status laco_vocabulary_new(laco_context *ctx, laco_vocabulary **out);
void laco_vocabulary_free(laco_vocabulary *vocabulary);

/* Counts one more occurrence of a token; a new one gets the next id. On failure the vocabulary is as before.
 * LACO_NO_MEMORY; LACO_INVALID past 2^31 - 2 tokens. */
laco_status laco_vocabulary_count(laco_vocabulary *vocabulary, const char *token, size_t length);

/* Counts `count` more of them. */
laco_status laco_vocabulary_add(laco_vocabulary *vocabulary, const char *token, size_t length, uint64_t count);

/* Gives ids anew: falling count, then code point order, so that they do not depend on the order of the text. What
 * config (NULL: the default) leaves out is forgotten, its count added to that of "<unk>". On failure the vocabulary
 * is as before. LACO_NO_MEMORY. */
laco_status laco_vocabulary_rank(laco_vocabulary *vocabulary, const laco_vocabulary_config *config);

/* Number of ids V, at least 1. */
LACO_SHARED int32_t laco_vocabulary_size(const laco_vocabulary *vocabulary);

/* The id of a token; LACO_UNKNOWN where it has none. */
LACO_SHARED int32_t laco_vocabulary_id(const laco_vocabulary *vocabulary, const char *token, size_t length);

/* The token of an id (0 … V-1), UTF-8 followed by a zero; `length` may be NULL. Owned by the vocabulary. */
LACO_SHARED const char *laco_vocabulary_name(const laco_vocabulary *vocabulary, int32_t id, size_t *length);

/* Occurrences counted for an id; 0 for all in a vocabulary that came from JSON. For "<unk>": what was left out. */
uint64_t laco_vocabulary_occurrences(const laco_vocabulary *vocabulary, int32_t id);

/* The tokens as an array of strings, by id. *out is a new reference. LACO_NO_MEMORY. */
laco_status laco_vocabulary_to_json(laco_context *ctx, const laco_vocabulary *vocabulary, json_t **out);

/* The way back; `array` (NULL is allowed, and wrong) is left to the caller. A token may be U+0000: parse with
 * JSON_ALLOW_NUL. LACO_FORMAT: not an array of different strings that starts with "<unk>". LACO_NO_MEMORY. */
laco_status laco_vocabulary_from_json(laco_context *ctx, const json_t *array, laco_vocabulary **out);

#endif
