#include "ask.h"

#include <jansson.h>

static int print_json(const laco_write_score *score)
{
    json_t *object =
        json_pack("{s:f, s:f, s:I, s:I, s:I, s:I}", "exact_match", 1 - laco_write_score_wrong(score), "token_error_rate",
                  laco_write_score_token_error(score), "count", (json_int_t)score->count, "right", (json_int_t)score->right,
                  "token_errors", (json_int_t)score->errors, "tokens", (json_int_t)score->tokens);
    int failed = !object || json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) < 0;
    json_decref(object);
    putchar('\n');
    return failed ? trouble_text("out of memory, or standard output is full") : EXIT_DONE;
}

int eval_captioner(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    laco_captioned_config config;
    laco_captioned *data = NULL;
    laco_write_options options = write_options(arguments);
    laco_write_score score = {0};
    int status = EXIT_DONE;
    if (laco_model_captioned_config(model, &config) < 0 || laco_captioned_load(ctx, paths, count, &config, &data) < 0 ||
        laco_model_score_captions(model, data, &options, &score) < 0)
        status = trouble(ctx);
    else if (arguments->json)
        status = print_json(&score);
    else
        printf("exact match        %6.2f %%   %zu of %zu captions are right in full\n"
               "token error rate   %6.2f %%   %lld errors in %lld tokens\n",
               100 * (1 - laco_write_score_wrong(&score)), score.right, score.count, 100 * laco_write_score_token_error(&score),
               (long long)score.errors, (long long)score.tokens);
    laco_captioned_free(data);
    return status;
}
