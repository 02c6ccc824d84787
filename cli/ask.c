/* laco eval and laco predict: one command each, and of each task the part that is for it. */
#include "outputs.h"
#include "loggers/loggers.h"
#include "tasks/task.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const option ask_options[] = {
    {"json", 0, OPTION_FLAG, NULL, "JSON instead of text, one object a line", ASK(json), 0, 0},
    {"threads", 0, OPTION_INTEGER, "N", "threads; results never depend on it", ASK(threads), 1, 256},
};
static const option_group ask_group = OPTION_GROUP("Options", ask_options);

static const option eval_outputs[] = {
    {"report", 0, OPTION_OUTPUT, "FILE.html", "a page of the score, the worst errors and the data", ASK(report), 0, 0},
    {"plot", 0, OPTION_OUTPUT, "FILE.png|svg", "a picture: the confusion matrix, or a forecast against what came", ASK(plot), 0,
     0},
};
static const option_group eval_outputs_group = OPTION_GROUP("Written", eval_outputs);

#define WRITERS "caption|transcribe|transduce"
static const option writing_options[] = {
    {"beam", 0, OPTION_INTEGER, "N", "beginnings that are followed at a time (4; transcribe: 8); 1: greedy", ASK(beam), 1, 1000},
    {"nbest", 0, OPTION_INTEGER, "N", "the N best: rank<TAB>score<TAB>answer, behind source or file", ASK(nbest), 1, 1000},
};
const option_group beam_group = {NULL, writing_options, 1, WRITERS, NULL, NULL, 0, false};
const option_group write_group = TASK_GROUP(WRITERS, writing_options);

static const option length_options[] = {
    {"length-penalty", 0, OPTION_REAL_OFF, "P", "compare answers by log-probability / length^P (1)", ASK(length_penalty), 0, 10},
};
const option_group length_group = TASK_GROUP("caption|transduce", length_options);

static const option worth_options[] = {
    {"probability", 0, OPTION_FLAG, NULL, "probabilities in per cent in the place of logarithms (of --nbest: of scores)",
     ASK(probability), 0, 0},
};
const option_group worth_group = TASK_GROUP("classify|" WRITERS, worth_options);

const char *show_worth(const ask_arguments *arguments, double log_probability, double otherwise, int digits, char text[40])
{
    if (arguments->probability)
        snprintf(text, 40, "%.2f %%", 100 * exp(log_probability));
    else
        snprintf(text, 40, "%.*f", digits, otherwise);
    return text;
}

json_t *with_probability(const ask_arguments *arguments, json_t *object, double log_probability)
{
    if (arguments->probability)
        json_put(&object, "probability", json_real(exp(log_probability)));
    return object;
}

laco_decode_options write_options(const ask_arguments *arguments)
{
    return (laco_decode_options){
        .beam = (int)arguments->beam, .nbest = (int)arguments->nbest, .length_penalty = arguments->length_penalty};
}

/* Which of the two commands is meant: its part of a task. */
typedef const ask_command *(*part_function)(const cli_task *task);

static const ask_command *eval_of(const cli_task *task) { return &task->eval; }
static const ask_command *predict_of(const cli_task *task) { return &task->predict; }

static bool holds(const option_group *groups, size_t count, const option_group *wanted)
{
    for (size_t i = 0; i < count; i++)
        if (groups[i].options == wanted->options)
            return true;
    return false;
}

static size_t collect_groups(part_function part, option_group *groups)
{
    size_t count = 0;
    groups[count++] = ask_group;
    if (part == eval_of)
        groups[count++] = eval_outputs_group;
    for (size_t t = 0; cli_tasks[t]; t++)
        for (size_t i = 0; i < MOST_ASK_GROUPS && part(cli_tasks[t])->groups[i]; i++)
            if (count < MOST_GROUPS && !holds(groups, count, part(cli_tasks[t])->groups[i]))
                groups[count++] = *part(cli_tasks[t])->groups[i];
    return count;
}

size_t eval_groups(option_group *groups) { return collect_groups(eval_of, groups); }

int eval_any(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    const cli_task *task = find_task(laco_model_task(model));
    return task ? task->eval.run(ctx, model, arguments, paths, count)
                : trouble_text("there is no score for models that %s", laco_model_task(model));
}

/* Words behind the model that are no files: the model is to be asked about them. */
static bool are_words(const char *const *paths, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(paths[i], "-") == 0 || access(paths[i], F_OK) == 0 || strchr(paths[i], '/') || *paths[i] == '-')
            return false;
    return count > 0;
}

