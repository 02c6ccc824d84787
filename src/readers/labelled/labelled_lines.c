/* Lines of label<TAB>text, or of the texts of one label. */
#include "labelled/labelled_read.h"

#include "base/content.h"
#include "table/head.h"

#include <string.h>

#define FASTTEXT_LABEL "__label__"
#define LOOKED_AT 200 /* lines, for columns */

static bool is_fasttext_label(const char *text, size_t length)
{
    return length > sizeof FASTTEXT_LABEL - 1 && memcmp(text, FASTTEXT_LABEL, sizeof FASTTEXT_LABEL - 1) == 0;
}

/* What stands between label and text: a tab; but a space where all lines begin with a label of fastText and a space, or where no
 * line has a tab and the lines begin with few different words. */
static laco_status guess_separator(laco_context *ctx, const char *bytes, size_t size, char *out)
{
    laco_lines lines = {.at = bytes, .end = bytes + size};
    laco_strings labels;
    const char *line;
    size_t count = 0;
    int32_t number;
    laco_status status = LACO_OK;
    bool spaces = true, fasttext = true, tabs = memchr(bytes, '\t', size) != NULL;
    laco_strings_init(&labels, ctx);
    for (size_t length; spaces && status == LACO_OK && laco_lines_next(&lines, &line, &length);) {
        const char *space = memchr(line, ' ', length);
        if (laco_text_blank(line, length))
            continue;
        fasttext =
            fasttext && space && is_fasttext_label(line, (size_t)(space - line)) && !memchr(line, '\t', (size_t)(space - line));
        spaces = space && space > line && (fasttext || (!tabs && !memchr(line, ',', (size_t)(space - line))));
        if (spaces)
            status = laco_strings_add(&labels, line, (size_t)(space - line), &number);
        count++;
    }
    *out = spaces && count > 0 && (fasttext || (count >= 4 && labels.count * 2 <= count)) ? ' ' : '\t';
    laco_strings_free(&labels);
    return status;
}

/* The first label of fastText within a text, at its front or behind a space; NULL: none. */
static const char *find_label(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((i == 0 || strchr(" \t,;|", text[i - 1])) && is_fasttext_label(text + i, length - i))
            return text + i;
    return NULL;
}

/* A line of fastText may have several labels, anywhere, which would tell the answer as words of the text. */
static laco_status check_one_label(laco_context *ctx, const char *name, size_t number, const char *line, size_t length,
                                   size_t label)
{
    bool first = is_fasttext_label(line, label);
    size_t skipped = first ? sizeof FASTTEXT_LABEL - 1 : 0;
    const char *other = find_label(line + skipped, length - skipped), *end = line + length;
    for (size_t i = skipped; first && !other && i < label; i++) /* __label__a__label__b */
        other = is_fasttext_label(line + i, label - i) ? line + i : NULL;
    if (!other)
        return LACO_OK;
    size_t shown = 0, own = LACO_MIN(label, (size_t)(other - line));
    while (other + shown < end && !strchr(" \t,;|", other[shown]))
        shown++;
    if (!first)
        return laco_fail(ctx, LACO_FORMAT, "%s:%zu: %.*s stands within the text; a label is the first word of its line", name,
                         number, laco_text_cut(other, shown, 60), other);
    return laco_fail(ctx, LACO_FORMAT, "%s:%zu: two labels, %.*s and %.*s; a classifier learns one for each text", name, number,
                     laco_text_cut(line, own, 60), line, laco_text_cut(other, shown, 60), other);
}

/* Lines of numbered features, as LIBSVM (1 3:0.5) and Vowpal Wabbit (1 |f a:1) have them, are no texts. */
static bool is_numbered(const char *text, size_t length)
{
    size_t digits = 0;
    while (digits < length && text[digits] >= '0' && text[digits] <= '9')
        digits++;
    bool numbered = digits > 0 && digits + 1 < length && text[digits] == ':' && strchr("-+.0123456789", text[digits + 1]);
    return numbered || (length > 2 && text[0] == '|' && text[1] != ' ' && text[1] != '|');
}

/* A line without what should stand between label and text, and what it may be instead. */
static laco_status wrong_line(laco_context *ctx, const char *name, const laco_lines *lines, char separator, const char *line,
                              size_t length)
{
    const char *hint = "";
    if (separator == '\t' && memchr(line, ',', length))
        hint = "; a table between commas is read where its name ends in .csv, or with --text and --label";
    else if (separator == '\t' && memchr(line, '|', length))
        hint = "; where columns are between bars, put tabs in their place: tr '|' '\\t'";
    return laco_fail(ctx, LACO_FORMAT, "%s:%zu: no %s in this line; it should be label%stext%s", name, lines->number,
                     separator == '\t' ? "tab" : "space", separator == '\t' ? "<TAB>" : " ", hint);
}

static laco_status take_line(laco_labelled *data, const char *name, const laco_lines *lines, char separator, const char *line,
                             size_t length)
{
    const char *tab = memchr(line, separator, length);
    if (!tab)
        return wrong_line(data->ctx, name, lines, separator, line, length);
    size_t label = (size_t)(tab - line);
    if (*line == '"' && is_fasttext_label(line + 1, label - 1))
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: quotes around the line, as pandas puts them; take them away: %s", name,
                         lines->number, "sed 's/^\"\\(.*\\)\"$/\\1/; s/\"\"/\"/g'");
    LACO_TRY(check_one_label(data->ctx, name, lines->number, line, length, label));
    if (lines->number == 1 && separator == ' ' && is_numbered(tab + 1, length - label - 1))
        return laco_fail(
            data->ctx, LACO_FORMAT,
            "%s:1: numbered features, as in LIBSVM and Vowpal Wabbit, are not read; a table of numbers is: a row for each "
            "example, all its values and its label",
            name);
    return laco_labelled_add(data, lines->number, line, label, tab + 1, length - label - 1);
}

