#include "base/json_text.h"

#include "base/json_parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_DIGITS 17

/* json_dumpb writes into a place that is large enough, where nothing can be left out. */
static laco_status print(laco_context *ctx, const json_t *value, size_t digits, size_t multiple, char **text, size_t *size)
{
    size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits);
    size_t length = value ? json_dumpb(value, NULL, 0, flags) : 0, padded = (length + multiple - 1) / multiple * multiple;
    char *block = length > 0 ? laco_alloc(ctx, padded + 1, 1) : NULL;
    if (!block || json_dumpb(value, block, length, flags) != length) {
        laco_release(ctx, block);
        return laco_fail(ctx, LACO_NO_MEMORY, "out of memory for JSON");
    }
    memset(block + length, ' ', padded - length);
    *text = block;
    if (size)
        *size = padded;
    return LACO_OK;
}

laco_status laco_json_text(laco_context *ctx, const json_t *value, size_t multiple, char **text, size_t *size)
{
    return print(ctx, value, MOST_DIGITS, multiple, text, size);
}

static size_t digits_of(double number)
{
    static const int fewer[] = {9, 15};
    for (size_t i = 0; i < sizeof fewer / sizeof *fewer; i++) {
        char text[40];
        snprintf(text, sizeof text, "%.*g", fewer[i], number);
        if (strtod(text, NULL) == number)
            return (size_t)fewer[i];
    }
    return MOST_DIGITS;
}

/* How many digits all real numbers within a value come back from. */
static size_t digits_needed(const json_t *value)
{
    size_t most = json_is_real(value) ? digits_of(json_real_value(value)) : 0, index;
    const char *key;
    json_t *part;
    json_array_foreach(value, index, part) most = LACO_MAX(most, digits_needed(part));
    json_object_foreach((json_t *)(uintptr_t)value, key, part) most = LACO_MAX(most, digits_needed(part));
    return most;
}

laco_status laco_json_short_text(laco_context *ctx, const json_t *value, char **text)
{
    return print(ctx, value, LACO_MAX(digits_needed(value), (size_t)9), 1, text, NULL);
}

laco_status laco_json_digits_text(laco_context *ctx, const json_t *value, size_t digits, char **text)
{
    return print(ctx, value, digits, 1, text, NULL);
}

/* `kept`: the value is in *whole. */
static void keep_whole(json_t **whole, bool kept)
{
    if (!kept)
        json_decref(*whole);
    *whole = kept ? *whole : NULL;
}

void laco_json_put(json_t **object, const char *key, json_t *value)
{
    keep_whole(object, json_object_set_new(*object, key, value) == 0); /* which lets go of the value, too */
}

void laco_json_add(json_t **array, json_t *value) { keep_whole(array, json_array_append_new(*array, value) == 0); }

laco_status laco_json_parse(laco_context *ctx, const char *what, const char *text, size_t size, json_t **out)
{
    laco_json_fault fault;
    laco_status status = laco_json_read(ctx, text, size, JSON_ALLOW_NUL | JSON_DECODE_ANY, out, &fault);
    if (status == LACO_FORMAT)
        return laco_fail(ctx, LACO_FORMAT, "%s is not JSON at byte %zu: %s", what, fault.byte, fault.why);
    return status == LACO_OK ? status : laco_fail(ctx, LACO_NO_MEMORY, "%s: out of memory for JSON", what);
}
