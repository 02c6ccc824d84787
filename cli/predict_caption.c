/* Captions of pictures or vectors: one line for each, or with --nbest one for each answer. */
#include "ask.h"

#include <jansson.h>
#include <stdlib.h>

static int print_json(const laco_written *answers, int count)
{
    json_t *list = json_array();
    for (int k = 0; k < count && answers[k].text; k++)
        json_array_append_new(list, json_pack("{s:s, s:f, s:f}", "caption", answers[k].text, "log_probability",
                                              answers[k].log_probability, "score", answers[k].score));
    json_t *object = json_pack("{s:o}", "captions", list);
    int failed = !object || json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) < 0;
    json_decref(object);
    putchar('\n');
    return failed ? trouble_text("out of memory, or standard output is full") : EXIT_DONE;
}

static int print(const ask_arguments *arguments, const laco_written *answers, int count)
{
    if (arguments->json)
        return print_json(answers, count);
    if (arguments->nbest == 0)
        puts(answers[0].text);
    for (int k = 0; arguments->nbest > 0 && k < count && answers[k].text; k++)
        printf("%d\t%.4f\t%s\n", k + 1, answers[k].score, answers[k].text);
    return EXIT_DONE;
}

static int answer(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const laco_captioned *data)
{
    laco_write_options options = write_options(arguments);
    int nbest = options.nbest > 0 ? options.nbest : 1, status = EXIT_DONE;
    size_t count = laco_captioned_count(data);
    laco_written *answers = calloc(count * (size_t)nbest + 1, sizeof *answers);
    if (!answers)
        return trouble_text("out of memory");
    if (laco_model_caption_all(model, data, &options, answers) < 0)
        status = trouble(ctx);
    for (size_t i = 0; i < count && status == EXIT_DONE; i++)
        status = print(arguments, answers + i * (size_t)nbest, nbest);
    free(answers);
    return status;
}

int predict_captions(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    const char *standard = "-";
    laco_captioned_config config;
    laco_captioned *data = NULL;
    int status = EXIT_TROUBLE;
    if (laco_model_captioned_config(model, &config) < 0)
        return trouble(ctx);
    config.uncaptioned = true;
    if (laco_captioned_load(ctx, count > 0 ? paths : &standard, count > 0 ? count : 1, &config, &data) < 0)
        trouble(ctx);
    else
        status = answer(ctx, model, arguments, data);
    laco_captioned_free(data);
    return status;
}
