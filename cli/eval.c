#include "ask.h"

#include <string.h>

#define AT(member) offsetof(ask_arguments, member)

static const option classify_options[] = {
    {"text", 0, OPTION_TEXT, "COLUMN", "column of the text in a CSV file (text)", AT(text_column), 0, 0},
    {"label", 0, OPTION_TEXT, "COLUMN", "column of the label (label)", AT(label_column), 0, 0},
    {"separator", 0, OPTION_CHOICE, "tab|space", "what stands between label and text in lines (found out)", AT(separator), 0, 0},
};

static const option tag_options[] = {
    {"column", 0, OPTION_TEXT, "upos|xpos|N", "column of the tags (as in training)", AT(column), 0, 0},
};

static const option forecast_options[] = {
    {"horizon", 0, OPTION_INTEGER, "N", "rows of a closed loop (24)", AT(horizon), 1, 1e6},
    {"time", 0, OPTION_TEXT, "COLUMN", "column of time stamps (found by itself); none: count rows", AT(series.time), 0, 0},
    {"date", 0, OPTION_CHOICE, DATE_CHOICES, "order of day, month and year (that of the model)", AT(series.date), 0, 0},
    {"decimal", 0, OPTION_CHOICE, DECIMAL_CHOICES, "the decimal mark (found by itself)", AT(series.decimal), 0, 0},
    {"id", 0, OPTION_TEXT, "COLUMN", "rows with the same value here are one series", AT(series.id), 0, 0},
    {"missing", 0, OPTION_CHOICE, "refuse|interpolate", "what to do about missing values", AT(series.missing), 0, 0},
};

const option_group eval_classify_group = TASK_GROUP("classify", classify_options);
const option_group eval_tag_group = TASK_GROUP("tag", tag_options);
const option_group eval_forecast_group = TASK_GROUP("forecast", forecast_options);

static const ask_task tasks[] = {
    {"caption", eval_captioner, false},
    {"classify", eval_classifier, false},
    {"forecast", eval_forecaster, false},
    {"tag", eval_tagger, false},
    {"generate", eval_language, false},
    {"transcribe", eval_transcriber, false},
    {"transduce", eval_transducer, false},
};

int eval_any(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (strcmp(tasks[i].task, laco_model_task(model)) == 0)
            return tasks[i].run(ctx, model, arguments, paths, count);
    return trouble_text("there is no score for models that %s", laco_model_task(model));
}

int command_eval(int argc, char **argv)
{
    const option_group groups[] = {ask_group, eval_classify_group, eval_tag_group, eval_forecast_group, write_score_group, length_group};
    const command_line command = {"laco eval", "MODEL DATA… [options]",
                                  "Score a model on data whose answers are known; DATA is as for training. A classifier: accuracy,\n"
                                  "precision, recall and F1 of each label, and which labels are taken for which.",
                                  "laco eval names.safetensors more-names.tsv", groups, sizeof groups / sizeof *groups, 2, argc};
    ask_arguments arguments = {0};
    return ask_model(&command, tasks, sizeof tasks / sizeof *tasks, &arguments, argc, argv);
}
