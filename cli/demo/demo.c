#include "demo/demo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct demo {
    const char *name;
    int (*run)(laco_context *ctx, const demo_arguments *arguments);
    const char *summary;
} demo;

static const demo demos[] = {
    {"names", demo_names, "which language is a surname from?"},
    {"forecast", demo_forecast, "sine waves and airline passengers, continued"},
    {"tagging", demo_tagging, "noun or verb? a word alone, and a word in its sentence"},
    {"memory", demo_memory, "how far back a vanilla unit, a GRU and an LSTM remember, and why"},
    {"caption", demo_caption, "handwritten numbers, read out in words"},
    {"transduce", demo_transduce, "dates as people write them into dates as machines sort them"},
    {"transcribe", demo_transcribe, "spoken numbers, written down"},
    {"lyrics", demo_lyrics, "songs and poems, written character by character"},
};
#define DEMOS (sizeof demos / sizeof *demos)

#define AT(member) offsetof(demo_arguments, member)

static const option options[] = {
    {"output", 'o', OPTION_TEXT, "FOLDER", "where the demo leaves its files (laco-demo)", AT(folder), 0, 0},
    {"threads", 0, OPTION_INTEGER, "N", "threads; results never depend on it", AT(threads), 1, 256},
    {"quiet", 'q', OPTION_FLAG, NULL, "no progress", AT(quiet), 0, 0},
};

bool shipped_data(const char *name, char *path, size_t size)
{
    const char *const folders[] = {getenv("LACO_DATA"), LACO_DATA_DIR, LACO_SOURCE_DIR "/data"};
    struct stat status;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (!folders[i])
            continue;
        snprintf(path, size, "%s/%s", folders[i], name);
        if (stat(path, &status) == 0)
            return true;
    }
    trouble_text("the data '%s' that ships with laco is not in %s; set LACO_DATA to the folder that holds it", name,
                 LACO_DATA_DIR);
    return false;
}

bool run_script(const char *script, const char *folder)
{
    int status = -1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execl("/bin/sh", "sh", "-c", script, "sh", folder, (char *)NULL);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

void demo_path(const demo_arguments *arguments, const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", arguments->folder, name);
}

static int run(const demo *chosen, const demo_arguments *arguments)
{
    if (mkdir(arguments->folder, 0777) != 0 && errno != EEXIST)
        return trouble_text("%s: %s", arguments->folder, strerror(errno));
    laco_context *ctx = open_context(arguments->threads);
    if (!ctx)
        return EXIT_TROUBLE;
    catch_interrupt();
    int status = chosen->run(ctx, arguments);
    laco_context_free(ctx);
    return status;
}

int command_demo(int argc, char **argv)
{
    char summary[1024] = "From data to picture in one command:\n";
    const option_group groups[] = {OPTION_GROUP("Options", options)};
    for (size_t i = 0; i < DEMOS; i++) {
        size_t used = strlen(summary);
        snprintf(summary + used, sizeof summary - used, "\n  %-11s %s", demos[i].name, demos[i].summary);
    }
    const command_line command = {"laco demo", "NAME [options]", summary, "laco demo names", groups, 1, 1, 1};
    demo_arguments arguments = {.folder = "laco-demo"};
    const char *names[DEMOS], **positional = calloc((size_t)argc + 1, sizeof *positional);
    int count = parse_options(&command, argc, argv, &arguments, positional);
    const char *typed = count > 0 ? positional[0] : NULL;
    free(positional);
    if (!typed)
        return parse_status(count);
    for (size_t i = 0; i < DEMOS; i++) {
        names[i] = demos[i].name;
        if (strcmp(typed, demos[i].name) == 0)
            return run(&demos[i], &arguments);
    }
    const char *meant = suggest(typed, names, DEMOS);
    fprintf(stderr, "laco demo: unknown demo '%s'", typed);
    fprintf(stderr, meant ? "; did you mean %s?\n" : "\nTry 'laco demo --help'.\n", meant);
    return EXIT_USAGE;
}
