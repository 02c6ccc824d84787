#include "classify/labelled.h"
#include "text/encode.h"

#include "base/grow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 60      /* bytes of a label that a message shows */
#define OWN_LABELS 20 /* examples, fewer may have a label each */

static laco_status take_given_labels(laco_labelled *data)
{
    for (int i = 0; i < data->config.label_count; i++) {
        int32_t number;
        const char *label = data->config.labels[i];
        LACO_TRY(laco_text_normalise(&data->buffer, &(laco_text_config){0}, label, strlen(label)));
        LACO_TRY(laco_strings_add(&data->labels, data->buffer.bytes, data->buffer.length, &number));
        if (number != i)
            return laco_fail(data->ctx, LACO_INVALID, "label \"%.*s\" is given twice", laco_text_cut(label, strlen(label), SHOWN),
                             label);
    }
    return LACO_OK;
}

laco_status laco_labelled_begin(laco_context *ctx, const laco_labelled_config *config, laco_labelled **out)
{
    laco_labelled *data = laco_alloc(ctx, 1, sizeof *data);
    if (!data)
        return LACO_NO_MEMORY;
    data->ctx = ctx;
    data->config = config ? *config : (laco_labelled_config){0};
    laco_strings_init(&data->labels, ctx);
    laco_arena_init(&data->texts, ctx);
    laco_text_buffer_init(&data->buffer, ctx);
    laco_notes_init(&data->notes, ctx);
    laco_status status = data->config.labels ? take_given_labels(data) : LACO_OK;
    if (status < 0)
        laco_labelled_free(data);
    else
        *out = data;
    return status;
}

void laco_labelled_free(laco_labelled *data)
{
    if (!data)
        return;
    laco_context *ctx = data->ctx;
    for (size_t i = 0; i < data->source_count; i++) {
        laco_release(ctx, data->sources[i].name);
        laco_release(ctx, data->sources[i].bytes);
    }
    laco_release(ctx, data->sources);
    laco_release(ctx, data->examples);
    laco_release(ctx, data->names);
    laco_release(ctx, data->label_counts);
    laco_release(ctx, data->label_of);
    laco_strings_free(&data->labels);
    laco_arena_free(&data->texts);
    laco_text_buffer_free(&data->buffer);
    laco_notes_free(&data->notes);
    laco_release(ctx, data);
}

/* The label without white space around it, in NFC (file names of some systems are decomposed), to data->buffer. */
static laco_status clean_label(laco_labelled *data, const char *name, size_t line, const char *label, size_t length)
{
    while (length && laco_text_blank(label, 1))
        label++, length--;
    while (length && laco_text_blank(label + length - 1, 1))
        length--;
    if (!length)
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: the label is empty", name, line);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)label[i] < 0x20 || label[i] == 0x7F)
            return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: the label holds a control character (0x%02X)", name, line,
                             (unsigned char)label[i]);
    return laco_text_normalise(&data->buffer, &(laco_text_config){0}, label, length);
}

/* The first few labels, for a message. */
static void list_labels(const laco_labelled *data, char *list, size_t room)
{
    size_t used = 0;
    list[0] = 0;
    for (int32_t i = 0; i < (int32_t)data->labels.count; i++) {
        size_t length;
        const char *label = laco_strings_get(&data->labels, i, &length);
        int shown = laco_text_cut(label, length, SHOWN);
        if (i == 8 || used + (size_t)shown + 48 > room) {
            snprintf(list + used, room - used, " … %zu in all", data->labels.count);
            return;
        }
        used += (size_t)snprintf(list + used, room - used, "%s%.*s", i ? ", " : "", shown, label);
    }
}

