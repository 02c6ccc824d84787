/* What was set aside is learned in the end: when, from which weights, from what; resumed anywhere; and without it, as before. */
#include "base/base.h"
#include "base/tensor_file.h"
#include "laco/laco.h"
#include "model/model.h"

#include "context_fixture.h"
#include "temporary_folder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WORDS = 60, ASIDE = 12, EPOCHS = 8, FIRST = 6 };

static laco_labelled *words;
static char checkpoint[512];

static int begin_with_words(void **state)
{
    assert_int_equal(begin(state), 0);
    temporary_folder_make();
    snprintf(checkpoint, sizeof checkpoint, "%s", temporary_path("checkpoint"));
    const char *path = temporary_path("words.tsv");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < WORDS; i++)
        fprintf(file, "%s\t%.*s%c\n", i % 3 ? "one" : "two", 1 + i % 7, &"abcdefgh"[i % 2], "xyz"[i % 3]);
    fclose(file);
    assert_int_equal(laco_labelled_load(ctx, &path, 1, NULL, &words), LACO_OK);
    return 0;
}

static int end_with_words(void **state)
{
    laco_labelled_free(words);
    temporary_folder_remove();
    return end(state);
}

/* What was told of a training: of each epoch how many examples it had, whether it was validated; and the notes. */
typedef struct told {
    int64_t epochs, last, examples[64], stop_after, calls;
    bool validated[64];
    char note[512];
} told;

static bool listen(void *user, const laco_progress *p)
{
    told *t = user;
    if (p->note)
        snprintf(t->note, sizeof t->note, "%s", p->note);
    if (p->epoch_done && t->epochs < 64) {
        t->examples[t->epochs] = p->examples;
        t->validated[t->epochs++] = p->metric_count > 0;
        t->last = p->epochs;
    }
    return t->stop_after == 0 || ++t->calls < t->stop_after;
}

static laco_classify_options options_for(int64_t epochs, told *t)
{
    return (laco_classify_options){.train = {.epochs = epochs, .batch = 8, .seed = 11, .progress = listen, .progress_user = t},
                                   .network = {.cell = LACO_GRU, .hidden = 4, .layers = 1, .embed = 3},
                                   .valid.fraction = 0.2};
}

static laco_model *classifier(const laco_classify_options *options)
{
    laco_model *model = NULL;
    if (laco_train_classify(ctx, options, words, NULL, &model) < 0)
        fail_msg("%s", laco_error(ctx));
    return model;
}

static bool equal(laco_model *a, laco_model *b)
{
    laco_model *models[] = {a, b};
    char *text[2];
    size_t size[2];
    for (int i = 0; i < 2; i++) {
        laco_tensor_writer *writer;
        assert_int_equal(laco_tensor_writer_new(ctx, &writer), LACO_OK);
        assert_int_equal(laco_model_write(models[i], writer), LACO_OK);
        assert_int_equal(laco_tensor_writer_serialise(writer, &text[i], &size[i]), LACO_OK);
        laco_tensor_writer_free(writer);
        laco_model_free(models[i]);
    }
    bool same = size[0] == size[1] && memcmp(text[0], text[1], size[0]) == 0;
    laco_release(ctx, text[0]);
    laco_release(ctx, text[1]);
    return same;
}

/* Three quarters of the epochs see what is trained on and are validated, the others see everything. */
static void test_last_quarter_sees_everything(void **state)
{
    (void)state;
    told t = {0};
    laco_classify_options options = options_for(EPOCHS, &t);
    laco_model *model = classifier(&options);
    assert_int_equal(t.epochs, EPOCHS);
    for (int e = 0; e < EPOCHS; e++) {
        assert_int_equal(t.examples[e], e < FIRST ? WORDS - ASIDE : WORDS);
        assert_int_equal(t.validated[e], e < FIRST);
    }
    assert_non_null(strstr(t.note, "on the 12 texts set aside, after epoch 6; from here on they are learned too"));
    assert_non_null(strstr(t.note, "accuracy "));
    assert_non_null(
        strstr(model->training, "\"refit\":{\"epochs\":2,\"best_epoch\":6,\"set_aside\":12,\"validation\":{\"accuracy\":"));
    laco_model_free(model);
}

