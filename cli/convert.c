/* laco convert: a model whose weights take half or a quarter of the bytes, and what that costs. */
#include "ask.h"
#include "outputs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct convert_arguments {
    ask_arguments ask; /* of the data behind --check */
    const char *output, *check;
    const char **data; /* behind --check: its own value first, then what stands behind MODEL */
    int data_count;
    int weights;
} convert_arguments;

#define AT(member) offsetof(convert_arguments, member)

static const option convert_options[] = {
    {"weights", 'w', OPTION_CHOICE, "fp32|bf16|int8", "how the matrices are stored and multiplied (required)", AT(weights), 0, 0},
    {"output", 'o', OPTION_OUTPUT, "MODEL", "where the new model goes (required)", AT(output), 0, 0},
    {"check", 0, OPTION_INPUT, "DATA", "score the model before and after, as laco eval would", AT(check), 0, 0},
};

/* What `laco eval --json` says of the data: the program's own standard output is lent to it. NULL: the error was said. */
static json_t *score(laco_context *ctx, laco_model *model, const convert_arguments *arguments)
{
    ask_arguments ask = arguments->ask;
    FILE *file = tmpfile();
    int kept = dup(STDOUT_FILENO), status = EXIT_TROUBLE;
    json_t *object = NULL;
    ask.json = true;
    fflush(stdout);
    if (file && kept >= 0 && dup2(fileno(file), STDOUT_FILENO) >= 0) {
        status = eval_any(ctx, model, &ask, arguments->data, arguments->data_count);
        fflush(stdout);
        dup2(kept, STDOUT_FILENO);
        rewind(file);
        json_memory_must(true);
        object = status == EXIT_DONE ? json_loadf(file, 0, NULL) : NULL;
        json_memory_must(false);
    } else {
        trouble_text("no place for the scores");
    }
    if (kept >= 0)
        close(kept);
    if (file)
        fclose(file);
    return object;
}

/* Every measure of a score (counts and lists aside), and of the objects in it. */
static void print_measures(const char *prefix, const json_t *before, const json_t *after)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)before, key, value)
    {
        char name[100];
        const json_t *other = json_object_get(after, key);
        snprintf(name, sizeof name, "%s%s", prefix, key);
        if (json_is_real(value) && json_is_real(other))
            printf("%-28s%12.6g%12.6g\n", name, json_real_value(value), json_real_value(other));
        else if (json_is_object(value)) {
            snprintf(name, sizeof name, "%s%s ", prefix, key);
            print_measures(name, value, other);
        }
    }
}

static long long file_size(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) ? (long long)status.st_size : -1;
}

static void print_text(const convert_arguments *arguments, const laco_convert_loss *loss, long long was, const char *weights,
                       const json_t *before, const json_t *after)
{
    long long is = file_size(arguments->output);
    printf("%s: matrices in %s", arguments->output, weights);
    if (was > 0 && is > 0)
        printf(", %lld bytes in place of %lld", is, was);
    putchar('\n');
    if (loss->count > 0)
        printf("%lld weights are off by %.3g %% of the mean weight on average, at most by %.3g %% of the largest of their row\n",
               (long long)loss->count, 100 * loss->mean, 100 * loss->largest);
    if (before && after) {
        printf("\n%-28s%12s%12s\n", "", "before", "after");
        print_measures("", before, after);
    }
}

static int print_json(const convert_arguments *arguments, const laco_convert_loss *loss, long long was, const char *weights,
                      const json_t *before, const json_t *after)
{
    json_t *object = json_pack("{s:s, s:s, s:I, s:f, s:f, s:I, s:I}", "model", arguments->output, "weights", weights, "rounded",
                               (json_int_t)loss->count, "mean", loss->mean, "largest", loss->largest, "bytes_before",
                               (json_int_t)was, "bytes", (json_int_t)file_size(arguments->output));
    if (before && after) {
        json_put(&object, "before", json_incref((json_t *)(uintptr_t)before));
        json_put(&object, "after", json_incref((json_t *)(uintptr_t)after));
    }
    return print_object(object);
}

