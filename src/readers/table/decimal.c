#include "table/decimal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 64

static bool read_plain(const char *text, size_t length, double *out)
{
    char *end;
    *out = strtod(text, &end);
    return length > 0 && !*end && strlen(text) == length && !strpbrk(text, "xXpP");
}

/* 1.234.567,8 without what stands between thousands, and with a point: one to three digits first, then groups of three. */
static bool without_groups(const char *text, char between, char decimal, char out[LONGEST])
{
    size_t used = 0, group = 0, groups = 0;
    const char *at = text + (*text == '-' || *text == '+');
    if (at > text)
        out[used++] = *text;
    bool zero_first = *at == '0';
    for (; *at && *at != decimal && !isalpha((unsigned char)*at); at++) {
        if (*at == between && (groups > 0 ? group != 3 : group < 1 || group > 3 || zero_first))
            return false;
        groups += *at == between;
        group = *at == between ? 0 : group + 1;
        if (*at != between)
            out[used++] = *at;
    }
    if (groups > 0 && group != 3)
        return false;
    for (; *at; at++)
        out[used++] = *at == decimal ? '.' : *at == '.' ? ',' : *at;
    out[used] = 0;
    return true;
}

bool laco_decimal_read(const char *text, size_t length, unsigned mark, double *out)
{
    char plain[LONGEST];
    bool comma = mark == LACO_MARK_COMMA;
    if (!strpbrk(text, comma ? ",." : ","))
        return read_plain(text, length, out);
    return length < LONGEST && strlen(text) == length && without_groups(text, comma ? '.' : ',', comma ? ',' : '.', plain) &&
           read_plain(plain, strlen(plain), out);
}

unsigned laco_decimal_marks(const char *text, size_t length)
{
    double value;
    return (laco_decimal_read(text, length, LACO_MARK_POINT, &value) ? LACO_MARK_POINT : 0u) |
           (laco_decimal_read(text, length, LACO_MARK_COMMA, &value) ? LACO_MARK_COMMA : 0u);
}
