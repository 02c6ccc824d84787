/* laco export: a model for places without laço. */
#include "ask.h"
#include "outputs.h"

#include <laco/export.h>

#include <stdlib.h>

typedef struct export_arguments {
    const char *output, *name;
    int weights;
} export_arguments;

#define AT(member) offsetof(export_arguments, member)

static const option export_options[] = {
    {"output", 'o', OPTION_OUTPUT, "FILE", "where it goes; its ending says the form (required)", AT(output), 0, 0},
    {"weights", 'w', OPTION_CHOICE, "fp32|int8", "how the matrices are stored; default: as they are, in a page int8", AT(weights),
     0, 0},
    {"name", 'n', OPTION_TEXT, "NAME", "what the names in a C file begin with; default: the file's", AT(name), 0, 0},
};

static int export_model(const char *path, const export_arguments *arguments)
{
    laco_export_options options = {.weights = (laco_export_weights)arguments->weights, .name = arguments->name};
    laco_context *ctx = open_context(0);
    laco_model *model = ctx ? open_model(ctx, path) : NULL;
    int status = model ? EXIT_DONE : EXIT_TROUBLE;
    if (model && laco_export(model, arguments->output, &options) < 0)
        status = trouble(ctx);
    laco_model_free(model);
    laco_context_free(ctx);
    return status;
}

int command_export(int argc, char **argv)
{
    const option_group groups[] = {OPTION_GROUP("Exporting", export_options)};
    const command_line command = {
        .name = "laco export",
        .usage = "MODEL -o FILE.c|FILE.onnx|FILE.html [--weights fp32|int8] [--name NAME]",
        .summary = "Write a model for a place without laço. FILE.c: C99 without a library, for anything that has a compiler; FILE.h\n"
"is written beside it. FILE.onnx: a graph of ONNX; of a model that writes answers two, FILE.encoder.onnx and\n"
"FILE.decoder_step.onnx. FILE.html: a page that a browser opens from the disk, with the model in it.\n"
"docs/export.md shows how each is used.",
        .example = "laco export names.safetensors -o names.c\n  laco export names.safetensors -o names.onnx\n  laco export "
"names.safetensors -o names.html",
        .groups = groups,
        .group_count = sizeof groups / sizeof *groups,
        .least = 1,
        .most = 1};
    export_arguments arguments = {0};
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);
    int count = parse_options(&command, argc, argv, &arguments, positional), status = parse_status(count);
    if (count >= 0 && (!arguments.output || !*arguments.output)) {
        status = wrong_usage(command.name, "say where it goes: -o FILE.c");
    } else if (count >= 0 && (status = check_outputs(&command, &arguments, positional, count)) == EXIT_DONE) {
        status = export_model(positional[0], &arguments);
    }
    free(positional);
    return status;
}
