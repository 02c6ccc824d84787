/* Unicode text, its tokens, and the vocabularies that are made of them. */
#include "base/random.h"
#include "text/encode.h"
#include "data/strings.h"
#include "failing_allocator.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

static failing_allocator memory;
static laco_context *ctx;
static laco_text_buffer buffer;

static int begin(void **state)
{
    (void)state;
    memory = (failing_allocator){0};
    ctx = failing_context(&memory);
    laco_text_buffer_init(&buffer, ctx);
    return 0;
}

static int end(void **state)
{
    (void)state;
    laco_text_buffer_free(&buffer);
    failing_context_free(ctx, &memory);
    return 0;
}

static void utf8_is_checked(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length, valid;
    } cases[] = {
        {"", 0, 0},
        {"plain ASCII, more than eight bytes", 34, 34},
        {"a\xC3\xA3\xE2\x82\xAC\xF0\x9F\x98\x80", 10, 10}, /* a ã € and an emoji */
        {"\xEF\xBF\xBF\xF4\x8F\xBF\xBF", 7, 7},            /* U+FFFF, U+10FFFF */
        {"12345678\xE3o", 10, 8},                          /* Latin-1 */
        {"ab\x80", 3, 2},                                  /* a continuation alone */
        {"\xC0\xAF", 2, 0},                                /* overlong */
        {"x\xE0\x80\xAF", 4, 1},                           /* overlong */
        {"x\xED\xA0\x80", 4, 1},                           /* a surrogate */
        {"\xF4\x90\x80\x80", 4, 0},                        /* above U+10FFFF */
        {"\xFE", 1, 0},
        {"abc\xE2\x82", 5, 3},     /* cut short */
        {"abc\xF0\x9F\x98", 6, 3}, /* cut short */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        /* Without a byte behind it, so that reading too far shows. */
        char *exact = malloc(cases[i].length + 1);
        memcpy(exact, cases[i].text, cases[i].length);
        exact = realloc(exact, cases[i].length ? cases[i].length : 1);
        assert_int_equal(laco_utf8_valid(exact, cases[i].length), cases[i].valid);
        free(exact);
    }
}

static void assert_check(const char *text, size_t size, const char *error, size_t skipped)
{
    const char *bytes = text;
    laco_status status = laco_text_check(ctx, "f.txt", &bytes, &size);
    assert_int_equal(status, error ? LACO_FORMAT : LACO_OK);
    if (error)
        assert_string_equal(laco_error(ctx), error);
    assert_ptr_equal(bytes, text + skipped);
}

static void files_are_checked_with_place(void **state)
{
    (void)state;
    assert_check("", 0, NULL, 0);
    assert_check("\xEF\xBB\xBFol\xC3\xA1\n", 8, NULL, 3);
    assert_check("\xEF\xBB\xBF", 3, NULL, 3);
    assert_check("one\ntwo \xE3\n", 10,
                 "f.txt:2: byte 5 (0xE3) is not UTF-8; convert the file, if it is Latin-1: iconv -f ISO-8859-1 -t UTF-8", 0);
    assert_check("one\n\xC3", 5,
                 "f.txt:2: byte 1 (0xC3) is not UTF-8; convert the file, if it is Latin-1: iconv -f ISO-8859-1 -t UTF-8", 0);
    assert_check("a\nb\n\nc\0d", 8, "f.txt:4: byte 2 is NUL: this is a binary file where UTF-8 text was expected", 0);
    assert_check("\xFF\xFEo\0i\0", 6, "f.txt:1: byte 1: this is UTF-16, not UTF-8; convert it: iconv -f UTF-16 -t UTF-8", 0);
}

static void lines_end_as_they_do_anywhere(void **state)
{
    (void)state;
    const char *text = "one\r\n\ntwo\rhalf\n\r\nlast", *line;
    static const char *const expected[] = {"one", "", "two\rhalf", "", "last"};
    laco_lines lines = {.at = text, .end = text + strlen(text)};
    size_t length, count = 0;
    for (; laco_lines_next(&lines, &line, &length); count++) {
        assert_int_equal(length, strlen(expected[count]));
        assert_memory_equal(line, expected[count], length);
        assert_int_equal(lines.number, count + 1);
    }
    assert_int_equal(count, 5);
    lines = (laco_lines){.at = "x\n", .end = (const char *)0};
    lines.end = lines.at + 2;
    assert_true(laco_lines_next(&lines, &line, &length));
    assert_false(laco_lines_next(&lines, &line, &length));
}

