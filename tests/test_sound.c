/* Recordings in files, what can be wrong with them, and lists of them with texts: built where libsndfile is. */
#include "failing_allocator.h"
#include "laco/laco.h"
#include "temporary_folder.h"
#include "sound/sound.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TAU 6.28318530717958647692

static failing_allocator memory;
static laco_context *ctx;

static int begin(void **state)
{
    (void)state;
    temporary_folder_make();
    memory = (failing_allocator){0};
    ctx = failing_context(&memory);
    return 0;
}

static int end(void **state)
{
    (void)state;
    failing_context_free(ctx, &memory);
    temporary_folder_remove();
    return 0;
}

/* ---- WAV files ------------------------------------------------------------------------------------------------------------ */

typedef struct wav {
    unsigned char bytes[1 << 16];
    size_t size;
} wav;

static void put(wav *file, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        file->bytes[file->size++] = (unsigned char)(value >> 8 * i);
}

static void put_text(wav *file, const char *text)
{
    memcpy(file->bytes + file->size, text, strlen(text));
    file->size += strlen(text);
}

/* A file of 16-bit samples, one tone in each channel; `frames` of them, `promised` in the header. */
static wav *make_wav(int rate, int channels, int frames, int promised, double hertz)
{
    static wav file;
    file.size = 0;
    put_text(&file, "RIFF");
    put(&file, (uint32_t)(36 + promised * channels * 2), 4);
    put_text(&file, "WAVEfmt ");
    put(&file, 16, 4);
    put(&file, 1, 2);
    put(&file, (uint32_t)channels, 2);
    put(&file, (uint32_t)rate, 4);
    put(&file, (uint32_t)(rate * channels * 2), 4);
    put(&file, (uint32_t)(channels * 2), 2);
    put(&file, 16, 2);
    put_text(&file, "data");
    put(&file, (uint32_t)(promised * channels * 2), 4);
    for (int i = 0; i < frames; i++)
        for (int c = 0; c < channels; c++)
            put(&file, (uint16_t)(int16_t)lround(8000 * (c + 1) * sin(TAU * hertz * i / rate)), 2);
    return &file;
}

