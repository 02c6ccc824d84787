/* Data from memory: the same sets as from files, and what cannot be. */
#include "laco/read.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "context_fixture.h"
#include "transduce/pairs.h"

static void refused(laco_status status, laco_status wanted, const char *part)
{
    assert_int_equal(status, wanted);
    if (!strstr(laco_error(ctx), part))
        fail_msg("\"%s\" does not say \"%s\"", laco_error(ctx), part);
}

static void texts_with_labels(void **state)
{
    (void)state;
    const char *texts[] = {"Silva", "Smith", "Souza"}, *labels[] = {"pt", "en", "pt"}, *bad[] = {"a\xff", "b", "c"},
               *same[] = {"x", "x", "x"};
    size_t length;
    int labels_found = 0;
    laco_labelled *data = NULL;
    assert_int_equal(laco_labelled_from_texts(ctx, texts, NULL, labels, 3, NULL, &data), LACO_OK);
    assert_int_equal(laco_labelled_count(data), 3);
    assert_string_equal(laco_labelled_label_names(data, &labels_found)[1], "pt");
    assert_int_equal(labels_found, 2);
    assert_string_equal(laco_labelled_label_names(data, NULL)[0], "en"); /* sorted, as from a file */
    assert_int_equal(laco_labelled_label(data, 2), 1);
    assert_memory_equal(laco_labelled_text(data, 1, &length), "Smith", 5);
    assert_int_equal(length, 5);
    laco_labelled_free(data);
    refused(laco_labelled_from_texts(ctx, bad, NULL, labels, 3, NULL, &data), LACO_FORMAT, "UTF-8");
    refused(laco_labelled_from_texts(ctx, texts, NULL, same, 3, NULL, &data), LACO_FORMAT, "two labels");
    refused(laco_labelled_from_texts(ctx, texts, NULL, labels, 0, NULL, &data), LACO_INVALID, "no examples");
    laco_labelled_config known = {.labels = (const char *const[]){"en", "fr"}, .label_count = 2};
    refused(laco_labelled_from_texts(ctx, texts, NULL, labels, 3, &known, &data), LACO_FORMAT, "the labels are: en, fr");
}

static void numbers_with_labels(void **state)
{
    (void)state;
    laco_real values[] = {1, 2, 3, 4, 5, 6};
    int64_t steps[] = {2, 1}, length;
    const char *labels[] = {"up", "down"};
    laco_labelled *data = NULL;
    assert_int_equal(laco_labelled_from_values(ctx, values, steps, 2, labels, 2, NULL, &data), LACO_OK);
    assert_int_equal(laco_labelled_features(data), 2);
    const laco_real *second = laco_labelled_values(data, 1, &length);
    assert_int_equal(length, 1);
    assert_true(second[0] == 5 && second[1] == 6);
    laco_labelled_free(data);
    values[3] = (laco_real)NAN;
    refused(laco_labelled_from_values(ctx, values, steps, 2, labels, 2, NULL, &data), LACO_FORMAT, "not finite");
    refused(laco_labelled_from_values(ctx, values, steps, 0, labels, 2, NULL, &data), LACO_INVALID, "at least 1");
}

static void words_with_tags(void **state)
{
    (void)state;
    const char *words[] = {"Eu", "acordo", "cedo", "Um", "acordo"}, *tags[] = {"PRON", "VERB", "ADV", "DET", "NOUN"},
               *holes[] = {"A", "", "B", "A", "B"};
    size_t lengths[] = {3, 2}, first;
    laco_tagged *data = NULL;
    assert_int_equal(laco_tagged_from_words(ctx, words, tags, lengths, 2, NULL, &data), LACO_OK);
    assert_int_equal(laco_tagged_sentence_count(data), 2);
    assert_int_equal(laco_tagged_sentence(data, 1, &first), 2);
    assert_int_equal(first, 3);
    assert_string_equal(laco_tagged_word(data, 4), "acordo");
    assert_string_equal(laco_tagged_tag_names(data, NULL)[laco_tagged_tag(data, 4)], "NOUN");
    laco_tagged_free(data);
    refused(laco_tagged_from_words(ctx, words, holes, lengths, 2, NULL, &data), LACO_FORMAT, "word 2 has no tag");
    refused(laco_tagged_from_words(ctx, holes, tags, lengths, 2, NULL, &data), LACO_FORMAT, "word 2 is empty");
    laco_tagged_config untagged = {.untagged = true};
    assert_int_equal(laco_tagged_from_words(ctx, words, NULL, lengths, 2, &untagged, &data), LACO_OK);
    assert_int_equal(laco_tagged_tag(data, 0), -1);
    laco_tagged_free(data);
}

static void pairs_of_texts(void **state)
{
    (void)state;
    const char *sources[] = {"ab", "cd", "ab"}, *targets[] = {"x", "y", "z"}, *empty[] = {"x", " ", "z"};
    laco_pairs *own = NULL, *file = NULL;
    static const char text[] = "ab\tx\ncd\ty\nab\tz\n";
    assert_int_equal(laco_pairs_from_texts(ctx, sources, targets, 3, &own), LACO_OK);
    assert_int_equal(laco_pairs_parse(ctx, "pairs", text, sizeof text - 1, &file), LACO_OK);
    assert_int_equal(laco_pairs_count(own), laco_pairs_count(file));
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(laco_pairs_source(own, i, NULL), laco_pairs_source(file, i, NULL));
        assert_int_equal(laco_pairs_target_count(own, i), laco_pairs_target_count(file, i));
        assert_string_equal(laco_pairs_target(own, i, 0, NULL), laco_pairs_target(file, i, 0, NULL));
    }
    laco_pairs_free(own);
    laco_pairs_free(file);
    refused(laco_pairs_from_texts(ctx, sources, empty, 3, &own), LACO_FORMAT, "pair 2: the target is empty");
}

