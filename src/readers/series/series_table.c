/* Which column of a table is what. */
#include "series/series_table.h"

#include "base/content.h"
#include "table/columns.h"
#include "text/text.h"

#include <string.h>
#include <strings.h>

#define NONE LACO_NO_FIELD

#define MOST_FIELDS 16384 /* of a table: each is looked at for what it is */

/* Names by which a header says what is to be forecast. */
static bool names_target(const char *name) { return laco_role_named(LACO_ROLE_VALUE, name, strlen(name)); }

/* ---- The header ----------------------------------------------------------------------------------------------------------- */

static bool any_date(const laco_csv_field *field)
{
    laco_time_guess guess;
    laco_time_guess_start(&guess, LACO_DATE_DEFAULT, LACO_TIME_ANY);
    return laco_time_guess_add(&guess, field->bytes, field->length) != LACO_TIME_UNFIT;
}

/* A first row of numbers and dates alone is no header. */
static laco_status check_header(const laco_series_table *t, const laco_csv_row *row)
{
    size_t filled = row->count;
    while (filled > 0 && row->fields[filled - 1].length == 0) /* behind delimiters too many */
        filled--;
    for (size_t i = 0; i < filled; i++) {
        const laco_csv_field *field = &row->fields[i];
        if (!laco_decimal_marks(field->bytes, field->length) && !any_date(field))
            return LACO_OK;
    }
    if (filled == 0 || t->config->column_count > 0 || t->config->time_column || t->config->id_column)
        return LACO_OK;
    return laco_fail(t->ctx, LACO_FORMAT,
                     "%s:%zu: holds numbers where a header should be; put a line of names above, as date,value", t->name,
                     row->line);
}

/* A first row whose field in the column of time is a date is no header either. */
static laco_status check_time_name(const laco_series_table *t)
{
    laco_time_guess guess;
    const char *name = t->time == NONE || t->config->time_column ? "" : t->fields[t->time].name;
    laco_time_guess_start(&guess, LACO_DATE_DEFAULT, LACO_TIME_DATES);
    if (!*name || laco_time_guess_add(&guess, name, strlen(name)) == LACO_TIME_UNFIT)
        return LACO_OK;
    return laco_fail(
        t->ctx, LACO_FORMAT,
        "%s: the first row holds the date \"%.*s\" where a header should be; put a line of names above, as date,value", t->name,
        laco_text_cut(name, strlen(name), 60), name);
}

/* No column is asked to be time. */
static bool counts_rows(const laco_series_config *config)
{
    return config->time_column && strcmp(config->time_column, "none") == 0;
}

static laco_status find_columns(laco_series_table *t, const laco_csv_row *row)
{
    if (t->config->time_column && !counts_rows(t->config))
        LACO_TRY(laco_csv_find_column(t->ctx, t->name, row, t->config->time_column, "time column", &t->time));
    if (t->config->id_column)
        LACO_TRY(laco_csv_find_column(t->ctx, t->name, row, t->config->id_column, "id column", &t->id));
    for (int c = 0; c < t->config->column_count; c++)
        LACO_TRY(laco_csv_find_column(t->ctx, t->name, row, t->config->columns[c], "column of the series", &t->place[c]));
    for (int k = 0; k < t->known_count; k++)
        LACO_TRY(
            laco_csv_find_column(t->ctx, t->name, row, t->known[k], "column that is known ahead", &t->place[t->columns + k]));
    for (int f = 0; f < t->fact_count; f++)
        LACO_TRY(laco_csv_find_column(t->ctx, t->name, row, t->facts[f], "static column", &t->fact_place[f]));
    for (int c = 0; c < t->config->column_count; c++)
        for (int k = 0; k < t->known_count; k++)
            if (t->place[c] == t->place[t->columns + k])
                return laco_fail(t->ctx, LACO_INVALID, "%s: \"%s\" cannot both be forecast and be known ahead", t->name,
                                 t->known[k]);
    return LACO_OK;
}

static laco_status take_header(laco_series_table *t, const laco_csv_row *row)
{
    if (row->count > MOST_FIELDS)
        return laco_fail(t->ctx, LACO_FORMAT,
                         "%s:%zu: has %zu columns; at most %d are read: a table with the columns that matter is right", t->name,
                         row->line, row->count, MOST_FIELDS);
    t->fields = laco_alloc(t->ctx, row->count, sizeof *t->fields);
    if (!t->fields)
        return LACO_NO_MEMORY;
    t->field_count = row->count;
    for (size_t i = 0; i < row->count; i++) {
        t->fields[i].marks = LACO_MARK_POINT | LACO_MARK_COMMA;
        if (!(t->fields[i].name = laco_copy_string(t->ctx, row->fields[i].bytes)))
            return LACO_NO_MEMORY;
    }
    LACO_TRY(check_header(t, row));
    return find_columns(t, row);
}

