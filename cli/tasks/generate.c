#include "lines.h"
#include "tasks/task.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- laco train ---- */

typedef struct generate_arguments {
    train_arguments common;
    laco_generate_options options;
} generate_arguments;

static int say_text(laco_context *ctx, const train_arguments *arguments, const laco_corpus *data)
{
    laco_summary *summary = NULL;
    laco_status made = laco_corpus_summary(data, false, &summary);
    return say_data(ctx, arguments, made, summary);
}

static int train(laco_context *ctx, void *user, const char *const *paths, int count)
{
    generate_arguments *arguments = user;
    laco_generate_options *options = &arguments->options;
    laco_corpus *data = NULL, *valid = NULL;
    laco_model *model = NULL;
    int status = EXIT_DONE;
    if (laco_corpus_load(ctx, &options->text, paths, count, &data) < 0 ||
        (options->valid.file && laco_corpus_load(ctx, &options->text, &options->valid.file, 1, &valid) < 0)) {
        status = trouble(ctx);
    } else if ((status = say_text(ctx, &arguments->common, data)) == EXIT_DONE) {
        progress_start(&arguments->common, &options->train);
        laco_status trained = laco_train_generate(ctx, options, data, valid, &model);
        status = progress_end(ctx, &arguments->common, trained, model, NULL, 0);
    }
    laco_model_free(model);
    laco_corpus_free(valid);
    laco_corpus_free(data);
    return status;
}

static laco_status look(laco_context *ctx, void *user, const char *const *paths, int count, laco_summary **out)
{
    const generate_arguments *arguments = user;
    laco_corpus *data;
    LACO_PASS(laco_corpus_load(ctx, &arguments->options.text, paths, count, &data));
    laco_status status = laco_corpus_summary(data, true, out);
    laco_corpus_free(data);
    return status;
}

/* ---- laco eval ---- */

static int print_json(const laco_text_score *score)
{
    json_t *object = json_pack("{s:f, s:f, s:f, s:I, s:I, s:I}", "nats_per_token", score->nats_per_token, "bits_per_character",
                               score->bits_per_character, "perplexity", score->perplexity, "tokens", (json_int_t)score->tokens,
                               "characters", (json_int_t)score->characters, "unseen", (json_int_t)score->unseen);
    return print_object(object);
}

static int eval(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    laco_text_score score = {0};
    laco_data_config config;
    laco_corpus *corpus = NULL;
    laco_status status = laco_model_data_config(model, "generate", &config);
    if (status == LACO_OK)
        status = laco_corpus_load(ctx, &config.text, paths, count, &corpus);
    if (status == LACO_OK)
        status = laco_model_score_text(model, corpus, &score);
    laco_corpus_free(corpus);
    if (status < 0)
        return trouble(ctx);
    if (arguments->json)
        return print_json(&score);
    const char *tokens = tokens_of(model);
    printf("%lld %s", (long long)score.tokens, tokens);
    if (score.unseen > 0)
        printf(", %lld of them never seen in training", (long long)score.unseen);
    printf("\nnats per %.*s  %.4f\nbits per character  %.4f\nperplexity  %.3f\n", (int)strlen(tokens) - 1, tokens,
           score.nats_per_token, score.bits_per_character, score.perplexity);
    return EXIT_DONE;
}

/* ---- laco predict ---- */

static const option predict_options[] = {
    {"each", 0, OPTION_FLAG, NULL, "token<TAB>probability<TAB>bits (−log2 of it), for each character (word, byte)", ASK(each), 0,
     0},
};
static const option_group predict_group = TASK_GROUP("generate", predict_options);

/* How probable a language model finds each token of a text. */

typedef struct score_each {
    bool json, failed;
} score_each;

/* A token without what would break the columns. */
static void print_token(const char *token, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)token[i];
        if (byte == '\n')
            fputs("\\n", stdout);
        else if (byte == '\t')
            fputs("\\t", stdout);
        else if (byte == '\\')
            fputs("\\\\", stdout);
        else if (byte < ' ' || byte == 0x7F || (length == 1 && byte >= 0x80))
            printf("\\x%02X", byte);
        else
            putchar(byte);
    }
}

static bool print_one(void *user, const char *token, size_t length, double log_probability)
{
    score_each *s = user;
    double bits = -log_probability / log(2);
    if (s->json) {
        json_t *text = json_stringn(token, length);
        s->failed = print_object(json_pack("{s:o, s:f, s:f}", "unit", text ? text : json_integer((unsigned char)*token),
                                           "probability", exp(log_probability), "bits", bits)) != EXIT_DONE;
    } else {
        print_token(token, length);
        printf("\t%.6f\t%.3f\n", exp(log_probability), bits);
    }
    return !s->failed && !ferror(stdout);
}

/* Lines as they come, each with its line end, the state going on from one to the next. */
static int read_lines(laco_context *ctx, laco_generator *generator, line_reader *lines, score_each *s, size_t *unseen)
{
    int more;
    while ((more = lines_next(lines)) > 0) {
        for (size_t i = 0; i < lines->count; i++) {
            bool last = i + 1 == lines->count && lines->open_end;
            laco_status status = laco_generator_read(generator, lines->line[i], lines->length[i], print_one, s, unseen);
            if (status == LACO_OK && !last)
                status = laco_generator_read(generator, "\n", 1, print_one, s, unseen);
            if (status == LACO_INTERRUPTED)
                return s->failed ? EXIT_TROUBLE : EXIT_DONE; /* standard output is said elsewhere */
            if (status < 0)
                return trouble_text("%s, line %zu: %s", lines->name, lines->number + i, laco_error(ctx));
        }
        fflush(stdout);
    }
    return more < 0 ? EXIT_TROUBLE : EXIT_DONE;
}

static int predict(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    line_reader lines;
    score_each s = {.json = arguments->json};
    laco_generator *generator = NULL;
    size_t unseen = 0;
    if (!arguments->each)
        return trouble_text("a model that writes has no answer for a line: --each gives the probability of each of its %s, and "
                            "'laco generate' writes on",
                            tokens_of(model));
    if (laco_generator_new(model, NULL, &generator) < 0)
        return trouble(ctx);
    int status = lines_open(&lines, ctx, count > 0 ? paths[0] : NULL) ? EXIT_DONE : EXIT_TROUBLE;
    lines.raw = strcmp(tokens_of(model), "bytes") == 0; /* which are read as they are in training, too */
    if (status == EXIT_DONE) {
        status = read_lines(ctx, generator, &lines, &s, &unseen);
        lines_close(&lines);
    }
    laco_generator_free(generator);
    if (unseen > 0)
        fprintf(stderr, "laco: note: %s that training did not know: %zu\n", tokens_of(model), unseen);
    return status;
}

const cli_task cli_generate = {
    .name = "generate",
    .summary = "to write like a text",
    .train =
        {
            .usage = "TEXT… -o MODEL [options]",
            .about = "Learn to write like a text, a character, word or byte at a time.\n"
                     "TEXT: files, read one after another as one text, or - for standard input. They may be larger than\n"
                     "memory.",
            .example = "laco train generate poems.txt -o poems.safetensors --minutes 10",
            .size = sizeof(generate_arguments),
            .options = offsetof(generate_arguments, options),
            .run = train,
            .next = "generate",
            .next_options = "",
            .look = look,
            .reads = "level|lower|fold-accents",
        },
    .eval = {.run = eval},
    .predict = {.run = predict, .one = true, .groups = {&predict_group}},
};
