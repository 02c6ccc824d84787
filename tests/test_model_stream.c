/* Whole models as streams: whatever the cuts, the answers are those of the functions that ask for the whole. */
#include "base/random.h"
#include "folder_fixture.h"
#include "laco/laco.h"
#include "reversed_words.h"
#include "text/text_stream.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

/* ---- What is told ---- */

typedef struct answers {
    char text[1 << 19]; /* each answer with all bits of its numbers */
    size_t used;
    int labels, vocabulary, columns, horizon, quantiles;
    const char *task;
} answers;

static answers whole, cut, asked;

__attribute__((format(printf, 2, 3))) static void say(answers *a, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int length = vsnprintf(a->text + a->used, sizeof a->text - a->used, format, list);
    va_end(list);
    a->used += (size_t)length;
    assert_true(a->used < sizeof a->text);
}

static void say_reals(answers *a, const laco_real *x, int count)
{
    for (int i = 0; i < count; i++)
        say(a, " %a", (double)x[i]);
}

static void told(void *user, const laco_stream_answer *answer)
{
    answers *a = user;
    say(a, "%lld%s", (long long)answer->step, answer->whole ? "!" : "");
    if (strcmp(a->task, "classify") == 0) {
        say(a, " %s %d", answer->label.name, answer->label.index);
        say_reals(a, answer->label.log_probabilities, a->labels);
    } else if (strcmp(a->task, "tag") == 0) {
        say(a, " %lld %s", (long long)answer->tag.word, answer->tag.name);
    } else if (strcmp(a->task, "generate") == 0) {
        say(a, " %.*s %a", (int)answer->token.length, answer->token.text, answer->token.log_probability);
        say_reals(a, answer->token.log_probabilities, a->vocabulary);
    } else if (strcmp(a->task, "forecast") == 0) {
        say(a, " %lld", (long long)answer->forecast.seconds);
        for (int i = 0; i < a->horizon * a->columns; i++)
            say(a, " %a", answer->forecast.values[i]);
        for (int i = 0; answer->forecast.quantiles && i < a->horizon * a->quantiles; i++)
            say(a, " %a", answer->forecast.quantiles[i]);
    } else {
        say(a, " %.*s %a", (int)answer->speech.length, answer->speech.text, answer->speech.log_probability);
    }
    say(a, "\n");
}

static void clear(answers *a, const laco_model *model)
{
    laco_forecast_info info = {0};
    int labels;
    laco_model_forecast_info(model, &info);
    laco_model_label_names(model, &labels);
    *a = (answers){.labels = labels,
                   .task = laco_model_task(model),
                   .columns = info.column_count,
                   .horizon = (int)info.horizon,
                   .quantiles = info.quantile_count};
}

/* ---- What goes in ---- */

typedef struct input {
    const char *text;
    const float *samples;
    const laco_real *numbers;
    const double *rows;
    size_t count, width; /* bytes, samples, steps, rows; numbers of a step or row */
} input;

static laco_status feed(laco_model_stream *stream, const input *in, size_t from, size_t count)
{
    if (in->text)
        return laco_model_stream_text(stream, in->text + from, count);
    if (in->samples)
        return laco_model_stream_samples(stream, in->samples + from, count);
    if (in->numbers)
        return laco_model_stream_numbers(stream, in->numbers + from * in->width, (int64_t)count);
    for (size_t row = from; row < from + count; row++)
        LACO_TRY(laco_model_stream_row(stream, in->rows + row * in->width, (int64_t)row));
    return LACO_OK;
}

