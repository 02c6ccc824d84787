/* laco inspect: what a model does with one input. */
#include "cli.h"
#include "lines.h"
#include "outputs.h"
#include "tasks/series.h"

#include <laco/inspect.h>
#include <laco/laco.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct inspect_arguments {
    const char *output, *text, *beside;
    bool json;
    int64_t item, threads;
    laco_inspect_options options;
    series_arguments series;
} inspect_arguments;

#define AT(member) offsetof(inspect_arguments, member)

static const option options[] = {
    {"output", 'o', OPTION_OUTPUT, "FILE.html", "the page", AT(output), 0, 0},
    {"json", 0, OPTION_FLAG, NULL, "all numbers of the page as JSON, one object a line for each model", AT(json), 0, 0},
    {"text", 0, OPTION_TEXT, "TEXT", "the input, in the place of a file", AT(text), 0, 0},
    {"item", 0, OPTION_INTEGER, "N", "which line, sentence, picture, series or recording (the first)", AT(item), 1, 1e12},
    {"target", 0, OPTION_TEXT, "LABEL", "what is explained: a label or a tag (the answer)", AT(options.target), 0, 0},
    {"place", 0, OPTION_INTEGER, "N", "the answer at which step is explained", AT(options.place), 1, 1e12},
    {"beside", 0, OPTION_TEXT, "MODEL,…", "other models at the same input, side by side", AT(beside), 0, 0},
    {"steps", 0, OPTION_INTEGER, "N", "most steps that are read (10000)", AT(options.steps), 1, 1e7},
    {"units", 0, OPTION_INTEGER, "N", "hidden units shown of each layer (16)", AT(options.units), 1, 1e5},
    {"points", 0, OPTION_INTEGER, "N", "rows of a heat map (40)", AT(options.points), 1, 1000},
    {"threads", 0, OPTION_INTEGER, "N", "threads; results never depend on it", AT(threads), 1, 256},
};
static const option series_options[] = {SERIES_OPTIONS(inspect_arguments)};

/* The input, and what it was read into. */
typedef struct source {
    laco_inspect_input input;
    laco_labelled *labelled;
    laco_tagged *tagged;
    laco_series *series;
    laco_captioned *captioned;
    laco_spoken *spoken;
    char *bytes;
    size_t size;
} source;

static void free_source(source *s)
{
    laco_labelled_free(s->labelled);
    laco_tagged_free(s->tagged);
    laco_series_free(s->series);
    laco_captioned_free(s->captioned);
    laco_spoken_free(s->spoken);
    free(s->bytes);
}

/* ---- Text ---- */

static int read_stream(source *s, FILE *file, const char *path)
{
    for (size_t room = 1 << 16;; room *= 2) {
        char *grown = realloc(s->bytes, room);
        if (!grown)
            return trouble_text("%s: out of memory", path);
        s->bytes = grown;
        s->size += fread(s->bytes + s->size, 1, room - 1 - s->size, file);
        s->bytes[s->size] = '\0';
        if (s->size < room - 1)
            return ferror(file) ? trouble_text("%s: %s", path, strerror(errno)) : EXIT_DONE;
    }
}

/* --text, or a whole file. */
static int take_bytes(source *s, const inspect_arguments *arguments, const char *path)
{
    if (arguments->text) {
        s->size = strlen(arguments->text);
        s->bytes = malloc(s->size + 1);
        if (!s->bytes)
            return trouble_text("out of memory");
        memcpy(s->bytes, arguments->text, s->size + 1);
        return EXIT_DONE;
    }
    bool standard = !path || strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rb");
    if (!file)
        return trouble_text("%s: %s", path, strerror(errno));
    int status = read_stream(s, file, standard ? "standard input" : path);
    if (!standard)
        fclose(file);
    return status;
}

/* The next line that is not empty, without its end, from *at on; false after the last. */
static bool next_line(const char **at, const char *end, const char **line, size_t *length)
{
    while (*at < end) {
        const char *stop = memchr(*at, '\n', (size_t)(end - *at)), *behind = stop ? stop : end;
        *line = *at;
        *length = (size_t)(behind - *at);
        *length -= *length > 0 && behind[-1] == '\r';
        *at = behind + 1;
        if (*length > 0)
            return true;
    }
    return false;
}

static int too_few(int64_t item)
{
    return trouble_text("the input has fewer than %lld lines with something in them", (long long)item);
}

/* Narrows the text to one of its lines. */
static int take_line(source *s, int64_t item)
{
    const char *at = s->bytes;
    while (item > 0 && next_line(&at, s->bytes + s->size, &s->input.text, &s->input.length))
        item--;
    return item > 0 ? too_few(item) : EXIT_DONE;
}

static int read_text(laco_context *ctx, laco_model *model, const inspect_arguments *arguments, const char *path, source *s)
{
    (void)model;
    (void)ctx;
    int status = take_bytes(s, arguments, path);
    s->input.text = s->bytes;
    s->input.length = s->size;
    return status;
}

