#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

volatile sig_atomic_t interrupted = 0;

static volatile sig_atomic_t interrupted_at; /* seconds of a clock that only goes forward */

static long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (long)time.tv_sec;
}

static void on_interrupt(int number)
{
    interrupted = number;
    interrupted_at = (sig_atomic_t)now();
}

/* Most work ends by itself where it is seen that it is to, a training with its checkpoint; what has not done so after a while is
 * stopped where it stands. */
#define PATIENCE 2

static bool is_stopped(void *user)
{
    (void)user;
    return interrupted && now() - interrupted_at >= PATIENCE;
}

void catch_interrupt(void)
{
    static const int ending[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,   SIGUSR1, SIGUSR2, SIGALRM,
                                 SIGXCPU, SIGPWR,  SIGPROF, SIGVTALRM, SIGIO}; /* whose default is the end of the program */
    struct sigaction action, before;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    action.sa_flags = (int)SA_RESETHAND; /* the second one is the system's */
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        if (ending[i] == SIGINT || ending[i] == SIGTERM ||
            (sigaction(ending[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)) /* else nohup, a profiler */
            sigaction(ending[i], &action, NULL);
}

void survive_closed_outputs(void) { signal(SIGPIPE, SIG_IGN); }

static char last[2048];

int trouble_text(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if ((size_t)vsnprintf(last, sizeof last, format, arguments) < sizeof last) {
        fprintf(stderr, "laco: %s\n", last);
    } else {
        va_end(arguments);
        va_start(arguments, format);
        fputs("laco: ", stderr);
        vfprintf(stderr, format, arguments);
        fputc('\n', stderr);
    }
    va_end(arguments);
    return EXIT_TROUBLE;
}

const char *last_trouble(void) { return last; }

int trouble(const laco_context *ctx) { return trouble_text("%s", laco_error(ctx)); }

int report_trouble(void) { return trouble_text("%s", failure()); }

laco_context *open_context(int64_t threads)
{
    laco_context *ctx = NULL;
    laco_status status = laco_context_new(&(laco_context_config){.threads = (int)threads, .stop = is_stopped}, &ctx);
    const char *cpu = getenv("LACO_CPU");
    if (status == LACO_INVALID)
        trouble_text("LACO_CPU is '%s'; it can be ref, avx2, avx512 or neon", cpu ? cpu : "");
    else if (status < 0)
        trouble_text("out of memory");
    return ctx;
}

static laco_model *open_by(laco_status (*load)(laco_context *ctx, const char *path, laco_model **out), laco_context *ctx,
                           const char *path)
{
    char found[4096];
    laco_model *model = NULL;
    if (load(ctx, find_model(path, found, sizeof found), &model) < 0)
        trouble(ctx);
    return model;
}

laco_model *open_model(laco_context *ctx, const char *path) { return open_by(laco_model_load, ctx, path); }
laco_model *open_model_for_inference(laco_context *ctx, const char *path)
{
    return open_by(laco_model_load_for_inference, ctx, path);
}

void say_terminal(const char *const *paths, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(paths[i], "-") == 0 && isatty(STDIN_FILENO)) {
            fputs("laco: reading from the terminal; Ctrl-D at the beginning of a line ends\n", stderr);
            return;
        }
}

const char *tokens_of(const laco_model *model)
{
    laco_data_config config;
    if (laco_model_data_config(model, "generate", &config) < 0)
        return "tokens";
    return config.text.level == LACO_TEXT_BYTE ? "bytes" : config.text.level == LACO_TEXT_WORD ? "words" : "characters";
}

int print_object(json_t *object) { return print_object_digits(object, 9); }

int print_object_digits(json_t *object, size_t digits)
{
    errno = 0;
    int failed = !object || json_memory_failed() || json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(digits)) < 0;
    int why = errno;
    json_decref(object);
    putchar('\n');
    if (failed && ferror(stdout) && why)
        return trouble_text("standard output: %s", strerror(why));
    return failed ? trouble_text("out of memory, or text that is not UTF-8") : EXIT_DONE;
}

static bool aside = false;

void output_is_aside(void) { aside = true; }

int finish_output(int status)
{
    bool failed = ferror(stdout) != 0;
    if ((fclose(stdout) == 0 && !failed) || errno == EPIPE || status != EXIT_DONE)
        return status;
    if (aside)
        trouble_text("note: standard output: %s", strerror(errno));
    else
        return trouble_text("standard output: %s", strerror(errno));
    return status;
}
