/* Metadata as JSON, key by key. */
#include "base/json_text.h"
#include "model/model.h"

#include <stdio.h>
#include <string.h>

laco_status laco_meta_parse(laco_context *ctx, const laco_tensor_file *file, const char *key, json_t **out)
{
    const char *text = laco_tensor_file_metadata(file, key);
    char what[400];
    if (!text)
        return laco_fail(ctx, LACO_FORMAT, "%s: metadata '%s' is missing", laco_tensor_file_name(file), key);
    snprintf(what, sizeof what, "%s: metadata '%s'", laco_tensor_file_name(file), key);
    return laco_json_parse(ctx, what, text, strlen(text), out);
}

laco_status laco_meta_write(laco_context *ctx, laco_tensor_writer *writer, const char *key, json_t *value)
{
    char *text;
    laco_status status = laco_json_text(ctx, value, 1, &text, NULL);
    json_decref(value);
    LACO_TRY(status);
    status = laco_tensor_writer_metadata(writer, key, text);
    laco_release(ctx, text);
    return status;
}

laco_status laco_meta_integer(laco_context *ctx, const laco_tensor_file *file, const json_t *object, const char *key, int64_t low,
                              int64_t high, int64_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < low || json_integer_value(value) > high)
        return laco_fail(ctx, LACO_FORMAT, "%s: '%s' in the metadata should be an integer within %lld … %lld",
                         laco_tensor_file_name(file), key, (long long)low, (long long)high);
    *out = json_integer_value(value);
    return LACO_OK;
}
