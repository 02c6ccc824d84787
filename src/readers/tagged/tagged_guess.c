/* Which form is a text in? */
#include "tagged/tagged_read.h"

#include <string.h>
#include <strings.h>

#define GUESS_LINES 200 /* that are looked at */

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);
    return length >= tail && strcasecmp(name + length - tail, end) == 0;
}

bool laco_tagged_is_document(const char *line, size_t length) { return length >= 10 && memcmp(line, "-DOCSTART-", 10) == 0; }

static bool is_conllu_line(const char *line, size_t length)
{
    return length > 0 && *line >= '0' && *line <= '9' && laco_tagged_fields(line, length, true) == LACO_CONLLU_COLUMNS;
}

static bool holds_space(const char *line, size_t length, size_t column)
{
    const char *field;
    size_t bytes;
    return laco_tagged_field_at(line, length, true, column, &field, &bytes) && memchr(field, ' ', bytes);
}

static bool ends_in_tag(const char *line, size_t length, const char *const *tags)
{
    const char *field;
    size_t bytes;
    if (laco_tagged_fields(line, length, false) < 2 || !laco_tagged_field_at(line, length, false, 0, &field, &bytes))
        return false;
    for (; *tags; tags++)
        if (strlen(*tags) == bytes && memcmp(*tags, field, bytes) == 0)
            return true;
    return false;
}

laco_tagged_form laco_tagged_guess(const char *name, const char *bytes, size_t size, const char *const *tags)
{
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line;
    size_t length, seen = 0;
    bool tabs = true, all_tagged = true;
    if (ends_with(name, ".conllu"))
        return LACO_TAGGED_CONLLU;
    while (seen < GUESS_LINES && laco_lines_next(&lines, &line, &length)) {
        if (is_conllu_line(line, length))
            return LACO_TAGGED_CONLLU;
        if (laco_text_blank(line, length) || *line == '#' || laco_tagged_is_document(line, length))
            continue;
        seen++;
        tabs = tabs && memchr(line, '\t', length);
        all_tagged = all_tagged && tags && ends_in_tag(line, length, tags);
        if (laco_tagged_fields(line, length, true) == 2 && holds_space(line, length, 1) && holds_space(line, length, 2))
            return LACO_TAGGED_LINES;
    }
    if (seen > 0 && tabs)
        return LACO_TAGGED_TSV;
    bool named = ends_with(name, ".conll") || ends_with(name, ".iob") || ends_with(name, ".iob2") || ends_with(name, ".bio");
    return !tags || named || (seen > 0 && all_tagged) ? LACO_TAGGED_COLUMNS : LACO_TAGGED_TEXT;
}
