/* Numbers that could be read in two ways, or are not read; times that could be something else. */
#include "series/series_table.h"

#include "base/content.h"
#include "table/columns.h"
#include "table/decimal.h"
#include "text/text.h"

#include <string.h>
#include <strings.h>

#define NONE LACO_NO_FIELD
#define LOOKED_AT 1000 /* rows, for numbers among texts */

/* ---- Decimal marks ----------------------------------------------------------------------------------------------------------
 */

void laco_series_marks_look(laco_series_table *t, const laco_csv_row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        const laco_csv_field *field = &row->fields[i];
        if (i == t->time || i == t->id || !strpbrk(field->bytes, ",."))
            continue;
        unsigned marks = laco_decimal_marks(field->bytes, field->length);
        if (marks & t->fields[i].marks)
            t->fields[i].marks &= marks;
        if (marks == (LACO_MARK_POINT | LACO_MARK_COMMA) && !t->fields[i].comma_line && strchr(field->bytes, ','))
            t->fields[i].comma_line = row->line;
    }
}

/* Columns whose numbers could be read both ways follow those that cannot; without any, a comma before three digits is doubtful.
 */
laco_status laco_series_marks_end(laco_series_table *t)
{
    const unsigned both = LACO_MARK_POINT | LACO_MARK_COMMA;
    unsigned asked = t->config->decimal == LACO_DECIMAL_COMMA ? LACO_MARK_COMMA : LACO_MARK_POINT, clear = 0;
    for (size_t i = 0; i < t->field_count; i++)
        clear |= t->fields[i].is_number && i != t->time && i != t->id && t->fields[i].marks != both ? t->fields[i].marks : 0;
    for (size_t i = 0; i < t->field_count; i++) {
        laco_series_field *field = &t->fields[i];
        if (t->config->decimal != LACO_DECIMAL_DEFAULT)
            field->marks = asked;
        else if (field->marks == both && field->is_number && field->comma_line && clear != LACO_MARK_COMMA &&
                 clear != LACO_MARK_POINT)
            return laco_fail(
                t->ctx, LACO_FORMAT,
                "%s:%zu: column \"%s\" has commas that could be before decimals or between thousands; say --decimal comma or "
                "--decimal point",
                t->name, field->comma_line, field->name);
        else if (field->marks == both)
            field->marks = clear == LACO_MARK_COMMA ? LACO_MARK_COMMA : LACO_MARK_POINT;
    }
    return LACO_OK;
}

/* ---- Numbers with signs and units ----------------------------------------------------------------------------------------- */

/* Of columns that begin with no number: how many of their fields are numbers, or would be. */
void laco_series_texts_look(laco_series_table *t, const laco_csv_row *row)
{
    for (size_t i = 0; t->row_count <= LOOKED_AT && t->config->column_count == 0 && i < row->count; i++) {
        laco_series_field *field = &t->fields[i];
        const char *text = row->fields[i].bytes;
        size_t length = row->fields[i].length;
        if (i == t->time || i == t->id || field->is_number || laco_field_missing(text, length))
            continue;
        field->texts++;
        field->numbers += laco_decimal_marks(text, length) != 0;
        field->dressed += laco_decimal_dressed(text, length);
    }
}

typedef struct sought {
    laco_series_table *table;
    size_t column;
    bool header;
} sought;

/* Fails at the first field of a column that is no number. */
static laco_status fail_at_text(void *user, const laco_csv_row *row)
{
    sought *s = user;
    const laco_series_table *t = s->table;
    if (s->header || laco_decimal_marks(row->fields[s->column].bytes, row->fields[s->column].length) ||
        laco_field_missing(row->fields[s->column].bytes, row->fields[s->column].length)) {
        s->header = false;
        return LACO_OK;
    }
    const laco_csv_field *field = &row->fields[s->column];
    return laco_fail(t->ctx, LACO_FORMAT,
                     "%s:%zu: column \"%s\" holds \"%.*s\"; write a number as -1234.5, without currencies, units "
                     "and spaces, or NaN where there is none (another column: --target NAME)",
                     t->name, row->line, t->fields[s->column].name, laco_text_cut(field->bytes, field->length, 60), field->bytes);
}

/* A column of numbers that are not read must not be passed over for another without a word. */
laco_status laco_series_texts_end(laco_series_table *t)
{
    for (size_t i = t->field_count; i-- > 0;) {
        const laco_series_field *field = &t->fields[i];
        bool all = field->texts > 0 && field->dressed + field->numbers == field->texts;
        bool most = 2 * field->numbers > field->texts && field->texts >= 4;
        if (i == t->time || i == t->id || (!all && !most))
            continue;
        sought s = {t, i, true};
        LACO_TRY(laco_csv_read(t->ctx, &t->csv, fail_at_text, &s));
    }
    return LACO_OK;
}

/* ---- A column for each month ---------------------------------------------------------------------------------------------- */

