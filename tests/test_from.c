/* Training on from a model: what stays of it, what is new, what is refused. Models learn so little here (a rate of 1e-12) that
 * their weights are those that training began with. */
#include "base/base.h"
#include "laco/laco.h"
#include "nn/module.h"
#include "train/from.h"

#include "context_fixture.h"
#include "temporary_folder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef union any_options {
    laco_train_options train;
    laco_classify_options classify;
    laco_tag_options tag;
    laco_forecast_options forecast;
    laco_generate_options generate;
    laco_caption_options caption;
    laco_transduce_options transduce;
    laco_transcribe_options transcribe;
} any_options;

typedef laco_status (*train_function)(const char *path, any_options *options, laco_model **out);

static laco_status train_classify(const char *path, any_options *options, laco_model **out)
{
    laco_labelled *data;
    LACO_TRY(laco_labelled_load(ctx, &path, 1, &options->classify.data, &data));
    laco_status status = laco_train_classify(ctx, &options->classify, data, NULL, out);
    laco_labelled_free(data);
    return status;
}

static laco_status train_tag(const char *path, any_options *options, laco_model **out)
{
    laco_tagged *data;
    LACO_TRY(laco_tagged_load(ctx, &path, 1, NULL, &data));
    laco_status status = laco_train_tag(ctx, &options->tag, data, NULL, out);
    laco_tagged_free(data);
    return status;
}

static laco_status train_forecast(const char *path, any_options *options, laco_model **out)
{
    laco_series *data;
    LACO_TRY(laco_series_load(ctx, path, &options->forecast.data, &data));
    laco_status status = laco_train_forecast(ctx, &options->forecast, data, NULL, out);
    laco_series_free(data);
    return status;
}

static laco_status train_generate(const char *path, any_options *options, laco_model **out)
{
    laco_corpus *data;
    LACO_TRY(laco_corpus_load(ctx, &options->generate.text, &path, 1, &data));
    laco_status status = laco_train_generate(ctx, &options->generate, data, NULL, out);
    laco_corpus_free(data);
    return status;
}

static laco_status train_caption(const char *path, any_options *options, laco_model **out)
{
    laco_captioned *data;
    LACO_TRY(laco_captioned_load(ctx, &path, 1, NULL, &data));
    laco_status status = laco_train_caption(ctx, &options->caption, data, NULL, out);
    laco_captioned_free(data);
    return status;
}

static laco_status train_transduce(const char *path, any_options *options, laco_model **out)
{
    laco_pairs *data;
    LACO_TRY(laco_pairs_load(ctx, &path, 1, &data));
    laco_status status = laco_train_transduce(ctx, &options->transduce, data, NULL, out);
    laco_pairs_free(data);
    return status;
}

/* The words of a file, each said as a tone of its own, at the rate that the first word of the path's name asks for. */
static laco_status train_transcribe(const char *path, any_options *options, laco_model **out)
{
    enum { COUNT = 3, LENGTH = 4000 };
    static float tone[COUNT * LENGTH]; /* one behind the other */
    char word[COUNT][16];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(fscanf(file, "%15s", word[i]), 1);
    fclose(file);
    for (int i = 0; i < COUNT; i++)
        for (int t = 0; t < LENGTH; t++)
            tone[i * LENGTH + t] = 0.3F * (float)sin(0.1 * (i + 1) * t);
    const size_t lengths[COUNT] = {LENGTH, LENGTH, LENGTH};
    const char *texts[COUNT] = {word[0], word[1], word[2]};
    laco_spoken_config config = {.rate = options->transcribe.data.rate > 0 ? (int)options->transcribe.data.rate : 8000};
    laco_spoken *data;
    LACO_TRY(laco_spoken_from_samples(ctx, tone, lengths, texts, COUNT, &config, &data));
    laco_status status = laco_train_transcribe(ctx, &options->transcribe, data, NULL, out);
    laco_spoken_free(data);
    return status;
}

