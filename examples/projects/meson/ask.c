/* ask MODEL TEXT: the label that a classifier of texts gives. */
#include <laco/laco.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    laco_context *ctx = NULL;
    laco_model *model = NULL;
    laco_label answer;
    if (argc != 3) {
        fprintf(stderr, "usage: ask MODEL TEXT (laço %s)\n", laco_version());
        return 2;
    }
    laco_status status = laco_context_new(NULL, &ctx);
    if (status == LACO_OK)
        status = laco_model_load(ctx, argv[1], &model);
    if (status == LACO_OK)
        status = laco_model_classify(model, argv[2], 1, &answer);
    if (status == LACO_OK)
        printf("%s %.4f\n", answer.name, answer.log_probability);
    else
        fprintf(stderr, "ask: %s\n", ctx ? laco_error(ctx) : "out of memory");
    laco_model_free(model);
    laco_context_free(ctx);
    return status != LACO_OK;
}