static void pictures_with_captions(void **state)
{
    (void)state;
    const laco_real pixels[] = {1, 2, 3, 4, 5, 6}; /* three wide, two high, row by row */
    const char *captions[] = {" a line "};
    int64_t steps;
    laco_captioned *data = NULL;
    assert_int_equal(laco_captioned_from_values(ctx, pixels, 3, 2, captions, 1, NULL, &data), LACO_OK);
    assert_int_equal(laco_captioned_get_kind(data), LACO_CAPTIONED_PICTURES);
    assert_int_equal(laco_captioned_features(data), 2);
    const laco_real *columns = laco_captioned_values(data, 0, &steps);
    assert_int_equal(steps, 3);
    assert_true(columns[0] == 1 && columns[1] == 4 && columns[2] == 2 && columns[5] == 6);
    assert_string_equal(laco_captioned_text(data, 0), "a line");
    laco_captioned_free(data);
    refused(laco_captioned_from_values(ctx, pixels, 3, 2, NULL, 1, NULL, &data), LACO_INVALID, "captions");
    laco_captioned_config config = {.features = 3};
    refused(laco_captioned_from_values(ctx, pixels, 3, 2, captions, 1, &config, &data), LACO_FORMAT, "the height must be 3");
}

static void recordings_with_texts(void **state)
{
    (void)state;
    float samples[] = {0, 0.5F, -0.5F, 1};
    size_t lengths[] = {3, 1}, count;
    const char *texts[] = {"one", "two"};
    laco_spoken_config config = {.rate = 8000};
    laco_spoken *data = NULL;
    assert_int_equal(laco_spoken_from_samples(ctx, samples, lengths, texts, 2, &config, &data), LACO_OK);
    assert_int_equal(laco_spoken_rate(data), 8000);
    assert_string_equal(laco_spoken_text(data, 1), "two");
    assert_true(laco_spoken_samples(data, 1, &count)[0] == 1 && count == 1);
    laco_spoken_free(data);
    refused(laco_spoken_from_samples(ctx, samples, lengths, texts, 2, NULL, &data), LACO_INVALID, "rate");
    samples[1] = NAN;
    refused(laco_spoken_from_samples(ctx, samples, lengths, texts, 2, &config, &data), LACO_FORMAT,
            "recording 1: sample 2 is nan");
    lengths[0] = 0;
    refused(laco_spoken_from_samples(ctx, samples, lengths, texts, 2, &config, &data), LACO_FORMAT, "no samples");
}

static void corpus_of_texts(void **state)
{
    (void)state;
    const char *texts[] = {"ab", "c\n"}, *none[] = {""};
    size_t lengths[] = {2, 2}, zero[] = {0};
    laco_corpus *corpus = NULL;
    assert_int_equal(laco_corpus_from_texts(ctx, NULL, texts, lengths, 2, &corpus), LACO_OK);
    assert_int_equal(laco_corpus_count(corpus), 5); /* a line end came between them */
    laco_corpus_free(corpus);
    refused(laco_corpus_from_texts(ctx, NULL, none, zero, 1, &corpus), LACO_INVALID, "no text");
}

/* Every kind once, for each allocation to fail in. */
static laco_status all_kinds(laco_context *own, void *data)
{
    (void)data;
    const char *two[] = {"one word", "two"}, *labels[] = {"a", "b"};
    const float samples[] = {0, 1};
    const size_t ones[] = {1, 1};
    const laco_real values[] = {1, 2};
    const int64_t steps[] = {1, 1};
    laco_labelled *texts = NULL, *numbers = NULL;
    laco_tagged *tagged = NULL;
    laco_pairs *pairs = NULL;
    laco_captioned *captioned = NULL;
    laco_spoken *spoken = NULL;
    laco_corpus *corpus = NULL;
    laco_status status = laco_labelled_from_texts(own, two, NULL, labels, 2, NULL, &texts);
    status = status < 0 ? status : laco_labelled_from_values(own, values, steps, 1, labels, 2, NULL, &numbers);
    status = status < 0 ? status : laco_tagged_from_words(own, two, labels, ones, 2, NULL, &tagged);
    status = status < 0 ? status : laco_pairs_from_texts(own, two, labels, 2, &pairs);
    status = status < 0 ? status : laco_captioned_from_values(own, values, 2, 1, two, 1, NULL, &captioned);
    status =
        status < 0 ? status : laco_spoken_from_samples(own, samples, ones, two, 2, &(laco_spoken_config){.rate = 8000}, &spoken);
    status = status < 0 ? status : laco_corpus_from_texts(own, NULL, two, ones, 2, &corpus);
    laco_labelled_free(texts);
    laco_labelled_free(numbers);
    laco_tagged_free(tagged);
    laco_pairs_free(pairs);
    laco_captioned_free(captioned);
    laco_spoken_free(spoken);
    laco_corpus_free(corpus);
    return status;
}

static void memory_runs_out(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(all_kinds, NULL) > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(texts_with_labels),      TEST(numbers_with_labels),   TEST(words_with_tags), TEST(pairs_of_texts),
        TEST(pictures_with_captions), TEST(recordings_with_texts), TEST(corpus_of_texts), TEST(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
