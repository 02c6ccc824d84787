#include "ask.h"

#define AT(member) offsetof(ask_arguments, member)

static const option classify_options[] = {
    {"text", 0, OPTION_TEXT, "COLUMN", "column of the text in a CSV file (text)", AT(text_column), 0, 0},
    {"label", 0, OPTION_TEXT, "COLUMN", "column of the label (label)", AT(label_column), 0, 0},
};

static const ask_task tasks[] = {
    {"classify", eval_classifier},
};

int command_eval(int argc, char **argv)
{
    const option_group groups[] = {ask_group, OPTION_GROUP("For models that classify", classify_options)};
    const command_line command = {"laco eval", "MODEL DATA… [options]",
                                  "Score a model on data whose answers are known; DATA is as for training. A classifier: accuracy,\n"
                                  "precision, recall and F1 of each label, and which labels are taken for which.",
                                  "laco eval names.safetensors more-names.tsv", groups, 2, 2, argc};
    ask_arguments arguments = {0};
    return ask_model(&command, tasks, sizeof tasks / sizeof *tasks, &arguments, argc, argv);
}