#define TAGGED(a, b, c) "o\tDET\ngato\t" a "\n\no\tDET\ngato\t" b "\n\n" c "\tNOUN\n" c "\tNOUN\n"
#define ROWS(a, b, c)                                                                                                            \
    "1,1" a "\n2,1" b "\n3,1" c "\n4,1" a "\n5,2" b "\n6,2" c "\n7,2" a "\n8,2" b "\n9,3" c "\n10,3" a "\n11,3" b "\n12,3" c "\n"

/* Data, and other data with a label or tokens besides; `same`: with no other, but other tokens that are only read. */
typedef struct subject {
    const char *task, *first, *second, *ending;
    train_function train;
    const char *names;       /* the list in the description that grows; NULL: none does */
    const char *wrong[3][3]; /* option, value, and what the error says of the model's */
    const char *given[2][2]; /* options of both trainings */
} subject;

static const subject subjects[] = {
    {"classify",
     "b\tred\nb\tblue\nb\trose\nc\tsky\nc\ttie\nc\tdie\n",
     "a\tgünstig\na\tgrün\nb\tred\nb\trose\nc\tsky\nc\tlike\n",
     "tsv",
     train_classify,
     "labels",
     {{"hidden", "4", "3"}, {"level", "word", "char"}, {"cell", "lstm", "gru"}},
     {{NULL}}},
    {"classify",
     "b\tred\nb\tblue\nb\trose\nc\tsky\nc\ttie\nc\tdie\n",
     "a\tgünstig\na\tgrün\nb\tred\nb\trose\nc\tsky\nc\tlike\n",
     "tsv",
     train_classify,
     "vocabulary",
     {{"positions", "no", "yes"}, {"embed", "4", "0"}, {"lower", NULL, "no"}},
     {{"embed", "0"}, {"positions", "yes"}}},
    {"tag",
     TAGGED("NOUN", "NOUN", "sol"),
     TAGGED("VERB", "NOUN", "lua"),
     "tsv",
     train_tag,
     "labels",
     {{"hidden", "4", "3"}, {"crf", NULL, "no"}, {"letters", "0", "2"}},
     {{NULL}}},
    {"tag",
     TAGGED("NOUN", "NOUN", "sol"),
     TAGGED("VERB", "NOUN", "lua"),
     "tsv",
     train_tag,
     "vocabulary",
     {{"no-crf", NULL, "no"}, {"unidirectional", NULL, "no"}, {"ensemble", "2", "1"}},
     {{"crf", NULL}}},
    {"forecast",
     "day,sales\n" ROWS("1", "3", "2"),
     "day,sales\n" ROWS("5", "7", "9"),
     "csv",
     train_forecast,
     NULL,
     {{"horizon", "2", "1"}, {"base", "none", "auto"}, {"calendar", NULL, "no"}},
     {{NULL}}},
    {"generate",
     "the cat sat on the mat and the cat ran",
     "the fox jumped over a lazy dog and was quick",
     "txt",
     train_generate,
     "vocabulary",
     {{"layers", "2", "1"}, {"embed", "5", "2"}, {"tie-weights", NULL, "no"}},
     {{NULL}}},
    {"caption",
     "1,2,one two\n3,4,three four\n2,2,two two\n",
     "1,5,one five\n3,6,three six\n2,2,two two\n",
     "csv",
     train_caption,
     "vocabulary",
     {{"encoder", "mlp", "recurrent"}, {"tokens", "char", "word"}, {"attention", "additive", "dot"}},
     {{NULL}}},
    {"transduce",
     "ab\tAB\nba\tBA\naa\tAA\n",
     "cb\tCBB\nbc\tBCC\ncc\tCC\n",
     "tsv",
     train_transduce,
     "vocabulary",
     {{"decoder-layers", "2", "1"}, {"target", "word", "char"}, {"hidden", "4", "3"}},
     {{NULL}}},
    {"transcribe",
     "um dois um",
     "dois quatro vinte",
     "txt",
     train_transcribe,
     "vocabulary",
     {{"rate", "16000", "8000"}, {"tokens", "word", "char"}, {"layers", "2", "1"}},
     {{NULL}}},
};
#define SUBJECTS (sizeof subjects / sizeof *subjects)

