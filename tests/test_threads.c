/* One model asked by many threads at once, for every task; models in memory; and contexts in a child of fork. Run it under
 * ThreadSanitizer too. */
#include "base/tensor_file.h"
#include "base/threads.h"
#include "folder_fixture.h"
#include "laco/laco.h"
#include "model/model.h"
#include "reversed_words.h"

#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { THREADS = 3, ROUNDS = 4 };

/* Answers as text, with all bits of their numbers. */
typedef struct answers {
    char text[8192];
    size_t used;
    bool failed;
} answers;

__attribute__((format(printf, 2, 3))) static void say(answers *a, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int length = vsnprintf(a->text + a->used, sizeof a->text - a->used, format, list);
    va_end(list);
    a->used = LACO_MIN(a->used + (size_t)length, sizeof a->text - 1);
}

static const char *write_text(const char *name, const char *text)
{
    const char *path = temporary_path(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    return path;
}

/* ---- A small model of every task, and what it is asked ---- */

static const laco_train_options brief = {.epochs = 2, .batch = 4, .ema_decay = LACO_OFF, .optimiser = {.lr = 0.01}};

static laco_status make_classifier(laco_model **out)
{
    const char *path = write_text("labels.tsv", "a\tSilva\na\tSousa\nb\tRossi\nb\tRusso\na\tSantos\nb\tBianchi\n");
    laco_classify_options options = {
        .train = brief, .network = {.cell = LACO_LSTM, .hidden = 9, .layers = 2, .directions = 2}, .valid.fraction = LACO_OFF};
    laco_labelled *data;
    LACO_TRY(laco_labelled_load(ctx, &path, 1, NULL, &data));
    laco_status status = laco_train_classify(ctx, &options, data, NULL, out);
    laco_labelled_free(data);
    return status;
}

static laco_status ask_classifier(laco_model *model, laco_context *own, answers *a)
{
    static const char *const texts[] = {"Sous", "Rosso", "", "Sanchi"};
    laco_label labels[8];
    (void)own;
    LACO_TRY(laco_model_classify_many(model, 4, texts, NULL, 2, labels, NULL));
    for (int i = 0; i < 8; i++)
        say(a, "%s %a ", labels[i].name, labels[i].log_probability);
    return LACO_OK;
}

static laco_status make_tagger(laco_model **out)
{
    static const char text[] = "o\tDET\ngato\tNOUN\ndorme\tVERB\n\na\tDET\ncasa\tNOUN\n\ncasa\tNOUN\ndorme\tVERB\n\n";
    laco_tag_options options = {.train = brief, .network = {.hidden = 8}};
    laco_tagged *data;
    LACO_TRY(laco_tagged_parse(ctx, "tags.tsv", text, strlen(text), NULL, &data));
    laco_status status = laco_train_tag(ctx, &options, data, data, out);
    laco_tagged_free(data);
    return status;
}

static laco_status ask_tagger(laco_model *model, laco_context *own, answers *a)
{
    static const char *const words[] = {"a", "casa", "nova", "dorme"};
    const char *tags[4];
    (void)own;
    LACO_TRY(laco_model_tag(model, words, 4, tags));
    for (int i = 0; i < 4; i++)
        say(a, "%s ", tags[i]);
    return LACO_OK;
}

static laco_status make_language(laco_model **out)
{
    char text[2000] = "";
    for (int i = 0; i < 120; i++)
        strcat(text, i * i % 7 < 3 ? "ab c" : "bca ");
    const char *path = write_text("language.txt", text);
    laco_generate_options options = {.train = brief, .seq_len = 16, .network = {.cell = LACO_LSTM, .hidden = 10, .embed = 5}};
    laco_corpus *corpus;
    LACO_TRY(laco_corpus_load(ctx, NULL, &path, 1, &corpus));
    laco_status status = laco_train_generate(ctx, &options, corpus, NULL, out);
    laco_corpus_free(corpus);
    return status;
}

static laco_status ask_language(laco_model *model, laco_context *own, answers *a)
{
    laco_generator *generator;
    char *text = NULL;
    double p = 0;
    LACO_TRY(laco_generator_new(model, NULL, &generator));
    laco_status status = laco_generator_read(generator, "ab", 2, NULL, NULL, NULL);
    for (int i = 0; i < 12 && status == LACO_OK; i++) {
        const char *piece;
        size_t length;
        status = laco_generator_next(generator, &piece, &length, &p);
        if (status == LACO_OK)
            say(a, "%.*s %a ", (int)length, piece, p);
    }
    if (status == LACO_OK && (status = laco_generator_beam(generator, 3, 5, NULL, &text, &p)) == LACO_OK) {
        say(a, "%s %a", text, p);
        laco_free(own, text);
    }
    laco_generator_free(generator);
    return status;
}

static void wave(double *values, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        values[i] = 10 + sin((double)i / 3) + 0.01 * (double)(i * 7919 % 101);
}

static laco_status make_forecaster(laco_model **out)
{
    static const char *const columns[] = {"y"};
    double values[80];
    laco_series *data;
    laco_forecast_options options = {.train = brief, .network = {.cell = LACO_GRU, .hidden = 6, .layers = 1}};
    wave(values, 80);
    LACO_TRY(laco_series_from_values(ctx, values, 1, 80, 1, columns, &data));
    laco_status status = laco_train_forecast(ctx, &options, data, NULL, out);
    laco_series_free(data);
    return status;
}

static laco_status ask_forecaster(laco_model *model, laco_context *own, answers *a)
{
    static const char *const columns[] = {"y"};
    double values[60], next[7], error[60], score[60];
    laco_series *data;
    wave(values, 60);
    LACO_TRY(laco_series_from_values(own, values, 1, 60, 1, columns, &data));
    laco_status status = laco_model_forecast(model, data, 7, next);
    for (int i = 0; i < 7 && status == LACO_OK; i++)
        say(a, "%a ", next[i]);
    if (status == LACO_OK && (status = laco_model_anomaly_score(model, data, 0, error, score)) == LACO_OK)
        say(a, "%a", error[59]);
    laco_series_free(data);
    if (status == LACO_OK && (status = laco_model_forecast(model, NULL, 3, next)) == LACO_OK)
        say(a, " %a", next[2]); /* behind the model's own history */
    return status;
}

static const char vectors[] = "1\t2\t3\tum dois\n3\t2\t1\tdois um\n2\t2\t2\tdois\n1\t1\t1\tum\n";

static laco_status load_vectors(laco_context *own, const char *path, laco_captioned **out)
{
    return laco_captioned_load(own, &path, 1, NULL, out);
}

static laco_status make_captioner(laco_model **out)
{
    laco_captioned *data;
    laco_caption_options options = {.train = brief, .network = {.hidden = 8, .embed = 4}, .valid.fraction = LACO_OFF};
    LACO_TRY(load_vectors(ctx, write_text("vectors.tsv", vectors), &data));
    laco_status status = laco_train_caption(ctx, &options, data, NULL, out);
    laco_captioned_free(data);
    return status;
}

static laco_status ask_captioner(laco_model *model, laco_context *own, answers *a)
{
    char path[512];
    laco_captioned *data;
    laco_hypothesis written[4];
    snprintf(path, sizeof path, "%s/vectors.tsv", temporary_folder);
    LACO_TRY(load_vectors(own, path, &data));
    laco_status status = laco_model_caption(model, data, 0, 4, &(laco_decode_options){.beam = 3}, written);
    for (int i = 0; i < 4 && status == LACO_OK; i++)
        say(a, "%s %a ", written[i].text, written[i].log_probability);
    laco_captioned_free(data);
    return status;
}

static laco_status make_transducer(laco_model **out)
{
    laco_transduce_options options = reversed_options();
    options.train = brief;
    options.ensemble = 2;
    laco_pairs *pairs = reversed_words(ctx, 2);
    laco_status status = pairs ? laco_train_transduce(ctx, &options, pairs, NULL, out) : LACO_NO_MEMORY;
    laco_pairs_free(pairs);
    return status;
}

static laco_status ask_transducer(laco_model *model, laco_context *own, answers *a)
{
    static const char *const sources[] = {"ab", "c", "abca"};
    laco_hypothesis written[6];
    (void)own;
    LACO_TRY(
        laco_model_transduce(model, 3, sources, NULL, &(laco_decode_options){.beam = 3, .nbest = 2, .length = 6}, written, NULL));
    for (int i = 0; i < 6; i++)
        say(a, "%s %a ", written[i].text ? written[i].text : "-", written[i].log_probability);
    return LACO_OK;
}

static void tone(float *samples, size_t count, double hertz)
{
    for (size_t i = 0; i < count; i++)
        samples[i] = (float)(0.3 * sin(6.283185307179586 * hertz * (double)i / 8000));
}

static laco_status make_transcriber(laco_model **out)
{
    enum { COUNT = 4, LENGTH = 1600 };
    float samples[COUNT * LENGTH];
    const size_t lengths[COUNT] = {LENGTH, LENGTH, LENGTH, LENGTH};
    const char *texts[COUNT] = {"lo", "hi", "lo", "hi"};
    laco_spoken *data;
    laco_transcribe_options options = {.train = brief, .network = {.hidden = 8, .layers = 1}, .valid.fraction = LACO_OFF};
    for (int i = 0; i < COUNT; i++)
        tone(samples + i * LENGTH, LENGTH, i % 2 ? 1500 : 400);
    LACO_TRY(laco_spoken_from_samples(ctx, samples, lengths, texts, COUNT, &(laco_spoken_config){.rate = 8000}, &data));
    laco_status status = laco_train_transcribe(ctx, &options, data, NULL, out);
    laco_spoken_free(data);
    return status;
}

static laco_status ask_transcriber(laco_model *model, laco_context *own, answers *a)
{
    float samples[1600];
    laco_transcripts text;
    (void)own;
    for (int i = 0; i < 2; i++) {
        tone(samples, 1600, i ? 1400 : 420);
        LACO_TRY(laco_model_transcribe(model, samples, 1600, 8000, &(laco_decode_options){.beam = 4}, &text));
        say(a, "%s %a ", text.text[0], text.log_probability[0]);
        laco_transcripts_free(&text);
    }
    return LACO_OK;
}

static const struct {
    const char *task;
    laco_status (*make)(laco_model **out);
    laco_status (*ask)(laco_model *model, laco_context *own, answers *a);
} tasks[] = {
    {"classify", make_classifier, ask_classifier},     {"tag", make_tagger, ask_tagger},
    {"generate", make_language, ask_language},         {"forecast", make_forecaster, ask_forecaster},
    {"caption", make_captioner, ask_captioner},        {"transduce", make_transducer, ask_transducer},
    {"transcribe", make_transcriber, ask_transcriber},
};
#define TASKS (sizeof tasks / sizeof *tasks)

static laco_model *make(size_t task)
{
    laco_model *model = NULL;
    if (tasks[task].make(&model) < 0)
        fail_msg("%s: %s", tasks[task].task, laco_error(ctx));
    assert_string_equal(laco_model_task(model), tasks[task].task);
    return model;
}

/* ---- Many threads ---- */

typedef struct asker {
    size_t task;
    laco_context *ctx;
    laco_model *model;
    answers said[ROUNDS];
} asker;

static void *ask_again(void *argument)
{
    asker *a = argument;
    for (int round = 0; round < ROUNDS; round++) {
        a->said[round].used = 0;
        a->said[round].failed = tasks[a->task].ask(a->model, a->ctx, &a->said[round]) < 0;
    }
    return NULL;
}

static void check_said(const asker *a, const answers *right)
{
    for (int round = 0; round < ROUNDS; round++) {
        if (a->said[round].failed)
            fail_msg("%s: %s", tasks[a->task].task, laco_error(a->ctx));
        assert_string_equal(a->said[round].text, right->text);
    }
}

/* All handles at once, and the model itself in this thread. */
static void ask_all(asker *askers, asker *self, const answers *right)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_again, &askers[i]), 0);
    if (self)
        ask_again(self);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < THREADS; i++)
        check_said(&askers[i], right);
    if (self)
        check_said(self, right);
}

