/* The metadata of models: what tables write and read, for every task; every allocation of saving, describing and loading made to
 * fail once, Jansson's among them; sizes that a file cannot hold; values that could not be read again. */
#include "base/file.h"
#include "base/json_text.h"
#include "laco/laco.h"
#include "caption/captioner.h"
#include "classify/classifier.h"
#include "forecast/forecaster.h"
#include "generate/language.h"
#include "tag/tagger.h"
#include "transcribe/transcriber.h"
#include "transduce/transducer.h"

#include "folder_fixture.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- Jansson's memory, counted with the context's ----------------------------------------------------------------------- */

static size_t jansson_blocks;

static void *jansson_allocate(size_t size)
{
    if (++memory.calls == memory.fail_at) {
        memory.failed++;
        return NULL;
    }
    jansson_blocks++;
    return malloc(size);
}

static void jansson_free(void *block)
{
    jansson_blocks -= block != NULL;
    free(block);
}

/* ---- A small model of each task ----------------------------------------------------------------------------------------- */

#define WORKS(call) assert_int_equal(call, LACO_OK)

static laco_vocabulary *words(int count)
{
    laco_vocabulary *vocabulary;
    char token[8];
    WORKS(laco_vocabulary_new(ctx, &vocabulary));
    for (int i = 1; i < count; i++)
        WORKS(laco_vocabulary_count(vocabulary, token, (size_t)snprintf(token, sizeof token, "%c\"é", 'a' + i)));
    return vocabulary;
}

static laco_real *numbers(int count)
{
    laco_real *values = laco_alloc(ctx, (size_t)count, sizeof *values);
    assert_non_null(values);
    for (int i = 0; i < count; i++)
        values[i] = (laco_real)(i + 1) / 3;
    return values;
}

static const char *const labels[] = {"B-X", "O"};

static laco_model *classifier_of_texts(void)
{
    laco_network_config network = {.nonlinearity = LACO_TANH,
                                   .cell = LACO_LSTM,
                                   .inputs = 4,
                                   .embed = 2,
                                   .hidden = 3,
                                   .layers = 2,
                                   .directions = 2,
                                   .outputs = 2,
                                   .dropout = 0.1,
                                   .summary = true,
                                   .pool = LACO_POOL_ALL};
    laco_classifier_input input = {.text = {.level = LACO_TEXT_WORD, .lower = true}, .vocabulary = words(4)};
    laco_classifier *model;
    WORKS(laco_classifier_new(ctx, 1, &network, &input, labels, 2, &model));
    return &model->base;
}

static laco_model *classifier_of_numbers(void)
{
    laco_network_config network = {.nonlinearity = LACO_TANH,
                                   .mlp = true,
                                   .inputs = 3,
                                   .hidden = 3,
                                   .layers = 1,
                                   .directions = 1,
                                   .outputs = 2,
                                   .summary = true,
                                   .pool = LACO_POOL_LAST,
                                   .window = 2,
                                   .longest = 5};
    laco_classifier_input input = {.features = 3, .steps = 5, .mean = numbers(3), .scale = numbers(3)};
    laco_classifier *model;
    WORKS(laco_classifier_new(ctx, 1, &network, &input, labels, 2, &model));
    return &model->base;
}

static laco_model *language(void)
{
    laco_network_config network = {.nonlinearity = LACO_TANH,
                                   .cell = LACO_GRU,
                                   .inputs = 5,
                                   .embed = 3,
                                   .hidden = 3,
                                   .layers = 1,
                                   .directions = 1,
                                   .outputs = 5,
                                   .tied = true};
    laco_language *model;
    WORKS(laco_language_new(ctx, 1, &network, &(laco_text_config){.level = LACO_TEXT_CHAR, .fold_accents = true}, words(5),
                            &model));
    return &model->base;
}

