/* The .ts form of the UCR and UEA archives, as sktime writes it: lines of # are comments, lines of @ the header, and behind @data
 * each line is a sequence: its dimensions with colons between them, the values of one with commas, and the class at the end. */
#include "base/grow.h"
#include "labelled/numbers.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct ts {
    laco_labelled *data;
    const char *name;
    size_t line;
    bool classes, equal; /* @classLabel true, @equalLength true */
    size_t dimensions;   /* 0: not known yet */
    size_t length;       /* of every sequence, where equal; 0: not known yet */
    laco_strings labels; /* that the header lists */
    laco_real *values;   /* [dimensions][steps] of one sequence */
    size_t room;
} ts;

/* The next word of a line, which moves on. */
static bool next_word(const char **at, const char *end, const char **word, size_t *length)
{
    while (*at < end && laco_text_blank(*at, 1))
        ++*at;
    *word = *at;
    while (*at < end && !laco_text_blank(*at, 1))
        ++*at;
    *length = (size_t)(*at - *word);
    return *length > 0;
}

static bool equals(const char *word, size_t length, const char *name)
{
    return strlen(name) == length && strncasecmp(word, name, length) == 0;
}

/* ---- The header -------------------------------------------------------------------------------------------------------- */

static laco_status wrong_value(const ts *t, const char *key, size_t key_length, const char *right)
{
    return laco_fail(t->data->ctx, LACO_FORMAT, "%s:%zu: '%.*s' should be followed by %s", t->name, t->line, (int)key_length, key,
                     right);
}

static laco_status take_flag(const ts *t, const char *key, size_t key_length, const char *word, size_t length, bool *out)
{
    *out = equals(word, length, "true");
    return *out || equals(word, length, "false") ? LACO_OK : wrong_value(t, key, key_length, "true or false");
}

static laco_status take_count(const ts *t, const char *key, size_t key_length, const char *word, size_t length, size_t *out)
{
    double value;
    if (!laco_number_parse(word, length, &value) || !(value >= 1 && value <= INT32_MAX) || value != (double)(size_t)value)
        return wrong_value(t, key, key_length, "a whole number of at least 1");
    if (*out > 0 && *out != (size_t)value)
        return laco_fail(t->data->ctx, LACO_FORMAT, "%s:%zu: '%.*s %zu' where the lines above say %zu", t->name, t->line,
                         (int)key_length, key, (size_t)value, *out);
    *out = (size_t)value;
    return LACO_OK;
}

static laco_status take_classes(ts *t, const char *at, const char *end)
{
    const char *word;
    int32_t number;
    for (size_t length; t->classes && next_word(&at, end, &word, &length);)
        LACO_TRY(laco_strings_add(&t->labels, word, length, &number));
    return LACO_OK;
}

/* A line of the header; *data_begins: it was the last. */
static laco_status take_header(ts *t, const char *line, size_t line_length, bool *data_begins)
{
    static const char *const free_text[] = {"@problemName", "@missing", NULL};
    const char *at = line, *end = line + line_length, *key, *word;
    size_t key_length, length;
    bool flag = false;
    next_word(&at, end, &key, &key_length);
    if ((*data_begins = equals(key, key_length, "@data")))
        return LACO_OK;
    next_word(&at, end, &word, &length);
    if (equals(key, key_length, "@classLabel")) {
        LACO_TRY(take_flag(t, key, key_length, word, length, &t->classes));
        return take_classes(t, at, end);
    }
    if (equals(key, key_length, "@equalLength"))
        return take_flag(t, key, key_length, word, length, &t->equal);
    if (equals(key, key_length, "@seriesLength"))
        return take_count(t, key, key_length, word, length, &t->length);
    if (equals(key, key_length, "@dimensions") || equals(key, key_length, "@dimension"))
        return take_count(t, key, key_length, word, length, &t->dimensions);
    if (equals(key, key_length, "@univariate")) {
        LACO_TRY(take_flag(t, key, key_length, word, length, &flag));
        return flag ? take_count(t, key, key_length, "1", 1, &t->dimensions) : LACO_OK;
    }
    if (equals(key, key_length, "@timeStamps")) {
        LACO_TRY(take_flag(t, key, key_length, word, length, &flag));
        return !flag ? LACO_OK
                     : laco_fail(t->data->ctx, LACO_FORMAT, "%s:%zu: values with time stamps are not read; write them without",
                                 t->name, t->line);
    }
    if (equals(key, key_length, "@targetLabel"))
        return laco_fail(t->data->ctx, LACO_FORMAT, "%s:%zu: the target is a number; '@classLabel true' is needed", t->name,
                         t->line);
    for (int i = 0; free_text[i]; i++)
        if (equals(key, key_length, free_text[i]))
            return LACO_OK;
    return laco_fail(t->data->ctx, LACO_FORMAT, "%s:%zu: '%.*s' is not a line that a .ts header can have", t->name, t->line,
                     laco_text_cut(key, key_length, 40), key);
}

static laco_status end_header(const ts *t)
{
    if (t->classes || t->data->config.unlabelled)
        return LACO_OK;
    return laco_fail(t->data->ctx, LACO_FORMAT, "%s:%zu: no '@classLabel true' above @data: the sequences have no labels",
                     t->name, t->line);
}

/* ---- Sequences ---------------------------------------------------------------------------------------------------------- */

