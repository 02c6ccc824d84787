/* What the tasks of laco train share. */
#ifndef LACO_CLI_TRAIN_H
#define LACO_CLI_TRAIN_H

#include "cli.h"

/* Options that every training has; the struct of arguments of a task begins with this. */
typedef struct train_arguments {
    const char *output;
    laco_train_options train;
    laco_network_options network;
    int cell, nonlinearity, optimiser, schedule, level, precision;
    bool bidirectional, one_direction, fold_accents, lower, quiet, json;
    int64_t threads, seed;
} train_arguments;

extern const option_group training_group, run_group;
#define MOST_TRAINING_OPTIONS 32 /* of training_group */

/* Turns choices into what the library takes. */
void resolve_train_arguments(train_arguments *arguments);

/* Trains on the data at `paths`. Returns the exit status. */
typedef int (*training_function)(laco_context *ctx, void *arguments, const char *const *paths, int count);

#define MOST_TRAINING_GROUPS 8

/* laco train TASK */
typedef struct train_command {
    const char *usage, *about, *example;              /* as in command_line */
    const option_group *groups[MOST_TRAINING_GROUPS]; /* in the order of the help; ends with NULL */
    struct {
        const char *name, *value, *help; /* value or help NULL: the same */
    } training;                          /* an option of training_group that has other words here; name NULL: none has */
    size_t size;                         /* of the struct of arguments */
    bool one;                            /* file of data is read; else any number */
    training_function run;
} train_command;

/* Says what is wrong with the options of a command. Returns EXIT_USAGE. */
int wrong_usage(const char *command, const char *text);

/* What every task does around its own work: parses the options into its arguments, looks at where the model goes, opens the context
 * and trains. Returns the exit status. */
int run_training(const char *task, const train_command *train, int argc, char **argv);

/* What --valid says: a fraction goes to *fraction (-1 for a fraction of 0) and *valid becomes NULL; all else is the name of a file.
 * Returns an exit status. */
int read_valid(const char **valid, double *fraction);

/* Shows progress and listens to Ctrl-C while training runs. */
void progress_start(const train_arguments *arguments, laco_train_options *options);

/* Ends the progress, saves the model that came out (also after a failure, where there is a good one) and says so. Returns the exit
 * status of the training. */
int progress_end(laco_context *ctx, const train_arguments *arguments, laco_status trained, laco_model *model);

#endif
