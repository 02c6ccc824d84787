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

/* ---- Numbers with signs and units ----------------------------------------------------------------------------------------- */

/* The bytes of a space or an apostrophe between thousands: 1 234, 1'234, with a no-break space; 0: none is there. */
static size_t between_thousands(const char *at, const char *end)
{
    static const char *const marks[] = {" ", "'", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89", "\xE2\x80\x99"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t size = strlen(marks[i]);
        if ((size_t)(end - at) >= size && memcmp(at, marks[i], size) == 0)
            return size;
    }
    return 0;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* From the first digit to the last: digits and marks, behind spaces and apostrophes three digits. */
static bool is_core(const char *at, const char *end, bool *grouped)
{
    *grouped = false;
    while (at < end) {
        size_t mark = between_thousands(at, end);
        if (mark && (end - at < (ptrdiff_t)mark + 3 || !is_digit(at[mark]) || !is_digit(at[mark + 1]) || !is_digit(at[mark + 2])))
            return false;
        *grouped = *grouped || mark;
        if (!mark && !is_digit(*at) && *at != '.' && *at != ',')
            return false;
        at += mark ? mark : 1;
    }
    return true;
}

/* Currencies and brackets before a number; a sign of percent, a currency, or a unit of few letters behind it. */
static bool is_before(const char *text, size_t length)
{
    bool sign = length == 0;
    for (size_t i = 0; i < length; i++) {
        bool letter = isalpha((unsigned char)text[i]);
        sign = sign || text[i] == '$' || text[i] == '(' || text[i] == '~' || text[i] == '<' || text[i] == '>' ||
               (signed char)text[i] < 0 || text[i] == '-' || text[i] == '+';
        if (!letter && text[i] != ' ' && !sign)
            return false;
    }
    return sign && length <= 6;
}

static bool is_behind(const char *text, size_t length)
{
    return length == 0 || (length <= 8 && (strchr("%$)-*", *text) || (signed char)*text < 0 || *text == ' ' ||
                                           (length == 1 && strchr("KMBk", *text))));
}

bool laco_decimal_dressed(const char *text, size_t length)
{
    const char *at = text, *end = text + length;
    bool grouped;
    while (at < end && !is_digit(*at))
        at++;
    while (end > at && !is_digit(end[-1]))
        end--;
    size_t before = (size_t)(at - text), behind = (size_t)(text + length - end);
    return at < end && is_before(text, before) && is_behind(end, behind) && is_core(at, end, &grouped) &&
           (before || behind || grouped);
}
