/* laco train: what every task does around its own work, and the command. */
#include "outputs.h"
#include "together.h"
#include "tasks/task.h"

#include <stdlib.h>
#include <string.h>

#define MOST_TASKS 32

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
    static char found[4096];
    laco_train_options *train = options; /* which they begin with */
    if (train->from)
        train->from = find_model(train->from, found, sizeof found);
    if (laco_train_from(ctx, laco_task_options(task), options) == LACO_OK)
        return true;
    trouble(ctx);
    return false;
}

/* What was given on the command line, for what is written beside the model. */
static void open_loggers(laco_context *ctx, const char *task, const train_arguments *arguments, const void *options)
{
    char *json = NULL;
    if (laco_options_to_json(ctx, laco_task_options(task), options, &json) < 0)
        json = NULL;
    loggers_open(&training_loggers, ctx, &arguments->loggers, task, arguments->typed, json ? json_loads(json, 0, NULL) : NULL);
    laco_free(ctx, json);
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
    arguments->data = paths[0];
    say_terminal(paths, count);
    status = ctx && take_model(ctx, task, options) ? EXIT_DONE : EXIT_TROUBLE;
    if (status == EXIT_DONE) {
        if (is_first(arguments))
            open_loggers(ctx, task, arguments, options);
        status = train->run(ctx, arguments, paths, count);
        loggers_close(&training_loggers, ctx, NULL, "ended", "it ended before it began to learn");
    }
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
        arguments->typed = typed_command(command->name, argc, argv);
        status = run_checked(command, task, train, arguments, paths, count);
        leave_others(arguments, status);
        free(arguments->typed);
    }
    free(paths);
    free(arguments);
    return status;
}

static int run_training(const cli_task *task, int argc, char **argv)
{
    const train_command *train = &task->train;
    table_groups groups = {0};
    char name[64];
    snprintf(name, sizeof name, "laco train %s", task->name);
    bool made = table_groups_new(run_groups, laco_task_options(task->name), train->options, NULL, &groups);
    const command_line command = {.name = name,
                                  .usage = train->usage,
                                  .summary = train->about,
                                  .example = train->example,
                                  .groups = groups.groups,
                                  .group_count = groups.count,
                                  .least = 1,
                                  .most = train->one ? 1 : argc,
                                  .brief = true};
    int status = made ? run_parsed(&command, task->name, train, argc, argv) : trouble_text("out of memory");
    table_groups_free(&groups);
    return status;
}

int say_data(laco_context *ctx, const train_arguments *arguments, laco_status made, laco_summary *summary)
{
    if (made < 0)
        return trouble(ctx);
    const char *doubts = laco_summary_doubts(summary);
    loggers_data(&training_loggers, summary);
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

/* `typed` NULL: none was given. */
static int unknown_task(const char *command, const char *typed)
{
    const char *names[MOST_TASKS];
    char text[400], all[200] = "";
    size_t count = 0;
    for (; cli_tasks[count] && count < MOST_TASKS; count++) {
        size_t used = strlen(all);
        names[count] = cli_tasks[count]->name;
        snprintf(all + used, sizeof all - used, "%s%s", count == 0 ? "" : cli_tasks[count + 1] ? ", " : " or ", names[count]);
    }
    const char *meant = typed ? suggest(typed, names, count) : NULL;
    if (!typed)
        snprintf(text, sizeof text, "TASK is missing; it can be %s", all);
    else if (meant)
        snprintf(text, sizeof text, "unknown task '%.100s'; did you mean %s?", typed, meant);
    else
        snprintf(text, sizeof text, "'%.100s' is no task; it can be %s", typed, all);
    return wrong_usage(command, text);
}

int command_of_tasks(const command_line *command, int argc, char **argv, task_function run)
{
    named_word words[MOST_TASKS] = {{NULL, NULL}};
    for (size_t i = 0; cli_tasks[i] && i + 1 < MOST_TASKS; i++)
        words[i] = (named_word){cli_tasks[i]->name, cli_tasks[i]->summary};
    command_line whole = *command;
    whole.words = words;
    if (argc < 1)
        return unknown_task(command->name, NULL);
    if (is_help(argv[0])) {
        write_help(&whole, false);
        return EXIT_DONE;
    }
    const cli_task *task = find_task(argv[0]);
    return task ? run(task, argc - 1, argv + 1) : unknown_task(command->name, argv[0]);
}

int command_train(int argc, char **argv)
{
    const command_line command = {.name = "laco train",
                                  .usage = "TASK DATA… -o MODEL [options]",
                                  .summary = "Train a model from data.",
                                  .more = "laco train TASK --help tells more."};
    return command_of_tasks(&command, argc, argv, run_training);
}
