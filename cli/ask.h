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
    /* caption, transcribe, transduce */
    int64_t beam, nbest;
    double length_penalty;
    bool attention;
} ask_arguments;

/* What a command does with a model, given the paths behind it. Returns an exit status. */
typedef int (*ask_function)(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);

typedef struct ask_task {
    const char *task; /* as laco_model_task says */
    ask_function run;
    bool one; /* path at most */
} ask_task;

/* Parses the command line, loads the model and calls the function for its task. `arguments` holds the defaults. */
int ask_model(const command_line *command, const ask_task *tasks, size_t task_count, ask_arguments *arguments, int argc, char **argv);

extern const option_group ask_group, eval_classify_group, eval_tag_group, eval_forecast_group;

/* What laco eval does with a model, whatever its task. */
int eval_any(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);

/* Options of models that write sequences, for laco eval and for laco predict; and what the library takes for them. */
extern const option_group write_score_group, write_group, length_group;
laco_write_options write_options(const ask_arguments *arguments);

int eval_classifier(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int eval_language(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int eval_forecaster(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int predict_surprise(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int eval_tagger(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int predict_tags(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int predict_units(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int eval_captioner(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int predict_captions(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int eval_transcriber(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int predict_transcripts(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int eval_transducer(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int predict_targets(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);
int predict_labels(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count);

#endif
