/* Language models: corpora that are read in blocks, scores, writing, search, and training from end to end. */
#include "failing_allocator.h"
#include "generate/generator.h"
#include "temporary_folder.h"

#include "laco/laco.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static laco_context *ctx;
static laco_model *model; /* trained on the pattern below */

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* "a1b2a3b1…": letters are certain, digits are drawn. */
static const char *pattern(void)
{
    static char text[4001];
    laco_rng rng = {.seed = 1};
    for (int i = 0; i < 2000; i++) {
        text[2 * i] = i % 2 ? 'b' : 'a';
        text[2 * i + 1] = (char)('1' + laco_rng_below(&rng, 3));
    }
    return text;
}

/* Trains on a file. */
static laco_status train_file(laco_context *on, const laco_generate_options *options, const char *path, laco_model **out)
{
    laco_corpus *corpus;
    LACO_TRY(laco_corpus_load(on, &options->text, &path, 1, &corpus));
    laco_status status = laco_train_generate(on, options, corpus, NULL, out);
    laco_corpus_free(corpus);
    return status;
}

/* Scores a file. */
static laco_status score_file(laco_context *on, laco_model *of, const char *path, laco_text_score *out)
{
    laco_data_config config;
    laco_corpus *corpus;
    LACO_TRY(laco_model_data_config(of, "generate", &config));
    LACO_TRY(laco_corpus_load(on, &config.text, &path, 1, &corpus));
    laco_status status = laco_model_score_text(of, corpus, out);
    laco_corpus_free(corpus);
    return status;
}

static laco_status train(laco_context *on, const char *path, laco_cell_kind cell, laco_model **out)
{
    laco_generate_options options = {.train = {.epochs = 6, .batch = 8, .optimiser = {.lr = 0.01}, .seed = 4},
                                     .seq_len = 16,
                                     .network = {.cell = cell, .hidden = 12, .embed = 8, .layers = 2, .dropout = 0.05}};
    return train_file(on, &options, path, out);
}

static int begin(void **state)
{
    (void)state;
    temporary_folder_make();
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    const char *path = temporary_path("pattern.txt");
    write_file(path, pattern(), strlen(pattern()));
    if (train(ctx, path, LACO_GRU, &model) < 0)
        fail_msg("%s", laco_error(ctx));
    return 0;
}

static int end(void **state)
{
    (void)state;
    laco_model_free(model);
    laco_context_free(ctx);
    temporary_folder_remove();
    return 0;
}

/* ---- Corpora ---- */

/* The tokens of a corpus, joined with '|'. */
static char *tokens_of(const laco_text_config *text, const char *const *paths, int count, int64_t *characters)
{
    laco_corpus *corpus;
    laco_vocabulary *vocabulary;
    if (laco_corpus_load(ctx, text, paths, count, &corpus) < 0)
        fail_msg("%s", laco_error(ctx));
    assert_int_equal(laco_corpus_vocabulary(corpus, corpus->count, NULL, &vocabulary), LACO_OK);
    assert_int_equal(laco_corpus_set_vocabulary(corpus, vocabulary), LACO_OK);
    char *joined = calloc((size_t)corpus->count + 1, 24), *to = joined;
    int32_t *ids = calloc((size_t)corpus->count, sizeof *ids);
    assert_int_equal(laco_corpus_read(corpus, 0, corpus->count, ids), LACO_OK);
    for (int64_t i = 0; i < corpus->count; i++)
        to += sprintf(to, "%s|", laco_vocabulary_name(vocabulary, ids[i], NULL));
    *characters = corpus->characters;
    free(ids);
    laco_vocabulary_free(vocabulary);
    laco_corpus_free(corpus);
    return joined;
}

static void expect_units(laco_text_level level, const char *text, const char *expected, int64_t expected_characters)
{
    const char *path = temporary_path("tokens.txt");
    int64_t characters;
    write_file(path, text, strlen(text));
    char *tokens = tokens_of(&(laco_text_config){.level = level}, &path, 1, &characters);
    assert_string_equal(tokens, expected);
    assert_int_equal(characters, expected_characters);
    free(tokens);
}