/* Where there is no time for it, nothing to give back, or it is not wanted, everything is as without. */
static void test_no_refit(void **state)
{
    (void)state;
    told one = {0}, none = {0}, never = {0};
    laco_classify_options options = options_for(1, &one);
    laco_model_free(classifier(&options));
    assert_int_equal(one.examples[0], WORDS - ASIDE);
    options = options_for(EPOCHS, &none);
    options.valid.fraction = LACO_OFF;
    laco_model_free(classifier(&options));
    options = options_for(EPOCHS, &never);
    options.train.refit = LACO_NEVER;
    laco_model *model = classifier(&options);
    assert_null(strstr(model->training, "\"refit\":{"));
    laco_model_free(model);
    for (int e = 0; e < EPOCHS; e++) {
        assert_int_equal(none.examples[e], WORDS);
        assert_int_equal(never.examples[e], WORDS - ASIDE);
        assert_true(never.validated[e]);
    }
}

/* The same bytes, wherever a training was stopped and gone on with. */
static void test_resumed_anywhere(void **state)
{
    (void)state;
    told t = {0}, again = {0};
    laco_classify_options whole = options_for(EPOCHS, &t);
    for (int after = 1; after < 70; after += 4) {
        told stopped = {.stop_after = after};
        laco_classify_options first = options_for(EPOCHS, &stopped), second = options_for(EPOCHS, &again);
        first.train.checkpoint = checkpoint;
        laco_model_free(classifier(&first));
        second.train.resume = checkpoint;
        assert_true(equal(classifier(&second), classifier(&whole)));
    }
}

/* Patience ends the first part sooner; the best epoch then says how long the rest is. */
static void test_patience(void **state)
{
    (void)state;
    told t = {0};
    laco_classify_options options = options_for(40, &t);
    options.train.patience = 2;
    options.train.optimiser.lr = 0.3; /* which soon gets no better */
    laco_model_free(classifier(&options));
    int64_t validated = 0;
    while (validated < t.epochs && t.validated[validated])
        validated++;
    assert_in_range(validated, 3, 29);
    assert_in_range(t.epochs - validated, 1, (validated + 2) / 3);
    assert_int_equal(t.epochs, t.last);
    for (int64_t e = validated; e < t.epochs; e++)
        assert_int_equal(t.examples[e], WORDS);
}

/* With a rate that does not depend on the number of epochs, more may be asked for as long as the refit has not begun. */
static void test_other_numbers_of_epochs(void **state)
{
    (void)state;
    told t = {0}, stopped = {.stop_after = 8};
    laco_model *none = NULL;
    laco_classify_options first = options_for(EPOCHS, &stopped), whole = options_for(20, &t), longer = whole;
    first.train.schedule = whole.train.schedule = longer.train.schedule = LACO_CONSTANT;
    first.train.checkpoint = longer.train.resume = checkpoint;
    laco_model_free(classifier(&first));
    assert_true(equal(classifier(&longer), classifier(&whole)));
    first.train.progress = NULL;
    laco_model_free(classifier(&first));
    assert_int_equal(laco_train_classify(ctx, &longer, words, NULL, &none), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "since epoch 6, as a training of 8 epochs does, and not one of 20"));
    stopped = (told){.stop_after = 50};
    first = options_for(20, &stopped);
    first.train.schedule = LACO_CONSTANT;
    first.train.checkpoint = checkpoint;
    laco_model_free(classifier(&first));
    longer.train.epochs = EPOCHS;
    stopped = (told){0};
    longer.train.progress_user = &stopped;
    if (laco_train_classify(ctx, &longer, words, NULL, &none) == LACO_OK)
        fail_msg("a run that should have begun its refit went on");
    assert_non_null(strstr(laco_error(ctx), "a training of 8 learns what was set aside after 6"));
}

/* ---- Text: stretches spread over it ---- */