static void messages_cut_between_letters(void **state)
{
    (void)state;
    assert_int_equal(laco_text_cut("abc", 3, 3), 3);
    assert_int_equal(laco_text_cut("ab\xC3\xA3", 4, 3), 2);
    assert_int_equal(laco_text_cut("\xF0\x9F\x98\x80", 4, 3), 0);
}

static void assert_normal(const laco_text_config *config, const char *text, const char *expected)
{
    assert_int_equal(laco_text_normalise(&buffer, config, text, strlen(text)), LACO_OK);
    assert_int_equal(buffer.length, strlen(expected));
    assert_memory_equal(buffer.bytes, expected, buffer.length);
}

static void letters_have_one_form(void **state)
{
    (void)state;
    laco_text_config plain = {0}, fold = {.fold_accents = true}, lower = {.lower = true},
                     both = {.fold_accents = true, .lower = true};
    assert_normal(&plain, "", "");
    assert_normal(&plain, "ção", "ção");
    assert_normal(&plain,
                  "c\xCC\xA7"
                  "a\xCC\x83o",
                  "ção"); /* cedilla and tilde as marks */
    assert_normal(&plain,
                  "João, ma\xCC\x83"
                  "e",
                  "João, mãe");
    assert_normal(&plain, "a\xCC\xA3\xCC\x82", "ậ"); /* in order … */
    assert_normal(&plain, "a\xCC\x82\xCC\xA3", "ậ"); /* … and not */
    assert_normal(&plain, "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "한");
    assert_normal(&plain, "ﬁ Ⅳ", "ﬁ Ⅳ"); /* compatibility forms stay */
    assert_normal(&fold, "São João, Çığ ñ Ệ", "Sao Joao, Cıg n E");
    assert_normal(&fold, "Łódź Øre æ ß đ", "Łodz Øre æ ß đ"); /* letters of their own */
    assert_normal(&fold, "Ёжик й ά", "Ежик и α");
    assert_normal(&fold, "がぎ \xE0\xA4\x95\xE0\xA4\xBC 한", "がぎ \xE0\xA4\x95\xE0\xA4\xBC 한"); /* marks that are no accents */
    assert_normal(&lower, "ÁRVORE İ ΑΣ Ǆ", "árvore i\xCC\x87 ασ ǆ");
    assert_normal(&both, "ÁRVORE Ça", "arvore ca");
}

static void bad_utf8_is_not_normalised(void **state)
{
    (void)state;
    assert_int_equal(laco_text_normalise(&buffer, &(laco_text_config){0}, "caf\xE9", 4), LACO_FORMAT);
    assert_string_equal(laco_error(ctx), "byte 4 of the text (0xE9) is not UTF-8");
}

static void assert_fixed(const laco_text_config *config, const char *text, size_t length)
{
    char once[64];
    assert_int_equal(laco_text_normalise(&buffer, config, text, length), LACO_OK);
    size_t size = buffer.length;
    assert_true(size <= sizeof once);
    memcpy(once, buffer.bytes, size);
    assert_int_equal(laco_text_normalise(&buffer, config, once, size), LACO_OK);
    assert_int_equal(buffer.length, size);
    assert_memory_equal(buffer.bytes, once, size);
}

static void assert_nfc(const char *text)
{
    utf8proc_uint8_t *expected = utf8proc_NFC((const utf8proc_uint8_t *)text);
    assert_non_null(expected);
    assert_normal(&(laco_text_config){0}, text, (const char *)expected);
    free(expected);
}

static void every_code_point_agrees_with_utf8proc(void **state)
{
    (void)state;
    static const laco_text_config configs[] = {
        {0}, {.fold_accents = true}, {.lower = true}, {.fold_accents = true, .lower = true}};
    for (int32_t point = 1; point <= 0x10FFFF; point++) {
        char text[8] = {0};
        if (!utf8proc_codepoint_valid(point) || (point > 0x30000 && point < 0xE0000) || point > 0xE0200)
            continue;
        size_t length = (size_t)utf8proc_encode_char(point, (utf8proc_uint8_t *)text);
        assert_nfc(text);
        for (size_t c = 0; c < 4; c++)
            assert_fixed(&configs[c], text, length);
    }
}

static void random_marks_agree_with_utf8proc(void **state)
{
    (void)state;
    static const int32_t points[] = {'a',    'O',    0x300,  0x301,  0x303,  0x323, 0x327,   0x338, 0x5B0,  0x93C,  0x915, 0x3099,
                                     0x304B, 0x1100, 0x1161, 0x11A8, 0x1EC7, 0x344, 0x1D160, 0x958, 0x212B, 0x1F80, ' ',   0xE9};
    laco_rng rng = {.seed = 7};
    for (int round = 0; round < 20000; round++) {
        char text[200];
        size_t length = 0;
        for (uint64_t n = laco_rng_below(&rng, 40); n > 0; n--)
            length += (size_t)utf8proc_encode_char(points[laco_rng_below(&rng, sizeof points / sizeof *points)],
                                                   (utf8proc_uint8_t *)text + length);
        text[length] = 0;
        assert_nfc(text);
    }
}

/* A megabyte of marks in the worst order: ordering must not take quadratic time, which here would be hours. */
static void a_long_run_of_marks_is_ordered(void **state)
{
    (void)state;
    size_t pairs = (size_t)1 << 18, length = 1 + 4 * pairs;
    char *text = laco_alloc(ctx, length, 1);
    text[0] = 'q';
    for (size_t i = 0; i < pairs; i++)
        memcpy(text + 1 + 4 * i, "\xCC\x81\xCC\xA3", 4); /* class 230, then 220 */
    assert_int_equal(laco_text_normalise(&buffer, &(laco_text_config){0}, text, length), LACO_OK);
    assert_int_equal(buffer.length, length);
    for (size_t i = 0; i < 2 * pairs; i++)
        assert_memory_equal(buffer.bytes + 1 + 2 * i, i < pairs ? "\xCC\xA3" : "\xCC\x81", 2);
    laco_release(ctx, text);
}

/* The tokens of a text, joined by bars. */
static void assert_units(laco_text_level level, const char *text, const char *expected)
{
    char joined[512];
    size_t used = 0, length;
    const char *token;
    laco_text_tokens tokens = {.level = level, .at = text, .end = text + strlen(text)};
    while (laco_text_tokens_next(&tokens, &token, &length))
        used += (size_t)snprintf(joined + used, sizeof joined - used, "%s%.*s", used ? "|" : "", (int)length, token);
    joined[used] = 0;
    assert_string_equal(joined, expected);
}

static void texts_are_cut_into_units(void **state)
{
    (void)state;
    assert_units(LACO_TEXT_CHAR, "", "");
    assert_units(LACO_TEXT_CHAR, "ão €😀", "ã|o| |€|😀");
    assert_units(LACO_TEXT_BYTE, "aã\n", "a|Ã|£|\n");
    assert_units(LACO_TEXT_BYTE, "\x7F\xC2\x80", "\x7F|Â|\xC2\x80");
    assert_units(LACO_TEXT_WORD, "", "");
    assert_units(LACO_TEXT_WORD, " \t\xC2\xA0 ", "");
    assert_units(LACO_TEXT_WORD, "Não gostei, 2 estrelas!!", "Não|gostei|,|2|estrelas|!|!");
    assert_units(LACO_TEXT_WORD, "don't l’eau guarda-chuva k-19", "don't|l’eau|guarda-chuva|k-19");
    assert_units(LACO_TEXT_WORD, "'quoted' -- rock'n'roll- -5", "'|quoted|'|-|-|rock'n'roll|-|-|5");
    assert_units(LACO_TEXT_WORD, "R$ 3,50 (bom)…", "R|$|3|,|50|(|bom|)|…");
    assert_units(LACO_TEXT_WORD, "हिन्दी 我是 北京abc", "हिन्दी|我|是|北|京|abc");
    assert_units(LACO_TEXT_WORD, "👍🏽 ❤\xEF\xB8\x8F ok", "👍|🏽|❤\xEF\xB8\x8F|ok");
    assert_units(LACO_TEXT_WORD,
                 "a\xE2\x80\x8B"
                 "b \xE2\x80\x8E"
                 "c",
                 "a|b|c"); /* a zero-width space, a direction mark */
}

static laco_vocabulary *counted(const laco_text_config *config, const char *text)
{
    laco_vocabulary *vocabulary;
    assert_int_equal(laco_vocabulary_new(ctx, &vocabulary), LACO_OK);
    assert_int_equal(laco_text_count(&buffer, config, text, strlen(text), vocabulary), LACO_OK);
    return vocabulary;
}

static void assert_names(const laco_vocabulary *vocabulary, const char *expected)
{
    char joined[512];
    size_t used = 0;
    for (int32_t id = 0; id < laco_vocabulary_size(vocabulary); id++) {
        size_t length;
        const char *name = laco_vocabulary_name(vocabulary, id, &length);
        assert_int_equal(strlen(name), length);
        assert_int_equal(laco_vocabulary_id(vocabulary, name, length), id);
        used += (size_t)snprintf(joined + used, sizeof joined - used, "%s%s", id ? " " : "", name);
    }
    assert_string_equal(joined, expected);
}

static void vocabularies_rank_by_count_then_code_point(void **state)
{
    (void)state;
    laco_text_config words = {.level = LACO_TEXT_WORD};
    laco_vocabulary *v = counted(&words, "b a b c é z é a b"), *again = counted(&words, "z é c a é b a b b");
    assert_names(v, "<unk> b a c é z");
    assert_int_equal(laco_vocabulary_rank(v, NULL), LACO_OK);
    assert_int_equal(laco_vocabulary_rank(again, NULL), LACO_OK);
    assert_names(v, "<unk> b a é c z");
    assert_names(again, "<unk> b a é c z");
    assert_int_equal(laco_vocabulary_occurrences(v, 1), 3);
    assert_int_equal(laco_vocabulary_occurrences(v, LACO_UNKNOWN), 0);
    assert_int_equal(laco_vocabulary_id(v, "ü", 2), LACO_UNKNOWN);
    assert_int_equal(laco_vocabulary_rank(again, &(laco_vocabulary_config){.min_count = 2}), LACO_OK);
    assert_names(again, "<unk> b a é");
    assert_int_equal(laco_vocabulary_occurrences(again, LACO_UNKNOWN), 2);
    assert_int_equal(laco_vocabulary_rank(v, &(laco_vocabulary_config){.max_size = 3}), LACO_OK);
    assert_names(v, "<unk> b a");
    assert_int_equal(laco_vocabulary_occurrences(v, LACO_UNKNOWN), 4);
    assert_int_equal(laco_vocabulary_rank(v, &(laco_vocabulary_config){.max_size = 1}), LACO_OK);
    assert_names(v, "<unk>");
    laco_vocabulary_free(v);
    laco_vocabulary_free(again);
    laco_vocabulary_free(NULL);
}

static void composed_and_decomposed_are_one_unit(void **state)
{
    (void)state;
    laco_vocabulary *v = counted(&(laco_text_config){0}, "ãa\xCC\x83");
    assert_names(v, "<unk> ã");
    assert_int_equal(laco_vocabulary_occurrences(v, 1), 2);
    laco_vocabulary_free(v);
    v = counted(&(laco_text_config){.fold_accents = true}, "ãa\xCC\x83"
                                                           "a");
    assert_names(v, "<unk> a");
    laco_vocabulary_free(v);
}

static void many_units_are_found_again(void **state)
{
    (void)state;
    laco_vocabulary *v;
    assert_int_equal(laco_vocabulary_new(ctx, &v), LACO_OK);
    char name[16];
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 20000; i++)
            assert_int_equal(laco_vocabulary_count(v, name, (size_t)snprintf(name, sizeof name, "u%d", i)), LACO_OK);
    assert_int_equal(laco_vocabulary_size(v), 20001);
    for (int i = 0; i < 20000; i++) {
        int32_t id = laco_vocabulary_id(v, name, (size_t)snprintf(name, sizeof name, "u%d", i));
        assert_int_equal(id, i + 1);
        assert_int_equal(laco_vocabulary_occurrences(v, id), 2);
    }
    assert_int_equal(laco_vocabulary_id(v, "u20000", 6), LACO_UNKNOWN);
    assert_int_equal(laco_vocabulary_id(v, "", 0), LACO_UNKNOWN);
    laco_vocabulary_free(v);
}