static const char *write_text(const char *name, const char *ending, const char *text)
{
    char whole[80];
    snprintf(whole, sizeof whole, "%s.%s", name, ending);
    const char *path = temporary_path(whole);
    FILE *file = fopen(path, "w");
    assert_true(file && fputs(text, file) >= 0 && fclose(file) == 0);
    return path;
}

static void set(const laco_option_table *table, any_options *options, const char *name, const char *text)
{
    if (laco_option_find(table, name, strlen(name)) && laco_option_set(ctx, table, options, name, text) < 0)
        fail_msg("%s: %s", table->task, laco_error(ctx));
}

static any_options still(const subject *s)
{
    const laco_option_table *table = laco_task_options(s->task);
    static const char *const given[][2] = {{"epochs", "1"},  {"batch", "4"},   {"lr", "1e-12"},
                                           {"optim", "sgd"}, {"valid", "0"},   {"ema-decay", "0"},
                                           {"warmup", "0"},  {"seq-len", "4"}, {"join", "0"}};
    any_options options;
    memset(&options, 0, sizeof options);
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        set(table, &options, given[i][0], given[i][1]);
    return options;
}

static any_options small(const subject *s)
{
    const laco_option_table *table = laco_task_options(s->task);
    static const char *const given[][2] = {{"hidden", "3"},   {"embed", "2"},           {"layers", "1"}, {"letters", "2"},
                                           {"ensemble", "1"}, {"encoder", "recurrent"}, {"tokens", NULL}};
    any_options options = still(s);
    for (size_t i = 0; i + 1 < sizeof given / sizeof *given; i++)
        set(table, &options, given[i][0], given[i][1]);
    if (strcmp(s->task, "transcribe") == 0)
        set(table, &options, "tokens", "char");
    for (int i = 0; i < 2 && s->given[i][0]; i++)
        set(table, &options, s->given[i][0], s->given[i][1]);
    return options;
}

/* A model of the subject's first data in a file, and itself. */
static laco_model *first_model(const subject *s, char **path)
{
    any_options options = small(s);
    laco_model *model = NULL;
    if (s->train(write_text("first", s->ending, s->first), &options, &model) < 0)
        fail_msg("%s: %s", s->task, laco_error(ctx));
    *path = strdup(temporary_path("first.model"));
    assert_int_equal(laco_model_save(model, *path), LACO_OK);
    return model;
}

static laco_status train_on(const subject *s, const char *from, any_options options, laco_model **out)
{
    options.train.from = from;
    LACO_TRY(laco_train_from(ctx, laco_task_options(s->task), &options)); /* so that data are read as the model does */
    return s->train(write_text("second", s->ending, s->second), &options, out);
}

static void close_to(const char *name, const laco_param *old, const laco_param *now, int64_t r, int64_t c)
{
    int64_t old_width = old->count / old->shape[0], width = now->count / now->shape[0];
    double is = (double)now->value[r * width + c], was = (double)old->value[r * old_width + c];
    if (!(fabs(is - was) < 1e-8))
        fail_msg("%s [%lld][%lld] was %.9g and is %.9g", name, (long long)r, (long long)c, was, is);
}

/* What was there is there, in the first rows and columns; *grown counts the parameters that have more. What one-hot tokens and
 * CTC's blocks make of it is another test. */
static void compare_weights(laco_model *old_model, laco_model *model, int *grown)
{
    laco_module *old_module = laco_model_module(old_model), *module = laco_model_module(model);
    assert_int_equal(laco_module_param_count(module), laco_module_param_count(old_module));
    for (size_t i = 0; i < laco_module_param_count(module); i++) {
        const laco_param *now = laco_module_param(module, i), *old = laco_module_find(old_module, now->name);
        assert_non_null(old);
        bool blocks = (strcmp(now->name, "rnn.weight_ih_l0") == 0 || strstr(now->name, "ctc.") ||
                       strcmp(now->name, "rnn.weight_ih_l0_reverse") == 0) &&
                      now->count != old->count;
        *grown += now->count != old->count;
        for (int64_t r = 0; !blocks && r < old->shape[0]; r++)
            for (int64_t c = 0; c < old->count / old->shape[0]; c++)
                close_to(now->name, old, now, r, c);
    }
}