static laco_corpus *corpus_of(size_t length, char last)
{
    static char text[70000];
    const char *at = text;
    laco_corpus *corpus;
    assert_in_range(length, 1, sizeof text);
    for (size_t i = 0; i < length; i++)
        text[i] = "abcdefgh \n"[(i * i / 7 + i) % 10];
    text[length - 1] = last;
    assert_int_equal(laco_corpus_from_texts(ctx, NULL, &at, &length, 1, &corpus), LACO_OK);
    return corpus;
}

static laco_generate_options writer_options(told *t)
{
    return (laco_generate_options){.train = {.epochs = 4, .batch = 4, .seed = 3, .progress = listen, .progress_user = t},
                                   .network = {.cell = LACO_GRU, .hidden = 4, .layers = 1, .embed = 3},
                                   .seq_len = 512};
}

/* 64,000 tokens: three stretches of 1,066 are set aside; the last epoch has all. A letter that is only in a stretch is known. */
static void test_text(void **state)
{
    (void)state;
    told t = {0};
    laco_generate_options options = writer_options(&t);
    laco_model *model = NULL;
    laco_corpus *corpus = corpus_of(64000, 'Z');
    assert_int_equal(laco_train_generate(ctx, &options, corpus, NULL, &model), LACO_OK);
    for (int e = 0; e < 4; e++)
        assert_int_equal(t.examples[e], e < 3 ? (64000 - 3 * 1066) / 4 * 4 : 64000);
    assert_non_null(strstr(t.note, "on the 3198 characters set aside, after epoch 3"));
    laco_generator *generator;
    size_t unseen = 0;
    assert_int_equal(laco_generator_new(model, NULL, &generator), LACO_OK);
    assert_int_equal(laco_generator_read(generator, "Z", 1, NULL, NULL, &unseen), LACO_OK);
    assert_int_equal(unseen, 0);
    laco_generator_free(generator);
    laco_model_free(model);
    options.train.refit = LACO_NEVER;
    assert_int_equal(laco_train_generate(ctx, &options, corpus, NULL, &model), LACO_OK);
    assert_non_null(strstr(model->training, "\"units\":60800,\"validation_units\":3200"));
    laco_model_free(model);
    laco_corpus_free(corpus);
}

static void test_text_resumed(void **state)
{
    (void)state;
    laco_corpus *corpus = corpus_of(64000, 'h');
    told t = {0}, again = {0};
    laco_generate_options whole = writer_options(&t), second = writer_options(&again);
    second.train.resume = checkpoint;
    for (int after = 90; after < 130; after += 13) { /* in the last epochs: of the first part, and of all */
        told stopped = {.stop_after = after};
        laco_model *a = NULL, *b = NULL;
        laco_generate_options first = writer_options(&stopped);
        first.train.checkpoint = checkpoint;
        assert_int_equal(laco_train_generate(ctx, &first, corpus, NULL, &a), LACO_OK);
        laco_model_free(a);
        assert_int_equal(laco_train_generate(ctx, &second, corpus, NULL, &a), LACO_OK);
        assert_int_equal(laco_train_generate(ctx, &whole, corpus, NULL, &b), LACO_OK);
        assert_true(equal(a, b));
    }
    laco_corpus_free(corpus);
}

/* ---- The other tasks ---- */

static const char *write_lines(const char *name, void (*line)(FILE *file, int i), int count)
{
    const char *path = temporary_path(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < count; i++)
        line(file, i);
    fclose(file);
    return path;
}

static void pair_line(FILE *file, int i)
{
    fprintf(file, "%c%c%c\t%c %c\n", "abc"[i % 3], "de"[i % 2], "fgh"[i / 3 % 3], "AB"[i % 2], "XYZ"[i % 3]);
}
static void tag_line(FILE *file, int i) { fprintf(file, "w%d\tA\nx\tB\n\n", i % 4); }
static void caption_line(FILE *file, int i) { fprintf(file, "%d,%d,%s\n", i % 3, i % 5, i % 3 ? "one" : "two"); }

