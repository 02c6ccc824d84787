/* What writing sequences stands on: pairs and their tokens, the distance of two sequences, the beam search. */
#include "base/random.h"
#include "transduce/pairs.h"
#include "text/tokens.h"
#include "failing_allocator.h"
#include "laco/laco.h"
#include "decode/beam_search.h"
#include "decode/edit_distance.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static laco_context *ctx;

/* ---- Pairs ---------------------------------------------------------------------------------------------------------------- */

static laco_pairs *parse(const char *text)
{
    laco_pairs *pairs = NULL;
    if (laco_pairs_parse(ctx, "text", text, strlen(text), &pairs) < 0)
        fail_msg("%s", laco_error(ctx));
    return pairs;
}

static void sources_hold_their_targets(void **state)
{
    (void)state;
    laco_pairs *pairs = parse("\xef\xbb\xbf"
                              "b\t2\r\na\t1\n\nb\t3\nb\t2\na\tu\xcc\x83\n");
    size_t length;
    assert_int_equal(laco_pairs_count(pairs), 2);
    assert_int_equal(laco_pairs_line_count(pairs), 4); /* the second b<TAB>2 says nothing new */
    assert_string_equal(laco_pairs_source(pairs, 0, NULL), "b");
    assert_int_equal(laco_pairs_target_count(pairs, 0), 2);
    assert_string_equal(laco_pairs_target(pairs, 0, 0, NULL), "2");
    assert_string_equal(laco_pairs_target(pairs, 0, 1, NULL), "3");
    assert_null(laco_pairs_target(pairs, 0, 2, NULL));
    assert_string_equal(laco_pairs_target(pairs, 1, 1, &length), "ũ"); /* NFC: one code point */
    assert_int_equal(length, 2);
    laco_pairs_free(pairs);
}

static void a_split_keeps_sources_whole(void **state)
{
    (void)state;
    char text[4096] = "";
    size_t seen = 0;
    for (int i = 0; i < 120; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "w%d\tx%d\n", i % 40, i);
    laco_pairs *pairs = parse(text), *rest = NULL, *part = NULL;
    assert_int_equal(laco_pairs_split(pairs, 0.25, 3, &rest, &part), LACO_OK);
    assert_int_equal(laco_pairs_count(part), 10);
    assert_int_equal(laco_pairs_count(rest), 30);
    for (size_t i = 0; i < laco_pairs_count(part); i++) {
        assert_int_equal(laco_pairs_target_count(part, i), 3);
        for (size_t j = 0; j < laco_pairs_count(rest); j++)
            seen += strcmp(laco_pairs_source(part, i, NULL), laco_pairs_source(rest, j, NULL)) == 0;
    }
    assert_int_equal(seen, 0);
    laco_pairs_free(part);
    assert_int_equal(laco_pairs_split(pairs, 1.5, 3, &rest, &part), LACO_INVALID);
    laco_pairs_free(rest);
    laco_pairs_free(pairs);
}

