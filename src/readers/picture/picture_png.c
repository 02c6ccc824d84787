/* PNG through libpng. Its errors come by longjmp: everything that must survive one lies in a struct of its own. */
#include "picture/picture.h"

#include <png.h>
#include <setjmp.h>
#include <string.h>

typedef struct decoder {
    laco_context *ctx;
    laco_arena *arena;
    const char *name;
    const char *bytes; /* what is left */
    size_t size;
    laco_status status; /* of our own functions that libpng calls */
    png_structp png;
    png_infop info;
    png_bytep pixels; /* [height][width][4] */
    png_bytepp rows;
    laco_picture picture;
} decoder;

static void on_error(png_structp png, png_const_charp message)
{
    decoder *d = png_get_error_ptr(png);
    if (d->status == LACO_OK)
        d->status = laco_fail(d->ctx, LACO_FORMAT, "%s: is not a whole PNG file: %s", d->name, message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) { (void)png, (void)message; }

static png_voidp take_memory(png_structp png, png_alloc_size_t size)
{
    decoder *d = png_get_mem_ptr(png);
    void *block = laco_alloc(d->ctx, size, 1);
    if (!block)
        d->status = LACO_NO_MEMORY;
    return block;
}

static void give_memory(png_structp png, png_voidp block)
{
    decoder *d = png_get_mem_ptr(png);
    laco_release(d->ctx, block);
}

static void on_read(png_structp png, png_bytep out, size_t size)
{
    decoder *d = png_get_io_ptr(png);
    if (size > d->size)
        png_error(png, "it is cut short");
    memcpy(out, d->bytes, size);
    d->bytes += size;
    d->size -= size;
}

/* Whatever the file holds, as four bytes a pixel: red, green, blue, opacity. */
static void ask_for_colours(decoder *d)
{
    png_set_expand(d->png);
    png_set_scale_16(d->png);
    png_set_gray_to_rgb(d->png);
    png_set_add_alpha(d->png, 0xFF, PNG_FILLER_AFTER);
    png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
}

static laco_real grey(const png_byte *pixel)
{
    double luminance = (299.0 * pixel[0] + 587.0 * pixel[1] + 114.0 * pixel[2]) / 1000.0, opacity = pixel[3] / 255.0;
    return (laco_real)(pixel[3] == 255 ? luminance : luminance * opacity + 255 * (1 - opacity));
}

static laco_status make_room(decoder *d)
{
    laco_picture *picture = &d->picture;
    LACO_TRY(laco_picture_room(d->ctx, d->arena, d->name, picture));
    d->pixels = laco_alloc(d->ctx, picture->width * picture->height, 4);
    d->rows = laco_alloc(d->ctx, picture->height, sizeof *d->rows);
    for (size_t y = 0; d->pixels && d->rows && y < picture->height; y++)
        d->rows[y] = d->pixels + y * picture->width * 4;
    return d->pixels && d->rows ? LACO_OK : LACO_NO_MEMORY;
}

static void decode(decoder *d)
{
    if (setjmp(png_jmpbuf(d->png)) != 0)
        return;
    png_set_read_fn(d->png, d, on_read);
    png_read_info(d->png, d->info);
    d->picture.width = png_get_image_width(d->png, d->info);
    d->picture.height = png_get_image_height(d->png, d->info);
    d->status = make_room(d);
    if (d->status < 0)
        return;
    ask_for_colours(d);
    png_read_image(d->png, d->rows);
    png_read_end(d->png, NULL);
    for (size_t x = 0; x < d->picture.width; x++)
        for (size_t y = 0; y < d->picture.height; y++)
            d->picture.values[x * d->picture.height + y] = grey(d->rows[y] + 4 * x);
}

laco_status laco_picture_read_png(laco_context *ctx, laco_arena *arena, const char *name, const char *bytes, size_t size,
                                  laco_picture *out)
{
    decoder d = {.ctx = ctx, .arena = arena, .name = name, .bytes = bytes, .size = size};
    d.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &d, on_error, on_warning, &d, take_memory, give_memory);
    d.info = d.png ? png_create_info_struct(d.png) : NULL;
    if (d.info)
        decode(&d);
    else
        d.status = laco_fail(ctx, LACO_NO_MEMORY, "%s: out of memory", name);
    png_destroy_read_struct(d.png ? &d.png : NULL, d.info ? &d.info : NULL, NULL);
    laco_release(ctx, d.pixels);
    laco_release(ctx, d.rows);
    if (d.status == LACO_OK)
        *out = d.picture;
    return d.status;
}