/* ---- The time column ------------------------------------------------------------------------------------------------------ */

static bool wanted(const laco_series_table *t, size_t field)
{
    for (int c = 0; c < t->config->column_count; c++)
        if (t->place[c] == field)
            return true;
    for (int k = 0; k < t->known_count; k++)
        if (t->place[t->columns + k] == field)
            return true;
    for (int f = 0; f < t->fact_count; f++)
        if (t->fact_place[f] == field)
            return true;
    return field == t->id;
}

/* Where time may be looked for, in this order. */
typedef struct laco_time_search {
    unsigned kinds; /* of forms that the first row is to have */
    bool named;     /* only in columns that are called time */
    bool text;      /* only where it is no number; kinds 0: whatever text, if named, else what looks like a date */
    bool first;     /* only in the first column, and all of it is to fit */
    bool dated;     /* only in columns with "date" in their name, and all of it is to fit */
    bool unread;    /* numbers that no form fits */
} laco_time_search;

static bool search_fits(const laco_series_table *t, const laco_time_search *s, const laco_csv_row *row, size_t i)
{
    const laco_csv_field *field = &row->fields[i];
    laco_time_guess guess;
    if (wanted(t, i) || (s->named && !laco_series_names_time(t->fields[i].name)) || (s->first && (i > 0 || row->count < 2)))
        return false;
    bool number = laco_decimal_marks(field->bytes, field->length) != 0;
    if (s->dated && !laco_series_names(t->fields[i].name, "date"))
        return false;
    if (s->text && (laco_field_missing(field->bytes, field->length) || number))
        return false;
    if (s->unread)
        return number;
    if (s->kinds == 0)
        return s->named || laco_time_looks_like(field->bytes, field->length);
    laco_time_guess_start(&guess, LACO_DATE_DEFAULT, s->kinds);
    return laco_time_guess_add(&guess, field->bytes, field->length) != LACO_TIME_UNFIT;
}

static void find_time(laco_series_table *t, const laco_csv_row *row)
{
    static const laco_time_search searches[] = {
        {.kinds = LACO_TIME_DATES, .text = true},
        {.kinds = LACO_TIME_REFUSED, .text = true},
        {.kinds = 0, .text = true},
        {.kinds = LACO_TIME_NUMBERS | LACO_TIME_DIGITS | LACO_TIME_CLOCKS, .named = true},
        {.kinds = 0, .text = true, .named = true},
        {.kinds = LACO_TIME_DIGITS, .dated = true},
        {.kinds = LACO_TIME_DIGITS, .first = true},
        {.unread = true, .named = true},
    };
    for (size_t s = 0; s < sizeof searches / sizeof *searches && t->time == NONE && !counts_rows(t->config); s++)
        for (size_t i = 0; i < row->count && t->time == NONE; i++)
            if ((row->count > 1 || !(searches[s].kinds & LACO_TIME_NUMBERS)) && search_fits(t, &searches[s], row, i)) {
                t->time = i;
                t->tentative = searches[s].first || searches[s].dated;
            }
    if (t->time == NONE)
        return;
    bool number = laco_decimal_marks(row->fields[t->time].bytes, row->fields[t->time].length) != 0;
    unsigned digits = t->tentative ? LACO_TIME_DIGITS : LACO_TIME_NUMBERS | LACO_TIME_DIGITS | LACO_TIME_REFUSED;
    laco_time_guess_start(&t->guess, t->config->date, number ? digits : LACO_TIME_ANY & ~LACO_TIME_NUMBERS);
}

static const char *order_name(laco_date_order order)
{
    static const char *const names[] = {"", "dmy", "mdy", "ymd"};
    return names[order];
}

/* No number, nothing missing but behind the last delimiter, and no date. */
static bool all_texts(const laco_csv_row *row)
{
    size_t texts = 0;
    for (size_t i = 0; i < row->count; i++) {
        const laco_csv_field *field = &row->fields[i];
        bool empty = i > 0 && field->length == 0;
        texts += !empty;
        if (!empty && (laco_decimal_marks(field->bytes, field->length) || laco_field_missing(field->bytes, field->length) ||
                       any_date(field)))
            return false;
    }
    return texts > 1;
}