#define RIGHT(call)                                                                                                              \
    do {                                                                                                                         \
        if ((call) < 0)                                                                                                          \
            fail_msg("%s: %s", #call, laco_error(ctx));                                                                          \
    } while (0)

static laco_model *again(laco_model *model)
{
    laco_model *loaded = NULL;
    RIGHT(laco_model_save(model, temporary_path("model.safetensors")));
    RIGHT(laco_model_load(ctx, temporary_path("model.safetensors"), &loaded));
    return loaded;
}

static size_t state_size(laco_model_stream *stream)
{
    size_t size = 0;
    RIGHT(laco_model_stream_state_save(stream, NULL, &size));
    return size;
}

/* Random cuts; at each the state may move on to another stream, of the model loaded again. */
static void feed_cut(laco_model_stream *one, laco_model_stream *other, const input *in, unsigned seed)
{
    laco_rng rng = {.seed = seed, .stream = 7};
    for (size_t from = 0; from < in->count;) {
        size_t most = seed % 3 == 0 ? 3 : in->count, part = 1 + (size_t)laco_rng_below(&rng, LACO_MIN(most, in->count - from));
        RIGHT(feed(one, in, from, part));
        from += part;
        if (seed % 2 == 0)
            continue;
        size_t size = state_size(one);
        char *bytes = test_malloc(size);
        RIGHT(laco_model_stream_state_save(one, bytes, &size));
        RIGHT(laco_model_stream_state_load(other, bytes, size));
        test_free(bytes);
        laco_model_stream *kept = one;
        one = other;
        other = kept;
    }
    RIGHT(laco_model_stream_end(one));
}

static void check_damaged(laco_model_stream *stream, const input *in)
{
    RIGHT(laco_model_stream_reset(stream));
    RIGHT(feed(stream, in, 0, in->count / 2));
    size_t size = state_size(stream);
    char *bytes = test_malloc(size), *after = test_malloc(size);
    size_t room = size - 1;
    assert_int_equal(laco_model_stream_state_save(stream, bytes, &room), LACO_INVALID);
    assert_int_equal(room, size);
    RIGHT(laco_model_stream_state_save(stream, bytes, &size));
    assert_int_equal(laco_model_stream_state_load(stream, bytes, size - 1), LACO_FORMAT);
    assert_int_equal(laco_model_stream_state_load(stream, bytes, 3), LACO_FORMAT);
    for (size_t at = 0; at < size; at += 1 + size / 97) {
        bytes[at] ^= 0x20;
        assert_int_equal(laco_model_stream_state_load(stream, bytes, size), LACO_FORMAT);
        bytes[at] ^= 0x20;
    }
    assert_int_equal(state_size(stream), size); /* it is as before */
    RIGHT(laco_model_stream_state_save(stream, after, &size));
    assert_memory_equal(bytes, after, size);
    test_free(bytes);
    test_free(after);
}

/* The answers to the whole are left in `whole`. */
static void check(laco_model *model, const input *in)
{
    laco_model *loaded = again(model);
    laco_model_stream *one, *other;
    clear(&whole, model);
    RIGHT(laco_model_stream_new(model, told, &whole, &one));
    RIGHT(feed(one, in, 0, in->count));
    RIGHT(laco_model_stream_end(one));
    laco_model_stream_free(one);
    for (unsigned seed = 1; seed <= 12; seed++) {
        clear(&cut, model);
        RIGHT(laco_model_stream_new(model, told, &cut, &one));
        RIGHT(laco_model_stream_new(loaded, told, &cut, &other));
        RIGHT(feed(one, in, 0, in->count / 3)); /* to be forgotten */
        RIGHT(laco_model_stream_reset(one));
        clear(&cut, model);
        feed_cut(one, other, in, seed);
        assert_string_equal(cut.text, whole.text);
        if (seed == 1)
            check_damaged(one, in);
        laco_model_stream_free(one);
        laco_model_stream_free(other);
    }
    laco_model_free(loaded);
    assert_true(whole.used > 0);
}

/* ---- Models ---- */

static const laco_train_options brief = {.epochs = 2, .batch = 4, .ema_decay = LACO_OFF, .optimiser = {.lr = 0.01}};

static const char *const names[] = {"Silva", "Sousa", "Rossi", "Russo", "Sant\xC3\xB3s", "Bianchi e filhos"};
static const char *const labels[] = {"a", "a", "b", "b", "a", "b"};

static laco_model *classifier(laco_text_config text, laco_pooling pool, laco_cell_kind cell, int directions)
{
    laco_labelled *data;
    laco_model *model = NULL;
    laco_classify_options options = {.train = brief,
                                     .text = text,
                                     .network = {.cell = cell, .hidden = 9, .layers = 2, .directions = directions, .pool = pool},
                                     .valid.fraction = LACO_OFF};
    RIGHT(laco_labelled_from_texts(ctx, names, NULL, labels, 6, NULL, &data));
    RIGHT(laco_train_classify(ctx, &options, data, NULL, &model));
    laco_labelled_free(data);
    return model;
}

/* The scores of the text by the function that asks for all of it, as the last line of a stream. */
static void check_last_label(laco_model *model, int64_t steps, const laco_label *ranked)
{
    double p[2];
    clear(&asked, model);
    for (int k = 0; k < 2; k++)
        p[ranked[k].index] = ranked[k].log_probability;
    say(&asked, "%lld! %s %d %a %a\n", (long long)steps, ranked[0].name, ranked[0].index, p[0], p[1]);
    assert_true(whole.used >= asked.used);
    assert_string_equal(whole.text + whole.used - asked.used, asked.text);
}

static int64_t last_step(const answers *a)
{
    const char *line = a->text + a->used - 1;
    while (line > a->text && line[-1] != '\n')
        line--;
    return atoll(line);
}

/* ã and ọ́ in parts, Hangul in parts, what composes with marks of several classes, a word with hyphens, an end in a mark. */
static const char hard[] =
    "Sa\xCC\x83o-Jo\xCC\xA3\xCC\x81 \xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB don't 'a- \xED\x95\x9C\xE4\xB8\xAD\xE5\x9B\xBD "
    "Silva, Rossi\xC2\xA0x\t\xF0\x9F\x98\x80 o\xCC\x81\xCC\xA3 Russo e\xCC\x81";

static void test_classify_text(void **state)
{
    static const laco_text_config texts[] = {
        {0}, {.fold_accents = true, .lower = true}, {.level = LACO_TEXT_WORD, .lower = true}, {.level = LACO_TEXT_BYTE}};
    (void)state;
    for (int i = 0; i < 4; i++) {
        laco_model *model = classifier(texts[i], (laco_pooling)(LACO_POOL_LAST + i), i % 2 ? LACO_LSTM : LACO_GRU, 1);
        laco_label ranked[2];
        for (int empty = 0; empty < 2; empty++) {
            input in = {.text = hard, .count = empty ? 0 : strlen(hard)};
            check(model, &in);
            RIGHT(laco_model_classify(model, empty ? "" : hard, 2, ranked));
            check_last_label(model, last_step(&whole), ranked);
        }
        laco_model_free(model);
    }
}

static void test_classify_numbers(void **state)
{
    laco_real values[120];
    int64_t steps[6] = {10, 10, 10, 10, 10, 10};
    laco_labelled *data;
    laco_model *model = NULL;
    laco_label ranked[2];
    (void)state;
    for (int i = 0; i < 120; i++)
        values[i] = (laco_real)sin(i * 0.7) * (laco_real)(1 + i / 40);
    laco_classify_options options = {.train = brief,
                                     .network = {.hidden = 7, .directions = 1, .pool = LACO_POOL_ALL},
                                     .positions = LACO_ALWAYS,
                                     .valid.fraction = LACO_OFF};
    RIGHT(laco_labelled_from_values(ctx, values, steps, 2, labels, 6, NULL, &data));
    RIGHT(laco_train_classify(ctx, &options, data, NULL, &model));
    laco_labelled_free(data);
    check(model, &(input){.numbers = values, .count = 30, .width = 2});
    RIGHT(laco_model_classify_numbers(model, 1, (const laco_real *const[]){values}, (int64_t[]){30}, 2, ranked));
    check_last_label(model, 30, ranked);
    laco_model_stream *stream;
    RIGHT(laco_model_stream_new(model, NULL, NULL, &stream));
    values[3] = (laco_real)NAN;
    assert_int_equal(laco_model_stream_numbers(stream, values, 4), LACO_INVALID);
    assert_int_equal(laco_model_stream_text(stream, "a", 1), LACO_INVALID);
    assert_int_equal(laco_model_stream_samples(stream, NULL, 0), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "reads text, or steps of numbers, not samples"));
    RIGHT(laco_model_stream_numbers(stream, values, 1)); /* all that was INVALID has left it as it was */
    laco_model_stream_free(stream);
    laco_model_free(model);
}

