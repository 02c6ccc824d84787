/* Captioners: trained on small pictures and vectors, saved, asked in every way. */
#include "context_fixture.h"
#include "laco/laco.h"
#include "temporary_folder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Data: one to three signs side by side, each a column pattern of 3 × 4 pixels, and their names ---- */

#define HEIGHT 4
#define SIGN 3
#define SIGNS 3

static const char *const names[SIGNS] = {"um", "dois", "três"};
static const char signs[SIGNS][HEIGHT][SIGN + 1] = {
    {".#.", ".#.", ".#.", ".#."}, {"##.", "..#", ".#.", "###"}, {"###", ".#.", "..#", "##."}};

/* Writes the picture of the digits of `number` (each 0 … 2) as PGM. */
static void write_picture(const char *path, const char *digits)
{
    size_t count = strlen(digits);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fprintf(file, "P5 %zu %d 255\n", count * SIGN, HEIGHT);
    for (int y = 0; y < HEIGHT; y++)
        for (size_t i = 0; i < count; i++)
            for (int x = 0; x < SIGN; x++)
                fputc(signs[digits[i] - '0'][y][x] == '#' ? 250 : 5, file);
    assert_int_equal(fclose(file), 0);
}

/* A list of all rows of one to `most` signs but one ("021"), each `times` times. Returns its path. */
static const char *write_list(const char *name, int most, int times, const char *without)
{
    static char list[512]; /* temporary_path gives its places out in turn */
    snprintf(list, sizeof list, "%s", temporary_path(name));
    FILE *file = fopen(list, "w");
    assert_non_null(file);
    for (int length = 1, rows = SIGNS; length <= most; length++, rows *= SIGNS)
        for (int row = 0; row < rows * times; row++) {
            char digits[8] = "", picture[32];
            for (int i = 0, rest = row % rows; i < length; i++, rest /= SIGNS)
                digits[i] = (char)('0' + rest % SIGNS);
            digits[length] = 0;
            if (without && strcmp(digits, without) == 0)
                continue;
            snprintf(picture, sizeof picture, "p%s.pgm", digits);
            write_picture(temporary_path(picture), digits);
            fprintf(file, "%s\t", picture);
            for (int i = 0; i < length; i++)
                fprintf(file, "%s%s", i > 0 ? " " : "", names[digits[i] - '0']);
            fputc('\n', file);
        }
    assert_int_equal(fclose(file), 0);
    return list;
}

static laco_captioned *load(const char *path, const laco_captioned_config *config)
{
    laco_captioned *data = NULL;
    if (laco_captioned_load(ctx, &path, 1, config, &data) < 0)
        fail_msg("%s", laco_error(ctx));
    return data;
}

static laco_caption_options small_options(void)
{
    return (laco_caption_options){.train = {.epochs = 40, .batch = 8, .optimiser = {.lr = 0.01}},
                                  .network = {.hidden = 24, .embed = 8, .dropout = -1},
                                  .columns = 1,
                                  .shift = -1,
                                  .bend = -1,
                                  .valid.fraction = -1};
}

static laco_model *train(const laco_caption_options *options, const laco_captioned *data, const laco_captioned *valid)
{
    laco_model *model = NULL;
    if (laco_train_caption(ctx, options, data, valid, &model) < 0)
        fail_msg("%s", laco_error(ctx));
    assert_string_equal(laco_model_task(model), "caption");
    return model;
}

static double exact(laco_model *model, const laco_captioned *data, int beam)
{
    laco_decode_score score;
    if (laco_model_score_captions(model, data, &(laco_decode_options){.beam = beam}, &score) < 0)
        fail_msg("%s", laco_error(ctx));
    assert_int_equal(score.count, laco_captioned_count(data));
    return 1 - laco_decode_score_wrong(&score);
}

/* ---- Learning ---- */

/* Reads pictures of any width, those that it never saw too; the file gives the same answers. */
static void learns(void **state)
{
    (void)state;
    laco_captioned *data = load(write_list("train.tsv", 3, 3, "021"), NULL), *unseen;
    laco_caption_options options = small_options();
    laco_model *model = train(&options, data, NULL), *again = NULL;
    laco_hypothesis answer, other;
    assert_true(exact(model, data, 1) == 1);
    assert_true(exact(model, data, 4) == 1);
    write_picture(temporary_path("new.pgm"), "021");
    unseen = load(temporary_path("new.pgm"), &(laco_captioned_config){.uncaptioned = true});
    assert_int_equal(laco_model_caption(model, unseen, 0, 1, NULL, &answer), LACO_OK);
    assert_string_equal(answer.text, "um três dois");
    const char *path = temporary_path("m.safetensors");
    assert_int_equal(laco_model_save(model, path), LACO_OK);
    assert_int_equal(laco_model_load(ctx, path, &again), LACO_OK);
    assert_int_equal(laco_model_caption(again, unseen, 0, 1, NULL, &other), LACO_OK);
    assert_string_equal(other.text, answer.text);
    assert_true(other.log_probability == answer.log_probability && other.score == answer.score);
    laco_model_free(again);
    laco_model_free(model);
    laco_captioned_free(unseen);
    laco_captioned_free(data);
}

