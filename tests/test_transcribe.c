/* Speech recognition on samples in memory: other rates, features, texts, and models that are trained, saved and asked. */
#include "transcribe/mel.h"
#include "transcribe/resample.h"
#include "transcribe/spoken.h"
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

static void assert_said(const char *text)
{
    if (!strstr(laco_error(ctx), text))
        fail_msg("'%s' should say '%s'", laco_error(ctx), text);
}

/* ---- Other rates ----------------------------------------------------------------------------------------------------------- */

enum { MOST = 1 << 15 };

static size_t resample_tone(double hertz, int rate, int wanted, laco_resample_quality quality, float **out)
{
    static float samples[MOST];
    size_t count;
    for (int i = 0; i < MOST; i++)
        samples[i] = (float)(0.5 * sin(TAU * hertz * i / rate));
    assert_int_equal(laco_resample(ctx, samples, MOST, (double)wanted / rate, quality, out, &count), LACO_OK);
    assert_int_equal(count, lround((double)MOST * wanted / rate));
    return count;
}

/* A tone stays itself, and one above half the new rate is gone: both to 16 bits. */
static void rates(void **state)
{
    (void)state;
    static const int pairs[][2] = {{22050, 8000}, {16000, 8000}, {44101, 16000}, {8000, 16000}, {11025, 16000}};
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
        int rate = pairs[p][0], wanted = pairs[p][1];
        double narrow = 0.5 * LACO_MIN(rate, wanted);
        float *out;
        for (double hertz = 100; hertz < 0.86 * narrow; hertz += 0.15 * narrow) {
            size_t count = resample_tone(hertz, rate, wanted, LACO_RESAMPLE_GOOD, &out);
            for (size_t n = count / 4; n < count * 3 / 4; n++)
                assert_true(fabs((double)out[n] - 0.5 * sin(TAU * hertz * (double)n / wanted)) < 1.5e-5);
            laco_release(ctx, out);
        }
        for (double hertz = 1.01 * narrow; rate > wanted && hertz < 0.5 * rate; hertz += 0.2 * narrow) {
            size_t count = resample_tone(hertz, rate, wanted, LACO_RESAMPLE_GOOD, &out);
            for (size_t n = count / 4; n < count * 3 / 4; n++)
                assert_true(fabs((double)out[n]) < 1.5e-5);
            laco_release(ctx, out);
        }
    }
}

static void straight_lines(void **state)
{
    (void)state;
    const float samples[] = {0, 2, 4, 0};
    const double right[] = {0, 1, 2, 3, 4, 2, 0, 0};
    float *out = NULL;
    size_t count = 7;
    assert_int_equal(laco_resample(ctx, samples, 4, 2, LACO_RESAMPLE_FAST, &out, &count), LACO_OK);
    assert_int_equal(count, 8);
    for (size_t i = 0; i < count; i++)
        assert_true((double)out[i] == right[i]);
    laco_release(ctx, out);
    for (int quality = LACO_RESAMPLE_FAST; quality <= LACO_RESAMPLE_GOOD; quality++) {
        assert_int_equal(laco_resample(ctx, samples + 1, 1, 1e-3, (laco_resample_quality)quality, &out, &count), LACO_OK);
        assert_int_equal(count, 1); /* a moment is not nothing */
        laco_release(ctx, out);
        assert_int_equal(laco_resample(ctx, samples, 0, 2, (laco_resample_quality)quality, &out, &count), LACO_OK);
        assert_int_equal(count, 0);
        laco_release(ctx, out);
    }
    assert_int_equal(laco_resample(ctx, samples, SIZE_MAX, 2, LACO_RESAMPLE_FAST, &out, &count), LACO_INVALID);
    assert_int_equal(laco_resample(ctx, samples, 4, 1e30, LACO_RESAMPLE_GOOD, &out, &count), LACO_INVALID);
    assert_said("too long to be resampled");
}

/* ---- Features -------------------------------------------------------------------------------------------------------------- */

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

/* Adds a recording, of 16 bits as files have it, of two letters, which are tones: the second one higher. */
static void add_word(laco_spoken *data, const char *name, const char *text, size_t count, double hertz)
{
    laco_recording item = {.samples = laco_alloc(data->ctx, count, sizeof *item.samples), .count = count};
    for (size_t i = 0; i < count; i++)
        item.samples[i] = (float)lround(8000 * sin(TAU * (i < count / 2 ? hertz : 1.7 * hertz) * (double)i / data->rate)) / 32768;
    assert_int_equal(laco_spoken_keep(data, name, text, &item), LACO_OK);
}

static laco_spoken *none(void)
{
    laco_spoken *data = laco_alloc(ctx, 1, sizeof *data);
    *data = (laco_spoken){.ctx = ctx, .rate = 8000};
    laco_notes_init(&data->notes, ctx);
    return data;
}

static laco_spoken *alone(const char *text)
{
    laco_spoken *data = none();
    add_word(data, "tone", text, 1600, 400);
    return data;
}