static void check_task(size_t task, laco_precision precision)
{
    static answers right;
    static asker askers[THREADS], self;
    laco_model *trained = make(task), *model; /* which is asked by nobody before it is shared */
    right = (answers){.used = 0};
    if (precision != LACO_FP32)
        assert_int_equal(laco_model_convert(trained, precision, NULL), LACO_OK);
    assert_int_equal(laco_model_save(trained, temporary_path("model")), LACO_OK);
    assert_int_equal(laco_model_load(ctx, temporary_path("model"), &model), LACO_OK);
    assert_int_equal(tasks[task].ask(trained, ctx, &right), LACO_OK);
    assert_true(right.used > 4);
    laco_model_free(trained);
    self = (asker){.task = task, .ctx = ctx, .model = model};
    for (int i = 0; i < THREADS; i++) {
        askers[i] = (asker){.task = task};
        assert_int_equal(laco_context_new(&(laco_context_config){.threads = 1 + i}, &askers[i].ctx), LACO_OK);
        assert_int_equal(laco_model_share(i == 2 ? askers[0].model : model, askers[i].ctx, &askers[i].model), LACO_OK);
        assert_ptr_equal(laco_model_module(askers[i].model), laco_model_module(model));
    }
    ask_all(askers, &self, &right);
    laco_model_free(model); /* the handles keep the weights */
    ask_all(askers, NULL, &right);
    for (int i = 0; i < THREADS; i++) {
        laco_model_free(askers[i].model);
        laco_context_free(askers[i].ctx);
    }
}

