/* laco train: what every task does around its own work, and the command. */
#include "outputs.h"
#include "together.h"
#include "report/report.h"
#include "tasks/task.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_TASKS 32

int wrong_usage(const char *command, const char *text)
{
    fprintf(stderr, "%s: %s\nTry '%s --help'.\n", command, text, command);
    return EXIT_USAGE;
}

/* Refuses options that would do nothing without another. */
static int check_sense(const command_line *command, const laco_train_options *train)
{
    laco_optimiser_kind kind = train->optimiser.kind;
    if (train->optimiser.momentum > 0 && kind != LACO_SGD && kind != LACO_RMSPROP)
        return wrong_usage(command->name, "--momentum is for --optim sgd and --optim rmsprop");
    if (train->checkpoint_seconds > 0 && !train->checkpoint)
        return wrong_usage(command->name, "--every says how often --checkpoint FILE is written, and no such FILE was given");
    return EXIT_DONE;
}

/* Refuses a training without -o MODEL, whose options make no sense, or whose files cannot be written, before any work is done. */
static int check(const command_line *command, const train_arguments *arguments, size_t options, const char *const *data,
                 int count)
{
    if (!arguments->output || !*arguments->output)
        return wrong_usage(command->name, "say where the model goes: -o MODEL");
    int status =
        check_sense(command, (const laco_train_options *)((const char *)arguments + options)); /* which begins with them */
    bool writes = !arguments->group || arguments->group->rank == 0;
    return status == EXIT_DONE && writes ? check_outputs(command, arguments, data, count) : status;
}

/* What a model to train on from fixes, so that the data are read as it reads. */
static bool take_model(laco_context *ctx, const char *task, void *options)
{
    if (laco_train_from(ctx, laco_task_options(task), options) == LACO_OK)
        return true;
    trouble(ctx);
    return false;
}

/* One of the processes, where there are several. */
static int run_checked(const command_line *command, const char *task, const train_command *train, train_arguments *arguments,
                       const char *const *paths, int count)
{
    void *options = (char *)arguments + train->options;
    ((laco_train_options *)options)->group = arguments->group;
    int status = check(command, arguments, train->options, paths, count);
    if (status != EXIT_DONE)
        return status;
    laco_context *ctx = open_context(threads_of(arguments));
    status = ctx && take_model(ctx, task, options) ? train->run(ctx, arguments, paths, count) : EXIT_TROUBLE;
    laco_context_free(ctx);
    return status;
}

static int run_parsed(const command_line *command, const char *task, const train_command *train, int argc, char **argv)
{
    train_arguments *arguments = calloc(1, train->size);
    const char **paths = calloc((size_t)argc + 1, sizeof *paths);
    survive_closed_outputs();
    output_is_aside();
    int count = parse_options(command, argc, argv, arguments, arguments ? paths : NULL), status = parse_status(count);
    if (arguments && count >= 0 && (status = join_others(arguments, paths, count)) == EXIT_DONE) {
        status = run_checked(command, task, train, arguments, paths, count);
        leave_others(arguments, status);
    }
    free(paths);
    free(arguments);
    return status;
}

int run_training(const char *task, const train_command *train, int argc, char **argv)
{
    table_groups groups = {0};
    char name[64];
    snprintf(name, sizeof name, "laco train %s", task);
    bool made = table_groups_new(&run_group, laco_task_options(task), train->options, NULL, &groups);
    const command_line command = {name, train->usage,         train->about, train->example, groups.groups, groups.count,
                                  1,    train->one ? 1 : argc};
    int status = made ? run_parsed(&command, task, train, argc, argv) : trouble_text("out of memory");
    table_groups_free(&groups);
    return status;
}

int say_data(laco_context *ctx, const train_arguments *arguments, laco_status made, laco_summary *summary)
{
    if (made < 0)
        return trouble(ctx);
    const char *doubts = laco_summary_doubts(summary);
    int status = EXIT_DONE;
    if (arguments->json)
        status = print_object(json_pack("{s:s, s:s}", "event", "data", "summary", laco_summary_line(summary)));
    else if (!arguments->quiet)
        fprintf(stderr, "%s\n", laco_summary_line(summary));
    if ((arguments->json || arguments->quiet) && *doubts)
        fprintf(stderr, "laco: note: %s\n", doubts);
    laco_summary_free(summary);
    return status;
}