/* Epochs 1 to 3 of four see `some` examples, the fourth all. */
static void assert_gave_back(const told *t, int64_t some, int64_t all)
{
    assert_int_equal(t->epochs, 4);
    for (int e = 0; e < 4; e++)
        assert_int_equal(t->examples[e], e < 3 ? some : all);
}

static void test_pairs(void **state)
{
    (void)state;
    for (int every = 0; every < 2; every++) {
        told t = {0}, again = {0}, stopped = {.stop_after = 3 * 5 + 3};
        const char *path = write_lines("pairs.tsv", pair_line, 18);
        laco_pairs *data;
        laco_model *model = NULL, *whole = NULL;
        laco_transduce_options options = {.train = {.epochs = 4, .batch = 4, .progress = listen, .progress_user = &t},
                                          .network = {.hidden = 4, .layers = 1, .embed = 3},
                                          .ensemble = 1,
                                          .every_target = every,
                                          .valid.fraction = 0.2};
        assert_int_equal(laco_pairs_load(ctx, &path, 1, &data), LACO_OK);
        assert_int_equal(laco_train_transduce(ctx, &options, data, NULL, &whole), LACO_OK);
        assert_gave_back(&t, 14, 18);
        /* What validation chose (how much CTC says) is in the checkpoint. */
        options.train.progress_user = &stopped;
        options.train.checkpoint = checkpoint;
        assert_int_equal(laco_train_transduce(ctx, &options, data, NULL, &model), LACO_OK);
        laco_model_free(model);
        model = NULL;
        options.train.progress_user = &again;
        options.train.checkpoint = NULL;
        options.train.resume = checkpoint;
        assert_int_equal(laco_train_transduce(ctx, &options, data, NULL, &model), LACO_OK);
        assert_true(again.epochs > 0);
        assert_true(equal(model, whole));
        laco_pairs_free(data);
    }
}

static void test_tags(void **state)
{
    (void)state;
    told t = {0};
    const char *path = write_lines("tags.tsv", tag_line, 20);
    laco_tagged *data;
    laco_model *model = NULL;
    laco_tag_options options = {.train = {.epochs = 4, .batch = 4, .progress = listen, .progress_user = &t},
                                .network = {.hidden = 4, .layers = 1, .embed = 3},
                                .letter_hidden = 2,
                                .context = LACO_OFF,
                                .ensemble = 1,
                                .valid.fraction = 0.2};
    assert_int_equal(laco_tagged_load(ctx, &path, 1, NULL, &data), LACO_OK);
    assert_int_equal(laco_train_tag(ctx, &options, data, NULL, &model), LACO_OK);
    assert_gave_back(&t, 32, 40);
    assert_non_null(strstr(t.note, "on the 8 words set aside"));
    laco_model_free(model);
    laco_tagged_free(data);
}

static void test_captions(void **state)
{
    (void)state;
    told t = {0};
    const char *path = write_lines("captions.csv", caption_line, 20);
    laco_captioned *data;
    laco_model *model = NULL;
    laco_caption_options options = {.train = {.epochs = 4, .batch = 4, .progress = listen, .progress_user = &t},
                                    .network = {.hidden = 4, .layers = 1, .embed = 3},
                                    .valid.fraction = 0.2};
    assert_int_equal(laco_captioned_load(ctx, &path, 1, NULL, &data), LACO_OK);
    assert_int_equal(laco_train_caption(ctx, &options, data, NULL, &model), LACO_OK);
    assert_gave_back(&t, 16, 20);
    laco_model_free(model);
    laco_captioned_free(data);
}

