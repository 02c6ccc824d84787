/* Series from tables. */
#include "base/file.h"
#include "base/locale.h"
#include "table/csv.h"
#include "forecast/series.h"
#include "laco/read.h"
#include "text/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NONE SIZE_MAX

typedef struct table {
    laco_context *ctx;
    const char *name;
    const laco_series_config *config;
    size_t fields;   /* of the header; 0 before it */
    size_t *place;   /* [column_count] field of each column */
    size_t time, id; /* fields, or NONE */
    bool time_is_number;
    char **header; /* [fields] */
    char *numeric; /* [fields] 'y': the first row holds a number there */
    bool ended;    /* the first row has been seen */
    laco_series *series;
    double *row; /* [column_count] */
} table;

static bool is_missing(const laco_csv_field *field)
{
    static const char *const words[] = {"", "NA", "N/A", "NaN", "null", "none", "?"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(field->bytes, words[i]) == 0)
            return true;
    return false;
}

static bool is_number(const laco_csv_field *field, double *out)
{
    char *end;
    *out = strtod(field->bytes, &end);
    return field->length > 0 && !*end && strlen(field->bytes) == field->length && !strpbrk(field->bytes, "xXpP");
}

/* ---- The header and the first row: which column is what --------------------------------------------------------------- */

static laco_status copy_header(table *t, const laco_csv_row *row)
{
    t->header = laco_alloc(t->ctx, row->count, sizeof *t->header);
    t->numeric = t->header ? laco_alloc(t->ctx, row->count, 1) : NULL;
    if (!t->numeric)
        return LACO_NO_MEMORY;
    t->fields = row->count;
    for (size_t i = 0; i < row->count; i++)
        if (!(t->header[i] = laco_copy_string(t->ctx, row->fields[i].bytes)))
            return LACO_NO_MEMORY;
    if (t->config->time_column)
        LACO_TRY(laco_csv_find_column(t->ctx, t->name, row, t->config->time_column, "time column", &t->time));
    if (t->config->id_column)
        LACO_TRY(laco_csv_find_column(t->ctx, t->name, row, t->config->id_column, "id column", &t->id));
    for (int c = 0; c < t->config->column_count; c++)
        LACO_TRY(laco_csv_find_column(t->ctx, t->name, row, t->config->columns[c], "column of the series", &t->place[c]));
    return LACO_OK;
}

static bool wanted(const table *t, size_t field)
{
    for (int c = 0; c < t->config->column_count; c++)
        if (t->place[c] == field)
            return true;
    return false;
}

