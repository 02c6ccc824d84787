#include "table/columns.h"

#include "table/decimal.h"
#include "text/text.h"

#include <math.h>
#include <string.h>
#include <strings.h>

/* ---- Words ------------------------------------------------------------------------------------------------------------------
 */

static bool is_word(const char *word, const char *bytes, size_t length)
{
    return strlen(word) == length && strncasecmp(word, bytes, length) == 0;
}

bool laco_field_missing(const char *bytes, size_t length)
{
    static const char *const words[] = {"",       "?",       "NA",       "N/A",     "#N/A",    "#NA",      "NaN",       "-NaN",
                                        "NaT",    "<NA>",    "null",     "none",    "nil",     "-",        "--",        ".",
                                        "..",     "n.a.",    "\\N",      "#DIV/0!", "#VALUE!", "#REF!",    "#NUM!",     "#NULL!",
                                        "#NAME?", "1.#QNAN", "-1.#QNAN", "1.#IND",  "-1.#IND", "nan(ind)", "-nan(ind)", "missing",
                                        ":",      "n/d",     "s/d",      "n.d.",    "...",     "…",        "#N/D"};
    while (length && laco_text_blank(bytes, 1))
        bytes++, length--;
    while (length && laco_text_blank(bytes + length - 1, 1))
        length--;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(words[i], bytes, length))
            return true;
    return false;
}

#define LANGUAGES                                                                                                                \
    "english", "french", "german", "spanish", "portuguese", "italian", "dutch", "latin", "en", "fr", "de", "es", "pt", "it", "nl"

bool laco_role_named(laco_column_role role, const char *name, size_t length)
{
    static const char *const names[][40] = {
        [LACO_ROLE_TEXT] = {"text", "sentence", "review", "content", "document", "message", "tweet", "comment", "utterance"},
        [LACO_ROLE_LABEL] = {"label", "labels", "class", "category", "target", "sentiment", "intent", "y"},
        [LACO_ROLE_SENTENCE] = {"text", "texts", "sentence", "sentences", "words", "tokens", "utterance", "input", "source"},
        [LACO_ROLE_WORD] = {"word", "words", "token", "tokens", "form"},
        [LACO_ROLE_TAG] = {"tag", "tags", "label", "labels", "pos", "upos", "xpos", "ner", "ner_tag", "ner_tags"},
        [LACO_ROLE_SOURCE] = {"source", "src", "input", "word", "spelling", "grapheme", "graphemes", "lemma", "x", "question",
                              "query", "original", "incorrect", "wrong", "noisy", LANGUAGES},
        [LACO_ROLE_TARGET] = {"target",   "tgt",       "trg",     "output", "pronunciation", "phoneme",     "phonemes",
                              "ipa",      "pron",      "phones",  "sounds", "form",          "y",           "answer",
                              "response", "corrected", "correct", "right",  "clean",         "translation", LANGUAGES},
        [LACO_ROLE_FILE] = {"file", "filename", "file_name", "path", "audio", "wav", "image", "picture", "recording"},
        [LACO_ROLE_TIME] = {"date", "time", "timestamp", "datetime", "ds", "day", "month", "year", "t"},
        [LACO_ROLE_VALUE] = {"target", "y", "value", "values", "close"},
        [LACO_ROLE_CAPTION] = {"caption", "captions", "text", "sentence", "transcript", "transcription", "description"},
    };
    for (size_t i = 0; i < sizeof *names / sizeof **names && names[role][i]; i++)
        if (is_word(names[role][i], name, length))
            return true;
    return false;
}

const char *laco_find_mark(const char *line, size_t length, const char *mark)
{
    size_t size = strlen(mark);
    for (const char *at = line, *end = line + length; (at = memchr(at, *mark, (size_t)(end - at))); at++)
        if ((size_t)(end - at) >= size && memcmp(at, mark, size) == 0)
            return at;
    return NULL;
}

/* Is a field, with spaces around it, called so? */
static bool field_named(laco_column_role role, const char *field, const char *end)
{
    while (field < end && *field == ' ')
        field++;
    while (end > field && end[-1] == ' ')
        end--;
    return laco_role_named(role, field, (size_t)(end - field));
}

bool laco_role_header(laco_column_role first, laco_column_role second, const char *mark, const char *line, size_t length)
{
    const char *between = laco_find_mark(line, length, mark);
    return between && field_named(first, line, between) && field_named(second, between + strlen(mark), line + length);
}

