/* What the tasks of laco train share. */
#ifndef LACO_CLI_TRAIN_H
#define LACO_CLI_TRAIN_H

#include "cli.h"
#include "loggers/loggers.h"

/* What every training has beside the options that the library knows; the struct of arguments of a task begins with this. */
typedef struct train_arguments {
    const char *output;
    bool quiet, json;
    int64_t threads;
    int64_t processes; /* to be forked here; 0: none, or those that MPI started */
    double until;      /* end when this share of the epochs is behind; 0: at the end */
    double give_up;    /* seconds that a process may be silent; 0: the library's */
    laco_group *group; /* those processes; NULL: this one alone */
    bool trained;      /* a model came out: what goes wrong from here on ends nobody else's work */
    const char *data;  /* the first path of data */
    char *typed;       /* the command, as a shell would take it; NULL: no memory */
    logger_paths loggers;
} train_arguments;

/* `first`, up to a group without options, and the options of a task from the library's table, as groups of a command line; the struct of the latter lies at `at`
 * in that of arguments. `reads` NULL: all of them; else those that say how data are read, by their flag or as one of these words
 * ("level|lower"). False: there was no memory. Both are to be freed. */
typedef struct table_groups {
    option *options;
    option_group *groups;
    size_t count;
} table_groups;
extern const option_group run_groups[], check_groups[]; /* of laco train, of laco check */
bool table_groups_new(const option_group *first, const laco_option_table *table, size_t at, const char *reads, table_groups *out);
void table_groups_free(table_groups *groups);

/* Trains on the data at `paths`. Returns the exit status. */
typedef int (*training_function)(laco_context *ctx, void *arguments, const char *const *paths, int count);

/* Reads the data at `paths` as training would, and sums up what was read. */
typedef laco_status (*look_function)(laco_context *ctx, void *arguments, const char *const *paths, int count, laco_summary **out);

/* laco train TASK, and laco check TASK */
typedef struct train_command {
    const char *usage, *about, *example; /* as in command_line */
    size_t size, options;                /* of the struct of arguments, and where in it the task's options are */
    bool one;                            /* file of data is read; else any number */
    training_function run;
    look_function look;
    const char *next, *next_options; /* command, and its options, that a trained model is asked by: "predict", " --top 3" */
    bool (*ready)(const laco_model *model); /* whether `next` works without more data; NULL: always; else `eval` is said */
    const char *reads; /* options that say how data are read, beside those that the library marks so: "level|lower"; or "" */
} train_command;

/* Says on standard error how data were understood, or where --quiet only what is doubtful; with --json as an event. `made`:
 * whether there is a summary, which is freed. Returns an exit status. */
int say_data(laco_context *ctx, const train_arguments *arguments, laco_status made, laco_summary *summary);

/* The same for data that a model is asked about: what is doubtful alone. */
int say_doubts(laco_context *ctx, laco_status made, laco_summary *summary);

/* What the training that runs writes beside its model. */
extern loggers training_loggers;

/* Whether a summary of the data is wanted in detail. */
bool wants_detail(const train_arguments *arguments);

/* Shows progress and listens to Ctrl-C while training runs. `part`: what the task has for a report. */
void progress_start(const train_arguments *arguments, laco_train_options *options, const report_part *part);

/* Ends the progress, saves the model that came out (also after a failure, where there is a good one) and says so, with the
 * command that comes next: the model asked about `length` bytes of `sample`, or where that is NULL about the data. Returns the
 * exit status of the training. */
int progress_end(laco_context *ctx, train_arguments *arguments, laco_status trained, laco_model *model, const char *sample,
                 size_t length);

/* Whether a text of the data does as a sample: one short line. */
bool is_sample(const char *text, size_t length);

#endif
