/* libFuzzer: checkpoints of torch.save, and pickles, that say something else than was saved. What is read all the same is used.
 *
 *     CC=clang meson setup build-fuzz -Db_sanitize=address,undefined -Db_lundef=false
 *     ninja -C build-fuzz src/engine/liblaco.a src/tasks/liblaco-tasks.a src/readers/liblaco-readers.a
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined -D_POSIX_C_SOURCE=200809L -Iinclude -Isrc/engine -Isrc/tasks -Isrc/readers
 * \
 *         tests/fuzz_state_dict.c build-fuzz/src/readers/liblaco-readers.a build-fuzz/src/tasks/liblaco-tasks.a \
 *         build-fuzz/src/engine/liblaco.a -o fuzz_state_dict $(pkg-config --libs libzip libpng sndfile kissfft-float) -lcsv
 * -ljansson \ -lutf8proc -lm -lpthread
 *     ./fuzz_state_dict -max_len=4096 -max_total_time=300 corpus
 *
 * An input whose first byte is 'P' is a whole file. Any other is a pickle, from its second byte on, in an archive of its own
 * around two storages, so that the fuzzer need not find checksums. */
#include "checkpoint_zip.h"
#include "laco/laco.h"

#define CHECK(condition)                                                                                                         \
    do {                                                                                                                         \
        if (!(condition))                                                                                                        \
            __builtin_trap();                                                                                                    \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A model of some task, or a line that says why not. */
static void try_tasks(laco_context *ctx, laco_state_dict *dict)
{
    static const char *const tasks[] = {"classify", "tag", "forecast", "generate", "transcribe", "caption", "transduce"};
    static const char *const units[] = {"a", "b", "c"};
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        laco_model *model = NULL;
        laco_import_options options = {
            .task = tasks[i], .units = units, .unit_count = 3, .sources = units, .source_count = 3, .bands = 1};
        laco_status status = laco_model_import(ctx, dict, &options, &model);
        CHECK((status == LACO_OK) == (model != NULL));
        CHECK(status == LACO_OK || (*laco_error(ctx) && !strchr(laco_error(ctx), '\n')));
        laco_model_free(model);
    }
}

static void use(laco_context *ctx, const void *bytes, size_t size)
{
    laco_state_dict *dict = NULL;
    laco_status status = laco_state_dict_parse(ctx, "input", bytes, size, &dict);
    CHECK((status == LACO_OK) == (dict != NULL));
    CHECK(status == LACO_OK || (*laco_error(ctx) && !strchr(laco_error(ctx), '\n')));
    if (!dict)
        return;
    laco_state_dict_narrow(dict, NULL);
    for (size_t i = 0; i < laco_state_dict_count(dict); i++)
        CHECK(laco_state_dict_at(dict, i).name);
    try_tasks(ctx, dict);
    laco_state_dict_free(dict);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const float numbers[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    laco_context *ctx;
    size_t length;
    CHECK(laco_context_new(&(laco_context_config){.threads = 1}, &ctx) == LACO_OK);
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
