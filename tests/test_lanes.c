/* Whole pieces of work side by side: what a lane is; and ensembles are trained, and many questions answered, alike on any number of
 * threads. */
#include "base/hash.h"
#include "base/lanes.h"
#include "laco/laco.h"
#include "nn/module.h"
#include "reversed_words.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static laco_context *context(int threads)
{
    laco_context *ctx = NULL;
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = threads}, &ctx), LACO_OK);
    return ctx;
}

/* ---- Lanes ---- */

static void *by_realloc(void *user, void *block, size_t old_size, size_t size)
{
    (void)user;
    (void)old_size;
    if (size > 0)
        return realloc(block, size);
    free(block);
    return NULL;
}

static void how_many_go_side_by_side(void **state)
{
    (void)state;
    static const int cases[][3] = {{1, 4, 0}, {2, 1, 0}, {2, 2, 2}, {2, 3, 2}, {2, 5, 4}, {3, 2, 2}, {4, 9, 8}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        laco_context *ctx = context(cases[i][0]);
        assert_int_equal(laco_lanes_side(ctx, cases[i][1]), cases[i][2]);
        laco_context_free(ctx);
    }
    laco_context *own;
    const laco_context_config config = {.threads = 2, .allocator = by_realloc};
    assert_int_equal(laco_context_new(&config, &own), LACO_OK);
    assert_int_equal(laco_lanes_side(own, 2), 0);
    laco_context_free(own);
}

static laco_status fail_from_two_on(laco_context *lane, void *user, int number)
{
    int *threads = user;
    threads[number] = laco_threads(lane);
    assert_int_equal(laco_lanes_side(lane, 9), 0); /* no lanes in a lane */
    return number < 2 ? LACO_OK : laco_fail(lane, LACO_FORMAT, "piece %d", number);
}

static void the_first_that_fails_is_told(void **state)
{
    (void)state;
    laco_context *ctx = context(8);
    int threads[4] = {0};
    assert_int_equal(laco_lanes_run(ctx, 4, fail_from_two_on, threads), LACO_FORMAT);
    assert_string_equal(laco_error(ctx), "piece 2");
    for (int i = 0; i < 4; i++)
        assert_int_equal(threads[i], 2);
    laco_context_free(ctx);
}

static laco_status take_memory(laco_context *lane, void *user, int number)
{
    void **blocks = user;
    return (blocks[number] = laco_alloc(lane, 1, 1000)) ? LACO_OK : LACO_NO_MEMORY;
}

static void lanes_take_their_roots_memory(void **state)
{
    (void)state;
    laco_context *ctx = context(2);
    void *blocks[2];
    assert_int_equal(laco_lanes_run(ctx, 2, take_memory, blocks), LACO_OK);
    size_t before = ctx->memory.taken;
    laco_release(ctx, blocks[0]);
    laco_release(laco_lane(ctx, 0), blocks[1]);
    assert_in_range(before - ctx->memory.taken, 2000, 2100);
    laco_context_free(ctx);
}

/* ---- Trainings ---- */

static uint64_t weights_of(laco_model *model)
{
    const laco_module *module = laco_model_module(model);
    uint64_t hash = LACO_HASH_START;
    for (size_t i = 0; i < module->count; i++)
        hash = laco_hash_bytes(hash, module->param[i]->value, (size_t)module->param[i]->count * sizeof(laco_real));
    return hash;
}

static uint64_t train_transducer(laco_context *ctx)
{
    laco_transduce_options options = reversed_options();
    laco_pairs *data = reversed_words(ctx, 4);
    laco_model *model;
    options.train.epochs = 3;
    options.network.dropout = 0.2;
    options.scheduled_sampling = 0.3;
    options.ensemble = 3;
    options.valid.fraction = 0.2;
    assert_non_null(data);
    assert_int_equal(laco_train_transduce(ctx, &options, data, NULL, &model), LACO_OK);
    uint64_t hash = weights_of(model);
    laco_model_free(model);
    laco_pairs_free(data);
    return hash;
}

static uint64_t train_tagger(laco_context *ctx, laco_choice crf)
{
    static const char text[] = "o\tB-X\ngato\tI-X\ndorme\tO\n\na\tB-X\ncasa\tI-X\n\ncasa\tB-X\ndorme\tO\n\no\tB-X\ncasa\tI-X\n\n";
    laco_tag_options options = {.train = {.epochs = 5, .batch = 2}, .network = {.hidden = 8}, .ensemble = 3, .crf = crf};
    laco_tagged *data;
    laco_model *model;
    assert_int_equal(laco_tagged_parse(ctx, "tags.tsv", text, strlen(text), NULL, &data), LACO_OK);
    assert_int_equal(laco_train_tag(ctx, &options, data, data, &model), LACO_OK);
    uint64_t hash = weights_of(model);
    laco_model_free(model);
    laco_tagged_free(data);
    return hash;
}

