/* Lists of numbers, strings and structs. */
#include "model/fields.h"

#include "laco/context.h"

#include <float.h>
#include <math.h>

/* How many a list has: what its length is, or has to be. */
static laco_status read_count(const laco_meta *meta, const laco_field *field, const json_t *list, const char *of, void *object,
                              size_t *out)
{
    size_t count = json_array_size(list), most = field->room > 0 ? field->room : INT32_MAX;
    if (!json_is_array(list) || count > most)
        return laco_meta_wrong(meta, field->key, "an array of at most %zu %s", most, of);
    if (field->counts)
        laco_member_store(object, field->count, (int64_t)count);
    else if (laco_member_load(object, field->count) != (int64_t)count)
        return laco_meta_wrong(meta, field->key, "an array of %lld %s", (long long)laco_member_load(object, field->count), of);
    *out = count;
    return LACO_OK;
}

static laco_status put_real(const laco_meta *meta, const laco_field *field, double number, json_t **list)
{
    if (isfinite(number))
        return laco_meta_append(meta, list, json_real(number));
    json_decref(*list);
    *list = NULL;
    return laco_fail(meta->ctx, LACO_NUMERIC, "%s: '%s' in the metadata would hold a number that is not finite", meta->name,
                     field->key);
}

/* ---- Within the struct -------------------------------------------------------------------------------------------------- */

static laco_status put_integers(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    const int32_t *values = laco_member_at(object, field->at);
    LACO_TRY(laco_meta_give(meta, json_array(), out));
    for (int64_t i = 0; i < laco_member_load(object, field->count); i++)
        LACO_TRY(laco_meta_append(meta, out, json_integer(values[i])));
    return LACO_OK;
}

static laco_status get_integers(const laco_meta *meta, const laco_field *field, const json_t *list, void *object)
{
    int32_t *values = laco_member_of(object, field->at);
    size_t count = 0;
    LACO_TRY(read_count(meta, field, list, "integers", object, &count));
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(list, i);
        json_int_t number = json_integer_value(value);
        if (!json_is_integer(value) || number < (json_int_t)field->low || number > (json_int_t)field->high)
            return laco_meta_wrong(meta, field->key, "an array of integers within %g … %g", field->low, field->high);
        values[i] = (int32_t)number;
    }
    return LACO_OK;
}

static laco_status put_reals(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    const double *values = laco_member_at(object, field->at);
    LACO_TRY(laco_meta_give(meta, json_array(), out));
    for (int64_t i = 0; i < laco_member_load(object, field->count); i++)
        LACO_TRY(put_real(meta, field, values[i], out));
    return LACO_OK;
}

static laco_status get_reals(const laco_meta *meta, const laco_field *field, const json_t *list, void *object)
{
    double *values = laco_member_of(object, field->at);
    size_t count = 0;
    LACO_TRY(read_count(meta, field, list, "numbers", object, &count));
    for (size_t i = 0; i < count; i++)
        LACO_TRY(laco_meta_number(meta, field->key, json_array_get(list, i), field->low, field->high, &values[i]));
    return LACO_OK;
}

static laco_status get_rising(const laco_meta *meta, const laco_field *field, const json_t *list, void *object)
{
    const double *values = laco_member_at(object, field->at);
    LACO_TRY(get_reals(meta, field, list, object));
    for (int64_t i = 1; i < laco_member_load(object, field->count); i++)
        if (!(values[i] > values[i - 1]))
            return laco_meta_wrong(meta, field->key, "an array of rising numbers");
    return LACO_OK;
}

/* ---- Allocated ---------------------------------------------------------------------------------------------------------- */

static laco_status put_numbers(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    const laco_real *values = *(laco_real *const *)laco_member_at(object, field->at);
    LACO_TRY(laco_meta_give(meta, json_array(), out));
    for (int64_t i = 0; i < laco_member_load(object, field->count); i++)
        LACO_TRY(put_real(meta, field, (double)values[i], out));
    return LACO_OK;
}

/* Each within its range, where there is one, and in any case a finite laco_real. */
static laco_status get_numbers(const laco_meta *meta, const laco_field *field, const json_t *list, void *object)
{
    const double most = sizeof(laco_real) == sizeof(float) ? (double)FLT_MAX : DBL_MAX,
                 low = field->low < field->high ? field->low : -most, high = field->low < field->high ? field->high : most;
    laco_real **values = laco_member_of(object, field->at);
    size_t count = 0;
    double number = 0;
    LACO_TRY(read_count(meta, field, list, "numbers", object, &count));
    if (!(*values = laco_alloc(meta->ctx, count, sizeof **values)))
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        LACO_TRY(laco_meta_number(meta, field->key, json_array_get(list, i), low, high, &number));
        (*values)[i] = (laco_real)number;
    }
    return LACO_OK;
}

static laco_status put_strings(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    char *const *texts = *(char *const *const *)laco_member_at(object, field->at);
    LACO_TRY(laco_meta_give(meta, json_array(), out));
    for (int64_t i = 0; i < laco_member_load(object, field->count); i++)
        LACO_TRY(laco_meta_append(meta, out, json_string(texts[i])));
    return LACO_OK;
}

static laco_status get_strings(const laco_meta *meta, const laco_field *field, const json_t *list, void *object)
{
    char ***texts = laco_member_of(object, field->at);
    size_t count = 0;
    LACO_TRY(read_count(meta, field, list, "strings", object, &count));
    if (!(*texts = laco_alloc(meta->ctx, count + 1, sizeof **texts))) /* ended by NULL */
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (!text)
            return laco_meta_wrong(meta, field->key, "an array of strings, and holds something else at place %zu", i);
        if (!((*texts)[i] = laco_copy_string(meta->ctx, text)))
            return LACO_NO_MEMORY;
    }
    return LACO_OK;
}

static laco_status put_objects(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    const char *structs = *(char *const *)laco_member_at(object, field->at);
    json_t *one;
    LACO_TRY(laco_meta_give(meta, json_array(), out));
    for (int64_t i = 0; i < laco_member_load(object, field->count); i++) {
        laco_status status = laco_fields_put(meta, field->of, structs + (size_t)i * field->of->size, &one);
        if (status < 0) {
            json_decref(*out);
            *out = NULL;
            return status;
        }
        LACO_TRY(laco_meta_append(meta, out, one));
    }
    return LACO_OK;
}

static laco_status get_objects(const laco_meta *meta, const laco_field *field, const json_t *list, void *object)
{
    char **structs = laco_member_of(object, field->at);
    size_t count = 0;
    LACO_TRY(read_count(meta, field, list, "objects", object, &count));
    if (!(*structs = laco_alloc(meta->ctx, count, field->of->size)))
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        LACO_TRY(laco_fields_get(meta, field->of, json_array_get(list, i), *structs + i * field->of->size));
    return LACO_OK;
}

const laco_codec laco_field_integers = {put_integers, get_integers}, laco_field_reals = {put_reals, get_reals},
                 laco_field_rising = {put_reals, get_rising}, laco_field_numbers = {put_numbers, get_numbers},
                 laco_field_strings = {put_strings, get_strings}, laco_field_objects = {put_objects, get_objects};
