/* A trained model inside a program.
 *
 *     cc classify.c -o classify $(pkg-config --cflags --libs laco-tasks)
 *     ./classify names.safetensors Silva
 */
#include <laco/laco.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    laco_context *ctx;
    laco_model *model = NULL;
    laco_label answer;
    if (argc != 3 || laco_context_new(NULL, &ctx) < 0)
        return 2;
    bool done = laco_model_load(ctx, argv[1], &model) == LACO_OK && laco_model_classify(model, argv[2], 1, &answer) == LACO_OK;
    if (done)
        printf("%s %.3f\n", answer.name, answer.log_probability);
    else
        fprintf(stderr, "classify: %s\n", laco_error(ctx));
    laco_model_free(model);
    laco_context_free(ctx);
    return !done;
}
