#include "picture/picture.h"

#include <string.h>

static bool is_png(const char *bytes, size_t size) { return size >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0; }
static bool is_pgm(const char *bytes, size_t size)
{
    return size >= 3 && bytes[0] == 'P' && (bytes[1] == '2' || bytes[1] == '5') && (strchr(" \t\r\n#", bytes[2]) && bytes[2]);
}

bool laco_picture_detect(const char *bytes, size_t size) { return is_png(bytes, size) || is_pgm(bytes, size); }

laco_status laco_picture_room(laco_context *ctx, laco_arena *arena, const char *name, laco_picture *out)
{
    size_t count;
    if (out->width == 0 || out->height == 0)
        return laco_fail(ctx, LACO_FORMAT, "%s: is a picture of %zu × %zu pixels", name, out->width, out->height);
    if (!laco_mul_fits(out->width, out->height, &count) || count > LACO_PICTURE_MOST)
        return laco_fail(ctx, LACO_FORMAT, "%s: has %zu × %zu pixels; at most %zu can be", name, out->width, out->height,
                         LACO_PICTURE_MOST);
    out->values = laco_arena_alloc(arena, count, sizeof *out->values);
    return out->values ? LACO_OK : LACO_NO_MEMORY;
}

laco_status laco_picture_read(laco_context *ctx, laco_arena *arena, const char *name, const char *bytes, size_t size,
                              laco_picture *out)
{
    if (is_png(bytes, size))
        return laco_picture_read_png(ctx, arena, name, bytes, size, out);
    if (is_pgm(bytes, size))
        return laco_picture_read_pgm(ctx, arena, name, bytes, size, out);
    return laco_fail(ctx, LACO_FORMAT, "%s: %s; PNG and PGM are read", name,
                     size == 0 ? "the file is empty" : "is not a picture");
}
