#include "text/vocabulary.h"

#include "base/grow.h"
#include "base/json_text.h"
#include "data/strings.h"

#include <stdlib.h>
#include <string.h>

struct laco_vocabulary {
    laco_context *ctx;
    laco_strings tokens; /* number is id */
    uint64_t *counts;    /* by id */
    size_t counts_room;
};

static laco_status add_token(laco_vocabulary *vocabulary, const char *token, size_t length, uint64_t count)
{
    int32_t id;
    size_t before = vocabulary->tokens.count;
    LACO_TRY(laco_grow(vocabulary->ctx, &vocabulary->counts, &vocabulary->counts_room, before + 1, sizeof *vocabulary->counts));
    LACO_TRY(laco_strings_add(&vocabulary->tokens, token, length, &id));
    if (vocabulary->tokens.count > before)
        vocabulary->counts[id] = 0;
    vocabulary->counts[id] += count;
    return LACO_OK;
}

laco_status laco_vocabulary_new(laco_context *ctx, laco_vocabulary **out)
{
    laco_vocabulary *vocabulary = laco_alloc(ctx, 1, sizeof *vocabulary);
    if (!vocabulary)
        return LACO_NO_MEMORY;
    vocabulary->ctx = ctx;
    laco_strings_init(&vocabulary->tokens, ctx);
    laco_status status = add_token(vocabulary, LACO_UNKNOWN_NAME, strlen(LACO_UNKNOWN_NAME), 0);
    if (status < 0)
        laco_vocabulary_free(vocabulary);
    else
        *out = vocabulary;
    return status;
}

void laco_vocabulary_free(laco_vocabulary *vocabulary)
{
    if (!vocabulary)
        return;
    laco_strings_free(&vocabulary->tokens);
    laco_release(vocabulary->ctx, vocabulary->counts);
    laco_release(vocabulary->ctx, vocabulary);
}

laco_status laco_vocabulary_count(laco_vocabulary *vocabulary, const char *token, size_t length)
{
    return add_token(vocabulary, token, length, 1);
}

laco_status laco_vocabulary_add(laco_vocabulary *vocabulary, const char *token, size_t length, uint64_t count)
{
    return add_token(vocabulary, token, length, count);
}

typedef struct ranked {
    const char *token;
    size_t length;
    uint64_t count;
} ranked;

static int compare_ranked(const void *left, const void *right)
{
    const ranked *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return laco_bytes_compare(a->token, a->length, b->token, b->length);
}

/* Fills an empty vocabulary from the ranked tokens of an old one: those that are known, then the most frequent first. */
static laco_status take_ranked(laco_vocabulary *fresh, const ranked *tokens, size_t count, const laco_vocabulary_config *config)
{
    uint64_t least = LACO_MAX(config->min_count, (uint64_t)1);
    for (int32_t id = 1; config->known && id < laco_vocabulary_size(config->known); id++) {
        size_t length;
        const char *token = laco_vocabulary_name(config->known, id, &length);
        LACO_TRY(add_token(fresh, token, length, 0));
    }
    for (size_t i = 0; i < count; i++) {
        bool room = config->max_size == 0 || fresh->tokens.count < config->max_size;
        if ((room && tokens[i].count >= least) || laco_vocabulary_id(fresh, tokens[i].token, tokens[i].length) != LACO_UNKNOWN)
            LACO_TRY(add_token(fresh, tokens[i].token, tokens[i].length, tokens[i].count));
        else
            fresh->counts[LACO_UNKNOWN] += tokens[i].count;
    }
    return LACO_OK;
}