static void corpora(void **state)
{
    (void)state;
    expect_units(LACO_TEXT_CHAR,
                 "\xEF\xBB\xBF"
                 "a\xC3\xA7\r\nb\r",
                 "a|ç|\n|b|\r|", 5);
    expect_units(LACO_TEXT_CHAR, "c\xCC\xA7", "ç|", 1);
    expect_units(LACO_TEXT_WORD, "Um dia, <unk> veio\n\n<unk>", "Um|dia|,|<unk>|veio|\n|\n|<unk>|", 25);
    expect_units(LACO_TEXT_WORD, "a<unk> b", "a|<|unk|>|b|", 8);
    expect_units(LACO_TEXT_BYTE, "\xC3\xA7\r\n", "Ã|§|\r|\n|", 4);
}

/* Two files where the first lacks its last line end; a file of megabytes without any place to cut it well. */
static void corpora_in_parts(void **state)
{
    (void)state;
    const char *paths[] = {temporary_path("one.txt"), temporary_path("two.txt")};
    int64_t characters;
    write_file(paths[0], "ab", 2);
    write_file(paths[1], "cd\n", 3);
    char *tokens = tokens_of(&(laco_text_config){.level = LACO_TEXT_CHAR}, paths, 2, &characters);
    assert_string_equal(tokens, "a|b|\n|c|d|\n|");
    free(tokens);

    enum { N = 1700000 };
    static char text[2 * N + 1];
    for (int shift = 0; shift < 2; shift++) { /* "é" at even, then at odd places */
        text[0] = 'x';
        for (int i = 0; i < N; i++)
            memcpy(text + shift + 2 * i, "é", 2);
        write_file(paths[0], text, (size_t)(2 * N + shift));
        laco_corpus *corpus;
        assert_int_equal(laco_corpus_load(ctx, &(laco_text_config){0}, paths, 1, &corpus), LACO_OK);
        assert_int_equal(corpus->count, N + shift);
        assert_int_equal(corpus->tokens.count, 1 + shift);
        laco_corpus_free(corpus);
    }
    memset(text, 'y', sizeof text);
    for (size_t i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "\r\n", LACO_MIN((size_t)2, sizeof text - i));
    write_file(paths[0], text, sizeof text - 1);
    laco_corpus *corpus;
    assert_int_equal(laco_corpus_load(ctx, &(laco_text_config){0}, paths, 1, &corpus), LACO_OK);
    assert_int_equal(corpus->count, N); /* no CR was parted from its LF */
    assert_int_equal(corpus->tokens.count, 1);
    laco_corpus_free(corpus);
}

/* An error far behind the first block names its line. */
static void corpora_name_the_line(void **state)
{
    (void)state;
    const char *path = temporary_path("bad.txt");
    size_t size = 3000000;
    char *text = malloc(size);
    laco_corpus *corpus;
    for (size_t i = 0; i < size; i++)
        text[i] = i % 100 == 99 ? '\n' : 'x';
    text[2500004] = '\xFF';
    write_file(path, text, size);
    free(text);
    assert_int_equal(laco_corpus_load(ctx, &(laco_text_config){0}, &path, 1, &corpus), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "bad.txt:25001: byte 5 (0xFF)"));
}

/* ---- Scores ---- */

typedef struct told {
    double sum;
    int count;
} told;

static bool add_told(void *user, const char *token, size_t length, double log_probability)
{
    told *t = user;
    (void)token;
    (void)length;
    t->sum -= log_probability;
    t->count++;
    return true;
}

static laco_generator *new_generator(const laco_sampling *sampling)
{
    laco_generator *generator;
    if (laco_generator_new(model, sampling, &generator) < 0)
        fail_msg("%s", laco_error(ctx));
    return generator;
}

