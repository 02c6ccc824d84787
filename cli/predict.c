#include "ask.h"

#define AT(member) offsetof(ask_arguments, member)

static const option classify_options[] = {
    {"top", 0, OPTION_INTEGER, "K", "the K most probable labels", AT(top), 1, 1000000},
};

static const option tag_options[] = {
    {"form", 0, OPTION_CHOICE, "text|conllu|columns|tsv|lines", "what the lines are (found out)", AT(form), 0, 0},
    {"column", 0, OPTION_TEXT, "upos|xpos|N", "column for the tags (as in training)", AT(column), 0, 0},
};

static const option generate_options[] = {
    {"each", 0, OPTION_FLAG, NULL, "unit<TAB>probability<TAB>bits of surprise, for each character (word, byte)", AT(each), 0, 0},
};

static const option forecast_options[] = {
    {"threshold", 0, OPTION_REAL, "X", "mark rows whose score is above this (1.5)", AT(threshold), 0, 1e9},
    {"time", 0, OPTION_TEXT, "COLUMN", "column of time stamps (found by itself); none: count rows", AT(series.time), 0, 0},
    {"date", 0, OPTION_CHOICE, DATE_CHOICES, "order of day, month and year (that of the model)", AT(series.date), 0, 0},
    {"decimal", 0, OPTION_CHOICE, DECIMAL_CHOICES, "the decimal mark (found by itself)", AT(series.decimal), 0, 0},
    {"id", 0, OPTION_TEXT, "COLUMN", "rows with the same value here are one series", AT(series.id), 0, 0},
    {"missing", 0, OPTION_CHOICE, "refuse|interpolate", "what to do about missing values", AT(series.missing), 0, 0},
};

static const option transduce_options[] = {
    {"attention", 0, OPTION_FLAG, NULL, "where each token of the answer looked, as a table", AT(attention), 0, 0},
};

static const ask_task tasks[] = {
    {"caption", predict_captions, false},
    {"classify", predict_labels, true},
    {"forecast", predict_surprise, true},
    {"generate", predict_units, true},
    {"tag", predict_tags, true},
    {"transcribe", predict_transcripts, false},
    {"transduce", predict_targets, true},
};

int command_predict(int argc, char **argv)
{
    const option_group groups[] = {ask_group, TASK_GROUP("classify", classify_options),
                                   TASK_GROUP("generate", generate_options),
                                   TASK_GROUP("tag", tag_options),
                                   TASK_GROUP("forecast", forecast_options), write_group, length_group,
                                   TASK_GROUP("transduce", transduce_options)};
    const command_line command = {"laco predict", "MODEL [FILE…|-] [options]",
                                  "Answers for each line of a file or of standard input, one line out for each line in; for each picture or\n"
                                  "recording where the model reads these. A classifier: label<TAB>log-probability; a tagger: word<TAB>tag;\n"
                                  "a transducer: source<TAB>answer; a captioner: the caption; one that transcribes: file<TAB>text.",
                                  "echo Silva | laco predict names.safetensors --top 3", groups, sizeof groups / sizeof *groups, 1, argc};
    ask_arguments arguments = {.top = 1, .threshold = 1.5};
    return ask_model(&command, tasks, sizeof tasks / sizeof *tasks, &arguments, argc, argv);
}