/* A picture among others of other widths gets the answers that it gets alone, bit for bit; the n best are in order. */
static void batches(void **state)
{
    (void)state;
    enum { NBEST = 3 };
    laco_captioned *data = load(write_list("train.tsv", 3, 1, NULL), NULL);
    laco_caption_options options = small_options();
    options.train.epochs = 6;
    laco_model *model = train(&options, data, NULL);
    laco_decode_options write = {.beam = 5, .nbest = NBEST};
    laco_hypothesis all[39 * NBEST], one[NBEST];
    char texts[39 * NBEST][64];
    assert_int_equal(laco_captioned_count(data), 39);
    assert_int_equal(laco_model_caption(model, data, 0, 39, &write, all), LACO_OK);
    for (size_t i = 0; i < 39 * NBEST; i++)
        snprintf(texts[i], sizeof texts[i], "%s", all[i].text ? all[i].text : "");
    for (size_t i = 0; i < 39; i++) {
        assert_int_equal(laco_model_caption(model, data, i, 1, &write, one), LACO_OK);
        for (int k = 0; k < NBEST; k++) {
            assert_string_equal(one[k].text, texts[i * NBEST + (size_t)k]);
            assert_true(one[k].log_probability == all[i * NBEST + (size_t)k].log_probability);
            assert_true(k == 0 || one[k].score <= one[k - 1].score);
            assert_true(one[k].log_probability < 0);
        }
    }
    laco_model_free(model);
    laco_captioned_free(data);
}

/* Every kind of network learns the same data. */
static void networks(void **state)
{
    (void)state;
    laco_captioned *data = load(write_list("train.tsv", 2, 4, NULL), NULL);
    for (int kind = 0; kind < 5; kind++) {
        laco_caption_options options = small_options();
        options.attention = kind == 0 ? LACO_ATTENTION_NONE : kind == 1 ? LACO_ATTENTION_ADDITIVE : LACO_ATTENTION_DEFAULT;
        options.network.cell = kind == 2 ? LACO_GRU : LACO_LSTM;
        options.network.directions = kind == 3 ? 1 : 2;
        options.network.layers = kind == 4 ? 2 : 1;
        options.scheduled_sampling = kind == 4 ? 0.3 : 0;
        options.columns = kind == 2 ? 2 : 1; /* 3 and 6 columns: a step that is not full */
        laco_model *model = train(&options, data, NULL);
        if (exact(model, data, 1) < 1)
            fail_msg("network %d: %.3f of the captions are right", kind, exact(model, data, 1));
        laco_model_free(model);
    }
    laco_captioned_free(data);
}

/* Moved and bent pictures are learned too, and which way they are bent depends on the seed. */
static void warped(void **state)
{
    (void)state;
    laco_captioned *data = load(write_list("train.tsv", 2, 4, NULL), NULL);
    laco_caption_options options = small_options();
    options.shift = 0.5;
    options.bend = 0.05;
    options.valid.fraction = 0.2;
    laco_model *model = train(&options, data, NULL);
    assert_true(exact(model, data, 1) > 0.9);
    laco_model_free(model);
    laco_captioned_free(data);
}

/* Vectors: an mlp by default, letters where captions have no spaces. */
static void vectors(void **state)
{
    (void)state;
    char path[512];
    snprintf(path, sizeof path, "%s", temporary_path("v.csv"));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 60; i++)
        fprintf(file, "%d,%.2f,%.2f,%s\n", 7, i % 2 ? 100.0 + i % 5 : 300.0 - i % 5, i % 3 ? -0.01 : 0.01,
                i % 2 ? (i % 3 ? "ab" : "abc") : (i % 3 ? "ba" : "c"));
    assert_int_equal(fclose(file), 0);
    laco_captioned *data = load(path, NULL), *valid = load(path, NULL);
    laco_caption_options options = small_options();
    options.columns = 0;
    laco_model *model = train(&options, data, valid);
    laco_data_config config;
    char *text = NULL;
    assert_true(exact(model, data, 1) == 1);
    assert_int_equal(laco_model_data_config(model, "caption", &config), LACO_OK);
    assert_int_equal(config.captioned.kind, LACO_CAPTIONED_VECTORS);
    assert_int_equal(config.captioned.numbers, 3);
    assert_int_equal(laco_model_describe(model, &text), LACO_OK);
    assert_non_null(strstr(text, "\"encoder\":\"mlp\""));
    assert_non_null(strstr(text, "\"units\":\"char\""));
    laco_free(ctx, text);
    laco_model_free(model);
    options.encoder = LACO_ENCODER_RECURRENT;
    options.train.epochs = 60;
    model = train(&options, data, NULL);
    assert_true(exact(model, data, 1) > 0.9);
    laco_model_free(model);
    laco_captioned_free(valid);
    laco_captioned_free(data);
}

