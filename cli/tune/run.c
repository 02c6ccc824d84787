/* Trials as processes: `laco train` with the options of each, and what it says of its epochs. */
#include "tune/tune.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <time.h>
#include <unistd.h>

#define MOST_ARGUMENTS 512
#define LONGEST_LINE 8192
#define LEAST(a, b) ((a) < (b) ? (a) : (b))

/* A training that runs. */
typedef struct job {
    pid_t pid; /* 0: none */
    int out;
    tune_trial *trial;
    char line[LONGEST_LINE];
    size_t used;
    double score, figure;
    int64_t epoch;
    bool measured;
} job;

double tune_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- Arguments ---------------------------------------------------------------------------------------------------------------- */

typedef struct arguments {
    char *word[MOST_ARGUMENTS];
    int count;
    char own[TUNE_AXES + 12][4200]; /* words that are made here */
    int owned;
} arguments;

static void add(arguments *a, const char *word)
{
    if (a->count + 1 < MOST_ARGUMENTS)
        a->word[a->count++] = (char *)(uintptr_t)word;
}

static void add_made(arguments *a, const char *name, const char *value)
{
    char *text = a->own[a->owned++];
    snprintf(text, sizeof *a->own, "--%.60s=%.4100s", name, value);
    add(a, text);
}

static void begin(arguments *a, const tune *t, const tune_trial *trial)
{
    char threads[24];
    add(a, t->program);
    add(a, "train");
    add(a, t->task);
    for (int i = 0; i < t->train_count; i++)
        add(a, t->train[i]);
    for (int i = 0; i < t->space.count; i++)
        add_made(a, t->space.axis[i].name, trial->value[i]);
    snprintf(threads, sizeof threads, "%lld", (long long)t->threads);
    if (t->threads > 0)
        add_made(a, "threads", threads);
}

static void path_of(const tune *t, const tune_trial *trial, const char *ending, char *path, size_t size)
{
    snprintf(path, size, "%.3900s/trial-%lld.%s", t->folder, (long long)trial->number, ending);
}

static void trial_arguments(arguments *a, const tune *t, const tune_trial *trial, int rung)
{
    char path[4200], share[32];
    begin(a, t, trial);
    snprintf(share, sizeof share, "%.6f", t->share[rung]);
    path_of(t, trial, "checkpoint", path, sizeof path);
    add_made(a, "checkpoint", path);
    if (access(path, R_OK) == 0)
        add_made(a, "resume", path);
    path_of(t, trial, "model", path, sizeof path);
    add_made(a, "output", path);
    add_made(a, "until", share);
    add_made(a, "every", "1e9");
    add(a, "--refit=no"); /* what is set aside is to compare trials by, to the end */
    add(a, "--json");
    a->word[a->count] = NULL;
}

/* ---- A trial ------------------------------------------------------------------------------------------------------------------ */

static void read_line(tune *t, job *j)
{
    json_t *object = json_loads(j->line, 0, NULL), *metrics = json_object_get(object, "metrics");
    const char *event = json_string_value(json_object_get(object, "event"));
    void *first = json_object_iter(metrics);
    if (event && strcmp(event, "epoch") == 0 && first) {
        double figure = json_number_value(json_object_iter_value(first));
        double score = json_is_true(json_object_get(object, "smaller_is_better")) ? -figure : figure;
        bool number = json_is_number(json_object_iter_value(first));
        if (number && (!j->measured || score > j->score)) {
            j->score = score;
            j->figure = figure;
            j->measured = true;
        }
        j->epoch = (int64_t)json_integer_value(json_object_get(object, "epoch"));
        if (!*t->measure)
            snprintf(t->measure, sizeof t->measure, "%s", json_object_iter_key(first));
    }
    json_decref(object);
}

/* False: the training has said all. */
static bool hear(tune *t, job *j)
{
    char block[4096];
    ssize_t got = read(j->out, block, sizeof block);
    if (got < 0 && errno == EINTR)
        return true;
    for (ssize_t i = 0; i < got; i++)
        if (block[i] == '\n') {
            j->line[j->used] = '\0';
            read_line(t, j);
            j->used = 0;
        } else if (j->used + 1 < sizeof j->line)
            j->line[j->used++] = block[i];
    return got > 0;
}

static int start(tune *t, job *j, tune_trial *trial, int rung)
{
    int ends[2];
    char said[4200];
    arguments a = {.count = 0};
    trial_arguments(&a, t, trial, rung);
    path_of(t, trial, "said", said, sizeof said);
    if (pipe(ends) != 0)
        return trouble_text("trial %lld: %s", (long long)trial->number, strerror(errno));
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
#ifdef __linux__
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* a search that is killed takes its trials with it */
#endif
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        if (!freopen(said, "w", stderr) || !freopen("/dev/null", "r", stdin))
            _exit(127);
        execv("/proc/self/exe", a.word);
        execvp(a.word[0], a.word);
        _exit(127);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return trouble_text("trial %lld: %s", (long long)trial->number, strerror(errno));
    }
    bool before = rung > 0 && !trial->failed;
    *j = (job){.pid = pid, .out = ends[0], .trial = trial, .measured = before};
    j->score = before ? trial->score[rung - 1] : 0;
    j->figure = before ? trial->figure[rung - 1] : 0;
    trial->seconds -= tune_now();
    return EXIT_DONE;
}

