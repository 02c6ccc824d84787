/* Models of every task whose metadata and tensors say something else than was trained. What is loaded all the same must answer,
 * and can be saved and loaded again. The first byte chooses the model, the others change it (change.h). */
#include "fuzz.h"

#include "ask.h"
#include "change.h"
#include "model/model.h"
#include "small.h"

#define MOST_MODELS 64

static laco_context *ctx;
static laco_tensor_file *models[MOST_MODELS];
static size_t model_count;

static char *bytes_of(laco_model *model, size_t *size)
{
    laco_tensor_writer *writer;
    char *bytes = NULL;
    require(laco_tensor_writer_new(ctx, &writer) == LACO_OK);
    if (laco_model_write(model, writer) < 0 || laco_tensor_writer_serialise(writer, &bytes, size) < 0)
        bytes = NULL;
    laco_tensor_writer_free(writer);
    return bytes;
}

static void keep(laco_model *model)
{
    size_t size;
    char *bytes = bytes_of(model, &size);
    require(bytes && model_count < MOST_MODELS);
    require(laco_tensor_file_parse(ctx, bytes, size, bytes, "seed", &models[model_count++]) == LACO_OK);
}

static void make_models(void)
{
    ctx = fuzz_context();
    for (size_t i = 0; i < small_training_count; i++) {
        laco_model *model;
        if (small_train(ctx, &small_trainings[i], NULL, NULL, &model) < 0)
            fuzz_fail(small_trainings[i].options, laco_error(ctx));
        keep(model);
        if (i % 2 == 0) { /* and with fewer bits */
            require(laco_model_convert(model, i % 4 == 0 ? LACO_INT8 : LACO_BF16, NULL) == LACO_OK);
            keep(model);
        }
        laco_model_free(model);
    }
}

static void save_and_load(laco_model *model)
{
    size_t size;
    laco_model *again;
    char *bytes = bytes_of(model, &size);
    if (!bytes) {
        fuzz_check_error(ctx);
        return;
    }
    if (laco_model_load_memory(ctx, bytes, size, &again) < 0)
        fuzz_fail("what was saved is refused", laco_error(ctx));
    laco_model_free(again);
    laco_release(ctx, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t length;
    laco_model *model;
    if (!ctx)
        make_models();
    if (size < 1)
        return 0;
    char *file = fuzz_change(ctx, models, model_count, bytes[0] % model_count, bytes + 1, (size - 1) / 4, &length);
    if (!file)
        return 0;
    if (laco_model_load_memory(ctx, file, length, &model) < 0) {
        fuzz_check_error(ctx);
    } else {
        fuzz_ask(ctx, model);
        save_and_load(model);
        laco_model_free(model);
    }
    laco_release(ctx, file);
    return 0;
}