static laco_status wrong_stamp(const laco_series_table *t, const laco_csv_row *row, laco_time_fit fit)
{
    const laco_csv_field *field = &row->fields[t->time];
    const char *column = t->fields[t->time].name;
    int cut = laco_text_cut(field->bytes, field->length, 60);
    if (field->length == 0)
        return laco_fail(t->ctx, LACO_FORMAT, "%s:%zu: time column \"%s\" is empty here; every row needs its time", t->name,
                         row->line, column);
    if (fit == LACO_TIME_NO_DATE)
        return laco_fail(t->ctx, LACO_FORMAT, "%s:%zu: time column \"%s\" holds \"%.*s\"; there is no such date or time", t->name,
                         row->line, column, cut, field->bytes);
    if (fit == LACO_TIME_COARSE)
        return laco_fail(
            t->ctx, LACO_FORMAT,
            "%s:%zu: time column \"%s\" holds \"%.*s\"; where numbers of time have a fraction, all of the column lie "
            "within ±2^42",
            t->name, row->line, column, cut, field->bytes);
    if (field->length > 15 && strspn(field->bytes, "0123456789") == field->length)
        return laco_fail(t->ctx, LACO_FORMAT,
                         "%s:%zu: time column \"%s\" holds \"%.*s\"; numbers of time lie within ±2^53: where these are "
                         "nanoseconds, leave out the last six digits",
                         t->name, row->line, column, cut, field->bytes);
    if (t->guess.rows > 0 && all_texts(row))
        return laco_fail(
            t->ctx, LACO_FORMAT,
            "%s:%zu: no number and no time is in this row; take it away where it is a note, and where it is the header "
            "what stands above it: tail -n +%zu %s",
            t->name, row->line, row->line, laco_name_in_command(t->name));
    if (t->guess.rows > 0) {
        laco_time_guess guess = t->guess;
        bool clear = laco_time_guess_end(&guess, LACO_DATE_DEFAULT);
        return laco_fail(t->ctx, LACO_FORMAT, "%s:%zu: time column \"%s\" holds \"%.*s\"; the rows above have the form %s",
                         t->name, row->line, column, cut, field->bytes,
                         clear ? laco_time_forms[guess.format.form].name : "DD/MM/YYYY or MM/DD/YYYY");
    }
    if (t->config->date != LACO_DATE_DEFAULT)
        return laco_fail(t->ctx, LACO_FORMAT,
                         "%s:%zu: time column \"%s\" holds \"%.*s\"; it should be a date in the order of --date %s", t->name,
                         row->line, column, cut, field->bytes, order_name(t->config->date));
    return laco_fail(t->ctx, LACO_FORMAT,
                     "%s:%zu: time column \"%s\" holds \"%.*s\", which is no known form of time; write YYYY-MM-DD, YYYY-MM-DD "
                     "HH:MM:SS or YYYY-MM "
                     "(another column: --time NAME; none: --time none)",
                     t->name, row->line, column, cut, field->bytes);
}

/* The forms that are left after another row. */
static laco_status look_at_time(laco_series_table *t, const laco_csv_row *row)
{
    if (t->time == NONE)
        return LACO_OK;
    const laco_csv_field *field = &row->fields[t->time];
    laco_time_fit fit = laco_time_guess_add(&t->guess, field->bytes, field->length);
    if (fit == LACO_TIME_FITS)
        return LACO_OK;
    if (!t->tentative)
        return wrong_stamp(t, row, fit);
    t->time = NONE;
    return LACO_OK;
}

static laco_status end_time(laco_series_table *t)
{
    if (t->time == NONE)
        return LACO_OK;
    const char *column = t->fields[t->time].name;
    if (!laco_time_guess_end(&t->guess, t->config->date_unclear))
        return laco_fail(
            t->ctx, LACO_FORMAT,
            "%s: in time column \"%s\" no day is above 12, so day and month cannot be told apart; say --date dmy or --date mdy",
            t->name, column);
    const laco_time_form *form = &laco_time_forms[t->guess.format.form];
    if (form->refused)
        return laco_fail(t->ctx, LACO_FORMAT, "%s: time column \"%s\" has the form %s; %s", t->name, column, form->name,
                         form->refused);
    if (strcmp(form->name, "Mon-YY") == 0 && t->guess.rows > 1 && !t->guess.months_differ)
        return laco_fail(
            t->ctx, LACO_FORMAT,
            "%s: time column \"%s\" names one month and a number of two digits, which could be a day or a year; write 2016-01-31",
            t->name, column);
    return laco_series_time_doubt(t);
}

