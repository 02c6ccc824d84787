/* What is said: file<TAB>text for each recording, or with --nbest a line for each answer. */
#include "ask.h"
#include "spoken.h"

#include <jansson.h>

static int print_json(const laco_spoken *data, const laco_transcripts *t, size_t index)
{
    json_t *list = json_array();
    for (size_t i = index * (size_t)t->most; i < (index + 1) * (size_t)t->most && t->text[i]; i++)
        json_array_append_new(list, json_pack("{s:s, s:f}", "text", t->text[i], "log_probability", t->log_probability[i]));
    json_t *object = json_pack("{s:s, s:o}", "file", laco_spoken_name(data, index), "transcripts", list);
    int failed = !object || json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) < 0;
    json_decref(object);
    putchar('\n');
    return failed ? trouble_text("out of memory, a name that is not UTF-8, or standard output is full") : EXIT_DONE;
}

static int print(const ask_arguments *arguments, const laco_spoken *data, const laco_transcripts *t, size_t index)
{
    if (arguments->json)
        return print_json(data, t, index);
    for (size_t i = index * (size_t)t->most, k = 1; k <= (size_t)t->most && t->text[i]; i++, k++) {
        printf("%s\t", laco_spoken_name(data, index));
        if (arguments->nbest > 0)
            printf("%zu\t%.4f\t", k, t->log_probability[i]);
        puts(t->text[i]);
    }
    return EXIT_DONE;
}

int predict_transcripts(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    const char *standard = "-";
    laco_spoken_config config = {.rate = laco_model_sound_rate(model), .untexted = true};
    laco_write_options options = write_options(arguments);
    laco_transcripts answers = {0};
    laco_spoken *data = load_spoken(ctx, count > 0 ? paths : &standard, count > 0 ? count : 1, &config, false);
    int status = data ? EXIT_DONE : EXIT_TROUBLE;
    if (data && laco_model_transcribe_all(model, data, &options, &answers) < 0)
        status = trouble(ctx);
    for (size_t i = 0; status == EXIT_DONE && i < answers.count; i++)
        status = print(arguments, data, &answers, i);
    laco_transcripts_free(&answers);
    laco_spoken_free(data);
    return status;
}
