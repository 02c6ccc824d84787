/* The forms in which tagged sentences come. */
#include "tagged/tagged_read.h"

#include "base/file.h"
#include "base/grow.h"
#include "table/csv.h"
#include "table/head.h"
#include "table/json_hint.h"
#include "tag/tokeniser.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN 60

/* ---- Reading ------------------------------------------------------------------------------------------------------------ */

typedef struct reader {
    laco_tagged *data;
    const char *name;
    size_t line;    /* number of the present one */
    size_t words;   /* of the present sentence */
    size_t fields;  /* of every line with a word; 0 before the first */
    size_t next_id; /* CoNLL-U: of the next word */
    laco_tagged_layout layout;
} reader;

static laco_status wrong_line(const reader *r, const char *what)
{
    return laco_fail(r->data->ctx, LACO_FORMAT, "%s:%zu: %s", r->name, r->line, what);
}

/* What a line of one field may be. */
static const char *hint_of(const char *line, size_t length)
{
    return length <= 3                 ? ""
           : memchr(line, ',', length) ? " (columns between commas: put tabs in their place: " LACO_CSV_TO_TABS ")"
           : memchr(line, ';', length) ? " (columns between semicolons: put tabs in their place: tr ';' '\\t')"
           : memchr(line, '|', length) ? " (columns between bars: put tabs in their place: tr '|' '\\t')"
                                       : "";
}

/* What a line of another number of fields may be. */
static const char *mismatch_of(const reader *r, const char *line, size_t length, size_t fields)
{
    const char *hint = fields == 1 ? hint_of(line, length) : "";
    return *hint                                                   ? hint
           : fields == 1                                           ? " (where it ends a sentence, a blank line is right)"
           : r->fields > 1 && r->data->form == LACO_TAGGED_COLUMNS ? " (a line is a word and what is known of it, its tag last)"
                                                                   : "";
}

/* A word with the tag that stands in its line, if there is one. */
static laco_status add_line_word(reader *r, const char *line, size_t length, bool tabs, size_t word_column, size_t fields)
{
    const laco_tagged *data = r->data;
    const char *word, *tag = NULL;
    size_t word_length = 0, tag_length = 0, named = data->column ? (size_t)data->column : r->layout.tag;
    size_t column = named ? named : fields;
    if (!laco_tagged_field_at(line, length, tabs, word_column, &word, &word_length) || laco_text_blank(word, word_length))
        return wrong_line(r, "the word of this line is empty");
    if (!data->config.untagged && column == word_column)
        return laco_fail(data->ctx, LACO_FORMAT,
                         "%s:%zu: this line has a word and no tag; it should be a word, its tag in a column behind it%s", r->name,
                         r->line, hint_of(line, length));
    if (!data->config.untagged &&
        (!laco_tagged_field_at(line, length, tabs, column, &tag, &tag_length) || laco_text_blank(tag, tag_length)))
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: the word \"%.*s\" has no tag in column %zu; the line has %zu", r->name,
                         r->line, laco_text_cut(word, word_length, SHOWN), word, column, fields);
    while (tag && tag_length > 1 && tag[tag_length - 1] == ' ') /* behind a tag between tabs it is none of it */
        tag_length--;
    LACO_TRY(laco_tagged_add_word(r->data, word, word_length, tag, tag_length));
    r->words++;
    return laco_tagged_add_row(r->data, line, length, 1);
}

static laco_status end_sentence(reader *r, const char *line, size_t length)
{
    r->words = 0;
    r->next_id = 1;
    LACO_TRY(laco_tagged_end_sentence(r->data));
    return laco_tagged_add_row(r->data, line, length, 0);
}

static laco_status read_columns_line(reader *r, const char *line, size_t length)
{
    bool tabs = r->data->form == LACO_TAGGED_TSV;
    if (laco_text_blank(line, length))
        return end_sentence(r, line, length);
    bool apart = laco_tagged_is_document(line, length) || (r->layout.header && line == r->layout.first) ||
                 (r->words == 0 && laco_tagged_is_comment(line, length, tabs, r->layout.fields));
    if (apart)
        return laco_tagged_add_row(r->data, line, length, 0);
    size_t fields = laco_tagged_fields(line, length, tabs);
    if (r->fields > 0 && fields != r->fields)
        return laco_fail(r->data->ctx, LACO_FORMAT, "%s:%zu: %zu columns where the lines before have %zu%s", r->name, r->line,
                         fields, r->fields, mismatch_of(r, line, length, fields));
    r->fields = fields;
    return add_line_word(r, line, length, tabs, r->layout.word, fields);
}