static laco_model *tagger(void)
{
    laco_tagger_config config = {.cell = LACO_LSTM,
                                 .nonlinearity = LACO_TANH,
                                 .hidden = 2,
                                 .layers = 1,
                                 .window = 3,
                                 .directions = 2,
                                 .dropout = 0.5,
                                 .words = 3,
                                 .embed = 2,
                                 .letters = 4,
                                 .letter_embed = 2,
                                 .letter_hidden = 2,
                                 .outputs = 2,
                                 .context = 20,
                                 .ensemble = 2,
                                 .crf = true,
                                 .constrained = true};
    laco_tagger *model;
    WORKS(laco_tagger_new(ctx, 1, &config, words(3), words(4), labels, LACO_TAGGED_CONLLU, "upos", &model));
    json_t *tables = json_pack("{s:{s:s}, s:{s:s}}", "tokens", "dele", "de ele", "endings", "-lo", "o");
    WORKS(laco_tokeniser_from_json(ctx, tables, &model->tokeniser));
    json_decref(tables);
    return &model->base;
}

static laco_model *captioner(void)
{
    laco_captioner_config config = {.cell = LACO_GRU,
                                    .hidden = 2,
                                    .layers = 1,
                                    .directions = 2,
                                    .embed = 2,
                                    .outputs = 3,
                                    .attention = LACO_ATTENTION_ADDITIVE,
                                    .tokens = LACO_TOKENS_WORD,
                                    .longest = 4};
    laco_captioner_input input = {
        .kind = LACO_CAPTIONED_PICTURES, .features = 2, .columns = 2, .size = 1, .mean = numbers(1), .scale = numbers(1)};
    laco_captioner *model;
    WORKS(laco_captioner_new(ctx, 1, &config, &input, words(3), &model));
    return &model->base;
}

static laco_model *transducer(void)
{
    laco_transducer_config config = {.cell = LACO_RNN,
                                     .hidden = 2,
                                     .embed = 2,
                                     .layers = 1,
                                     .directions = 1,
                                     .decoder_layers = 2,
                                     .attention = LACO_ATTENTION_DOT,
                                     .ensemble = 2,
                                     .dropout = 0.25,
                                     .inputs = 4,
                                     .outputs = 3,
                                     .source = LACO_TOKENS_CHAR,
                                     .target = LACO_TOKENS_WORD,
                                     .longest_source = 7,
                                     .longest_target = 9,
                                     .ctc_steps = 2,
                                     .ctc_weight = 0.3};
    laco_transducer *model;
    WORKS(laco_transducer_new(ctx, 1, &config, words(4), words(3), &model));
    return &model->base;
}

static laco_model *transcriber(void)
{
    laco_network_config network = {
        .nonlinearity = LACO_TANH, .cell = LACO_GRU, .inputs = 8, .hidden = 2, .layers = 1, .directions = 2, .outputs = 3};
    laco_audio_frontend frontend = {.rate = 8000, .bands = 4, .stack = 2, .mean = numbers(4), .scale = numbers(4)};
    laco_transcriber *model;
    WORKS(laco_transcriber_new(ctx, 1, &network, &frontend, &(laco_text_config){.level = LACO_TEXT_CHAR, .lower = true}, words(3),
                               &model));
    return &model->base;
}

