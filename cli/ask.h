/* laco eval and laco predict: one command each, and one function for each task of a model. */
#ifndef LACO_CLI_ASK_H
#define LACO_CLI_ASK_H

#include "cli.h"
#include "series.h"

/* The options of both commands; groups name the tasks that they are for. */
typedef struct ask_arguments {
    bool json;
    int64_t threads;
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
    int64_t horizon;
    double threshold;
} ask_arguments;

/* What a command does with a model, given the paths behind it. Returns an exit status. */
typedef int (*ask_function)(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);

typedef struct ask_task {
    const char *task; /* as laco_model_task says */
    ask_function run;
} ask_task;

/* Parses the command line, loads the model and calls the function for its task. `arguments` holds the defaults. */
int ask_model(const command_line *command, const ask_task *tasks, size_t task_count, ask_arguments *arguments, int argc, char **argv);

extern const option_group ask_group;

int eval_classifier(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int eval_language(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int eval_forecaster(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int predict_surprise(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int eval_tagger(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int predict_tags(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int predict_units(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int predict_labels(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);

#endif
