/* A training on several processes, as the program does it: those that MPI started, or that it forks itself. */
#ifndef LACO_CLI_TOGETHER_H
#define LACO_CLI_TOGETHER_H

#include "train.h"

/* Joins the other processes, where there are any: arguments->group. Whoever does not speak for them is silent from here on.
 * Returns an exit status, the error said. */
int join_others(train_arguments *arguments, const char *const *paths, int count);

/* Tells the others where the work of this process came to a bad end, says what only a process that does not speak knows, and
 * leaves. */
void leave_others(train_arguments *arguments, int status);

/* Whether this process is the one that writes files. */
bool is_first(const train_arguments *arguments);

/* Threads of each process: as asked for, or the cores of the machine shared among those processes of the group that are on it. */
int64_t threads_of(const train_arguments *arguments);

#endif
