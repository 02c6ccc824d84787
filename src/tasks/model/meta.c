#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

laco_status laco_meta_parse(laco_context *ctx, const laco_tensor_file *file, const char *key, json_t **out)
{
    const char *text = laco_tensor_file_metadata(file, key);
    json_error_t error;
    if (!text)
        return laco_fail(ctx, LACO_FORMAT, "%s: metadata '%s' is missing", laco_tensor_file_name(file), key);
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
    if (!value)
        return laco_fail(ctx, LACO_FORMAT, "%s: metadata '%s' is not JSON at byte %d: %s", laco_tensor_file_name(file), key, error.position,
                         error.text);
    *out = value;
    return LACO_OK;
}

laco_status laco_meta_write(laco_context *ctx, laco_tensor_writer *writer, const char *key, json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(value);
    if (!text)
        return laco_fail(ctx, LACO_NO_MEMORY, "out of memory while writing metadata '%s'", key);
    laco_status status = laco_tensor_writer_metadata(writer, key, text);
    free(text);
    return status;
}

laco_status laco_meta_integer(laco_context *ctx, const laco_tensor_file *file, const json_t *object, const char *key, int64_t low, int64_t high,
                              int64_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < low || json_integer_value(value) > high)
        return laco_fail(ctx, LACO_FORMAT, "%s: '%s' in the metadata should be an integer within %lld … %lld", laco_tensor_file_name(file), key,
                         (long long)low, (long long)high);
    *out = json_integer_value(value);
    return LACO_OK;
}

laco_status laco_meta_real(laco_context *ctx, const laco_tensor_file *file, const json_t *object, const char *key, double low, double high,
                           double *out)
{
    const json_t *value = json_object_get(object, key);
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= low && number <= high))
        return laco_fail(ctx, LACO_FORMAT, "%s: '%s' in the metadata should be a number within %g … %g", laco_tensor_file_name(file), key, low,
                         high);
    *out = number;
    return LACO_OK;
}

laco_status laco_meta_choice(laco_context *ctx, const laco_tensor_file *file, const json_t *object, const char *key,
                             const char *const *names, int *out)
{
    const char *value = json_string_value(json_object_get(object, key));
    char list[256] = "";
    for (int i = 0; names[i]; i++) {
        if (value && strcmp(value, names[i]) == 0) {
            *out = i;
            return LACO_OK;
        }
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s\"%s\"", i > 0 ? ", " : "", names[i]);
    }
    return laco_fail(ctx, LACO_FORMAT, "%s: '%s' in the metadata should be one of %s", laco_tensor_file_name(file), key, list);
}

json_t *laco_meta_reals_to_json(const laco_real *values, int64_t count)
{
    json_t *array = json_array();
    for (int64_t i = 0; i < count; i++)
        if (json_array_append_new(array, json_real((double)values[i])) < 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

laco_status laco_meta_reals_from_json(laco_context *ctx, const laco_tensor_file *file, const json_t *object, const char *key, int64_t count,
                                      laco_real **out)
{
    const json_t *array = json_object_get(object, key);
    bool fits = json_is_array(array) && (int64_t)json_array_size(array) == count;
    laco_real *values = laco_alloc(ctx, fits ? (size_t)count : 0, sizeof *values);
    if (!values)
        return LACO_NO_MEMORY;
    for (int64_t i = 0; fits && i < count; i++) {
        const json_t *item = json_array_get(array, (size_t)i);
        values[i] = (laco_real)json_number_value(item);
        fits = json_is_number(item) && isfinite(values[i]);
    }
    *out = values;
    return fits ? LACO_OK
                : laco_fail(ctx, LACO_FORMAT, "%s: '%s' in the metadata should be an array of %lld numbers", laco_tensor_file_name(file), key,
                            (long long)count);
}
