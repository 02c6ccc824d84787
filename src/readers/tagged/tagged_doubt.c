/* Files of tagged words in forms that are not read, or would be read wrongly: what makes such of them as are. */
#include "tagged/tagged_read.h"

#include "base/content.h"
#include "table/columns.h"
#include "table/csv.h"

#include <string.h>
#include <strings.h>

#define LOOKED_AT 200 /* lines */
#define SHOWN 60

/* ---- word/TAG word/TAG ---------------------------------------------------------------------------------------------------- */

/* Has every field of a line, between white space, this mark within? */
static bool all_joined(const char *line, size_t length, char mark)
{
    const char *at = line, *field;
    size_t bytes;
    while (laco_tagged_field(&at, line + length, false, &field, &bytes))
        if (bytes < 3 || field[bytes - 1] == mark || !memchr(field + 1, mark, bytes - 2))
            return false;
    return true;
}

static laco_status fail_joined(laco_context *ctx, const char *name, char mark, bool one_each)
{
    if (one_each)
        return laco_fail(ctx, LACO_FORMAT,
                         "%s: words and tags are joined, as in word%cTAG; a tab between them is right: sed -E "
                         "'s,[%c]([^%c]+)$,\\t\\1,' %s",
                         name, mark, mark, mark, laco_name_in_command(name));
    return laco_fail(ctx, LACO_FORMAT,
                     "%s: words and tags are joined, as in word%cTAG; a word, a tab and its tag in each line is right: sed -E "
                     "'s,^[ \\t]+,,; s,[%c]([^%c \\t]+)([ \\t]+|$),\\t\\1\\n,g' %s",
                     name, mark, mark, mark, laco_name_in_command(name));
}

static laco_status refuse_joined(laco_context *ctx, const char *name, const char *bytes, size_t size)
{
    for (const char *mark = "/_|"; *mark; mark++) {
        laco_lines lines = {.at = bytes, .end = bytes + size};
        const char *line;
        size_t seen = 0;
        bool joined = true, columns = true, one_each = true;
        for (size_t length; joined && seen < LOOKED_AT && laco_lines_next(&lines, &line, &length);) {
            if (laco_text_blank(line, length))
                continue;
            seen++;
            joined = all_joined(line, length, *mark);
            columns = columns && laco_tagged_fields(line, length, true) == 2;
            one_each = one_each && laco_tagged_fields(line, length, false) == 1;
        }
        if (seen > 0 && joined && !columns)
            return fail_joined(ctx, name, *mark, one_each);
    }
    return LACO_OK;
}

/* ---- Tables --------------------------------------------------------------------------------------------------------------- */

/* Does a header between such marks name a column of words or of tags? Quotes may stand around the names. */
static bool header_names(const char *line, size_t length, char mark, laco_column_role role)
{
    const char *end = line + length, *next;
    for (; line <= end; line = next + 1) {
        next = memchr(line, mark, (size_t)(end - line));
        next = next ? next : end;
        size_t quoted = next - line > 2 && *line == '"' && next[-1] == '"';
        if (laco_role_named(role, line + quoted, (size_t)(next - line) - 2 * quoted))
            return true;
    }
    return false;
}

/* A first line word,tag: tags of sentences stand in no table. */
static laco_status refuse_table(laco_context *ctx, const char *name, const char *line, size_t length)
{
    for (const char *mark = ",;"; *mark; mark++)
        if (!memchr(line, '\t', length) && header_names(line, length, *mark, LACO_ROLE_WORD) &&
            header_names(line, length, *mark, LACO_ROLE_TAG))
            return laco_fail(
                ctx, LACO_FORMAT,
                "%s:1: is a table between %s; tabs between columns, and a blank line behind each sentence, are right: "
                "%s < %s",
                name, *mark == ',' ? "commas" : "semicolons", *mark == ',' ? LACO_CSV_TO_TABS : "tr ';' '\\t'",
                laco_name_in_command(name));
    return LACO_OK;
}

static bool says_sentence(const char *field, size_t length)
{
    for (size_t i = 0; i + 4 <= length; i++)
        if (strncasecmp(field + i, "sent", 4) == 0)
            return true;
    return false;
}

/* The column whose name says that it tells sentences apart; 0: none. */
static size_t sentence_column(const char *line, size_t length, bool tabs)
{
    const char *at = line, *field;
    size_t bytes, count = 0;
    while (laco_tagged_field(&at, line + length, tabs, &field, &bytes))
        if (++count && says_sentence(field, bytes) && !laco_role_named(LACO_ROLE_WORD, field, bytes))
            return count;
    return 0;
}

/* Does a blank line stand between two that are not? */
static bool has_blank_line(laco_lines lines)
{
    const char *line;
    bool begun = false, blank = false;
    for (size_t length; laco_lines_next(&lines, &line, &length);) {
        bool here = laco_text_blank(line, length);
        if (begun && blank && !here)
            return true;
        blank = here && begun;
        begun = begun || !here;
    }
    return false;
}

