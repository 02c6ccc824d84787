#include "ask.h"

#define AT(member) offsetof(ask_arguments, member)

static const option classify_options[] = {
    {"top", 0, OPTION_INTEGER, "K", "the K most probable labels", AT(top), 1, 1000000},
};

static const ask_task tasks[] = {
    {"classify", predict_labels},
};

int command_predict(int argc, char **argv)
{
    const option_group groups[] = {ask_group, OPTION_GROUP("For models that classify", classify_options)};
    const command_line command = {"laco predict", "MODEL [FILE|-] [options]",
                                  "Answers for each line of a file or of standard input, one line out for each line in. A classifier:\n"
                                  "label<TAB>log-probability.",
                                  "echo Silva | laco predict names.safetensors --top 3", groups, 2, 1, 2};
    ask_arguments arguments = {.top = 1};
    return ask_model(&command, tasks, sizeof tasks / sizeof *tasks, &arguments, argc, argv);
}