static void scores(void **state)
{
    (void)state;
    const char *path = temporary_path("pattern.txt"), *text = pattern();
    laco_text_score score;
    told all = {0}, parts = {0};
    assert_int_equal(score_file(ctx, model, path, &score), LACO_OK);
    assert_int_equal(score.tokens, 4000);
    assert_int_equal(score.unseen, 0);
    assert_true(score.bits_per_character < 1.0 && score.bits_per_character > 0.7); /* log2(3) bits for two characters */
    assert_true(fabs(score.nats_per_token - score.bits_per_character * log(2)) < 1e-12);
    laco_generator *generator = new_generator(NULL);
    assert_int_equal(laco_generator_read(generator, text, 4000, add_told, &all, NULL), LACO_OK);
    assert_int_equal(all.count, 4000);
    assert_true(fabs(all.sum / 4000 - score.nats_per_token) < 1e-9); /* one row: the same text, read in other chunks */
    laco_generator_free(generator);
    generator = new_generator(NULL);
    for (int i = 0; i < 4000; i += 7)
        assert_int_equal(laco_generator_read(generator, text + i, (size_t)LACO_MIN(7, 4000 - i), add_told, &parts, NULL),
                         LACO_OK);
    assert_true(parts.sum == all.sum); /* step ≡ chunk, bit for bit */
    laco_generator_free(generator);
}

/* Long text is read as rows side by side: nearly the same score as in one go. */
static void scores_of_long_text(void **state)
{
    (void)state;
    const char *path = temporary_path("long.txt");
    FILE *file = fopen(path, "wb");
    laco_text_score score;
    told all = {0};
    laco_generator *generator = new_generator(NULL);
    for (int i = 0; i < 5; i++) {
        fputs(pattern(), file);
        assert_int_equal(laco_generator_read(generator, pattern(), 4000, add_told, &all, NULL), LACO_OK);
    }
    fclose(file);
    assert_int_equal(score_file(ctx, model, path, &score), LACO_OK);
    assert_int_equal(score.tokens, 20000);
    assert_true(fabs(all.sum / 20000 - score.nats_per_token) < 1e-4);
    laco_generator_free(generator);
}

/* ---- Writing ---- */

static void write_on(const laco_sampling *sampling, const char *prompt, int count, char *out, double *log_probability)
{
    laco_generator *generator = new_generator(sampling);
    const char *piece;
    size_t length, unseen = 0;
    double one;
    *log_probability = 0;
    assert_int_equal(laco_generator_read(generator, prompt, strlen(prompt), NULL, NULL, &unseen), LACO_OK);
    for (int i = 0; i < count; i++) {
        assert_int_equal(laco_generator_next(generator, &piece, &length, &one), LACO_OK);
        memcpy(out, piece, length);
        out += length;
        *log_probability += one;
    }
    *out = '\0';
    laco_generator_free(generator);
}

static void writing(void **state)
{
    (void)state;
    char greedy[101], other[101];
    double p, q;
    write_on(&(laco_sampling){.temperature = 0}, "a1", 40, greedy, &p);
    for (int i = 0; i < 40; i += 2)
        assert_int_equal(greedy[i], i % 4 ? 'a' : 'b');
    write_on(&(laco_sampling){.temperature = 1, .top_k = 1}, "a1", 40, other, &q);
    assert_string_equal(greedy, other);
    assert_true(p == q);
    write_on(&(laco_sampling){.temperature = 1, .top_p = 1e-6}, "a1", 40, other, &q);
    assert_string_equal(greedy, other);
    write_on(&(laco_sampling){.temperature = 1, .seed = 1}, "a1", 40, other, &q);
    assert_string_not_equal(greedy, other);
    write_on(&(laco_sampling){.temperature = 1, .seed = 1, .sample = 1}, "a1", 40, greedy, &q);
    assert_string_not_equal(greedy, other);
    write_on(&(laco_sampling){.temperature = 1, .seed = 1}, "a1", 40, greedy, &q);
    assert_string_equal(greedy, other);
    write_on(&(laco_sampling){.temperature = 0, .repetition_penalty = 1e6}, "", 5, other, &q); /* everything else first */
    for (int i = 0; i < 5; i++)
        assert_null(memchr(other + i + 1, other[i], (size_t)(4 - i)));
}