/* A year a row, as statistical offices and R print them: forecasting December by December is not what was meant. */
laco_status laco_series_months_doubt(const laco_series_table *t)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    size_t next = 0;
    for (size_t i = 0; i < t->field_count && next < 12; i++)
        if (i != t->time && strncasecmp(t->fields[i].name, months + 3 * next, 3) == 0)
            next++;
    if (next < 12)
        return LACO_OK;
    return laco_fail(t->ctx, LACO_FORMAT,
                     "%s: a column for each month, a row for each year; a row for each month, as 2016-01,value, is right "
                     "(or a month alone: --target %s)",
                     t->name, t->fields[t->field_count - 1].name);
}

/* ---- A column for each time ----------------------------------------------------------------------------------------------- */

/* 1800 … 2200; 0: no year. */
static int year_of(const char *name)
{
    int year = 0;
    if (strlen(name) != 4 || strspn(name, "0123456789") != 4)
        return 0;
    for (int i = 0; i < 4; i++)
        year = 10 * year + (name[i] - '0');
    return year >= 1800 && year <= 2200 ? year : 0;
}

static bool is_date(const char *name)
{
    laco_time_guess guess;
    laco_time_guess_start(&guess, LACO_DATE_DEFAULT, LACO_TIME_DATES);
    return laco_time_guess_add(&guess, name, strlen(name)) != LACO_TIME_UNFIT;
}

/* Columns called 2015, 2016, 2017 … or by dates, as statistical offices have them, are the rows of each series. */
laco_status laco_series_wide_doubt(const laco_series_table *t)
{
    size_t end = t->field_count, first;
    while (end > 0 && !*t->fields[end - 1].name) /* behind a delimiter too many */
        end--;
    for (first = end; first > 0; first--) {
        int year = year_of(t->fields[first - 1].name);
        if (first < end ? (year ? year >= year_of(t->fields[first].name) : !is_date(t->fields[first - 1].name))
                        : !year && !is_date(t->fields[first - 1].name))
            break;
    }
    if (end - first < 3 || first == 0)
        return LACO_OK;
    return laco_fail(
        t->ctx, LACO_FORMAT,
        "%s: a column for each time, from \"%.*s\" to \"%.*s\", and a row for each series: --wide reads such, of one "
        "column of names and values (or one time alone: --target NAME)",
        t->name, laco_text_cut(t->fields[first].name, strlen(t->fields[first].name), 30), t->fields[first].name,
        laco_text_cut(t->fields[end - 1].name, strlen(t->fields[end - 1].name), 30), t->fields[end - 1].name);
}

/* ---- Tables of one column ------------------------------------------------------------------------------------------------- */

static size_t count_of(const char *text, char c)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == c;
    return count;
}

/* The first row below a header that is one field: other delimiters, or a title above the table. */
laco_status laco_series_row_doubt(const laco_series_table *t, const laco_csv_row *row)
{
    static const char marks[] = "| ";
    if (t->field_count != 1)
        return LACO_OK;
    const char *header = t->fields[0].name;
    if (row->count > 1)
        return laco_fail(t->ctx, LACO_FORMAT,
                         "%s:%zu: %zu fields where the line above has 1 (\"%.*s\"); the first line should be the names of the "
                         "columns: take away what stands above them: tail -n +%zu %s",
                         t->name, row->line, row->count, laco_text_cut(header, strlen(header), 60), header, row->line,
                         laco_name_in_command(t->name));
    for (const char *mark = marks; *mark; mark++)
        if (count_of(header, *mark) > 0 && count_of(header, *mark) == count_of(row->fields[0].bytes, *mark))
            return laco_fail(t->ctx, LACO_FORMAT,
                             "%s:%zu: columns between %s; put commas, semicolons or tabs between them: tr '%s' ','", t->name,
                             row->line, *mark == '|' ? "vertical bars" : "spaces", *mark == '|' ? "|" : " ");
    return LACO_OK;
}

/* ---- Times ----------------------------------------------------------------------------------------------------------------- */

bool laco_series_names(const char *name, const char *word)
{
    size_t length = strlen(word);
    for (; *name; name++)
        if (strncasecmp(name, word, length) == 0)
            return true;
    return false;
}

static laco_status doubt(const laco_series_table *t, const char *what, const char *right)
{
    return laco_fail(t->ctx, LACO_FORMAT, "%s: time column \"%s\" could be %s; %s", t->name, t->fields[t->time].name, what,
                     right);
}

/* What its name says of a column of time, against the form that was found. */
laco_status laco_series_time_doubt(const laco_series_table *t)
{
    const char *column = t->fields[t->time].name;
    const laco_time_form *form = &laco_time_forms[t->guess.format.form], *other = laco_time_guess_doubt(&t->guess);
    bool number = form->detail == LACO_TIME_NUMBER, week = laco_series_names(column, "week");
    bool dated = laco_series_names(column, "date") || strcasecmp(column, "ds") == 0 || strcasecmp(column, "day") == 0;
    if (other && (strcmp(other->name, "YYYYWW") == 0 ? week : dated))
        return doubt(t, other->name, other->refused);
    if (week && form->months == 1)
        return doubt(t, "years and weeks", "write 2016-W05");
    if (laco_series_names(column, "quarter") &&
        ((number && t->guess.number >= 1000) || (form->months == 1 && t->guess.latest_month <= 4)))
        return doubt(t, "years and quarters", "write 2016Q1");
    return LACO_OK;
}