/* The last line that a training has said on standard error. */
static void keep_reason(tune *t, const tune_trial *trial)
{
    char path[4200], line[sizeof t->reason];
    path_of(t, trial, "said", path, sizeof path);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        snprintf(t->reason, sizeof t->reason, "%.*s", (int)strcspn(line, "\n"), line);
    if (file)
        fclose(file);
}

static int finish(tune *t, job *j, int rung)
{
    int status;
    tune_trial *trial = j->trial;
    waitpid(j->pid, &status, 0);
    close(j->out);
    j->pid = 0;
    trial->seconds += tune_now();
    if (interrupted)
        return EXIT_DONE;
    trial->failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0 || !j->measured;
    if (trial->failed)
        keep_reason(t, trial);
    trial->score[rung] = trial->failed ? -INFINITY : j->score;
    trial->figure[rung] = j->figure;
    trial->epoch = j->epoch;
    trial->done[rung] = true;
    if (t->group)
        return EXIT_DONE; /* the first process says and writes it, when all have it */
    tune_print_result(t, trial, rung);
    return tune_log_add(t, trial, rung);
}

/* ---- All of a rung ------------------------------------------------------------------------------------------------------------ */

static int running(const job *jobs, int64_t count)
{
    int sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += jobs[i].pid > 0;
    return sum;
}

/* Waits for something to be said, and hears it. */
static int attend(tune *t, job *jobs, struct pollfd *polls, int rung)
{
    int status = EXIT_DONE;
    for (int64_t i = 0; i < t->processes; i++)
        polls[i] = (struct pollfd){.fd = jobs[i].pid > 0 ? jobs[i].out : -1, .events = POLLIN};
    if (poll(polls, (nfds_t)t->processes, 500) <= 0)
        return EXIT_DONE;
    for (int64_t i = 0; i < t->processes && status == EXIT_DONE; i++)
        if (polls[i].revents && !hear(t, &jobs[i]))
            status = finish(t, &jobs[i], rung);
    return status;
}

static int run_all(tune *t, job *jobs, struct pollfd *polls, const int64_t *index, int64_t count, int rung)
{
    int status = EXIT_DONE;
    bool told = false;
    for (int64_t next = 0; status == EXIT_DONE;) {
        for (int64_t i = 0; i < t->processes && !interrupted && status == EXIT_DONE; i++) {
            if (jobs[i].pid == 0 && next < count)
                status = start(t, &jobs[i], &t->trial[index[next++]], rung);
        }
        if (interrupted && !told)
            for (int64_t i = 0; i < t->processes; i++)
                if (jobs[i].pid > 0)
                    kill(jobs[i].pid, SIGTERM);
        told = interrupted;
        if (running(jobs, t->processes) == 0)
            break;
        if (status == EXIT_DONE)
            status = attend(t, jobs, polls, rung);
    }
    for (int64_t i = 0; i < t->processes; i++)
        if (jobs[i].pid > 0) {
            kill(jobs[i].pid, SIGTERM);
            waitpid(jobs[i].pid, NULL, 0);
        }
    return interrupted ? EXIT_SIGNAL + interrupted : status;
}

static int run_some(tune *t, const int64_t *index, int64_t count, int rung)
{
    job *jobs = calloc((size_t)t->processes, sizeof *jobs);
    struct pollfd *polls = calloc((size_t)t->processes, sizeof *polls);
    int status = jobs && polls ? run_all(t, jobs, polls, index, count, rung) : trouble_text("out of memory");
    free(jobs);
    free(polls);
    return status;
}

/* Rounds of as many trials as run at a time on all processes; so a search that is killed loses no more than one. */
static int run_rounds(tune *t, const int64_t *index, int64_t count, int rung, int64_t *own)
{
    int64_t ranks = tune_ranks(t), round = ranks * t->processes;
    int status = EXIT_DONE;
    for (int64_t first = 0; first < count && status == EXIT_DONE; first += round) {
        int64_t some = LEAST(round, count - first), owned = 0;
        for (int64_t i = t->group->rank; i < some; i += ranks)
            own[owned++] = index[first + i];
        status = run_some(t, own, owned, rung);
        status = tune_exchange(t, index + first, some, rung, status);
    }
    return status;
}

int tune_run(tune *t, const int64_t *index, int64_t count, int rung)
{
    int64_t *left = calloc((size_t)count + 1, sizeof *left), *own = calloc((size_t)count + 1, sizeof *own), some = 0;
    for (int64_t i = 0; left && i < count; i++)
        if (!t->trial[index[i]].done[rung])
            left[some++] = index[i];
    int status = !left || !own ? trouble_text("out of memory")
                 : t->group    ? run_rounds(t, left, some, rung, own)
                               : run_some(t, left, some, rung);
    if (!t->group)
        t->over = t->until > 0 && tune_now() > t->until;
    free(left);
    free(own);
    return status;
}

int tune_train_best(tune *t, const tune_trial *best)
{
    arguments a = {.count = 0};
    int status;
    begin(&a, t, best);
    add_made(&a, "output", t->output);
    if (t->quiet)
        add(&a, "--quiet");
    if (t->json)
        add(&a, "--json");
    a.word[a.count] = NULL;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        execv("/proc/self/exe", a.word);
        _exit(127);
    }
    if (pid < 0)
        return trouble_text("the best: %s", strerror(errno));
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        if (interrupted)
            kill(pid, SIGTERM);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_TROUBLE;
}
