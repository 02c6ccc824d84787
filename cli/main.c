#include "cli.h"

#include <string.h>

typedef struct subcommand {
    const char *name;
    command_function run;
    const char *summary;
} subcommand;

static const subcommand subcommands[] = {
    {"train", command_train, "train a model from data"},
    {"eval", command_eval, "score a model on labelled data"},
    {"predict", command_predict, "what a model says of new data"},
    {"forecast", command_forecast, "continue a series"},
    {"generate", command_generate, "write on from a prompt"},
    {"info", command_info, "what is inside a model"},
    {"convert", command_convert, "a model in half or a quarter of the bytes"},
    {"bench", command_bench, "speed of this machine, and of laço on it"},
    {"demo", command_demo, "from data to picture in one command"},
};
#define SUBCOMMANDS (sizeof subcommands / sizeof *subcommands)

static void print_overview(FILE *stream)
{
    fprintf(stream, "laco %s - recurrent neural networks\n\nusage: laco COMMAND …\n\n", laco_version());
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        fprintf(stream, "  %-11s %s\n", subcommands[i].name, subcommands[i].summary);
    fputs("\nlaco COMMAND --help tells more. To begin:  laco demo names\n", stream);
}

static int unknown_command(const char *typed)
{
    const char *names[SUBCOMMANDS];
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        names[i] = subcommands[i].name;
    const char *meant = suggest(typed, names, SUBCOMMANDS);
    if (meant)
        fprintf(stderr, "laco: unknown command '%s'; did you mean %s?\n", typed, meant);
    else
        fprintf(stderr, "laco: unknown command '%s'\nTry 'laco --help'.\n", typed);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_overview(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_overview(stdout);
        return finish_output(EXIT_DONE);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("laco %s\n", laco_version());
        return finish_output(EXIT_DONE);
    }
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        if (strcmp(argv[1], subcommands[i].name) == 0)
            return finish_output(subcommands[i].run(argc - 2, argv + 2));
    return unknown_command(argv[1]);
}