static const char *write_file(const char *name, const void *bytes, size_t size)
{
    const char *path = temporary_path(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

static const char *write_text(const char *name, const char *text) { return write_file(name, text, strlen(text)); }

static const char *write_wav(const char *name, int rate, int channels, int frames, double hertz)
{
    const wav *file = make_wav(rate, channels, frames, frames, hertz);
    return write_file(name, file->bytes, file->size);
}

static void assert_said(const char *text)
{
    if (!strstr(laco_error(ctx), text))
        fail_msg("'%s' should say '%s'", laco_error(ctx), text);
}

/* ---- Sounds --------------------------------------------------------------------------------------------------------------- */

static void sounds(void **state)
{
    (void)state;
    laco_sound sound;
    const wav *file = make_wav(8000, 1, 800, 800, 440);
    assert_int_equal(laco_sound_parse(ctx, "x", file->bytes, file->size, 0, &sound), LACO_OK);
    assert_int_equal(sound.count, 800);
    assert_int_equal(sound.rate, 8000);
    for (int i = 0; i < 800; i++)
        assert_true(fabs((double)sound.samples[i] - 8000. / 32768 * sin(TAU * 440 * i / 8000)) < 1e-4);
    laco_sound_free(&sound);

    file = make_wav(8000, 3, 800, 800, 440);
    assert_int_equal(laco_sound_parse(ctx, "x", file->bytes, file->size, 0, &sound), LACO_OK);
    assert_int_equal(sound.channels, 3);
    assert_int_equal(sound.count, 800);
    for (int i = 0; i < 800; i++) /* the mean of one, two and three times 8000 */
        assert_true(fabs((double)sound.samples[i] - 16000. / 32768 * sin(TAU * 440 * i / 8000)) < 1e-4);
    laco_sound_free(&sound);

    file = make_wav(22050, 1, 22050, 22050, 440);
    assert_int_equal(laco_sound_parse(ctx, "x", file->bytes, file->size, 8000, &sound), LACO_OK);
    assert_int_equal(sound.rate, 8000);
    assert_int_equal(sound.file_rate, 22050);
    assert_true(sound.count > 7900 && sound.count <= 8001);
    for (int i = 1000; i < 7000; i++) /* the same tone */
        assert_true(fabs((double)sound.samples[i] - 8000. / 32768 * sin(TAU * 440 * i / 8000)) < 0.01);
    laco_sound_free(&sound);
}

static void bad_sounds(void **state)
{
    (void)state;
    laco_sound sound = {.count = 77};
    wav *file = make_wav(8000, 1, 400, 800, 440);
    assert_int_equal(laco_sound_parse(ctx, "a.wav", file->bytes, file->size, 0, &sound), LACO_FORMAT);
    assert_said("a.wav: is cut short");
    assert_int_equal(laco_sound_parse(ctx, "a.wav", file->bytes, 20, 0, &sound), LACO_FORMAT);
    assert_said("a.wav: is not a recording that can be read");
    file = make_wav(8000, 1, 0, 0, 440);
    assert_int_equal(laco_sound_parse(ctx, "a.wav", file->bytes, file->size, 0, &sound), LACO_FORMAT);
    assert_said("a recording without samples");
    assert_int_equal(laco_sound_parse(ctx, "a.wav", "", 0, 0, &sound), LACO_FORMAT);
    assert_said("a.wav: is empty");
    assert_int_equal(laco_sound_parse(ctx, "a.wav", "hello, this is text", 19, 0, &sound), LACO_FORMAT);
    file = make_wav(100, 1, 10, 10, 4);
    assert_int_equal(laco_sound_parse(ctx, "a.wav", file->bytes, file->size, 0, &sound), LACO_FORMAT);
    assert_said("a rate of 100");
    assert_int_equal(laco_sound_parse(ctx, "a.wav", file->bytes, file->size, 10, &sound), LACO_INVALID);
    assert_int_equal(laco_sound_read(ctx, temporary_path("nowhere.wav"), 0, &sound), LACO_IO);
    assert_said("nowhere.wav");
    assert_int_equal(sound.count, 77);
    /* What a program leaves that never went back to the header. */
    file = make_wav(8000, 1, 400, 0, 440);
    assert_int_equal(laco_sound_parse(ctx, "a.wav", file->bytes, file->size, 0, &sound), LACO_FORMAT);
    assert_said("a.wav: its header says 0 bytes of samples, and 800 follow");
    assert_int_equal(sound.count, 77);
    /* A moment is a recording at any rate. */
    file = make_wav(48000, 1, 1, 1, 440);
    assert_int_equal(laco_sound_parse(ctx, "a.wav", file->bytes, file->size, 1000, &sound), LACO_OK);
    assert_int_equal(sound.count, 1);
    laco_sound_free(&sound);
    /* What a program writes that does not know yet how much will come. */
    file = make_wav(8000, 1, 400, 400, 440);
    memcpy(file->bytes + 4, "\xff\xff\xff\x7f", 4);
    memcpy(file->bytes + 40, "\x00\xf0\xff\x7f", 4);
    assert_int_equal(laco_sound_parse(ctx, "pipe", file->bytes, file->size, 0, &sound), LACO_OK);
    assert_int_equal(sound.count, 400);
    laco_sound_free(&sound);
    /* A sample that is not a number, or beyond what any file has: 32-bit floats. */
    file = make_wav(8000, 1, 400, 400, 440);
    file->bytes[20] = 3;
    file->bytes[32] = 4;
    file->bytes[34] = 32;
    memset(file->bytes + 44, 0, 800);
    memcpy(file->bytes + 44 + 40, "\x00\x00\xc0\x7f", 4);
    assert_int_equal(laco_sound_parse(ctx, "nan.wav", file->bytes, file->size, 0, &sound), LACO_FORMAT);
    assert_said("sample 11 is nan; −1 … 1 is right");
    memcpy(file->bytes + 44 + 40, "\xff\xff\xff\x7e", 4);
    assert_int_equal(laco_sound_parse(ctx, "huge.wav", file->bytes, file->size, 0, &sound), LACO_FORMAT);
    assert_said("sample 11 is 1.70141e+38; −1 … 1 is right");
}

/* Any start of a file, and a file with any byte changed, is read or refused. */
static void damaged_sounds(void **state)
{
    (void)state;
    laco_sound sound;
    wav *file = make_wav(8000, 2, 40, 40, 440);
    for (size_t size = 0; size < file->size; size++)
        if (laco_sound_parse(ctx, "x", file->bytes, size, 8000, &sound) == LACO_OK)
            laco_sound_free(&sound);
    for (size_t i = 0; i < 48; i++)
        for (int bit = 0; bit < 8; bit++) {
            file->bytes[i] ^= (unsigned char)(1 << bit);
            if (laco_sound_parse(ctx, "x", file->bytes, file->size, 0, &sound) == LACO_OK)
                laco_sound_free(&sound);
            else
                assert_string_not_equal(laco_error(ctx), "");
            file->bytes[i] ^= (unsigned char)(1 << bit);
        }
}

/* ---- Recordings with texts ------------------------------------------------------------------------------------------------ */

static laco_spoken *load(const char *path, const laco_spoken_config *config)
{
    laco_spoken *data;
    if (laco_spoken_load(ctx, &path, 1, config, &data) < 0)
        fail_msg("%s", laco_error(ctx));
    return data;
}

static void lists(void **state)
{
    (void)state;
    size_t count;
    write_wav("a.wav", 8000, 1, 400, 300);
    write_wav("b c.wav", 8000, 2, 800, 300);
    write_wav("fast.wav", 16000, 1, 1600, 300);
    laco_spoken *data = load(write_text("list.tsv", "a.wav\tum\n\nb c.wav\tdois três\r\na.wav  fast.wav\ttrês um\n"), NULL);
    assert_int_equal(laco_spoken_count(data), 3);
    assert_int_equal(laco_spoken_rate(data), 8000);
    assert_string_equal(laco_spoken_text(data, 1), "dois três");
    assert_string_equal(laco_spoken_name(data, 1), "b c.wav");
    laco_spoken_samples(data, 0, &count);
    assert_int_equal(count, 400);
    laco_spoken_samples(data, 2, &count);
    assert_true(count > 1190 && count <= 1201);
    laco_spoken_changes changes;
    laco_spoken_changed(data, &changes);
    assert_int_equal(changes.files, 4);
    assert_int_equal(changes.mixed, 1);
    assert_int_equal(changes.resampled, 1);
    assert_int_equal(changes.file_rate, 16000);
    laco_spoken_free(data);
    write_text("a.txt", "one\ntwo\n");
    write_text("fast.txt", "three");
    unlink(temporary_path("b c.wav"));
    data = load(temporary_folder, NULL);
    assert_int_equal(laco_spoken_count(data), 2);
    assert_string_equal(laco_spoken_text(data, 0), "one\ntwo\n");
    assert_string_equal(laco_spoken_text(data, 1), "three");
    laco_spoken_free(data);
    data = load(temporary_path("fast.wav"), &(laco_spoken_config){.untexted = true});
    assert_int_equal(laco_spoken_rate(data), 16000);
    assert_null(laco_spoken_text(data, 0));
    laco_spoken_free(data);
}

static void bad_lists(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said;
        laco_status status;
    } cases[] = {
        {"a.wav\tum\nb.wav\tdois\n", "list.tsv:2: cannot read ", LACO_IO},
        {"a.wav um\n", "list.tsv:1: no tab in the line", LACO_FORMAT},
        {"a.wav\tum\tdois\n", "list.tsv:1: a second tab", LACO_FORMAT},
        {"\tum\n", "list.tsv:1: no file stands before the tab", LACO_FORMAT},
        {"  \tum\n", "list.tsv:1: no file stands before the tab", LACO_FORMAT},
        {"\n\n", "list.tsv: the file is empty", LACO_FORMAT},
        {"a.wav\tum\ncut.wav\tdois\n", "cut.wav: is cut short", LACO_FORMAT},
        {"a.wav\tum\nlist.tsv\tdois\n", "list.tsv: is not a recording", LACO_FORMAT},
        {"a.wav\tu\xff\n", "UTF-8", LACO_FORMAT},
    };
    laco_spoken *data = NULL;
    write_wav("a.wav", 8000, 1, 400, 300);
    const wav *file = make_wav(8000, 1, 100, 400, 300);
    write_file("cut.wav", file->bytes, file->size);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = write_text("list.tsv", cases[i].text);
        assert_int_equal(laco_spoken_load(ctx, &path, 1, NULL, &data), cases[i].status);
        assert_said(cases[i].said);
    }
    const char *alone = temporary_path("a.wav"), *folder = temporary_folder;
    assert_int_equal(laco_spoken_load(ctx, &alone, 1, NULL, &data), LACO_FORMAT);
    assert_said("is a recording without a text");
    assert_int_equal(laco_spoken_load(ctx, &folder, 1, NULL, &data), LACO_IO);
    assert_said("a.txt");
    assert_int_equal(laco_spoken_load(ctx, NULL, 0, NULL, &data), LACO_INVALID);
    assert_null(data);
}