/* Eight recordings each of two words, of slightly different pitch and length. */
static laco_spoken *tones(void)
{
    char name[32];
    laco_spoken *data = none();
    for (int i = 0; i < 16; i++) {
        snprintf(name, sizeof name, "tone%d", i);
        add_word(data, name, i % 2 ? "hi" : "lo", (size_t)(1600 + 160 * (i / 2)), (i % 2 ? 1500 : 400) + 3 * i);
    }
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
    laco_spoken *data = tones();
    laco_transcribe_options options = quick();
    laco_model *model = train(data, &options), *again;
    laco_transcripts all, one, best;
    laco_transcribe_score score;
    laco_data_config config;
    assert_int_equal(laco_model_data_config(model, "transcribe", &config), LACO_OK);
    assert_int_equal(config.spoken.rate, 8000);
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
    assert_int_equal(laco_model_transcribe(again, samples, count, 8000, &(laco_decode_options){.beam = 4, .nbest = 3}, &best),
                     LACO_OK);
    assert_int_equal(best.most, 3);
    assert_string_equal(best.text[0], "lo");
    for (int i = 1; i < 3 && best.text[i]; i++)
        assert_true(best.log_probability[i] <= best.log_probability[i - 1]);
    laco_transcripts_free(&best);
    float missing[] = {0, NAN, 0};
    assert_int_equal(laco_model_transcribe(again, missing, 3, 8000, NULL, &one), LACO_INVALID);
    assert_string_equal(laco_error(ctx), "the recording: sample 2 is nan; −1 … 1 is right");
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
    laco_spoken *data = tones();
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
    laco_spoken *data = tones();
    laco_transcribe_options options = quick();
    laco_model *model = NULL;
    laco_transcripts t = {0};
    static const struct {
        const char *text, *said;
    } cases[] = {{NULL, "tone: has no text"},
                 {"", "all empty"},
                 {"far too much for a fifth of a second of sound, whoever speaks", "longer than its recording"},
                 {"aaaaaa", "longer than its recording"}}; /* 6 letters and 5 blanks in 10 steps */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        laco_spoken *odd = alone(cases[i].text);
        assert_int_equal(laco_train_transcribe(ctx, &options, odd, NULL, &model), LACO_INVALID);
        assert_said(cases[i].said);
        laco_spoken_free(odd);
    }
    options.text.level = LACO_TEXT_BYTE;
    assert_int_equal(laco_train_transcribe(ctx, &options, data, NULL, &model), LACO_INVALID);
    options.text.level = LACO_TEXT_CHAR;
    options.network.cell = LACO_MLP;
    assert_int_equal(laco_train_transcribe(ctx, &options, data, NULL, &model), LACO_INVALID);
    assert_null(model);
    options = quick();
    options.train.epochs = 1;
    model = train(data, &options);
    assert_int_equal(laco_model_transcribe_all(model, data, &(laco_decode_options){.beam = -1}, &t), LACO_INVALID);
    assert_int_equal(laco_model_transcribe_all(model, data, &(laco_decode_options){.beam = 2, .nbest = 3}, &t), LACO_INVALID);
    assert_said("a beam of 2 and 3 answers");
    laco_model_free(model);
    laco_spoken_free(data);
}

typedef struct heard {
    char note[300];
    int notes, calls;
} heard;

static bool hear(void *user, const laco_progress *progress)
{
    heard *h = user;
    h->calls++;
    if (progress->note)
        h->notes += snprintf(h->note, sizeof h->note, "%s", progress->note) > 0;
    return true;
}

/* Recordings that teach nothing are counted, once. */
static void too_short(void **state)
{
    (void)state;
    laco_spoken *data = tones();
    laco_transcribe_options options = quick();
    heard h = {.notes = 0};
    options.train.epochs = 2;
    options.train.progress = hear;
    options.train.progress_user = &h;
    laco_model_free(train(data, &options));
    assert_true(h.calls > 2);
    assert_int_equal(h.notes, 0);
    add_word(data, "hurried", "lolololololo", 1600, 400);
    add_word(data, "stammered", "looooool", 1600, 400);
    add_word(data, "fits", "lolololo", 1600, 400);
    laco_model_free(train(data, &options));
    assert_int_equal(h.notes, 1);
    assert_non_null(strstr(h.note, "2 of 19 recordings too short for their text, as hurried: "));
    laco_spoken_free(data);
}

static laco_status live(laco_context *where, void *unused)
{
    (void)unused;
    laco_mel *mel = NULL;
    float samples[400] = {0}, *other = NULL;
    size_t count;
    laco_status status = laco_resample(where, samples, 400, 0.5, LACO_RESAMPLE_GOOD, &other, &count);
    laco_release(where, other);
    if (status == LACO_OK)
        status = laco_mel_new(where, 8000, 40, &mel);
    laco_mel_free(mel);
    return status;
}

static void no_memory(void **state)
{
    (void)state;
    assert_int_equal(fail_each_allocation(live, NULL), 2 + 8);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {TEST(rates), TEST(straight_lines), TEST(features),  TEST(texts),    TEST(models),
                                       TEST(words), TEST(refusals),       TEST(too_short), TEST(no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
