/* The tasks of laco train, one file each. */
#ifndef LACO_CLI_TRAIN_H
#define LACO_CLI_TRAIN_H

#include "cli.h"

int train_classify(int argc, char **argv);
int train_tag(int argc, char **argv);
int train_forecast(int argc, char **argv);
int train_generate(int argc, char **argv);

/* Refuses a training without -o MODEL, or whose folder cannot be written to, before any work is done. Returns an exit status. */
int check_output(const command_line *command, const train_arguments *arguments);

/* Shows progress and listens to Ctrl-C while training runs. False: the error was said. */
bool progress_start(laco_context *ctx, const train_arguments *arguments, laco_train_options *options);

/* Ends the progress, saves the model that came out (also after a failure, where there is a good one) and says so. Returns the exit
 * status of the training. */
int progress_end(laco_context *ctx, const train_arguments *arguments, laco_status trained, laco_model *model);

#endif