static json_t *description(laco_model *model)
{
    char *text;
    assert_int_equal(laco_model_describe(model, &text), LACO_OK);
    json_t *object = json_loads(text, JSON_ALLOW_NUL, NULL);
    laco_free(ctx, text);
    assert_non_null(object);
    return object;
}

/* The old list is the beginning of the new one, which is longer. */
static void compare_names(const char *names, const json_t *was, const json_t *is)
{
    const json_t *old = json_object_get(was, names), *now = json_object_get(is, names);
    if (json_is_object(old)) { /* of both sides */
        const char *key;
        json_t *value;
        json_object_foreach(json_object_get(was, names), key, value) compare_names(key, old, now);
        return;
    }
    assert_true(json_is_array(old) && json_array_size(now) > json_array_size(old));
    for (size_t i = 0; i < json_array_size(old); i++)
        assert_true(json_equal(json_array_get(old, i), json_array_get(now, i)));
}

static void a_model_is_where_training_begins(void **state)
{
    (void)state;
    for (size_t i = 0; i < SUBJECTS; i++) {
        const subject *s = &subjects[i];
        char *path;
        int grown = 0;
        laco_model *model = NULL;
        temporary_folder_make();
        laco_model *old = first_model(s, &path);
        if (train_on(s, path, still(s), &model) < 0)
            fail_msg("%s: %s", s->task, laco_error(ctx));
        compare_weights(old, model, &grown);
        json_t *was = description(old), *is = description(model),
               *from = json_object_get(json_object_get(is, "training"), "from");
        if (s->names)
            compare_names(s->names, was, is);
        assert_true(s->names ? grown > 0 : grown == 0);
        assert_string_equal(json_string_value(json_object_get(from, "model")), "first.model");
        assert_int_equal(strlen(json_string_value(json_object_get(from, "hash"))), 16);
        json_decref(was);
        json_decref(is);
        laco_model_free(old);
        laco_model_free(model);
        free(path);
        temporary_folder_remove();
    }
}

static void what_contradicts_a_model_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < SUBJECTS; i++) {
        const subject *s = &subjects[i];
        char *path;
        temporary_folder_make();
        laco_model_free(first_model(s, &path));
        for (int w = 0; w < 3; w++) {
            any_options options = still(s);
            laco_model *model = NULL;
            char text[64];
            if (!laco_option_find(laco_task_options(s->task), s->wrong[w][0], strlen(s->wrong[w][0])))
                continue;
            set(laco_task_options(s->task), &options, s->wrong[w][0], s->wrong[w][1]);
            if (train_on(s, path, options, &model) != LACO_INVALID)
                fail_msg("%s: another %s was accepted", s->task, s->wrong[w][0]);
            snprintf(text, sizeof text, "%s is %s, and %s in ", s->wrong[w][0], s->wrong[w][1] ? s->wrong[w][1] : "yes",
                     s->wrong[w][2]);
            if (!strstr(laco_error(ctx), text) || !strstr(laco_error(ctx), "first.model") || strchr(laco_error(ctx), '\n'))
                fail_msg("%s: '%s' instead of '%s'", s->task, laco_error(ctx), text);
        }
        free(path);
        temporary_folder_remove();
    }
}

static void refuse(const subject *s, const char *from, const char *text)
{
    laco_model *model = NULL;
    assert_int_equal(train_on(s, from, still(s), &model), LACO_INVALID);
    if (!strstr(laco_error(ctx), text))
        fail_msg("'%s' instead of '%s'", laco_error(ctx), text);
    assert_null(model);
}

