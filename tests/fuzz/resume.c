/* Checkpoints of every task that say something else than was written. A training that goes on from one all the same comes to its
 * end. The first byte chooses the training, the others change its checkpoint (change.h). */
#include "fuzz.h"

#include "change.h"
#include "small.h"

#define MOST_TRAININGS 64

static laco_context *ctx;
static laco_tensor_file *checkpoints[MOST_TRAININGS];

static void make_checkpoints(void)
{
    ctx = fuzz_context();
    require(small_training_count <= MOST_TRAININGS);
    for (size_t i = 0; i < small_training_count; i++) {
        char path[] = "/tmp/laco-fuzz-XXXXXX";
        laco_model *model = NULL;
        int fd = mkstemp(path);
        require(fd >= 0 && close(fd) == 0);
        if (small_train(ctx, &small_trainings[i], path, NULL, &model) < 0 ||
            laco_tensor_file_open(ctx, path, &checkpoints[i]) < 0)
            fuzz_fail(small_trainings[i].options, laco_error(ctx));
        laco_model_free(model);
        unlink(path);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t length;
    laco_model *model = NULL;
    if (!ctx)
        make_checkpoints();
    if (size < 1)
        return 0;
    size_t which = bytes[0] % small_training_count;
    char *changed = fuzz_change(ctx, checkpoints, small_training_count, which, bytes + 1, (size - 1) / 4, &length);
    if (!changed)
        return 0;
    fuzz_file file = fuzz_open(changed, length);
    if (small_train(ctx, &small_trainings[which], NULL, file.path, &model) < 0)
        fuzz_check_error(ctx);
    laco_model_free(model);
    fuzz_close(&file);
    laco_release(ctx, changed);
    return 0;
}
