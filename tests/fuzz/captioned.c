/* Any bytes as pictures, images, tables and lists with captions. The first byte says how the rest is read. */
#include "fuzz.h"

#include "caption/captioned.h"
#include "picture/captioned_read.h"
#include "picture/picture.h"

#include <math.h>

static void summary_of(const laco_captioned *data)
{
    laco_summary *summary = NULL;
    laco_status status = laco_captioned_summary(data, true, &summary);
    fuzz_check_summary(status, summary);
}

static void use(const laco_captioned *data)
{
    summary_of(data);
    for (size_t i = 0; i < laco_captioned_count(data); i++) {
        int64_t steps;
        const laco_real *values = laco_captioned_values(data, i, &steps);
        const char *text = laco_captioned_text(data, i);
        for (int64_t j = 0; j < steps * laco_captioned_features(data); j++)
            require(isfinite(values[j]));
        require(!text || (*text && laco_utf8_valid(text, strlen(text)) == strlen(text)));
    }
}

static void read_picture(laco_context *ctx, const char *bytes, size_t size)
{
    laco_arena arena;
    laco_picture picture;
    laco_arena_init(&arena, ctx);
    if (laco_picture_read(ctx, &arena, "f", bytes, size, &picture) == LACO_OK)
        for (size_t i = 0; i < picture.width * picture.height; i++)
            require(picture.values[i] >= 0 && picture.values[i] <= 255);
    laco_arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    laco_context *ctx;
    laco_captioned *data;
    if (size < 1)
        return 0;
    ctx = fuzz_context();
    int how = bytes[0];
    laco_captioned_config config = {.uncaptioned = how & 1, .features = how & 2 ? 1 : 0, .numbers = how & 4 ? 2 : 0};
    const char *text = (const char *)bytes + 1;
    require(laco_captioned_begin(ctx, &config, &data) == LACO_OK);
    if (laco_captioned_read_bytes(data, "/nowhere/f", text, size - 1) == LACO_OK)
        use(data);
    else
        fuzz_check_error(ctx);
    read_picture(ctx, text, size - 1);
    laco_captioned_free(data);
    laco_context_free(ctx);
    return 0;
}