static void test_every_task(void **state)
{
    (void)state;
    for (size_t task = 0; task < TASKS; task++)
        check_task(task, LACO_FP32);
    check_task(0, LACO_INT8);
    check_task(2, LACO_BF16);
}

/* The context in which the weights lie is freed before the handle. */
static void test_context_goes_first(void **state)
{
    (void)state;
    failing_allocator first_memory = {0}, second_memory = {0};
    laco_context *first = failing_context(&first_memory), *second = failing_context(&second_memory);
    laco_model *model = make(0), *copy, *handle;
    answers right = {.used = 0}, said = {.used = 0};
    assert_int_equal(ask_classifier(model, ctx, &right), LACO_OK);
    assert_int_equal(laco_model_save(model, temporary_path("model")), LACO_OK);
    assert_int_equal(laco_model_load(first, temporary_path("model"), &copy), LACO_OK);
    assert_int_equal(laco_model_share(copy, second, &handle), LACO_OK);
    laco_model_free(copy);
    laco_context_free(first);
    assert_true(first_memory.blocks > 0);
    assert_int_equal(ask_classifier(handle, second, &said), LACO_OK);
    assert_string_equal(said.text, right.text);
    assert_int_equal(laco_model_save(handle, temporary_path("again")), LACO_OK);
    laco_model_free(handle);
    assert_int_equal(first_memory.blocks, 0); /* that of the context too */
    failing_context_free(second, &second_memory);
    laco_model_free(model);
}