static void texts_become_ids(void **state)
{
    (void)state;
    laco_text_config chars = {0};
    laco_vocabulary *v = counted(&chars, "aab"), *unseen;
    assert_int_equal(laco_vocabulary_new(ctx, &unseen), LACO_OK);
    laco_sequences sequences;
    laco_sequences_init(&sequences, ctx);
    assert_int_equal(laco_text_encode(&buffer, &chars, v, "baxxy", 5, &sequences, unseen), LACO_OK);
    assert_int_equal(laco_text_encode(&buffer, &chars, v, "", 0, &sequences, NULL), LACO_OK);
    assert_int_equal(laco_text_encode(&buffer, &chars, v, "a\xFF", 2, &sequences, NULL), LACO_FORMAT);
    assert_int_equal(laco_text_encode(&buffer, &chars, v, "b", 1, &sequences, NULL), LACO_OK);
    assert_int_equal(sequences.count, 3);
    static const int32_t expected[] = {2, 1, 0, 0, 0, 2};
    assert_memory_equal(sequences.ids, expected, sizeof expected);
    assert_int_equal(laco_sequences_length(&sequences, 0), 5);
    assert_int_equal(laco_sequences_length(&sequences, 1), 0);
    assert_int_equal(laco_sequences_length(&sequences, 2), 1);
    assert_int_equal(*laco_sequences_ids(&sequences, 2), 2);
    assert_names(unseen, "<unk> x y");
    assert_int_equal(laco_vocabulary_occurrences(unseen, 1), 2);
    laco_sequences_free(&sequences);
    laco_vocabulary_free(unseen);
    laco_vocabulary_free(v);
}

