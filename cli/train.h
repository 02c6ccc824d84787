/* The tasks of laco train, one file each. */
#ifndef LACO_CLI_TRAIN_H
#define LACO_CLI_TRAIN_H

#include "cli.h"

int train_classify(int argc, char **argv);
int train_tag(int argc, char **argv);
int train_caption(int argc, char **argv);
int train_forecast(int argc, char **argv);
int train_transcribe(int argc, char **argv);
int train_generate(int argc, char **argv);
int train_transduce(int argc, char **argv);

/* Says what is wrong with the options of a command. Returns EXIT_USAGE. */
int wrong_usage(const char *command, const char *text);

/* What every task does around its own work: parses the options into `arguments` (which begin with train_arguments), looks at where the model goes,
 * opens the context and calls `train` with the paths of the data. Returns the exit status. */
typedef int (*training_function)(laco_context *ctx, void *arguments, const char *const *paths, int count);
int run_training(const command_line *command, int argc, char **argv, void *arguments, training_function train);

/* What --valid says: a fraction goes to *fraction (-1 for a fraction of 0) and *valid becomes NULL; all else is the name of a file.
 * Returns an exit status. */
int read_valid(const char **valid, double *fraction);

/* Shows progress and listens to Ctrl-C while training runs. False: the error was said. */
bool progress_start(laco_context *ctx, const train_arguments *arguments, laco_train_options *options);

/* Ends the progress, saves the model that came out (also after a failure, where there is a good one) and says so. Returns the exit
 * status of the training. */
int progress_end(laco_context *ctx, const train_arguments *arguments, laco_status trained, laco_model *model);

#endif
