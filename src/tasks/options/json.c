/* Tables of options, and their values, as JSON. */
#include "options/options.h"

#include "base/json_text.h"

#include <stdlib.h>
#include <string.h>

/* ---- Values --------------------------------------------------------------------------------------------------------------- */

static json_t *reals_to_json(const laco_reals *reals)
{
    json_t *array = json_array();
    for (int i = 0; i < reals->count; i++)
        laco_json_add(&array, json_real(reals->value[i]));
    return array;
}

/* The value of an option; *given: whether it is another than the default. */
static json_t *value_to_json(const laco_option *row, const void *options, bool *given)
{
    const char *place = (const char *)options + row->offset;
    double number = laco_option_number(row, options);
    const laco_share *share;
    const char *text;
    size_t length = 0;
    *given = number != 0;
    switch (row->type) {
    case LACO_OPTION_FLAG:
        return json_boolean(number != 0);
    case LACO_OPTION_SWITCH:
        *given = number == row->low;
        return json_boolean(*given);
    case LACO_OPTION_CHOICE:
        text = laco_option_nth_word(row->value, (int)number, &length);
        return json_stringn(text ? text : "", length);
    case LACO_OPTION_INTEGER:
        return json_integer(*(const int64_t *)place);
    case LACO_OPTION_REAL:
        return json_real(number);
    case LACO_OPTION_REALS:
        *given = ((const laco_reals *)place)->count > 0;
        return reals_to_json((const laco_reals *)place);
    case LACO_OPTION_SHARE:
        share = (const laco_share *)place;
        *given = *given || share->file;
        return share->file ? json_string(share->file) : json_real(share->fraction);
    default:
        text = *(const char *const *)place;
        *given = text != NULL;
        return json_string(text ? text : "");
    }
}

json_t *laco_options_values(const laco_option_table *table, const void *options, bool shaping)
{
    json_t *object = json_object();
    bool given;
    for (size_t i = 0; object && i < table->count; i++) {
        if (shaping && !(table->rows[i].flags & LACO_OPTION_SHAPES))
            continue;
        json_t *value = value_to_json(&table->rows[i], options, &given);
        if (given || !value)
            laco_json_put(&object, table->rows[i].name, value);
        else
            json_decref(value);
    }
    return object;
}

/* A value that is no text as one that laco_option_set reads. */
static bool value_to_text(const laco_option *row, const json_t *value, char *text, size_t size)
{
    double number = json_number_value(value);
    size_t used = 0;
    if (json_is_boolean(value))
        snprintf(text, size, "%s", json_is_true(value) ? "true" : "false");
    else if (json_is_number(value) && number == LACO_OFF && (row->flags & LACO_OPTION_CAN_BE_OFF))
        snprintf(text, size, "0");
    else if (json_is_integer(value))
        snprintf(text, size, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(text, size, "%.17g", number);
    else if (!json_is_array(value))
        return false;
    for (size_t i = 0; json_is_array(value) && i < json_array_size(value) && used < size; i++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%.17g", i > 0 ? "," : "", json_number_value(json_array_get(value, i)));
    return used < size;
}

laco_status laco_options_from_values(laco_context *ctx, const laco_option_table *table, const json_t *object, void *options)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        const laco_option *row = laco_option_find(table, name, strlen(name));
        char text[LACO_MOST_REALS * 32];
        const char *said = json_string_value(value);
        if (!said && row && value_to_text(row, value, text, sizeof text))
            said = text;
        if (!said)
            return laco_fail(ctx, LACO_INVALID, "%.200s is no option of %s, or its value is neither text nor a number", name,
                             table->task);
        LACO_TRY(laco_option_set(ctx, table, options, name, said));
    }
    return LACO_OK;
}

/* ---- The table ------------------------------------------------------------------------------------------------------------ */

static const char *const type_names[] = {"flag", "flag",       "integer",     "real",   "reals",
                                         "text", "input file", "output file", "choice", "file or real"};

/* "a|b" as an array. */
static json_t *words_to_json(const char *words)
{
    json_t *array = json_array();
    size_t length;
    const char *word;
    for (int place = 1; (word = laco_option_nth_word(words, place, &length)); place++)
        laco_json_add(&array, json_stringn(word, length));
    return array;
}

static bool is_number(const laco_option *row)
{
    return row->type == LACO_OPTION_INTEGER || row->type == LACO_OPTION_REAL || row->type == LACO_OPTION_REALS ||
           row->type == LACO_OPTION_SHARE;
}

static json_t *row_to_json(const laco_option *row)
{
    bool range = is_number(row) && (row->low != 0 || row->high != 0), choice = row->type == LACO_OPTION_CHOICE;
    const struct {
        const char *key;
        bool there;
        json_t *value;
    } members[] = {{"low", range, json_real(row->low)},
                   {"high", range, json_real(row->high)},
                   {"choices", choice, choice ? words_to_json(row->value) : NULL},
                   {"value", !choice && row->value, json_string(row->value ? row->value : "")},
                   {"default", row->normal, json_string(row->normal ? row->normal : "")},
                   {"aliases", row->aliases, row->aliases ? words_to_json(row->aliases) : NULL},
                   {"can_be_off", true, json_boolean(row->flags & LACO_OPTION_CAN_BE_OFF)},
                   {"shapes_result", true, json_boolean(row->flags & (LACO_OPTION_SHAPES | LACO_OPTION_READS))},
                   {"common", true, json_boolean(row->flags & LACO_OPTION_COMMON)},
                   {"of_model", true, json_boolean(row->flags & LACO_OPTION_OF_MODEL)}};
    json_t *object = json_pack("{s:s, s:s, s:s, s:s}", "name", row->name, "type", type_names[row->type], "group", row->group,
                               "help", row->help);
    bool whole = object != NULL;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (members[i].there)
            whole = json_object_set(object, members[i].key, members[i].value) == 0 && whole;
        json_decref(members[i].value);
    }
    if (whole)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *table_to_json(const laco_option_table *table)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < table->count; i++)
        laco_json_add(&array, row_to_json(&table->rows[i]));
    return array;
}

laco_status laco_options_to_json(laco_context *ctx, const laco_option_table *table, const void *options, char **out)
{
    json_t *value = options ? laco_options_values(table, options, false) : table_to_json(table);
    char *text = NULL;
    laco_status status = laco_json_short_text(ctx, value, &text);
    json_decref(value);
    if (status == LACO_OK)
        *out = text;
    return status;
}
