/* laco tune: the command. */
#include "tune/tune.h"

#include "outputs.h"
#include "tasks/task.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BRACKET 9 /* trials that begin together where it is time that ends a search */
#define MOST_TRIALS 9999
#define KEPT 3 /* one of so many goes on to the next rung */

typedef struct tune_arguments {
    const char *output, *over, *log, *plot;
    int64_t trials, processes, threads, seed;
    double minutes;
    bool quiet, json;
} tune_arguments;

#define AT(member) offsetof(tune_arguments, member)

static const option tune_options[] = {
    {"output", 'o', OPTION_OUTPUT, "MODEL", "where the best model goes (required)", AT(output), 0, 0},
    {"trials", 0, OPTION_INTEGER, "N", "trials (27)", AT(trials), 1, MOST_TRIALS},
    {"minutes", 0, OPTION_REAL, "M", "in the place of a number: begin trials for so long", AT(minutes), 0.001, 1e6},
    {"over", 0, OPTION_TEXT, "SPACE", "options to search: lr=1e-4:1e-2,hidden=64|128 (some of each task)", AT(over), 0, 0},
    {"processes", 0, OPTION_INTEGER, "N",
     "trials that run at a time, under MPI in each of its processes; the result never depends on it (1)", AT(processes), 1, 256},
    {"threads", 0, OPTION_INTEGER, "N", "threads of each", AT(threads), 1, 256},
    {"seed", 0, OPTION_INTEGER, "N", "of what is drawn, and of every training (0)", AT(seed), 0, 0},
    {"log", 0, OPTION_OUTPUT, "FILE", "a JSON object a line for each result (MODEL.tune.jsonl); what is there is not done again",
     AT(log), 0, 0},
    {"plot", 0, OPTION_OUTPUT, "FILE.svg", "a picture of all trials", AT(plot), 0, 0},
    {"quiet", 'q', OPTION_FLAG, NULL, "no progress", AT(quiet), 0, 0},
    {"json", 0, OPTION_FLAG, NULL, "the last training's events as JSON", AT(json), 0, 0},
};
static const option_group tune_group = OPTION_GROUP("Searching", tune_options);

/* ---- The command line --------------------------------------------------------------------------------------------------------- */

/* The search's option that a word is ("--trials=9", "-o"); NULL: it is the training's. */
static const option *own_option(const char *word)
{
    for (size_t i = 0; i < tune_group.count; i++) {
        const option *o = &tune_options[i];
        size_t length = strlen(o->name);
        if (o->letter && word[0] == '-' && word[1] == o->letter && !word[2])
            return o;
        if (strncmp(word, "--", 2) == 0 && strncmp(word + 2, o->name, length) == 0 &&
            (!word[2 + length] || word[2 + length] == '='))
            return o;
    }
    return NULL;
}

/* Splits the words into the search's own and those of every training. */
static void split_words(int argc, char **argv, char **own, int *owned, char **train, int *trained)
{
    for (int i = 0; i < argc; i++) {
        const option *o = own_option(argv[i]);
        if (!o && strcmp(argv[i], "--help") != 0 && strcmp(argv[i], "-h") != 0) {
            train[(*trained)++] = argv[i];
            continue;
        }
        own[(*owned)++] = argv[i];
        if (o && o->type != OPTION_FLAG && !strchr(argv[i], '=') && i + 1 < argc)
            own[(*owned)++] = argv[++i];
    }
}

/* ---- The search --------------------------------------------------------------------------------------------------------------- */

static int make_trials(tune *t, int64_t count)
{
    tune_trial *trial = realloc(t->trial, (size_t)count * sizeof *trial);
    if (!trial)
        return trouble_text("out of memory");
    t->trial = trial;
    for (int64_t i = t->trials; i < count; i++) {
        t->trial[i] = (tune_trial){.number = i + 1};
        for (int a = 0; a < t->space.count; a++)
            tune_draw(&t->space.axis[a], t->seed, i + 1, t->trial[i].value[a]);
    }
    t->trials = count;
    return EXIT_DONE;
}

/* The trials from `first` on, rung by rung; where time is over no further rung is begun. */
static int run_bracket(tune *t, int64_t first)
{
    int64_t *order = calloc((size_t)t->trials, sizeof *order), count = 0;
    int status = order ? EXIT_DONE : trouble_text("out of memory");
    for (int64_t i = first; order && i < t->trials; i++)
        order[count++] = i;
    for (int rung = 0; rung < t->rungs && status == EXIT_DONE; rung++) {
        status = tune_run(t, order, count, rung);
        int64_t ranked = status == EXIT_DONE ? tune_rank(t, rung, order) : 0, kept = 0, most = (count + KEPT - 1) / KEPT;
        for (int64_t i = 0; i < ranked && kept < most; i++)
            if (order[i] >= first && !t->trial[order[i]].failed)
                order[kept++] = order[i];
        count = kept;
        if (status == EXIT_DONE && count == 0)
            status = trouble_text("every trial failed; the last one: %s",
                                  *t->reason ? t->reason : "nothing is set aside to compare by");
        if (t->over)
            break;
    }
    free(order);
    return status;
}

/* The best of the last rung that one came to. */
static const tune_trial *best_of(const tune *t, int64_t *order)
{
    for (int rung = t->rungs - 1; rung >= 0; rung--)
        if (tune_rank(t, rung, order) > 0 && !t->trial[order[0]].failed)
            return &t->trial[order[0]];
    return NULL;
}

