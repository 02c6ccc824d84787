/* Series from tables. */
#include "base/file.h"
#include "base/locale.h"
#include "laco/read.h"
#include "forecast/series_covariates.h"
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
        bool ahead = t->known_count > 0 && column < t->columns; /* perhaps: see check_gaps */
        return ahead || t->config->missing == LACO_MISSING_INTERPOLATE
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
    for (int f = 0; f < t->fact_count; f++) {
        const laco_csv_field *field = &row->fields[t->fact_place[f]];
        bool same;
        LACO_TRY(laco_series_set_fact(t->series, place, f, field->bytes, field->length, &same));
        if (!same)
            return wrong_value(t, row, t->fact_place[f], "a static column is the same in all rows of a series");
    }
    if (t->time != NONE) {
        time = take_time(t, row);
        LACO_TRY(laco_series_order_add(t, place, time, row->line));
    }
    return laco_series_add_row(t->series, place, t->row, time);
}

/* ---- The end ------------------------------------------------------------------------------------------------------------ */

/* Missing values of a column [rows][C], on the line between their neighbours; at an end, the neighbour itself. */
static laco_status interpolate(const laco_series_table *t, double *at, size_t rows, size_t C, const char *name)
{
    size_t known = NONE;
    for (size_t row = 0; row < rows; row++) {
        if (isnan(at[row * C]))
            continue;
        double from = known == NONE ? at[row * C] : at[known * C], span = (double)(row - (known == NONE ? 0 : known));
        for (size_t gap = known == NONE ? 0 : known + 1; gap < row; gap++)
            at[gap * C] = known == NONE ? from : from + (at[row * C] - from) * (double)(gap - known) / span;
        known = row;
    }
    if (known == NONE && rows > 0)
        return laco_fail(t->ctx, LACO_FORMAT, "%s: column \"%s\" has no value at all", t->name, name);
    for (size_t row = known + 1; known != NONE && row < rows; row++)
        at[row * C] = at[known * C];
    return LACO_OK;
}

static laco_status fill_gaps(const laco_series_table *t, const laco_one_series *one)
{
    const laco_series *series = t->series;
    size_t C = (size_t)series->column_count, K = (size_t)series->covariates.known_count;
    for (size_t c = 0; c < C; c++)
        LACO_TRY(interpolate(t, one->values + c, one->rows, C, series->columns[c]));
    for (size_t k = 0; k < K; k++)
        LACO_TRY(interpolate(t, one->known + k, one->rows + one->ahead, K, series->covariates.known[k]));
    return LACO_OK;
}

/* Values may be missing only in rows that are ahead. */
static laco_status check_gaps(const laco_series_table *t, size_t index)
{
    const laco_series *series = t->series;
    const char *id = laco_series_id(series, index), *comma = *id ? ", series " : "";
    char time[48];
    if (series->one[index].rows == 0)
        return laco_fail(t->ctx, LACO_FORMAT, "%s%s%s: no row has a value of \"%s\"; those to be forecast follow rows that have",
                         t->name, comma, id, series->columns[0]);
    for (size_t row = 0; row < series->one[index].rows; row++)
        for (int c = 0; c < series->column_count; c++)
            if (isnan(laco_series_value(series, index, row, c))) {
                laco_series_time_text(series, index, row, time);
                return laco_fail(
                    t->ctx, LACO_FORMAT,
                    "%s%s%s: column \"%s\" has no value at %s, and later rows have; --missing interpolate fills gaps", t->name,
                    comma, id, series->columns[c], time);
            }
    return LACO_OK;
}

/* The rows ahead are those that forecasts are for. */
static laco_status check_ahead(const laco_series_table *t, size_t index)
{
    const laco_series *series = t->series;
    const laco_one_series *one = &series->one[index];
    char time[48], next[48];
    for (size_t row = one->rows; one->times && row < one->rows + one->ahead; row++) {
        if (one->times[row] == laco_series_instant(series, index, row))
            continue;
        laco_time_text(&series->format, one->times[row], time);
        laco_series_time_text(series, index, row, next);
        return laco_fail(t->ctx, LACO_FORMAT, "%s: the row to be forecast at %s does not follow the rows before; the next is %s",
                         t->name, time, next);
    }
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
    if (t->known_count > 0)
        LACO_TRY(laco_series_split_known(series, t->known_count));
    for (size_t i = 0; i < series->count; i++)
        LACO_TRY(t->config->missing == LACO_MISSING_INTERPOLATE ? fill_gaps(t, &series->one[i])
                 : t->known_count > 0                           ? check_gaps(t, i)
                                                                : LACO_OK);
    if (series->has_time)
        find_step(series);
    for (size_t i = 0; i < series->count && series->has_time; i++)
        LACO_TRY(check_ahead(t, i));
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
    LACO_TRY(laco_series_table_look(t));
    int count = t->columns + t->known_count;
    const char **columns = laco_alloc(t->ctx, (size_t)count, sizeof *columns);
    for (int c = 0; columns && c < count; c++)
        columns[c] = t->fields[t->place[c]].name;
    laco_status status = columns ? laco_series_new(t->ctx, t->name, columns, count, &t->series) : LACO_NO_MEMORY;
    laco_release(t->ctx, columns);
    LACO_TRY(status);
    LACO_TRY(laco_series_name_covariates(t->series, NULL, 0, t->facts, t->fact_count));
    LACO_TRY(name_origin(t));
    t->series->has_time = t->time != NONE;
    t->series->has_ids = t->id != NONE;
    t->series->format = t->guess.format;
    LACO_TRY(laco_csv_read(t->ctx, &t->csv, take_row, t));
    return finish(t);
}