static void json_brings_a_vocabulary_back(void **state)
{
    (void)state;
    laco_vocabulary *v = counted(&(laco_text_config){0}, "ação\"\\\x01"), *back;
    assert_int_equal(laco_vocabulary_count(v, "\0", 1), LACO_OK); /* byte 0 */
    json_t *array;
    assert_int_equal(laco_vocabulary_to_json(ctx, v, &array), LACO_OK);
    char *text = json_dumps(array, JSON_COMPACT);
    assert_string_equal(text, "[\"<unk>\",\"a\",\"ç\",\"ã\",\"o\",\"\\\"\",\"\\\\\",\"\\u0001\",\"\\u0000\"]");
    json_decref(array);
    array = json_loads(text, JSON_ALLOW_NUL, NULL);
    assert_int_equal(laco_vocabulary_from_json(ctx, array, &back), LACO_OK);
    assert_int_equal(laco_vocabulary_size(back), laco_vocabulary_size(v));
    for (int32_t id = 0; id < laco_vocabulary_size(v); id++) {
        size_t length;
        const char *name = laco_vocabulary_name(v, id, &length);
        assert_int_equal(laco_vocabulary_id(back, name, length), id);
        assert_int_equal(laco_vocabulary_occurrences(back, id), 0);
    }
    json_decref(array);
    free(text);
    laco_vocabulary_free(back);
    laco_vocabulary_free(v);
}

