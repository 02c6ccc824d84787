#include "table/head.h"

#include "base/content.h"

#include <string.h>

#define FEWEST_QUOTED 5 /* lines in which quotes around all fields are no chance */

/* Does a line below the first that does not begin with # begin with it? Then it is a sign like others. */
static bool hashes_below(const laco_head *head)
{
    laco_lines lines = head->lines;
    const char *line;
    bool past = false;
    for (size_t length; laco_lines_next(&lines, &line, &length);) {
        if (past && length > 0 && *line == '#')
            return true;
        past = past || (!laco_text_blank(line, length) && *line != '#');
    }
    return false;
}

/* A first line with a sign of comments and two columns. */
static laco_status doubt(laco_head *head, const char *line, size_t number)
{
    if (hashes_below(head))
        return LACO_OK;
    if (strchr(" #!", line[1]))
        return laco_fail(head->ctx, LACO_FORMAT,
                         "%s:%zu: begins with # and may be a comment, though it has two columns; take it away, or, where it is "
                         "data, move it below another line",
                         head->name, number);
    return laco_notes_add(head->notes, LACO_NOTE_DOUBT, "comment",
                          "line %zu begins with #, as no other does, and is learned like others", number);
}

static laco_status look_above(laco_head *head, const char *line, size_t length, size_t number, bool *columns)
{
    size_t signs = 0;
    while (signs < length && *line == '#' && strchr("# ", line[signs]))
        signs++;
    if (laco_role_header(head->first, head->second, head->mark, line + signs, length - signs)) {
        head->header = (laco_header){line, length};
        head->past = true;
        return laco_notes_add(head->notes, LACO_NOTE_TAKEN, "header", "header in line %zu", number);
    }
    if (laco_role_header(head->second, head->first, head->mark, line + signs, length - signs)) {
        head->header = (laco_header){line, length};
        head->past = true;
        return laco_notes_add(head->notes, LACO_NOTE_DOUBT, "header",
                              "the header in line %zu, \"%.*s\", has the two columns the other way round: is that meant?", number,
                              laco_text_cut(line, length, 60), line);
    }
    bool comment = signs > 0 && !laco_find_mark(line, length, head->mark), first = comment && !head->comments;
    head->past = *columns = !comment;
    head->comments = head->comments || comment;
    if (first)
        return laco_notes_add(head->notes, LACO_NOTE_TAKEN, "comments", "comments above them are passed over");
    return signs > 0 && !comment ? doubt(head, line, number) : LACO_OK;
}

laco_status laco_head_look(laco_head *head, const char *line, size_t length, size_t number, bool *columns)
{
    *columns = false;
    const char *end = memchr(line, '\r', length);
    if (end && laco_find_mark(end, (size_t)(line + length - end), head->mark))
        return laco_fail(
            head->ctx, LACO_FORMAT,
            "%s:%zu: byte %zu ends a line as on old Macs, which others here do not; one end for all is right: tr '\\r' "
            "'\\n' < %s",
            head->name, number, (size_t)(end - line) + 1, laco_name_in_command(head->name));
    if (!head->past)
        return look_above(head, line, length, number, columns);
    if (laco_is_header(&head->header, line, length))
        return laco_header_again(head->ctx, head->name, number);
    *columns = true;
    return LACO_OK;
}

/* ---- Quotes ----------------------------------------------------------------------------------------------------------------- */

/* Two fields at least, "a"<TAB>"b". */
static bool all_quoted(const char *line, size_t length)
{
    const char *end = line + length, *tab;
    size_t fields = 0;
    for (; line <= end; line = tab + 1, fields++) {
        tab = memchr(line, '\t', (size_t)(end - line));
        tab = tab ? tab : end;
        if (tab - line < 2 || *line != '"' || tab[-1] != '"')
            return false;
    }
    return fields > 1;
}

laco_status laco_quotes_refuse(laco_context *ctx, const char *name, const char *bytes, size_t size)
{
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line;
    size_t seen = 0;
    for (size_t length; laco_lines_next(&lines, &line, &length); seen += length > 0)
        if (length > 0 && !all_quoted(line, length))
            return LACO_OK;
    if (seen < FEWEST_QUOTED)
        return LACO_OK;
    return laco_fail(ctx, LACO_FORMAT,
                     "%s: quotes around all fields, which would be learned as letters; take them away: sed "
                     "'s/\"\\([^\\t]*\\)\"/\\1/g; s/\"\"/\"/g' %s",
                     name, laco_name_in_command(name));
}
