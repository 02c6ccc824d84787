/* Taggers that are trained, saved and asked. */
#include "tag/tagged.h"
#include "tag/vectors.h"
#include "context_fixture.h"
#include "laco/laco.h"
#include "model/ensemble.h"
#include "model/model.h"
#include "tagged_fixture.h"
#include "temporary_folder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* x is A after a and B after b. */
#define SMALL "a x\tO A\nb x\tO B\na y x\tO Y A\nb y y x\tO Y Y B\ny\tY\n"

static laco_tag_options small_options(void)
{
    return (laco_tag_options){.train = {.epochs = 60, .batch = 2, .optimiser.lr = 0.02, .seed = 3},
                              .letter_hidden = 4,
                              .valid.fraction = -1,
                              .network = {.hidden = 8, .layers = 1, .embed = 6, .dropout = -1}};
}

static void check_answers(laco_model *model, const laco_tagged *data)
{
    const char *all[16], *alone[16];
    assert_int_equal(laco_model_tag_all(model, data, all), LACO_OK);
    for (size_t s = 0; s < laco_tagged_sentence_count(data); s++) {
        const char *words[8];
        size_t first, count = laco_tagged_sentence(data, s, &first);
        for (size_t i = 0; i < count; i++) {
            words[i] = laco_tagged_word(data, first + i);
            assert_string_equal(all[first + i], laco_tagged_tag_names(data, NULL)[laco_tagged_tag(data, first + i)]);
        }
        assert_int_equal(laco_model_tag(model, words, count, alone), LACO_OK);
        for (size_t i = 0; i < count; i++)
            assert_ptr_equal(alone[i], all[first + i]);
    }
}

static void learns(void **state)
{
    (void)state;
    laco_tagged *data = parse("x", SMALL, NULL);
    for (int crf = -1; crf <= 1; crf += 2) {
        laco_tag_options options = small_options();
        laco_model *model, *loaded;
        laco_tag_score score;
        options.crf = crf;
        assert_int_equal(laco_train_tag(ctx, &options, data, NULL, &model), LACO_OK);
        check_answers(model, data);
        assert_int_equal(laco_model_score_tags(model, data, &score), LACO_OK);
        assert_true(score.accuracy == 1 && score.words == 12 && !score.entities);
        laco_tag_score_free(&score);
        assert_int_equal(laco_model_save(model, temporary_path("m")), LACO_OK);
        assert_int_equal(laco_model_load(ctx, temporary_path("m"), &loaded), LACO_OK);
        check_answers(loaded, data);
        laco_model_free(loaded);
        laco_model_free(model);
    }
    laco_tagged_free(data);
}

/* No score but `value` for tag 0: from member m. */
static void settle(laco_model *model, int64_t m, laco_real value)
{
    laco_module *module = laco_model_module(model);
    laco_param *weight = laco_module_find(module, laco_member_name(m, "linear.weight").text),
               *bias = laco_module_find(module, laco_member_name(m, "linear.bias").text);
    assert_non_null(weight);
    memset(weight->value, 0, (size_t)weight->count * sizeof *weight->value);
    memset(bias->value, 0, (size_t)bias->count * sizeof *bias->value);
    bias->value[0] = value;
    laco_param_changed(weight);
    laco_param_changed(bias);
}

/* Of an ensemble each member learns and each has its say. */
static void members(void **state)
{
    (void)state;
    laco_tagged *data = parse("x", SMALL, NULL);
    laco_tag_options options = small_options();
    laco_model *model, *loaded;
    const char *tags[16];
    options.ensemble = 3;
    assert_int_equal(laco_train_tag(ctx, &options, data, NULL, &model), LACO_OK);
    check_answers(model, data);
    assert_int_equal(laco_model_save(model, temporary_path("m")), LACO_OK);
    assert_int_equal(laco_model_load(ctx, temporary_path("m"), &loaded), LACO_OK);
    check_answers(loaded, data);
    settle(loaded, 0, 0);
    settle(loaded, 2, 0);
    check_answers(loaded, data); /* what member 1 knows alone */
    settle(loaded, 2, 1000);
    assert_int_equal(laco_model_tag_all(loaded, data, tags), LACO_OK);
    for (size_t i = 0; i < laco_tagged_word_count(data); i++)
        assert_string_equal(tags[i], laco_tagged_tag_names(data, NULL)[0]);
    options.ensemble = LACO_MOST_ENSEMBLE + 1;
    laco_model_free(model);
    assert_int_equal(laco_train_tag(ctx, &options, data, NULL, &model), LACO_INVALID);
    laco_model_free(loaded);
    laco_tagged_free(data);
}

