/* PGM: "P5" (bytes) or "P2" (numbers as text), width, height, the number that stands for white, the pixels row by row. Between
 * the numbers of the header there is white space, and comments from # to the end of a line.
 * http://netpbm.sourceforge.net/doc/pgm.html */
#include "picture/picture.h"

typedef struct reader {
    laco_context *ctx;
    const char *name;
    const unsigned char *at, *end;
} reader;

static bool is_space(unsigned char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

static void skip_space(reader *r)
{
    while (r->at < r->end && (is_space(*r->at) || *r->at == '#')) {
        if (*r->at == '#')
            while (r->at < r->end && *r->at != '\n')
                r->at++;
        else
            r->at++;
    }
}

static laco_status take_number(reader *r, const char *what, size_t *out)
{
    size_t value = 0, digits = 0;
    skip_space(r);
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9' && digits < 10; r->at++, digits++)
        value = 10 * value + (size_t)(*r->at - '0');
    if (digits == 0 || digits == 10)
        return laco_fail(r->ctx, LACO_FORMAT,
                         r->at == r->end ? "%s: is cut short: its %s is missing" : "%s: its %s is not a number", r->name, what);
    *out = value;
    return LACO_OK;
}

/* One pixel: text, or one or two bytes. */
static laco_status take_pixel(reader *r, bool text, size_t white, size_t *out)
{
    size_t width = white > 255 ? 2 : 1;
    if (text)
        return take_number(r, "next pixel", out);
    if ((size_t)(r->end - r->at) < width)
        return laco_fail(r->ctx, LACO_FORMAT, "%s: is cut short: pixels are missing at its end", r->name);
    *out = width == 2 ? (size_t)r->at[0] << 8 | r->at[1] : r->at[0];
    r->at += width;
    return LACO_OK;
}

static laco_status take_header(reader *r, laco_picture *picture, size_t *white)
{
    LACO_TRY(take_number(r, "width", &picture->width));
    LACO_TRY(take_number(r, "height", &picture->height));
    LACO_TRY(take_number(r, "largest value", white));
    if (*white < 1 || *white > 65535)
        return laco_fail(r->ctx, LACO_FORMAT, "%s: its largest value is %zu; 1 … 65535 can be", r->name, *white);
    r->at += r->at < r->end; /* the one white space before the pixels */
    return LACO_OK;
}

laco_status laco_picture_read_pgm(laco_context *ctx, laco_arena *arena, const char *name, const char *bytes, size_t size,
                                  laco_picture *out)
{
    reader r = {.ctx = ctx, .name = name, .at = (const unsigned char *)bytes + 2, .end = (const unsigned char *)bytes + size};
    laco_picture picture = {0};
    size_t white, value;
    LACO_TRY(take_header(&r, &picture, &white));
    LACO_TRY(laco_picture_room(ctx, arena, name, &picture));
    for (size_t y = 0; y < picture.height; y++)
        for (size_t x = 0; x < picture.width; x++) {
            LACO_TRY(take_pixel(&r, bytes[1] == '2', white, &value));
            if (value > white)
                return laco_fail(ctx, LACO_FORMAT, "%s: a pixel is %zu, and its largest value %zu", name, value, white);
            picture.values[x * picture.height + y] = (laco_real)((double)value * 255.0 / (double)white);
        }
    *out = picture;
    return LACO_OK;
}
