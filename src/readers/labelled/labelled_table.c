/* Tables of texts: a header, and in each row a text and its label. */
#include "labelled/labelled_read.h"

#include "table/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

typedef struct table {
    laco_labelled *data;
    const laco_csv *csv;
    bool begun;
    bool header;                        /* the first row is one */
    size_t columns;                     /* of the first row */
    size_t text, label;                 /* NONE: no label, where none are needed */
    const char *text_name, *label_name; /* of the header */
} table;

/* A column that the user named: by the header, or by its number from 1. */
static laco_status find_asked(table *t, const laco_csv_row *row, const char *wanted, const char *role, size_t *column)
{
    char *end;
    unsigned long number = strtoul(wanted, &end, 10);
    bool named = false;
    for (size_t i = 0; i < row->count; i++)
        named = named || strcmp(row->fields[i].bytes, wanted) == 0;
    if (!named && *wanted >= '0' && *wanted <= '9' && !*end && number >= 1 && number <= row->count) {
        *column = number - 1;
        return LACO_OK;
    }
    t->header = true;
    return laco_csv_find_column(t->data->ctx, t->csv->name, row, wanted, role, column);
}

/* The one column that has this role by its name: `exact` first, which may stand there once, else another word for it. */
static laco_status find_role(table *t, const laco_csv_row *row, laco_column_role role, const char *exact, size_t *column)
{
    size_t found = NONE, count = 0;
    for (size_t i = 0; i < row->count; i++) {
        if (strcmp(row->fields[i].bytes, exact) == 0) {
            t->header = true;
            return laco_csv_find_column(t->data->ctx, t->csv->name, row, exact, "", column);
        }
        if (laco_role_named(role, row->fields[i].bytes, row->fields[i].length)) {
            found = i;
            count++;
        }
    }
    t->header = t->header || count == 1;
    *column = count == 1 ? found : NONE;
    return LACO_OK;
}

/* The other of two columns; those without a name count the rows and are passed over. */
static size_t find_other(const laco_csv_row *row, size_t known)
{
    size_t other = NONE;
    for (size_t i = 0; i < row->count; i++) {
        if (i == known || row->fields[i].length == 0)
            continue;
        if (other != NONE)
            return NONE;
        other = i;
    }
    return other;
}

static laco_status find_columns(table *t, const laco_csv_row *row)
{
    const laco_labelled_config *config = &t->data->config;
    laco_context *ctx = t->data->ctx;
    t->text = t->label = NONE;
    if (config->text_column)
        LACO_TRY(find_asked(t, row, config->text_column, "text column", &t->text));
    else
        LACO_TRY(find_role(t, row, LACO_ROLE_TEXT, "text", &t->text));
    if (config->label_column)
        LACO_TRY(find_asked(t, row, config->label_column, "label column", &t->label));
    else if (!config->unlabelled)
        LACO_TRY(find_role(t, row, LACO_ROLE_LABEL, "label", &t->label));
    if (t->text == NONE && t->label != NONE)
        t->text = find_other(row, t->label);
    if (t->label == NONE && t->text != NONE && !config->unlabelled)
        t->label = find_other(row, t->text);
    if (t->text == NONE && config->unlabelled && row->count == 1)
        t->text = 0; /* texts alone */
    if (t->text == NONE)
        return laco_csv_find_column(ctx, t->csv->name, row, "text", "text column; another: --text COLUMN, or its number",
                                    &t->text);
    if (t->label == NONE && !config->unlabelled)
        return laco_csv_find_column(
            ctx, t->csv->name, row, "label",
            row->count > 2 ? "label column; another: --label COLUMN, or its number; of a column for each class make one"
                           : "label column; another: --label COLUMN, or its number",
            &t->label);
    return LACO_OK;
}

static laco_status name_columns(table *t, const laco_csv_row *row)
{
    laco_notes *notes = &t->data->notes;
    const char *between = laco_csv_between(t->csv);
    if (!t->header)
        return laco_notes_add(notes, LACO_NOTE_TAKEN, "form", "a table between %s without a header, text in column %zu%s",
                              between, t->text + 1, t->label == NONE ? "" : ", label in the other asked for");
    LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "form", "a table between %s, header in line %zu", between, row->line));
    LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "text", "text in \"%s\"", row->fields[t->text].bytes));
    return t->label == NONE ? LACO_OK
                            : laco_notes_add(notes, LACO_NOTE_TAKEN, "label", "label in \"%s\"", row->fields[t->label].bytes);
}