static laco_model *forecaster(void)
{
    static const char *const columns[] = {"sold", "price"};
    laco_forecaster_config config = {
        .network = {.cell = LACO_LSTM, .nonlinearity = LACO_TANH, .hidden = 2, .layers = 1},
        .kind = LACO_BASE_AUTO,
        .target = 1,
        .ar = {.lag_count = 2, .period_count = 1, .lags = {1, 12}, .periods = {12}, .harmonics = {2}},
        .horizon = 2,
        .window = 5,
        .season = 12,
        .calendar = true,
        .quantile_count = 3,
        .quantiles = {0.1, 0.5, 0.9}};
    laco_forecaster *model;
    WORKS(laco_forecaster_new(ctx, 1, &config, columns, 2, &model));
    model->columns[1].floor = 1234567890.12;
    WORKS(laco_series_new(ctx, "shop", columns, 2, &model->history));
    model->history->has_time = model->history->has_ids = true;
    model->history->format = (laco_time_format){.form = laco_time_form_find("DD-Mon-YYYY"),
                                                .detail = LACO_TIME_SECOND,
                                                .date_mark = '-',
                                                .middle = ' ',
                                                .fraction = 6,
                                                .point = ',',
                                                .short_date = true,
                                                .short_hour = true,
                                                .month_letters = 'c',
                                                .half = 'B',
                                                .zone = "+01:00"};
    model->history->step = (laco_time_step){.time = 3600 * LACO_SECOND,
                                            .rule = LACO_MONTH_END,
                                            .day = 31,
                                            .weekdays = 31,
                                            .open = 9 * 3600 * LACO_SECOND + 1,
                                            .slots = 8};
    model->scales = laco_alloc(ctx, 4, sizeof *model->scales);
    model->seen = laco_alloc(ctx, 2, sizeof *model->seen);
    for (size_t i = 0, place; i < 2; i++) {
        WORKS(laco_series_place(model->history, &"ab"[i], 1, &place));
        for (int row = 0; row < 3; row++)
            WORKS(laco_series_add_row(model->history, place, (double[]){row / 7.0, 1e300 * row},
                                      model->history->step.open + 3600 * LACO_SECOND * row));
        model->seen[i] = (laco_seen){20, 30, UINT64_MAX - i, i};
        for (size_t c = 0; c < 2; c++)
            model->scales[2 * i + c] = (laco_spread){(double)i, 0.1};
    }
    return &model->base;
}

static const struct {
    const char *name;
    laco_model *(*make)(void);
} models[] = {{"classify texts", classifier_of_texts},
              {"classify numbers", classifier_of_numbers},
              {"generate", language},
              {"tag", tagger},
              {"caption", captioner},
              {"transduce", transducer},
              {"transcribe", transcriber},
              {"forecast", forecaster}};
#define MODELS (sizeof models / sizeof *models)

static laco_model *make(size_t i)
{
    laco_model *model = models[i].make();
    model->training = laco_copy_string(ctx, "{\"seed\":1}");
    return model;
}

/* ---- There and back ----------------------------------------------------------------------------------------------------- */

static char *bytes_of(const char *path, size_t *size)
{
    char *bytes;
    WORKS(laco_file_read(ctx, path, &bytes, size));
    return bytes;
}

static void assert_same_files(const char *left, const char *right)
{
    size_t sizes[2];
    char *a = bytes_of(left, &sizes[0]), *b = bytes_of(right, &sizes[1]);
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(a, b, sizes[0]);
    laco_release(ctx, a);
    laco_release(ctx, b);
}

static void test_what_is_read_is_written_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < MODELS; i++) {
        laco_model *model = make(i), *again = NULL;
        char *said, *said_again, *first = laco_copy_string(ctx, temporary_path("first"));
        WORKS(laco_model_save(model, first));
        WORKS(laco_model_load(ctx, first, &again));
        WORKS(laco_model_save(again, temporary_path("second")));
        assert_same_files(first, temporary_path("second"));
        WORKS(laco_model_describe(model, &said));
        WORKS(laco_model_describe(again, &said_again));
        assert_string_equal(said, said_again);
        laco_free(ctx, said);
        laco_free(ctx, said_again);
        laco_model_free(model);
        laco_model_free(again);
        laco_release(ctx, first);
    }
}

static void test_a_description_has_the_digits_that_it_needs(void **state)
{
    (void)state;
    laco_model *text = make(0), *series = make(MODELS - 1);
    char *said;
    WORKS(laco_model_describe(text, &said));
    assert_non_null(strstr(said, "\"dropout\":0.1,"));
    assert_non_null(strstr(said, "\"vocabulary\":[\"b\\\"é\",\"c\\\"é\",\"d\\\"é\"]"));
    laco_free(ctx, said);
    WORKS(laco_model_describe(series, &said));
    assert_non_null(strstr(said, "\"floor\":1234567890.12,"));
    assert_non_null(strstr(said, "\"series\":2,\"train_rows\":40}"));
    assert_null(strstr(said, "\"history\""));
    laco_free(ctx, said);
    laco_model_free(text);
    laco_model_free(series);
}