/* Tabs that were written as a backslash and a letter, as echo does. */
static laco_status check_tabs(laco_context *ctx, const char *name, const char *bytes, size_t size)
{
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line;
    size_t seen = 0;
    for (size_t length; laco_lines_next(&lines, &line, &length);) {
        if (laco_text_blank(line, length) && !memchr(line, '\t', length))
            continue;
        if (memchr(line, '\t', length) || !laco_find_mark(line, length, "\\t"))
            return LACO_OK;
        seen++;
    }
    return seen == 0 ? LACO_OK
                     : laco_fail(ctx, LACO_FORMAT,
                                 "%s:1: a backslash and a letter stand where a tab should; label<TAB>text is right: sed "
                                 "'s/\\\\t/\\t/g' %s",
                                 name, laco_name_in_command(name));
}

/* Lines of another form, which would be taken apart at the wrong place: bars, or more columns than two. */
static laco_status check_columns(laco_context *ctx, const char *name, char separator, const char *bytes, size_t size)
{
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line;
    size_t seen = 0, tabs = 0, barred = 0, halved = 0;
    for (size_t length; seen < LOOKED_AT && laco_lines_next(&lines, &line, &length);) {
        size_t count = 0;
        if (laco_text_blank(line, length))
            continue;
        for (size_t i = 0; i < length; i++)
            count += line[i] == '\t';
        tabs = seen++ > 0 && count != tabs ? 0 : count;
        const char *space = memchr(line, ' ', length);
        if (space && is_numbered(space + 1, (size_t)(line + length - space) - 1))
            return LACO_OK;
        const char *half = memchr(line, ';', length);
        barred += memchr(line, '|', length) != NULL;
        halved += half && half > line && !memchr(half + 1, ';', (size_t)(line + length - half) - 1);
        if (separator == '\t' ? tabs < 2 : barred < seen && halved < seen)
            return LACO_OK;
    }
    if (seen < 5)
        return LACO_OK;
    if (separator == '\t')
        return laco_fail(ctx, LACO_FORMAT, "%s: each line has %zu columns between tabs; say which, as --label 1 --text 2", name,
                         tabs + 1);
    return laco_fail(ctx, LACO_FORMAT, "%s: columns between %s; label<TAB>text is right: tr '%s' '\\t'%s", name,
                     barred == seen ? "bars" : "semicolons", barred == seen ? "|" : ";",
                     barred == seen ? "" : ", and where the text comes first awk -F';' '{ print $2 \"\\t\" $1 }'");
}

static laco_status read_texts(laco_labelled *data, const char *label, laco_lines *lines)
{
    const char *line;
    LACO_TRY(laco_notes_add(&data->notes, LACO_NOTE_TAKEN, "form", "files of texts, one a line, the label their name"));
    for (size_t length; laco_lines_next(lines, &line, &length);)
        if (!laco_text_blank(line, length))
            LACO_TRY(laco_labelled_add(data, lines->number, label, strlen(label), line, length));
    return LACO_OK;
}

static laco_status read_columns(laco_labelled *data, const char *name, char separator, laco_lines *lines)
{
    laco_head head = {.ctx = data->ctx,
                      .name = name,
                      .notes = &data->notes,
                      .first = LACO_ROLE_LABEL,
                      .second = LACO_ROLE_TEXT,
                      .mark = separator == '\t' ? "\t" : " ",
                      .lines = *lines,
                      .past = lines->number > 0};
    const char *line;
    bool columns;
    LACO_TRY(laco_notes_add(&data->notes, LACO_NOTE_TAKEN, "form",
                            separator == '\t' ? "lines of label<TAB>text" : "lines of a label, a space and a text"));
    for (size_t length; laco_lines_next(lines, &line, &length);) {
        if (laco_text_blank(line, length) && !memchr(line, separator, length))
            continue;
        LACO_TRY(laco_head_look(&head, line, length, lines->number, &columns));
        if (columns)
            LACO_TRY(take_line(data, name, lines, separator, line, length));
    }
    return LACO_OK;
}

laco_status laco_labelled_read_lines(laco_labelled *data, const char *name, const char *only_label, const char *bytes,
                                     size_t size)
{
    laco_lines lines = {.at = bytes, .end = bytes + size, .number = laco_lines_before(data->config.first_line)};
    laco_separator asked = data->config.separator;
    char separator = asked == LACO_SEPARATOR_SPACE ? ' ' : asked == LACO_SEPARATOR_TAB ? '\t' : 0;
    if (only_label)
        return read_texts(data, only_label, &lines);
    if (!separator && !data->config.labels)
        LACO_TRY(check_tabs(data->ctx, name, bytes, size));
    if (!separator)
        LACO_TRY(guess_separator(data->ctx, bytes, size, &separator));
    if (separator == '\t')
        LACO_TRY(laco_quotes_refuse(data->ctx, name, bytes, size));
    if (!asked && !data->config.labels)
        LACO_TRY(check_columns(data->ctx, name, separator, bytes, size));
    return read_columns(data, name, separator, &lines);
}