static int convert(laco_context *ctx, laco_model *model, const convert_arguments *arguments, const char *path)
{
    laco_precision weights = (laco_precision)(arguments->weights - 1);
    laco_convert_loss loss;
    long long was = file_size(path);
    json_t *before = NULL, *after = NULL;
    if (arguments->check && !(before = score(ctx, model, arguments)))
        return EXIT_TROUBLE;
    int status = laco_model_convert(model, weights, &loss) < 0 ? trouble(ctx) : EXIT_DONE;
    if (status == EXIT_DONE && arguments->check && !(after = score(ctx, model, arguments)))
        status = EXIT_TROUBLE;
    if (status == EXIT_DONE && laco_model_save(model, arguments->output) < 0)
        status = trouble(ctx);
    if (status == EXIT_DONE && arguments->ask.json)
        status = print_json(arguments, &loss, was, laco_precision_name(weights), before, after);
    else if (status == EXIT_DONE)
        print_text(arguments, &loss, was, laco_precision_name(weights), before, after);
    json_decref(before);
    json_decref(after);
    return status;
}

/* What is missing or too much; NULL: nothing. */
static const char *check_arguments(const convert_arguments *arguments, int count)
{
    if (!arguments->output || !*arguments->output)
        return "say where the new model goes: -o MODEL";
    if (!arguments->weights)
        return "say how: --weights bf16 or --weights int8";
    return count > 1 && !arguments->check ? "one MODEL is converted at a time; data goes behind --check" : NULL;
}

/* `positional`: MODEL, and what stands behind it, which is more of the data (pictures, then their captions). */
static int convert_positional(laco_context *ctx, laco_model *model, convert_arguments *arguments, const char **positional,
                              int count)
{
    char found[4096];
    const char *path = find_model(positional[0], found, sizeof found);
    positional[0] = arguments->check;
    arguments->data = positional;
    arguments->data_count = arguments->check ? count : 0;
    return convert(ctx, model, arguments, path);
}

int command_convert(int argc, char **argv)
{
    option_group groups[1 + MOST_GROUPS] = {OPTION_GROUP("Converting", convert_options)};
    size_t group_count = 1 + eval_groups(groups + 1);
    const command_line command = {
        .name = "laco convert",
        .usage = "MODEL -o MODEL --weights fp32|bf16|int8 [--check DATA…] [options]",
        .summary = "Store a model's matrices in fewer bits: bf16 takes half of the bytes, int8 a quarter. It then also computes\n"
"with them, faster where little is asked at a time. Says how far the weights are off; with --check, what\n"
"that does to the model's score. Biases stay fp32. docs/precision.md tells more.",
        .example = "laco convert names.safetensors -o small.safetensors --weights int8 --check more-names.tsv",
        .groups = groups,
        .group_count = group_count,
        .least = 1,
        .most = argc};
    convert_arguments arguments = {0};
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);
    int count = parse_options(&command, argc, argv, &arguments, positional), status = parse_status(count);
    const char *trouble_with = count >= 0 ? check_arguments(&arguments, count) : NULL;
    if (trouble_with) {
        status = wrong_usage(command.name, trouble_with);
    } else if (count >= 0 && (status = check_outputs(&command, &arguments, positional, count)) == EXIT_DONE) {
        laco_context *ctx = open_context(arguments.ask.threads);
        laco_model *model = ctx ? open_model(ctx, positional[0]) : NULL;
        if (model && !options_fit(&command, argc, argv, laco_model_task(model), positional[0]))
            status = EXIT_USAGE;
        else
            status = model ? convert_positional(ctx, model, &arguments, positional, count) : EXIT_TROUBLE;
        laco_model_free(model);
        laco_context_free(ctx);
    }
    free(positional);
    return status;
}
