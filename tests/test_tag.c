/* Tagged sentences: the forms they come in, entities as conlleval counts them, and taggers that are trained, saved and asked. */
#include "data/bio.h"
#include "data/tagged.h"
#include "data/vectors.h"
#include "context_fixture.h"
#include "laco/laco.h"
#include "model/model.h"
#include "temporary_folder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static laco_tagged *parse(const char *name, const char *text, const laco_tagged_config *config)
{
    laco_tagged *data = NULL;
    if (laco_tagged_parse(ctx, name, text, strlen(text), config, &data) < 0)
        fail_msg("%s", laco_error(ctx));
    return data;
}

/* The words and tags of a set as "a/X b/Y | c/Z". */
static const char *shown(const laco_tagged *data)
{
    static char text[1024];
    size_t used = 0;
    text[0] = 0;
    for (size_t s = 0; s < laco_tagged_sentence_count(data); s++) {
        size_t first, count = laco_tagged_sentence(data, s, &first);
        for (size_t i = first; i < first + count; i++, used = strlen(text)) {
            int tag = laco_tagged_tag(data, i);
            snprintf(text + used, sizeof text - used, "%s%s/%s",
                     i > first ? " "
                     : s > 0   ? " | "
                               : "",
                     laco_tagged_word(data, i), tag < 0 ? "?" : laco_tagged_tag_names(data)[tag]);
        }
    }
    return text;
}

#define CONLLU_TEXT                                                                                                              \
    "\xEF\xBB\xBF# text = "                                                                                                      \
    "das\r\n1-2\tdas\t_\t_\t_\t_\t_\t_\t_\t_\r\n1\tde\tde\tADP\tE\t_\t_\t_\t_\t_\r\n2\tas\to\tDET\tD\t_\t_\t_\t_\t_\r\n"         \
    "2.1\tnulo\t_\tNOUN\tN\t_\t_\t_\t_\t_\r\n\r\n1\tcasas\tcasa\tNOUN\tN\t_\t_\t_\t_\t_\r\n"

static void forms(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *column, *right;
    } cases[] = {
        {"x", CONLLU_TEXT, NULL, "de/ADP as/DET | casas/NOUN"},
        {"x", CONLLU_TEXT, "xpos", "de/E as/D | casas/N"},
        {"x", CONLLU_TEXT, "3", "de/de as/o | casas/casa"},
        {"x", "-DOCSTART- -X- O\n\nEU NNP B-ORG\nrejects VBZ O\n\n\nPeter NNP B-PER\n", NULL, "EU/B-ORG rejects/O | Peter/B-PER"},
        {"x", "EU NNP B-ORG\nrejects  VBZ\tO\n", "2", "EU/NNP rejects/VBZ"},
        {"x", "1 000\tNUM\nreais\tNOUN\n \nok\tX\n", NULL, "1 000/NUM reais/NOUN | ok/X"},
        {"x", "um dois\tA B\n\ntre\xCC\x82s\tA\n", NULL, "um/A dois/B | tr\xC3\xAAs/A"}, /* NFC */
        {"x", "# O\n1 O\na B-X\n", NULL, "#/O 1/O a/B-X"},                               /* no comment: this is not CoNLL-U */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        laco_tagged *data = parse(cases[i].name, cases[i].text, &(laco_tagged_config){.column = cases[i].column});
        assert_string_equal(shown(data), cases[i].right);
        laco_tagged_free(data);
    }
    laco_tagged *text =
        parse("x", "Eu acordo, cedo.\n\nguarda-chuva\n", &(laco_tagged_config){.form = LACO_TAGGED_TEXT, .untagged = true});
    assert_string_equal(shown(text), "Eu/? acordo/? ,/? cedo/? ./? | guarda-chuva/?");
    laco_tagged_free(text);
}