static laco_model *tagger(bool crf, int directions)
{
    static const char text[] = "o\tO\ngato\tB-X\ndorme\tI-X\n\na\tO\ncasa\tB-X\n\ncasa\tB-X\ndorme\tO\n\n";
    laco_tag_options options = {
        .train = brief, .network = {.hidden = 8, .directions = directions}, .ensemble = 2, .crf = crf ? LACO_ALWAYS : LACO_NEVER};
    laco_tagged *data;
    laco_model *model = NULL;
    RIGHT(laco_tagged_parse(ctx, "tags.tsv", text, strlen(text), NULL, &data));
    RIGHT(laco_train_tag(ctx, &options, data, data, &model));
    laco_tagged_free(data);
    return model;
}

static void test_tag(void **state)
{
    static const char *const words[] = {"o", "gato", "da", "casa", "na\xCC\x83o", "dorme", "o"};
    static const char text[] = " o gato\tda  casa\nna\xCC\x83o dorme o";
    const char *tags[7];
    (void)state;
    for (int crf = 0; crf < 2; crf++) {
        laco_model *model = tagger(crf, 1);
        check(model, &(input){.text = text, .count = strlen(text)});
        RIGHT(laco_model_tag(model, words, 7, tags));
        clear(&asked, model);
        for (int i = 0; i < 7; i++)
            say(&asked, "%d %d %s\n", crf ? 7 : i + 1, i, tags[i]);
        assert_string_equal(whole.text, asked.text);
        laco_model_free(model);
    }
}