laco_status laco_tagged_sentences_doubt(laco_context *ctx, const char *name, const char *bytes, size_t size, bool tabs,
                                        const laco_tagged_layout *layout)
{
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line;
    size_t length;
    while (laco_lines_next(&lines, &line, &length) && line != layout->first)
        ;
    size_t column = layout->header ? sentence_column(line, length, tabs) : 0;
    if (column == 0 || has_blank_line(lines))
        return LACO_OK;
    return laco_fail(
        ctx, LACO_FORMAT,
        "%s: column %zu tells sentences apart, and no blank line does; put such there: awk %s'NR > 1 && $%zu != \"\" && $%zu "
        "!= s { s = $%zu; print \"\" } { print }' %s",
        name, column, tabs ? "-F'\\t' " : "", column, column, column, laco_name_in_command(name));
}

/* ---- Lists ---------------------------------------------------------------------------------------------------------------- */

static bool is_list(const char *text, size_t length) { return length > 1 && *text == '[' && text[length - 1] == ']'; }

/* ['a', 'b']<TAB>[0, 1], as Python prints. */
static laco_status refuse_lists(laco_context *ctx, const char *name, size_t number, const char *line, size_t length)
{
    const char *tab = memchr(line, '\t', length);
    if (!tab || !is_list(line, (size_t)(tab - line)) || !is_list(tab + 1, (size_t)(line + length - tab) - 1))
        return LACO_OK;
    return laco_fail(ctx, LACO_FORMAT,
                     "%s:%zu: lists as Python prints them; spaces between words, a tab and spaces between tags are right: "
                     "' '.join(words) + '\\t' + ' '.join(map(str, tags))",
                     name, number);
}

/* ---- All of it ------------------------------------------------------------------------------------------------------------ */

laco_status laco_tagged_doubt(laco_context *ctx, const char *name, const char *bytes, size_t size)
{
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line;
    for (size_t length; lines.number < 2 && laco_lines_next(&lines, &line, &length);) {
        if (lines.number == 1)
            LACO_TRY(refuse_table(ctx, name, line, length));
        LACO_TRY(refuse_lists(ctx, name, lines.number, line, length));
    }
    return refuse_joined(ctx, name, bytes, size);
}

/* ---- Several tags at one word --------------------------------------------------------------------------------------------- */

typedef struct tag_part {
    const char *text;
    size_t length;
} tag_part;

static bool is_entity(tag_part part)
{
    return (part.length == 1 && *part.text == 'O') ||
           (part.length > 2 && strchr("BILUES", *part.text) && (part.text[1] == '-' || part.text[1] == '_'));
}

/* The first two parts of a tag between such marks, where all its parts are entities, or (`alone`) tags of their own. */
static bool take_parts(const laco_tagged *data, const char *tag, char mark, bool alone, tag_part shown[2])
{
    size_t count = 0;
    for (const char *at = tag, *next; at; at = next, count++) {
        const char *end = strchr(at, mark);
        tag_part part = {at, end ? (size_t)(end - at) : strlen(at)};
        next = end ? end + 1 : NULL;
        if (part.length == 0 || (alone ? laco_strings_find(&data->labels, at, part.length) < 0 : !is_entity(part)))
            return false;
        if (count < 2)
            shown[count] = part;
    }
    return count > 1;
}

laco_status laco_tagged_tags_doubt(laco_tagged *data, const char *name)
{
    bool doubted = false;
    for (size_t i = 0; i < data->labels.count && !data->config.labels && !data->config.untagged; i++) {
        const char *tag = laco_strings_get(&data->labels, (int32_t)i, NULL);
        tag_part part[2];
        for (const char *mark = "|,;/"; *mark; mark++) {
            if (take_parts(data, tag, *mark, false, part))
                return laco_fail(
                    data->ctx, LACO_FORMAT,
                    "%s: the tag \"%.*s\" is two, \"%.*s\" and \"%.*s\"; a word has one tag: keep one of them, or make a "
                    "file and a model for each",
                    name, laco_text_cut(tag, strlen(tag), SHOWN), tag, laco_text_cut(part[0].text, part[0].length, SHOWN),
                    part[0].text, laco_text_cut(part[1].text, part[1].length, SHOWN), part[1].text);
            if (doubted || !take_parts(data, tag, *mark, true, part))
                continue;
            doubted = true;
            LACO_TRY(laco_notes_add(
                &data->notes, LACO_NOTE_DOUBT, "joined", "\"%.*s\" is learned as a tag beside \"%.*s\" and \"%.*s\"",
                laco_text_cut(tag, strlen(tag), SHOWN), tag, laco_text_cut(part[0].text, part[0].length, SHOWN), part[0].text,
                laco_text_cut(part[1].text, part[1].length, SHOWN), part[1].text));
        }
    }
    return LACO_OK;
}
