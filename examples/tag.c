/* A category for each word of a sentence.
 *
 *     cc tag.c -o tag $(pkg-config --cflags --libs laco-tasks)
 *     ./tag pos.safetensors Eu acordo cedo
 */
#include <laco/laco.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    laco_context *ctx;
    laco_model *model = NULL;
    size_t count = argc > 2 ? (size_t)argc - 2 : 0;
    if (count == 0 || laco_context_new(NULL, &ctx) < 0)
        return 2;
    const char **tags = calloc(count, sizeof *tags);
    bool done = tags && laco_model_load(ctx, argv[1], &model) == LACO_OK &&
                laco_model_tag(model, (const char *const *)argv + 2, count, tags) == LACO_OK;
    for (size_t i = 0; done && i < count; i++)
        printf("%s\t%s\n", argv[i + 2], tags[i]);
    if (!done)
        fprintf(stderr, "tag: %s\n", laco_error(ctx));
    free(tags);
    laco_model_free(model);
    laco_context_free(ctx);
    return !done;
}
