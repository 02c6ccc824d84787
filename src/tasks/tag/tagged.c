#include "tag/tagged.h"

#include "base/grow.h"
#include "tag/bio.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN 60    /* bytes of a word or tag that a message shows */
#define OWN_TAGS 20 /* words, fewer may have a tag each */

static laco_status take_given_labels(laco_tagged *data)
{
    for (int i = 0; i < data->config.label_count; i++) {
        int32_t number;
        const char *label = data->config.labels[i];
        LACO_TRY(laco_strings_add(&data->labels, label, strlen(label), &number));
        if (number != i)
            return laco_fail(data->ctx, LACO_INVALID, "tag \"%.*s\" is given twice", laco_text_cut(label, strlen(label), SHOWN),
                             label);
    }
    return LACO_OK;
}

laco_status laco_tagged_begin(laco_context *ctx, const laco_tagged_config *config, laco_tagged **out)
{
    laco_tagged *data = laco_alloc(ctx, 1, sizeof *data);
    if (!data)
        return LACO_NO_MEMORY;
    data->ctx = ctx;
    data->config = config ? *config : (laco_tagged_config){0};
    laco_strings_init(&data->words, ctx);
    laco_strings_init(&data->labels, ctx);
    laco_sequences_init(&data->sentences, ctx);
    laco_sequences_init(&data->tags, ctx);
    laco_text_buffer_init(&data->buffer, ctx);
    laco_notes_init(&data->notes, ctx);
    laco_status status = data->config.labels ? take_given_labels(data) : LACO_OK;
    if (status < 0)
        laco_tagged_free(data);
    else
        *out = data;
    return status;
}

void laco_tagged_free(laco_tagged *data)
{
    if (!data)
        return;
    laco_context *ctx = data->ctx;
    laco_strings_free(&data->words);
    laco_strings_free(&data->labels);
    laco_sequences_free(&data->sentences);
    laco_sequences_free(&data->tags);
    laco_release(ctx, data->names);
    laco_release(ctx, data->rows);
    for (size_t i = 0; i < data->source_count; i++)
        laco_release(ctx, data->sources[i]);
    laco_release(ctx, data->sources);
    laco_text_buffer_free(&data->buffer);
    laco_notes_free(&data->notes);
    laco_release(ctx, data);
}

/* ---- What readers add --------------------------------------------------------------------------------------------------- */

laco_status laco_tagged_add_word(laco_tagged *data, const char *word, size_t length, const char *tag, size_t tag_length)
{
    int32_t number, label = -1;
    LACO_TRY(laco_text_normalise(&data->buffer, &(laco_text_config){0}, word, length));
    LACO_TRY(laco_strings_add(&data->words, data->buffer.bytes, data->buffer.length, &number));
    if (tag) {
        LACO_TRY(laco_text_normalise(&data->buffer, &(laco_text_config){0}, tag, tag_length));
        LACO_TRY(laco_strings_add(&data->labels, data->buffer.bytes, data->buffer.length, &label));
        if (label >= LACO_MOST_LABELS)
            return laco_fail(data->ctx, LACO_FORMAT,
                             "tag \"%.*s\" is one too many: at most %d can be told apart; is this the tag?",
                             laco_text_cut(data->buffer.bytes, data->buffer.length, 60), data->buffer.bytes, LACO_MOST_LABELS);
    }
    LACO_TRY(laco_sequences_push(&data->sentences, number));
    return laco_sequences_push(&data->tags, label);
}

laco_status laco_tagged_end_sentence(laco_tagged *data)
{
    size_t open = data->sentences.starts ? data->sentences.starts[data->sentences.count] : 0;
    if (data->sentences.ids_used == open)
        return LACO_OK;
    LACO_TRY(laco_sequences_end(&data->sentences));
    return laco_sequences_end(&data->tags);
}

laco_status laco_tagged_add_row(laco_tagged *data, const char *text, size_t length, size_t words)
{
    LACO_TRY(laco_grow(data->ctx, &data->rows, &data->row_room, data->row_count + 1, sizeof *data->rows));
    data->rows[data->row_count++] = (laco_tagged_row){text, length, words};
    return LACO_OK;
}

/* ---- Completing a set --------------------------------------------------------------------------------------------------- */

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Numbers tags that were found in the data by the byte order of their names, so that they do not depend on its order. */
static laco_status sort_labels(laco_tagged *data, const char **names)
{
    laco_strings sorted;
    int32_t number;
    laco_status status = LACO_OK;
    laco_strings_init(&sorted, data->ctx);
    qsort(names, data->labels.count, sizeof *names, compare_names);
    for (size_t i = 0; i < data->labels.count && status == LACO_OK; i++)
        status = laco_strings_add(&sorted, names[i], strlen(names[i]), &number);
    if (status < 0) {
        laco_strings_free(&sorted);
        return status;
    }
    for (size_t i = 0; i < data->tags.ids_used; i++)
        if (data->tags.ids[i] >= 0) {
            size_t length;
            const char *label = laco_strings_get(&data->labels, data->tags.ids[i], &length);
            data->tags.ids[i] = laco_strings_find(&sorted, label, length);
        }
    laco_strings_free(&data->labels);
    data->labels = sorted;
    return LACO_OK;
}

