/* What this library reads: a feature that is on decodes, one that is off says so in one line, and the rest is as good as ever.
 * meson says which are on. */
#include "context_fixture.h"
#include "picture/picture.h"
#include "laco/laco.h"
#include "sound/sound.h"

#include <string.h>

static const char WAV[] = "RIFF\x28\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\4\0\0\0\0\x40\0\xc0";
static const char PNG[] = "\x89PNG\r\n\x1a\n";

static void says(const char *text)
{
    if (strcmp(laco_error(ctx), text) != 0)
        fail_msg("says '%s', not '%s'", laco_error(ctx), text);
}

static void sound(void **state)
{
    (void)state;
    laco_sound out = {.count = 77};
    laco_status status = laco_sound_parse(ctx, "digits.wav", WAV, sizeof WAV - 1, 0, &out);
    if (LACO_TEST_SOUND) {
        assert_int_equal(status, LACO_OK);
        assert_int_equal(out.count, 2);
        assert_true(out.samples[0] == 0.5F && out.samples[1] == -0.5F);
        laco_sound_free(&out);
    } else {
        assert_int_equal(status, LACO_FORMAT);
        says("digits.wav: this laco was built without sound (-Dsound=enabled): it reads no recordings");
        assert_int_equal(out.count, 77);
    }
    assert_true(laco_sound_detect(WAV, sizeof WAV - 1));
}

static void picture(void **state)
{
    (void)state;
    laco_arena arena;
    laco_picture out = {0};
    laco_arena_init(&arena, ctx);
    assert_int_equal(laco_picture_read(ctx, &arena, "a.png", PNG, sizeof PNG - 1, &out), LACO_FORMAT);
    if (LACO_TEST_PICTURE)
        assert_non_null(strstr(laco_error(ctx), "a.png: is not a whole PNG file"));
    else
        says("a.png: this laco was built without PNG (-Dpicture=enabled): it reads PGM and IDX");
    assert_int_equal(laco_picture_read(ctx, &arena, "a.pgm", "P5 1 1 255 \x07", 12, &out), LACO_OK);
    assert_true(out.values[0] == 7);
    laco_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(sound), TEST(picture)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
