/* Objects by tables, and single values. */
#include "model/fields.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- For all codecs ----------------------------------------------------------------------------------------------------- */

laco_status laco_meta_wrong(const laco_meta *meta, const char *key, const char *format, ...)
{
    char expected[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(expected, sizeof expected, format, arguments);
    va_end(arguments);
    return laco_fail(meta->ctx, LACO_FORMAT, "%s: '%s' in the metadata should be %s", meta->name, key, expected);
}

laco_status laco_meta_give(const laco_meta *meta, json_t *value, json_t **out)
{
    *out = value;
    return value ? LACO_OK : laco_fail(meta->ctx, LACO_NO_MEMORY, "%s: out of memory for the metadata", meta->name);
}

laco_status laco_meta_append(const laco_meta *meta, json_t **list, json_t *value)
{
    if (*list && json_array_append_new(*list, value) == 0)
        return LACO_OK;
    if (!*list)
        json_decref(value);
    json_decref(*list);
    return laco_meta_give(meta, NULL, list);
}

laco_status laco_meta_number(const laco_meta *meta, const char *key, const json_t *value, double low, double high, double *out)
{
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= low && number <= high))
        return laco_meta_wrong(meta, key, "a number within %g … %g", low, high);
    *out = number;
    return LACO_OK;
}

laco_status laco_meta_name(const laco_meta *meta, const char *key, const json_t *value, const char *const *names, int count,
                           int *out)
{
    const char *name = json_string_value(value);
    char list[256] = "";
    for (int i = 0; i < count; i++) {
        if (name && strcmp(name, names[i]) == 0) {
            *out = i;
            return LACO_OK;
        }
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s\"%s\"", i > 0 ? ", " : "", names[i]);
    }
    return laco_meta_wrong(meta, key, "one of %s", list);
}

int64_t laco_member_load(const void *object, laco_member member)
{
    const void *at = laco_member_at(object, member);
    if (member.size == sizeof(bool))
        return *(const bool *)at;
    return member.size == sizeof(int32_t) ? *(const int32_t *)at : *(const int64_t *)at;
}

void laco_member_store(void *object, laco_member member, int64_t value)
{
    void *at = laco_member_of(object, member);
    if (member.size == sizeof(bool))
        *(bool *)at = value != 0;
    else if (member.size == sizeof(int32_t))
        *(int32_t *)at = (int32_t)value;
    else
        *(int64_t *)at = value;
}

/* ---- Objects ------------------------------------------------------------------------------------------------------------ */

static bool is_put(const laco_meta *meta, const laco_field *field, const void *object)
{
    return !(meta->describing && field->hidden) && (!field->when || field->when(object)) && (!field->kept || field->kept(object));
}

laco_status laco_fields_put(const laco_meta *meta, const laco_fields *fields, const void *object, json_t **out)
{
    json_t *json = json_object(), *value;
    laco_status status = json ? LACO_OK : laco_meta_give(meta, NULL, out);
    for (size_t i = 0; i < fields->count && status == LACO_OK; i++) {
        const laco_field *field = &fields->field[i];
        if (!is_put(meta, field, object))
            continue;
        status = field->as->put(meta, field, object, &value);
        if (status == LACO_OK && json_object_set_new(json, field->key, value) != 0)
            status = laco_meta_give(meta, NULL, out);
    }
    if (status == LACO_OK)
        *out = json;
    else
        json_decref(json);
    return status;
}

laco_status laco_fields_get(const laco_meta *meta, const laco_fields *fields, const json_t *json, void *object)
{
    if (fields->prepare)
        fields->prepare(object);
    for (size_t i = 0; i < fields->count; i++) {
        const laco_field *field = &fields->field[i];
        const json_t *value = json_object_get(json, field->key);
        if ((!field->when || field->when(object)) && (value || !field->optional))
            LACO_TRY(field->as->get(meta, field, value, object));
    }
    return fields->check ? fields->check(meta, object) : LACO_OK;
}

/* ---- Single values ------------------------------------------------------------------------------------------------------ */

static laco_status put_integer(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    return laco_meta_give(meta, json_integer(laco_member_load(object, field->at)), out);
}

