#include "train.h"

#include <string.h>

typedef struct train_task {
    const char *name;
    command_function run;
    const char *summary;
} train_task;

static const train_task tasks[] = {
    {"classify", train_classify, "a label for each text"},
    {"tag", train_tag, "a tag for each word"},
    {"caption", train_caption, "words for a picture, or for a vector"},
    {"forecast", train_forecast, "to continue a series"},
    {"generate", train_generate, "to write like a text"},
    {"transcribe", train_transcribe, "to write what is said in recordings"},
    {"transduce", train_transduce, "one sequence into another: spelling into sounds"},
};
#define TASKS (sizeof tasks / sizeof *tasks)

static void print_tasks(FILE *stream)
{
    fputs("Train a model from data.\n\nusage: laco train TASK DATA… -o MODEL [options]\n\n", stream);
    for (size_t i = 0; i < TASKS; i++)
        fprintf(stream, "  %-11s %s\n", tasks[i].name, tasks[i].summary);
    fputs("\nlaco train TASK --help tells more.\n", stream);
}

int command_train(int argc, char **argv)
{
    const char *names[TASKS];
    if (argc < 1) {
        print_tasks(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
        print_tasks(stdout);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < TASKS; i++) {
        names[i] = tasks[i].name;
        if (strcmp(argv[0], tasks[i].name) == 0)
            return tasks[i].run(argc - 1, argv + 1);
    }
    const char *meant = suggest(argv[0], names, TASKS);
    fprintf(stderr, "laco train: unknown task '%s'", argv[0]);
    fprintf(stderr, meant ? "; did you mean %s?\n" : "\nTry 'laco train --help'.\n", meant);
    return EXIT_USAGE;
}