static void test_read_only(void **state)
{
    (void)state;
    laco_context *other, *plain;
    laco_model *model = make(0), *handle = NULL, *none = NULL;
    laco_module *module = laco_model_module(model);
    laco_optimiser *optimiser = NULL;
    assert_int_equal(laco_module_save(module, temporary_path("weights")), LACO_OK);
    assert_int_equal(laco_context_new(NULL, &other), LACO_OK);
    assert_int_equal(laco_model_share(model, other, &handle), LACO_OK);
    assert_int_equal(laco_model_convert(model, LACO_INT8, NULL), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "read-only"));
    assert_int_equal(laco_model_convert(handle, LACO_INT8, NULL), LACO_INVALID);
    assert_int_equal(laco_module_load(module, temporary_path("weights")), LACO_INVALID);
    assert_int_equal(laco_optimiser_new(module, NULL, &optimiser), LACO_INVALID);
    assert_int_equal(laco_optimiser_new(module, &(laco_optimiser_config){.kind = LACO_LBFGS}, &optimiser), LACO_INVALID);
    laco_module_set_precision(module, LACO_BF16);
    assert_int_equal(laco_module_precision(module), LACO_FP32);
    laco_model_free(handle);
    assert_int_equal(laco_model_convert(model, LACO_INT8, NULL), LACO_OK); /* alone again */
    assert_int_equal(laco_context_new(&(laco_context_config){.cpu = "ref"}, &plain), LACO_OK);
    if (strcmp(laco_cpu_name(plain), laco_cpu_name(ctx)) != 0) {
        assert_int_equal(laco_model_share(model, plain, &none), LACO_INVALID);
        assert_non_null(strstr(laco_error(plain), "instructions"));
        assert_null(none);
    }
    laco_context_free(plain);
    laco_context_free(other);
    laco_model_free(model);
}

