/* What counts as a word, learned from a treebank and applied to text. */
#include "tag/tokeniser.h"
#include "context_fixture.h"
#include "tagged_fixture.h"

#include <stdio.h>

/* CoNLL-U of sentences such as "Falo de+as=das coisas .", one a line: form=… after the words of a multi-word token. */
static laco_tagged *treebank(const char *sentences)
{
    static char text[1 << 14];
    size_t used = 0;
    int id = 1;
    for (const char *at = sentences; *at;) {
        size_t length = strcspn(at, " \n"), words = strcspn(at, "=");
        words = words < length ? words : length;
        if (words < length) {
            int parts = 1;
            for (size_t i = 0; i < words; i++)
                parts += at[i] == '+';
            used += (size_t)sprintf(text + used, "%d-%d\t%.*s\t_\t_\t_\t_\t_\t_\t_\t_\n", id, id + parts - 1,
                                    (int)(length - words - 1), at + words + 1);
        }
        for (size_t i = 0, part; i < words; i += part + 1) {
            part = strcspn(at + i, "+= \n");
            used += (size_t)sprintf(text + used, "%d\t%.*s\t_\tX%d\t_\t_\t_\t_\t_\t_\n", id, (int)part, at + i, id % 2);
            id++;
        }
        at += length;
        if (*at == '\n') {
            used += (size_t)sprintf(text + used, "\n");
            id = 1;
        }
        at += *at != '\0';
    }
    return parse("treebank", text, NULL);
}

static laco_tokeniser *learned(const char *sentences)
{
    laco_tokeniser *tokeniser;
    laco_tagged *data = treebank(sentences);
    assert_int_equal(laco_tokeniser_learn(data, &tokeniser), LACO_OK);
    laco_tagged_free(data);
    return tokeniser;
}

/* Words with bars between. */
static const char *cut(const laco_tokeniser *tokeniser, const char *line)
{
    static char text[1024];
    laco_tagged *data =
        parse("text", line, &(laco_tagged_config){.form = LACO_TAGGED_TEXT, .untagged = true, .tokeniser = tokeniser});
    text[0] = '\0';
    for (size_t i = 0; i < laco_tagged_word_count(data); i++) {
        strcat(text, i > 0 ? "|" : "");
        strcat(text, laco_tagged_word(data, i));
    }
    laco_tagged_free(data);
    return text;
}

static const char corpus[] = "Falo de+as=das coisas , etc. .\n"
                             "De+as=Das ruas a+a=à praia , etc. e de novo .\n"
                             "em+os=nos dias em+os=nos quais nos vimos .\n"
                             "Ele nos viu de ele .\n"
                             "Trata+se=Trata-se de isso por R$ 1.500,00 .\n"
                             "encontra+se=encontra-se por R$ 2.300,75 sim, .\n"
                             "fazê+lo=fazê-lo com US $ 5 ou US$ 6 , US$ 7 , US $ 8 .\n"
                             "em+o=no por+a=pela\n"
                             "por+o=pelo a pelo pelo\n";

static void words_of_a_treebank(void **state)
{
    (void)state;
    static const struct {
        const char *text, *right;
    } cases[] = {
        {"falo das coisas", "falo|de|as|coisas"},
        {"Das coisas DAS RUAS", "De|as|coisas|DE|AS|RUAS"}, /* in the case of the token */
        {"À praia", "A|a|praia"},
        {"no (nos) NO!", "em|o|(|nos|)|EM|O|!"}, /* "nos" is one word as often as two */
        {"pelo pela", "pelo|por|a"},             /* more often one word than two */
        {"coisas, etc. etc.", "coisas|,|etc.|etc."},
        {"custou 9.999,99; 9.999,9", "custou|9.999,99|;|9|.|999|,|9"}, /* by the shape of its digits */
        {"R$ 3, R$3", "R$|3|,|R$|3"},
        {"US$ 4", "US|$|4"},       /* apart as often as joined */
        {"sim, não", "sim|,|não"}, /* seen once */
        {"senta-se Senta-SE SENTA-SE", "senta|se|Senta|se|SENTA|SE"},
        {"fazê-lo vê-lo", "fazê-lo|vê-lo"}, /* an ending seen once */
        {"guarda-chuva-se", "guarda-chuva|se"},
        {"-se se", "-|se|se"},
        {"", ""},
        {" das\tdas ", "de|as|de|as"},
        {"das.das", "de|as|.|de|as"},
        {"………………………………………das", "…|…|…|…|…|…|…|…|…|…|…|…|…|…|…|de|as"},
    };
    laco_tokeniser *tokeniser = learned(corpus), *again;
    json_t *object = laco_tokeniser_to_json(tokeniser);
    assert_int_equal(laco_tokeniser_from_json(ctx, object, &again), LACO_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(cut(tokeniser, cases[i].text), cases[i].right);
        assert_string_equal(cut(again, cases[i].text), cases[i].right);
    }
    assert_string_equal(cut(NULL, "das R$ trata-se"), "das|R|$|trata-se");
    json_decref(object);
    laco_tokeniser_free(again);
    laco_tokeniser_free(tokeniser);
}

