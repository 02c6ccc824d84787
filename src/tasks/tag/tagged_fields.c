/* The fields of a line. */
#include "tag/tagged.h"

bool laco_tagged_field(const char **at, const char *end, bool tabs, const char **field, size_t *length)
{
    if (!*at)
        return false;
    const char *start = *at;
    while (!tabs && start < end && (*start == ' ' || *start == '\t'))
        start++;
    if (!tabs && start == end)
        return false;
    const char *stop = start;
    while (stop < end && *stop != '\t' && (tabs || *stop != ' '))
        stop++;
    *field = start;
    *length = (size_t)(stop - start);
    *at = stop < end ? stop + 1 : tabs ? NULL : end; /* a tab at the end opens an empty field */
    return true;
}

size_t laco_tagged_fields(const char *line, size_t length, bool tabs)
{
    const char *at = line, *field;
    size_t count = 0, bytes;
    while (laco_tagged_field(&at, line + length, tabs, &field, &bytes))
        count++;
    return count;
}

bool laco_tagged_field_at(const char *line, size_t length, bool tabs, size_t number, const char **field, size_t *bytes)
{
    const char *at = line;
    size_t count = 0;
    while (laco_tagged_field(&at, line + length, tabs, field, bytes))
        if (++count == number)
            return true;
    return number == 0 && count > 0;
}