static void test_text_of_json(void **state)
{
    (void)state;
    json_t *value = json_pack("[f, f]", 0.1, 1.0 / 3), *again;
    char *text;
    size_t size;
    WORKS(laco_json_text(ctx, value, 8, &text, &size));
    assert_int_equal(size % 8, 0);
    assert_string_equal(text, "[0.10000000000000001,0.33333333333333331]       ");
    laco_release(ctx, text);
    WORKS(laco_json_short_text(ctx, value, &text));
    assert_string_equal(text, "[0.10000000000000001,0.33333333333333331]");
    laco_release(ctx, text);
    json_array_remove(value, 1);
    WORKS(laco_json_short_text(ctx, value, &text));
    assert_string_equal(text, "[0.1]");
    laco_release(ctx, text);
    json_decref(value);
    assert_int_equal(laco_json_text(ctx, NULL, 1, &text, NULL), LACO_NO_MEMORY);
    assert_int_equal(laco_json_parse(ctx, "f: metadata", "[1", 2, &again), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "f: metadata is not JSON at byte"));
}

/* ---- Memory that fails -------------------------------------------------------------------------------------------------- */

static void write_old(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_true(file && fputs("old", file) >= 0 && fclose(file) == 0);
}

static bool is_old(const char *path)
{
    size_t size;
    char *bytes = bytes_of(path, &size);
    bool old = size == 3 && memcmp(bytes, "old", 3) == 0;
    laco_release(ctx, bytes);
    return old;
}

/* Makes allocation `point` from here on fail. */
static void fail_at(size_t point)
{
    memory.failed = 0;
    memory.fail_at = memory.calls + point;
}

static bool failed(void)
{
    memory.fail_at = 0;
    return memory.failed > 0;
}

static void test_saving_gives_the_whole_file_or_leaves_the_old_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < MODELS; i++) {
        laco_model *model = make(i);
        char *good = laco_copy_string(ctx, temporary_path("good"));
        WORKS(laco_model_save(model, good));
        bool more = true;
        write_old(temporary_path("model"));
        for (size_t point = 1; more; point++) {
            const char *path = temporary_path("model");
            size_t blocks = memory.blocks, others = jansson_blocks;
            fail_at(point);
            laco_status status = laco_model_save(model, path);
            more = failed();
            assert_int_equal(memory.blocks, blocks);
            assert_int_equal(jansson_blocks, others);
            assert_true(more || status == LACO_OK);
            if (status == LACO_OK) {
                assert_same_files(path, good);
                write_old(path);
            } else {
                assert_true(is_old(path) && *laco_error(ctx));
            }
        }
        laco_model_free(model);
        laco_release(ctx, good);
    }
}

static void test_describing_says_all_or_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < MODELS; i++) {
        laco_model *model = make(i);
        char *good;
        laco_release(ctx, model->training); /* it is parsed, which Jansson 2.14 cannot do without memory */
        model->training = NULL;
        WORKS(laco_model_describe(model, &good));
        bool more = true;
        for (size_t point = 1; more; point++) {
            char *said = NULL;
            size_t others = jansson_blocks;
            fail_at(point);
            laco_status status = laco_model_describe(model, &said);
            more = failed();
            assert_int_equal(jansson_blocks, others);
            assert_int_equal(status, more ? LACO_NO_MEMORY : LACO_OK);
            if (status == LACO_OK)
                assert_string_equal(said, good);
            laco_free(ctx, said);
        }
        laco_free(ctx, good);
        laco_model_free(model);
    }
}