static laco_model *language(laco_text_level level, laco_cell_kind cell)
{
    char text[4000] = "";
    const char *texts[] = {text};
    laco_text_config config = {.level = level};
    laco_generate_options options = {
        .train = brief, .text = config, .seq_len = 16, .network = {.cell = cell, .hidden = 10, .embed = 5}};
    laco_corpus *corpus;
    laco_model *model = NULL;
    for (int i = 0; i < 90; i++)
        strcat(text, i * i % 7 < 3 ? "o gato s\xC3\xA3o, dorme-se.\n" : "e casa <unk> ");
    RIGHT(laco_corpus_from_texts(ctx, &config, texts, (size_t[]){strlen(text)}, 1, &corpus));
    RIGHT(laco_train_generate(ctx, &options, corpus, NULL, &model));
    laco_corpus_free(corpus);
    return model;
}

static bool read_told(void *user, const char *token, size_t length, double log_probability)
{
    (void)user;
    say(&asked, "%.*s %a\n", (int)length, token, log_probability);
    return true;
}

/* Of each answer the token and the probability that it had. */
static bool stream_read(laco_model_stream *stream, const char *text)
{
    return laco_model_stream_text(stream, text, strlen(text)) == LACO_OK && laco_model_stream_end(stream) == LACO_OK;
}

static void told_token(void *user, const laco_stream_answer *answer)
{
    say(user, "%.*s %a\n", (int)answer->token.length, answer->token.text, answer->token.log_probability);
}

static void test_generate(void **state)
{
    static const char text[] = "o <unk> gato\n<unk> <unk>, <unk\n sa\xCC\x83o don't <unk>\n\n casa<unk> d-\n-e dorme-se <unk>";
    (void)state;
    for (int form = 0; form < 4; form++) { /* characters, words, bytes; an mlp of characters */
        laco_model *model = language(form < 3 ? LACO_TEXT_CHAR + form : LACO_TEXT_CHAR, form < 3 ? LACO_LSTM : LACO_MLP);
        laco_generator *generator, *of_stream;
        laco_model_stream *stream;
        check(model, &(input){.text = text, .count = strlen(text)});
        clear(&cut, model);
        clear(&asked, model);
        RIGHT(laco_model_stream_new(model, told_token, &cut, &stream));
        RIGHT(laco_generator_new(model, &(laco_sampling){.temperature = 0.7, .seed = 5}, &generator));
        assert_true(stream_read(stream, text));
        RIGHT(laco_generator_read(generator, text, strlen(text), read_told, NULL, NULL));
        assert_string_equal(cut.text, asked.text);
        RIGHT(laco_model_stream_generator(stream, &(laco_sampling){.temperature = 0.7, .seed = 5}, &of_stream));
        for (int i = 0; i < 20; i++) {
            const char *a, *b;
            size_t a_length, b_length;
            double p, q;
            RIGHT(laco_generator_next(generator, &a, &a_length, &p));
            RIGHT(laco_generator_next(of_stream, &b, &b_length, &q));
            assert_string_equal(a, b);
            assert_true(p == q && a_length == b_length);
        }
        assert_int_equal(laco_model_stream_generator(stream, &(laco_sampling){.temperature = -1}, &of_stream), LACO_INVALID);
        laco_generator_free(generator);
        laco_model_stream_free(stream);
        laco_model_free(model);
    }
}