/* What the ID of a CoNLL-U line says. */
typedef enum id_kind { ID_WORD, ID_SPAN, ID_EMPTY, ID_WRONG } id_kind;

static id_kind read_id(const char *id, size_t length, size_t *number)
{
    size_t place = 0, second = 0;
    for (*number = 0; place < length && id[place] >= '0' && id[place] <= '9' && *number < SIZE_MAX / 100; place++)
        *number = *number * 10 + (size_t)(id[place] - '0');
    if (place == 0)
        return ID_WRONG;
    if (place == length)
        return ID_WORD;
    char mark = id[place++];
    if (place == length || (mark != '-' && mark != '.'))
        return ID_WRONG;
    for (; place < length && id[place] >= '0' && id[place] <= '9' && second < SIZE_MAX / 100; place++)
        second = second * 10 + (size_t)(id[place] - '0');
    if (place < length || (mark == '-' && second <= *number) || (mark == '.' && second == 0))
        return ID_WRONG;
    return mark == '-' ? ID_SPAN : ID_EMPTY;
}

static laco_status read_conllu_line(reader *r, const char *line, size_t length)
{
    laco_context *ctx = r->data->ctx;
    const char *id;
    size_t bytes, number, fields;
    if (laco_text_blank(line, length))
        return end_sentence(r, line, length);
    if (*line == '#')
        return laco_tagged_add_row(r->data, line, length, 0);
    if ((fields = laco_tagged_fields(line, length, true)) != LACO_CONLLU_COLUMNS)
        return laco_fail(ctx, LACO_FORMAT, "%s:%zu: %zu columns between tabs; CoNLL-U has %d", r->name, r->line, fields,
                         LACO_CONLLU_COLUMNS);
    laco_tagged_field_at(line, length, true, 1, &id, &bytes);
    id_kind kind = read_id(id, bytes, &number);
    if (kind == ID_WRONG)
        return laco_fail(ctx, LACO_FORMAT,
                         "%s:%zu: the ID is \"%.*s\"; it should be a number, a span as 1-2 or an empty node as 1.1", r->name,
                         r->line, laco_text_cut(id, bytes, SHOWN), id);
    size_t expected = kind == ID_EMPTY ? r->next_id - 1 : r->next_id;
    if (number != expected)
        return laco_fail(ctx, LACO_FORMAT, "%s:%zu: the ID is %.*s where %zu should follow (a blank line ends a sentence)",
                         r->name, r->line, laco_text_cut(id, bytes, SHOWN), id, r->next_id);
    if (kind != ID_WORD)
        return laco_tagged_add_row(r->data, line, length, 0);
    r->next_id++;
    return add_line_word(r, line, length, true, 2, LACO_CONLLU_COLUMNS);
}

static laco_status read_pair_line(reader *r, const char *line, size_t length)
{
    const char *tab = memchr(line, '\t', length), *end = line + length, *words_end = tab ? tab : end,
               *tags_at = tab ? tab + 1 : end;
    bool header = r->line == 1 && laco_role_header(LACO_ROLE_SENTENCE, LACO_ROLE_TAG, "\t", line, length);
    if (header)
        LACO_TRY(laco_notes_add(&r->data->notes, LACO_NOTE_TAKEN, "header", "header in line 1"));
    if (header || laco_text_blank(line, length))
        return laco_tagged_add_row(r->data, line, length, 0);
    size_t words = laco_tagged_fields(line, (size_t)(words_end - line), false),
           tags = laco_tagged_fields(tags_at, (size_t)(end - tags_at), false);
    if (!r->data->config.untagged && words != tags)
        return laco_fail(r->data->ctx, LACO_FORMAT, "%s:%zu: %zu words and %zu tags; every word needs one", r->name, r->line,
                         words, tags);
    const char *at = line, *word, *tag = NULL;
    size_t word_length, tag_length = 0;
    while (laco_tagged_field(&at, words_end, false, &word, &word_length)) {
        if (!r->data->config.untagged)
            laco_tagged_field(&tags_at, end, false, &tag, &tag_length);
        LACO_TRY(laco_tagged_add_word(r->data, word, word_length, tag, tag_length));
    }
    LACO_TRY(laco_tagged_end_sentence(r->data));
    return laco_tagged_add_row(r->data, line, length, words);
}