static void bad_pairs(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a\tb\nno tab here\n",
         "text:2: no tab in this line; it should be source<TAB>target; of two files side by side make such with paste"},
        {"a\tb\tc\n",
         "text:1: more than one tab in this line; it should be source<TAB>target (the first two columns: cut -f1,2)"},
        {"a\tb\n\tb\n", "text:2: the source is empty; it should be source<TAB>target"},
        {"a\t \n", "text:1: the target is empty; it should be source<TAB>target"},
        {"a ||| b\nc d\n",
         "text:1: no tab in this line; it should be source<TAB>target; where all lines have it, ||| stands for the tab"},
        {"a ||| b\nc |||\n", "text:2: the target is empty; it should be source ||| target"},
        {"a ||| b ||| 0-0\n",
         "text:1: more than one ||| in this line; it should be source ||| target (the first two columns: awk -F' "
         "*[|][|][|] *' '{ print $1 \"\\t\" $2 }')"},
        {"# made\tby me\na\tb\n",
         "text:1: begins with # and may be a comment, though it has two columns; take it away, or, where it "
         "is data, move it below another line"},
        {"a\tb\n# made by me\n", "text:2: no tab in this line; it should be source<TAB>target; take comments away"},
        {"a\tb\nc,d\n", "text:2: no tab in this line; it should be source<TAB>target; put a tab between the two columns: sed "
                        "'s/,/\\t/'"},
        {"\"a\"\t\"b\"\n\"a\"\t\"b\"\n\"a\"\t\"b\"\n\"a\"\t\"b\"\n\"a\"\t\"b\"\n",
         "text: quotes around all fields, which would be learned as letters; take them away: sed 's/\"\\([^\\t]*\\)\"/\\1/g; "
         "s/\"\"/\"/g' text"},
        {"a\\tb\n",
         "text:1: no tab in this line; it should be source<TAB>target; a backslash and a letter stand for it here: sed "
         "'s/\\\\t/\\t/g'"},
        {"a\tb\rc\td\ne\tf\n",
         "text:1: byte 4 ends a line as on old Macs, which others here do not; one end for all is right: tr '\\r' "
         "'\\n' < text"},
        {"\n\n", "text: no pair in it; it should hold lines of source<TAB>target"},
    };
    laco_pairs *pairs = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(laco_pairs_parse(ctx, "text", cases[i][0], strlen(cases[i][0]), &pairs), LACO_FORMAT);
        assert_string_equal(laco_error(ctx), cases[i][1]);
    }
    assert_int_equal(laco_pairs_parse(ctx, "text", "a\xff\tb\n", 5, &pairs), LACO_FORMAT);
    assert_int_equal(laco_pairs_load(ctx, NULL, 0, &pairs), LACO_INVALID);
    assert_null(pairs);
}

