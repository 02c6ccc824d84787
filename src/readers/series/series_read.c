/* Series from tables. */
#include "base/file.h"
#include "base/locale.h"
#include "laco/read.h"
#include "series/series_table.h"
#include "table/json_hint.h"
#include "text/text.h"

#include <math.h>
#include <string.h>

#define NONE LACO_NO_FIELD

/* ---- The rows ----------------------------------------------------------------------------------------------------------- */

static laco_status wrong_value(const laco_series_table *t, const laco_csv_row *row, size_t place, const char *expected)
{
    const laco_csv_field *field = &row->fields[place];
    return laco_fail(t->ctx, LACO_FORMAT, "%s:%zu: column \"%s\" holds \"%.*s\"; %s", t->name, row->line, t->fields[place].name,
                     laco_text_cut(field->bytes, field->length, 60), field->bytes, expected);
}

static laco_status take_value(laco_series_table *t, const laco_csv_row *row, int column)
{
    size_t place = t->place[column];
    const laco_csv_field *field = &row->fields[place];
    double *out = &t->row[column];
    if (laco_field_missing(field->bytes, field->length)) {
        *out = NAN;
        return t->config->missing == LACO_MISSING_INTERPOLATE
                   ? LACO_OK
                   : laco_fail(t->ctx, LACO_FORMAT,
                               "%s:%zu: column \"%s\" has no value (\"%s\"); --missing interpolate fills gaps", t->name,
                               row->line, t->fields[place].name, field->bytes);
    }
    if (!laco_decimal_read(field->bytes, field->length, t->fields[place].marks, out))
        return wrong_value(t, row, place,
                           !laco_decimal_marks(field->bytes, field->length) ? "it should be a number"
                           : t->fields[place].marks == LACO_MARK_COMMA
                               ? "it should be a number with a decimal comma (or --decimal point)"
                               : "it should be a number with a decimal point (or --decimal comma)");
    return fabs(*out) <= LACO_LARGEST_VALUE
               ? LACO_OK
               : wrong_value(t, row, place, isfinite(*out) ? "values lie within ±1e150" : "values must be finite");
}

/* The stamp as it reads; where the zones of rows differ, as it would read in the zone of the last. */
static int64_t take_time(const laco_series_table *t, const laco_csv_row *row)
{
    const laco_csv_field *field = &row->fields[t->time];
    laco_time_stamp stamp;
    (void)laco_time_parse(t->guess.format.form, field->bytes, field->length, &stamp); /* it did before */
    if (t->guess.zones_differ)
        stamp.whole += t->guess.offset - stamp.offset;
    return laco_time_of(&t->series->format, &stamp);
}

static laco_status take_row(void *user, const laco_csv_row *row)
{
    laco_series_table *t = user;
    size_t place;
    int64_t time = 0;
    if (!t->header_passed) {
        t->header_passed = true; /* the header, which was read before */
        return LACO_OK;
    }
    const laco_csv_field none = {"", 0}, *id = t->id == NONE ? &none : &row->fields[t->id];
    LACO_TRY(laco_series_place(t->series, id->bytes, id->length, &place));
    for (int c = 0; c < t->series->column_count; c++)
        LACO_TRY(take_value(t, row, c));
    if (t->time != NONE) {
        time = take_time(t, row);
        LACO_TRY(laco_series_order_add(t, place, time, row->line));
    }
    return laco_series_add_row(t->series, place, t->row, time);
}

/* ---- The end ------------------------------------------------------------------------------------------------------------ */

/* Missing values of a column of one series, on the line between their neighbours; at an end, the neighbour itself. */
static laco_status interpolate(const laco_series_table *t, laco_one_series *one, int column)
{
    size_t C = (size_t)t->series->column_count;
    double *at = one->values + column;
    size_t known = NONE;
    for (size_t row = 0; row < one->rows; row++) {
        if (isnan(at[row * C]))
            continue;
        double from = known == NONE ? at[row * C] : at[known * C], span = (double)(row - (known == NONE ? 0 : known));
        for (size_t gap = known == NONE ? 0 : known + 1; gap < row; gap++)
            at[gap * C] = known == NONE ? from : from + (at[row * C] - from) * (double)(gap - known) / span;
        known = row;
    }
    if (known == NONE && one->rows > 0)
        return laco_fail(t->ctx, LACO_FORMAT, "%s: column \"%s\" has no value at all", t->name, t->series->columns[column]);
    for (size_t row = known + 1; known != NONE && row < one->rows; row++)
        at[row * C] = at[known * C];
    return LACO_OK;
}

/* Which step leads from row to row in the longest series, and how many are longer or shorter. */
static void find_step(laco_series *series)
{
    size_t longest = 0;
    for (size_t i = 0; i < series->count; i++)
        longest = series->one[i].rows > series->one[longest].rows ? i : longest;
    const laco_one_series *one = &series->one[longest];
    series->step = laco_time_find_step(&series->format, one->times, one->rows);
    series->origin.steps = one->rows - 1;
    for (size_t i = 1; i < one->rows; i++)
        series->origin.uneven +=
            fabs(laco_time_clock(&series->step, one->times[i]) - laco_time_clock(&series->step, one->times[i - 1]) - 1) > 1e-6;
}