/* The number of the cleaned label in data->buffer. */
static laco_status find_number(laco_labelled *data, const char *name, size_t line, int32_t *number)
{
    const char *label = data->buffer.bytes;
    size_t length = data->buffer.length;
    if (!data->config.labels) {
        LACO_TRY(laco_strings_add(&data->labels, label, length, number));
        return *number < LACO_MOST_LABELS
                   ? LACO_OK
                   : laco_fail(data->ctx, LACO_FORMAT,
                               "%s:%zu: label \"%.*s\" is one too many: at most %d labels can be told apart; is this the label?",
                               name, line, laco_text_cut(label, length, SHOWN), label, LACO_MOST_LABELS);
    }
    int32_t known = laco_strings_find(&data->labels, label, length);
    if (known < 0) {
        char list[256];
        list_labels(data, list, sizeof list);
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: label \"%.*s\" was not seen in training; the labels are: %s", name,
                         line, laco_text_cut(label, length, SHOWN), label, list);
    }
    *number = known;
    return LACO_OK;
}

laco_status laco_labelled_number(laco_labelled *data, const char *name, size_t line, const char *label, size_t length,
                                 int32_t *number)
{
    LACO_TRY(clean_label(data, name, line, label, length));
    return find_number(data, name, line, number);
}

laco_status laco_labelled_add_source(laco_labelled *data, const char *name)
{
    if (data->source_count >= INT32_MAX)
        return laco_fail(data->ctx, LACO_INVALID, "%s: more than %d files", name, INT32_MAX);
    LACO_TRY(laco_grow(data->ctx, &data->sources, &data->source_room, data->source_count + 1, sizeof *data->sources));
    LACO_TRY(laco_notes_file(&data->notes, name));
    char *copy = laco_copy_string(data->ctx, name);
    if (!copy)
        return LACO_NO_MEMORY;
    data->sources[data->source_count++] = (laco_source){.name = copy};
    return LACO_OK;
}

laco_status laco_labelled_add(laco_labelled *data, size_t line, const char *label, size_t label_length, const char *text,
                              size_t text_length)
{
    const char *name = data->sources[data->source_count - 1].name;
    int32_t number = -1;
    if (!data->config.unlabelled)
        LACO_TRY(clean_label(data, name, line, label, label_length));
    if (laco_text_blank(text, text_length) && !data->config.unlabelled)
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: the text of this \"%.*s\" is empty", name, line,
                         laco_text_cut(data->buffer.bytes, data->buffer.length, SHOWN), data->buffer.bytes);
    if (!data->config.unlabelled)
        LACO_TRY(find_number(data, name, line, &number));
    LACO_TRY(laco_grow(data->ctx, &data->examples, &data->room, data->count + 1, sizeof *data->examples));
    data->examples[data->count++] = (laco_example){
        .text = text, .length = text_length, .line = line, .label = number, .source = (int32_t)data->source_count - 1};
    return LACO_OK;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Numbers labels that were found in the data by the byte order of their names, and finds those with their names. */
static laco_status sort_labels(laco_labelled *data, const char **names)
{
    laco_strings sorted;
    laco_strings_init(&sorted, data->ctx);
    qsort(names, data->labels.count, sizeof *names, compare_names);
    laco_status status = LACO_OK;
    int32_t number;
    for (size_t i = 0; i < data->labels.count && status == LACO_OK; i++)
        status = laco_strings_add(&sorted, names[i], strlen(names[i]), &number);
    if (status < 0) {
        laco_strings_free(&sorted);
        return status;
    }
    for (size_t i = 0; i < data->count; i++) {
        size_t length;
        const char *label = laco_strings_get(&data->labels, data->examples[i].label, &length);
        data->examples[i].label = laco_strings_find(&sorted, label, length);
    }
    laco_strings_free(&data->labels);
    data->labels = sorted;
    return LACO_OK;
}

static void point_names(laco_labelled *data)
{
    for (size_t i = 0; i < data->labels.count; i++)
        data->names[i] = laco_strings_get(&data->labels, (int32_t)i, NULL);
}

