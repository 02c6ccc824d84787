/* A library without libpng: PNG is refused; PGM and IDX are as good as ever. */
#include "picture/picture.h"

laco_status laco_picture_read_png(laco_context *ctx, laco_arena *arena, const char *name, const char *bytes, size_t size,
                                  laco_picture *out)
{
    (void)arena, (void)bytes, (void)size, (void)out;
    return laco_fail(ctx, LACO_FORMAT, "%s: this laco was built without PNG (-Dpicture=enabled): it reads PGM and IDX", name);
}
