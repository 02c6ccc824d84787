#include "ask.h"

#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(ask_arguments, member)

static const option ask_options[] = {
    {"json", 0, OPTION_FLAG, NULL, "JSON instead of text, one object a line", AT(json), 0, 0},
    {"threads", 0, OPTION_INTEGER, "N", "threads; results never depend on it", AT(threads), 1, 256},
};
const option_group ask_group = OPTION_GROUP("Options", ask_options);

#define WRITERS "caption|transcribe|transduce"
static const option writing_options[] = {
    {"beam", 0, OPTION_INTEGER, "N", "beginnings that are followed at a time (4; transcribe: 8); 1: greedy", AT(beam), 1, 1000},
    {"nbest", 0, OPTION_INTEGER, "N", "the N best: rank<TAB>score<TAB>answer, behind source or file", AT(nbest), 1, 1000},
};
const option_group write_score_group = {NULL, writing_options, 1, WRITERS};
const option_group write_group = TASK_GROUP(WRITERS, writing_options);

static const option length_options[] = {
    {"length-penalty", 0, OPTION_REAL_OFF, "P", "compare answers by log-probability / length^P (1)", AT(length_penalty), 0, 10},
};
const option_group length_group = TASK_GROUP("caption|transduce", length_options);

laco_write_options write_options(const ask_arguments *arguments)
{
    return (laco_write_options){
        .beam = (int)arguments->beam, .nbest = (int)arguments->nbest, .length_penalty = arguments->length_penalty};
}

static int run(const command_line *command, const ask_task *tasks, size_t task_count, const ask_arguments *arguments, laco_context *ctx,
               laco_model *model, const char *const *positional, int count)
{
    const char *task = laco_model_task(model);
    if (arguments->beam > 0 && arguments->nbest > arguments->beam)
        return trouble_text("%d answers from a beam of %d: within 1 … %d is right", (int)arguments->nbest, (int)arguments->beam,
                            (int)arguments->beam);
    for (size_t i = 0; i < task_count; i++)
        if (strcmp(tasks[i].task, task) == 0) {
            if (tasks[i].one && count > 2) {
                fprintf(stderr, "%s: unexpected '%s': a model trained to %s reads one file\n", command->name, positional[2], task);
                return EXIT_USAGE;
            }
            return tasks[i].run(ctx, model, arguments, positional + 1, count - 1);
        }
    return trouble_text("%s: was trained to %s, which '%s' is not for", positional[0], task, command->name);
}

int ask_model(const command_line *command, const ask_task *tasks, size_t task_count, ask_arguments *arguments, int argc, char **argv)
{
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);
    int count = positional ? parse_options(command, argc, argv, arguments, positional) : -2, status = count == -1 ? EXIT_DONE : EXIT_USAGE;
    if (count >= 0) {
        laco_context *ctx = open_context(arguments->threads);
        laco_model *model = ctx ? open_model(ctx, positional[0]) : NULL;
        if (model && !options_fit(command, argc, argv, laco_model_task(model), positional[0]))
            status = EXIT_USAGE;
        else
            status = model ? run(command, tasks, task_count, arguments, ctx, model, positional, count) : EXIT_TROUBLE;
        laco_model_free(model);
        laco_context_free(ctx);
    }
    free(positional);
    return status;
}
