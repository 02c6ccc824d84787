/* Checkpoints of torch.save, and pickles, that say something else than was saved. What is read all the same is used. An input
 * whose first byte is 'P' is a whole file. Any other is a pickle, from its second byte on, in an archive of its own around two
 * storages, so that the fuzzer need not find checksums. */
#include "fuzz.h"

#include "../checkpoint_zip.h"
#include "laco/laco.h"

/* A model of some task, or a line that says why not. */
static void try_tasks(laco_context *ctx, laco_state_dict *dict)
{
    static const char *const tasks[] = {"classify", "tag", "forecast", "generate", "transcribe", "caption", "transduce"};
    static const char *const tokens[] = {"a", "b", "c"};
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        laco_model *model = NULL;
        laco_import_options options = {
            .task = tasks[i], .tokens = tokens, .token_count = 3, .sources = tokens, .source_count = 3, .bands = 1};
        laco_status status = laco_model_import(ctx, dict, &options, &model);
        require((status == LACO_OK) == (model != NULL));
        if (status < 0)
            fuzz_check_error(ctx);
        laco_model_free(model);
    }
}

static void use(laco_context *ctx, const void *bytes, size_t size)
{
    laco_state_dict *dict = NULL;
    laco_status status = laco_state_dict_parse(ctx, "input", bytes, size, &dict);
    require((status == LACO_OK) == (dict != NULL));
    if (!dict) {
        fuzz_check_error(ctx);
        return;
    }
    laco_state_dict_narrow(dict, NULL);
    laco_state_tensor tensor;
    for (size_t i = 0; laco_state_dict_at(dict, i, &tensor); i++)
        require(tensor.name);
    try_tasks(ctx, dict);
    laco_state_dict_free(dict);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const float numbers[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    laco_context *ctx = fuzz_context();
    size_t length;
    if (size > 0 && *bytes == 'P') {
        use(ctx, bytes, size);
    } else if (size > 1) {
        const zip_record records[] = {{"a/data.pkl", bytes + 1, size - 1, ZIP_CM_STORE},
                                      {"a/data/0", numbers, sizeof numbers, ZIP_CM_STORE},
                                      {"a/data/1", numbers, 8, ZIP_CM_STORE}};
        char *zip = make_zip(records, 3, &length);
        use(ctx, zip, length);
        free(zip);
    }
    laco_context_free(ctx);
    return 0;
}