static laco_status read_text(laco_series_table *t, const char *bytes, size_t size)
{
    t->columns = LACO_MAX(t->config->column_count, 1);
    size_t columns = (size_t)t->columns + (size_t)t->known_count;
    LACO_TRY(laco_text_check(t->ctx, t->name, &bytes, &size));
    static const laco_json_wanted wanted = {
        "a table date,value below a header", "[.%, .%] | @csv", LACO_ROLE_TIME, LACO_ROLE_VALUE, {"date", "value"}};
    LACO_TRY(laco_json_refuse(t->ctx, t->name, bytes, size, &wanted));
    LACO_TRY(laco_csv_open(t->ctx, t->name, bytes, size, false, &t->csv));
    t->place = laco_alloc(t->ctx, columns, sizeof *t->place);
    t->row = t->place ? laco_alloc(t->ctx, columns, sizeof *t->row) : NULL;
    t->fact_place = t->row ? laco_alloc(t->ctx, (size_t)LACO_MAX(t->fact_count, 1), sizeof *t->fact_place) : NULL;
    if (!t->fact_place)
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
    laco_release(t->ctx, t->fact_place);
    laco_release(t->ctx, t->row);
    laco_release(t->ctx, t->order);
}

/* ---- Lists of columns ---------------------------------------------------------------------------------------------------------
 */

/* The names of "A,B": `copy` holds them, each ended by a zero. */
typedef struct name_list {
    char *copy;
    const char **name;
    int count;
} name_list;

static laco_status cut_list(laco_context *ctx, const char *text, name_list *list)
{
    if (!text)
        return LACO_OK;
    list->count = 1;
    for (const char *at = text; *at; at++)
        list->count += *at == ',';
    list->copy = laco_copy_string(ctx, text);
    list->name = list->copy ? laco_alloc(ctx, (size_t)list->count, sizeof *list->name) : NULL;
    if (!list->name)
        return LACO_NO_MEMORY;
    char *at = list->copy;
    for (int count = 0; at; count++) {
        list->name[count] = at;
        at = strchr(at, ',');
        if (at)
            *at++ = 0;
    }
    return LACO_OK;
}

static void free_list(laco_context *ctx, name_list *list)
{
    laco_release(ctx, list->name);
    laco_release(ctx, list->copy);
}

/* ---- All of it ----------------------------------------------------------------------------------------------------------------
 */

static laco_status load(laco_series_table *t, const char *path)
{
    char *bytes;
    size_t size;
    LACO_TRY(laco_file_read(t->ctx, path, &bytes, &size));
    /* Numbers have a decimal point whatever the caller's locale. */
    laco_locale plain;
    laco_status status = laco_locale_begin(t->ctx, &plain);
    if (status == LACO_OK) {
        status = read_text(t, bytes, size);
        laco_locale_end(&plain);
    }
    release(t);
    laco_release(t->ctx, bytes);
    return status;
}

laco_status laco_series_load(laco_context *ctx, const char *path, const laco_series_config *config, laco_series **out)
{
    laco_series_config c = config ? *config : (laco_series_config){0};
    name_list columns = {0}, known = {0}, facts = {0};
    laco_series_table t = {.ctx = ctx, .name = laco_file_shown_name(path), .config = &c, .time = NONE, .id = NONE};
    laco_status status = cut_list(ctx, c.columns ? NULL : c.column_list, &columns);
    if (status == LACO_OK)
        status = cut_list(ctx, c.known_list, &known);
    if (status == LACO_OK)
        status = cut_list(ctx, c.static_list, &facts);
    if (columns.count > 0) {
        c.columns = columns.name;
        c.column_count = columns.count;
    }
    t.known = known.name;
    t.known_count = known.count;
    t.facts = facts.name;
    t.fact_count = facts.count;
    if (status == LACO_OK)
        status = load(&t, path);
    free_list(ctx, &columns);
    free_list(ctx, &known);
    free_list(ctx, &facts);
    if (status == LACO_OK)
        *out = t.series;
    else
        laco_series_free(t.series);
    return status;
}
