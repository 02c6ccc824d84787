/* The tasks of the program. Each is one file here, with all that laco train, laco eval and laco predict do of it. */
#ifndef LACO_CLI_TASK_H
#define LACO_CLI_TASK_H

#include "ask.h"
#include "train.h"

typedef struct cli_task {
    const char *name;    /* in laco train NAME; as laco_model_task says of a model */
    const char *summary; /* what is learned, for the list of laco train */
    train_command train;
    ask_command eval, predict;
} cli_task;

/* All tasks, in the order of the help: here, and only here, a new one is entered. Each is defined as `cli_NAME`. */
#define CLI_TASKS(X) X(classify) X(tag) X(caption) X(forecast) X(generate) X(transcribe) X(transduce)

#define CLI_TASK(name) extern const cli_task cli_##name;
CLI_TASKS(CLI_TASK)
#undef CLI_TASK

extern const cli_task *const cli_tasks[]; /* ends with NULL */

/* A command whose first word is a task: its help, or what `run` does with that task and what stands behind it. Returns an exit
 * status. */
typedef int (*task_function)(const cli_task *task, int argc, char **argv);
int command_of_tasks(const command_line *command, int argc, char **argv, task_function run);

/* NULL: there is no such task. */
const cli_task *find_task(const char *name);

#endif