/* ---- What cannot be ---- */

static void refuses(laco_status status, const char *text)
{
    assert_int_equal(status, LACO_INVALID);
    if (!strstr(laco_error(ctx), text))
        fail_msg("says '%s', not '%s'", laco_error(ctx), text);
}

static void wrong_calls(void **state)
{
    (void)state;
    laco_captioned *data = load(write_list("train.tsv", 2, 1, NULL), NULL), *bare;
    laco_caption_options options = small_options();
    options.train.epochs = 1;
    laco_model *model = train(&options, data, NULL), *none = NULL;
    laco_hypothesis answer;
    laco_decode_score score;
    laco_data_config config;
    refuses(laco_model_caption(model, data, 12, 1, NULL, &answer), "no item 12");
    refuses(laco_model_caption(model, data, 0, 1, &(laco_decode_options){.beam = -1}, &answer), "beam");
    refuses(laco_model_caption(model, data, 0, 1, &(laco_decode_options){.beam = 2, .nbest = 3}, &answer), "beam of 2");
    refuses(laco_model_data_config(model, "tag", &config), "trained to caption reads no data to tag");
    assert_null(laco_model_label_names(model, NULL));
    bare = load(temporary_path("p0.pgm"), &(laco_captioned_config){.uncaptioned = true});
    refuses(laco_model_score_captions(model, bare, NULL, &score), "item 1 of the data has no caption");
    refuses(laco_train_caption(ctx, &options, bare, NULL, &none), "has no caption");
    laco_captioned_free(bare);
    FILE *file = fopen(temporary_path("v.csv"), "w");
    fputs("1,2,um\n", file);
    assert_int_equal(fclose(file), 0);
    laco_captioned *other = load(temporary_path("v.csv"), NULL);
    refuses(laco_model_caption(model, other, 0, 1, NULL, &answer), "the data holds vectors");
    refuses(laco_train_caption(ctx, &options, data, other, &none), "the data holds vectors");
    laco_captioned_free(other);
    options.encoder = LACO_ENCODER_MLP;
    refuses(laco_train_caption(ctx, &options, data, NULL, &none), "columns are for a recurrent encoder");
    options.columns = 0;
    refuses(laco_train_caption(ctx, &options, data, NULL, &none), "items of one size");
    options = small_options();
    options.columns = 2000;
    refuses(laco_train_caption(ctx, &options, data, NULL, &none), "columns is '2000'");
    options = small_options();
    options.network.cell = LACO_MLP;
    refuses(laco_train_caption(ctx, &options, data, NULL, &none), "cell is '4'; it can be rnn|gru|lstm");
    assert_null(none);
    laco_model_free(model);
    laco_captioned_free(data);
}

/* ---- Memory ---- */

static laco_status attempt(laco_context *context, void *path)
{
    laco_captioned *data = NULL;
    laco_model *model = NULL;
    laco_caption_options options = small_options();
    const char *name = path;
    laco_hypothesis answer[2];
    laco_decode_score score;
    options.train.epochs = 1;
    options.network.hidden = 4;
    options.valid.fraction = 0.3;
    laco_status status = laco_captioned_load(context, &name, 1, NULL, &data);
    if (status == LACO_OK)
        status = laco_train_caption(context, &options, data, NULL, &model);
    if (status == LACO_OK)
        status = laco_model_caption(model, data, 0, 1, &(laco_decode_options){.nbest = 2}, answer);
    if (status == LACO_OK)
        status = laco_model_score_captions(model, data, NULL, &score);
    laco_model_free(model);
    laco_captioned_free(data);
    return status;
}

static void without_memory(void **state)
{
    (void)state;
    char path[512];
    snprintf(path, sizeof path, "%s", write_list("few.tsv", 1, 2, NULL));
    assert_true(fail_each_allocation(attempt, path) > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(learns),
                                       TEST(batches),
                                       TEST(networks),
                                       TEST(warped),
                                       TEST(vectors),
                                       TEST(wrong_calls),
                                       cmocka_unit_test(without_memory)};
    return cmocka_run_group_tests(tests, temporary_folder_setup, temporary_folder_teardown);
}
