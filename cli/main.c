#include "cli.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct subcommand {
    const char *name;
    command_function run;
    const char *summary; /* NULL: for programs */
} subcommand;

static int command_help(int argc, char **argv);
static int command_version(int argc, char **argv);

static const subcommand subcommands[] = {
    {"check", command_check, "what is in data, and what looks wrong in it"},
    {"train", command_train, "train a model from data"},
    {"tune", command_tune, "search for the options of a training"},
    {"eval", command_eval, "score a model on labelled data"},
    {"predict", command_predict, "what a model says of new data"},
    {"forecast", command_forecast, "continue a series"},
    {"backtest", command_backtest, "train a forecaster again and again, and score it"},
    {"generate", command_generate, "write on from a prompt"},
    {"info", command_info, "what is inside a model"},
    {"inspect", command_inspect, "what a model does with one input, step by step"},
    {"models", command_models, "trained models that are here by name"},
    {"convert", command_convert, "a model in half or a quarter of the bytes"},
    {"export", command_export, "a model as C, a graph of ONNX, or a page"},
    {"import", command_import, "a model from a checkpoint of PyTorch"},
    {"report", command_report, "trainings beside each other, as a page"},
    {"options", command_options, "all options of a task's training"},
    {"bench", command_bench, "speed of this machine, and of laço on it"},
    {"demo", command_demo, "from data to picture in one command"},
    {"completion", command_completion, "what a shell needs to complete these words"},
    {"complete", command_complete, NULL},
    {"man", command_man, NULL},
    {"help", command_help, "what a command does, as laco help train classify"},
    {"version", command_version, "which laço this is"},
};
#define SUBCOMMANDS (sizeof subcommands / sizeof *subcommands)

static void print_overview(void)
{
    named_word words[SUBCOMMANDS + 1] = {{NULL, NULL}};
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        words[i] = (named_word){subcommands[i].name, subcommands[i].summary};
    write_help(&(command_line){.name = "laco",
                               .usage = "COMMAND …",
                               .summary = "laco " LACO_VERSION " - recurrent neural networks",
                               .words = words,
                               .more = "laco help COMMAND tells more. To begin:  laco demo names"},
               false);
}

/* What people type who know other programs. */
static const char *other_name(const char *typed)
{
    static const char *const names[][2] = {
        {"evaluate", "eval"}, {"test", "eval"},    {"score", "eval"}, {"classify", "train classify"},
        {"infer", "predict"}, {"fit", "train"},    {"show", "info"},  {"list", "models"},
        {"usage", "help"},    {"examples", "demo"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(typed, names[i][0]) == 0)
            return names[i][1];
    return NULL;
}

static int unknown_command(const char *typed)
{
    const char *names[SUBCOMMANDS], *meant = other_name(typed);
    size_t count = 0;
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        if (subcommands[i].summary)
            names[count++] = subcommands[i].name;
    meant = meant ? meant : suggest(typed, names, count);
    if (meant)
        fprintf(stderr, "laco: unknown command '%s'; did you mean %s?\n", typed, meant);
    else
        fprintf(stderr, "laco: unknown command '%s'\nTry '%s --help'.\n", typed, called());
    return EXIT_USAGE;
}

static const subcommand *find_subcommand(const char *name)
{
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        if (strcmp(name, subcommands[i].name) == 0)
            return &subcommands[i];
    return NULL;
}

int run_command(int argc, char **argv)
{
    if (is_help(argv[0]))
        return command_help(0, NULL);
    const subcommand *found = find_subcommand(argv[0]);
    return found ? found->run(argc - 1, argv + 1) : unknown_command(argv[0]);
}

/* laco help: the overview; laco help COMMAND …: laco COMMAND … --help. */
static int command_help(int argc, char **argv)
{
    if (argc < 1 || is_help(argv[0]) || strcmp(argv[0], "help") == 0) {
        print_overview();
        return EXIT_DONE;
    }
    char **asked = calloc((size_t)argc + 1, sizeof *asked), help[] = "--help";
    if (!asked)
        return trouble_text("out of memory");
    memcpy(asked, argv, (size_t)argc * sizeof *asked);
    asked[argc] = help;
    int status = run_command(argc + 1, asked);
    free(asked);
    return status;
}

static int command_version(int argc, char **argv)
{
    const command_line command = {
        .name = "laco version", .usage = "", .summary = "Which laço this is.", .example = "laco version"};
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);
    int count = parse_options(&command, argc, argv, NULL, positional);
    free(positional);
    if (count == 0)
        printf("laco %s%s\n", laco_version(), LACO_LEFT_OUT[0] ? ", built without: " LACO_LEFT_OUT : "");
    return count >= 0 ? EXIT_DONE : parse_status(count);
}

/* A standard stream that is closed would be the next file that is opened, a model, and what is said would be written into it. In
 * its place stands one that cannot be used. */
static void fill_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(EXIT_TROUBLE);
}

/* Work that was ended by a signal says which one it was. */
static int ended(int status) { return finish_output(interrupted ? EXIT_SIGNAL + interrupted : status); }

int main(int argc, char **argv)
{
    watch_json_memory();
    fill_standard_streams();
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is then an error of writing */
    called_as(argv[0]);
    if (argc < 2) {
        dup2(STDERR_FILENO, STDOUT_FILENO); /* what nobody asked for is no result */
        print_overview();
        return finish_output(EXIT_USAGE);
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-v") == 0)
        return finish_output(command_version(0, NULL));
    return ended(run_command(argc - 1, argv + 1));
}