/* ---- All of it ----------------------------------------------------------------------------------------------------------------
 */

/* As where files were joined. */
static bool repeats_header(const laco_series_table *t, const laco_csv_row *row)
{
    for (size_t i = 0; i < row->count && i < t->field_count; i++)
        if (strcmp(row->fields[i].bytes, t->fields[i].name) != 0)
            return false;
    return row->count == t->field_count;
}

static laco_status look(void *user, const laco_csv_row *row)
{
    laco_series_table *t = user;
    if (!t->field_count)
        return take_header(t, row);
    if (t->row_count == 0)
        LACO_TRY(laco_series_row_doubt(t, row));
    if (repeats_header(t, row))
        return laco_header_again(t->ctx, t->name, row->line);
    if (row->count < t->field_count)
        return laco_fail(t->ctx, LACO_FORMAT, "%s:%zu: %zu fields where the header has %zu%s", t->name, row->line, row->count,
                         t->field_count, laco_csv_short_hint(&t->csv, row));
    if (row->count > t->field_count)
        return laco_fail(
            t->ctx, LACO_FORMAT,
            "%s:%zu: %zu fields where the header has %zu; a field that holds the delimiter needs quotes (decimal commas: "
            "separate columns by semicolons)",
            t->name, row->line, row->count, t->field_count);
    if (t->row_count++ == 0) {
        t->first_line = row->line;
        find_time(t, row);
        LACO_TRY(check_time_name(t));
        for (size_t i = 0; i < row->count; i++)
            t->fields[i].is_number = laco_decimal_marks(row->fields[i].bytes, row->fields[i].length) != 0 ||
                                     laco_field_missing(row->fields[i].bytes, row->fields[i].length);
    }
    if (t->commas)
        laco_series_marks_look(t, row);
    laco_series_texts_look(t, row);
    return look_at_time(t, row);
}

static laco_status check_twin(const laco_series_table *t, size_t column)
{
    size_t same = 0;
    for (size_t i = 0; i < t->field_count; i++)
        same += strcmp(t->fields[i].name, t->fields[column].name) == 0;
    return same < 2 ? LACO_OK
                    : laco_fail(t->ctx, LACO_FORMAT, "%s:1: the column \"%s\" stands there %zu times (another: --target NAME)",
                                t->name, t->fields[column].name, same);
}

/* Without a choice: the one column that the header calls the target, or the last column of numbers. */
static laco_status choose_column(laco_series_table *t)
{
    size_t last = NONE, named = NONE, named_count = 0, count = 0;
    for (size_t i = 0; i < t->field_count; i++) {
        if (!t->fields[i].is_number || i == t->time || wanted(t, i) || !*t->fields[i].name) /* behind a delimiter too many */
            continue;
        last =
            last == NONE || !laco_series_names_no_target(t->fields[i].name) || laco_series_names_no_target(t->fields[last].name)
                ? i
                : last;
        count++;
        if (names_target(t->fields[i].name)) {
            named = i;
            named_count++;
        }
    }
    if (named_count != 1)
        LACO_TRY(laco_series_months_doubt(t));
    if (t->time == NONE && !t->config->time_column)
        LACO_TRY(laco_series_wide_doubt(t));
    LACO_TRY(laco_series_texts_end(t));
    if (last == NONE)
        return laco_fail(t->ctx, LACO_FORMAT, "%s:%zu: no column of numbers in this row", t->name, t->first_line);
    t->place[0] = named_count == 1 ? named : last;
    LACO_TRY(check_twin(t, t->place[0]));
    t->number_columns = count;
    t->by_name = named_count == 1;
    return LACO_OK;
}

laco_status laco_series_table_look(laco_series_table *t)
{
    t->commas = t->config->decimal != LACO_DECIMAL_DEFAULT || t->csv.delimiter != ',' || memchr(t->csv.bytes, '"', t->csv.size);
    LACO_TRY(laco_csv_read(t->ctx, &t->csv, look, t));
    if (!t->field_count)
        return laco_fail(t->ctx, LACO_FORMAT, "%s: is empty; a header and rows of numbers are needed", t->name);
    if (t->row_count == 0)
        return laco_fail(t->ctx, LACO_FORMAT, "%s: there is no row below the header", t->name);
    LACO_TRY(end_time(t));
    LACO_TRY(laco_series_marks_end(t));
    return t->config->column_count == 0 ? choose_column(t) : LACO_OK;
}