static laco_status get_integer(const laco_meta *meta, const laco_field *field, const json_t *value, void *object)
{
    int64_t number = json_integer_value(value), low = (int64_t)field->low, high = (int64_t)field->high;
    if (!json_is_integer(value) || number < low || number > high)
        return laco_meta_wrong(meta, field->key, "an integer within %lld … %lld", (long long)low, (long long)high);
    laco_member_store(object, field->at, number);
    return LACO_OK;
}

static laco_status put_real(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    double number = *(const double *)laco_member_at(object, field->at);
    if (!isfinite(number))
        return laco_fail(meta->ctx, LACO_NUMERIC, "%s: '%s' in the metadata would not be a finite number", meta->name,
                         field->key);
    return laco_meta_give(meta, json_real(number), out);
}

static laco_status get_real(const laco_meta *meta, const laco_field *field, const json_t *value, void *object)
{
    return laco_meta_number(meta, field->key, value, field->low, field->high, laco_member_of(object, field->at));
}

static laco_status put_boolean(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    return laco_meta_give(meta, json_boolean(laco_member_load(object, field->at)), out);
}

static laco_status get_boolean(const laco_meta *meta, const laco_field *field, const json_t *value, void *object)
{
    if (!json_is_boolean(value))
        return laco_meta_wrong(meta, field->key, "true or false");
    laco_member_store(object, field->at, json_is_true(value));
    return LACO_OK;
}

static laco_status put_choice(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    int64_t value = laco_member_load(object, field->at);
    if (value < (int64_t)field->low || value > (int64_t)field->high)
        return laco_fail(meta->ctx, LACO_INVALID, "%s: '%s' has no name for %lld", meta->name, field->key, (long long)value);
    return laco_meta_give(meta, json_string(field->names[value - (int64_t)field->low]), out);
}

static laco_status get_choice(const laco_meta *meta, const laco_field *field, const json_t *value, void *object)
{
    int place = 0;
    LACO_TRY(laco_meta_name(meta, field->key, value, field->names, (int)(field->high - field->low) + 1, &place));
    laco_member_store(object, field->at, place + (int64_t)field->low);
    return LACO_OK;
}

static laco_status put_text(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    const char *text = laco_member_at(object, field->at);
    return laco_meta_give(meta, json_stringn(text, strnlen(text, field->at.size)), out);
}

static laco_status get_text(const laco_meta *meta, const laco_field *field, const json_t *value, void *object)
{
    const char *text = json_string_value(value);
    size_t most = field->at.size > 1 ? field->at.size - 1 : 1;
    if (!text || strlen(text) > most)
        return laco_meta_wrong(meta, field->key, "a string of at most %zu bytes", most);
    memset(laco_member_of(object, field->at), 0, field->at.size);
    memcpy(laco_member_of(object, field->at), text, strlen(text));
    return LACO_OK;
}

static laco_status put_string(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    return laco_meta_give(meta, json_string(*(char *const *)laco_member_at(object, field->at)), out);
}

static laco_status get_string(const laco_meta *meta, const laco_field *field, const json_t *value, void *object)
{
    char **to = laco_member_of(object, field->at);
    if (!json_is_string(value))
        return laco_meta_wrong(meta, field->key, "a string");
    *to = laco_copy_string(meta->ctx, json_string_value(value));
    return *to ? LACO_OK : LACO_NO_MEMORY;
}

static laco_status put_object(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    return laco_fields_put(meta, field->of, laco_member_at(object, field->at), out);
}

static laco_status get_object(const laco_meta *meta, const laco_field *field, const json_t *value, void *object)
{
    if (!json_is_object(value))
        return laco_meta_wrong(meta, field->key, "an object");
    return laco_fields_get(meta, field->of, value, laco_member_of(object, field->at));
}

const laco_codec laco_field_integer = {put_integer, get_integer}, laco_field_real = {put_real, get_real},
                 laco_field_boolean = {put_boolean, get_boolean}, laco_field_choice = {put_choice, get_choice},
                 laco_field_text = {put_text, get_text}, laco_field_string = {put_string, get_string},
                 laco_field_object = {put_object, get_object};