/* The words of a line of text. */
typedef struct text_line {
    laco_tagged *data;
    size_t words;
} text_line;

static laco_status take_word(void *user, const char *word, size_t length)
{
    text_line *line = user;
    line->words++;
    return laco_tagged_add_word(line->data, word, length, NULL, 0);
}

static laco_status read_text_line(reader *r, const char *line, size_t length)
{
    laco_text_buffer buffer;
    laco_context *ctx = r->data->ctx;
    text_line text = {r->data, 0};
    laco_text_buffer_init(&buffer, ctx);
    laco_status status = laco_text_normalise(&buffer, &(laco_text_config){0}, line, length);
    if (status == LACO_OK)
        status = laco_tokeniser_cut(r->data->config.tokeniser, ctx, buffer.bytes, buffer.length, take_word, &text);
    laco_text_buffer_free(&buffer);
    LACO_TRY(status);
    LACO_TRY(laco_tagged_end_sentence(r->data));
    return laco_tagged_add_row(r->data, line, length, text.words);
}

/* ---- A whole text ------------------------------------------------------------------------------------------------------- */

/* The column of the tags in data of this form; 0: the last. */
static laco_status find_column(laco_tagged *data, const char *name)
{
    const laco_tagged_config *config = &data->config;
    bool meant = config->column && (config->column_form == LACO_TAGGED_AUTO || config->column_form == data->form);
    const char *column = meant ? config->column : NULL;
    bool conllu = data->form == LACO_TAGGED_CONLLU, lines = data->form == LACO_TAGGED_LINES;
    const char *right = conllu  ? "upos, xpos or a number from 3 to 10 is right"
                        : lines ? "where a line is a sentence, a tab and its tags, 2 is right"
                                : "a number from 2 is right";
    data->column = conllu ? 4 : 0;
    if (!column || (conllu && strcmp(column, "upos") == 0))
        return LACO_OK;
    if (conllu && strcmp(column, "xpos") == 0) {
        data->column = 5;
        return LACO_OK;
    }
    char *end;
    long number = strtol(column, &end, 10);
    if (*end || end == column || number < 1 || number > (conllu ? LACO_CONLLU_COLUMNS : lines ? 2 : 1000))
        return laco_fail(data->ctx, LACO_INVALID, "%s: there is no column \"%s\"; %s", name, column, right);
    if (number == 1 || (conllu && number == 2))
        return laco_fail(data->ctx, LACO_INVALID, "%s: column %ld holds no tags; %s", name, number, right);
    data->column = (int)number;
    return LACO_OK;
}

static laco_status keep_source(laco_tagged *data, char *bytes)
{
    laco_status status = laco_grow(data->ctx, &data->sources, &data->source_room, data->source_count + 1, sizeof *data->sources);
    if (status < 0)
        laco_release(data->ctx, bytes);
    else
        data->sources[data->source_count++] = bytes;
    return status;
}

/* Where the words stand in columns, and what was understood. */
static laco_status look(reader *r, const char *bytes, size_t size)
{
    laco_tagged *data = r->data;
    bool tabs = data->form == LACO_TAGGED_TSV, columns = tabs || data->form == LACO_TAGGED_COLUMNS;
    static const char *const forms[] = {"",
                                        "CoNLL-U",
                                        "columns between spaces or tabs",
                                        "columns between tabs",
                                        "lines of words, a tab and tags",
                                        "lines of text"};
    LACO_TRY(laco_notes_add(&data->notes, LACO_NOTE_TAKEN, "form", "%s", forms[data->form]));
    if (!columns)
        return LACO_OK;
    r->layout = laco_tagged_look(bytes, size, tabs, data->config.untagged);
    LACO_TRY(laco_tagged_sentences_doubt(data->ctx, r->name, bytes, size, tabs, &r->layout));
    if (data->config.word_column > 0)
        r->layout.word = (size_t)data->config.word_column;
    data->word_column = (int)r->layout.word;
    if (r->layout.header)
        LACO_TRY(laco_notes_add(&data->notes, LACO_NOTE_TAKEN, "header", "a header"));
    size_t tag = data->column ? (size_t)data->column : r->layout.tag ? r->layout.tag : r->layout.fields;
    if (data->config.untagged)
        return laco_notes_add(&data->notes, LACO_NOTE_TAKEN, "columns", "words in column %zu", r->layout.word);
    return laco_notes_add(&data->notes, LACO_NOTE_TAKEN, "columns", "words in column %zu, tags in column %zu of %zu",
                          r->layout.word, tag, r->layout.fields);
}

