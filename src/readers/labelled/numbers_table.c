/* Tables of numbers: one sequence in each row, step by step, its label last. */
#include "labelled/numbers.h"

#include <string.h>

typedef struct table {
    laco_labelled *data;
    const char *name;
    size_t fields; /* of every row; 0 before the first */
    bool label;    /* the last field is the label */
    size_t steps, features;
} table;

static bool is_header(const laco_csv_row *row)
{
    double value;
    for (size_t i = 0; i + 1 < row->count; i++)
        if (laco_number_parse(row->fields[i].bytes, row->fields[i].length, &value))
            return false;
    return row->count > 1;
}

/* Whether the row of a table that is to be answered ends in a label all the same. */
static bool has_label(const table *t, const laco_csv_row *row)
{
    const laco_labelled_config *config = &t->data->config;
    const laco_csv_field *last = &row->fields[row->count - 1];
    size_t features = (size_t)LACO_MAX(config->features, 1);
    double value;
    if (!config->unlabelled)
        return true;
    if (config->steps > 0)
        return row->count == (size_t)config->steps * features + 1;
    return features > 1 ? row->count % features == 1 : !laco_number_parse(last->bytes, last->length, &value);
}

/* Steps and features from the first row of numbers. */
static laco_status lay_out(table *t, const laco_csv_row *row)
{
    laco_labelled *data = t->data;
    const laco_labelled_config *config = &data->config;
    t->fields = row->count;
    t->label = has_label(t, row);
    size_t numbers = row->count - t->label, steps = (size_t)config->steps;
    int64_t known = config->features > 0 ? config->features : data->features;
    t->features = known > 0 ? (size_t)known : steps > 0 ? numbers / steps : 1;
    if (numbers == 0)
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: one field only; a row should hold numbers and then the label", t->name,
                         row->line);
    if (steps > 0 && (t->features == 0 || numbers != steps * t->features))
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: %zu numbers in a row where %zu steps of %zu are needed", t->name,
                         row->line, numbers, steps, LACO_MAX(t->features, (size_t)1));
    if (numbers % t->features != 0)
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: %zu numbers in a row cannot be steps of %zu", t->name, row->line,
                         numbers, t->features);
    t->steps = numbers / t->features;
    return laco_labelled_expect(data, (int64_t)t->features);
}

static laco_status take_row(void *user, const laco_csv_row *in_bytes)
{
    table *t = user;
    laco_labelled *data = t->data;
    laco_csv_row here = *in_bytes, *row = &here;
    row->line += laco_lines_before(data->config.first_line);
    if (!t->fields && in_bytes->line == 1 && is_header(row))
        return LACO_OK;
    if (!t->fields)
        LACO_TRY(lay_out(t, row));
    if (row->count != t->fields)
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: %zu fields where the rows before have %zu", t->name, row->line,
                         row->count, t->fields);
    laco_real *values = laco_labelled_room(data, t->steps, (int64_t)t->features);
    if (!values)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < t->steps * t->features; i++)
        LACO_TRY(laco_number_take(data->ctx, t->name, row->line, "field", i + 1, row->fields[i].bytes, row->fields[i].length,
                                  &values[i]));
    const laco_csv_field *last = &row->fields[row->count - 1];
    return laco_labelled_add_values(data, row->line, t->label ? last->bytes : NULL, last->length, values, t->steps);
}

laco_status laco_numbers_read_table(laco_labelled *data, const char *name, const char *bytes, size_t size)
{
    table t = {.data = data, .name = name};
    return laco_csv_read(data->ctx, name, bytes, size, laco_csv_delimiter(bytes, size), take_row, &t);
}