static int read_line(laco_context *ctx, laco_model *model, const inspect_arguments *arguments, const char *path, source *s)
{
    (void)model;
    (void)ctx;
    int status = take_bytes(s, arguments, path);
    return status == EXIT_DONE ? take_line(s, arguments->text ? 1 : arguments->item) : status;
}

/* ---- Tasks ---- */

/* A line may begin with its label, as in training data. */
static void drop_label(const char *const *names, int labels, const char **line, size_t *length)
{
    const char *tab = memchr(*line, '\t', *length);
    for (int k = 0; tab && k < labels; k++)
        if (strlen(names[k]) == (size_t)(tab - *line) && memcmp(names[k], *line, strlen(names[k])) == 0) {
            *length -= (size_t)(tab + 1 - *line);
            *line = tab + 1;
            return;
        }
}

#define MOST_LINES 300 /* from the one that is asked for on, which tell what units go with */

static int take_texts(laco_context *ctx, const laco_model *model, const laco_labelled_config *config, int64_t item, source *s)
{
    const char *texts[MOST_LINES], *at = s->bytes, *end = s->bytes + s->size;
    size_t lengths[MOST_LINES], count = 0;
    int labels;
    const char *const *names = laco_model_label_names(model, &labels);
    for (int64_t i = 1; count < MOST_LINES && next_line(&at, end, &texts[count], &lengths[count]); i++)
        if (i >= item) {
            drop_label(names, labels, &texts[count], &lengths[count]);
            count += lengths[count] > 0;
        }
    s->input.index = 0;
    if (count == 0)
        return too_few(item);
    return laco_labelled_from_texts(ctx, texts, lengths, NULL, count, config, &s->labelled) < 0 ? trouble(ctx) : EXIT_DONE;
}

static int read_classify(laco_context *ctx, laco_model *model, const inspect_arguments *arguments, const char *path, source *s)
{
    laco_data_config config;
    if (laco_model_data_config(model, "classify", &config) < 0)
        return trouble(ctx);
    config.labelled.unlabelled = true;
    if (config.labelled.kind == LACO_LABELLED_TEXT) {
        int status = take_bytes(s, arguments, path);
        if (status == EXIT_DONE)
            status = take_texts(ctx, model, &config.labelled, arguments->text ? 1 : arguments->item, s);
        if (status != EXIT_DONE)
            return status;
    } else if (laco_labelled_load(ctx, path ? &path : (const char *[]){"-"}, 1, &config.labelled, &s->labelled) < 0)
        return trouble(ctx);
    s->input.labelled = s->labelled;
    return EXIT_DONE;
}

static int read_tag(laco_context *ctx, laco_model *model, const inspect_arguments *arguments, const char *path, source *s)
{
    laco_data_config config;
    int status = take_bytes(s, arguments, path);
    if (status != EXIT_DONE)
        return status;
    if (laco_model_data_config(model, "tag", &config) < 0)
        return trouble(ctx);
    const char *name = arguments->text ? "--text" : path ? path : "standard input";
    config.tagged.untagged = true;
    config.tagged.form =
        arguments->text ? LACO_TAGGED_TEXT : laco_tagged_guess(name, s->bytes, s->size, laco_model_label_names(model, NULL));
    if (laco_tagged_parse(ctx, name, s->bytes, s->size, &config.tagged, &s->tagged) < 0)
        return trouble(ctx);
    s->input.tagged = s->tagged;
    return EXIT_DONE;
}

static int read_forecast(laco_context *ctx, laco_model *model, const inspect_arguments *arguments, const char *path, source *s)
{
    if (path && !(s->series = open_series_for(ctx, model, path, &arguments->series)))
        return EXIT_TROUBLE;
    s->input.series = s->series;
    return EXIT_DONE;
}

static int read_caption(laco_context *ctx, laco_model *model, const inspect_arguments *arguments, const char *path, source *s)
{
    laco_data_config config;
    (void)arguments;
    if (laco_model_data_config(model, "caption", &config) < 0 ||
        laco_captioned_load(ctx, path ? &path : (const char *[]){"-"}, 1, &config.captioned, &s->captioned) < 0)
        return trouble(ctx);
    s->input.captioned = s->captioned;
    return EXIT_DONE;
}

static int read_transcribe(laco_context *ctx, laco_model *model, const inspect_arguments *arguments, const char *path, source *s)
{
    laco_data_config config;
    (void)arguments;
    if (laco_model_data_config(model, "transcribe", &config) < 0)
        return trouble(ctx);
    config.spoken.untexted = true;
    if (laco_spoken_load(ctx, path ? &path : (const char *[]){"-"}, 1, &config.spoken, &s->spoken) < 0)
        return trouble(ctx);
    s->input.spoken = s->spoken;
    return EXIT_DONE;
}

