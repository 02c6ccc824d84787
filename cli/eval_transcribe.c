#include "ask.h"
#include "spoken.h"

#include <jansson.h>

static int print_json(const laco_transcribe_score *s)
{
    json_t *object =
        json_pack("{s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "word_error_rate", s->word_error_rate, "character_error_rate",
                  s->character_error_rate, "count", (json_int_t)s->recordings, "exact", (json_int_t)s->exact, "words",
                  (json_int_t)s->words, "word_errors", (json_int_t)s->word_errors, "characters", (json_int_t)s->characters,
                  "character_errors", (json_int_t)s->character_errors, "unseen", (json_int_t)s->unseen);
    int failed = !object || json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) < 0;
    json_decref(object);
    putchar('\n');
    return failed ? trouble_text("out of memory, or standard output is full") : EXIT_DONE;
}

static int print_text(const laco_transcribe_score *s)
{
    printf("recordings           %zu  (%zu without a mistake)\nword error rate      %.4f  (%zu of %zu words)\n"
           "character error rate %.4f  (%zu of %zu characters)\n",
           s->recordings, s->exact, s->word_error_rate, s->word_errors, s->words, s->character_error_rate, s->character_errors,
           s->characters);
    if (s->unseen > 0)
        fprintf(stderr, "laco: note: %zu units of the texts are unknown to the model; they count as mistakes\n", s->unseen);
    return EXIT_DONE;
}

int eval_transcriber(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    laco_spoken_config config = {.rate = laco_model_sound_rate(model)};
    laco_write_options options = write_options(arguments);
    laco_transcripts answers = {0};
    laco_transcribe_score score;
    laco_spoken *data = load_spoken(ctx, paths, count, &config, false);
    int status = EXIT_TROUBLE;
    if (!data)
        return status;
    if (laco_model_transcribe_all(model, data, &options, &answers) < 0 ||
        laco_model_score_transcripts(model, data, &answers, &score) < 0)
        trouble(ctx);
    else
        status = arguments->json ? print_json(&score) : print_text(&score);
    laco_transcripts_free(&answers);
    laco_spoken_free(data);
    return status;
}