/* What is drawn has the frequencies of the tempered distribution, cut as asked. */
static void frequencies(void **state)
{
    (void)state;
    enum { DRAWS = 6000 };
    double wanted[3], sum = 0;
    int seen[3] = {0};
    laco_generator *generator = new_generator(NULL);
    assert_int_equal(laco_generator_read(generator, "a1b2a", 5, NULL, NULL, NULL), LACO_OK);
    for (int k = 0; k < 3; k++) {
        told one = {0};
        laco_generator *next = new_generator(NULL);
        char text[7] = "a1b2a?";
        text[5] = (char)('1' + k);
        assert_int_equal(laco_generator_read(next, "a1b2a", 5, NULL, NULL, NULL), LACO_OK);
        assert_int_equal(laco_generator_read(next, text + 5, 1, add_told, &one, NULL), LACO_OK);
        sum += wanted[k] = exp(-one.sum / 0.7);
        laco_generator_free(next);
    }
    for (int i = 0; i < DRAWS; i++) {
        laco_generator *draw = new_generator(&(laco_sampling){.temperature = 0.7, .top_k = 3, .sample = (uint64_t)i});
        const char *piece;
        size_t length;
        assert_int_equal(laco_generator_read(draw, "a1b2a", 5, NULL, NULL, NULL), LACO_OK);
        assert_int_equal(laco_generator_next(draw, &piece, &length, NULL), LACO_OK);
        assert_true(*piece >= '1' && *piece <= '3');
        seen[*piece - '1']++;
        laco_generator_free(draw);
    }
    for (int k = 0; k < 3; k++) {
        double p = wanted[k] / sum, deviation = sqrt(p * (1 - p) * DRAWS);
        assert_true(fabs(seen[k] - p * DRAWS) < 5 * deviation + 1);
    }
    laco_generator_free(generator);
}

/* A beam as wide as there are texts finds the best of all of them; one of width 1 is greedy. */
static void beam(void **state)
{
    (void)state;
    enum { UNITS = 5, LENGTH = 3 };
    static const char tokens[] = "ab123";
    char *text, greedy[8], best_text[8] = "";
    double p, q, best = -INFINITY;
    laco_generator *generator = new_generator(NULL);
    assert_int_equal(laco_generator_read(generator, "a1b2", 4, NULL, NULL, NULL), LACO_OK);
    for (int n = 0; n < UNITS * UNITS * UNITS; n++) {
        char candidate[] = {tokens[n % 5], tokens[n / 5 % 5], tokens[n / 25], '\0'};
        told one = {0};
        laco_generator *next = new_generator(NULL);
        assert_int_equal(laco_generator_read(next, "a1b2", 4, NULL, NULL, NULL), LACO_OK);
        assert_int_equal(laco_generator_read(next, candidate, LENGTH, add_told, &one, NULL), LACO_OK);
        if (-one.sum > best) {
            best = -one.sum;
            memcpy(best_text, candidate, sizeof candidate);
        }
        laco_generator_free(next);
    }
    assert_int_equal(laco_generator_beam(generator, 125, LENGTH, NULL, &text, &p), LACO_OK);
    assert_string_equal(text, best_text);
    assert_true(fabs(p - best) < 1e-9);
    laco_free(ctx, text);
    assert_int_equal(laco_generator_beam(generator, 1, LENGTH, NULL, &text, &p), LACO_OK);
    write_on(&(laco_sampling){.temperature = 0}, "a1b2", LENGTH, greedy, &q);
    assert_string_equal(text, greedy);
    assert_true(p == q);
    laco_free(ctx, text);
    assert_int_equal(laco_generator_beam(generator, 4, 50, "b", &text, NULL), LACO_OK);
    assert_ptr_equal(strchr(text, 'b'), text + strlen(text) - 1); /* it ends where "b" comes up first */
    laco_free(ctx, text);
    assert_int_equal(laco_generator_beam(generator, 0, 5, NULL, &text, NULL), LACO_INVALID);
    laco_generator_free(generator);
}