static void ensembles_are_trained_alike(void **state)
{
    (void)state;
    uint64_t first[3] = {0};
    for (int threads = 1; threads <= 4; threads++) {
        laco_context *ctx = context(threads);
        uint64_t hash[] = {train_tagger(ctx, LACO_ALWAYS), train_tagger(ctx, LACO_NEVER), train_transducer(ctx)};
        for (int i = 0; i < 3; i++) {
            first[i] = threads == 1 ? hash[i] : first[i];
            assert_true(hash[i] == first[i]);
        }
        laco_context_free(ctx);
    }
}

/* ---- Answers ---- */

/* Words that a small model of each kind is asked about, many of them, as one text that holds every answer. */
enum { QUESTIONS = 700 };

static char *ask_classifier(laco_context *ctx, laco_model *model)
{
    static char text[QUESTIONS][8];
    const char *texts[QUESTIONS];
    laco_label *labels = calloc(QUESTIONS, sizeof *labels);
    char *all = calloc(QUESTIONS, 40);
    for (int i = 0; i < QUESTIONS; i++) {
        snprintf(text[i], sizeof *text, "%c%d", 'a' + i % 5, i);
        texts[i] = text[i];
    }
    laco_model *handle; /* of a model that another context owns */
    assert_int_equal(laco_model_share(model, ctx, &handle), LACO_OK);
    assert_int_equal(laco_model_classify_many(handle, QUESTIONS, texts, NULL, 1, labels, NULL), LACO_OK);
    for (int i = 0; i < QUESTIONS; i++)
        snprintf(all + 40 * i, 40, "%s %a", labels[i].name, labels[i].log_probability);
    laco_model_free(handle);
    free(labels);
    return all;
}

static laco_model *make_classifier(laco_context *ctx)
{
    static const char text[] = "x\ta1\nx\ta22\ny\tb3\ny\tb41\nx\ta5\ny\tb6\n";
    laco_classify_options options = {.train = {.epochs = 2, .batch = 4}, .network.hidden = 6, .valid.fraction = LACO_OFF};
    laco_labelled *data;
    laco_model *model;
    assert_int_equal(laco_labelled_parse(ctx, "labels.tsv", text, strlen(text), NULL, &data), LACO_OK);
    assert_int_equal(laco_train_classify(ctx, &options, data, NULL, &model), LACO_OK);
    laco_labelled_free(data);
    return model;
}

static void answers_are_as_in_order(void **state)
{
    (void)state;
    laco_context *owner = context(1);
    laco_model *model = make_classifier(owner);
    char *alone = ask_classifier(owner, model);
    for (int threads = 2; threads <= 3; threads++) {
        laco_context *ctx = context(threads);
        char *beside = ask_classifier(ctx, model);
        assert_memory_equal(beside, alone, QUESTIONS * 40);
        assert_non_null(ctx->lanes);
        free(beside);
        laco_context_free(ctx);
    }
    free(alone);
    laco_model_free(model);
    laco_context_free(owner);
}

/* Scores come together from all parts, and answers in the order of the sources. */
static void a_transducer_answers_in_parts(void **state)
{
    (void)state;
    laco_decode_score first = {0};
    for (int threads = 1; threads <= 3; threads++) {
        laco_context *ctx = context(threads);
        laco_transduce_options options = reversed_options();
        laco_pairs *data = reversed_words(ctx, 4);
        laco_decode_score score;
        laco_model *model;
        options.train.epochs = 12;
        assert_int_equal(laco_train_transduce(ctx, &options, data, NULL, &model), LACO_OK);
        assert_int_equal(laco_model_score_pairs(model, data, NULL, &score), LACO_OK);
        assert_true(score.count == laco_pairs_count(data) && score.errors > 0);
        first = threads == 1 ? score : first;
        assert_memory_equal(&score, &first, sizeof score);
        laco_model_free(model);
        laco_pairs_free(data);
        laco_context_free(ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_many_go_side_by_side),      cmocka_unit_test(the_first_that_fails_is_told),
        cmocka_unit_test(lanes_take_their_roots_memory), cmocka_unit_test(ensembles_are_trained_alike),
        cmocka_unit_test(answers_are_as_in_order),       cmocka_unit_test(a_transducer_answers_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