static void hostile_json_is_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"[]", "the vocabulary is not an array that starts with \"<unk>\""},
        {"{\"a\": 1}", "the vocabulary is not an array that starts with \"<unk>\""},
        {"[\"a\", \"<unk>\"]", "the vocabulary is not an array that starts with \"<unk>\""},
        {"[\"<unk>\\u0000\"]", "the vocabulary is not an array that starts with \"<unk>\""},
        {"[\"<unk>\", \"a\", 3]", "entry 2 of the vocabulary is not a string"},
        {"[\"<unk>\", \"a\", \"b\", \"a\"]", "entry 3 of the vocabulary stands there twice"},
        {"[\"<unk>\", \"<unk>\"]", "entry 1 of the vocabulary stands there twice"},
    };
    laco_vocabulary *untouched = NULL;
    assert_int_equal(laco_vocabulary_from_json(ctx, NULL, &untouched), LACO_FORMAT);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *json = json_loads(cases[i][0], JSON_ALLOW_NUL, NULL);
        assert_non_null(json);
        assert_int_equal(laco_vocabulary_from_json(ctx, json, &untouched), LACO_FORMAT);
        assert_string_equal(laco_error(ctx), cases[i][1]);
        json_decref(json);
    }
    assert_null(untouched);
}

static size_t json_left; /* allocations that Jansson still gets */
static void *json_take(size_t size) { return json_left ? json_left--, malloc(size) : NULL; }

