#include "labelled/numbers.h"

#include "base/locale.h"
#include "base/grow.h"
#include "table/columns.h"
#include "table/decimal.h"
#include "table/idx.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- Numbers ----------------------------------------------------------------------------------------------------------- */

static void trim(const char **bytes, size_t *length)
{
    while (*length && laco_text_blank(*bytes, 1))
        ++*bytes, --*length;
    while (*length && laco_text_blank(*bytes + *length - 1, 1))
        --*length;
}

bool laco_number_parse(const char *bytes, size_t length, double *value)
{
    char text[128], *end;
    trim(&bytes, &length);
    if (length == 0 || length >= sizeof text)
        return false;
    memcpy(text, bytes, length);
    text[length] = 0;
    *value = strtod(text, &end);
    return end == text + length && !strpbrk(text, "xXpP(");
}

laco_status laco_number_take(laco_context *ctx, const char *name, size_t line, const char *place, size_t number,
                             const char *bytes, size_t length, laco_real *value)
{
    double parsed;
    if (laco_field_missing(bytes, length))
        return laco_fail(ctx, LACO_FORMAT, "%s:%zu: a value is missing in %s %zu ('%.*s'); fill it in first", name, line, place,
                         number, laco_text_cut(bytes, length, 40), bytes);
    if (!laco_number_parse(bytes, length, &parsed))
        return laco_fail(ctx, LACO_FORMAT, "%s:%zu: '%.*s' in %s %zu is not a number", name, line,
                         laco_text_cut(bytes, length, 40), bytes, place, number);
    *value = (laco_real)parsed;
    if (!isfinite(*value))
        return laco_fail(ctx, LACO_FORMAT, "%s:%zu: '%.*s' in %s %zu is too large", name, line, laco_text_cut(bytes, length, 40),
                         bytes, place, number);
    return LACO_OK;
}

laco_status laco_numbers_read_text(laco_labelled *data, laco_labelled_form form, const char *name, const char *bytes, size_t size)
{
    laco_locale plain;
    LACO_TRY(laco_locale_begin(data->ctx, &plain));
    laco_status status =
        form == LACO_FORM_TS ? laco_numbers_read_ts(data, name, bytes, size) : laco_numbers_read_table(data, name, bytes, size);
    laco_locale_end(&plain);
    return status;
}

/* ---- What a file holds -------------------------------------------------------------------------------------------------- */

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);
    return length >= tail && strcasecmp(name + length - tail, end) == 0;
}

/* A .ts file begins with lines of # and @. */
static bool is_ts(const char *bytes, size_t size)
{
    static const char first[] = "@problemname";
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line;
    for (size_t length; laco_lines_next(&lines, &line, &length);)
        if (!laco_text_blank(line, length) && line[0] != '#')
            return length >= sizeof first - 1 && strncasecmp(line, first, sizeof first - 1) == 0;
    return false;
}

/* A number with a decimal point or, where commas do not part fields, with a decimal comma. */
static bool is_number(const char *bytes, size_t length, char delimiter)
{
    char text[64];
    double value;
    if (laco_number_parse(bytes, length, &value))
        return true;
    trim(&bytes, &length);
    if (delimiter == ',' || length == 0 || length >= sizeof text)
        return false;
    memcpy(text, bytes, length);
    text[length] = 0;
    return laco_decimal_marks(text, length) != 0;
}

bool laco_numbers_mostly(const char *line, size_t length, char delimiter)
{
    size_t fields = 0, numbers = 0;
    const char *end = line + length, *stop;
    for (; (stop = memchr(line, delimiter, (size_t)(end - line))); line = stop + 1, fields++)
        numbers += is_number(line, (size_t)(stop - line), delimiter) || laco_field_missing(line, (size_t)(stop - line)) ||
                   laco_decimal_dressed(line, (size_t)(stop - line));
    return fields > 0 && 2 * numbers > fields;
}

static bool has_word(const char *line, size_t length, const char *word)
{
    for (size_t i = 0, size = strlen(word); i + size <= length; i++)
        if (memcmp(line + i, word, size) == 0)
            return true;
    return false;
}

/* A table of numbers shows in its first row, or in the second under a header that does not name a column of texts. */
static bool is_table_of_numbers(const laco_labelled *data, const char *bytes, size_t size)
{
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line;
    laco_csv csv;
    int seen = 0;
    bool label_first = false;
    if (laco_csv_open(data->ctx, "", bytes, size, false, &csv) < 0)
        return false;
    lines.at = csv.bytes;
    for (size_t length; seen < 2 && laco_lines_next(&lines, &line, &length);) {
        if (laco_text_blank(line, length))
            continue;
        const char *end = memchr(line, csv.delimiter, length);
        if (laco_numbers_mostly(line, length, csv.delimiter) ||
            (label_first && end && laco_numbers_mostly(end + 1, (size_t)(line + length - end) - 1, csv.delimiter)))
            return true;
        label_first = seen == 0 && end && laco_role_named(LACO_ROLE_LABEL, line, (size_t)(end - line));
        if (has_word(line, length, data->config.text_column ? data->config.text_column : "text"))
            return false;
        seen++;
    }
    return false;
}