static laco_status attempt(laco_context *own, void *model)
{
    laco_model *handle = NULL;
    laco_status status = laco_model_share(model, own, &handle);
    assert_true((status == LACO_OK) == (handle != NULL));
    laco_model_free(handle);
    return status;
}

static void test_memory(void **state)
{
    (void)state;
    for (size_t task = 0; task < TASKS; task++) {
        laco_model *model = make(task);
        assert_true(fail_each_allocation(attempt, model) >= 1);
        laco_model_free(model);
    }
}

/* ---- A model in memory ---- */

static void test_load_memory(void **state)
{
    (void)state;
    for (size_t task = 0; task < TASKS; task++) {
        static answers right, said;
        laco_tensor_writer *writer;
        laco_model *model = make(task), *loaded = NULL;
        char *bytes;
        size_t size;
        right = said = (answers){.used = 0};
        assert_int_equal(laco_tensor_writer_new(ctx, &writer), LACO_OK);
        assert_int_equal(laco_model_write(model, writer), LACO_OK);
        assert_int_equal(laco_tensor_writer_serialise(writer, &bytes, &size), LACO_OK);
        laco_tensor_writer_free(writer);
        assert_int_equal(laco_model_load_memory(ctx, bytes, size / 2, &loaded), LACO_FORMAT);
        assert_non_null(strstr(laco_error(ctx), "the model in memory"));
        assert_null(loaded);
        assert_int_equal(laco_model_load_memory(ctx, bytes, size, &loaded), LACO_OK);
        laco_release(ctx, bytes);
        assert_int_equal(tasks[task].ask(model, ctx, &right), LACO_OK);
        assert_int_equal(tasks[task].ask(loaded, ctx, &said), LACO_OK);
        assert_string_equal(right.text, said.text);
        laco_model_free(loaded);
        laco_model_free(model);
    }
}

/* ---- A model that is asked and no more ---- */

/* Its answers, and those of a handle on it, are those of the whole model; and it is smaller. */
static void check_asked(size_t task, laco_precision precision)
{
    static answers right, said;
    laco_context *other;
    laco_model *trained = make(task), *whole, *asked, *handle;
    const char *path = temporary_path("model");
    size_t before, took;
    if (precision != LACO_FP32)
        assert_int_equal(laco_model_convert(trained, precision, NULL), LACO_OK);
    assert_int_equal(laco_model_save(trained, path), LACO_OK);
    laco_model_free(trained);
    right = said = (answers){.used = 0};
    before = memory.bytes;
    assert_int_equal(laco_model_load(ctx, path, &whole), LACO_OK);
    assert_int_equal(tasks[task].ask(whole, ctx, &right), LACO_OK);
    assert_true(right.used > 4);
    took = memory.bytes - before;
    laco_model_free(whole);
    assert_int_equal(memory.bytes, before);
    assert_int_equal(laco_model_load_for_inference(ctx, path, &asked), LACO_OK);
    assert_int_equal(tasks[task].ask(asked, ctx, &said), LACO_OK);
    assert_string_equal(said.text, right.text);
    assert_true(memory.bytes - before < took);
    assert_int_equal(laco_context_new(NULL, &other), LACO_OK);
    assert_int_equal(laco_model_share(asked, other, &handle), LACO_OK);
    laco_model_free(asked);
    said.used = 0;
    assert_int_equal(tasks[task].ask(handle, other, &said), LACO_OK);
    assert_string_equal(said.text, right.text);
    laco_model_free(handle);
    laco_context_free(other);
}

static void test_for_inference(void **state)
{
    (void)state;
    for (size_t task = 0; task < TASKS; task++)
        for (laco_precision precision = LACO_FP32; precision <= LACO_INT8; precision++)
            check_asked(task, precision);
}

#define REFUSED(call)                                                                                                            \
    do {                                                                                                                         \
        assert_int_equal(call, LACO_INVALID);                                                                                    \
        assert_non_null(strstr(laco_error(ctx), "loaded for inference"));                                                        \
    } while (0)