enum { ROWS = 90, KNOWN = 60 };

static void wave(double *values)
{
    for (int i = 0; i < ROWS; i++) {
        values[2 * i] = 10 + sin(i / 3.0) + 0.01 * (i * 7919 % 101);
        values[2 * i + 1] = 5 + cos(i / 3.0);
    }
}

/* Forecasts that begin behind each row, as a stream's answers. */
static void ask_forecasts(laco_model *model, const double *values, int64_t from)
{
    static const char *const columns[] = {"y", "z"};
    laco_forecast_info info;
    RIGHT(laco_model_forecast_info(model, &info));
    clear(&asked, model);
    for (int64_t rows = from; rows <= ROWS; rows++) {
        laco_series *data;
        laco_forecast_run *run;
        double quantiles[32];
        int used = 0;
        RIGHT(laco_series_from_values(ctx, values, 1, (size_t)rows, 2, columns, &data));
        RIGHT(laco_forecast_start(model, data, 0, 0, &run));
        say(&asked, "%lld %lld", (long long)rows, (long long)rows + 1);
        for (int64_t h = 0; h < info.horizon; h++) {
            laco_forecast_point point;
            RIGHT(laco_forecast_next(run, &point));
            say(&asked, " %a %a", point.value[0], point.value[1]);
            for (int q = 0; q < info.quantile_count; q++)
                quantiles[used++] = point.quantile[q];
        }
        for (int i = 0; i < used; i++)
            say(&asked, " %a", quantiles[i]);
        say(&asked, "\n");
        laco_forecast_free(run);
        laco_series_free(data);
    }
}

static void test_forecast(void **state)
{
    static const char *const columns[] = {"y", "z"};
    double values[2 * ROWS];
    (void)state;
    wave(values);
    for (int form = 0; form < 5; form++) {
        bool mlp = form > 2;
        laco_forecast_options options = {.train = brief,
                                         .network = {.cell = mlp ? LACO_MLP : LACO_GRU, .hidden = 6, .layers = 1},
                                         .window = mlp ? form : 0,
                                         .horizon = form == 1 || form == 3 ? 3 : 1,
                                         .base = form == 2 || form == 4 ? LACO_BASE_NONE : LACO_BASE_AUTO};
        if (form == 1)
            options.quantiles = (laco_reals){.count = 3, .value = {0.1, 0.5, 0.9}};
        laco_series *data;
        laco_model *model = NULL;
        RIGHT(laco_series_from_values(ctx, values, 1, KNOWN, 2, columns, &data));
        RIGHT(laco_train_forecast(ctx, &options, data, NULL, &model));
        laco_series_free(data);
        check(model, &(input){.rows = values, .count = ROWS, .width = 2});
        laco_forecast_info info;
        RIGHT(laco_model_forecast_info(model, &info));
        ask_forecasts(model, values, info.context);
        assert_string_equal(whole.text, asked.text);
        laco_model_stream *stream;
        RIGHT(laco_model_stream_new(model, NULL, NULL, &stream));
        assert_int_equal(laco_model_stream_row(stream, (double[]){1, INFINITY}, 0), LACO_INVALID);
        assert_int_equal(laco_model_stream_series(stream, "no such"), LACO_INVALID);
        RIGHT(laco_model_stream_series(stream, ""));
        laco_model_stream_free(stream);
        laco_model_free(model);
    }
}

