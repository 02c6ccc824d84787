/* laco import: a model of a task around the tensors of a checkpoint. */
#include "names.h"
#include "outputs.h"

#include <laco/import.h>

#include <stdlib.h>

typedef struct import_arguments {
    const char *output, *task, *labels, *vocabulary, *sources, *rename, *part, *scales;
    int level, nonlinearity, pool, source_tokens, target_tokens;
    bool lower, fold_accents;
    int64_t rate, bands, height, horizon;
} import_arguments;

#define AT(member) offsetof(import_arguments, member)

static const option import_options[] = {
    {"task", 't', OPTION_TEXT, "TASK", "what the model is for: classify, tag, generate … (required)", AT(task), 0, 0},
    {"output", 'o', OPTION_OUTPUT, "MODEL", "where it goes (required)", AT(output), 0, 0},
    {"rename", 0, OPTION_TEXT, "OLD=NEW,…", "other names for the tensors: lstm=rnn,fc=linear", AT(rename), 0, 0},
    {"part", 0, OPTION_TEXT, "NAME", "only the tensors whose names begin so: state_dict.model", AT(part), 0, 0},
};
static const option list_options[] = {
    {"labels", 0, OPTION_INPUT, "FILE", "names of classes, tags or columns: one a line, or JSON", AT(labels), 0, 0},
    {"vocabulary", 0, OPTION_INPUT, "FILE", "tokens by id: one a line (\\n for a line end), or JSON", AT(vocabulary), 0, 0},
    {"sources", 0, OPTION_INPUT, "FILE", "the same of a transducer's sources, or a tagger's letters", AT(sources), 0, 0},
    {"scales", 0, OPTION_INPUT, "FILE", "of numbers: lines of mean and deviation; default 0 and 1", AT(scales), 0, 0},
};
static const option reading_options[] = {
    {"level", 0, OPTION_CHOICE, "char|word|byte", "what text is cut into; default: char", AT(level), 0, 0},
    {"lower", 0, OPTION_FLAG, NULL, "text is read in lower case", AT(lower), 0, 0},
    {"fold-accents", 0, OPTION_FLAG, NULL, "text is read without accents", AT(fold_accents), 0, 0},
    {"source-tokens", 0, OPTION_CHOICE, "char|word", "of a transducer's sources; default: char", AT(source_tokens), 0, 0},
    {"target-tokens", 0, OPTION_CHOICE, "char|word", "of what a decoder writes; default: char", AT(target_tokens), 0, 0},
    {"nonlinearity", 0, OPTION_CHOICE, "tanh|relu", "of an rnn; default: tanh", AT(nonlinearity), 0, 0},
    {"pool", 0, OPTION_CHOICE, "last|mean|max|all", "how a classifier makes one row of all steps; default: last", AT(pool), 0, 0},
    {"rate", 0, OPTION_INTEGER, "N", "samples in a second of a recogniser; default: 16000", AT(rate), 1000, 192000},
    {"bands", 0, OPTION_INTEGER, "N", "numbers of a frame of a recogniser; default: 40", AT(bands), 1, 256},
    {"height", 0, OPTION_INTEGER, "N", "of a captioner's pictures; default: it reads vectors", AT(height), 1, 1 << 20},
    {"horizon", 0, OPTION_INTEGER, "N", "steps that a forecaster says at once; default: 1", AT(horizon), 1, 1 << 16},
};

/* What was read from files. */
typedef struct import_lists {
    json_t *list[3];
    const char **names[3];
    int64_t count[3], number_count;
    double *mean, *deviation;
} import_lists;

static bool read_lists(const import_arguments *a, import_lists *lists)
{
    const char *const paths[] = {a->labels, a->vocabulary, a->sources};
    for (int i = 0; i < 3; i++)
        if (!names_read(paths[i], &lists->list[i], &lists->names[i], &lists->count[i]))
            return false;
    return scales_read(a->scales, &lists->mean, &lists->deviation, &lists->number_count);
}

static void free_lists(import_lists *lists)
{
    for (int i = 0; i < 3; i++) {
        free(lists->names[i]);
        json_decref(lists->list[i]);
    }
    free(lists->mean);
    free(lists->deviation);
}