/* ---- Memory --------------------------------------------------------------------------------------------------------------- */

/* A whole life with little in it. */
static laco_status live(laco_context *where, void *path)
{
    laco_spoken *data = NULL;
    laco_model *model = NULL;
    laco_transcripts t = {0};
    laco_transcribe_score score;
    const char *list = path;
    laco_transcribe_options options = {
        .train = {.epochs = 1, .batch = 2}, .network = {.hidden = 3, .layers = 1}, .valid.fraction = 0.5};
    laco_status status = laco_spoken_load(where, &list, 1, NULL, &data);
    if (status == LACO_OK)
        status = laco_train_transcribe(where, &options, data, NULL, &model);
    if (status == LACO_OK)
        status = laco_model_transcribe_all(model, data, &(laco_decode_options){.beam = 2, .nbest = 2}, &t);
    if (status == LACO_OK)
        status = laco_model_score_transcripts(model, data, &t, &score);
    laco_transcripts_free(&t);
    laco_model_free(model);
    laco_spoken_free(data);
    return status;
}

static void no_memory(void **state)
{
    (void)state;
    char path[512];
    write_wav("x.wav", 8000, 1, 600, 300);
    write_wav("y.wav", 16000, 2, 900, 900);
    snprintf(path, sizeof path, "%s", write_text("few.tsv", "x.wav\ta\ny.wav\tb\nx.wav y.wav\tab\n"));
    assert_true(fail_each_allocation(live, path) > 200);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {TEST(sounds), TEST(bad_sounds), TEST(damaged_sounds),
                                       TEST(lists),  TEST(bad_lists),  TEST(no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