static void tone(float *samples, size_t count, double hertz)
{
    for (size_t i = 0; i < count; i++)
        samples[i] = (float)(0.3 * sin(6.283185307179586 * hertz * (double)i / 8000));
}

static laco_model *recogniser(int directions)
{
    static const char *const texts[] = {"lo lo", "hi", "lo lo", "hi"};
    float samples[6400];
    laco_spoken *data;
    laco_model *model = NULL;
    laco_transcribe_options options = {
        .train = brief, .network = {.hidden = 8, .layers = 1, .directions = directions}, .valid.fraction = LACO_OFF};
    options.train.epochs = 30;
    for (int i = 0; i < 4; i++)
        tone(samples + 1600 * i, 1600, i % 2 ? 1500 : 400);
    RIGHT(laco_spoken_from_samples(ctx, samples, (size_t[]){1600, 1600, 1600, 1600}, texts, 4,
                                   &(laco_spoken_config){.rate = 8000}, &data));
    RIGHT(laco_train_transcribe(ctx, &options, data, NULL, &model));
    laco_spoken_free(data);
    return model;
}

static char heard_text[4096];

static void told_speech(void *user, const laco_stream_answer *answer)
{
    strncat(heard_text, answer->speech.text, answer->speech.length);
    *(double *)user = answer->speech.log_probability;
}

static void test_transcribe(void **state)
{
    static const size_t lengths[] = {5000, 1677, 199, 1, 0};
    float samples[5000];
    laco_model *model = recogniser(1);
    (void)state;
    tone(samples, 2500, 410);
    tone(samples + 2500, 2500, 1480);
    for (int i = 0; i < 5; i++) {
        laco_transcripts text;
        laco_model_stream *stream;
        double p = 1;
        check(model, &(input){.samples = samples, .count = lengths[i]});
        heard_text[0] = '\0';
        RIGHT(laco_model_stream_new(model, told_speech, &p, &stream));
        assert_int_equal(laco_model_stream_samples(stream, &(float){INFINITY}, 1), LACO_INVALID);
        RIGHT(laco_model_stream_samples(stream, samples, lengths[i]));
        RIGHT(laco_model_stream_end(stream));
        if (lengths[i] > 0) {
            RIGHT(laco_model_transcribe(model, samples, lengths[i], 8000, &(laco_decode_options){.beam = 1}, &text));
            assert_string_equal(heard_text, text.text[0]);
            assert_true(p == text.log_probability[0]);
            laco_transcripts_free(&text);
        }
        laco_model_stream_free(stream);
    }
    laco_model_free(model);
}

/* ---- Text ---- */

/* Whatever composes in Unicode is not cut between. */
static void test_settled(void **state)
{
    (void)state;
    for (int32_t point = 1; point < 0x110000; point++) {
        int32_t parts[8];
        int boundary = 0, got = point >= 0xD800 && point < 0xE000
                                    ? 0
                                    : (int)utf8proc_decompose_char(point, parts, 8, UTF8PROC_DECOMPOSE, &boundary);
        for (int i = 1; i < got; i++) {
            utf8proc_uint8_t bytes[8];
            size_t first = (size_t)utf8proc_encode_char(parts[0], bytes), length = first;
            assert_true(laco_text_settled((const char *)bytes, length) == 0); /* a part may come */
            length += (size_t)utf8proc_encode_char(parts[i], bytes + first);
            assert_true(laco_text_settled((const char *)bytes, length) == 0);
        }
    }
    assert_int_equal(laco_text_settled("ab ", 3), 3);
    assert_int_equal(laco_text_settled("ab", 2), 1);
}

static void test_bad_text(void **state)
{
    static const char *const bad[] = {"ab\xC3(", "\xFF", "ab\xE2\x82", "\xED\xA0\x80"};
    laco_model *model = classifier((laco_text_config){0}, LACO_POOL_LAST, LACO_GRU, 1);
    laco_model_stream *stream;
    (void)state;
    RIGHT(laco_model_stream_new(model, NULL, NULL, &stream));
    for (int i = 0; i < 4; i++) {
        assert_false(stream_read(stream, bad[i]));
        assert_non_null(strstr(laco_error(ctx), "is not UTF-8"));
        assert_int_equal(laco_model_stream_text(stream, "a", 1), LACO_INVALID); /* until it is reset */
        RIGHT(laco_model_stream_reset(stream));
        assert_true(stream_read(stream, "a"));
    }
    laco_status status = LACO_OK;
    for (int i = 0; i < 10000 && status == LACO_OK; i++)
        status = laco_model_stream_text(stream, "\xCC\x81", 2);
    assert_int_equal(status, LACO_FORMAT);
    laco_model_stream_free(stream);
    laco_model_free(model);
}

