/* laco train: what every task does around its own work, and the command. */
#include "outputs.h"
#include "report/report.h"
#include "tasks/task.h"

#include <stdlib.h>
#include <string.h>

#define MOST_TASKS 32

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

/* The groups of a task, in which one option of training_group may have other words. `options` has room for a copy of the table. */
static size_t resolve_groups(const train_command *train, option_group groups[MOST_TRAINING_GROUPS], option options[MOST_TRAINING_OPTIONS])
{
    size_t count = 0;
    for (; count < MOST_TRAINING_GROUPS && train->groups[count]; count++) {
        groups[count] = *train->groups[count];
        if (train->groups[count] != &training_group || !train->training.name)
            continue;
        groups[count].options = options;
        for (size_t i = 0; i < training_group.count; i++) {
            options[i] = training_group.options[i];
            if (strcmp(options[i].name, train->training.name) != 0)
                continue;
            options[i].value = train->training.value ? train->training.value : options[i].value;
            options[i].help = train->training.help ? train->training.help : options[i].help;
        }
    }
    return count;
}

int run_training(const char *task, const train_command *train, int argc, char **argv)
{
    option_group groups[MOST_TRAINING_GROUPS];
    option options[MOST_TRAINING_OPTIONS];
    char name[64];
    snprintf(name, sizeof name, "laco train %s", task);
    const command_line command = {name, train->usage, train->about, train->example, groups, resolve_groups(train, groups, options), 1,
                                  train->one ? 1 : argc};
    train_arguments *arguments = calloc(1, train->size);
    const char **paths = calloc((size_t)argc + 1, sizeof *paths);
    int count = arguments && paths ? parse_options(&command, argc, argv, arguments, paths) : -2;
    int status = count == -1 ? EXIT_DONE : EXIT_USAGE;
    if (count >= 0 && (status = check(&command, arguments, paths, count)) == EXIT_DONE) {
        resolve_train_arguments(arguments);
        laco_context *ctx = open_context(arguments->threads);
        status = ctx ? train->run(ctx, arguments, paths, count) : EXIT_TROUBLE;
        laco_context_free(ctx);
    }
    free(paths);
    free(arguments);
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

static progress_printer printer;

void progress_start(const train_arguments *arguments, laco_train_options *options)
{
    printer = progress_printer_on(arguments->json ? stdout : stderr,
                                  &(progress_config){.quiet = arguments->quiet, .json = arguments->json, .stop = &interrupted});
    catch_interrupt();
    options->progress = progress_printer_tell;
    options->progress_user = &printer;
}

static void say_saved(const train_arguments *arguments)
{
    if (arguments->json) {
        json_t *object =
            json_pack("{s:s, s:s, s:b}", "event", "saved", "model", arguments->output, "interrupted", interrupted != 0);
        print_object(object);
    } else if (!arguments->quiet) {
        fprintf(stderr, "%s%s saved\n", interrupted ? "ended early; " : "", arguments->output);
    }
}

int progress_end(laco_context *ctx, const train_arguments *arguments, laco_status trained, laco_model *model)
{
    int status = EXIT_DONE;
    progress_printer_clear(&printer);
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

static void print_tasks(FILE *stream)
{
    fputs("Train a model from data.\n\nusage: laco train TASK DATA… -o MODEL [options]\n\n", stream);
    for (size_t i = 0; cli_tasks[i]; i++)
        fprintf(stream, "  %-11s %s\n", cli_tasks[i]->name, cli_tasks[i]->summary);
    fputs("\nlaco train TASK --help tells more.\n", stream);
}

static int unknown_task(const char *typed)
{
    const char *names[MOST_TASKS];
    size_t count = 0;
    for (; cli_tasks[count] && count < MOST_TASKS; count++)
        names[count] = cli_tasks[count]->name;
    const char *meant = suggest(typed, names, count);
    fprintf(stderr, "laco train: unknown task '%s'", typed);
    fprintf(stderr, meant ? "; did you mean %s?\n" : "\nTry 'laco train --help'.\n", meant);
    return EXIT_USAGE;
}

int command_train(int argc, char **argv)
{
    if (argc < 1) {
        print_tasks(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
        print_tasks(stdout);
        return EXIT_DONE;
    }
    const cli_task *task = find_task(argv[0]);
    return task ? run_training(task->name, &task->train, argc - 1, argv + 1) : unknown_task(argv[0]);
}