bool laco_is_header(const laco_header *header, const char *line, size_t length)
{
    return header->line && header->length == length && memcmp(header->line, line, length) == 0;
}

laco_status laco_header_again(laco_context *ctx, const char *name, size_t line)
{
    return laco_fail(ctx, LACO_FORMAT, "%s:%zu: the header stands here again, as where files were joined; take this line away",
                     name, line);
}

/* ---- Looking ----------------------------------------------------------------------------------------------------------------
 */

static laco_status take_first(laco_columns *columns, const laco_csv_row *row)
{
    columns->column = laco_alloc(columns->ctx, row->count, sizeof *columns->column);
    if (!columns->column)
        return LACO_NO_MEMORY;
    for (; columns->count < row->count; columns->count++) {
        const laco_csv_field *field = &row->fields[columns->count];
        laco_column *column = &columns->column[columns->count];
        column->marks = LACO_MARK_POINT | LACO_MARK_COMMA;
        column->first_number = laco_decimal_marks(field->bytes, field->length) != 0;
        column->counts = column->whole = true;
        if (!(column->name = laco_copy_string(columns->ctx, field->bytes)))
            return LACO_NO_MEMORY;
    }
    return LACO_OK;
}

static void look_at(laco_column *column, const laco_csv_field *field)
{
    unsigned marks = laco_decimal_marks(field->bytes, field->length);
    double value = NAN;
    if (laco_field_missing(field->bytes, field->length)) {
        column->missing++;
        column->counts = false;
        return;
    }
    if (!marks) {
        column->texts++;
        column->counts = false;
        return;
    }
    column->marks &= marks;
    column->commas = column->commas || memchr(field->bytes, ',', field->length);
    laco_decimal_read(field->bytes, field->length, marks & LACO_MARK_POINT ? LACO_MARK_POINT : LACO_MARK_COMMA, &value);
    column->whole = column->whole && value == floor(value);
    column->counts =
        column->counts && (column->numbers == 0 ? value == 0 || value == 1 || column->first_number : value == column->last + 1);
    column->last = value;
    column->numbers++;
}

static laco_status take_row(void *user, const laco_csv_row *row)
{
    laco_columns *columns = user;
    int32_t number;
    if (!columns->column)
        return take_first(columns, row);
    if (columns->rows == LACO_COLUMNS_LOOKED_AT)
        return LACO_INTERRUPTED;
    for (size_t i = 0; i < row->count && i < columns->count; i++)
        look_at(&columns->column[i], &row->fields[i]);
    if (row->count == columns->count) {
        const laco_csv_field *last = &row->fields[row->count - 1];
        LACO_TRY(laco_strings_add(&columns->first_values, row->fields[0].bytes, row->fields[0].length, &number));
        LACO_TRY(laco_strings_add(&columns->last_values, last->bytes, last->length, &number));
    }
    columns->rows++;
    return LACO_OK;
}

laco_status laco_columns_look(laco_context *ctx, const laco_csv *csv, laco_columns *out)
{
    *out = (laco_columns){.ctx = ctx};
    laco_strings_init(&out->first_values, ctx);
    laco_strings_init(&out->last_values, ctx);
    laco_status status = laco_csv_read(ctx, csv, take_row, out);
    return status == LACO_INTERRUPTED ? LACO_OK : status;
}

void laco_columns_close(laco_columns *columns)
{
    if (!columns->ctx)
        return;
    for (size_t i = 0; i < columns->count; i++)
        laco_release(columns->ctx, columns->column[i].name);
    laco_release(columns->ctx, columns->column);
    laco_strings_free(&columns->first_values);
    laco_strings_free(&columns->last_values);
    *columns = (laco_columns){0};
}

bool laco_column_is_empty(const laco_column *column)
{
    return column->numbers == 0 && column->texts == 0 && column->missing > 0 && !*column->name;
}

bool laco_column_is_index(const laco_column *column)
{
    static const char *const names[] = {"", "Unnamed: 0", "index", "id", "row", "rownames"};
    bool named = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        named = named || strcasecmp(column->name, names[i]) == 0;
    return named && column->counts && column->numbers > 1;
}

bool laco_column_is_id(const laco_column *column)
{
    size_t length = strlen(column->name);
    bool named = strcasecmp(column->name, "id") == 0 || (length > 3 && strcasecmp(column->name + length - 3, "_id") == 0);
    return named && column->whole && column->numbers > 0 && column->texts == 0;
}