static void data_that_do_not_go_with_a_model_are_refused(void **state)
{
    (void)state;
    temporary_folder_make();
    char *path;
    subject series = subjects[4], speech = subjects[8], numbers = subjects[0];
    laco_model_free(first_model(&subjects[5], &path));
    refuse(&subjects[0], path, "is a model trained to generate; to train on from it, generate is right, and not classify");
    refuse(&subjects[0], "-", "standard input");
    free(path);
    laco_model_free(first_model(&series, &path));
    series.second = "day,price\n" ROWS("5", "7", "9");
    refuse(&series, path, "--columns sales --target sales is right");
    free(path);
    laco_model_free(first_model(&speech, &path));
    any_options options = still(&speech);
    laco_model *model = NULL;
    options.train.from = path; /* read at another rate, and nothing is said of one */
    options.transcribe.data.rate = 0;
    options.transcribe.data.rate = 16000;
    assert_int_equal(speech.train(write_text("second", "txt", speech.second), &options, &model), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "8000"));
    free(path);
    laco_model_free(first_model(&numbers, &path));
    numbers.second = "1,2,a\n3,4,b\n";
    numbers.ending = "csv";
    options = still(&numbers);
    options.train.from = path;
    options.classify.data.kind = LACO_LABELLED_NUMBERS;
    options.classify.data.features = 1;
    assert_int_equal(numbers.train(write_text("second", "csv", numbers.second), &options, &model), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "1"));
    free(path);
    temporary_folder_remove();
}

/* Networks that read tokens one-hot, with the number of the step beside them or all steps side by side: what they answer to what
 * they knew before is the same where only tokens have come. */
static void one_hot_tokens_keep_their_columns(void **state)
{
    (void)state;
    static const char *const given[][2] = {{"positions", "yes"}, {"cell", "mlp"}, {"positions", "no"}};
    subject s = subjects[0];
    s.second = "b\tgünstig\nb\tgrün\nc\tsky\nc\tlike\n";
    for (size_t i = 0; i < 3; i++) {
        laco_model *model = NULL;
        laco_label was[2], is[2];
        char *path;
        temporary_folder_make();
        s.given[0][0] = "embed", s.given[0][1] = "0";
        s.given[1][0] = given[i][0], s.given[1][1] = given[i][1];
        laco_model *old = first_model(&s, &path);
        if (train_on(&s, path, still(&s), &model) < 0)
            fail_msg("%s", laco_error(ctx));
        assert_int_equal(laco_model_classify(old, "rose", 2, was), LACO_OK);
        assert_int_equal(laco_model_classify(model, "rose", 2, is), LACO_OK);
        for (int k = 0; k < 2; k++) {
            assert_string_equal(is[k].name, was[k].name);
            assert_true(fabs(is[k].log_probability - was[k].log_probability) < 1e-6);
        }
        laco_model_free(old);
        laco_model_free(model);
        free(path);
        temporary_folder_remove();
    }
}

/* CTC's layer has a block of tokens for each of its steps. */
static void blocks_of_ctc_keep_their_rows(void **state)
{
    (void)state;
    subject s = subjects[7];
    s.first = "ab\tABAB\nba\tBABA\naa\tAAAA\n"; /* two steps for each token */
    laco_model *model = NULL;
    char *path;
    temporary_folder_make();
    laco_model *old = first_model(&s, &path);
    assert_int_equal(train_on(&s, path, still(&s), &model), LACO_OK);
    const laco_param *was = laco_module_find(laco_model_module(old), "ctc.weight"),
                     *is = laco_module_find(laco_model_module(model), "ctc.weight");
    assert_true(was && is && was->shape[0] % 2 == 0 && is->shape[0] % 2 == 0 && is->shape[0] > was->shape[0]);
    int64_t before = was->shape[0] / 2, after = is->shape[0] / 2, width = was->shape[1];
    for (int64_t step = 0; step < 2; step++)
        for (int64_t i = 0; i < before * width; i++)
            assert_true(fabs((double)is->value[step * after * width + i] - (double)was->value[step * before * width + i]) < 1e-8);
    laco_model_free(old);
    laco_model_free(model);
    free(path);
    temporary_folder_remove();
}