static void numbers_of_tags(void **state)
{
    (void)state;
    laco_tagged *data = parse("x", "a Z\nb Y\nc Z\n", NULL);
    assert_int_equal(laco_tagged_tag(data, 0), 1); /* sorted */
    laco_tagged_config config = {.labels = laco_tagged_tag_names(data), .label_count = laco_tagged_tag_count(data)};
    laco_tagged *other = parse("x", "a A\nb Z\n", &config);
    assert_int_equal(laco_tagged_tag(other, 0), 2); /* unknown to the model: behind its own */
    assert_int_equal(laco_tagged_tag(other, 1), 1);
    laco_tagged_free(other);
    laco_tagged_free(data);
}

static void guesses(void **state)
{
    (void)state;
    static const char *const tags[] = {"A", "B", NULL};
    static const struct {
        const char *name, *text;
        laco_tagged_form form;
    } cases[] = {
        {"x.conllu", "", LACO_TAGGED_CONLLU},
        {"x", "Eu acordo cedo\n", LACO_TAGGED_TEXT},
        {"x", "eu A\ntu B\n\nisto nada\n", LACO_TAGGED_TEXT}, /* not every line ends in a tag */
        {"x", "eu A\ntu B\n", LACO_TAGGED_COLUMNS},
        {"x.conll", "eu ?\n", LACO_TAGGED_COLUMNS},
        {"x", "eu\tA\n", LACO_TAGGED_TSV},
        {"x", "eu tu\tA B\n", LACO_TAGGED_LINES},
        {"x", CONLLU_TEXT, LACO_TAGGED_CONLLU},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(laco_tagged_guess(cases[i].name, cases[i].text, strlen(cases[i].text), tags), cases[i].form);
}

/* What is written is what was read, but for the tags. */
static void check_written(const char *text, const laco_tagged_config *config, const char *right)
{
    static const char *const tags[] = {"T1", "T2", "T3", "T4"};
    laco_tagged *data = parse("x", text, config);
    char *written = NULL;
    size_t size;
    FILE *file = open_memstream(&written, &size);
    assert_int_equal(laco_tagged_write(data, tags, file), LACO_OK);
    fclose(file);
    assert_string_equal(written, right);
    free(written);
    laco_tagged_free(data);
}

static void writing(void **state)
{
    (void)state;
    check_written("# c\n1\ta\t_\tX\t_\t_\t_\t_\t_\tz\n2\tb\t_\tY\t_\t_\t_\t_\t_\tz\n\n", NULL,
                  "# c\n1\ta\t_\tT1\t_\t_\t_\t_\t_\tz\n2\tb\t_\tT2\t_\t_\t_\t_\t_\tz\n\n");
    check_written("a  N  O\nb\tV  B-X\n", NULL, "a  N  T1\nb\tV  T2\n");
    check_written("a N O\nb V X\n", &(laco_tagged_config){.column = "2"}, "a T1 O\nb T2 X\n");
    check_written("a\nb\n", &(laco_tagged_config){.form = LACO_TAGGED_COLUMNS, .untagged = true}, "a T1\nb T2\n");
    check_written("a\tN\nb\tV\n", &(laco_tagged_config){.column = "4", .untagged = true}, "a\tN\tT1\nb\tV\tT2\n");
    check_written("a b\nc\n", &(laco_tagged_config){.form = LACO_TAGGED_LINES, .untagged = true}, "a b\tT1 T2\nc\tT3\n");
    check_written("a b\n\nc", &(laco_tagged_config){.form = LACO_TAGGED_TEXT, .untagged = true}, "a\tT1\nb\tT2\n\n\nc\tT3\n\n");
}

/* ---- Entities ---- */

static void entities(void **state)
{
    (void)state;
    static const char *const names[] = {"O", "B-A", "I-A", "B-B", "I-B", "E-A", "S-A"};
    /* Counted with conlleval: gold, found, right of A, then of B. */
    static const struct {
        int32_t gold[6], found[6];
        size_t length, counts[6];
    } cases[] = {
        {{1, 2, 0}, {1, 2, 0}, 3, {1, 1, 1, 0, 0, 0}},
        {{1, 2, 2}, {1, 2, 0}, 3, {1, 1, 0, 0, 0, 0}},             /* too short */
        {{1, 2, 0}, {1, 2, 2}, 3, {1, 1, 0, 0, 0, 0}},             /* too long */
        {{1, 2, 1}, {1, 2, 2}, 3, {2, 1, 0, 0, 0, 0}},             /* two taken for one */
        {{0, 2, 2}, {0, 1, 2}, 3, {1, 1, 1, 0, 0, 0}},             /* an entity may begin with I */
        {{1, 2, 4}, {1, 2, 3}, 3, {1, 1, 1, 1, 1, 1}},             /* and with an I of another type */
        {{1, 3, 1}, {3, 1, 1}, 3, {2, 2, 1, 1, 1, 0}},             /* the right places, the wrong types */
        {{1, 2, 5, 6, 0}, {1, 2, 5, 6, 6}, 5, {2, 3, 2, 0, 0, 0}}, /* E ends and S is alone */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        laco_bio_type *types;
        int count;
        const size_t starts[] = {0, cases[i].length};
        assert_int_equal(laco_bio_count(ctx, names, 7, starts, 1, cases[i].gold, cases[i].found, &types, &count), LACO_OK);
        assert_int_equal(count, 2);
        const size_t counts[] = {types[0].gold, types[0].found, types[0].right, types[1].gold, types[1].found, types[1].right};
        assert_memory_equal(counts, cases[i].counts, sizeof counts);
        laco_release(ctx, types);
    }
    assert_true(laco_bio_looks(names, 7));
    assert_false(laco_bio_looks(names, 1)); /* nothing but O */
    assert_false(laco_bio_looks((const char *const[]){"O", "B-A", "NOUN"}, 3));
    assert_true(laco_bio_may_follow("B-A", "I-A") && laco_bio_may_follow("I-A", "I-A") && laco_bio_may_follow(NULL, "B-A"));
    assert_false(laco_bio_may_follow("B-A", "I-B") || laco_bio_may_follow("O", "I-A") || laco_bio_may_follow(NULL, "I-A"));
}

/* ---- Taggers ---- */

/* x is A after a and B after b. */
#define SMALL "a x\tO A\nb x\tO B\na y x\tO Y A\nb y y x\tO Y Y B\ny\tY\n"

static laco_tag_options small_options(void)
{
    return (laco_tag_options){.train = {.epochs = 60, .batch = 2, .optimiser.lr = 0.02, .seed = 3},
                              .letter_hidden = 4,
                              .valid_fraction = -1,
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
            assert_string_equal(all[first + i], laco_tagged_tag_names(data)[laco_tagged_tag(data, first + i)]);
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
        options.columns = with ? 1 : -1;
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
static void memoryless(void **state)
{
    (void)state;
    laco_tagged *data = parse("x", SMALL, NULL);
    laco_tag_options options = small_options();
    const char *alone[2], *tags[2];
    laco_model *model;
    options.network.cell = "mlp";
    assert_int_equal(laco_train_tag(ctx, &options, data, NULL, &model), LACO_OK);
    assert_int_equal(laco_model_tag(model, (const char *const[]){"a", "x"}, 2, tags), LACO_OK);
    assert_int_equal(laco_model_tag(model, (const char *const[]){"b", "x"}, 2, alone), LACO_OK);
    assert_ptr_equal(tags[1], alone[1]);
    laco_model_free(model);
    options.window = 7;
    assert_int_equal(laco_train_tag(ctx, &options, data, NULL, &model), LACO_OK);
    check_answers(model, data);
    laco_model_free(model);
    options.network.cell = "gru";
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

/* ---- Memory ---- */

static laco_status attempt(laco_context *context, void *text)
{
    laco_tagged *data = NULL;
    laco_model *model = NULL;
    laco_tag_options options = small_options();
    const char *tags[16];
    laco_tag_score score = {0};
    options.train.epochs = 1;
    options.valid_fraction = 0.3;
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
    const struct CMUnitTest tests[] = {
        TEST(forms),  TEST(numbers_of_tags), TEST(guesses),      TEST(writing), TEST(entities),
        TEST(learns), TEST(memoryless),      TEST(wrong_models), TEST(vectors), TEST(context),  TEST(other_columns),
        cmocka_unit_test(without_memory)};
    return cmocka_run_group_tests(tests, temporary_folder_setup, temporary_folder_teardown);
}