static void heads_and_marks(void **state)
{
    (void)state;
    static const struct {
        const char *text, *source, *target;
        size_t count;
    } cases[] = {
        {"a b ||| c d\n\ne|||f\n", "a b", "c d", 2}, /* as Moses reads them */
        {"# source ||| target\na b ||| c d\n", "a b", "c d", 1},
        {"a ||| b\tc\n", "a ||| b", "c", 1},
        {"# made by me\n#\n# source\ttarget\na\tb\n", "a", "b", 1},
        {"en\tpt\na\tb\n", "a", "b", 1},
        {"question\tanswer\na\tb\n", "a", "b", 1},
        {"# a\tb\nc\td\n# e\tf\n", "# a", "b", 3}, /* a sign like others */
        {"target\tsource\na\tb\n", "a", "b", 1},
        {"#win\tb\nc\td\n", "#win", "b", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        laco_pairs *pairs = parse(cases[i].text);
        assert_int_equal(laco_pairs_count(pairs), cases[i].count);
        assert_string_equal(laco_pairs_source(pairs, 0, NULL), cases[i].source);
        assert_string_equal(laco_pairs_target(pairs, 0, 0, NULL), cases[i].target);
        laco_pairs_free(pairs);
    }
}

/* ---- Tokens --------------------------------------------------------------------------------------------------------------- */

static void tokens_there_and_back(void **state)
{
    (void)state;
    static const char *const texts[][2] = {{"t͡ʃ u: v\tu  t͡ʃ ", "t͡ʃ u: v u t͡ʃ"}, {"São x", "São x"}};
    for (int k = 0; k < 2; k++) {
        laco_token_kind kind = k == 0 ? LACO_TOKENS_WORD : LACO_TOKENS_CHAR;
        laco_vocabulary *vocabulary;
        laco_text_buffer buffer;
        laco_sequences ids;
        char out[64];
        size_t unseen = 0, length = strlen(texts[k][0]);
        laco_text_buffer_init(&buffer, ctx);
        laco_sequences_init(&ids, ctx);
        assert_int_equal(laco_vocabulary_new(ctx, &vocabulary), LACO_OK);
        assert_int_equal(laco_tokens_count(&buffer, kind, texts[k][0], length, vocabulary), LACO_OK);
        assert_int_equal(laco_tokens_encode(&buffer, kind, vocabulary, texts[k][0], length, &ids, &unseen), LACO_OK);
        assert_int_equal(laco_sequences_length(&ids, 0), 5);
        assert_int_equal(unseen, 0);
        size_t size = laco_tokens_spell(vocabulary, kind, ids.ids, 5, out, sizeof out);
        assert_string_equal(out, texts[k][1]);
        assert_int_equal(size, strlen(out) + 1);
        assert_int_equal(laco_tokens_spell(vocabulary, kind, ids.ids, 5, NULL, 0), size);
        assert_int_equal(laco_tokens_encode(&buffer, kind, vocabulary, "q q", 3, &ids, &unseen), LACO_OK);
        assert_int_equal(unseen, 2);
        laco_vocabulary_free(vocabulary);
        laco_sequences_free(&ids);
        laco_text_buffer_free(&buffer);
    }
}

/* Hangul's syllables are read letter by letter where there are many of them; the letters are those of NFD. */
static void letters_of_hangul(void **state)
{
    (void)state;
    static const char *const letters[] = {"ᄒ", "ᅡ", "ᆫ", "ᄀ", "ᅮ", "ᆨ", "ᄋ", "ᅥ", "a", "각각"};
    const char *text = "한국어a"; /* the last syllable has two */
    laco_vocabulary *vocabulary;
    laco_text_buffer buffer;
    laco_sequences ids;
    laco_text_buffer_init(&buffer, ctx);
    laco_sequences_init(&ids, ctx);
    assert_int_equal(laco_vocabulary_new(ctx, &vocabulary), LACO_OK);
    assert_int_equal(laco_tokens_count(&buffer, LACO_TOKENS_JAMO, text, strlen(text), vocabulary), LACO_OK);
    assert_int_equal(laco_tokens_encode(&buffer, LACO_TOKENS_JAMO, vocabulary, text, strlen(text), &ids, NULL), LACO_OK);
    assert_int_equal(laco_sequences_length(&ids, 0), 9);
    for (int i = 0; i < 9; i++) {
        size_t length;
        const char *name = laco_vocabulary_name(vocabulary, laco_sequences_ids(&ids, 0)[i], &length);
        assert_int_equal(length, strlen(letters[i]));
        assert_memory_equal(name, letters[i], length);
    }
    assert_int_equal(laco_hangul_syllable("가", 3), 0);
    assert_int_equal(laco_hangul_syllable("힣", 3), LACO_HANGUL_SYLLABLES - 1);
    assert_int_equal(laco_hangul_syllable("ㅎ", 3), -1);
    assert_int_equal(laco_hangul_syllable("\xea\xb0", 2), -1);
    laco_vocabulary_free(vocabulary);
    laco_sequences_free(&ids);
    laco_text_buffer_free(&buffer);
}

/* `count` words of one syllable each. */
static laco_token_kind guessed(int count, laco_token_kind given)
{
    char text[200 * 8];
    size_t used = 0;
    laco_pairs *pairs;
    for (int i = 0; i < count; i++) {
        int point = 0xAC00 + 31 * i;
        used += (size_t)snprintf(text + used, sizeof text - used, "%c%c%c\tx\n", 0xE0 | point >> 12, 0x80 | (point >> 6 & 63),
                                 0x80 | (point & 63));
    }
    assert_int_equal(laco_pairs_parse(ctx, "words", text, used, &pairs), LACO_OK);
    laco_transduce_options options = {.source = given};
    laco_transduce_defaults(&options, pairs);
    laco_pairs_free(pairs);
    assert_int_equal(options.network.hidden, 128); /* few sources get a small network, and 1,000 updates */
    assert_int_equal(options.train.epochs, count > 64 ? 500 : 1000);
    return options.source;
}

static void hangul_is_found(void **state)
{
    (void)state;
    assert_int_equal(guessed(99, LACO_TOKENS_DEFAULT), LACO_TOKENS_CHAR);
    assert_int_equal(guessed(100, LACO_TOKENS_DEFAULT), LACO_TOKENS_JAMO);
    assert_int_equal(guessed(100, LACO_TOKENS_CHAR), LACO_TOKENS_CHAR);
    assert_int_equal(guessed(64, LACO_TOKENS_DEFAULT), LACO_TOKENS_CHAR);
    laco_transduce_options many = {0};
    laco_transduce_defaults(&many, NULL);
    assert_int_equal(many.network.hidden, 256);
    assert_int_equal(many.train.epochs, 40);
}

static void distances(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        int64_t distance;
    } cases[] = {{"", "", 0},       {"", "abc", 3},  {"abc", "", 3},        {"kitten", "sitting", 3},
                 {"abc", "abc", 0}, {"ab", "ba", 2}, {"abcdef", "azced", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int32_t a[16], b[16];
        int64_t n = (int64_t)strlen(cases[i].a), m = (int64_t)strlen(cases[i].b), found;
        for (int64_t k = 0; k < n; k++)
            a[k] = cases[i].a[k];
        for (int64_t k = 0; k < m; k++)
            b[k] = cases[i].b[k];
        assert_int_equal(laco_edit_distance(ctx, a, n, b, m, &found), LACO_OK);
        assert_int_equal(found, cases[i].distance);
        assert_int_equal(laco_edit_distance(ctx, b, m, a, n, &found), LACO_OK);
        assert_int_equal(found, cases[i].distance);
    }
}

/* ---- Beam search ------------------------------------------------------------------------------------------------------------
 */

enum { UNITS = 4, LENGTH = 4, GROUPS = 2 }; /* token 0 ends a sequence */

/* A language in which the next token depends on the last one and on the group; row: the last token of each row. */
typedef struct language {
    laco_real logs[GROUPS][UNITS][UNITS];
    int64_t width;
    int32_t row[512], spare[512];
    laco_real scores[512 * UNITS];
} language;

static void language_make(language *l, uint64_t seed)
{
    laco_rng rng = {.seed = seed};
    for (int g = 0; g < GROUPS; g++)
        for (int from = 0; from < UNITS; from++) {
            double p[UNITS], sum = 0;
            for (int to = 0; to < UNITS; to++)
                sum += p[to] = 0.05 + laco_rng_uniform(&rng);
            for (int to = 0; to < UNITS; to++)
                l->logs[g][from][to] = (laco_real)log(p[to] / sum);
        }
}

static laco_status language_step(void *user, const int64_t *from, const int32_t *ids, const laco_real **scores)
{
    language *l = user;
    for (int64_t r = 0; r < GROUPS * l->width; r++)
        l->spare[r] = ids ? ids[r] : 0;
    for (int64_t r = 0; from && r < GROUPS * l->width; r++)
        assert_int_equal(from[r] / l->width, r / l->width); /* never out of another group */
    for (int64_t r = 0; r < GROUPS * l->width; r++)
        memcpy(l->scores + r * UNITS, l->logs[r / l->width][l->spare[r]], UNITS * sizeof(laco_real));
    *scores = l->scores;
    return LACO_OK;
}

/* The best of all sequences up to LENGTH tokens, by brute force: those that end, and those cut off. */
static double best_of_all(const language *l, int g, double penalty, int64_t *count)
{
    double best = -INFINITY;
    for (int n = 0; n < 256; n++) {
        int32_t u[LENGTH] = {n % 4, n / 4 % 4, n / 16 % 4, n / 64};
        double sum = 0;
        int64_t length = 0, steps = 0;
        int32_t before = 0;
        while (steps < LENGTH) {
            sum += (double)l->logs[g][before][u[steps]];
            before = u[steps++];
            if (before == 0)
                break;
            length++;
        }
        double rank = sum / pow((double)steps, penalty);
        if (rank > best + 1e-12) {
            best = rank;
            *count = length;
        }
    }
    return best;
}

static laco_beam search(language *l, int64_t width, double penalty, const int64_t *most)
{
    laco_beam beam = {0};
    l->width = width;
    laco_beam_config config = {.groups = GROUPS,
                               .width = width,
                               .length = LENGTH,
                               .tokens = UNITS,
                               .first = 1,
                               .end = 0,
                               .most = most,
                               .penalty = penalty,
                               .step = language_step,
                               .user = l};
    assert_int_equal(laco_beam_search(ctx, &config, &beam), LACO_OK);
    return beam;
}

static void a_wide_beam_finds_the_best(void **state)
{
    (void)state;
    static language l;
    for (uint64_t seed = 0; seed < 20; seed++)
        for (int p = 0; p < 3; p++) {
            language_make(&l, seed);
            laco_beam beam = search(&l, 256, 0.5 * p, NULL);
            for (int g = 0; g < GROUPS; g++) {
                int64_t count, first = g * beam.width;
                double best = best_of_all(&l, g, 0.5 * p, &count);
                assert_true(fabs(beam.rank[first] - best) < 1e-6);
                assert_int_equal(beam.count[first],
                                 count); /* the tokens themselves may differ: a sequence and its reverse can tie */
                for (int64_t k = 1; k < beam.kept[g]; k++)
                    assert_true(beam.rank[first + k] <= beam.rank[first + k - 1]);
            }
            laco_beam_free(ctx, &beam);
        }
}

static void a_beam_of_one_is_greedy(void **state)
{
    (void)state;
    static language l;
    language_make(&l, 5);
    laco_beam beam = search(&l, 1, 0, NULL);
    for (int g = 0; g < GROUPS; g++) {
        int32_t at = 0;
        int64_t n = 0;
        for (; n < LENGTH; n++) {
            int32_t best = 0;
            for (int32_t u = 1; u < UNITS; u++)
                best = l.logs[g][at][u] > l.logs[g][at][best] ? u : best;
            if ((at = best) == 0)
                break;
            assert_int_equal(beam.tokens[g * LENGTH + n], best);
        }
        assert_int_equal(beam.count[g], n);
    }
    laco_beam_free(ctx, &beam);
}

static void groups_have_their_own_lengths(void **state)
{
    (void)state;
    static language l;
    const int64_t most[GROUPS] = {1, 3};
    language_make(&l, 7);
    for (int g = 0; g < GROUPS; g++)
        for (int from = 0; from < UNITS; from++)
            l.logs[g][from][0] = -30; /* nothing ends by itself */
    laco_beam beam = search(&l, 2, 1, most);
    assert_int_equal(beam.count[0], 1);
    assert_int_equal(beam.count[2], 3);
    laco_beam_free(ctx, &beam);
    laco_beam_config config = {.groups = 1, .width = 0, .length = 3, .tokens = UNITS, .step = language_step, .user = &l};
    assert_int_equal(laco_beam_search(ctx, &config, &beam), LACO_INVALID);
    assert_string_equal(laco_error(ctx), "a beam of 0 sequences of 3 tokens: both must be at least 1");
}

/* ---- Memory --------------------------------------------------------------------------------------------------------------- */

static laco_status reading(laco_context *own, void *data)
{
    laco_pairs *pairs, *rest, *part;
    (void)data;
    LACO_TRY(laco_pairs_parse(own, "text", "a\tb\nb\tc\na\td\nc\td\n", 16, &pairs));
    laco_status status = laco_pairs_split(pairs, 0.4, 1, &rest, &part);
    if (status == LACO_OK) {
        laco_pairs_free(rest);
        laco_pairs_free(part);
    }
    laco_pairs_free(pairs);
    return status;
}

static laco_status searching(laco_context *own, void *data)
{
    laco_beam beam;
    language *l = data;
    l->width = 2;
    laco_beam_config config = {
        .groups = GROUPS, .width = 2, .length = 3, .tokens = UNITS, .first = 1, .step = language_step, .user = l};
    LACO_TRY(laco_beam_search(own, &config, &beam));
    laco_beam_free(own, &beam);
    return LACO_OK;
}

static void memory_runs_out(void **state)
{
    (void)state;
    static language l;
    language_make(&l, 1);
    assert_true(fail_each_allocation(reading, NULL) > 20);
    assert_true(fail_each_allocation(searching, &l) > 10);
}

static int setup(void **state)
{
    (void)state;
    return laco_context_new(NULL, &ctx);
}

static int teardown(void **state)
{
    (void)state;
    laco_context_free(ctx);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_hold_their_targets),
        cmocka_unit_test(a_split_keeps_sources_whole),
        cmocka_unit_test(bad_pairs),
        cmocka_unit_test(heads_and_marks),
        cmocka_unit_test(tokens_there_and_back),
        cmocka_unit_test(letters_of_hangul),
        cmocka_unit_test(hangul_is_found),
        cmocka_unit_test(distances),
        cmocka_unit_test(a_wide_beam_finds_the_best),
        cmocka_unit_test(a_beam_of_one_is_greedy),
        cmocka_unit_test(groups_have_their_own_lengths),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