/* How many different texts there are. */
static laco_status count_texts(const laco_labelled *data, size_t *different)
{
    laco_strings seen;
    int32_t number;
    laco_status status = LACO_OK;
    laco_strings_init(&seen, data->ctx);
    for (size_t i = 0; i < data->count && data->examples[i].text && status == LACO_OK; i++)
        status = laco_strings_add(&seen, data->examples[i].text, data->examples[i].length, &number);
    *different = seen.count;
    laco_strings_free(&seen);
    return status;
}

/* Where nearly every example has a label of its own, something else was taken for the label. */
static laco_status check_own_labels(const laco_labelled *data)
{
    size_t labels = data->labels.count, different = 0;
    const char *name = data->sources[0].name;
    if (data->count < OWN_LABELS || 10 * labels <= 9 * data->count)
        return LACO_OK;
    if (data->kind == LACO_LABELLED_NUMBERS)
        return laco_fail(
            data->ctx, LACO_FORMAT,
            "%s: %zu labels for %zu sequences: nearly each has its own, so another column is the label; say which, as "
            "--label 1",
            name, labels, data->count);
    LACO_TRY(count_texts(data, &different));
    if (2 * different <= data->count)
        return laco_fail(
            data->ctx, LACO_FORMAT,
            "%s: %zu labels for %zu texts, of which %zu are different: text and label are swapped; label<TAB>text is "
            "right (in a table: --text and --label)",
            name, labels, data->count, different);
    return laco_fail(
        data->ctx, LACO_FORMAT,
        "%s: %zu labels for %zu texts: nearly each has its own, and nothing can be learned from that; label<TAB>text "
        "is right (in a table: --label COLUMN)",
        name, labels, data->count);
}

typedef struct label_part {
    const char *text;
    size_t length;
} label_part;

/* Is each part of a label, between marks of one kind, a label too? The first two are then shown. */
static bool is_joined(const laco_labelled *data, const char *label, char mark, label_part shown[2])
{
    size_t count = 0;
    for (const char *at = label; at; count++) {
        const char *end = strchr(at, mark), *next = end ? end + 1 : NULL;
        end = end ? end : at + strlen(at);
        while (at < end && strchr(" []'\"", *at))
            at++;
        while (end > at && strchr(" []'\"", end[-1]))
            end--;
        size_t length = (size_t)(end - at);
        bool behind = count > 0 && strncmp(label, "__label__", 9) == 0; /* __label__a,b of fastText */
        if (length == 0 || (!behind && laco_strings_find(&data->labels, at, length) < 0))
            return false;
        if (count < 2)
            shown[count] = (label_part){at, length};
        at = next;
    }
    return count > 1;
}

/* Several labels of one text that were joined into one would each be learned as a label of its own. */
static laco_status check_joined_labels(const laco_labelled *data)
{
    label_part part[2];
    for (size_t i = 0; i < data->labels.count; i++)
        for (const char *mark = ",;|+"; *mark; mark++)
            if (strchr(data->names[i], *mark) && is_joined(data, data->names[i], *mark, part))
                return laco_fail(
                    data->ctx, LACO_FORMAT,
                    "%s: the label \"%.*s\" is two labels, \"%.*s\" and \"%.*s\"; a classifier learns one for each text",
                    data->sources[0].name, laco_text_cut(data->names[i], strlen(data->names[i]), SHOWN), data->names[i],
                    laco_text_cut(part[0].text, part[0].length, SHOWN), part[0].text,
                    laco_text_cut(part[1].text, part[1].length, SHOWN), part[1].text);
    return LACO_OK;
}

