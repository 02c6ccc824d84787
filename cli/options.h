/* Command lines as tables: one table of options serves parsing, --help and suggestions. */
#ifndef LACO_CLI_OPTIONS_H
#define LACO_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <laco/options.h>

typedef enum option_type {
    OPTION_FLAG,        /* bool: true when given */
    OPTION_INTEGER,     /* int64_t */
    OPTION_REAL,        /* double */
    OPTION_INTEGER_OFF, /* int64_t; 0 turns the thing off, which the library writes as -1 */
    OPTION_REAL_OFF,    /* double; likewise */
    OPTION_TEXT,        /* const char *: the argument itself */
    OPTION_INPUT,       /* const char *: a file that is read */
    OPTION_OUTPUT,      /* const char *: a file that is written: outputs.h keeps it from being one that is read */
    OPTION_CHOICE,      /* int: place of the argument among the words of `value` ("rnn|gru|lstm"), from 1 on; 0: not given */
} option_type;

/* One option: `offset` of its value in the command's struct of arguments. */
typedef struct option {
    const char *name; /* without "--" */
    char letter;      /* of the short form, or 0 */
    option_type type;
    const char *value; /* how the help names the value; for OPTION_CHOICE the words */
    const char *help;
    size_t offset;
    double low, high; /* of numbers; both 0: any */
} option;

/* Options under a heading of the help. */
typedef struct option_group {
    const char *title; /* NULL: made of `tasks` */
    const option *options;
    size_t count;
    const char *tasks; /* of the models that the options are for, as laco_model_task says: "caption|transduce"; NULL: of any */
    const laco_option *rows; /* [count] where the options are the library's: what they are there, */
    const laco_option_table *table;
    size_t at; /* and the offset of the struct that the table describes */
    bool rare; /* a brief help leaves all of it out */
} option_group;

#define OPTION_GROUP(title, options)                                                                                             \
    {                                                                                                                            \
        title, options, sizeof(options) / sizeof *(options), NULL, NULL, NULL, 0, false                                          \
    }
#define TASK_GROUP(tasks, options)                                                                                               \
    {                                                                                                                            \
        NULL, options, sizeof(options) / sizeof *(options), tasks, NULL, NULL, 0, false                                          \
    }

/* A word that a positional argument can be: a command, a task, a demo. */
typedef struct named_word {
    const char *name, *summary; /* summary NULL: for programs; it is not shown */
} named_word;

typedef struct command_line {
    const char *name;    /* "laco train classify" */
    const char *usage;   /* "DATA… -o MODEL [options]" */
    const char *summary; /* what it does: a sentence or two */
    const char *example; /* a line that runs, or several */
    const option_group *groups;
    size_t group_count;
    int least, most;         /* positional arguments */
    const named_word *words; /* what the first of them can be; ends with a name NULL. NULL: anything */
    bool brief;              /* --help shows the options that the library's table has as common; --help-all all of them */
    const char *more;        /* where there is no example: what the help ends with */
} command_line;

/* Reads argv (after the command's own words) into `arguments`, and positional arguments, in order, into `positional` (room for
 * argc). Returns their number; or -1 where the help was printed (exit 0), -2 where the usage is wrong (said on stderr; exit 2);
 * -3 where there was no memory, as for `positional` where it is NULL (said too; exit 1). */
int parse_options(const command_line *command, int argc, char **argv, void *arguments, const char **positional);

/* The exit status of a command whose options gave `count`. */
int parse_status(int count);

/* Whether each option on a command line that parse_options has read is for models of `task`; else the first that is not is said
 * on stderr, `model` being the name of the model's file. */
bool options_fit(const command_line *command, int argc, char **argv, const char *task, const char *model);

/* Who writes what --help asks for (`all`: --help-all): print_help, unless a page of the manual or the completion of a shell is
 * made of it. */
typedef void (*help_function)(const command_line *command, bool all);
extern help_function write_help;
void print_help(const command_line *command, bool all);

bool is_help(const char *typed);

/* An option as it was typed. */
typedef struct typed_option {
    const option *option;
    const option_group *group;
    const char *value; /* NULL: none */
} typed_option;

/* The option that "--name", "--name=value", "-n" or "-nvalue" is. False: there is none. */
bool find_option(const command_line *command, const char *typed, typed_option *out);

/* Its row in the library's table; NULL: it is not from there. */
const laco_option *row_of(const typed_option *one);

/* What a group stands under: "Training", "For models that caption or transduce". */
void show_group(const option_group *group, char *text, size_t size);

/* "models that caption, transcribe or transduce", of "caption|transcribe|transduce". */
void show_tasks(const char *tasks, char *text, size_t size);

/* Whether --help shows option `i` of a group; its default, or NULL. */
bool is_common(const command_line *command, const option_group *group, size_t i);
const char *normal_of(const option_group *group, size_t i);

/* Says what is wrong with the options of a command, "laco train". Returns EXIT_USAGE. */
int wrong_usage(const char *command, const char *text);

/* The word among `count` that `typed` was probably meant to be, or NULL. */
const char *suggest(const char *typed, const char *const *words, size_t count);

#endif
