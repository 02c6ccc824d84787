#include "base/json_text.h"

#include <string.h>

static laco_status no_memory(laco_context *ctx) { return laco_fail(ctx, LACO_NO_MEMORY, "out of memory for JSON"); }

laco_status laco_json_parse(laco_context *ctx, const char *what, const char *text, size_t size, json_t **out)
{
    json_error_t error = {0}; /* Jansson reads its last byte without having written it where memory is short */
    json_t *value = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
    if (!value && (json_error_code(&error) == json_error_out_of_memory || !*error.text))
        return laco_fail(ctx, LACO_NO_MEMORY, "%s: out of memory for JSON", what);
    if (!value)
        return laco_fail(ctx, LACO_FORMAT, "%s is not JSON at byte %d: %s", what, error.position, error.text);
    *out = value;
    return LACO_OK;
}

/* Whether the value comes back from the text. */
static laco_status compare(laco_context *ctx, const json_t *value, const char *text, size_t size, bool *same)
{
    json_t *again;
    if (laco_json_parse(ctx, "JSON that was just written", text, size, &again) < 0)
        return no_memory(ctx);
    *same = json_equal(value, again);
    json_decref(again);
    return LACO_OK;
}

/* json_dumpb writes into a place that is large enough, where nothing can be left out. */
static laco_status print(laco_context *ctx, const json_t *value, size_t flags, size_t multiple, char **text, size_t *size)
{
    size_t length = value ? json_dumpb(value, NULL, 0, flags) : 0, padded = (length + multiple - 1) / multiple * multiple;
    if (length == 0)
        return no_memory(ctx);
    char *block = laco_alloc(ctx, padded + 1, 1);
    if (!block)
        return LACO_NO_MEMORY;
    if (json_dumpb(value, block, length, flags) != length) {
        laco_release(ctx, block);
        return no_memory(ctx);
    }
    memset(block + length, ' ', padded - length);
    *text = block;
    *size = padded;
    return LACO_OK;
}

laco_status laco_json_text(laco_context *ctx, const json_t *value, size_t multiple, char **text, size_t *size)
{
    char *block;
    size_t length;
    bool same = false;
    LACO_TRY(print(ctx, value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17), multiple, &block, &length));
    laco_status status = compare(ctx, value, block, length, &same);
    if (status == LACO_OK && !same)
        status = no_memory(ctx);
    if (status < 0) {
        laco_release(ctx, block);
        return status;
    }
    *text = block;
    if (size)
        *size = length;
    return LACO_OK;
}

laco_status laco_json_short_text(laco_context *ctx, const json_t *value, char **text)
{
    static const size_t precision[] = {JSON_REAL_PRECISION(9), JSON_REAL_PRECISION(15)};
    for (size_t i = 0; i < sizeof precision / sizeof *precision; i++) {
        char *block;
        size_t size;
        bool same;
        LACO_TRY(print(ctx, value, JSON_COMPACT | JSON_ENCODE_ANY | precision[i], 1, &block, &size));
        laco_status status = compare(ctx, value, block, size, &same);
        if (status == LACO_OK && same) {
            *text = block;
            return LACO_OK;
        }
        laco_release(ctx, block);
        LACO_TRY(status);
    }
    return laco_json_text(ctx, value, 1, text, NULL);
}