static laco_status make(laco_context *ctx, const char *path, const import_arguments *a, const import_lists *lists,
                        laco_state_dict **dict, laco_model **out)
{
    const laco_import_options options = {
        .task = a->task,
        .labels = lists->names[0],
        .label_count = lists->count[0],
        .tokens = lists->names[1],
        .token_count = lists->count[1],
        .sources = lists->names[2],
        .source_count = lists->count[2],
        .text = {.level = (laco_text_level)a->level, .lower = a->lower, .fold_accents = a->fold_accents},
        .nonlinearity = (laco_nonlinearity)a->nonlinearity,
        .pool = (laco_pooling)a->pool,
        .source = (laco_token_kind)a->source_tokens,
        .target = (laco_token_kind)a->target_tokens,
        .rate = (int)a->rate,
        .bands = (int)a->bands,
        .height = a->height,
        .horizon = a->horizon,
        .mean = lists->mean,
        .deviation = lists->deviation,
        .number_count = lists->number_count,
    };
    laco_status status = laco_state_dict_open(ctx, path, dict);
    if (status == LACO_OK && a->part)
        status = laco_state_dict_narrow(*dict, a->part);
    if (status == LACO_OK && !a->part)
        status = laco_state_dict_narrow(*dict, NULL);
    if (status == LACO_OK && a->rename)
        status = laco_state_dict_rename(*dict, a->rename);
    return status == LACO_OK ? laco_model_import(ctx, *dict, &options, out) : status;
}

static long long count_weights(laco_module *module)
{
    long long count = 0;
    for (size_t i = 0; i < laco_module_param_count(module); i++)
        count += laco_module_param(module, i)->count;
    return count;
}

static int import_model(const char *path, const import_arguments *arguments)
{
    import_lists lists = {0};
    laco_state_dict *dict = NULL;
    laco_model *model = NULL;
    laco_context *ctx = read_lists(arguments, &lists) ? open_context(0) : NULL;
    int status = ctx ? EXIT_DONE : EXIT_TROUBLE;
    if (ctx && (make(ctx, path, arguments, &lists, &dict, &model) < 0 || laco_model_save(model, arguments->output) < 0))
        status = trouble(ctx);
    if (status == EXIT_DONE)
        printf("%s: %s, %lld parameters\n", arguments->output, laco_model_task(model), count_weights(laco_model_module(model)));
    laco_model_free(model);
    laco_state_dict_free(dict);
    laco_context_free(ctx);
    free_lists(&lists);
    return status;
}

int command_import(int argc, char **argv)
{
    const option_group groups[] = {OPTION_GROUP("Importing", import_options), OPTION_GROUP("Names", list_options),
                                   OPTION_GROUP("What tensors do not say", reading_options)};
    const command_line command = {
        .name = "laco import",
        .usage = "CHECKPOINT -o MODEL --task TASK [--labels FILE] [--vocabulary FILE] [options]",
        .summary =
            "Make a model of the tensors of a checkpoint: .pt, .pth or .ckpt of torch.save, or safetensors. Sizes, layers and\n"
            "cells are found from the shapes. laco info CHECKPOINT lists the tensors; docs/from-pytorch.md has the names.",
        .example = "laco import names.pt -o names.safetensors --task classify --labels labels.txt --vocabulary letters.txt",
        .groups = groups,
        .group_count = sizeof groups / sizeof *groups,
        .least = 1,
        .most = 1};
    import_arguments arguments = {0};
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);
    int count = parse_options(&command, argc, argv, &arguments, positional), status = parse_status(count);
    const char *lacks = count < 0                                 ? NULL
                        : !arguments.output || !*arguments.output ? "say where the model goes: -o MODEL"
                        : !arguments.task                         ? "say what the model is for: --task classify"
                                                                  : NULL;
    if (lacks) {
        status = wrong_usage(command.name, lacks);
    } else if (count >= 0 && (status = check_outputs(&command, &arguments, positional, count)) == EXIT_DONE) {
        status = import_model(positional[0], &arguments);
    }
    free(positional);
    return status;
}