/* ---- Handles ---- */

typedef struct reader {
    laco_context *ctx;
    laco_model *model;
    answers *said;
    laco_status status;
} reader;

static void *read_in_thread(void *argument)
{
    reader *r = argument;
    laco_model_stream *stream;
    r->status = laco_model_stream_new(r->model, told, r->said, &stream);
    for (size_t i = 0; i < strlen(hard) && r->status == LACO_OK; i++)
        r->status = laco_model_stream_text(stream, hard + i, 1);
    if (r->status == LACO_OK)
        r->status = laco_model_stream_end(stream);
    laco_model_stream_free(stream);
    return NULL;
}

static void test_handles(void **state)
{
    laco_model *model = classifier((laco_text_config){0}, LACO_POOL_ALL, LACO_LSTM, 1);
    reader readers[2] = {{.said = &cut}, {.said = &asked}};
    pthread_t threads[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        RIGHT(laco_context_new(&(laco_context_config){.threads = 1}, &readers[i].ctx));
        RIGHT(laco_model_share(model, readers[i].ctx, &readers[i].model));
        clear(readers[i].said, model);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_in_thread, &readers[i]), 0);
    clear(&whole, model);
    reader self = {.model = model, .said = &whole};
    read_in_thread(&self);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(readers[i].status, LACO_OK);
        assert_string_equal(readers[i].said->text, whole.text);
        laco_model_free(readers[i].model);
        laco_context_free(readers[i].ctx);
    }
    laco_model_free(model);
}

/* ---- Refusals, layers, memory ---- */

static void refuse(laco_model *model, const char *why)
{
    laco_model_stream *stream;
    assert_int_equal(laco_model_stream_new(model, NULL, NULL, &stream), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), why));
    laco_model_free(model);
}

static void test_refused(void **state)
{
    laco_transduce_options options = reversed_options();
    laco_pairs *pairs = reversed_words(ctx, 2);
    laco_model *model = NULL;
    (void)state;
    options.train = brief;
    RIGHT(laco_train_transduce(ctx, &options, pairs, NULL, &model));
    laco_pairs_free(pairs);
    assert_non_null(laco_model_rnn(model, "encoder"));
    assert_non_null(laco_model_rnn(model, "decoder.rnn"));
    refuse(model, "cannot be a stream");
    refuse(classifier((laco_text_config){0}, LACO_POOL_LAST, LACO_GRU, 2), "--unidirectional");
    refuse(classifier((laco_text_config){0}, LACO_POOL_DEFAULT, LACO_MLP, 0), "an mlp");
    refuse(tagger(false, 2), "--unidirectional");
    refuse(recogniser(2), "--unidirectional");
}

static void test_other_model(void **state)
{
    laco_model *models[2] = {classifier((laco_text_config){0}, LACO_POOL_LAST, LACO_GRU, 1),
                             classifier((laco_text_config){0}, LACO_POOL_MEAN, LACO_LSTM, 1)};
    laco_model_stream *streams[2];
    char bytes[4096];
    (void)state;
    for (int i = 0; i < 2; i++)
        RIGHT(laco_model_stream_new(models[i], NULL, NULL, &streams[i]));
    size_t size = state_size(streams[0]);
    assert_true(size <= sizeof bytes);
    RIGHT(laco_model_stream_state_save(streams[0], bytes, &size));
    assert_int_equal(laco_model_stream_state_load(streams[1], bytes, size), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "another model"));
    for (int i = 0; i < 2; i++) {
        laco_model_stream_free(streams[i]);
        laco_model_free(models[i]);
    }
}