int say_doubts(laco_context *ctx, laco_status made, laco_summary *summary)
{
    return say_data(ctx, &(train_arguments){.quiet = true}, made, summary);
}

static progress_printer printer;

#define UNFINISHED ".unfinished" /* behind the name of a model that is not to replace a better one */

void progress_start(const train_arguments *arguments, laco_train_options *options)
{
    printer = progress_printer_on(
        arguments->json ? stdout : stderr,
        &(progress_config){.quiet = arguments->quiet, .json = arguments->json, .until = arguments->until, .stop = &interrupted});
    catch_interrupt();
    options->progress = progress_printer_tell;
    options->progress_user = &printer;
}

/* Where the model goes: to its place, or beside it where another one stands there and this one was never validated. The caller
 * frees it; NULL: no memory. */
static char *place_of(const train_arguments *arguments, const laco_model *model)
{
    struct stat info;
    bool keep = laco_model_unfinished(model) && stat(arguments->output, &info) == 0 && S_ISREG(info.st_mode);
    size_t room = strlen(arguments->output) + sizeof UNFINISHED;
    char *place = malloc(room);
    if (place)
        snprintf(place, room, "%s%s", arguments->output, keep ? UNFINISHED : "");
    return place;
}

static void say_saved(const train_arguments *arguments, const laco_model *model, const char *place)
{
    bool unfinished = laco_model_unfinished(model), beside = strcmp(place, arguments->output) != 0;
    if (arguments->json)
        print_object(json_pack("{s:s, s:s, s:b, s:b}", "event", "saved", "model", place, "interrupted", interrupted != 0,
                               "validated", !unfinished));
    else if (!arguments->quiet)
        fprintf(stderr, "%s%s saved\n", interrupted ? "ended early; " : "", place);
    if (beside)
        fprintf(stderr, "laco: %s stays as it was; the new model, ended in its first epoch and never validated, is %s\n",
                arguments->output, place);
    else if (unfinished && !arguments->quiet)
        fprintf(stderr, "laco: note: %s was ended in its first epoch and never validated\n", place);
}

static int save(laco_context *ctx, const train_arguments *arguments, laco_status trained, laco_model *model)
{
    char *place = place_of(arguments, model);
    int status = EXIT_DONE;
    if (!place)
        return trouble_text("out of memory");
    if (laco_model_save(model, place) < 0)
        status = trouble(ctx);
    else if (trained < 0)
        fprintf(stderr, "laco: note: %s holds the last good model\n", place);
    else
        say_saved(arguments, model, place);
    if (strcmp(place, arguments->output) != 0)
        status = EXIT_TROUBLE;
    free(place);
    return status;
}

int progress_end(laco_context *ctx, train_arguments *arguments, laco_status trained, laco_model *model)
{
    progress_printer_clear(&printer);
    arguments->trained = model || trained == LACO_OK;
    int status = trained < 0 ? trouble(ctx) : EXIT_DONE;
    int saved = model && is_first(arguments) ? save(ctx, arguments, trained, model) : EXIT_DONE;
    return interrupted ? EXIT_SIGNAL + interrupted : status == EXIT_DONE ? saved : status;
}

static void print_tasks(FILE *stream)
{
    fputs("Train a model from data.\n\nusage: laco train TASK DATA… -o MODEL [options]\n\n", stream);
    for (size_t i = 0; cli_tasks[i]; i++)
        fprintf(stream, "  %-11s %s\n", cli_tasks[i]->name, cli_tasks[i]->summary);
    fputs("\nlaco train TASK --help tells more.\n", stream);
}

int unknown_task(const char *command, const char *typed)
{
    const char *names[MOST_TASKS];
    size_t count = 0;
    for (; cli_tasks[count] && count < MOST_TASKS; count++)
        names[count] = cli_tasks[count]->name;
    const char *meant = suggest(typed, names, count);
    fprintf(stderr, "%s: unknown task '%s'", command, typed);
    fprintf(stderr, meant ? "; did you mean %s?\n" : "\nTry '%s --help'.\n", meant ? meant : command);
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
    return task ? run_training(task->name, &task->train, argc - 1, argv + 1) : unknown_task("laco train", argv[0]);
}