/* What x is, the sentence before it tells; alone it has one answer. */
static void context(void **state)
{
    (void)state;
    laco_tagged *data = parse("x", "a A\n\nx A\n\nb B\n\nx B\n\na A\n\nx A\n\nb B\n\nx B\n", NULL);
    laco_tag_options options = small_options();
    const char *tags[8], *again[8], *alone;
    laco_model *model, *loaded;
    laco_tag_score score;
    options.context = 2;
    assert_int_equal(laco_train_tag(ctx, &options, data, NULL, &model), LACO_OK);
    assert_int_equal(laco_model_score_tags(model, data, &score), LACO_OK);
    assert_true(score.accuracy == 1 && score.sentences == 8);
    laco_tag_score_free(&score);
    assert_int_equal(laco_model_tag_all(model, data, tags), LACO_OK);
    assert_int_equal(laco_model_tag(model, (const char *const[]){"x"}, 1, &alone), LACO_OK);
    assert_string_equal(tags[1], "A");
    assert_string_equal(tags[3], "B");
    assert_true(alone == tags[1] || alone == tags[3]);
    assert_int_equal(laco_model_save(model, temporary_path("m")), LACO_OK);
    assert_int_equal(laco_model_load(ctx, temporary_path("m"), &loaded), LACO_OK);
    assert_int_equal(laco_model_tag_all(loaded, data, again), LACO_OK);
    for (int i = 0; i < 8; i++)
        assert_string_equal(again[i], tags[i]);
    laco_model_free(loaded);
    laco_model_free(model);
    laco_tagged_free(data);
}

/* Other columns take part in training and leave nothing but other weights. */
static void other_columns(void **state)
{
    (void)state;
    static const char text[] = "1\ta\ta\tA\t_\tN=1\t0\troot\t_\t_\n2\tx\tx\tA\t_\tN=2\t1\tdep\t_\t_\n\n"
                               "1\tb\tb\tB\t_\tN=2\t0\troot\t_\t_\n2\tx\tx\tB\t_\tN=1\t1\tobj\t_\t_\n";
    laco_tagged *data = parse("x", text, NULL);
    laco_real weight[2];
    for (int with = 0; with < 2; with++) {
        laco_tag_options options = small_options();
        laco_model *model;
        options.auxiliary = with ? 1 : -1;
        options.train.epochs = 5;
        assert_int_equal(laco_train_tag(ctx, &options, data, NULL, &model), LACO_OK);
        for (size_t i = 0; i < laco_module_param_count(model->module); i++)
            assert_null(strstr(laco_module_param(model->module, i)->name, "also"));
        weight[with] = laco_module_find(model->module, "rnn.weight_hh_l0")->value[0];
        laco_model_free(model);
    }
    assert_true(weight[0] != weight[1]);
    laco_tagged_free(data);
}

/* Per word, one answer for x: at least one of two is wrong. */
static void mlp(void **state)
{
    (void)state;
    laco_tagged *data = parse("x", SMALL, NULL);
    laco_tag_options options = small_options();
    const char *alone[2], *tags[2];
    laco_model *model;
    options.network.cell = LACO_MLP;
    assert_int_equal(laco_train_tag(ctx, &options, data, NULL, &model), LACO_OK);
    assert_int_equal(laco_model_tag(model, (const char *const[]){"a", "x"}, 2, tags), LACO_OK);
    assert_int_equal(laco_model_tag(model, (const char *const[]){"b", "x"}, 2, alone), LACO_OK);
    assert_ptr_equal(tags[1], alone[1]);
    laco_model_free(model);
    options.window = 7;
    assert_int_equal(laco_train_tag(ctx, &options, data, NULL, &model), LACO_OK);
    check_answers(model, data);
    laco_model_free(model);
    options.network.cell = LACO_GRU;
    assert_int_equal(laco_train_tag(ctx, &options, data, NULL, &model), LACO_INVALID);
    laco_tagged_free(data);
}

