#include "train.h"

#include "outputs.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int wrong_usage(const char *command, const char *text)
{
    fprintf(stderr, "%s: %s\nTry '%s --help'.\n", command, text, command);
    return EXIT_USAGE;
}

/* Refuses options that contradict each other, or would do nothing without another. */
static int check_sense(const command_line *command, const train_arguments *arguments)
{
    const laco_train_options *train = &arguments->train;
    laco_optimiser_kind kind = arguments->optimiser ? (laco_optimiser_kind)(arguments->optimiser - 1) : LACO_ADAM;
    if (arguments->bidirectional && arguments->one_direction)
        return wrong_usage(command->name, "--bidirectional and --unidirectional were both given; one of them can be");
    if (train->optimiser.momentum > 0 && kind != LACO_SGD && kind != LACO_RMSPROP)
        return wrong_usage(command->name, "--momentum is for --optim sgd and --optim rmsprop");
    if (train->checkpoint_seconds > 0 && !train->checkpoint)
        return wrong_usage(command->name, "--every says how often --checkpoint FILE is written, and no such FILE was given");
    return EXIT_DONE;
}

/* Refuses a training without -o MODEL, whose options make no sense, or whose files cannot be written, before any work is done. */
static int check(const command_line *command, const train_arguments *arguments, const char *const *data, int count)
{
    if (!arguments->output || !*arguments->output)
        return wrong_usage(command->name, "say where the model goes: -o MODEL");
    int status = check_sense(command, arguments);
    return status == EXIT_DONE ? check_outputs(command, arguments, data, count) : status;
}

int run_training(const command_line *command, int argc, char **argv, void *arguments, training_function train)
{
    train_arguments *common = arguments;
    const char **paths = calloc((size_t)argc + 1, sizeof *paths);
    int count = paths ? parse_options(command, argc, argv, arguments, paths) : -2, status = count == -1 ? EXIT_DONE : EXIT_USAGE;
    if (count >= 0 && (status = check(command, common, paths, count)) == EXIT_DONE) {
        resolve_train_arguments(common);
        laco_context *ctx = open_context(common->threads);
        status = ctx ? train(ctx, arguments, paths, count) : EXIT_TROUBLE;
        laco_context_free(ctx);
    }
    free(paths);
    return status;
}

int read_valid(const char **valid, double *fraction)
{
    char *end;
    double value = *valid ? strtod(*valid, &end) : 0;
    if (!*valid || !**valid || *end)
        return EXIT_DONE;
    if (!(value >= 0 && value < 1))
        return trouble_text("--valid is '%s'; it should be a file, or a fraction of at least 0 and below 1", *valid);
    *fraction = value > 0 ? value : -1;
    *valid = NULL;
    return EXIT_DONE;
}

static laco_progress_printer *printer;

bool progress_start(laco_context *ctx, const train_arguments *arguments, laco_train_options *options)
{
    laco_progress_config config = {.quiet = arguments->quiet, .json = arguments->json, .stop = &interrupted};
    if (laco_progress_printer_new(ctx, arguments->json ? stdout : stderr, &config, &printer) < 0) {
        trouble(ctx);
        return false;
    }
    catch_interrupt();
    options->progress = laco_progress_printer_tell;
    options->progress_user = printer;
    return true;
}

static void say_saved(const train_arguments *arguments)
{
    if (arguments->json) {
        json_t *object =
            json_pack("{s:s, s:s, s:b}", "event", "saved", "model", arguments->output, "interrupted", interrupted != 0);
        json_dumpf(object, stdout, JSON_COMPACT);
        json_decref(object);
        putchar('\n');
    } else if (!arguments->quiet) {
        fprintf(stderr, "%s%s saved\n", interrupted ? "ended early; " : "", arguments->output);
    }
}

int progress_end(laco_context *ctx, const train_arguments *arguments, laco_status trained, laco_model *model)
{
    int status = EXIT_DONE;
    laco_progress_printer_free(printer);
    printer = NULL;
    if (trained < 0)
        status = trouble(ctx);
    if (!model)
        return status;
    if (laco_model_save(model, arguments->output) < 0)
        return trouble(ctx);
    if (trained < 0)
        fprintf(stderr, "laco: note: %s holds the last good model\n", arguments->output);
    else
        say_saved(arguments);
    return status;
}
