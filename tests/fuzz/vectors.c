/* Any bytes as vectors of words. The first byte says how many words are wanted in any case. */
#include "fuzz.h"

#include "tag/vectors.h"

#include <math.h>

static bool wanted(void *user, const char *word, size_t length)
{
    (void)user;
    return length > 0 && word[0] % 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 1)
        return 0;
    laco_vectors vectors;
    laco_context *ctx = fuzz_context();
    fuzz_file file = fuzz_open(bytes + 1, size - 1);
    if (laco_vectors_read(ctx, file.path, bytes[0] % 8, wanted, NULL, &vectors) < 0) {
        fuzz_check_error(ctx);
    } else {
        require(vectors.size > 0 || vectors.words.count == 0);
        for (size_t i = 0; i < vectors.words.count * (size_t)vectors.size; i++)
            require(isfinite(vectors.values[i]));
    }
    laco_vectors_free(&vectors);
    fuzz_close(&file);
    laco_context_free(ctx);
    return 0;
}