static const struct {
    const char *task;
    int (*read)(laco_context *ctx, laco_model *model, const inspect_arguments *arguments, const char *path, source *s);
} readers[] = {
    {"classify", read_classify}, {"tag", read_tag},         {"forecast", read_forecast},     {"generate", read_text},
    {"transduce", read_line},    {"caption", read_caption}, {"transcribe", read_transcribe},
};

static int read_source(laco_context *ctx, laco_model *model, const inspect_arguments *arguments, const char *path, source *s)
{
    s->input.index = (size_t)arguments->item - 1;
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (strcmp(readers[i].task, laco_model_task(model)) == 0)
            return readers[i].read(ctx, model, arguments, path, s);
    return trouble_text("a model trained to %s cannot be inspected", laco_model_task(model));
}

/* ---- The work ---- */

#define MOST_MODELS 8

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Looks into one model; *task is that of the first. */
static int look(laco_context *ctx, const char *path, const inspect_arguments *arguments, const source *s, char **json)
{
    laco_model *model = open_model(ctx, path);
    int status = model ? EXIT_DONE : EXIT_TROUBLE;
    if (model && laco_inspect(model, name_of(path), &s->input, &arguments->options, json) < 0)
        status = trouble(ctx);
    laco_model_free(model);
    return status;
}

/* The paths of --beside behind the first one, in `words`. Returns how many there are in all; 0: too many, which was said. */
static size_t split_models(const char *first, char *words, const char **paths)
{
    size_t count = 0;
    paths[count++] = first;
    for (char *word = strtok(words, ","); word; word = strtok(NULL, ",")) {
        if (count == MOST_MODELS) {
            trouble_text("--beside: at most %d models", MOST_MODELS - 1);
            return 0;
        }
        paths[count++] = word;
    }
    return count;
}

static int give(laco_context *ctx, const inspect_arguments *arguments, const char *title, char *const *json, size_t count)
{
    for (size_t i = 0; arguments->json && i < count; i++)
        puts(json[i]);
    if (arguments->output && laco_inspect_page(ctx, title, (const char *const *)json, count, arguments->output) < 0)
        return trouble(ctx);
    return EXIT_DONE;
}

static int inspect_models(laco_context *ctx, const inspect_arguments *arguments, const char *const *paths, size_t count,
                          const char *data)
{
    char *json[MOST_MODELS] = {NULL};
    source s = {0};
    laco_model *model = open_model(ctx, paths[0]);
    int status = model ? read_source(ctx, model, arguments, data, &s) : EXIT_TROUBLE;
    for (size_t i = 0; i < count && status == EXIT_DONE; i++)
        status = look(ctx, paths[i], arguments, &s, &json[i]);
    if (status == EXIT_DONE)
        status = give(ctx, arguments, name_of(paths[0]), json, count);
    for (size_t i = 0; i < count; i++)
        laco_free(ctx, json[i]);
    free_source(&s);
    laco_model_free(model);
    return status;
}

static int inspect(const inspect_arguments *arguments, const char *path, const char *data)
{
    const char *paths[MOST_MODELS];
    char *words = strdup(arguments->beside ? arguments->beside : "");
    size_t count = words ? split_models(path, words, paths) : 0;
    laco_context *ctx = count > 0 ? open_context(arguments->threads) : NULL;
    int status = EXIT_TROUBLE;
    if (ctx) {
        catch_interrupt();
        status = inspect_models(ctx, arguments, paths, count, data);
    }
    laco_context_free(ctx);
    free(words);
    return status;
}

int command_inspect(int argc, char **argv)
{
    const option_group groups[] = {OPTION_GROUP("Inspecting", options), TASK_GROUP("forecast", series_options)};
    const command_line command = {
        .name = "laco inspect",
        .usage = "MODEL [FILE|-] -o FILE.html [--json]",
        .summary =
            "Look into a model at work on one input: hidden units and gates step by step, what counted for the answer, how far\n"
            "back gradients reach, and what the task has of its own: attention, alignment, runners-up. The page is one file,\n"
            "which fetches nothing. FILE: what the model reads; of a forecaster none is its own history.",
        .example = "laco inspect names.safetensors --text Kowalczyk -o kowalczyk.html",
        .groups = groups,
        .group_count = sizeof groups / sizeof *groups,
        .least = 1,
        .most = 2};
    inspect_arguments arguments = {.item = 1};
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);
    json_memory_must(true);
    int count = parse_options(&command, argc, argv, &arguments, positional), status = parse_status(count);
    if (count >= 0 && !arguments.output && !arguments.json) {
        status = wrong_usage(command.name, "say where it goes: -o FILE.html, or --json");
    } else if (count >= 0 && (status = check_outputs(&command, &arguments, positional, count)) == EXIT_DONE) {
        status = inspect(&arguments, positional[0], count > 1 ? positional[1] : NULL);
    }
    free(positional);
    return status;
}