static void test_to_ask_alone(void **state)
{
    (void)state;
    laco_model *model = make(0);
    const char *path = temporary_path("model"), *weights = temporary_path("weights"), *again = temporary_path("again");
    laco_optimiser *optimiser = NULL;
    laco_stream *stream = NULL;
    char *page = NULL;
    assert_int_equal(laco_model_save(model, path), LACO_OK);
    assert_int_equal(laco_module_save(laco_model_module(model), weights), LACO_OK);
    laco_model_free(model);
    assert_int_equal(laco_model_load_for_inference(ctx, path, &model), LACO_OK);
    laco_module *module = laco_model_module(model);
    REFUSED(laco_model_save(model, again));
    REFUSED(laco_module_save(module, again));
    REFUSED(laco_module_load(module, weights));
    REFUSED(laco_model_convert(model, LACO_INT8, NULL));
    REFUSED(laco_optimiser_new(module, NULL, &optimiser));
    REFUSED(laco_optimiser_new(module, &(laco_optimiser_config){.kind = LACO_LBFGS}, &optimiser));
    REFUSED(laco_stream_new(laco_model_rnn(model, "rnn"), 1, &stream));
    assert_true(!optimiser && !stream && access(again, F_OK) != 0);
    laco_module_set_precision(module, LACO_BF16);
    laco_module_set_training(module, true);
    assert_int_equal(laco_module_precision(module), LACO_FP32);
    assert_int_equal(laco_model_describe(model, &page), LACO_OK);
    laco_free(ctx, page);
    for (size_t i = 0; i < laco_module_param_count(module); i++) {
        const laco_param *param = laco_module_param(module, i);
        assert_true((param->value == NULL) == param->copied);
    }
    assert_null(laco_module_find(module, "rnn.weight_hh_l0")->value);
    assert_null(laco_module_find(module, "rnn.weight_ih_l1_reverse")->value);
    assert_non_null(laco_module_find(module, "rnn.bias_hh_l0")->value);
    laco_model_free(model);
}

static laco_status load_for_inference(laco_context *own, void *path)
{
    laco_model *model = NULL;
    laco_status status = laco_model_load_for_inference(own, path, &model);
    assert_true((status == LACO_OK) == (model != NULL));
    laco_model_free(model);
    return status;
}

static void test_to_ask_memory(void **state)
{
    (void)state;
    for (size_t task = 0; task < 2; task++) {
        char path[512];
        laco_model *model = make(task);
        strcpy(path, temporary_path("model"));
        assert_int_equal(laco_model_convert(model, LACO_INT8, NULL), LACO_OK);
        assert_int_equal(laco_model_save(model, path), LACO_OK);
        laco_model_free(model);
        assert_true(fail_each_allocation(load_for_inference, path) > 20);
    }
}

/* ---- fork ---- */

static void count(void *work, int part, int parts)
{
    (void)part;
    (void)parts;
    atomic_fetch_add((atomic_int *)work, 1);
}

/* The child has none of the parent's worker threads: it works with its own, and frees the context without waiting for them. */
static void test_fork(void **state)
{
    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* ThreadSanitizer knows no threads in the child of a process with several */
#endif
    laco_context *many;
    atomic_int done = 0;
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = 3}, &many), LACO_OK);
    laco_parallel(many, 3, count, &done);
    for (int use = 0; use < 2; use++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            alarm(20); /* where it hangs */
            if (use)
                laco_parallel(many, 3, count, &done);
            laco_context_free(many);
            _exit(done == 3 + 3 * use ? 0 : 1);
        }
        int ended;
        assert_int_equal(waitpid(child, &ended, 0), child);
        assert_true(WIFEXITED(ended));
        assert_int_equal(WEXITSTATUS(ended), 0);
    }
    laco_parallel(many, 3, count, &done); /* the parent's still work */
    assert_int_equal(done, 6);
    laco_context_free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(test_every_task),   TEST_IN_FOLDER(test_context_goes_first), TEST_IN_FOLDER(test_read_only),
        TEST_IN_FOLDER(test_memory),       TEST_IN_FOLDER(test_load_memory),        TEST_IN_FOLDER(test_for_inference),
        TEST_IN_FOLDER(test_to_ask_alone), TEST_IN_FOLDER(test_to_ask_memory),      TEST_IN_FOLDER(test_fork),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
