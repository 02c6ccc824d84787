#include "ask.h"

#include <jansson.h>
#include <string.h>

static int print_json(const laco_text_score *score)
{
    json_t *object = json_pack("{s:f, s:f, s:f, s:I, s:I, s:I}", "nats_per_token", score->nats_per_unit, "bits_per_character",
                               score->bits_per_character, "perplexity", score->perplexity, "tokens", (json_int_t)score->units,
                               "characters", (json_int_t)score->characters, "unseen", (json_int_t)score->unseen);
    int failed = !object || json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) < 0;
    json_decref(object);
    putchar('\n');
    return failed ? trouble_text("out of memory, or standard output is full") : EXIT_DONE;
}

int eval_language(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    laco_text_score score;
    laco_text_config config;
    laco_corpus *corpus = NULL;
    laco_status status = laco_model_text_config(model, &config);
    if (status == LACO_OK)
        status = laco_corpus_load(ctx, &config, paths, count, &corpus);
    if (status == LACO_OK)
        status = laco_model_score_text(model, corpus, &score);
    laco_corpus_free(corpus);
    if (status < 0)
        return trouble(ctx);
    if (arguments->json)
        return print_json(&score);
    const char *unit = laco_model_unit_name(model);
    printf("%lld %s", (long long)score.units, unit);
    if (score.unseen > 0)
        printf(", %lld of them never seen in training", (long long)score.unseen);
    printf("\nnats per %.*s  %.4f\nbits per character  %.4f\nperplexity  %.3f\n", (int)strlen(unit) - 1, unit,
           score.nats_per_unit, score.bits_per_character, score.perplexity);
    return EXIT_DONE;
}