/* Names under which whole numbers are time. */
static bool names_time(const char *name)
{
    static const char *const names[] = {"year",  "date", "time", "timestamp", "index", "step",
                                        "month", "week", "day",  "hour",      "ds",    "t"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

static void find_time(table *t, const laco_csv_row *row)
{
    laco_time_format format;
    int64_t time;
    for (size_t i = 0; i < row->count && t->time == NONE; i++)
        if (i != t->id && !wanted(t, i) && laco_time_parse(row->fields[i].bytes, row->fields[i].length, false, &format, &time))
            t->time = i;
    for (size_t i = 0; i < row->count && t->time == NONE && row->count > 1; i++)
        if (i != t->id && !wanted(t, i) && names_time(t->header[i]) &&
            laco_time_parse(row->fields[i].bytes, row->fields[i].length, true, &format, &time))
            t->time = i;
    if (t->time != NONE)
        t->time_is_number = !laco_time_parse(row->fields[t->time].bytes, row->fields[t->time].length, false, &format, &time);
}

static laco_status look(void *user, const laco_csv_row *row)
{
    table *t = user;
    double number;
    if (t->ended)
        return LACO_OK;
    if (!t->fields)
        return copy_header(t, row);
    t->ended = true;
    if (row->count == t->fields)
        find_time(t, row);
    for (size_t i = 0; i < row->count && i < t->fields; i++)
        t->numeric[i] = is_number(&row->fields[i], &number) || is_missing(&row->fields[i]) ? 'y' : 'n';
    return LACO_OK;
}

/* Without a choice: the last column of numbers. */
static laco_status choose_column(table *t)
{
    size_t field = t->fields;
    while (field > 0 && (t->numeric[field - 1] != 'y' || field - 1 == t->time || field - 1 == t->id))
        field--;
    if (field == 0)
        return laco_fail(t->ctx, LACO_FORMAT, "%s:2: no column of numbers in this row", t->name);
    t->place[0] = field - 1;
    return LACO_OK;
}

/* ---- The rows ----------------------------------------------------------------------------------------------------------- */

static laco_status take_value(table *t, const laco_csv_row *row, int column)
{
    const laco_csv_field *field = &row->fields[t->place[column]];
    const char *name = t->series->columns[column];
    double *out = &t->row[column];
    if (is_missing(field)) {
        *out = NAN;
        return t->config->missing == LACO_MISSING_INTERPOLATE ? LACO_OK
                                      : laco_fail(t->ctx, LACO_FORMAT,
                                                  "%s:%zu: column \"%s\" has no value (\"%s\"); --missing interpolate fills gaps",
                                                  t->name, row->line, name, field->bytes);
    }
    if (!is_number(field, out))
        return laco_fail(t->ctx, LACO_FORMAT, "%s:%zu: column \"%s\" holds \"%.*s\"; it should be a number", t->name, row->line,
                         name, laco_text_cut(field->bytes, field->length, 60), field->bytes);
    if (!isfinite(*out))
        return laco_fail(t->ctx, LACO_FORMAT, "%s:%zu: column \"%s\" holds \"%.*s\"; values must be finite", t->name, row->line,
                         name, laco_text_cut(field->bytes, field->length, 60), field->bytes);
    return LACO_OK;
}

static laco_status take_time(table *t, const laco_csv_row *row, size_t place, int64_t *time)
{
    const laco_csv_field *field = &row->fields[t->time];
    laco_series *series = t->series;
    const laco_one_series *one = &series->one[place];
    laco_time_format format;
    if (!laco_time_parse(field->bytes, field->length, t->time_is_number, &format, time))
        return laco_fail(t->ctx, LACO_FORMAT, "%s:%zu: time column \"%s\" holds \"%.*s\"; it should be %s", t->name, row->line,
                         t->header[t->time], laco_text_cut(field->bytes, field->length, 60), field->bytes,
                         t->time_is_number ? "a whole number" : "YYYY-MM, YYYY-MM-DD, YYYY-MM-DD HH:MM[:SS] or Mon-YYYY");
    /* Clocks are put back: up to three hours are taken as they are. */
    int64_t allowed = format.detail >= LACO_TIME_MINUTE ? 3 * 3600 : 0;
    if (one->rows > 0 && *time < one->times[one->rows - 1] - allowed)
        return laco_fail(t->ctx, LACO_FORMAT,
                         "%s:%zu: the time \"%.*s\" is before that of the row above; rows must be in the order of time%s",
                         t->name, row->line, laco_text_cut(field->bytes, field->length, 60), field->bytes,
                         t->id == NONE ? " (--id COLUMN where there are several series)" : "");
    if (format.detail > series->format.detail || series->count == 1)
        series->format = format;
    return LACO_OK;
}

static laco_status take_row(void *user, const laco_csv_row *row)
{
    table *t = user;
    size_t place;
    int64_t time = 0;
    if (!t->ended) {
        t->ended = true; /* the header, which was read before */
        return LACO_OK;
    }
    if (row->count != t->fields)
        return laco_fail(t->ctx, LACO_FORMAT,
                         "%s:%zu: %zu fields where the header has %zu; a field that holds the delimiter needs quotes", t->name,
                         row->line, row->count, t->fields);
    const laco_csv_field none = {"", 0}, *id = t->id == NONE ? &none : &row->fields[t->id];
    LACO_TRY(laco_series_place(t->series, id->bytes, id->length, &place));
    for (int c = 0; c < t->series->column_count; c++)
        LACO_TRY(take_value(t, row, c));
    if (t->time != NONE)
        LACO_TRY(take_time(t, row, place, &time));
    return laco_series_add_row(t->series, place, t->row, time);
}

/* Missing values of a column of one series, on the line between their neighbours; at an end, the neighbour itself. */
static laco_status interpolate(const table *t, laco_one_series *one, int column)
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

static laco_status finish(table *t)
{
    laco_series *series = t->series;
    if (series->count == 0)
        return laco_fail(t->ctx, LACO_FORMAT, "%s: there is no row below the header", t->name);
    for (size_t i = 0; i < series->count && t->config->missing == LACO_MISSING_INTERPOLATE; i++)
        for (int c = 0; c < series->column_count; c++)
            LACO_TRY(interpolate(t, &series->one[i], c));
    size_t longest = 0;
    for (size_t i = 0; i < series->count; i++)
        longest = series->one[i].rows > series->one[longest].rows ? i : longest;
    if (series->has_time)
        series->step = laco_time_find_step(&series->format, series->one[longest].times, series->one[longest].rows);
    return LACO_OK;
}

static laco_status read_table(table *t, const char *bytes, size_t size)
{
    char delimiter = laco_csv_delimiter(bytes, size);
    LACO_TRY(laco_csv_read(t->ctx, t->name, bytes, size, delimiter, look, t));
    if (!t->fields)
        return laco_fail(t->ctx, LACO_FORMAT, "%s: is empty; a header and rows of numbers are needed", t->name);
    if (!t->ended)
        return laco_fail(t->ctx, LACO_FORMAT, "%s: there is no row below the header", t->name);
    int C = t->config->column_count;
    if (C == 0)
        LACO_TRY(choose_column(t));
    const char *chosen = t->header[t->place[0]], *const *columns = C > 0 ? t->config->columns : &chosen;
    LACO_TRY(laco_series_new(t->ctx, t->name, columns, LACO_MAX(C, 1), &t->series));
    t->series->has_time = t->time != NONE;
    t->series->has_ids = t->id != NONE;
    t->ended = false;
    LACO_TRY(laco_csv_read(t->ctx, t->name, bytes, size, delimiter, take_row, t));
    return finish(t);
}

static laco_status read_bytes(table *t, const char *bytes, size_t size)
{
    static const char bom[] = "\xEF\xBB\xBF";
    size_t skip = size >= 3 && memcmp(bytes, bom, 3) == 0 ? 3 : 0;
    size_t columns = (size_t)LACO_MAX(t->config->column_count, 1);
    t->place = laco_alloc(t->ctx, columns, sizeof *t->place);
    t->row = t->place ? laco_alloc(t->ctx, columns, sizeof *t->row) : NULL;
    return t->row ? read_table(t, bytes + skip, size - skip) : LACO_NO_MEMORY;
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
    table t = {.ctx = ctx, .name = laco_file_shown_name(path), .config = config ? config : &none, .time = NONE, .id = NONE};
    char *bytes;
    size_t size;
    LACO_TRY(laco_file_read(ctx, path, &bytes, &size));
    /* Numbers have a decimal point whatever the caller's locale. */
    laco_locale plain;
    laco_status status = laco_locale_begin(ctx, &plain);
    if (status == LACO_OK) {
        status = read_bytes(&t, bytes, size);
        laco_locale_end(&plain);
    }
    for (size_t i = 0; t.header && i < t.fields; i++)
        laco_release(ctx, t.header[i]);
    laco_release(ctx, t.header);
    laco_release(ctx, t.numeric);
    laco_release(ctx, t.place);
    laco_release(ctx, t.row);
    laco_release(ctx, bytes);
    if (status == LACO_OK)
        *out = t.series;
    else
        laco_series_free(t.series);
    return status;
}