laco_status laco_labelled_end(laco_labelled *data)
{
    size_t labels = data->labels.count;
    data->names = laco_alloc(data->ctx, labels, sizeof *data->names);
    data->label_counts = laco_alloc(data->ctx, labels, sizeof *data->label_counts);
    data->label_of = laco_alloc(data->ctx, data->count, sizeof *data->label_of);
    if (!data->names || !data->label_counts || !data->label_of)
        return LACO_NO_MEMORY;
    point_names(data);
    if (!data->config.labels && !data->config.unlabelled) {
        if (labels == 1)
            return laco_fail(
                data->ctx, LACO_FORMAT, "%s: all %zu examples have the label \"%.*s\"; a classifier needs at least two labels",
                data->sources[0].name, data->count, laco_text_cut(data->names[0], strlen(data->names[0]), SHOWN), data->names[0]);
        LACO_TRY(check_own_labels(data));
        LACO_TRY(check_joined_labels(data));
        LACO_TRY(sort_labels(data, data->names));
        point_names(data);
    }
    for (size_t i = 0; i < data->count; i++) {
        data->label_of[i] = data->examples[i].label;
        if (data->label_of[i] >= 0)
            data->label_counts[data->label_of[i]]++;
    }
    data->config = (laco_labelled_config){0};
    return LACO_OK;
}

size_t laco_labelled_count(const laco_labelled *data) { return data->count; }
int laco_labelled_label(const laco_labelled *data, size_t index) { return data->examples[index].label; }

const char *const *laco_labelled_label_names(const laco_labelled *data, int *count)
{
    if (count)
        *count = (int)data->labels.count;
    return data->names;
}

size_t laco_labelled_label_examples(const laco_labelled *data, int label) { return data->label_counts[label]; }
const int32_t *laco_labelled_labels(const laco_labelled *data) { return data->label_of; }

const char *laco_labelled_text(const laco_labelled *data, size_t index, size_t *length)
{
    *length = data->examples[index].text ? data->examples[index].length : 0;
    return data->examples[index].text;
}

int64_t laco_labelled_features(const laco_labelled *data) { return data->features; }

const laco_real *laco_labelled_values(const laco_labelled *data, size_t index, int64_t *steps)
{
    *steps = data->examples[index].values ? (int64_t)data->examples[index].length : 0;
    return data->examples[index].values;
}

const char *laco_labelled_place(const laco_labelled *data, size_t index, size_t *line)
{
    size_t source = data->examples[index].source;
    *line = data->examples[index].line;
    return source < data->source_count ? data->sources[source].name : "data"; /* a part of a set has none of its own */
}

laco_status laco_labelled_vocabulary(const laco_labelled *data, const size_t *subset, size_t subset_count,
                                     const laco_text_config *text, const laco_vocabulary_config *config, laco_vocabulary **out)
{
    laco_vocabulary *vocabulary;
    LACO_TRY(laco_vocabulary_new(data->ctx, &vocabulary));
    laco_text_buffer buffer;
    laco_text_buffer_init(&buffer, data->ctx);
    laco_status status = LACO_OK;
    for (size_t i = 0; i < (subset ? subset_count : data->count) && status == LACO_OK; i++) {
        const laco_example *example = &data->examples[subset ? subset[i] : i];
        status = laco_text_count(&buffer, text, example->text, example->length, vocabulary);
    }
    laco_text_buffer_free(&buffer);
    if (status == LACO_OK)
        status = laco_vocabulary_rank(vocabulary, config);
    if (status < 0)
        laco_vocabulary_free(vocabulary);
    else
        *out = vocabulary;
    return status;
}

laco_status laco_labelled_encode(const laco_labelled *data, const laco_text_config *text, const laco_vocabulary *vocabulary,
                                 laco_vocabulary *unseen, laco_sequences *out)
{
    laco_text_buffer buffer;
    laco_text_buffer_init(&buffer, data->ctx);
    laco_status status = LACO_OK;
    for (size_t i = 0; i < data->count && status == LACO_OK; i++)
        status = laco_text_encode(&buffer, text, vocabulary, data->examples[i].text, data->examples[i].length, out, unseen);
    laco_text_buffer_free(&buffer);
    if (status < 0)
        laco_sequences_free(out);
    return status;
}
