/* What the subcommands share. */
#ifndef LACO_CLI_CLI_H
#define LACO_CLI_CLI_H

#include "basics.h"
#include "called.h"
#include "options.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>

enum {
    EXIT_DONE = 0,
    EXIT_TROUBLE = 1,
    EXIT_USAGE = 2,
    EXIT_SIGNAL = 128
}; /* and the number of the signal that ended the work */

/* A subcommand: argv begins behind its name. */
typedef int (*command_function)(int argc, char **argv);

int command_train(int argc, char **argv);
int command_tune(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_predict(int argc, char **argv);
int command_forecast(int argc, char **argv);
int command_backtest(int argc, char **argv);
int command_generate(int argc, char **argv);
int command_info(int argc, char **argv);
int command_inspect(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_convert(int argc, char **argv);
int command_import(int argc, char **argv);
int command_export(int argc, char **argv);
int command_options(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_report(int argc, char **argv);
int command_check(int argc, char **argv);
int command_models(int argc, char **argv);
int command_completion(int argc, char **argv);
int command_complete(int argc, char **argv);
int command_man(int argc, char **argv);

/* Does what a command line asks for, argv[0] being a subcommand or --help. Returns its exit status. */
int run_command(int argc, char **argv);

/* Says the error on stderr, "laco: …", and returns EXIT_TROUBLE. */
int trouble(const laco_context *ctx);
int trouble_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What was last said so, without "laco: ", or "". */
const char *last_trouble(void);

/* The same for an error of report/ or bench/. */
int report_trouble(void);

/* Returns from the enclosing function with the status of a call that failed. */
#define LACO_PASS(call)                                                                                                          \
    do {                                                                                                                         \
        laco_status passed_ = (call);                                                                                            \
        if (passed_ < 0)                                                                                                         \
            return passed_;                                                                                                      \
    } while (0)

/* A context, or NULL with the error said. threads 0: one per core. */
laco_context *open_context(int64_t threads);

/* Loads a model, a file or one of those that laco models lists; NULL: the error was said. */
laco_model *open_model(laco_context *ctx, const char *path);
laco_model *open_model_for_inference(laco_context *ctx, const char *path); /* as laco_model_load_for_inference */

/* The file of a model that was named: that file, or where there is none the one of that name among those that laco models lists.
 * `path` has room for `size` bytes; what is returned is it or `name`. */
const char *find_model(const char *name, char *path, size_t size);

/* Gives the folder and name of each of these to `take`, until that says false. Returns how many were given. */
size_t each_model(bool (*take)(void *user, const char *folder, const char *name), void *user);

/* Says that lines are awaited where one of `count` paths is standard input and that is a terminal. */
void say_terminal(const char *const *paths, int count);

/* What the tokens of a language model are: "characters", "words" or "bytes". */
const char *tokens_of(const laco_model *model);

/* Prints one line of JSON and lets go of `object`; NULL: it could not be made. Returns an exit status, the error said.
 * Numbers have nine digits, or so many. */
int print_object(json_t *object);
int print_object_digits(json_t *object, size_t digits);

/* The number of the signal that asked for an end (Ctrl-C, SIGTERM, SIGHUP), else 0: the present work is ended cleanly. A second
 * one ends the program. */
extern volatile sig_atomic_t interrupted;
void catch_interrupt(void);

/* From here on a closed pipe (`| head`, a `| tee` that Ctrl-C has ended) is an error of writing, and no end of the program. */
void survive_closed_outputs(void);

/* What goes to standard output is not the result of the work, as the progress of a training: where it cannot be written that is
 * said, and no failure. */
void output_is_aside(void);

/* Closes standard output and reports what could not be written (a full disk): the exit status of the program. */
int finish_output(int status);

#endif
