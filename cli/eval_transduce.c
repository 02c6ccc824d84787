#include "ask.h"

#include <stdio.h>

int eval_transducer(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    laco_pairs *data = NULL;
    laco_write_score score;
    laco_write_options options = write_options(arguments);
    int status = EXIT_DONE;
    if (laco_pairs_load(ctx, paths, count, &data) < 0)
        status = trouble(ctx);
    else if (laco_model_score_pairs(model, data, &options, &score) < 0)
        status = trouble_text("%s: %s", count == 1 ? paths[0] : "the data", laco_error(ctx));
    else if (arguments->json)
        printf("{\"word_error_rate\":%.6f,\"token_error_rate\":%.6f,\"count\":%zu,\"right\":%zu,\"token_errors\":%lld,\"tokens\":"
               "%lld}\n",
               laco_write_score_wrong(&score), laco_write_score_token_error(&score), score.count, score.right,
               (long long)score.errors, (long long)score.tokens);
    else
        printf("word error rate    %6.2f %%   %zu of %zu sources are not turned into one of their targets\n"
               "token error rate   %6.2f %%   %lld errors in %lld tokens of the nearest targets\n",
               100 * laco_write_score_wrong(&score), score.count - score.right, score.count,
               100 * laco_write_score_token_error(&score), (long long)score.errors, (long long)score.tokens);
    laco_pairs_free(data);
    return status;
}
