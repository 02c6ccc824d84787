/* Captioned data: pictures in their files, the forms that captions come in, and what is wrong with bad ones. */
#include "caption/captioned.h"
#include "picture/picture.h"
#include "context_fixture.h"
#include "laco/laco.h"
#include "temporary_folder.h"

#include <stdio.h>
#include <string.h>

/* ---- Files to read ---- */

static const char *put(const char *name, const void *data, size_t size)
{
    const char *path = temporary_path(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

static const char *put_text(const char *name, const char *text) { return put(name, text, strlen(text)); }

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
    const char p5[] = "P5 3\t2 # a comment\n255\n\x00\x01\x80\xFF\xFE\x4D", p2[] = "P2\n#c\n3 2 10\n0 1 5\n10 9 3\n";
    decodes_to("P5", p5, sizeof p5 - 1, 3, 2, (const double[]){0, 255, 1, 254, 128, 77});
    decodes_to("P2", p2, sizeof p2 - 1, 3, 2, (const double[]){0, 255, 25.5, 229.5, 127.5, 76.5});
    const char deep[] = "P5 1 1 65535 \x80\x80";
    decodes_to("P5 of two bytes", deep, sizeof deep - 1, 1, 1, (const double[]){128});
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
    const char p5[] = "P5 3 2 255 \x00\x01\x80\xFF\xFE";
    refuses(p5, sizeof p5 - 1, "pixels are missing");
    refuses("P5 3 ", 5, "its height is missing");
    refuses("P5 3 x 255 ", 11, "its height is not a number");
    refuses("P5 3 2 0 ", 9, "1 … 65535");
    refuses("P5 0 2 255 ", 11, "0 × 2 pixels");
    refuses("P5 999999999 999999999 255 ", 27, "at most");
    refuses("P2 2 1 9 3 10 ", 14, "a pixel is 10");
    refuses("", 0, "the file is empty");
    refuses("GIF89a", 6, "is not a picture");
}

/* ---- Forms ---- */

static laco_captioned *load(const char *const *paths, int count, const laco_captioned_config *config)
{
    laco_captioned *data = NULL;
    if (laco_captioned_load(ctx, paths, count, config, &data) < 0)
        fail_msg("%s", laco_error(ctx));
    return data;
}

static void has(const laco_captioned *data, size_t index, int64_t steps, const laco_real *values, const char *caption)
{
    int64_t found;
    const laco_real *x = laco_captioned_values(data, index, &found);
    assert_int_equal(found, steps);
    assert_memory_equal(x, values, (size_t)(steps * laco_captioned_features(data)) * sizeof *x);
    if (caption)
        assert_string_equal(laco_captioned_text(data, index), caption);
    else
        assert_null(laco_captioned_text(data, index));
}

#define IDX "\0\0\x08\3\0\0\0\2\0\0\0\2\0\0\0\3\1\2\3\4\5\6\7\x08\x09\x0A\x0B\x0C" /* two images of 2 rows, 3 columns */

static void forms(void **state)
{
    (void)state;
    const char *images = put("i.idx", IDX, sizeof IDX - 1), *captions = put_text("i.txt", "\xEF\xBB\xBFum  dois\r\n três \n");
    laco_captioned *data = load((const char *[]){images, captions}, 2, NULL);
    assert_int_equal(laco_captioned_count(data), 2);
    assert_int_equal(laco_captioned_get_kind(data), LACO_CAPTIONED_PICTURES);
    assert_int_equal(laco_captioned_features(data), 2);
    has(data, 0, 3, (const laco_real[]){1, 4, 2, 5, 3, 6}, "um  dois");
    has(data, 1, 3, (const laco_real[]){7, 10, 8, 11, 9, 12}, "três");
    laco_captioned_free(data);

    put("a.PGM", "P5 3 2 255 \1\2\3\4\5\6", 17);
    put("b.pgm", "P5 1 2 255 \x07\x08", 13);
    const char *list = put_text("list.tsv", "\na.PGM\tum dois\nb.pgm\tsete\n");
    data = load(&list, 1, NULL);
    has(data, 0, 3, (const laco_real[]){1, 4, 2, 5, 3, 6}, "um dois");
    has(data, 1, 1, (const laco_real[]){7, 8}, "sete");
    laco_captioned_free(data);

    const char *table = put_text("t.csv", "x;y;palavras\n1.5;-2;um, dois\n\n3;4e0;\"a \"\"b\"\"\"\n");
    data = load(&table, 1, NULL);
    assert_int_equal(laco_captioned_get_kind(data), LACO_CAPTIONED_VECTORS);
    has(data, 0, 2, (const laco_real[]){1.5, -2}, "um, dois");
    has(data, 1, 2, (const laco_real[]){3, 4}, "a \"b\"");
    laco_captioned_free(data);
}

static void without_captions(void **state)
{
    (void)state;
    laco_captioned_config config = {.uncaptioned = true};
    const char *images = put("i.idx", IDX, sizeof IDX - 1), *picture = put("b.pgm", "P5 1 2 255 \x07\x08", 13);
    laco_captioned *data = load((const char *[]){images, picture}, 2, &config);
    assert_int_equal(laco_captioned_count(data), 3);
    has(data, 2, 1, (const laco_real[]){7, 8}, NULL);
    laco_captioned_free(data);
    const char *list = put_text("list.tsv", "b.pgm\nb.pgm\t\nb.pgm\tsete\n");
    data = load(&list, 1, &config);
    assert_int_equal(laco_captioned_count(data), 3);
    has(data, 1, 1, (const laco_real[]){7, 8}, NULL);
    laco_captioned_free(data);
    const char *table = put_text("t.csv", "1,2\n3,4\n");
    data = load(&table, 1, &config); /* nothing says that the last is a caption */
    has(data, 1, 2, (const laco_real[]){3, 4}, NULL);
    laco_captioned_free(data);
    config.numbers = 1;
    config.features = 1;
    data = load(&table, 1, &config);
    has(data, 1, 1, (const laco_real[]){3}, "4");
    laco_captioned_free(data);
}

static void bad(const char *const *paths, int count, const laco_captioned_config *config, const char *text)
{
    laco_captioned *data = NULL;
    laco_status status = laco_captioned_load(ctx, paths, count, config, &data);
    assert_null(data);
    assert_true(status == LACO_FORMAT || status == LACO_IO);
    if (!strstr(laco_error(ctx), text))
        fail_msg("says '%s', not '%s'", laco_error(ctx), text);
    assert_null(strchr(laco_error(ctx), '\n'));
}

static void bad_text(const char *text, const char *said) { bad((const char *[]){put_text("bad.tsv", text)}, 1, NULL, said); }

static void bad_forms(void **state)
{
    (void)state;
    const char *images = put("i.idx", IDX, sizeof IDX - 1), *labels = put("l.idx", "\0\0\x08\1\0\0\0\1\5", 9),
               *one = put_text("one.txt", "um\n"), *gap = put_text("gap.txt", "um\n\n"),
               *many = put_text("many.txt", "um\ndois\ntrês\n");
    bad(&images, 1, NULL, "give a text file behind it");
    bad((const char *[]){images, one}, 2, NULL, "one.txt: 1 captions for the 2 images");
    bad((const char *[]){images, many}, 2, NULL, "many.txt: 3 captions for the 2 images");
    bad((const char *[]){images, gap}, 2, NULL, "gap.txt:2: the caption is empty");
    bad((const char *[]){labels, one}, 2, NULL, "holds labels");
    bad((const char *[]){put("cut.idx", IDX, sizeof IDX - 2), one}, 2, NULL, "is cut short");
    bad((const char *[]){put("z.idx", "\x1f\x8b\x08\0", 4)}, 1, NULL, "gunzip");
    put("b.pgm", "P5 1 2 255 \x07\x08", 13);
    put("c.pgm", "P5 1 3 255 \x07\x08\x09", 14);
    put("d.pgm", "P5 1 2 255 \x07", 12);
    bad_text("b.pgm\tum\nc.pgm\tdois\n", "bad.tsv:2: ");
    bad_text("b.pgm\tum\nc.pgm\tdois\n", "c.pgm: a picture of 1 × 3 (width × height); the height must be 2");
    bad_text("d.pgm\tum\n", "bad.tsv:1: ");
    bad_text("e.pgm\tum\n", "No such file");
    bad_text("b.pgm um\n", "neither a row of numbers");
    bad_text("b.pgm\n", "bad.tsv:1: no tab");
    bad_text("b.pgm\t \n", "bad.tsv:1: the caption is empty");
    bad_text("1,2,um\n1,um\n", "bad.tsv:2: 2 fields");
    bad_text("1,x,2,um\n", "'x' in field 2 is not a number");
    bad_text("1,,2,um\n", "a value is missing in field 2");
    bad_text(",,um\n", "bad.tsv: a header and no row of numbers");
    bad_text("1,2, \n", "bad.tsv:1: the caption is empty");
    bad_text("", "the file is empty");
    bad_text("um dois\n", "bad.tsv:1: is neither");
    bad_text("1,\xFF\n", "UTF-8");
    bad((const char *[]){temporary_path("b.pgm")}, 1, NULL, "a picture without a caption");
    bad((const char *[]){temporary_path("nowhere")}, 1, NULL, "No such file");
    images = put("i.idx", IDX, sizeof IDX - 1); /* temporary_path gives its places out in turn */
    many = put_text("many.txt", "um\ndois\ntrês\n");
    laco_captioned_config high = {.features = 5, .kind = LACO_CAPTIONED_PICTURES},
                          exact = {.features = 2, .numbers = 8, .uncaptioned = true};
    bad((const char *[]){images, many}, 2, &high, "the height must be 5");
    bad(&images, 1, &exact, "a picture of 3 × 2 (width × height); the model needs 4 × 2");
    bad((const char *[]){put_text("t.csv", "1,2,um\n")}, 1, &high, "t.csv:1: a vector of numbers where pictures are needed");
    laco_captioned *data = NULL;
    assert_int_equal(laco_captioned_load(ctx, NULL, 0, NULL, &data), LACO_INVALID);
}

/* ---- Memory ---- */

static laco_status attempt(laco_context *context, void *paths)
{
    laco_captioned *data = NULL;
    laco_status status = laco_captioned_load(context, paths, 4, NULL, &data);
    laco_captioned_free(data);
    return status;
}

static void without_memory(void **state)
{
    (void)state;
    put("a.pgm", "P5 3 2 255 \1\2\3\4\5\6", 17);
    const char *list = put_text("list.tsv", "a.pgm\tum dois\n"), *images = put("i.idx", IDX, sizeof IDX - 1),
               *captions = put_text("i.txt", "um\ndois\n");
    const char *paths[] = {list, images, captions, list};
    assert_true(fail_each_allocation(attempt, paths) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(pictures),         TEST(damaged_pictures), TEST(forms),
                                       TEST(without_captions), TEST(bad_forms),        cmocka_unit_test(without_memory)};
    return cmocka_run_group_tests(tests, temporary_folder_setup, temporary_folder_teardown);
}
