#include "tune/tune.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDE 8 /* times as large as the other end: a range whose logarithm is drawn */

/* What is searched by default. */
static const struct {
    const char *task, *space;
} defaults[] = {
    {"classify", "lr=5e-4:1e-2,hidden=64|128|256,layers=1|2,dropout=0:0.5"},
    {"tag", "lr=5e-4:1e-2,hidden=64|128|256,layers=1|2,dropout=0:0.6,word-drop=0:0.3"},
    {"forecast", "lr=5e-4:1e-2,hidden=16|32|64|128,layers=1|2,dropout=0:0.3"},
    {"generate", "lr=5e-4:1e-2,hidden=128|256|512,layers=1|2,dropout=0:0.5"},
    {"caption", "lr=5e-4:1e-2,hidden=64|128|256,dropout=0:0.5"},
    {"transduce", "lr=5e-4:1e-2,hidden=64|128|256,layers=1|2,dropout=0:0.5"},
    {"transcribe", "lr=5e-4:1e-2,hidden=64|128|256,layers=1|2|3,dropout=0:0.4"},
};

/* Whether the training takes this value, by its table. */
static int check_value(const laco_option_table *table, const char *name, const char *text)
{
    laco_context *ctx = open_context(1);
    void *options = calloc(1, table->size);
    int status = EXIT_TROUBLE;
    if (ctx && options)
        status = laco_option_set(ctx, table, options, name, text) < 0 ? trouble_text("--over: %s", laco_error(ctx)) : EXIT_DONE;
    free(options);
    laco_context_free(ctx);
    return status;
}

static int parse_choices(const laco_option_table *table, tune_axis *axis, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "|");
        if (axis->choices == TUNE_CHOICES || length == 0 || length >= TUNE_TEXT)
            return trouble_text("--over %s: 1 … %d values of less than %d bytes are right", axis->name, TUNE_CHOICES, TUNE_TEXT);
        snprintf(axis->choice[axis->choices], TUNE_TEXT, "%.*s", (int)length, text);
        if (check_value(table, axis->name, axis->choice[axis->choices++]) != EXIT_DONE)
            return EXIT_TROUBLE;
        text += length + (text[length] == '|');
    }
    return EXIT_DONE;
}

static int parse_range(const laco_option_table *table, const laco_option *row, tune_axis *axis, const char *text)
{
    char *end, *last = NULL, low[TUNE_TEXT];
    axis->low = strtod(text, &end);
    axis->high = *end == ':' ? strtod(end + 1, &last) : NAN;
    if (!(axis->low < axis->high) || !last || *last || end - text >= TUNE_TEXT)
        return trouble_text("--over %s=%s: LOW:HIGH is right, or values as 64|128", axis->name, text);
    snprintf(low, sizeof low, "%.*s", (int)(end - text), text);
    axis->whole = row->type == LACO_OPTION_INTEGER;
    axis->logarithmic = axis->low > 0 && axis->high / axis->low >= WIDE;
    return check_value(table, axis->name, low) == EXIT_DONE ? check_value(table, axis->name, end + 1) : EXIT_TROUBLE;
}

static int parse_axis(const laco_option_table *table, const char *text, size_t length, tune_space *space)
{
    char word[TUNE_CHOICES * TUNE_TEXT];
    tune_axis *axis = &space->axis[space->count];
    size_t name = strcspn(text, "=");
    if (space->count == TUNE_AXES || length >= sizeof word || name >= length || name >= TUNE_TEXT)
        return trouble_text("--over: NAME=LOW:HIGH or NAME=A|B|C between commas is right, at most %d of them", TUNE_AXES);
    snprintf(word, sizeof word, "%.*s", (int)(length - name - 1), text + name + 1);
    *axis = (tune_axis){.low = 0};
    snprintf(axis->name, TUNE_TEXT, "%.*s", (int)name, text);
    const laco_option *row = laco_option_find(table, text, name);
    if (!row)
        return trouble_text("--over: laco train %s has no option --%s", table->task, axis->name);
    space->count++;
    bool number = row->type == LACO_OPTION_INTEGER || row->type == LACO_OPTION_REAL;
    return number && strchr(word, ':') ? parse_range(table, row, axis, word) : parse_choices(table, axis, word);
}

int tune_space_parse(const char *task, const char *text, tune_space *space)
{
    const laco_option_table *table = laco_task_options(task);
    *space = (tune_space){.count = 0};
    while (*text) {
        size_t length = strcspn(text, ",");
        if (parse_axis(table, text, length, space) != EXIT_DONE)
            return EXIT_TROUBLE;
        text += length + (text[length] == ',');
    }
    return space->count > 0 ? EXIT_DONE : trouble_text("--over: nothing to search over");
}

/* Whether an option is given, by its name or another. */
static bool is_fixed(const laco_option_table *table, const char *name, char *const *fixed, int count)
{
    for (int i = 0; i < count; i++) {
        const laco_option *row =
            strncmp(fixed[i], "--", 2) == 0 ? laco_option_find(table, fixed[i] + 2, strcspn(fixed[i] + 2, "=")) : NULL;
        if (row && strcmp(row->name, name) == 0)
            return true;
    }
    return false;
}

int tune_space_default(const char *task, char *const *fixed, int count, tune_space *space)
{
    tune_space all;
    const char *text = "";
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        if (strcmp(defaults[i].task, task) == 0)
            text = defaults[i].space;
    if (tune_space_parse(task, text, &all) != EXIT_DONE)
        return EXIT_TROUBLE;
    *space = (tune_space){.count = 0};
    for (int a = 0; a < all.count; a++)
        if (!is_fixed(laco_task_options(task), all.axis[a].name, fixed, count))
            space->axis[space->count++] = all.axis[a];
    return space->count > 0 ? EXIT_DONE
                            : trouble_text("every option that is searched by default is given: --over says of others");
}

/* ---- Drawing ------------------------------------------------------------------------------------------------------------------ */

/* SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014). */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static double uniform(const tune_axis *axis, uint64_t seed, int64_t trial)
{
    uint64_t x = mix(seed);
    for (const char *c = axis->name; *c; c++)
        x = mix(x ^ (unsigned char)*c);
    return (double)(mix(x ^ (uint64_t)trial) >> 11) * 0x1p-53;
}

void tune_draw(const tune_axis *axis, uint64_t seed, int64_t trial, char text[TUNE_TEXT])
{
    double u = uniform(axis, seed, trial);
    if (axis->choices > 0) {
        snprintf(text, TUNE_TEXT, "%s", axis->choice[(int)(u * axis->choices)]);
        return;
    }
    double value = axis->logarithmic ? axis->low * pow(axis->high / axis->low, u) : axis->low + (axis->high - axis->low) * u;
    if (axis->whole)
        snprintf(text, TUNE_TEXT, "%.0f", value);
    else
        snprintf(text, TUNE_TEXT, "%.3g", value);
}

double tune_place(const tune_axis *axis, const char *text)
{
    for (int i = 0; i < axis->choices; i++)
        if (strcmp(axis->choice[i], text) == 0)
            return axis->choices > 1 ? (double)i / (axis->choices - 1) : 0.5;
    double value = strtod(text, NULL);
    double place =
        axis->logarithmic ? log(value / axis->low) / log(axis->high / axis->low) : (value - axis->low) / (axis->high - axis->low);
    return fmin(1, fmax(0, place));
}
