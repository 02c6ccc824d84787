/* laco generate: go on writing. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

typedef struct generate_arguments {
    const char *prompt, *until;
    laco_sampling sampling;
    int64_t length, beam, samples, seed, threads;
    bool json;
} generate_arguments;

#define AT(member) offsetof(generate_arguments, member)

static const option options[] = {
    {"prompt", 0, OPTION_TEXT, "TEXT", "what the text begins with", AT(prompt), 0, 0},
    {"length", 0, OPTION_INTEGER, "N", "characters (words, bytes) to write at most (500)", AT(length), 1, 1e12},
    {"until", 0, OPTION_TEXT, "STRING", "end once this was written", AT(until), 0, 0},
    {"samples", 0, OPTION_INTEGER, "N", "so many texts", AT(samples), 1, 1e9},
    {"seed", 0, OPTION_INTEGER, "N", "the same seed writes the same text", AT(seed), 0, 9e18},
    {"threads", 0, OPTION_INTEGER, "N", "threads; results never depend on it", AT(threads), 1, 256},
    {"json", 0, OPTION_FLAG, NULL, "JSON instead of text, one object a line", AT(json), 0, 0},
};

static const option choice_options[] = {
    {"temperature", 0, OPTION_REAL, "X", "below 1 more careful, above 1 bolder; 0: always the likeliest (1)",
     AT(sampling.temperature), 0, 1e6},
    {"top-k", 0, OPTION_INTEGER, "K", "only the K likeliest", AT(sampling.top_k), 1, 1e9},
    {"top-p", 0, OPTION_REAL, "P", "only the likeliest that make up P of the probability", AT(sampling.top_p), 1e-9, 1},
    {"repetition-penalty", 0, OPTION_REAL, "X", "above 1: what was among the last 64 becomes less likely",
     AT(sampling.repetition_penalty), 1, 1e6},
    {"beam", 0, OPTION_INTEGER, "N", "search for the likeliest text with N at a time; nothing is left to chance", AT(beam), 1,
     10000},
};

/* What was written, for --json and to see where --until comes up. */
typedef struct text {
    char *bytes;
    size_t used, room;
} text;

static bool add(text *t, const char *piece, size_t length)
{
    if (!t->bytes || t->used + length + 1 > t->room) {
        size_t room = 2 * (t->used + length + 1);
        char *grown = realloc(t->bytes, room);
        if (!grown)
            return false;
        t->bytes = grown;
        t->room = room;
    }
    memcpy(t->bytes + t->used, piece, length);
    t->used += length;
    t->bytes[t->used] = '\0';
    return true;
}

/* True where `until` has just been completed; forgets what can no longer be part of it, unless all is wanted. */
static bool ends(text *t, const char *until, size_t piece, bool all)
{
    size_t wanted = until ? strlen(until) : 0, tail = wanted + piece;
    const char *from = t->used > tail ? t->bytes + t->used - tail : t->bytes;
    bool found = wanted > 0 && strstr(from, until) != NULL;
    if (!all && t->used > 65536 + tail) {
        memmove(t->bytes, from, tail + 1);
        t->used = tail;
    }
    return found;
}

static int print_json(const generate_arguments *arguments, int64_t sample, const char *written, size_t length,
                      double log_probability)
{
    json_t *said = json_stringn(written, length); /* NULL where a model of bytes has written what is not UTF-8 */
    json_t *object = json_pack("{s:I, s:s, s:o, s:f}", "sample", (json_int_t)sample, "prompt", arguments->prompt, "text",
                               said ? said : json_null(), "log_probability", log_probability);
    return print_object(object);
}

static int write_sample(laco_context *ctx, laco_generator *generator, const generate_arguments *arguments, int64_t sample)
{
    text written = {0};
    double sum = 0, one = 0;
    const char *piece;
    size_t length;
    bool ended = false;
    int status = EXIT_DONE;
    for (int64_t i = 0; i < arguments->length && !ended && !interrupted && status == EXIT_DONE; i++) {
        if (laco_generator_next(generator, &piece, &length, &one) < 0) {
            status = trouble(ctx);
        } else if (!add(&written, piece, length)) {
            status = trouble_text("out of memory");
        } else {
            sum += one;
            ended = ends(&written, arguments->until, length, arguments->json);
            if (!arguments->json && (fwrite(piece, 1, length, stdout) < length || fflush(stdout) != 0))
                break;
        }
    }
    if (status == EXIT_DONE && arguments->json)
        status = print_json(arguments, sample, written.bytes ? written.bytes : "", written.used, sum);
    free(written.bytes);
    return status;
}

