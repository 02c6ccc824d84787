#include "base/utf8.h"

/* Bytes of the code point that begins here; 0: none does. */
static size_t point_size(const unsigned char *p, size_t size)
{
    unsigned lead = p[0];
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    size_t count = 2 + (size_t)(lead >= 0xe0) + (size_t)(lead >= 0xf0);
    unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80; /* the second byte's bounds */
    unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (size < count || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < count; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return count;
}

size_t laco_utf8_length(const char *text, size_t size)
{
    size_t i = 0;
    for (size_t step; i < size && (step = point_size((const unsigned char *)text + i, size - i)) > 0;)
        i += step;
    return i;
}
