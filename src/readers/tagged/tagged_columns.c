/* Which column holds the words, and which lines hold none. */
#include "tagged/tagged_read.h"

#include "table/columns.h"

#include <string.h>

#define LOOKED_AT 200 /* lines */

/* "# id 6f1 …", "# text = …": a comment by what it says. */
static bool says_comment(const char *line, size_t length)
{
    size_t i = 1, key;
    while (i < length && (line[i] == ' ' || line[i] == '\t'))
        i++;
    key = i;
    while (i < length && line[i] != ' ' && line[i] != '\t' && line[i] != '=')
        i++;
    if (i == 1 || key == 1)
        return false;
    if (i - key == 2 && memcmp(line + key, "id", 2) == 0)
        return true;
    while (i < length && line[i] == ' ')
        i++;
    return i < length && line[i] == '=';
}

bool laco_tagged_is_comment(const char *line, size_t length, bool tabs, size_t fields)
{
    if (length == 0 || *line != '#')
        return false;
    return says_comment(line, length) || (fields > 1 && laco_tagged_fields(line, length, tabs) != fields);
}

/* The first field of a line that has such a part by its name, from 1; 0: none. */
static size_t find_role(const char *line, size_t length, bool tabs, laco_column_role role, size_t from)
{
    const char *at = line, *field;
    size_t count = 0, bytes;
    while (laco_tagged_field(&at, line + length, tabs, &field, &bytes))
        if (++count >= from && laco_role_named(role, field, bytes))
            return count;
    return 0;
}

/* A first line "word … tag". */
static bool take_header(laco_tagged_layout *layout, const char *line, size_t length, bool tabs)
{
    size_t word = find_role(line, length, tabs, LACO_ROLE_WORD, 1),
           tag = word ? find_role(line, length, tabs, LACO_ROLE_TAG, word + 1) : 0, last = tag;
    for (size_t next = tag; next; next = find_role(line, length, tabs, LACO_ROLE_TAG, next + 1))
        last = next;
    if (!tag)
        return false;
    layout->header = true;
    layout->word = word;
    layout->tag = last == layout->fields ? 0 : last;
    return true;
}

static bool is_whole(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] < '0' || bytes[i] > '9')
            return false;
    return length > 0;
}

laco_tagged_layout laco_tagged_look(const char *bytes, size_t size, bool tabs, bool untagged)
{
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line, *field;
    size_t length, of, seen = 0, numbers = 0, letters = 0;
    laco_tagged_layout layout = {.word = 1};
    while (seen < LOOKED_AT && laco_lines_next(&lines, &line, &length)) {
        if (laco_text_blank(line, length) || laco_tagged_is_document(line, length) || *line == '#')
            continue;
        if (seen == 0) {
            layout.fields = laco_tagged_fields(line, length, tabs);
            layout.first = line;
            if (take_header(&layout, line, length, tabs)) {
                seen = 1;
                continue;
            }
        }
        seen++;
        numbers += laco_tagged_field_at(line, length, tabs, 1, &field, &of) && is_whole(field, of);
        letters += laco_tagged_field_at(line, length, tabs, 2, &field, &of) && !is_whole(field, of);
    }
    /* Numbers of tokens or of sentences before the words. */
    if (!layout.header && seen > 2 && numbers == seen && 2 * letters > seen && layout.fields >= (untagged ? 2u : 3u))
        layout.word = 2;
    return layout;
}