static void wrong_models(void **state)
{
    (void)state;
    laco_tagged *data = parse("x", SMALL, NULL), *other = parse("x", "a X\nb Y\n", NULL);
    laco_tag_options options = small_options();
    laco_model *model;
    laco_label label;
    laco_tag_score score;
    options.train.epochs = 1;
    assert_int_equal(laco_train_tag(ctx, &options, data, other, &model), LACO_INVALID);
    assert_int_equal(laco_train_tag(ctx, &options, data, NULL, &model), LACO_OK);
    assert_int_equal(laco_model_score_tags(model, other, &score), LACO_INVALID);
    assert_int_equal(laco_model_classify(model, "x", 1, &label), LACO_INVALID);
    laco_model_free(model);
    laco_tagged_free(other);
    laco_tagged_free(data);
}

static bool never(void *user, const char *word, size_t length)
{
    (void)user, (void)word, (void)length;
    return false;
}

static void vectors(void **state)
{
    (void)state;
    FILE *file = fopen(temporary_path("v"), "w");
    fputs("4 2\nCasa 1 -2.5e-1 \ncasa 7 7\n1990 3 4\nlast 5 6", file);
    fclose(file);
    laco_vectors v;
    assert_int_equal(laco_vectors_read(ctx, temporary_path("v"), 4, never, NULL, &v), LACO_OK);
    assert_int_equal(v.size, 2);
    assert_int_equal(v.words.count, 2); /* of "Casa" and "casa" the first; "last" is beyond the first lines */
    assert_int_equal(laco_strings_find(&v.words, "0000", 4), 1);
    assert_true(v.values[0] == 1 && v.values[1] == (laco_real)-0.25 && v.values[3] == 4);
    laco_vectors_free(&v);
}

/* A file without a number, and a header that promises more than any line could hold, are refused at once. */
static void no_vectors(void **state)
{
    (void)state;
    for (const char *const *text = (const char *const[]){".2\na b 3]4@\n", "3 777777777777\na 1 2\n", "1 0\na 1\n", NULL}; *text;
         text++) {
        FILE *file = fopen(temporary_path("v"), "w");
        fputs(*text, file);
        fclose(file);
        laco_vectors v;
        assert_int_equal(laco_vectors_read(ctx, temporary_path("v"), 4, never, NULL, &v), LACO_FORMAT);
        laco_vectors_free(&v);
    }
}

/* ---- Memory ---- */

static laco_status attempt(laco_context *context, void *text)
{
    laco_tagged *data = NULL;
    laco_model *model = NULL;
    laco_tag_options options = small_options();
    const char *tags[16];
    laco_tag_score score = {0};
    options.train.epochs = 1;
    options.valid.fraction = 0.3;
    laco_status status = laco_tagged_parse(context, "x", text, strlen(text), NULL, &data);
    if (status == LACO_OK)
        status = laco_train_tag(context, &options, data, NULL, &model);
    if (status == LACO_OK)
        status = laco_model_tag_all(model, data, tags);
    if (status == LACO_OK)
        status = laco_model_score_tags(model, data, &score);
    laco_tag_score_free(&score);
    laco_model_free(model);
    laco_tagged_free(data);
    return status;
}

static void without_memory(void **state)
{
    (void)state;
    char text[] = "a O\nx B-A\ny I-A\n\nb O\nx B-B\n\ny O\n\na O\nx B-A\n";
    assert_true(fail_each_allocation(attempt, text) > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(learns),       TEST(members),       TEST(mlp),
                                       TEST(wrong_models), TEST(vectors),       TEST(no_vectors),
                                       TEST(context),      TEST(other_columns), cmocka_unit_test(without_memory)};
    return cmocka_run_group_tests(tests, temporary_folder_setup, temporary_folder_teardown);
}