laco_status laco_vocabulary_rank(laco_vocabulary *vocabulary, const laco_vocabulary_config *config)
{
    laco_vocabulary *fresh;
    LACO_TRY(laco_vocabulary_new(vocabulary->ctx, &fresh));
    size_t count = vocabulary->tokens.count - 1;
    ranked *tokens = laco_alloc(vocabulary->ctx, count, sizeof *tokens);
    laco_status status = tokens ? LACO_OK : LACO_NO_MEMORY;
    for (size_t i = 0; tokens && i < count; i++) {
        tokens[i].token = laco_strings_get(&vocabulary->tokens, (int32_t)i + 1, &tokens[i].length);
        tokens[i].count = vocabulary->counts[i + 1];
    }
    if (tokens) {
        qsort(tokens, count, sizeof *tokens, compare_ranked);
        fresh->counts[LACO_UNKNOWN] = vocabulary->counts[LACO_UNKNOWN];
        status = take_ranked(fresh, tokens, count, config ? config : &(laco_vocabulary_config){0});
    }
    if (status == LACO_OK) {
        laco_vocabulary old = *vocabulary;
        *vocabulary = *fresh;
        *fresh = old;
    }
    laco_release(vocabulary->ctx, tokens);
    laco_vocabulary_free(fresh);
    return status;
}

int32_t laco_vocabulary_size(const laco_vocabulary *vocabulary) { return (int32_t)vocabulary->tokens.count; }

int32_t laco_vocabulary_id(const laco_vocabulary *vocabulary, const char *token, size_t length)
{
    int32_t id = laco_strings_find(&vocabulary->tokens, token, length);
    return id < 0 ? LACO_UNKNOWN : id;
}

const char *laco_vocabulary_name(const laco_vocabulary *vocabulary, int32_t id, size_t *length)
{
    return laco_strings_get(&vocabulary->tokens, id, length);
}

uint64_t laco_vocabulary_occurrences(const laco_vocabulary *vocabulary, int32_t id) { return vocabulary->counts[id]; }

laco_status laco_vocabulary_to_json(laco_context *ctx, const laco_vocabulary *vocabulary, json_t **out)
{
    json_t *array = json_array();
    for (int32_t id = 0; array && id < laco_vocabulary_size(vocabulary); id++) {
        size_t length;
        const char *token = laco_vocabulary_name(vocabulary, id, &length);
        laco_json_add(&array, json_stringn(token, length));
    }
    if (!array)
        return laco_fail(ctx, LACO_NO_MEMORY, "out of memory: a vocabulary of %d tokens as JSON",
                         laco_vocabulary_size(vocabulary));
    *out = array;
    return LACO_OK;
}

static laco_status fill_from_json(laco_vocabulary *vocabulary, const json_t *array)
{
    laco_context *ctx = vocabulary->ctx;
    const json_t *first = json_array_get(array, 0);
    if (!json_is_string(first) || json_string_length(first) != strlen(LACO_UNKNOWN_NAME) ||
        strcmp(json_string_value(first), LACO_UNKNOWN_NAME) != 0)
        return laco_fail(ctx, LACO_FORMAT, "the vocabulary is not an array that starts with \"%s\"", LACO_UNKNOWN_NAME);
    for (size_t i = 1; i < json_array_size(array); i++) {
        const json_t *token = json_array_get(array, i);
        if (!json_is_string(token))
            return laco_fail(ctx, LACO_FORMAT, "entry %zu of the vocabulary is not a string", i);
        LACO_TRY(add_token(vocabulary, json_string_value(token), json_string_length(token), 0));
        if (vocabulary->tokens.count <= i)
            return laco_fail(ctx, LACO_FORMAT, "entry %zu of the vocabulary stands there twice", i);
    }
    return LACO_OK;
}

laco_status laco_vocabulary_from_json(laco_context *ctx, const json_t *array, laco_vocabulary **out)
{
    laco_vocabulary *vocabulary;
    LACO_TRY(laco_vocabulary_new(ctx, &vocabulary));
    laco_status status = fill_from_json(vocabulary, array);
    if (status < 0)
        laco_vocabulary_free(vocabulary);
    else
        *out = vocabulary;
    return status;
}