static laco_status check_variety(const laco_tagged *data)
{
    if (data->config.labels || data->config.untagged || data->labels.count > 1)
        return LACO_OK;
    const char *only = data->labels.count ? laco_strings_get(&data->labels, 0, NULL) : "";
    return laco_fail(data->ctx, LACO_FORMAT,
                     "every word has the tag \"%.*s\"; nothing can be learned from that (is another column meant?)",
                     laco_text_cut(only, strlen(only), SHOWN), only);
}

/* Words and tags that stand in each other's column, or a column that is something else. */
static laco_status check_columns(const laco_tagged *data)
{
    size_t words = data->words.count, tags = data->labels.count, total = data->tags.ids_used;
    if (data->config.labels || data->config.untagged || total < OWN_TAGS)
        return LACO_OK;
    const char *first = words ? laco_strings_get(&data->words, 0, NULL) : "";
    bool own = 10 * tags > 9 * total, swapped = tags > 20 && tags > 5 * words, marks = false;
    if (words < 200) {
        const char *names[200] = {0};
        for (size_t i = 0; i < words; i++)
            names[i] = laco_strings_get(&data->words, (int32_t)i, NULL);
        marks = laco_bio_detect(names, (int)words);
    }
    if (!own && !swapped && !marks)
        return LACO_OK;
    return laco_fail(
        data->ctx, LACO_FORMAT,
        "%zu different tags for %zu words, of which %zu are different, as \"%.*s\": %s (--column N says where tags are)", tags,
        total, words, laco_text_cut(first, strlen(first), SHOWN), first,
        swapped || marks ? "words and tags are swapped" : "nearly each word has its own, so another column is the tag");
}

static void find_names(laco_tagged *data)
{
    for (size_t i = 0; i < data->labels.count; i++)
        data->names[i] = laco_strings_get(&data->labels, (int32_t)i, NULL);
}

laco_status laco_tagged_end(laco_tagged *data)
{
    LACO_TRY(check_variety(data));
    LACO_TRY(check_columns(data));
    data->names = laco_alloc(data->ctx, data->labels.count + 1, sizeof *data->names); /* NULL behind the last */
    if (!data->names)
        return LACO_NO_MEMORY;
    find_names(data);
    if (!data->config.labels) {
        LACO_TRY(sort_labels(data, data->names));
        find_names(data);
    }
    data->config.labels = NULL;
    return LACO_OK;
}

static laco_status add_sentence(laco_tagged *data, const char *const *words, const char *const *tags, size_t length)
{
    for (size_t w = 0; w < length; w++) {
        const char *tag = tags && !data->config.untagged ? tags[w] : NULL;
        if (laco_text_blank(words[w], strlen(words[w])))
            return laco_fail(data->ctx, LACO_FORMAT, "sentence %zu: word %zu is empty", data->sentences.count + 1, w + 1);
        if (!data->config.untagged && (!tag || laco_text_blank(tag, strlen(tag))))
            return laco_fail(data->ctx, LACO_FORMAT, "sentence %zu: word %zu has no tag", data->sentences.count + 1, w + 1);
        LACO_TRY(laco_tagged_add_word(data, words[w], strlen(words[w]), tag, tag ? strlen(tag) : 0));
    }
    return laco_tagged_end_sentence(data);
}

laco_status laco_tagged_from_words(laco_context *ctx, const char *const *words, const char *const *tags, const size_t *lengths,
                                   size_t count, const laco_tagged_config *config, laco_tagged **out)
{
    laco_tagged *data;
    laco_tagged_config used = {0};
    laco_status status = LACO_OK;
    if (config) {
        used.labels = config->labels;
        used.label_count = config->label_count;
        used.untagged = config->untagged;
    }
    LACO_TRY(laco_tagged_begin(ctx, &used, &data));
    for (size_t i = 0, first = 0; i < count && status == LACO_OK; first += lengths[i], i++)
        status = add_sentence(data, words + first, tags ? tags + first : NULL, lengths[i]);
    if (status == LACO_OK && data->sentences.count == 0)
        status = laco_fail(ctx, LACO_INVALID, "no sentences were given");
    if (status == LACO_OK)
        status = laco_tagged_end(data);
    if (status < 0)
        laco_tagged_free(data);
    else
        *out = data;
    return status;
}

/* ---- Looking at a set --------------------------------------------------------------------------------------------------- */

int laco_tagged_word_column(const laco_tagged *data) { return data->word_column; }
size_t laco_tagged_sentence_count(const laco_tagged *data) { return data->sentences.count; }
size_t laco_tagged_word_count(const laco_tagged *data) { return data->sentences.ids_used; }

size_t laco_tagged_sentence(const laco_tagged *data, size_t index, size_t *first)
{
    *first = data->sentences.starts[index];
    return data->sentences.starts[index + 1] - *first;
}

const char *laco_tagged_word(const laco_tagged *data, size_t index)
{
    return laco_strings_get(&data->words, data->sentences.ids[index], NULL);
}
int laco_tagged_tag(const laco_tagged *data, size_t index) { return data->tags.ids[index]; }

const char *const *laco_tagged_tag_names(const laco_tagged *data, int *count)
{
    if (count)
        *count = (int)data->labels.count;
    return data->names;
}

bool laco_tagged_is_bio(const laco_tagged *data) { return laco_bio_detect(data->names, (int)data->labels.count); }