/* Checkpoints and models of the trials, which nobody needs any more. */
static void clear_folder(const tune *t)
{
    static const char *const endings[] = {"checkpoint", "model", "model.unfinished", "said"};
    char path[4200];
    for (int64_t i = 0; i < t->trials; i++)
        for (size_t k = 0; k < sizeof endings / sizeof *endings; k++) {
            snprintf(path, sizeof path, "%.3900s/trial-%lld.%s", t->folder, (long long)i + 1, endings[k]);
            unlink(path);
        }
    rmdir(t->folder);
}

static int conclude(tune *t, const tune_arguments *arguments)
{
    int64_t *order = calloc((size_t)t->trials, sizeof *order);
    const tune_trial *best = order ? best_of(t, order) : NULL;
    free(order);
    if (!best)
        return trouble_text("no trial came to a result");
    if (!t->json)
        tune_print_table(t);
    int status = arguments->plot ? tune_draw_picture(t, arguments->plot) : EXIT_DONE;
    if (status == EXIT_DONE)
        status = tune_train_best(t, best);
    if (status == EXIT_DONE)
        clear_folder(t);
    return status;
}

static int search(tune *t, const tune_arguments *arguments)
{
    double end = arguments->minutes > 0 ? tune_now() + 60 * arguments->minutes : 0;
    int64_t count = arguments->minutes > 0 ? BRACKET : arguments->trials > 0 ? arguments->trials : 27;
    t->until = end;
    t->rungs = count >= 9 ? 3 : count >= 3 ? 2 : 1;
    for (int k = 0; k < t->rungs; k++)
        t->share[k] = pow(KEPT, k - t->rungs + 1);
    /* All that a log may speak of, so that it is read at once. */
    int status = make_trials(t, end > 0 ? (int64_t)(MOST_TRIALS / BRACKET) * BRACKET : count);
    if (status == EXIT_DONE && tune_is_first(t))
        status = tune_log_open(t);
    if (status == EXIT_DONE)
        status = tune_share_log(t);
    if (status == EXIT_DONE && mkdir(t->folder, 0777) != 0 && errno != EEXIST)
        status = trouble_text("%s: cannot be made: %s", t->folder, strerror(errno));
    int64_t all = t->trials;
    for (int64_t first = 0; status == EXIT_DONE && first < all; first += count) {
        t->trials = first + count;
        status = run_bracket(t, first);
        if (t->over)
            break;
    }
    bool first_of_all = tune_is_first(t);
    tune_leave(t, status);
    return status == EXIT_DONE && first_of_all ? conclude(t, arguments) : status;
}

static int run(const cli_task *task, const command_line *command, int argc, char **argv)
{
    char **own = calloc((size_t)argc + 1, sizeof *own), **train = calloc((size_t)argc + 3, sizeof *train);
    const char *positional[2];
    char seed[40];
    tune_arguments a = {.processes = 1};
    tune t = {.program = "laco", .task = task->name, .train = train};
    int owned = 0, status = own && train ? EXIT_DONE : trouble_text("out of memory");
    if (own && train) {
        split_words(argc, argv, own, &owned, train, &t.train_count);
        int count = parse_options(command, owned, own, &a, positional);
        status = parse_status(count);
        if (count >= 0)
            status = !a.output           ? wrong_usage(command->name, "say where the model goes: -o MODEL")
                     : !*a.output        ? wrong_usage(command->name, "-o takes the name of a file")
                     : t.train_count < 1 ? wrong_usage(command->name, "say what is trained on: DATA")
                     : a.trials > 0 && a.minutes > 0
                         ? wrong_usage(command->name, "--trials says when the search ends, and so does --minutes: one is right")
                     : a.over ? tune_space_parse(task->name, a.over, &t.space)
                              : tune_space_default(task->name, train, t.train_count, &t.space);
        if (count >= 0 && status == EXIT_DONE)
            status = check_outputs(command, &a, (const char *const *)train, t.train_count);
        if (count >= 0 && status == EXIT_DONE) {
            snprintf(seed, sizeof seed, "--seed=%lld", (long long)a.seed);
            train[t.train_count++] = seed;
            t.output = a.output;
            t.seed = (uint64_t)a.seed;
            t.processes = a.processes;
            t.threads = a.threads;
            t.quiet = a.quiet;
            t.json = a.json;
            snprintf(t.folder, sizeof t.folder, "%.3900s.tune", a.output);
            snprintf(t.log, sizeof t.log, "%.3900s%s", a.log ? a.log : a.output, a.log ? "" : ".tune.jsonl");
            catch_interrupt();
            status = tune_join(&t);
            status = status == EXIT_DONE ? search(&t, &a) : status;
        }
    }
    free(t.trial);
    free(own);
    free(train);
    return status;
}

static int run_task(const cli_task *task, int argc, char **argv)
{
    char name[64], example[200];
    snprintf(name, sizeof name, "laco tune %s", task->name);
    snprintf(example, sizeof example, "laco tune %s DATA -o best.safetensors --trials 27 --processes 2 --epochs 20", task->name);
    const command_line command = {.name = name,
                                  .usage = "DATA… -o MODEL [options]",
                                  .summary =
                                      "Searches for the options of a training by successive halving: many short trainings, of "
                                      "which the best third goes on, twice; the best is then trained to the end. All options "
                                      "of laco train can be given too: they are the same in every trial.",
                                  .example = example,
                                  .groups = &tune_group,
                                  .group_count = 1};
    return run(task, &command, argc, argv);
}

int command_tune(int argc, char **argv)
{
    const command_line command = {.name = "laco tune",
                                  .usage = "TASK DATA… -o MODEL [options]",
                                  .summary = "Search for the options of a training.",
                                  .more = "laco tune TASK --help tells more."};
    return command_of_tasks(&command, argc, argv, run_task);
}