/* The values of one dimension, behind those of the others; *count: how many. */
static laco_status take_dimension(ts *t, size_t dimension, const char *at, const char *end, size_t used, size_t *count)
{
    const char *comma;
    for (*count = 0; at <= end; at = comma + 1) {
        comma = memchr(at, ',', (size_t)(end - at));
        comma = comma ? comma : end;
        LACO_TRY(laco_grow(t->data->ctx, &t->values, &t->room, used + *count + 1, sizeof *t->values));
        LACO_TRY(laco_number_take(t->data->ctx, t->name, t->line, "dimension", dimension, at, (size_t)(comma - at),
                                  &t->values[used + *count]));
        ++*count;
    }
    return LACO_OK;
}

static laco_status check_length(ts *t, size_t steps)
{
    if (!t->equal)
        return LACO_OK;
    if (t->length > 0 && steps != t->length)
        return laco_fail(t->data->ctx, LACO_FORMAT, "%s:%zu: a sequence of %zu steps where '@equalLength true' asks for %zu",
                         t->name, t->line, steps, t->length);
    t->length = steps;
    return LACO_OK;
}

/* All dimensions of a line, up to its class at `end`; [dimensions][steps] in t->values. */
static laco_status take_dimensions(ts *t, const char *at, const char *end, size_t *dimensions, size_t *steps)
{
    size_t used = 0, count;
    *dimensions = 0;
    for (const char *colon; at <= end; at = colon + 1) {
        colon = memchr(at, ':', (size_t)(end - at));
        colon = colon ? colon : end;
        LACO_TRY(take_dimension(t, *dimensions + 1, at, colon, used, &count));
        used += count;
        if (++*dimensions == 1)
            *steps = count;
        if (count != *steps)
            return laco_fail(t->data->ctx, LACO_FORMAT, "%s:%zu: dimension %zu has %zu values and dimension 1 has %zu", t->name,
                             t->line, *dimensions, count, *steps);
    }
    if (t->dimensions > 0 && *dimensions != t->dimensions)
        return laco_fail(t->data->ctx, LACO_FORMAT, "%s:%zu: %zu dimensions where %zu are needed", t->name, t->line, *dimensions,
                         t->dimensions);
    t->dimensions = *dimensions;
    return check_length(t, *steps);
}

static laco_status check_label(const ts *t, const char *label, size_t length)
{
    if (t->labels.count == 0 || t->data->config.unlabelled || laco_strings_find(&t->labels, label, length) >= 0)
        return LACO_OK;
    return laco_fail(t->data->ctx, LACO_FORMAT, "%s:%zu: the class '%.*s' is not one of those that @classLabel lists", t->name,
                     t->line, laco_text_cut(label, length, 40), label);
}

static laco_status take_sequence(ts *t, const char *line, size_t length)
{
    const char *end = line + length, *label = NULL;
    size_t dimensions, steps = 0, label_length = 0;
    while (end > line && laco_text_blank(end - 1, 1))
        end--;
    if (t->classes) {
        for (label = end; label > line && label[-1] != ':'; label--)
            ;
        label_length = (size_t)(end - label);
        if (label == line)
            return laco_fail(t->data->ctx, LACO_FORMAT, "%s:%zu: no class behind a colon at the end of this line", t->name,
                             t->line);
        end = label - 1;
        LACO_TRY(check_label(t, label, label_length));
    }
    LACO_TRY(take_dimensions(t, line, end, &dimensions, &steps));
    LACO_TRY(laco_labelled_expect(t->data, (int64_t)dimensions));
    laco_real *values = laco_labelled_room(t->data, steps, (int64_t)dimensions);
    if (!values)
        return LACO_NO_MEMORY;
    for (size_t d = 0; d < dimensions; d++)
        for (size_t i = 0; i < steps; i++)
            values[i * dimensions + d] = t->values[d * steps + i];
    return laco_labelled_add_values(t->data, t->line, label, label_length, values, steps);
}

static laco_status read_lines(ts *t, const char *bytes, size_t size)
{
    laco_lines lines = {.at = bytes, .end = bytes + size, .number = laco_lines_before(t->data->config.first_line)};
    const char *line;
    bool data = false;
    for (size_t length; laco_lines_next(&lines, &line, &length);) {
        t->line = lines.number;
        if (laco_text_blank(line, length) || line[0] == '#')
            continue;
        if (data) {
            LACO_TRY(take_sequence(t, line, length));
            continue;
        }
        if (line[0] != '@')
            return laco_fail(t->data->ctx, LACO_FORMAT,
                             "%s:%zu: a line that is neither a comment (#) nor of the header (@), above @data", t->name, t->line);
        LACO_TRY(take_header(t, line, length, &data));
        if (data)
            LACO_TRY(end_header(t));
    }
    return data ? LACO_OK
                : laco_fail(t->data->ctx, LACO_FORMAT, "%s: no line '@data': a .ts file has a header, @data, and the sequences",
                            t->name);
}

laco_status laco_numbers_read_ts(laco_labelled *data, const char *name, const char *bytes, size_t size)
{
    LACO_TRY(laco_notes_add(&data->notes, LACO_NOTE_TAKEN, "form", "sequences in the .ts form, label last"));
    ts t = {.data = data, .name = name};
    laco_strings_init(&t.labels, data->ctx);
    laco_status status = read_lines(&t, bytes, size);
    laco_strings_free(&t.labels);
    laco_release(data->ctx, t.values);
    return status;
}
