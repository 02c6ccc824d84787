#include "train/record.h"

#include "model/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Takes the value; NULL: Jansson had no memory. */
static laco_status set(laco_record *record, const char *key, json_t *value)
{
    if (json_object_set_new(record->object, key, value) == 0)
        return LACO_OK;
    return laco_fail(record->ctx, LACO_NO_MEMORY, "out of memory for '%s' of a checkpoint", key);
}

laco_status laco_record_count(laco_record *record, const char *key, int64_t *value)
{
    if (record->writer)
        return set(record, key, json_integer((json_int_t)*value));
    return laco_meta_integer(record->ctx, record->file, record->object, key, 0, LACO_RECORD_MOST, value);
}

laco_status laco_record_real(laco_record *record, const char *key, double *value)
{
    char text[40], *end = NULL;
    snprintf(text, sizeof text, "%a", *value);
    if (record->writer)
        return set(record, key, json_string(text));
    const char *found = json_string_value(json_object_get(record->object, key));
    double number = found ? strtod(found, &end) : NAN;
    if (!found || end == found || *end || isnan(number))
        return laco_fail(record->ctx, LACO_FORMAT, "%s: '%s' in the checkpoint should be a number as hexadecimal text",
                         laco_tensor_file_name(record->file), key);
    *value = number;
    return LACO_OK;
}

laco_status laco_record_flag(laco_record *record, const char *key, bool *value)
{
    if (record->writer)
        return set(record, key, json_boolean(*value));
    const json_t *found = json_object_get(record->object, key);
    if (!json_is_boolean(found))
        return laco_fail(record->ctx, LACO_FORMAT, "%s: '%s' in the checkpoint should be true or false",
                         laco_tensor_file_name(record->file), key);
    *value = json_is_true(found);
    return LACO_OK;
}

laco_status laco_record_name(laco_record *record, const char *key, char *text, size_t room)
{
    if (record->writer)
        return set(record, key, json_string(text));
    const char *found = json_string_value(json_object_get(record->object, key));
    if (!found)
        return laco_fail(record->ctx, LACO_FORMAT, "%s: '%s' in the checkpoint should be a text",
                         laco_tensor_file_name(record->file), key);
    snprintf(text, room, "%s", found);
    return LACO_OK;
}

laco_status laco_record_tensor(laco_record *record, const char *name, int ndim, const int64_t *shape, laco_real *values,
                               bool finite)
{
    if (record->writer)
        return laco_tensor_writer_add_real(record->writer, name, ndim, shape, values);
    if (finite)
        return laco_tensor_file_read_finite(record->file, name, ndim, shape, values);
    return laco_tensor_file_read_real(record->file, name, ndim, shape, values);
}

laco_status laco_record_text(laco_context *ctx, const json_t *value, char **text)
{
    size_t size = json_dumpb(value, NULL, 0, JSON_COMPACT);
    char *block = size > 0 ? laco_alloc(ctx, size + 1, 1) : NULL;
    if (!block || json_dumpb(value, block, size, JSON_COMPACT) != size) { /* written into room that is known to do */
        laco_release(ctx, block);
        return laco_fail(ctx, LACO_NO_MEMORY, "out of memory for JSON");
    }
    block[size] = '\0';
    *text = block;
    return LACO_OK;
}