/* A label that is new has the first values of a model that begins from nothing. */
static void new_rows_are_as_those_of_a_new_model(void **state)
{
    (void)state;
    const subject *s = &subjects[0];
    laco_model *model = NULL, *fresh = NULL;
    any_options options = small(s);
    char *path;
    temporary_folder_make();
    laco_model_free(first_model(s, &path));
    assert_int_equal(train_on(s, path, still(s), &model), LACO_OK);
    assert_int_equal(s->train(write_text("second", s->ending, s->second), &options, &fresh), LACO_OK);
    const laco_param *is = laco_module_find(laco_model_module(model), "linear.weight"),
                     *new = laco_module_find(laco_model_module(fresh), "linear.weight");
    assert_true(is->count == new->count);
    for (int64_t i = 0, width = is->shape[1]; i < width; i++)
        assert_true(fabs((double)is->value[2 * width + i] - (double)new->value[2 * width + i]) < 1e-8);
    laco_model_free(model);
    laco_model_free(fresh);
    free(path);
    temporary_folder_remove();
}

/* Weights of fewer bits are taken as they are, and the new model has numbers of 32 bits again. */
static void a_quantised_model_is_taken_as_it_is(void **state)
{
    (void)state;
    const subject *s = &subjects[0];
    laco_model *model = NULL;
    char *path;
    int grown = 0;
    temporary_folder_make();
    laco_model *old = first_model(s, &path);
    assert_int_equal(laco_model_convert(old, LACO_INT8, NULL), LACO_OK);
    assert_int_equal(laco_model_save(old, path), LACO_OK);
    if (train_on(s, path, still(s), &model) < 0)
        fail_msg("%s", laco_error(ctx));
    assert_int_equal(laco_module_precision(laco_model_module(model)), LACO_FP32);
    compare_weights(old, model, &grown);
    laco_model_free(old);
    laco_model_free(model);
    free(path);
    temporary_folder_remove();
}

static void a_checkpoint_goes_on_with_its_model_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < SUBJECTS; i++) {
        const subject *s = &subjects[i];
        laco_model *model = NULL, *again = NULL;
        any_options options = still(s), other = small(s);
        char *path;
        temporary_folder_make();
        laco_model_free(first_model(s, &path));
        char *checkpoint = strdup(temporary_path("checkpoint")), *another = strdup(temporary_path("another"));
        options.train.checkpoint = checkpoint;
        if (train_on(s, path, options, &model) < 0)
            fail_msg("%s: %s", s->task, laco_error(ctx));
        options.train.checkpoint = NULL;
        options.train.resume = checkpoint;
        if (train_on(s, path, options, &again) < 0)
            fail_msg("%s: %s", s->task, laco_error(ctx));
        assert_true(laco_from_hash(model) == laco_from_hash(again));
        laco_model_free(again);
        again = NULL;
        other.train.seed = 7;
        laco_model *second = NULL;
        assert_int_equal(s->train(write_text("first", s->ending, s->first), &other, &second), LACO_OK);
        assert_int_equal(laco_model_save(second, another), LACO_OK);
        laco_model_free(second);
        assert_int_equal(train_on(s, another, options, &again), LACO_INVALID);
        if (!strstr(laco_error(ctx), "from was"))
            fail_msg("%s: %s", s->task, laco_error(ctx));
        laco_model_free(model);
        free(checkpoint);
        free(another);
        free(path);
        temporary_folder_remove();
    }
}

static void names_are_joined_in_order(void **state)
{
    (void)state;
    static const char *const first[] = {"b", "a"}, *const more[] = {"c", "a", "d"};
    laco_strings all;
    int32_t place[3];
    assert_int_equal(laco_from_join(ctx, first, 2, more, 3, &all, place), LACO_OK);
    assert_int_equal(all.count, 4);
    assert_true(place[0] == 2 && place[1] == 1 && place[2] == 3);
    assert_string_equal(laco_strings_get(&all, 0, NULL), "b");
    laco_strings_free(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(a_model_is_where_training_begins),
                                       TEST(what_contradicts_a_model_is_refused),
                                       TEST(data_that_do_not_go_with_a_model_are_refused),
                                       TEST(one_hot_tokens_keep_their_columns),
                                       TEST(blocks_of_ctc_keep_their_rows),
                                       TEST(new_rows_are_as_those_of_a_new_model),
                                       TEST(a_quantised_model_is_taken_as_it_is),
                                       TEST(a_checkpoint_goes_on_with_its_model_alone),
                                       TEST(names_are_joined_in_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
