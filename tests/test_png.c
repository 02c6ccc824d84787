/* PNG: every kind of it as libpng writes it, and damaged ones. Built where libpng is. */
#include "picture/picture.h"
#include "context_fixture.h"
#include "laco/laco.h"
#include "temporary_folder.h"

#include <png.h>
#include <stdio.h>
#include <string.h>

typedef struct bytes {
    char data[8192];
    size_t size;
} bytes;

static void on_write(png_structp png, png_bytep data, size_t size)
{
    bytes *out = png_get_io_ptr(png);
    assert_true(out->size + size <= sizeof out->data);
    memcpy(out->data + out->size, data, size);
    out->size += size;
}

static void on_flush(png_structp png) { (void)png; }

/* A PNG of `rows` rows as libpng writes them. */
static bytes make_png(unsigned width, unsigned rows, int depth, int colours, int interlace, const unsigned char *pixels,
                      size_t row_bytes)
{
    bytes out = {.size = 0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_color palette[2] = {{10, 20, 30}, {200, 200, 200}};
    const unsigned char *row[64];
    png_set_write_fn(png, &out, on_write, on_flush);
    png_set_IHDR(png, info, width, rows, depth, colours, interlace, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (colours == PNG_COLOR_TYPE_PALETTE)
        png_set_PLTE(png, info, palette, 2);
    for (unsigned y = 0; y < rows; y++)
        row[y] = pixels + y * row_bytes;
    png_set_rows(png, info, (png_bytepp)(uintptr_t)row);
    png_write_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
    png_destroy_write_struct(&png, &info);
    return out;
}

static void decodes_to(const char *name, const char *data, size_t size, size_t width, size_t height, const double *right)
{
    laco_arena arena;
    laco_picture picture;
    laco_arena_init(&arena, ctx);
    assert_true(laco_picture_detect(data, size));
    if (laco_picture_read(ctx, &arena, name, data, size, &picture) < 0)
        fail_msg("%s", laco_error(ctx));
    assert_int_equal(picture.width, width);
    assert_int_equal(picture.height, height);
    for (size_t i = 0; i < width * height; i++)
        if (picture.values[i] < (laco_real)(right[i] - 1e-3) || picture.values[i] > (laco_real)(right[i] + 1e-3))
            fail_msg("%s: pixel %zu is %g, not %g", name, i, (double)picture.values[i], right[i]);
    laco_arena_free(&arena);
}

/* Of 3 × 2 pixels each: columns first. */
static void pictures(void **state)
{
    (void)state;
    const unsigned char grey[] = {0, 1, 128, 255, 254, 77}, bits[] = {0xA0, 0x40}, indices[] = {0, 1, 1, 1, 0, 0},
                        wide[] = {0, 0, 0x01, 0x01, 0x80, 0x80, 0xFF, 0xFF, 0xFE, 0xFE, 0x4D, 0x4D};
    const unsigned char clear[] = {0, 255, 100, 0, 100, 51, 0, 255, 200, 255, 9, 0}; /* grey and opacity */
    const unsigned char colour[] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 7, 7, 7, 0, 0, 0};
    bytes png = make_png(3, 2, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, grey, 3);
    decodes_to("grey", png.data, png.size, 3, 2, (const double[]){0, 255, 1, 254, 128, 77});
    png = make_png(3, 2, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_ADAM7, grey, 3);
    decodes_to("interlaced", png.data, png.size, 3, 2, (const double[]){0, 255, 1, 254, 128, 77});
    png = make_png(3, 2, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, bits, 1);
    decodes_to("one bit", png.data, png.size, 3, 2, (const double[]){255, 0, 0, 255, 255, 0});
    png = make_png(3, 2, 16, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, wide, 6);
    decodes_to("sixteen bits", png.data, png.size, 3, 2, (const double[]){0, 255, 1, 254, 128, 77});
    png = make_png(3, 2, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, colour, 9);
    decodes_to("colours", png.data, png.size, 3, 2, (const double[]){76.245, 255, 149.685, 7, 29.07, 0});
    png = make_png(3, 2, 8, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE, indices, 3);
    decodes_to("palette", png.data, png.size, 3, 2, (const double[]){18.15, 200, 200, 18.15, 200, 18.15});
    png = make_png(3, 2, 8, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_INTERLACE_NONE, clear, 6);
    decodes_to("opacity", png.data, png.size, 3, 2, (const double[]){0, 0, 255, 200, 224, 255});
}

static void refuses(const char *data, size_t size, const char *text)
{
    laco_arena arena;
    laco_picture picture = {0};
    laco_arena_init(&arena, ctx);
    assert_int_equal(laco_picture_read(ctx, &arena, "x.png", data, size, &picture), LACO_FORMAT);
    if (!strstr(laco_error(ctx), text) || strncmp(laco_error(ctx), "x.png: ", 7) != 0)
        fail_msg("says '%s', not '%s'", laco_error(ctx), text);
    assert_null(picture.values);
    laco_arena_free(&arena);
}

static void damaged_pictures(void **state)
{
    (void)state;
    const unsigned char grey[] = {0, 1, 128, 255, 254, 77};
    bytes png = make_png(3, 2, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, grey, 3), broken = png;
    for (size_t size = 8; size < png.size; size++)
        refuses(png.data, size, "is not a whole PNG file");
    broken.data[broken.size - 20] ^= 0x55; /* in the pixels: their checksum finds it */
    refuses(broken.data, broken.size, "is not a whole PNG file");
}

/* In lists, under a name in capitals; and with every allocation failing once. */
static laco_status attempt(laco_context *context, void *paths)
{
    laco_captioned *data = NULL;
    laco_status status = laco_captioned_load(context, paths, 1, NULL, &data);
    if (status == LACO_OK) {
        int64_t steps;
        const laco_real right[] = {1, 4, 2, 5, 3, 6};
        assert_memory_equal(laco_captioned_values(data, 0, &steps), right, sizeof right);
        assert_int_equal(steps, 3);
    }
    laco_captioned_free(data);
    return status;
}

static void write_out(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void listed(void **state)
{
    (void)state;
    const unsigned char grey[] = {1, 2, 3, 4, 5, 6};
    bytes png = make_png(3, 2, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, grey, 3);
    const char *list = temporary_path("list.tsv");
    write_out(temporary_path("a.PNG"), png.data, png.size);
    write_out(list, "a.PNG\tum dois\n", 14);
    assert_true(fail_each_allocation(attempt, (void *)&list) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(pictures), TEST(damaged_pictures), cmocka_unit_test(listed)};
    return cmocka_run_group_tests(tests, temporary_folder_setup, temporary_folder_teardown);
}