/* The names of both columns, to know the header again. */
static laco_status keep_names(table *t, const laco_csv_row *row)
{
    if (!t->header || t->label == NONE)
        return LACO_OK;
    char *text = laco_arena_alloc(&t->data->texts, row->fields[t->text].length + 1, 1);
    char *label = laco_arena_alloc(&t->data->texts, row->fields[t->label].length + 1, 1);
    if (!text || !label)
        return LACO_NO_MEMORY;
    memcpy(text, row->fields[t->text].bytes, row->fields[t->text].length + 1);
    memcpy(label, row->fields[t->label].bytes, row->fields[t->label].length + 1);
    t->text_name = text;
    t->label_name = label;
    return LACO_OK;
}

static laco_status begin(table *t, const laco_csv_row *row)
{
    laco_context *ctx = t->data->ctx;
    t->begun = true;
    t->columns = row->count;
    LACO_TRY(find_columns(t, row));
    if (t->text == t->label)
        return laco_fail(ctx, LACO_INVALID, "%s: text and label are the same column", t->csv->name);
    LACO_TRY(keep_names(t, row));
    return name_columns(t, row);
}

/* Is a row the header once more? */
static bool is_header(const table *t, const laco_csv_row *row)
{
    return t->header && t->label_name && strcmp(row->fields[t->text].bytes, t->text_name) == 0 &&
           strcmp(row->fields[t->label].bytes, t->label_name) == 0;
}

static laco_status take_row(void *user, const laco_csv_row *row)
{
    table *t = user;
    laco_labelled *data = t->data;
    if (!t->begun) {
        LACO_TRY(begin(t, row));
        if (t->header)
            return LACO_OK;
    }
    if (row->count < t->columns)
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: %zu fields where the header has %zu%s", t->csv->name, row->line,
                         row->count, t->columns, laco_csv_short_hint(t->csv, row));
    if (row->count > t->columns)
        return laco_fail(data->ctx, LACO_FORMAT,
                         "%s:%zu: %zu fields where the header has %zu; a field that holds the delimiter needs quotes",
                         t->csv->name, row->line, row->count, t->columns);
    if (is_header(t, row))
        return laco_header_again(data->ctx, t->csv->name, row->line);
    const laco_csv_field *text = &row->fields[t->text], *label = t->label == NONE ? NULL : &row->fields[t->label];
    char *copy = laco_arena_alloc(&data->texts, LACO_MAX(text->length, (size_t)1), 1);
    if (!copy)
        return LACO_NO_MEMORY;
    memcpy(copy, text->bytes, text->length);
    return laco_labelled_add(data, row->line, label ? label->bytes : "", label ? label->length : 0, copy, text->length);
}

laco_status laco_labelled_read_table(laco_labelled *data, const char *name, const char *bytes, size_t size)
{
    laco_csv csv;
    LACO_TRY(laco_csv_open(data->ctx, name, bytes, size, false, &csv));
    csv.first_line += laco_lines_before(data->config.first_line);
    table t = {.data = data, .csv = &csv};
    laco_status status = laco_csv_read(data->ctx, &csv, take_row, &t);
    laco_csv_close(data->ctx, &csv);
    return status;
}

bool laco_labelled_is_table(const char *bytes, size_t size)
{
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line, *at, *field;
    size_t length, bytes_of, fields = 0, texts = 0, labels = 0;
    bool label_first = false, quoted = false;
    if (!laco_lines_next(&lines, &line, &length) || !memchr(line, '\t', length))
        return false;
    at = line;
    for (const char *end = line + length; at <= end; at = field + bytes_of + 1, fields++) {
        const char *tab = at < end ? memchr(at, '\t', (size_t)(end - at)) : NULL;
        field = at;
        bytes_of = (size_t)((tab ? tab : end) - at);
        bool quotes = bytes_of > 2 && *field == '"' && field[bytes_of - 1] == '"';
        bool label = laco_role_named(LACO_ROLE_LABEL, field + quotes, bytes_of - (quotes ? (size_t)2 : 0));
        labels += label;
        texts += laco_role_named(LACO_ROLE_TEXT, field + quotes, bytes_of - (quotes ? (size_t)2 : 0));
        quoted = quoted || quotes;
        label_first = label_first || (label && fields == 0);
    }
    return texts == 1 && labels == 1 && (quoted || fields != 2 || !label_first);
}
