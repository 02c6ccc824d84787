/* Wide tables: a series a row, its id in the first field, its values behind it. */
#include "series/series_table.h"
#include "table/columns.h"

#include "text/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct wide {
    laco_series_table *table;
    bool like_m4; /* found: V1, V2, V3 … */
    bool passed;  /* the header */
} wide;

/* The header of the M4 competition's files, V1, V2, V3 …, says nothing else. */
static laco_status look_at_header(void *user, const laco_csv_row *row)
{
    wide *w = user;
    char name[32];
    w->like_m4 = row->count >= 3;
    for (size_t i = 0; i < row->count && w->like_m4; i++) {
        snprintf(name, sizeof name, "V%zu", i + 1);
        w->like_m4 = strcmp(row->fields[i].bytes, name) == 0;
    }
    return LACO_OK;
}

laco_status laco_series_wide_find(laco_series_table *t, bool *found)
{
    laco_csv head = t->csv;
    const char *end = memchr(head.bytes, '\n', head.size);
    wide w = {.table = t};
    *found = t->config->wide;
    if (*found || t->config->id_column || t->config->time_column ||
        (head.size > 0 && head.bytes[0] != '"' && head.bytes[0] != 'V'))
        return LACO_OK;
    head.size = end ? (size_t)(end - head.bytes) : head.size;
    LACO_TRY(laco_csv_read(t->ctx, &head, look_at_header, &w));
    *found = w.like_m4;
    return LACO_OK;
}

static laco_status take_number(const laco_series_table *t, const laco_csv_row *row, size_t place, double *out)
{
    const laco_csv_field *field = &row->fields[place];
    unsigned mark = t->config->decimal == LACO_DECIMAL_COMMA ? LACO_MARK_COMMA : LACO_MARK_POINT;
    if (!laco_decimal_read(field->bytes, field->length, mark, out) || !isfinite(*out))
        return laco_fail(t->ctx, LACO_FORMAT, "%s:%zu: field %zu holds \"%.*s\"; it should be a number of the series \"%.*s\"",
                         t->name, row->line, place + 1, laco_text_cut(field->bytes, field->length, 60), field->bytes,
                         laco_text_cut(row->fields[0].bytes, row->fields[0].length, 60), row->fields[0].bytes);
    return LACO_OK;
}

static bool missing(const laco_csv_field *field) { return laco_field_missing(field->bytes, field->length); }

/* From the first value to the last: a series may begin later than others, and end earlier. */
static laco_status take_series(void *user, const laco_csv_row *row)
{
    wide *w = user;
    laco_series_table *t = w->table;
    size_t first = 1, past = row->count, place, known = t->series->count;
    if (!w->passed) {
        w->passed = true;
        return (t->series->origin.id_column = laco_copy_string(t->ctx, row->fields[0].bytes)) ? LACO_OK : LACO_NO_MEMORY;
    }
    while (first < past && missing(&row->fields[first]))
        first++;
    while (past > first && missing(&row->fields[past - 1]))
        past--;
    if (first == past)
        return laco_fail(t->ctx, LACO_FORMAT, "%s:%zu: the series \"%.*s\" has no value", t->name, row->line,
                         laco_text_cut(row->fields[0].bytes, row->fields[0].length, 60), row->fields[0].bytes);
    LACO_TRY(laco_series_place(t->series, row->fields[0].bytes, row->fields[0].length, &place));
    if (place != known)
        return laco_fail(t->ctx, LACO_FORMAT, "%s:%zu: the series \"%.*s\" stands there twice", t->name, row->line,
                         laco_text_cut(row->fields[0].bytes, row->fields[0].length, 60), row->fields[0].bytes);
    for (size_t i = first; i < past; i++) {
        double value = NAN;
        if (!missing(&row->fields[i]))
            LACO_TRY(take_number(t, row, i, &value));
        else if (t->config->missing != LACO_MISSING_INTERPOLATE)
            return laco_fail(t->ctx, LACO_FORMAT, "%s:%zu: field %zu has no value (\"%s\"); --missing interpolate fills gaps",
                             t->name, row->line, i + 1, row->fields[i].bytes);
        LACO_TRY(laco_series_add_row(t->series, place, &value, 0));
    }
    return LACO_OK;
}

laco_status laco_series_wide_read(laco_series_table *t)
{
    static const char *const column = "value";
    wide w = {.table = t};
    if (t->known_count + t->fact_count > 0)
        return laco_fail(t->ctx, LACO_INVALID, "%s: a table with a series a row has no column \"%s\"; a row a time step is right",
                         t->name, t->known_count > 0 ? t->known[0] : t->facts[0]);
    for (int c = 0; c < t->config->column_count; c++)
        if (strcmp(t->config->columns[c], column) != 0)
            return laco_fail(t->ctx, LACO_FORMAT, "%s: a table with a series a row has one column, \"value\", and no \"%s\"",
                             t->name, t->config->columns[c]);
    LACO_TRY(laco_series_new(t->ctx, t->name, &column, 1, &t->series));
    t->series->has_ids = true;
    LACO_TRY(laco_csv_read(t->ctx, &t->csv, take_series, &w));
    return t->series->count > 0 ? LACO_OK : laco_fail(t->ctx, LACO_FORMAT, "%s: there is no series below the header", t->name);
}