static void refusals(void **state)
{
    (void)state;
    static const laco_sampling wrong[] = {{.temperature = -1}, {.temperature = NAN}, {.temperature = INFINITY}, {.top_k = -1},
                                          {.top_p = 1.5},      {.top_p = -0.1},      {.repetition_penalty = -1}};
    laco_generator *generator = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(laco_generator_new(model, &wrong[i], &generator), LACO_INVALID);
    assert_null(generator);
    generator = new_generator(NULL);
    size_t unseen = 3;
    assert_int_equal(laco_generator_read(generator, "\xC3", 1, NULL, NULL, &unseen), LACO_FORMAT);
    assert_int_equal(unseen, 3);
    assert_int_equal(laco_generator_read(generator, "a?日", 5, NULL, NULL, &unseen), LACO_OK);
    assert_int_equal(unseen, 5);
    laco_generator_free(generator);
}

/* ---- Files ---- */

static void saved_and_loaded(void **state)
{
    (void)state;
    const char *path = temporary_path("model");
    laco_model *loaded;
    laco_text_score before, after;
    const char *text = temporary_path("pattern.txt");
    assert_int_equal(laco_model_save(model, path), LACO_OK);
    assert_int_equal(laco_model_load(ctx, path, &loaded), LACO_OK);
    assert_string_equal(laco_model_task(loaded), "generate");
    laco_data_config config;
    assert_int_equal(laco_model_data_config(loaded, "generate", &config), LACO_OK);
    assert_int_equal(config.text.level, LACO_TEXT_CHAR);
    assert_int_equal(score_file(ctx, model, text, &before), LACO_OK);
    assert_int_equal(score_file(ctx, loaded, text, &after), LACO_OK);
    assert_true(before.nats_per_token == after.nats_per_token);
    laco_label label;
    assert_int_equal(laco_model_classify(loaded, "a", 1, &label), LACO_INVALID);
    laco_model_free(loaded);
}

/* ---- Memory ---- */

static laco_status whole_life(laco_context *own, void *data)
{
    laco_model *fresh = NULL;
    laco_generator *generator = NULL;
    const char *piece, *path = data;
    char *text = NULL;
    size_t length;
    laco_text_score score;
    laco_generate_options options = {.train = {.epochs = 1, .batch = 2, .ema_decay = 0.9},
                                     .seq_len = 30,
                                     .network = {.cell = LACO_LSTM,
                                                 .hidden = 3,
                                                 .embed = 3,
                                                 .layers = 2,
                                                 .weight_drop = 0.2,
                                                 .variational = true,
                                                 .tie_weights = true,
                                                 .embed_dropout = 0.1}};
    laco_status status = train_file(own, &options, path, &fresh);
    if (status == LACO_OK)
        status = score_file(own, fresh, path, &score);
    if (status == LACO_OK)
        status = laco_generator_new(fresh, NULL, &generator);
    if (status == LACO_OK)
        status = laco_generator_read(generator, "ab", 2, NULL, NULL, NULL);
    if (status == LACO_OK)
        status = laco_generator_next(generator, &piece, &length, NULL);
    if (status == LACO_OK)
        status = laco_generator_beam(generator, 2, 3, "x", &text, NULL);
    if (status == LACO_OK)
        laco_free(own, text);
    laco_generator_free(generator);
    laco_model_free(fresh);
    return status;
}

static void memory_runs_out(void **state)
{
    (void)state;
    const char *path = temporary_path("few.txt");
    write_file(path, pattern(), 200);
    assert_true(fail_each_allocation(whole_life, (void *)(uintptr_t)path) > 50);
}

/* ---- Training ---- */

