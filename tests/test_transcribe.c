/* Speech recognition: recordings and what can be wrong with them, features, texts, and models that are trained, saved and asked.
 */
#include "transcribe/mel.h"
#include "laco/read.h"
#include "text/text.h"
#include "failing_allocator.h"
#include "laco/laco.h"
#include "transcribe/transcript.h"
#include "temporary_folder.h"

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
    /* What a program writes that does not know yet how much will come. */
    file = make_wav(8000, 1, 400, 400, 440);
    memcpy(file->bytes + 4, "\xff\xff\xff\x7f", 4);
    memcpy(file->bytes + 40, "\x00\xf0\xff\x7f", 4);
    assert_int_equal(laco_sound_parse(ctx, "pipe", file->bytes, file->size, 0, &sound), LACO_OK);
    assert_int_equal(sound.count, 400);
    laco_sound_free(&sound);
    /* A sample that is not a number: 32-bit floats. */
    file = make_wav(8000, 1, 400, 400, 440);
    file->bytes[20] = 3;
    file->bytes[32] = 4;
    file->bytes[34] = 32;
    memcpy(file->bytes + 44 + 40, "\x00\x00\xc0\x7f", 4);
    assert_int_equal(laco_sound_parse(ctx, "nan.wav", file->bytes, file->size, 0, &sound), LACO_FORMAT);
    assert_said("sample 10 is not a finite number");
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

