/* Tagged sentences: the forms they come in, how they are written again, and entities as conlleval counts them. */
#include "tag/bio.h"
#include "tag/tagged.h"
#include "context_fixture.h"
#include "laco/laco.h"
#include "tagged_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
                     laco_tagged_word(data, i), tag < 0 ? "?" : laco_tagged_tag_names(data, NULL)[tag]);
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
    laco_tagged_config config = {0};
    config.labels = laco_tagged_tag_names(data, &config.label_count);
    assert_int_equal(config.label_count, 2);
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
    assert_true(laco_bio_detect(names, 7));
    assert_false(laco_bio_detect(names, 1)); /* nothing but O */
    assert_false(laco_bio_detect((const char *const[]){"O", "B-A", "NOUN"}, 3));
    assert_true(laco_bio_may_follow("B-A", "I-A") && laco_bio_may_follow("I-A", "I-A") && laco_bio_may_follow(NULL, "B-A"));
    assert_false(laco_bio_may_follow("B-A", "I-B") || laco_bio_may_follow("O", "I-A") || laco_bio_may_follow(NULL, "I-A"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(forms), TEST(numbers_of_tags), TEST(guesses), TEST(writing), TEST(entities)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