/* Of a model that was loaded for inference nothing is left that says which one it is; as a stream it answers. */
static void test_for_inference(void **state)
{
    laco_model *model = classifier((laco_text_config){0}, LACO_POOL_LAST, LACO_GRU, 1);
    laco_model_stream *stream;
    size_t size = 0;
    char byte = 0;
    (void)state;
    RIGHT(laco_model_save(model, temporary_path("model.safetensors")));
    laco_model_free(model);
    RIGHT(laco_model_load_for_inference(ctx, temporary_path("model.safetensors"), &model));
    RIGHT(laco_model_stream_new(model, NULL, NULL, &stream));
    RIGHT(laco_model_stream_text(stream, "gato", 4));
    assert_int_equal(laco_model_stream_state_save(stream, NULL, &size), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "loaded for inference"));
    assert_int_equal(laco_model_stream_state_load(stream, &byte, 1), LACO_INVALID);
    RIGHT(laco_model_stream_end(stream));
    laco_model_stream_free(stream);
    laco_model_free(model);
}

static void test_layer(void **state)
{
    laco_model *model = classifier((laco_text_config){0}, LACO_POOL_LAST, LACO_GRU, 1);
    laco_stream *steps;
    (void)state;
    laco_rnn *rnn = laco_model_rnn(model, "rnn");
    assert_non_null(rnn);
    RIGHT(laco_stream_new(rnn, 1, &steps));
    laco_stream_free(steps);
    assert_null(laco_model_rnn(model, "encoder"));
    assert_string_equal(laco_error(ctx), "there is no recurrent layer \"encoder\"; there is \"rnn\"");
    laco_model_free(model);
    assert_non_null(model = tagger(false, 1));
    assert_non_null(laco_model_rnn(model, "member_1.rnn"));
    assert_null(laco_model_rnn(model, "rnn."));
    assert_non_null(strstr(laco_error(ctx), "\"letter_rnn\", \"rnn\", \"member_1.letter_rnn\""));
    laco_model_free(model);
}

static laco_status attempt(laco_context *own, void *data)
{
    const input *in = data;
    laco_model *model;
    laco_model_stream *stream = NULL;
    char bytes[1 << 16];
    LACO_TRY(laco_model_load(own, temporary_path("model.safetensors"), &model));
    laco_status status = laco_model_stream_new(model, NULL, NULL, &stream);
    if (status == LACO_OK)
        status = feed(stream, in, 0, in->count);
    size_t size = status == LACO_OK ? state_size(stream) : 0;
    assert_true(size <= sizeof bytes);
    if (status == LACO_OK && (status = laco_model_stream_state_save(stream, bytes, &size)) == LACO_OK &&
        (status = laco_model_stream_reset(stream)) == LACO_OK &&
        (status = laco_model_stream_state_load(stream, bytes, size)) == LACO_OK)
        status = laco_model_stream_end(stream);
    laco_model_stream_free(stream);
    laco_model_free(model);
    return status;
}

static void test_memory(void **state)
{
    static const char text[] = "o ga\xCC\x83to da";
    input in = {.text = text, .count = strlen(text)};
    laco_model *models[] = {classifier((laco_text_config){.level = LACO_TEXT_WORD}, LACO_POOL_ALL, LACO_GRU, 1), tagger(true, 1),
                            language(LACO_TEXT_WORD, LACO_LSTM)};
    (void)state;
    for (int i = 0; i < 3; i++) {
        RIGHT(laco_model_save(models[i], temporary_path("model.safetensors")));
        laco_model_free(models[i]);
        assert_true(fail_each_allocation(attempt, &in) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(test_classify_text),
        TEST_IN_FOLDER(test_classify_numbers),
        TEST_IN_FOLDER(test_tag),
        TEST_IN_FOLDER(test_generate),
        TEST_IN_FOLDER(test_forecast),
        TEST_IN_FOLDER(test_transcribe),
        TEST(test_settled),
        TEST(test_bad_text),
        TEST(test_refused),
        TEST(test_other_model),
        TEST_IN_FOLDER(test_for_inference),
        TEST(test_layer),
        TEST_IN_FOLDER(test_memory),
        TEST(test_handles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