static laco_status read_lines(reader *r, const char *bytes, size_t size)
{
    static laco_status (*const readers[])(reader *, const char *, size_t) = {
        NULL, read_conllu_line, read_columns_line, read_columns_line, read_pair_line, read_text_line};
    laco_tagged *data = r->data;
    const char *line;
    size_t length, offset = data->config.first_line ? data->config.first_line - 1 : 0;
    laco_lines lines = {.at = bytes, .end = bytes + size};
    while (laco_lines_next(&lines, &line, &length)) {
        r->line = offset + lines.number;
        LACO_TRY(readers[data->form](r, line, length));
    }
    return laco_tagged_end_sentence(data);
}

laco_status laco_tagged_read_bytes(laco_tagged *data, const char *name, char *owned, size_t size)
{
    const char *bytes = owned;
    size_t before = data->sentences.count;
    LACO_TRY(keep_source(data, owned));
    LACO_TRY(laco_notes_file(&data->notes, name));
    LACO_TRY(laco_text_check(data->ctx, name, &bytes, &size));
    static const laco_json_wanted wanted = {
        "words<TAB>tags", "[(.%|join(\" \")), (.%|join(\" \"))] | @tsv", LACO_ROLE_WORD, LACO_ROLE_TAG, {"tokens", "tags"}};
    if (!data->config.untagged)
        LACO_TRY(laco_json_refuse(data->ctx, name, bytes, size, &wanted));
    LACO_TRY(laco_quotes_refuse(data->ctx, name, bytes, size));
    data->form = data->config.form;
    if (data->form == LACO_TAGGED_AUTO && !data->config.untagged)
        LACO_TRY(laco_tagged_doubt(data->ctx, name, bytes, size));
    if (data->form == LACO_TAGGED_AUTO)
        data->form = laco_tagged_guess(name, bytes, size, data->config.untagged ? data->config.labels : NULL);
    LACO_TRY(find_column(data, name));
    reader r = {.data = data, .name = name, .next_id = 1};
    LACO_TRY(look(&r, bytes, size));
    LACO_TRY(read_lines(&r, bytes, size));
    if (data->sentences.count == before && !data->config.untagged)
        return laco_fail(data->ctx, LACO_FORMAT,
                         "%s: no sentence in it; it should hold words with their tags, one a line, and blank lines "
                         "between sentences",
                         name);
    return LACO_OK;
}

static laco_status read_path(laco_tagged *data, const char *path)
{
    char *bytes;
    size_t size;
    LACO_TRY(laco_file_read(data->ctx, path, &bytes, &size));
    return laco_tagged_read_bytes(data, laco_file_shown_name(path), bytes, size);
}

static laco_status finish(laco_tagged *data, const char *name, laco_status status, laco_tagged **out)
{
    if (status == LACO_OK)
        status = laco_tagged_tags_doubt(data, name);
    if (status == LACO_OK)
        status = laco_tagged_end(data);
    if (status < 0)
        laco_tagged_free(data);
    else
        *out = data;
    return status;
}

laco_status laco_tagged_load(laco_context *ctx, const char *const *paths, int path_count, const laco_tagged_config *config,
                             laco_tagged **out)
{
    laco_tagged *data;
    laco_status status = LACO_OK;
    if (path_count < 1)
        return laco_fail(ctx, LACO_INVALID, "no data was given; give a file, or - for standard input");
    LACO_TRY(laco_tagged_begin(ctx, config, &data));
    for (int i = 0; i < path_count && status == LACO_OK; i++)
        status = read_path(data, paths[i]);
    return finish(data, laco_file_shown_name(paths[0]), status, out);
}

laco_status laco_tagged_parse(laco_context *ctx, const char *name, const char *bytes, size_t size,
                              const laco_tagged_config *config, laco_tagged **out)
{
    laco_tagged *data;
    LACO_TRY(laco_tagged_begin(ctx, config, &data));
    char *copy = laco_alloc(ctx, size + 1, 1);
    if (copy && size > 0)
        memcpy(copy, bytes, size);
    return finish(data, name, copy ? laco_tagged_read_bytes(data, name, copy, size) : LACO_NO_MEMORY, out);
}
