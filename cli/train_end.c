/* Progress of a training, and how it ends: the model in its place, and a line that says how good it is and what comes next. */
#include "report/report.h"
#include "tasks/task.h"
#include "together.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static progress_printer printer;
loggers training_loggers;

#define UNFINISHED ".unfinished" /* behind the name of a model that is not to replace a better one */

/* The epoch whose weights the model has, and what validation said of it. */
typedef struct best {
    int64_t epoch; /* 0: nothing was validated */
    int metric_count;
    laco_metric metric[LACO_MAX_METRICS];
} best;
static best best_epoch;

static bool tell(void *user, const laco_progress *p)
{
    if (p->epoch_done && p->best && p->metric_count > 0) {
        best_epoch = (best){.epoch = p->epoch, .metric_count = SMALLER(p->metric_count, LACO_MAX_METRICS)};
        memcpy(best_epoch.metric, p->metric, sizeof best_epoch.metric);
    }
    bool go_on = progress_printer_tell(user, p);
    loggers_tell(&training_loggers, p);
    return go_on;
}

static void chosen(void *user, laco_model *model, const size_t *aside, size_t count)
{
    progress_printer_clear(user);
    loggers_chosen(&training_loggers, model, aside, count);
}

bool wants_detail(const train_arguments *arguments) { return arguments->loggers.report != NULL; }

void progress_start(const train_arguments *arguments, laco_train_options *options, const report_part *part)
{
    printer = progress_printer_on(
        arguments->json ? stdout : stderr,
        &(progress_config){.quiet = arguments->quiet, .json = arguments->json, .until = arguments->until, .stop = &interrupted});
    catch_interrupt();
    best_epoch = (best){0};
    loggers_start(&training_loggers, part);
    options->progress = tell;
    options->chosen = chosen;
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

static void say_best(void)
{
    char number[24];
    if (best_epoch.epoch > 0)
        fprintf(stderr, "; best epoch %lld:", (long long)best_epoch.epoch);
    for (int i = 0; i < best_epoch.metric_count; i++) {
        const char *name = best_epoch.metric[i].name;
        fprintf(stderr, "%s %s%s %s", i > 0 ? "," : "", strcmp(name, "loss") == 0 ? "valid " : "", name,
                show_number(best_epoch.metric[i].value, number));
    }
}

bool is_sample(const char *text, size_t length)
{
    enum { LONGEST = 40 };
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == '\\')
            return false;
    return length > 0 && length <= LONGEST && *text != '-';
}

/* A command that works as it stands: the model is asked about something that is there. */
static void say_next(const train_arguments *arguments, const laco_model *model, const char *place, const char *sample,
                     size_t length)
{
    const cli_task *task = find_task(laco_model_task(model));
    char text[64], word[SHELL_WORD], file[SHELL_WORD] = "";
    if (!task)
        return;
    snprintf(text, sizeof text, "%.*s", (int)length, sample ? sample : "");
    bool ready = !task->train.ready || task->train.ready(model);
    const char *next = ready ? task->train.next : "eval", *options = ready ? task->train.next_options : "";
    fputs("; next: ", stderr);
    if (sample)
        fprintf(stderr, "echo %s | ", shell_word(text, word, sizeof word));
    else if (strcmp(next, "predict") == 0 || !ready)
        shell_word(strcmp(arguments->data, "-") == 0 ? "DATA" : arguments->data, file, sizeof file);
    say_command(stderr, "laco %s ", next);
    fprintf(stderr, "%s%s%s%s\n", shell_word(place, word, sizeof word), *file ? " " : "", file, options);
}

static void say_saved(const train_arguments *arguments, const laco_model *model, const char *place, const char *sample,
                      size_t length)
{
    bool unfinished = laco_model_unfinished(model), beside = strcmp(place, arguments->output) != 0;
    if (arguments->json)
        print_object(json_pack("{s:s, s:s, s:b, s:b}", "event", "saved", "model", place, "interrupted", interrupted != 0,
                               "validated", !unfinished));
    else if (!arguments->quiet) {
        fprintf(stderr, "%s%s saved", interrupted ? "ended early; " : "", place);
        say_best();
        say_next(arguments, model, place, sample, length);
    }
    if (beside)
        fprintf(stderr, "laco: %s stays as it was; the new model, ended in its first epoch and never validated, is %s\n",
                arguments->output, place);
    else if (unfinished && !arguments->quiet)
        fprintf(stderr, "laco: note: %s was ended in its first epoch and never validated\n", place);
}

/* Whether a disk, or a folder that may no longer be written to, is why a model was not saved. */
static bool has_no_room(const char *place)
{
    enum { ENOUGH = 1 << 20 };
    char folder[4096];
    struct statvfs disk;
    const char *slash = strrchr(place, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - place) + 1 : 1, slash ? place : ".");
    return access(folder, W_OK) != 0 || (statvfs(folder, &disk) == 0 && (double)disk.f_bavail * (double)disk.f_frsize < ENOUGH);
}

/* A model that took hours and finds no room where it should go is kept in a folder for temporary files. */
static int save_elsewhere(laco_context *ctx, laco_model *model, const char *place)
{
    const char *folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"}, *slash = strrchr(place, '/');
    char why[400], other[4400];
    snprintf(why, sizeof why, "%s", laco_error(ctx));
    for (size_t i = 0; has_no_room(place) && i < sizeof folders / sizeof *folders; i++) {
        if (!folders[i] || !*folders[i])
            continue;
        snprintf(other, sizeof other, "%.3000s/%.200s-%ld", folders[i], slash ? slash + 1 : place, (long)getpid());
        if (laco_model_save(model, other) == LACO_OK)
            return trouble_text("%s; the model is kept as %s", why, other);
    }
    return trouble_text("%s", why);
}

static int save(laco_context *ctx, const train_arguments *arguments, laco_status trained, laco_model *model, const char *sample,
                size_t length)
{
    char *place = place_of(arguments, model);
    int status = EXIT_DONE;
    if (!place)
        return trouble_text("out of memory");
    if (laco_model_save(model, place) < 0)
        status = save_elsewhere(ctx, model, place);
    else if (trained < 0)
        fprintf(stderr, "laco: note: %s holds the last good model\n", place);
    else
        say_saved(arguments, model, place, sample, length);
    if (strcmp(place, arguments->output) != 0)
        status = EXIT_TROUBLE;
    free(place);
    return status;
}

int progress_end(laco_context *ctx, train_arguments *arguments, laco_status trained, laco_model *model, const char *sample,
                 size_t length)
{
    progress_printer_clear(&printer);
    arguments->trained = model || trained == LACO_OK;
    int status = trained < 0 ? trouble(ctx) : EXIT_DONE;
    int saved = model && is_first(arguments) ? save(ctx, arguments, trained, model, sample, length) : EXIT_DONE;
    char failure[400]; /* what is written beside it may overwrite the context's */
    snprintf(failure, sizeof failure, "%s", trained < 0 ? laco_error(ctx) : interrupted ? "ended by a signal" : "");
    loggers_close(&training_loggers, ctx, model, trained < 0 || interrupted ? "ended" : "done", *failure ? failure : NULL);
    return interrupted ? EXIT_SIGNAL + interrupted : status == EXIT_DONE ? saved : status;
}
