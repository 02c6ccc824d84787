#include "cli.h"

#include <laco/import.h>

#include <stdlib.h>
#include <string.h>

static const option options[] = {
    {"json", 0, OPTION_FLAG, NULL, "one JSON object", 0, 0, 0},
};

/* White space as something that can be seen. */
static const char *visible(const char *text)
{
    static const char *const signs[][2] = {{" ", "␣"}, {"\n", "↵"}, {"\t", "⇥"}, {"\r", "␍"}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strcmp(text, signs[i][0]) == 0)
            return signs[i][1];
    return text;
}

/* A list of strings on lines of moderate width. */
static void print_list(const char *title, const json_t *list, const char *separator)
{
    size_t index, width = 0;
    json_t *item;
    printf("%-12s", title);
    json_array_foreach(list, index, item)
    {
        const char *text = visible(json_string_value(item));
        size_t length = strlen(text) + strlen(separator) + 1;
        if (index > 0)
            fputs(separator, stdout);
        if (width > 0 && width + length > 88) {
            printf("\n%-12s", "");
            width = 0;
        } else if (width > 0) {
            putchar(' ');
        }
        width += length;
        fputs(text, stdout);
    }
    putchar('\n');
}

static const char *text_of(const json_t *object, const char *key) { return json_string_value(json_object_get(object, key)); }
static long long integer_of(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

static void print_capitals(const char *text)
{
    for (; *text; text++)
        putchar(*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text);
}

/* Dropout, and how many networks there are where they are several. */
static void print_end(const json_t *network)
{
    printf(", dropout %g", json_number_value(json_object_get(network, "dropout")));
    if (integer_of(network, "members") > 1)
        printf("; %lld members", integer_of(network, "members"));
    if (integer_of(network, "ctc_steps") > 0)
        printf("; CTC × %g", json_number_value(json_object_get(network, "ctc_weight")));
    putchar('\n');
}

/* An encoder over numbers, or over tokens (`numbers` NULL), and the decoder behind it. */
static void print_writer(const json_t *network, const json_t *numbers)
{
    const char *attention = text_of(network, "attention"), *encoder = text_of(network, "encoder");
    const char *layers[] = {"layers", json_object_get(network, "decoder_layers") ? "decoder_layers" : "layers"};
    long long hidden = integer_of(network, "hidden");
    printf("%-12s", "network");
    if (numbers)
        printf("%lld × %lld numbers → ", integer_of(numbers, "columns"), integer_of(numbers, "features"));
    else
        printf("embedding %lld × %lld → ", integer_of(network, "inputs"), integer_of(network, "embed"));
    for (int decoder = 0; decoder < 2; decoder++) {
        if (integer_of(network, layers[decoder]) > 1)
            printf("%lld × ", integer_of(network, layers[decoder]));
        print_capitals(decoder || !encoder || strcmp(encoder, "mlp") != 0 ? text_of(network, "cell") : "mlp");
        printf(" %lld", hidden);
        fputs(decoder ? "" : integer_of(network, "directions") == 2 ? ", both ways → " : " → ", stdout);
    }
    if (strcmp(attention, "none") != 0)
        printf(", %s attention", attention);
    printf(" → linear %lld", integer_of(network, "outputs"));
    print_end(network);
}

/* `numbers`: its inputs are read as they are. */
static void print_network(const json_t *network, bool numbers)
{
    const char *cell = text_of(network, "cell");
    long long embed = integer_of(network, "embed"), layers = integer_of(network, "layers");
    printf("%-12s", "network");
    if (embed > 0)
        printf("embedding %lld × %lld → ", integer_of(network, "inputs"), embed);
    else
        printf(numbers ? "%lld numbers → " : "one-hot %lld → ", integer_of(network, "inputs"));
    if (layers > 1)
        printf("%lld × ", layers);
    print_capitals(cell);
    printf(" %lld%s", integer_of(network, "hidden"), integer_of(network, "directions") == 2 ? ", both ways" : "");
    if (strcmp(cell, "mlp") == 0)
        printf(" over %lld steps", integer_of(network, integer_of(network, "window") > 0 ? "window" : "longest"));
    printf(" → linear %lld", integer_of(network, "outputs"));
    if (strcmp(cell, "rnn") == 0)
        printf(" (%s)", text_of(network, "nonlinearity"));
    print_end(network);
}

/* Names in a column as wide as the longest; types where they are known. */
static void print_tensors(const json_t *tensors)
{
    size_t index, place;
    int width = 32;
    json_t *tensor, *dimension;
    json_array_foreach(tensors, index, tensor)
    {
        int length = (int)strlen(text_of(tensor, "name")) + 2;
        width = length > width && length < 100 ? length : width;
    }
    json_array_foreach(tensors, index, tensor)
    {
        printf("%-12s%-*s", index == 0 ? "tensors" : "", width, text_of(tensor, "name"));
        if (json_object_get(tensor, "dtype"))
            printf("%-6s", text_of(tensor, "dtype"));
        json_array_foreach(json_object_get(tensor, "shape"), place, dimension)
            printf("%s%lld", place > 0 ? " × " : "", (long long)json_integer_value(dimension));
        putchar('\n');
    }
}

static void print_members(const char *title, const json_t *object)
{
    const char *key;
    json_t *value;
    bool first = true;
    printf("%-12s", title);
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        printf("%s%s ", first ? "" : ", ", key);
        json_dumpf(value, stdout, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
        first = false;
    }
    putchar('\n');
}

/* The columns of a forecaster, and what its network adds to. */
static void print_forecast(const json_t *forecast)
{
    size_t index;
    json_t *item;
    printf("%-12s", "columns");
    json_array_foreach(json_object_get(forecast, "columns"), index, item)
        printf("%s%s%s", index > 0 ? ", " : "", text_of(item, "name"),
               json_is_true(json_object_get(item, "log")) ? " (its logarithm)" : "");
    printf("\n%-12s%s, %lld ahead, season %lld, window %lld\n", "target", text_of(forecast, "target"),
           integer_of(forecast, "horizon"), integer_of(forecast, "season"), integer_of(forecast, "window"));
    printf("%-12s%s; lags", "base", text_of(forecast, "base"));
    json_array_foreach(json_object_get(forecast, "lags"), index, item) printf(" %lld", (long long)json_integer_value(item));
    json_array_foreach(json_object_get(forecast, "periods"), index, item)
        printf("%s %.6g", index > 0 ? "," : "; periods", json_number_value(item));
    putchar('\n');
}

/* What the model was trained on, apart from what else is said of the training. */
static void print_data(json_t *training)
{
    if (json_object_get(training, "data"))
        printf("%-12s%s\n", "data", text_of(training, "data"));
    json_object_del(training, "data");
}

static void print_text(const char *path, const json_t *object)
{
    const json_t *labels = json_object_get(object, "labels"), *vocabulary = json_object_get(object, "vocabulary");
    char title[40];
    printf("%-12s%s\n%-12s%s\n%-12s%lld\n", "file", path, "task", text_of(object, "task"), "parameters",
           integer_of(object, "parameters"));
    printf("%-12s%s\n", "weights", text_of(object, "weights"));
    if (strcmp(text_of(object, "task"), "caption") == 0 || strcmp(text_of(object, "task"), "transduce") == 0)
        print_writer(json_object_get(object, "network"), json_object_get(object, "numbers"));
    else
        print_network(json_object_get(object, "network"),
                      json_object_get(object, "numbers") || json_object_get(object, "forecast"));
    if (json_object_get(object, "text"))
        print_members("text", json_object_get(object, "text"));
    if (json_object_get(object, "pairs"))
        print_members("pairs", json_object_get(object, "pairs"));
    if (json_object_get(object, "numbers"))
        print_members("numbers", json_object_get(object, "numbers"));
    if (json_object_get(object, "forecast"))
        print_forecast(json_object_get(object, "forecast"));
    print_data(json_object_get(object, "training"));
    if (json_object_get(object, "training"))
        print_members("training", json_object_get(object, "training"));
    snprintf(title, sizeof title, "%zu labels", json_array_size(labels));
    if (labels)
        print_list(title, labels, ",");
    snprintf(title, sizeof title, "%zu tokens", json_array_size(vocabulary));
    if (vocabulary && json_array_size(vocabulary) <= 1000)
        print_list(title, vocabulary, "");
    else if (vocabulary)
        printf("%-12s%zu tokens\n", "vocabulary", json_array_size(vocabulary));
    print_tensors(json_object_get(object, "tensors"));
}

static int print_info(laco_context *ctx, laco_model *model, const char *path, bool json)
{
    char *text;
    if (laco_model_describe(model, &text) < 0)
        return trouble(ctx);
    json_t *object = json ? NULL : json_loads(text, JSON_ALLOW_NUL, NULL);
    if (json)
        puts(text);
    else
        print_text(path, object);
    json_decref(object);
    laco_free(ctx, text);
    return EXIT_DONE;
}

/* ---- Checkpoints -------------------------------------------------------------------------------------------------------- */

static json_t *tensor_object(const laco_state_tensor *tensor)
{
    json_t *shape = json_array();
    for (int d = 0; shape && d < tensor->ndim; d++)
        json_add(&shape, json_integer(tensor->shape[d]));
    return json_pack("{s:s, s:s, s:o}", "name", tensor->name, "dtype", tensor->dtype, "shape", shape);
}

/* The tensors of a file that is no model, as laco import would find them. */
static int print_state_dict(const laco_state_dict *dict, const char *path, bool json)
{
    json_t *tensors = json_array();
    laco_state_tensor tensor;
    for (size_t i = 0; tensors && laco_state_dict_at(dict, i, &tensor); i++)
        json_add(&tensors, tensor_object(&tensor));
    if (json)
        return print_object(json_pack("{s:s, s:o}", "file", path, "tensors", tensors));
    printf("%-12s%s\n%-12snone: it holds tensors, of which laco import makes a model\n", "file", path, "task");
    print_tensors(tensors);
    json_decref(tensors);
    return EXIT_DONE;
}

static int inform(laco_context *ctx, const char *name, bool json)
{
    char found[4096];
    const char *path = find_model(name, found, sizeof found);
    laco_state_dict *dict = NULL;
    laco_model *model;
    if (strcmp(path, "-") != 0 && laco_state_dict_open(ctx, path, &dict) < 0)
        return trouble(ctx);
    bool tensors = dict && !laco_state_dict_is_model(dict);
    int status = tensors ? print_state_dict(dict, path, json) : EXIT_TROUBLE;
    laco_state_dict_free(dict);
    if (!tensors && (model = open_model(ctx, path)) != NULL) {
        status = print_info(ctx, model, path, json);
        laco_model_free(model);
    }
    return status;
}

int command_info(int argc, char **argv)
{
    const option_group groups[] = {OPTION_GROUP("Options", options)};
    const command_line command = {
        .name = "laco info",
        .usage = "MODEL|CHECKPOINT [--json]",
        .summary = "What is inside a model: task, network, labels, vocabulary, tensors. Of a checkpoint (.pt, safetensors): tensors.",
        .example = "laco info names.safetensors",
        .groups = groups,
        .group_count = 1,
        .least = 1,
        .most = 1};
    bool json = false;
    json_memory_must(true); /* nothing is lost where it is not there */
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);
    int count = parse_options(&command, argc, argv, &json, positional), status = parse_status(count);
    if (count >= 0) {
        laco_context *ctx = open_context(1);
        status = ctx ? inform(ctx, positional[0], json) : EXIT_TROUBLE;
        laco_context_free(ctx);
    }
    free(positional);
    return status;
}
