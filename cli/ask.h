/* What the tasks of laco eval and laco predict share. */
#ifndef LACO_CLI_ASK_H
#define LACO_CLI_ASK_H

#include "cli.h"
#include "tasks/series.h"

/* The options of both commands, whatever the task: which task a model is for is known only when they have been read. */
typedef struct ask_arguments {
    bool json, probability;
    int64_t threads;
    const char *command; /* as it was typed */
    const char *report, *plot;
    /* classify */
    const char *text_column, *label_column;
    int separator;
    int64_t top;
    /* generate */
    bool each;
    /* tag */
    const char *column;
    int form;
    /* forecast */
    series_arguments series;
    int64_t horizon, stride, season;
    bool rolling;
    double threshold;
    int64_t rest;
    const char *state;
    bool learn;
    /* caption, transcribe, transduce */
    int64_t beam, nbest;
    double length_penalty;
    bool attention;
} ask_arguments;

#define ASK(member) offsetof(ask_arguments, member)

/* What a command does with a model, given the paths behind it. Returns an exit status. */
typedef int (*ask_function)(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths,
                            int count);

#define MOST_ASK_GROUPS 4

/* laco eval, or laco predict, of one task. */
typedef struct ask_command {
    ask_function run;
    const option_group *groups[MOST_ASK_GROUPS]; /* ends with NULL; one that several tasks share is shown once */
    bool one;                                    /* path at most */
} ask_command;

/* Options of models that write sequences: --beam alone for laco eval, --nbest too for laco predict. And what the library takes
 * for them. */
extern const option_group beam_group, write_group, length_group, worth_group;
laco_decode_options write_options(const ask_arguments *arguments);

/* The options of laco eval, of all tasks, into groups[MOST_GROUPS]. Returns how many groups there are. */
#define MOST_GROUPS 32
size_t eval_groups(option_group *groups);

/* What an answer is worth: its probability in per cent with --probability, else `otherwise`, a logarithm, with so many digits.
 * Returns `text`. And with that option, in JSON, the probability beside the logarithm: returns `object`. */
const char *show_worth(const ask_arguments *arguments, double log_probability, double otherwise, int digits, char text[40]);
json_t *with_probability(const ask_arguments *arguments, json_t *object, double log_probability);

/* What laco eval does with a model, whatever its task. */
int eval_any(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);

#endif