/* Words of other forms than CoNLL-U are joined all the same. */
static void words_of_columns(void **state)
{
    (void)state;
    laco_tokeniser *tokeniser;
    laco_tagged *data = parse("columns", "n\xC2\xBA O\n1.234 O\n. O\n\n5.678 B-X\nart O\n. O\n\nart. O\n", NULL);
    assert_int_equal(laco_tokeniser_learn(data, &tokeniser), LACO_OK);
    laco_tagged_free(data);
    assert_string_equal(cut(tokeniser, "art. 9.999"), "art|.|9.999");
    laco_tokeniser_free(tokeniser);
}

static void wrong_tables(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "[]",
        "{}",
        "{\"tokens\": {}}",
        "{\"tokens\": {}, \"endings\": []}",
        "{\"tokens\": {\"das\": 1}, \"endings\": {}}",
        "{\"tokens\": {}, \"endings\": {\"-se\": \"\"}}",
        "{\"tokens\": {\"das\": \" de as\"}, \"endings\": {}}",
        "{\"tokens\": {\"das\": \"de  as\"}, \"endings\": {}}",
        "{\"tokens\": {}, \"endings\": {\"-se\": \"se \"}}",
        "{\"tokens\": {\"das\": \"de\\u0000as\"}, \"endings\": {}}",
        "{\"tokens\": {\"das\": \"0123456789012345678901234567890123456789012345678901234567890123456789\"}, \"endings\": {}}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_t *object = json_loads(wrong[i], JSON_ALLOW_NUL, NULL);
        laco_tokeniser *tokeniser = NULL;
        assert_non_null(object);
        assert_int_equal(laco_tokeniser_from_json(ctx, object, &tokeniser), LACO_FORMAT);
        assert_null(tokeniser);
        json_decref(object);
    }
}

static laco_status learn_and_cut(laco_context *own, void *unused)
{
    (void)unused;
    laco_tagged *data = NULL, *text = NULL;
    laco_tokeniser *tokeniser = NULL;
    const char *lines = "1-2\tdas\t_\t_\t_\t_\t_\t_\t_\t_\n1\tde\t_\tA\t_\t_\t_\t_\t_\t_\n2\tas\t_\tB\t_\t_\t_\t_\t_\t_\n";
    laco_tagged_config config = {.form = LACO_TAGGED_TEXT, .untagged = true};
    laco_status status = laco_tagged_parse(own, "x", lines, strlen(lines), NULL, &data);
    if (status == LACO_OK)
        status = laco_tokeniser_learn(data, &tokeniser);
    config.tokeniser = tokeniser;
    if (status == LACO_OK)
        status = laco_tagged_parse(own, "x", "Das casas", 9, &config, &text);
    if (status == LACO_OK)
        assert_string_equal(laco_tagged_word(text, 1), "as");
    laco_tagged_free(text);
    laco_tokeniser_free(tokeniser);
    laco_tagged_free(data);
    return status;
}

static void out_of_memory(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(learn_and_cut, NULL) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(words_of_a_treebank), TEST(words_of_columns), TEST(wrong_tables),
                                       TEST(out_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
