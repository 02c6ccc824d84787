/* laco tune: successive halving over the options of a training.
 *
 * Trials draw their options by seed and number alone, and each is a `laco train` of its own, which ends at the first rung and keeps a
 * checkpoint; the best third goes on to the next rung, and so on. So which trial wins does not depend on how many run at a time. */
#ifndef LACO_CLI_TUNE_TUNE_H
#define LACO_CLI_TUNE_TUNE_H

#include "cli.h"

#include <laco/laco.h>

#define TUNE_AXES 16
#define TUNE_CHOICES 16
#define TUNE_RUNGS 3
#define TUNE_TEXT 40 /* bytes of a value */

/* An option that is searched over: among choices, or in a range, whose logarithm is drawn where it is wide. */
typedef struct tune_axis {
    char name[TUNE_TEXT];
    char choice[TUNE_CHOICES][TUNE_TEXT];
    int choices; /* 0: a range */
    double low, high;
    bool logarithmic, whole;
} tune_axis;

typedef struct tune_space {
    tune_axis axis[TUNE_AXES];
    int count;
} tune_space;

/* Reads "lr=1e-4:1e-2,hidden=64|128". Returns an exit status, the error said. */
int tune_space_parse(const char *task, const char *text, tune_space *space);

/* What is searched where nobody says, without the options that are given ("--lr" …) among `fixed`. */
int tune_space_default(const char *task, char *const *fixed, int count, tune_space *space);

/* The value of an axis in a trial: a function of the three. */
void tune_draw(const tune_axis *axis, uint64_t seed, int64_t trial, char text[TUNE_TEXT]);

/* 0 … 1: where a value lies on its axis, for the picture. */
double tune_place(const tune_axis *axis, const char *text);

typedef struct tune_trial {
    int64_t number;
    char value[TUNE_AXES][TUNE_TEXT];
    bool done[TUNE_RUNGS], failed;
    double score[TUNE_RUNGS];  /* larger is better */
    double figure[TUNE_RUNGS]; /* the measure itself */
    int64_t epoch;
    double seconds;
} tune_trial;

typedef struct tune {
    const char *program, *task, *output;
    char **train; /* arguments of every training: data and options that stay */
    int train_count;
    tune_space space;
    uint64_t seed;
    tune_trial *trial;
    int64_t trials;
    int rungs;
    double share[TUNE_RUNGS]; /* of the epochs that each rung has behind it */
    int64_t processes;        /* trainings at a time, */
    int64_t threads;          /* and of each */
    char measure[64];         /* its name, "" before the first result */
    bool quiet, json;
    double until;      /* seconds of the clock when no rung is begun any more; 0: whenever */
    bool over;         /* that time has come, as all processes have it of the first */
    laco_group *group; /* processes that MPI started, which share the trials; NULL: this one alone */
    bool agreed;       /* all of them know what went wrong */
    char log[4096], folder[4096];
    char reason[512]; /* of the last trial that failed */
} tune;

/* Joins the processes that MPI started (ranks.c), of which the first speaks and writes the log; leaves them, with how it went.
 * Return an exit status, the error said. */
int tune_join(tune *t);
void tune_leave(tune *t, int status);
bool tune_is_first(const tune *t);
int64_t tune_ranks(const tune *t);

/* What the first process has read of the log, to all. Behind a round: results of the trials at `index`, of which the i-th is process
 * i modulo their number's; `status`: how this one's went. Return an exit status that all agree about. */
int tune_share_log(tune *t);
int tune_exchange(tune *t, const int64_t *index, int64_t count, int rung, int status);

/* Trains the trials at `index` up to a rung, so many at a time. Returns an exit status; EXIT_SIGNAL + n: ended from outside. */
int tune_run(tune *t, const int64_t *index, int64_t count, int rung);

/* Writes the best options' training over to this process's outputs: the model. */
int tune_train_best(tune *t, const tune_trial *best);

/* The log, a JSON object a line: reads what is there of the same search; adds a result. Return an exit status. */
int tune_log_open(tune *t);
int tune_log_add(const tune *t, const tune_trial *trial, int rung);

/* Indices of trials that have come to a rung, the best first; how many. */
int64_t tune_rank(const tune *t, int rung, int64_t *index);

void tune_print_result(const tune *t, const tune_trial *trial, int rung);
void tune_print_table(const tune *t);

/* Parallel coordinates, as SVG. Returns an exit status. */
int tune_draw_picture(const tune *t, const char *path);

double tune_now(void);

#endif