static void jansson_may_run_out_of_memory(void **state)
{
    (void)state;
    laco_vocabulary *v = counted(&(laco_text_config){0}, "abcdefghijklmnop");
    json_t *array = NULL;
    size_t failures = 0;
    json_set_alloc_funcs(json_take, free);
    for (laco_status status = LACO_NO_MEMORY; status != LACO_OK; failures++) {
        json_left = failures;
        status = laco_vocabulary_to_json(ctx, v, &array);
        assert_true(status == LACO_OK || status == LACO_NO_MEMORY);
        if (status == LACO_NO_MEMORY)
            assert_string_equal(laco_error(ctx), "out of memory: a vocabulary of 17 tokens as JSON");
    }
    json_set_alloc_funcs(malloc, free);
    assert_true(failures > 17);
    assert_int_equal(json_array_size(array), 17);
    json_decref(array);
    laco_vocabulary_free(v);
}

static laco_status encode_all(laco_context *context, laco_text_buffer *text, laco_vocabulary *v, laco_vocabulary *unseen,
                              laco_sequences *out)
{
    laco_text_config config = {.level = LACO_TEXT_WORD, .fold_accents = true, .lower = true};
    const char *long_text =
        "Um São João qualquer, ou cem: e\xCC\x81\xCC\xA3, não são iguais e x y z u v w k j a b c d f g h i l m";
    LACO_TRY(laco_text_count(text, &config, long_text, strlen(long_text), v));
    LACO_TRY(laco_vocabulary_rank(v, &(laco_vocabulary_config){.max_size = 10}));
    LACO_TRY(laco_text_encode(text, &config, v, long_text, strlen(long_text), out, unseen));
    json_t *array;
    LACO_TRY(laco_vocabulary_to_json(context, v, &array));
    laco_vocabulary *back;
    laco_status status = laco_vocabulary_from_json(context, array, &back);
    json_decref(array);
    if (status == LACO_OK)
        laco_vocabulary_free(back);
    return status;
}

static laco_status try_all(laco_context *context, void *data)
{
    (void)data;
    laco_text_buffer text;
    laco_sequences sequences;
    laco_vocabulary *v = NULL, *unseen = NULL;
    laco_text_buffer_init(&text, context);
    laco_sequences_init(&sequences, context);
    laco_status status = laco_vocabulary_new(context, &v);
    if (status == LACO_OK)
        status = laco_vocabulary_new(context, &unseen);
    if (status == LACO_OK)
        status = encode_all(context, &text, v, unseen, &sequences);
    assert_int_equal(sequences.ids_used, sequences.starts ? sequences.starts[sequences.count] : 0); /* no half sequence */
    laco_text_buffer_free(&text);
    laco_sequences_free(&sequences);
    laco_vocabulary_free(v);
    laco_vocabulary_free(unseen);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(try_all, NULL) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(utf8_is_checked, begin, end),
        cmocka_unit_test_setup_teardown(files_are_checked_with_place, begin, end),
        cmocka_unit_test_setup_teardown(lines_end_as_they_do_anywhere, begin, end),
        cmocka_unit_test_setup_teardown(messages_cut_between_letters, begin, end),
        cmocka_unit_test_setup_teardown(letters_have_one_form, begin, end),
        cmocka_unit_test_setup_teardown(bad_utf8_is_not_normalised, begin, end),
        cmocka_unit_test_setup_teardown(every_code_point_agrees_with_utf8proc, begin, end),
        cmocka_unit_test_setup_teardown(random_marks_agree_with_utf8proc, begin, end),
        cmocka_unit_test_setup_teardown(a_long_run_of_marks_is_ordered, begin, end),
        cmocka_unit_test_setup_teardown(texts_are_cut_into_units, begin, end),
        cmocka_unit_test_setup_teardown(vocabularies_rank_by_count_then_code_point, begin, end),
        cmocka_unit_test_setup_teardown(composed_and_decomposed_are_one_unit, begin, end),
        cmocka_unit_test_setup_teardown(many_units_are_found_again, begin, end),
        cmocka_unit_test_setup_teardown(texts_become_ids, begin, end),
        cmocka_unit_test_setup_teardown(json_brings_a_vocabulary_back, begin, end),
        cmocka_unit_test_setup_teardown(hostile_json_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(jansson_may_run_out_of_memory, begin, end),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