static int write_best(laco_context *ctx, laco_generator *generator, const generate_arguments *arguments)
{
    char *best;
    double log_probability;
    if (laco_generator_beam(generator, (int)arguments->beam, arguments->length, arguments->until, &best, &log_probability) < 0)
        return trouble(ctx);
    int status = EXIT_DONE;
    if (arguments->json)
        status = print_json(arguments, 1, best, strlen(best), log_probability);
    else
        fputs(best, stdout);
    laco_free(ctx, best);
    return status;
}

/* One text, from the prompt on. */
static int write_text(laco_context *ctx, laco_model *model, generate_arguments *arguments, int64_t sample)
{
    laco_generator *generator = NULL;
    size_t unseen = 0;
    arguments->sampling.sample = (uint64_t)sample - 1;
    if (laco_generator_new(model, &arguments->sampling, &generator) < 0)
        return trouble(ctx);
    int status = EXIT_DONE;
    if (laco_generator_read(generator, arguments->prompt, strlen(arguments->prompt), NULL, NULL, &unseen) < 0)
        status = trouble_text("--prompt: %s", laco_error(ctx));
    if (status == EXIT_DONE && unseen > 0 && sample == 1)
        fprintf(stderr, "laco: note: %s of the prompt that training did not know: %zu\n", tokens_of(model), unseen);
    if (status == EXIT_DONE && !arguments->json) {
        fputs(arguments->prompt, stdout);
        fflush(stdout);
    }
    if (status == EXIT_DONE)
        status = arguments->beam > 0 ? write_best(ctx, generator, arguments) : write_sample(ctx, generator, arguments, sample);
    if (!arguments->json)
        putchar('\n');
    laco_generator_free(generator);
    return status;
}

static int write_all(laco_context *ctx, laco_model *model, generate_arguments *arguments, const char *path)
{
    int64_t samples = arguments->beam > 0 ? 1 : arguments->samples;
    int status = EXIT_DONE;
    if (strcmp(laco_model_task(model), "generate") != 0)
        return trouble_text("%s: was trained to %s, which 'laco generate' is not for", path, laco_model_task(model));
    catch_interrupt();
    for (int64_t sample = 1; sample <= samples && status == EXIT_DONE && !interrupted; sample++) {
        if (sample > 1 && !arguments->json)
            puts("---");
        status = write_text(ctx, model, arguments, sample);
    }
    return status;
}

int command_generate(int argc, char **argv)
{
    const option_group groups[] = {OPTION_GROUP("Options", options), OPTION_GROUP("How the next one is chosen", choice_options)};
    const command_line command = {
        .name = "laco generate",
        .usage = "MODEL [options]",
        .summary = "Write on from a prompt. Characters appear as they are written; texts after the first follow a line ---.",
        .example = "laco generate poems.safetensors --prompt \"As armas\" --temperature 0.7",
        .groups = groups,
        .group_count = 2,
        .least = 1,
        .most = 1};
    generate_arguments arguments = {.prompt = "", .sampling = {.temperature = 1}, .length = 500, .samples = 1};
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);
    int count = parse_options(&command, argc, argv, &arguments, positional), status = parse_status(count);
    if (count >= 0) {
        arguments.sampling.seed = (uint64_t)arguments.seed;
        laco_context *ctx = open_context(arguments.threads);
        laco_model *model = ctx ? open_model_for_inference(ctx, positional[0]) : NULL;
        status = model ? write_all(ctx, model, &arguments, positional[0]) : EXIT_TROUBLE;
        laco_model_free(model);
        laco_context_free(ctx);
    }
    free(positional);
    return status;
}