/* Which field of a line is no number: the first, the last, or none. */
typedef enum word_place { WORD_NOWHERE, WORD_FIRST, WORD_LAST, WORD_WITHIN } word_place;

/* The fields of a line, all of which are numbers (by either decimal mark) but for one at an end. */
static size_t count_numbers(const char *line, size_t length, char delimiter, size_t *fractions, word_place *word)
{
    size_t count = 0;
    const char *end = line + length;
    *word = WORD_NOWHERE;
    for (const char *at = line, *stop; at <= end; at = stop + 1) {
        for (stop = at; stop < end && (delimiter ? *stop != delimiter : *stop != ' ' && *stop != '\t');)
            stop++;
        if (stop == at && !delimiter)
            continue;
        size_t bytes = (size_t)(stop - at);
        bool number = is_number(at, bytes, delimiter ? delimiter : ' ');
        *word = *word != WORD_NOWHERE && *word != WORD_FIRST ? WORD_WITHIN
                : number                                     ? *word
                : *word == WORD_FIRST                        ? WORD_WITHIN
                : count == 0                                 ? WORD_FIRST
                                                             : WORD_LAST;
        *fractions += number && (memchr(at, '.', bytes) || memchr(at, ',', bytes) || memchr(at, 'e', bytes));
        count++;
    }
    return count;
}

/* Is no field of a line, between white space or a delimiter, a number? */
static bool no_number(const char *line, size_t length, char delimiter)
{
    const char *end = line + length;
    for (const char *at = line, *stop; at <= end; at = stop + 1) {
        for (stop = at; stop < end && (delimiter ? *stop != delimiter : *stop != ' ' && *stop != '\t');)
            stop++;
        if (stop > at && is_number(at, (size_t)(stop - at), delimiter ? delimiter : ' '))
            return false;
    }
    return true;
}

/* Lines of nothing but numbers, as many in each and many: those of the UCR archive are between tabs, commas or spaces. A word at one
 * end of all lines is the label. A line of names may stand above them. */
static bool all_numbers(const char *bytes, size_t size)
{
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line;
    size_t seen = 0, fields = 0, fractions = 0;
    char delimiter = 0;
    word_place place = WORD_NOWHERE, word;
    size_t names = 0; /* in a header above the numbers */
    for (size_t length; seen < 20 && laco_lines_next(&lines, &line, &length);) {
        if (laco_text_blank(line, length))
            continue;
        if (seen == 0)
            delimiter = memchr(line, '\t', length) ? '\t' : memchr(line, ';', length) ? ';' : memchr(line, ',', length) ? ',' : 0;
        size_t count = count_numbers(line, length, delimiter, &fractions, &word);
        if (seen == 0 && names == 0 && count >= 3 && no_number(line, length, delimiter)) {
            names = count;
            continue;
        }
        place = seen == 0 ? word : place;
        if (count == 0 || (fields > 0 && count != fields) || word != place || word == WORD_WITHIN)
            return false;
        fields = count;
        seen++;
    }
    if (names > 0)
        return seen > 1 && fields == names;
    return seen > 1 && (fields >= 5 || (fields >= 3 && delimiter)) && (delimiter || 2 * fractions > seen * fields);
}

/* The archive's files of texts have names that end in TRAIN.tsv or TEST.txt. */
bool laco_numbers_of_archive(const char *name)
{
    static const char *const endings[] = {"_TRAIN.tsv", "_TEST.tsv", "_TRAIN.txt", "_TEST.txt", "_TRAIN", "_TEST"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends_with(name, endings[i]))
            return true;
    return false;
}

laco_labelled_form laco_numbers_form(const laco_labelled *data, laco_labelled_form form, const char *path, const char *bytes,
                                     size_t size)
{
    const laco_labelled_config *config = &data->config;
    bool asked = config->features > 0 || config->steps > 0 || config->kind == LACO_LABELLED_NUMBERS;
    if (form == LACO_FORM_ONE || config->kind == LACO_LABELLED_TEXT)
        return form;
    if (laco_idx_detect(bytes, size))
        return LACO_FORM_IDX;
    if (ends_with(path, ".ts") || is_ts(bytes, size))
        return LACO_FORM_TS;
    if (asked || (form == LACO_FORM_TABLE && !config->text_column && is_table_of_numbers(data, bytes, size)))
        return LACO_FORM_NUMBERS;
    if (form == LACO_FORM_LINES && config->separator == LACO_SEPARATOR_DEFAULT && all_numbers(bytes, size))
        return LACO_FORM_NUMBERS;
    return form;
}