static void test_recordings(void **state)
{
    (void)state;
    enum { COUNT = 10, LENGTH = 1600 };
    static float samples[COUNT * LENGTH];
    const char *texts[COUNT];
    size_t lengths[COUNT];
    told t = {0};
    laco_spoken *data;
    laco_model *model = NULL;
    for (int i = 0; i < COUNT * LENGTH; i++)
        samples[i] = (float)(0.25 * sin(0.2 * (1 + i / LENGTH % 2) * i));
    for (int i = 0; i < COUNT; i++) {
        texts[i] = i % 2 ? "ab" : "ba";
        lengths[i] = LENGTH;
    }
    laco_transcribe_options options = {.train = {.epochs = 4, .batch = 4, .progress = listen, .progress_user = &t},
                                       .network = {.hidden = 4, .layers = 1},
                                       .join = 1,
                                       .valid.fraction = 0.2};
    assert_int_equal(laco_spoken_from_samples(ctx, samples, lengths, texts, COUNT, &(laco_spoken_config){.rate = 8000}, &data),
                     LACO_OK);
    assert_int_equal(laco_train_transcribe(ctx, &options, data, NULL, &model), LACO_OK);
    assert_gave_back(&t, 8, 10);
    laco_model_free(model);
    laco_spoken_free(data);
}

/* ---- Defaults ---- */

/* `count` sequences of three numbers each, or as many words. */
static laco_classify_options classify_defaults(int count, bool numbers)
{
    const char *path = temporary_path(numbers ? "rows.csv" : "rows.tsv");
    FILE *file = fopen(path, "w");
    laco_labelled *data;
    laco_classify_options options = {0};
    assert_non_null(file);
    for (int i = 0; i < count; i++)
        if (numbers)
            fprintf(file, "%d,2,%d,%s\n", i, i % 7, i % 2 ? "odd" : "even");
        else
            fprintf(file, "%s\tx%d\n", i % 2 ? "odd" : "even", i);
    fclose(file);
    assert_int_equal(laco_labelled_load(ctx, &path, 1, NULL, &data), LACO_OK);
    laco_classify_defaults(&options, data);
    laco_labelled_free(data);
    return options;
}

/* However few the examples, there are updates enough to learn from; a small set is given back whole. */
static void test_updates_of_small_sets(void **state)
{
    (void)state;
    for (int count = 36; count <= 1200; count += 388) {
        laco_classify_options numbers = classify_defaults(count, true), texts = classify_defaults(count, false);
        int64_t batches = (count + 15) / 16;
        assert_in_range(numbers.train.epochs * batches, count < 100 ? 2000 : 5000 - batches, count < 100 ? 2000 + batches : 5000);
        assert_in_range(texts.train.epochs * batches, 1000, 15 * batches > 1000 ? 15 * batches : 1000 + batches);
        assert_true(numbers.train.optimiser.lr == 0.003 && texts.train.optimiser.lr == 0.001);
        assert_int_equal(numbers.train.refit, LACO_ALWAYS);
    }
    laco_classify_options large = {0};
    laco_classify_defaults(&large, NULL);
    assert_int_equal(large.train.epochs, 15);
    assert_int_equal(large.train.refit, LACO_NEVER);
}

static void test_passes_of_text(void **state)
{
    (void)state;
    static const struct {
        int64_t tokens, epochs;
        laco_choice refit;
    } cases[] = {{6000, 334, LACO_ALWAYS},   {50000, 40, LACO_ALWAYS},  {100000, 21, LACO_ALWAYS}, {300000, 16, LACO_ALWAYS},
                 {1000000, 16, LACO_ALWAYS}, {2000000, 8, LACO_ALWAYS}, {4000000, 4, LACO_NEVER},  {100000000, 1, LACO_NEVER}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        laco_generate_options options = {0};
        laco_generate_defaults(&options, cases[i].tokens);
        assert_int_equal(options.train.epochs, cases[i].epochs);
        assert_int_equal(options.train.refit, cases[i].refit);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin_with_words, end_with_words)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_last_quarter_sees_everything),
        CASE(test_no_refit),
        CASE(test_resumed_anywhere),
        CASE(test_patience),
        CASE(test_other_numbers_of_epochs),
        CASE(test_text),
        CASE(test_text_resumed),
        CASE(test_pairs),
        CASE(test_tags),
        CASE(test_captions),
        CASE(test_recordings),
        CASE(test_updates_of_small_sets),
        CASE(test_passes_of_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