static void features(void **state)
{
    (void)state;
    enum { BANDS = 40, COUNT = 2000 };
    laco_mel *mel;
    float samples[COUNT] = {0};
    laco_real out[30 * BANDS];
    assert_int_equal(laco_mel_new(ctx, 8000, BANDS, &mel), LACO_OK);
    assert_int_equal(laco_mel_frames(mel, 0), 0);
    assert_int_equal(laco_mel_frames(mel, 1), 1);
    assert_int_equal(laco_mel_frames(mel, 200), 1);
    assert_int_equal(laco_mel_frames(mel, 280), 2);
    assert_int_equal(laco_mel_frames(mel, COUNT), 23);
    laco_mel_apply(mel, samples, COUNT, out);
    for (int i = 0; i < 23 * BANDS; i++)
        assert_true(fabs((double)out[i] - log(1e-8)) < 1e-5);
    double last = -1;
    for (double hertz = 200; hertz < 3900; hertz += 250) { /* a higher tone is in a higher band */
        for (int i = 0; i < COUNT; i++)
            samples[i] = (float)(0.5 * sin(TAU * hertz * i / 8000));
        laco_mel_apply(mel, samples, COUNT, out);
        int best = 0;
        for (int m = 1; m < BANDS; m++)
            best = out[10 * BANDS + m] > out[10 * BANDS + best] ? m : best;
        assert_true(best > last);
        last = best;
    }
    laco_mel_free(mel);
    assert_int_equal(laco_mel_new(ctx, 8000, 0, &mel), LACO_INVALID);
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
    laco_spoken_changes changes = laco_spoken_changed(data);
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

/* ---- Texts ---------------------------------------------------------------------------------------------------------------- */

static void texts(void **state)
{
    (void)state;
    laco_text_buffer buffer;
    laco_transcribe_score score = {0};
    laco_text_config plain = {0}, lower = {.lower = true, .fold_accents = true};
    laco_text_buffer_init(&buffer, ctx);
    assert_int_equal(laco_transcript_tidy(&buffer, &lower, " Um\t\tDOIS\n tr\u00eas  "), LACO_OK);
    assert_memory_equal(buffer.bytes, "um dois tres", 12);
    assert_int_equal(buffer.length, 12);
    assert_int_equal(laco_transcript_words(" um  dois tres "), 3);
    assert_int_equal(laco_transcript_words(""), 0);
    assert_int_equal(laco_transcript_compare(&buffer, &plain, "um dois tr\u00eas", "um tres", &score), LACO_OK);
    assert_int_equal(score.words, 3);
    assert_int_equal(score.word_errors, 2);
    assert_int_equal(score.characters, 12);
    assert_int_equal(score.character_errors, 6);
    assert_int_equal(laco_transcript_compare(&buffer, &plain, "", "", &score), LACO_OK);
    assert_int_equal(laco_transcript_compare(&buffer, &plain, "a", "a ", &score), LACO_OK);
    assert_int_equal(score.exact, 2);
    laco_transcript_rates(&score);
    assert_true(fabs(score.word_error_rate - 2. / 4) < 1e-12);
    laco_text_buffer_free(&buffer);
}

/* ---- Models --------------------------------------------------------------------------------------------------------------- */

/* A word of two letters, which are tones: the second one higher. */
static void write_word(const char *name, int frames, double hertz)
{
    wav *file = make_wav(8000, 1, frames, frames, hertz);
    file->size = 44 + (size_t)frames / 2 * 2;
    for (int i = frames / 2; i < frames; i++)
        put(file, (uint16_t)(int16_t)lround(8000 * sin(TAU * 1.7 * hertz * i / 8000)), 2);
    write_file(name, file->bytes, file->size);
}

/* Eight recordings each of two words, of slightly different pitch and length. */
static laco_spoken *tones(laco_context *where)
{
    char list[1024] = "", name[32];
    laco_spoken *data = NULL;
    for (int i = 0; i < 16; i++) {
        snprintf(name, sizeof name, "tone%d.wav", i);
        write_word(name, 1600 + 160 * (i / 2), (i % 2 ? 1500 : 400) + 3 * i);
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s\t%s\n", name, i % 2 ? "hi" : "lo");
    }
    const char *path = write_text("tones.tsv", list);
    if (laco_spoken_load(where, &path, 1, NULL, &data) < 0)
        fail_msg("%s", laco_error(where));
    return data;
}

static laco_transcribe_options quick(void)
{
    return (laco_transcribe_options){.train = {.epochs = 160, .batch = 2, .optimiser.lr = 0.02, .ema_decay = -1},
                                     .network = {.hidden = 16, .layers = 1, .dropout = -1},
                                     .join = 3,
                                     .mask = -1,  /* would hide a tone, */
                                     .speed = -1, /* and this would make one of another */
                                     .valid.fraction = -1};
}

static laco_model *train(const laco_spoken *data, const laco_transcribe_options *options)
{
    laco_model *model;
    if (laco_train_transcribe(ctx, options, data, NULL, &model) < 0)
        fail_msg("%s", laco_error(ctx));
    return model;
}

static void models(void **state)
{
    (void)state;
    laco_spoken *data = tones(ctx);
    laco_transcribe_options options = quick();
    laco_model *model = train(data, &options), *again;
    laco_transcripts all, one, best;
    laco_transcribe_score score;
    assert_int_equal(laco_model_sound_rate(model), 8000);
    assert_int_equal(laco_model_transcribe_all(model, data, NULL, &all), LACO_OK);
    assert_int_equal(laco_model_score_transcripts(model, data, &all, &score), LACO_OK);
    assert_int_equal(score.recordings, 16);
    assert_int_equal(score.words, 16);
    assert_int_equal(score.word_errors, 0);
    /* Saved and loaded; one at a time; another rate. */
    const char *path = temporary_path("model");
    assert_int_equal(laco_model_save(model, path), LACO_OK);
    assert_int_equal(laco_model_load(ctx, path, &again), LACO_OK);
    for (size_t i = 0; i < all.count; i++) {
        size_t count;
        const float *samples = laco_spoken_samples(data, i, &count);
        assert_int_equal(laco_model_transcribe(again, samples, count, 8000, NULL, &one), LACO_OK);
        assert_string_equal(one.text[0], all.text[i]);
        assert_true(one.log_probability[0] == all.log_probability[i]);
        laco_transcripts_free(&one);
    }
    size_t count;
    const float *samples = laco_spoken_samples(data, 0, &count);
    assert_int_equal(laco_model_transcribe(again, samples, count, 8000, &(laco_write_options){.beam = 4, .nbest = 3}, &best),
                     LACO_OK);
    assert_int_equal(best.most, 3);
    assert_string_equal(best.text[0], "lo");
    for (int i = 1; i < 3 && best.text[i]; i++)
        assert_true(best.log_probability[i] <= best.log_probability[i - 1]);
    laco_transcripts_free(&best);
    assert_int_equal(laco_model_transcribe(again, samples, 0, 8000, NULL, &one), LACO_OK); /* nothing was said */
    assert_string_equal(one.text[0], "");
    laco_transcripts_free(&one);
    laco_transcripts_free(&all);
    laco_model_free(again);
    laco_model_free(model);
    laco_spoken_free(data);
}

static void words(void **state)
{
    (void)state;
    laco_spoken *data = tones(ctx);
    laco_transcribe_options options = quick();
    laco_transcripts all;
    laco_transcribe_score score;
    options.tokens = LACO_TOKENS_WORD;
    options.valid.fraction = 0.25;
    laco_model *model = train(data, &options);
    assert_int_equal(laco_model_transcribe_all(model, data, NULL, &all), LACO_OK);
    assert_int_equal(laco_model_score_transcripts(model, data, &all, &score), LACO_OK);
    assert_int_equal(score.word_errors, 0);
    assert_int_equal(score.unseen, 0);
    laco_transcripts_free(&all);
    laco_model_free(model);
    laco_spoken_free(data);
}

static void refusals(void **state)
{
    (void)state;
    laco_spoken *data = tones(ctx), *silent;
    laco_transcribe_options options = quick();
    laco_model *model = NULL;
    laco_transcripts t = {0};
    const char *path = temporary_path("tone0.wav");
    assert_int_equal(laco_spoken_load(ctx, &path, 1, &(laco_spoken_config){.untexted = true}, &silent), LACO_OK);
    assert_int_equal(laco_train_transcribe(ctx, &options, silent, NULL, &model), LACO_INVALID);
    assert_said("tone0.wav: has no text");
    laco_spoken_free(silent);
    silent = load(write_text("empty.tsv", "tone0.wav\t\n"), NULL);
    assert_int_equal(laco_train_transcribe(ctx, &options, silent, NULL, &model), LACO_INVALID);
    assert_said("all empty");
    laco_spoken_free(silent);
    silent = load(write_text("long.tsv", "tone0.wav\tfar too much for an eighth of a second of sound, whoever speaks\n"), NULL);
    assert_int_equal(laco_train_transcribe(ctx, &options, silent, NULL, &model), LACO_INVALID);
    assert_said("longer than its recording");
    laco_spoken_free(silent);
    options.text.level = LACO_TEXT_BYTE;
    assert_int_equal(laco_train_transcribe(ctx, &options, data, NULL, &model), LACO_INVALID);
    options.text.level = LACO_TEXT_CHAR;
    options.network.cell = LACO_MLP;
    assert_int_equal(laco_train_transcribe(ctx, &options, data, NULL, &model), LACO_INVALID);
    assert_null(model);
    options = quick();
    options.train.epochs = 1;
    model = train(data, &options);
    assert_int_equal(laco_model_transcribe_all(model, data, &(laco_write_options){.beam = -1}, &t), LACO_INVALID);
    assert_int_equal(laco_model_transcribe_all(model, data, &(laco_write_options){.beam = 2, .nbest = 3}, &t), LACO_INVALID);
    assert_said("a beam of 2 and 3 answers");
    laco_model_free(model);
    laco_spoken_free(data);
}

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
        status = laco_model_transcribe_all(model, data, &(laco_write_options){.beam = 2, .nbest = 2}, &t);
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
    const struct CMUnitTest tests[] = {TEST(sounds), TEST(bad_sounds), TEST(damaged_sounds), TEST(features),
                                       TEST(lists),  TEST(bad_lists),  TEST(texts),          TEST(models),
                                       TEST(words),  TEST(refusals),   TEST(no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