static bool ends_as_data(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && dot > path && strlen(dot) > 2 && strlen(dot) < 8 && !strchr(dot, ' ');
}

/* Says how a model is asked about words. */
static int propose_echo(const char *const *positional, int count)
{
    char words[2048] = "", word[SHELL_WORD], model[SHELL_WORD];
    for (int i = 1; i < count; i++) {
        size_t used = strlen(words);
        snprintf(words + used, sizeof words - used, "%s%s", i > 1 ? " " : "", positional[i]);
    }
    fprintf(stderr, "laco: cannot read %s: no such file; to ask about words: echo %s | ", words,
            shell_word(words, word, sizeof word));
    say_command(stderr, "laco predict %s\n", shell_word(positional[0], model, sizeof model));
    return EXIT_TROUBLE;
}

static int run(const command_line *command, part_function part, const ask_arguments *arguments, laco_context *ctx,
               laco_model *model, const char *const *positional, int count)
{
    const char *name = laco_model_task(model);
    const cli_task *task = find_task(name);
    if (arguments->beam > 0 && arguments->nbest > arguments->beam)
        return trouble_text("%d answers from a beam of %d: within 1 … %d is right", (int)arguments->nbest, (int)arguments->beam,
                            (int)arguments->beam);
    if (!task)
        return trouble_text("%s: was trained to %s, which '%s' is not for", positional[0], name, command->name);
    const char *const standard = "-";
    bool words = part(task)->one && part == predict_of && strcmp(name, "forecast") != 0;
    if (words && are_words(positional + 1, count - 1) && (count > 2 || !ends_as_data(positional[1])))
        return propose_echo(positional, count);
    say_terminal(count > 1 ? positional + 1 : &standard, count > 1 ? count - 1 : 1);
    if (part(task)->one && count > 2) {
        fprintf(stderr, "%s: unexpected '%s': a model trained to %s reads one file\n", command->name, positional[2], name);
        return EXIT_USAGE;
    }
    return part(task)->run(ctx, model, arguments, positional + 1, count - 1);
}

/* Parses the command line, loads the model and does the command's part of its task. `arguments` holds the defaults. */
static int ask(command_line command, part_function part, ask_arguments *arguments, int argc, char **argv)
{
    option_group groups[MOST_GROUPS];
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);
    command.groups = groups;
    command.group_count = collect_groups(part, groups);
    command.most = argc;
    int count = parse_options(&command, argc, argv, arguments, positional), status = parse_status(count);
    if (count >= 0)
        status = part == eval_of ? check_outputs(&command, arguments, positional, count) : EXIT_DONE;
    if (count >= 0 && status == EXIT_DONE) {
        laco_context *ctx = open_context(arguments->threads);
        char *typed = typed_command(command.name, argc, argv);
        arguments->command = typed;
        laco_model *model = ctx ? open_model_for_inference(ctx, positional[0]) : NULL;
        if (model && !options_fit(&command, argc, argv, laco_model_task(model), positional[0]))
            status = EXIT_USAGE;
        else
            status = model ? run(&command, part, arguments, ctx, model, positional, count) : EXIT_TROUBLE;
        laco_model_free(model);
        laco_context_free(ctx);
        free(typed);
    }
    free(positional);
    return status;
}

int command_eval(int argc, char **argv)
{
    const command_line command = {
        .name = "laco eval",
        .usage = "MODEL DATA… [options]",
        .summary = "Score a model on data whose answers are known; DATA is as for training. A classifier: accuracy,\n"
                   "precision, recall and F1 of each label, and which labels are taken for which.",
        .example = "laco eval names.safetensors more-names.tsv",
        .least = 2};
    ask_arguments arguments = {0};
    return ask(command, eval_of, &arguments, argc, argv);
}

int command_predict(int argc, char **argv)
{
    const command_line command = {
        .name = "laco predict",
        .usage = "MODEL [FILE…|-] [options]",
        .summary = "Answers for each line of a file or of standard input, one line out for each line in; for each picture or\n"
                   "recording where the model reads these. A classifier: label<TAB>log-probability; a tagger: word<TAB>tag;\n"
                   "a transducer: source<TAB>answer; a captioner: the caption; one that transcribes: file<TAB>text.",
        .example = "echo Silva | laco predict names.safetensors --top 3",
        .least = 1};
    ask_arguments arguments = {.top = 1, .threshold = 0.998};
    return ask(command, predict_of, &arguments, argc, argv);
}