static laco_status finish(laco_series_table *t)
{
    laco_series *series = t->series;
    if (series->has_time)
        LACO_TRY(laco_series_order_end(t));
    for (size_t i = 0; i < series->count && t->config->missing == LACO_MISSING_INTERPOLATE; i++)
        for (int c = 0; c < series->column_count; c++)
            LACO_TRY(interpolate(t, &series->one[i], c));
    if (series->has_time)
        find_step(series);
    return LACO_OK;
}

static laco_status name_origin(laco_series_table *t)
{
    laco_series_origin *origin = &t->series->origin;
    origin->number_columns = t->number_columns;
    origin->by_name = t->by_name;
    for (int c = 0; c < t->series->column_count; c++)
        origin->decimal_comma = origin->decimal_comma || (t->fields[t->place[c]].marks == LACO_MARK_COMMA);
    if (t->time != NONE && !(origin->time_column = laco_copy_string(t->ctx, t->fields[t->time].name)))
        return LACO_NO_MEMORY;
    if (t->id != NONE && !(origin->id_column = laco_copy_string(t->ctx, t->fields[t->id].name)))
        return LACO_NO_MEMORY;
    return LACO_OK;
}

static laco_status read_table(laco_series_table *t)
{
    int C = t->config->column_count;
    LACO_TRY(laco_series_table_look(t));
    const char *chosen = t->fields[t->place[0]].name, *const *columns = C > 0 ? t->config->columns : &chosen;
    LACO_TRY(laco_series_new(t->ctx, t->name, columns, LACO_MAX(C, 1), &t->series));
    LACO_TRY(name_origin(t));
    t->series->has_time = t->time != NONE;
    t->series->has_ids = t->id != NONE;
    t->series->format = t->guess.format;
    LACO_TRY(laco_csv_read(t->ctx, &t->csv, take_row, t));
    return finish(t);
}

static laco_status read_text(laco_series_table *t, const char *bytes, size_t size)
{
    size_t columns = (size_t)LACO_MAX(t->config->column_count, 1);
    LACO_TRY(laco_text_check(t->ctx, t->name, &bytes, &size));
    static const laco_json_wanted wanted = {
        "a table date,value below a header", "[.%, .%] | @csv", LACO_ROLE_TIME, LACO_ROLE_VALUE, {"date", "value"}};
    LACO_TRY(laco_json_refuse(t->ctx, t->name, bytes, size, &wanted));
    LACO_TRY(laco_csv_open(t->ctx, t->name, bytes, size, false, &t->csv));
    t->place = laco_alloc(t->ctx, columns, sizeof *t->place);
    t->row = t->place ? laco_alloc(t->ctx, columns, sizeof *t->row) : NULL;
    if (!t->row)
        return LACO_NO_MEMORY;
    bool wide;
    LACO_TRY(laco_series_wide_find(t, &wide));
    if (!wide)
        return read_table(t);
    LACO_TRY(laco_series_wide_read(t));
    return finish(t);
}

static void release(laco_series_table *t)
{
    for (size_t i = 0; i < t->field_count; i++)
        laco_release(t->ctx, t->fields[i].name);
    laco_release(t->ctx, t->fields);
    laco_release(t->ctx, t->place);
    laco_release(t->ctx, t->row);
    laco_release(t->ctx, t->order);
}

/* Cuts a list of columns at its commas: `copy` holds them, each ended by a zero. */
static void cut_list(char *copy, const char **columns)
{
    for (int count = 0; copy; count++) {
        columns[count] = copy;
        copy = strchr(copy, ',');
        if (copy)
            *copy++ = 0;
    }
}

/* Reads with the columns of config->column_list. */
static laco_status load_list(laco_context *ctx, const char *path, laco_series_config config, laco_series **out)
{
    char *copy = laco_copy_string(ctx, config.column_list);
    config.column_count = 1;
    for (const char *at = config.column_list; *at; at++)
        config.column_count += *at == ',';
    const char **columns = copy ? laco_alloc(ctx, (size_t)config.column_count, sizeof *columns) : NULL;
    laco_status status = LACO_NO_MEMORY;
    if (columns) {
        cut_list(copy, columns);
        config.columns = columns;
        config.column_list = NULL;
        status = laco_series_load(ctx, path, &config, out);
    }
    laco_release(ctx, columns);
    laco_release(ctx, copy);
    return status;
}

laco_status laco_series_load(laco_context *ctx, const char *path, const laco_series_config *config, laco_series **out)
{
    const laco_series_config none = {0};
    if (config && config->column_list && !config->columns)
        return load_list(ctx, path, *config, out);
    laco_series_table t = {
        .ctx = ctx, .name = laco_file_shown_name(path), .config = config ? config : &none, .time = NONE, .id = NONE};
    char *bytes;
    size_t size;
    LACO_TRY(laco_file_read(ctx, path, &bytes, &size));
    /* Numbers have a decimal point whatever the caller's locale. */
    laco_locale plain;
    laco_status status = laco_locale_begin(ctx, &plain);
    if (status == LACO_OK) {
        status = read_text(&t, bytes, size);
        laco_locale_end(&plain);
    }
    release(&t);
    laco_release(ctx, bytes);
    if (status == LACO_OK)
        *out = t.series;
    else
        laco_series_free(t.series);
    return status;
}