static void options_that_cannot_be(void **state)
{
    (void)state;
    const laco_generate_options wrong[] = {
        {.seq_len = -1},
        {.train = {.batch = -1}},
        {.valid.fraction = 1},
        {.network = {.cell = LACO_MLP, .weight_drop = 0.1}},
        {.network = {.cell = LACO_MLP, .window = 1001}},
        {.network = {.cell = LACO_MLP, .layers = 17}},
        {.network = {.window = 3}},
        {.network = {.embed = -1}},
        {.network = {.tie_weights = true, .embed = 3, .hidden = 4}},
        {.network = {.dropout = 1}},
        {.network = {.weight_drop = 1}},
        {.seq_len = 4000},
    };
    const char *path = temporary_path("pattern.txt");
    laco_model *none = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(train_file(ctx, &wrong[i], path, &none), LACO_INVALID);
        assert_string_not_equal(laco_error(ctx), "");
    }
    assert_null(none);
}

static void every_cell_learns(void **state)
{
    (void)state;
    const char *path = temporary_path("pattern.txt");
    for (int cell = LACO_RNN; cell <= LACO_LSTM; cell++) {
        laco_model *fresh;
        laco_text_score score;
        assert_int_equal(train(ctx, path, (laco_cell_kind)cell, &fresh), LACO_OK);
        assert_int_equal(score_file(ctx, fresh, path, &score), LACO_OK);
        assert_true(score.bits_per_character < 1.2); /* from log2(6) = 2.6 */
        laco_model_free(fresh);
    }
}

/* What comes next after a text, as the generator has it. */
static double next_after(laco_model *of, const char *text, const char **piece)
{
    static char kept[8];
    laco_generator *generator;
    const char *next;
    size_t length;
    double log_probability;
    assert_int_equal(laco_generator_new(of, &(laco_sampling){0}, &generator), LACO_OK);
    assert_int_equal(laco_generator_read(generator, text, strlen(text), NULL, NULL, NULL), LACO_OK);
    assert_int_equal(laco_generator_next(generator, &next, &length, &log_probability), LACO_OK);
    snprintf(kept, sizeof kept, "%s", next);
    *piece = kept;
    laco_generator_free(generator);
    return log_probability;
}

/* A window of three tokens: it learns what three tell, sees the third, and nothing before them. */
static void a_window_sees_so_far(void **state)
{
    (void)state;
    laco_generate_options options = {.train = {.epochs = 6, .batch = 8, .optimiser = {.lr = 0.01}, .shards = 2},
                                     .seq_len = 16,
                                     .network = {.cell = LACO_MLP, .window = 3, .hidden = 12, .embed = 8, .layers = 2}};
    const char *path = temporary_path("pattern.txt"), *text = pattern(), *file = temporary_path("window.st"), *piece;
    laco_model *fresh, *loaded;
    laco_text_score score;
    char tail[40];
    assert_int_equal(train_file(ctx, &options, path, &fresh), LACO_OK);
    assert_int_equal(score_file(ctx, fresh, path, &score), LACO_OK);
    assert_true(score.bits_per_character < 1.2); /* from log2(6) = 2.6 */
    assert_int_equal(laco_model_save(fresh, file), LACO_OK);
    assert_int_equal(laco_model_load(ctx, file, &loaded), LACO_OK);
    snprintf(tail, sizeof tail, "%.3s", text + 20);
    double own = next_after(fresh, tail, &piece);
    snprintf(tail, sizeof tail, "%.4s", text + 19);
    assert_true(next_after(fresh, tail, &piece) == own);
    snprintf(tail, sizeof tail, "%.23s", text);
    assert_true(next_after(loaded, tail, &piece) == own);
    snprintf(tail, sizeof tail, "1%.2s", text + 21); /* 'a' or 'b' comes third from the end */
    assert_true(next_after(loaded, tail, &piece) != own);
    laco_model_free(fresh);
    laco_model_free(loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corpora),
        cmocka_unit_test(corpora_in_parts),
        cmocka_unit_test(corpora_name_the_line),
        cmocka_unit_test(scores),
        cmocka_unit_test(scores_of_long_text),
        cmocka_unit_test(writing),
        cmocka_unit_test(frequencies),
        cmocka_unit_test(beam),
        cmocka_unit_test(refusals),
        cmocka_unit_test(saved_and_loaded),
        cmocka_unit_test(options_that_cannot_be),
        cmocka_unit_test(every_cell_learns),
        cmocka_unit_test(a_window_sees_so_far),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