static void test_loading_gives_the_whole_model_or_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < MODELS; i++) {
        laco_model *model = make(i);
        char *good = laco_copy_string(ctx, temporary_path("good"));
        WORKS(laco_model_save(model, good));
        laco_model_free(model);
        bool more = true;
        for (size_t point = 1; more; point++) {
            size_t blocks = memory.blocks, others = jansson_blocks;
            fail_at(point);
            laco_status status = laco_model_load(ctx, good, &model);
            more = failed();
            assert_int_equal(status, more ? LACO_NO_MEMORY : LACO_OK);
            if (status == LACO_OK) {
                WORKS(laco_model_save(model, temporary_path("again")));
                assert_same_files(temporary_path("again"), good);
                laco_model_free(model);
            }
            assert_int_equal(memory.blocks, blocks);
            assert_int_equal(jansson_blocks, others);
        }
        laco_release(ctx, good);
    }
}

/* ---- Values that cannot be ---------------------------------------------------------------------------------------------- */

/* Changes a word of a file to another of the same length. */
static void change(const char *path, const char *from, const char *to)
{
    size_t size;
    char *bytes = bytes_of(path, &size), *place = NULL;
    assert_int_equal(strlen(from), strlen(to));
    for (size_t i = 0; i + strlen(from) <= size && !place; i++)
        if (memcmp(bytes + i, from, strlen(from)) == 0)
            place = bytes + i;
    assert_non_null(place);
    memcpy(place, to, strlen(to));
    FILE *file = fopen(path, "wb");
    assert_true(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
    laco_release(ctx, bytes);
}

/* Sizes in metadata are compared with the tensors before memory is taken for them. */
static void test_sizes_that_the_file_does_not_hold_cost_nothing(void **state)
{
    (void)state;
    static const struct {
        size_t model;
        const char *from, *to, *says;
    } cases[] = {
        {2, "\\\"tied\\\":true", "\\\"tied\\\":2222", "'tied' in the metadata should be true or false"},
        {3, "\\\"members\\\":2", "\\\"members\\\":3", "tensor 'member_2.word_embedding.weight' is missing"},
        {5, "\\\"decoder_layers\\\":2", "\\\"decoder_layers\\\":9", "decoder.bridge_h.weight"},
        {6, "\\\"layers\\\":1", "\\\"layers\\\":9", "tensor 'rnn.weight_ih_l1' is missing"},
        {7, "\\\"harmonics\\\":[2]", "\\\"harmonics\\\":[9]", "tensor 'autoregression.weight' has shape"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        laco_model *model = make(cases[i].model);
        const char *path = temporary_path("model");
        WORKS(laco_model_save(model, path));
        laco_model_free(model);
        change(path, cases[i].from, cases[i].to);
        assert_int_equal(laco_model_load(ctx, path, &model), LACO_FORMAT);
        assert_non_null(strstr(laco_error(ctx), cases[i].says));
    }
}

/* A network of terabytes in a file of a kilobyte. */
static void test_a_huge_network_is_refused_before_it_is_made(void **state)
{
    (void)state;
    laco_tensor_writer *writer;
    laco_tensor_file *file;
    laco_model *model = NULL;
    char *bytes;
    size_t size;
    WORKS(laco_tensor_writer_new(ctx, &writer));
    static const char *const metadata[][2] = {
        {"laco.format", "1"},
        {"laco.task", "generate"},
        {"laco.text", "{\"level\":\"char\"}"},
        {"laco.vocabulary", "[\"<unk>\",\"a\"]"},
        {"laco.network",
         "{\"cell\":\"lstm\",\"nonlinearity\":\"tanh\",\"inputs\":2,\"embed\":0,\"hidden\":1048576,\"layers\":1000,"
         "\"directions\":1,\"outputs\":2,\"dropout\":0}"},
    };
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++)
        WORKS(laco_tensor_writer_metadata(writer, metadata[i][0], metadata[i][1]));
    WORKS(laco_tensor_writer_serialise(writer, &bytes, &size));
    WORKS(laco_tensor_file_parse(ctx, bytes, size, NULL, "huge", &file));
    memory.largest = 1 << 20;
    assert_int_equal(laco_model_from_file(ctx, file, &model), LACO_FORMAT);
    assert_int_equal(memory.failed, 0);
    memory.largest = 0;
    assert_string_equal(laco_error(ctx), "huge: tensor 'rnn.weight_ih_l0' is missing (expected shape [4194304, 2])");
    laco_tensor_file_free(file);
    laco_tensor_writer_free(writer);
    laco_release(ctx, bytes);
}

static void test_what_could_not_be_read_again_is_not_saved(void **state)
{
    (void)state;
    laco_model *model = make(MODELS - 1);
    laco_forecaster *forecaster_model = (laco_forecaster *)model;
    const char *path = temporary_path("model");
    write_old(path);
    forecaster_model->error_size = -1;
    assert_int_equal(laco_model_save(model, path), LACO_NUMERIC);
    assert_non_null(strstr(laco_error(ctx), "the model to be saved: 'error_size' in the metadata should be a number within 0 …"));
    forecaster_model->error_size = INFINITY;
    assert_int_equal(laco_model_save(model, path), LACO_NUMERIC);
    assert_non_null(strstr(laco_error(ctx), "'error_size' in the metadata would not be a finite number"));
    forecaster_model->error_size = DBL_MAX;
    assert_true(is_old(path));
    WORKS(laco_model_save(model, path));
    laco_model_free(model);
    WORKS(laco_model_load(ctx, path, &model));
    assert_true(((laco_forecaster *)model)->error_size == DBL_MAX);
    laco_model_free(model);
}

/* ---- Fields of every type ----------------------------------------------------------------------------------------------- */

typedef struct inner {
    int32_t a;
} inner;

typedef struct sample {
    int whole;
    int64_t wide;
    double real;
    bool flag, kind;
    char text[4], mark;
    char *string;
    int list_count, real_count, number_count;
    int32_t list[3];
    double reals[3], rising[3];
    laco_real *numbers;
    int string_count, inner_count;
    char **strings;
    inner one, *many;
} sample;

static const char *const kinds[] = {"plain", "odd", NULL};
static const laco_field inner_rows[] = {{.key = "a", &laco_field_integer, LACO_MEMBER(inner, a), 0, 9}};
static const laco_fields inner_fields = {LACO_FIELDS(inner, inner_rows)};

#define AT(member) LACO_MEMBER(sample, member)
static const laco_field sample_rows[] = {
    {.key = "whole", &laco_field_integer, AT(whole), -5, 5},
    {.key = "wide", &laco_field_integer, AT(wide), 0, (int64_t)1 << 50},
    {.key = "real", &laco_field_real, AT(real), 0, 1},
    {.key = "flag", &laco_field_boolean, AT(flag), .optional = true},
    {.key = "kind", &laco_field_choice, AT(kind), false, true, .names = kinds},
    {.key = "text", &laco_field_text, AT(text)},
    {.key = "mark", &laco_field_text, AT(mark)},
    {.key = "string", &laco_field_string, AT(string)},
    {.key = "list", &laco_field_integers, AT(list), 1, 9, .count = AT(list_count), .room = 3, .counts = true},
    {.key = "reals", &laco_field_reals, AT(reals), 0, 1, .count = AT(list_count), .room = 3},
    {.key = "rising", &laco_field_rising, AT(rising), 0, 1, .count = AT(real_count), .room = 3, .counts = true},
    {.key = "numbers", &laco_field_numbers, AT(numbers), .count = AT(number_count), .counts = true},
    {.key = "strings", &laco_field_strings, AT(strings), .count = AT(string_count), .counts = true},
    {.key = "one", &laco_field_object, AT(one), .of = &inner_fields},
    {.key = "many", &laco_field_objects, AT(many), .of = &inner_fields, .count = AT(inner_count), .counts = true},
};
static const laco_fields sample_fields = {LACO_FIELDS(sample, sample_rows)};

static void free_sample(sample *s)
{
    laco_release(ctx, s->string);
    laco_release(ctx, s->numbers);
    for (int i = 0; s->strings && i < s->string_count; i++)
        laco_release(ctx, s->strings[i]);
    laco_release(ctx, s->strings);
    laco_release(ctx, s->many);
}

static const char whole_sample[] =
    "{\"whole\":-5,\"wide\":1125899906842624,\"real\":0.5,\"flag\":true,\"kind\":\"odd\",\"text\":\"abc\",\"mark\":\"-\","
    "\"string\":\"s\",\"list\":[1,9],\"reals\":[0.25,1.0],\"rising\":[0.25,0.5],\"numbers\":[0.5],\"strings\":[\"x\",\"y\"],"
    "\"one\":{\"a\":3},\"many\":[{\"a\":1},{\"a\":2}]}";

static void test_every_type_there_and_back(void **state)
{
    (void)state;
    laco_meta meta = {.ctx = ctx, .name = "f"};
    json_t *json, *again;
    sample s = {0};
    WORKS(laco_json_parse(ctx, "f", whole_sample, strlen(whole_sample), &json));
    WORKS(laco_fields_get(&meta, &sample_fields, json, &s));
    assert_int_equal(s.whole, -5);
    assert_true(s.kind && s.flag && s.mark == '-' && s.list[1] == 9 && s.many[1].a == 2 && s.strings[2] == NULL);
    WORKS(laco_fields_put(&meta, &sample_fields, &s, &again));
    assert_true(json_equal(json, again));
    json_decref(again);
    static const laco_field row = {.key = "whole", &laco_field_choice, AT(whole), 1, 2, .names = kinds};
    assert_int_equal(laco_field_choice.put(&meta, &row, &s, &again), LACO_INVALID);
    assert_string_equal(laco_error(ctx), "f: 'whole' has no name for -5");
    s.numbers[0] = (laco_real)NAN;
    assert_int_equal(laco_fields_put(&meta, &sample_fields, &s, &again), LACO_NUMERIC);
    json_decref(json);
    free_sample(&s);
}

/* One member is changed, or (value NULL) left out: what is said then; NULL: nothing. */
static void try_member(const char *key, const char *value, const char *says)
{
    laco_meta meta = {.ctx = ctx, .name = "f"};
    json_t *json, *other;
    sample s = {0};
    WORKS(laco_json_parse(ctx, "f", whole_sample, strlen(whole_sample), &json));
    if (value) {
        WORKS(laco_json_parse(ctx, key, value, strlen(value), &other));
        assert_int_equal(json_object_set_new(json, key, other), 0);
    } else {
        assert_int_equal(json_object_del(json, key), 0);
    }
    assert_int_equal(laco_fields_get(&meta, &sample_fields, json, &s), says ? LACO_FORMAT : LACO_OK);
    char expected[200];
    snprintf(expected, sizeof expected, "f: '%s' in the metadata should be %s", key, says ? says : "");
    if (says)
        assert_string_equal(laco_error(ctx), expected);
    json_decref(json);
    free_sample(&s);
}

static void test_what_is_wrong_is_said(void **state)
{
    (void)state;
    try_member("whole", "6", "an integer within -5 … 5");
    try_member("whole", "1.0", "an integer within -5 … 5");
    try_member("whole", NULL, "an integer within -5 … 5");
    try_member("wide", "1125899906842625", "an integer within 0 … 1125899906842624");
    try_member("real", "1.5", "a number within 0 … 1");
    try_member("real", "1", NULL);
    try_member("flag", NULL, NULL);
    try_member("flag", "1", "true or false");
    try_member("kind", "\"even\"", "one of \"plain\", \"odd\"");
    try_member("text", "\"abcd\"", "a string of at most 3 bytes");
    try_member("mark", "\"--\"", "a string of at most 1 bytes");
    try_member("mark", "\"\"", NULL);
    try_member("string", "[]", "a string");
    try_member("list", "[1,2,3,4]", "an array of at most 3 integers");
    try_member("list", "[1,10]", "an array of integers within 1 … 9");
    try_member("reals", "[0.5]", "an array of 2 numbers");
    try_member("reals", "[0.5,2]", "a number within 0 … 1");
    try_member("rising", "[0.5,0.5]", "an array of rising numbers");
    try_member("numbers", "[1e300]", "a number within -3.40282e+38 … 3.40282e+38");
    try_member("numbers", "{}", "an array of at most 2147483647 numbers");
    try_member("strings", "[\"x\",1]", "an array of strings, and holds something else at place 1");
    try_member("one", "3", "an object");
    try_member("many", "3", "an array of at most 2147483647 objects");
}

/* ---- Time stamps -------------------------------------------------------------------------------------------------------- */

/* Reads laco.time with further keys; what is said then, or NULL: nothing. */
static void try_stamps(const char *detail, const char *more, const char *says, laco_forecaster *model)
{
    const laco_field field = {.key = "laco.time"};
    laco_meta meta = {.ctx = ctx, .name = "f"};
    char text[400];
    json_t *json;
    int size =
        snprintf(text, sizeof text,
                 "{\"detail\":\"%s\",\"month_name\":false,\"date_mark\":\"-\",\"middle\":\"T\",\"fraction\":0,\"zone\":\"Z\","
                 "\"step_months\":0,\"step_seconds\":900%s}",
                 detail, more);
    laco_series_free(model->history);
    model->history = NULL;
    WORKS(laco_json_parse(ctx, "f", text, (size_t)size, &json));
    assert_int_equal(laco_field_stamps.get(&meta, &field, json, model), says ? LACO_FORMAT : LACO_OK);
    if (says)
        assert_non_null(strstr(laco_error(ctx), says));
    json_decref(json);
}

static void test_stamps(void **state)
{
    (void)state;
    laco_model *base = forecaster();
    laco_forecaster *model = (laco_forecaster *)base;
    try_stamps("minute", "", NULL, model); /* as older files are */
    assert_string_equal(laco_time_forms[model->history->format.form].name, "YYYY-MM-DD");
    assert_int_equal(model->time_unit, LACO_SECOND);
    assert_int_equal(model->history->step.time, 900 * LACO_SECOND);
    assert_int_equal(model->history->format.point, '.');
    try_stamps("number", "", NULL, model);
    assert_int_equal(model->time_unit, 1);
    assert_int_equal(model->history->step.time, 900);
    try_stamps("minute", ",\"step_microseconds\":true", NULL, model);
    assert_int_equal(model->time_unit, 1);
    assert_int_equal(model->history->step.time, 900);
    try_stamps("minute", ",\"weekdays\":31,\"open\":32400,\"slots\":96", NULL, model);
    assert_int_equal(model->history->step.open, 9 * 3600 * LACO_SECOND);
    try_stamps("minute", ",\"weekdays\":31,\"open\":32400,\"slots\":97", "'slots' in the metadata should be", model);
    try_stamps("minute", ",\"weekdays\":31,\"open\":86400,\"slots\":9", "'open' in the metadata should be", model);
    try_stamps("minute", ",\"form\":\"DD/MM/YY\"", "'form' in the metadata should be", model);
    try_stamps("minute", ",\"form\":\"a day\"", "'form' in the metadata should be", model);
    try_stamps("number", ",\"form\":\"YYYY-MM\"", "'detail' in the metadata should be", model);
    try_stamps("minute", ",\"rule\":\"middle\"", "'rule' in the metadata should be one of", model);
    laco_model_free(base);
}

int main(void)
{
    json_set_alloc_funcs(jansson_allocate, jansson_free);
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(test_what_is_read_is_written_again),
        TEST(test_a_description_has_the_digits_that_it_needs),
        TEST(test_text_of_json),
        TEST_IN_FOLDER(test_saving_gives_the_whole_file_or_leaves_the_old_one),
        TEST(test_describing_says_all_or_fails),
        TEST_IN_FOLDER(test_loading_gives_the_whole_model_or_fails),
        TEST_IN_FOLDER(test_sizes_that_the_file_does_not_hold_cost_nothing),
        TEST(test_a_huge_network_is_refused_before_it_is_made),
        TEST_IN_FOLDER(test_what_could_not_be_read_again_is_not_saved),
        TEST(test_every_type_there_and_back),
        TEST(test_what_is_wrong_is_said),
        TEST(test_stamps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
