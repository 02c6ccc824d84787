/* Tables of numbers: one sequence in each row, step by step, its label last or first. */
#include "labelled/numbers.h"

#include "table/columns.h"
#include "table/decimal.h"

#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

typedef struct table {
    laco_labelled *data;
    laco_csv csv;
    laco_columns columns;
    bool header, begun;
    bool passed[2];    /* the first or the last column is passed over: an index, or nothing */
    unsigned mark;     /* before decimals */
    size_t label;      /* column; NONE: there is none */
    bool doubtful;     /* another could be it too */
    bool asked;        /* said by the user */
    uint64_t hot[2];   /* bit k: in all rows so far the first, the last k fields are 0 but for one 1 */
    bool ones[2][64];  /* where such a 1 stood */
    size_t first, end; /* columns of numbers, and of the label where it stands at one end */
    size_t steps, features;
} table;

/* ---- Which column is the label? ------------------------------------------------------------------------------------------- */

/* Could be labels: texts, or few different whole numbers; of a model, those that it knows. */
static bool may_be_label(const table *t, size_t column)
{
    const laco_column *c = &t->columns.column[column];
    const laco_strings *values = column == t->first ? &t->columns.first_values : &t->columns.last_values;
    const laco_labelled *data = t->data;
    size_t length, known = 0;
    if (data->config.labels) {
        for (size_t i = 0; i < values->count; i++) {
            const char *value = laco_strings_get(values, (int32_t)i, &length);
            known += laco_strings_find(&data->labels, value, length) >= 0;
        }
        return values->count > 0 && known == values->count;
    }
    if (c->texts > c->numbers)
        return true;
    return c->whole && values->count >= 2 && 2 * values->count <= t->columns.rows;
}

/* By what stands in the first and the last column. */
static void guess_label(table *t)
{
    size_t last = t->end - 1;
    bool at_first = t->first == 0 && may_be_label(t, 0), at_last = last + 1 == t->columns.count && may_be_label(t, last);
    bool texts_last = t->columns.column[last].texts > t->columns.column[last].numbers;
    t->label = (at_first && !at_last) || (at_first && !texts_last && laco_numbers_of_archive(t->csv.name)) ? t->first : last;
    t->doubtful = at_first && at_last && !texts_last && t->label == last && !t->data->config.labels;
}

/* Under a header that calls no column a label, numbers at the front are as likely a measure, and a target may be none of classes. */
static laco_status check_guess(const table *t)
{
    const laco_column *first = &t->columns.column[t->first], *last = &t->columns.column[t->end - 1];
    if (!t->header || t->data->config.labels || t->label != t->first || first->texts > first->numbers ||
        laco_numbers_of_archive(t->csv.name))
        return LACO_OK;
    return laco_fail(t->data->ctx, LACO_FORMAT,
                     "%s: which column is the label? say it, as --label %s or --label %s (classes are learned, not amounts)",
                     t->csv.name, first->name, last->name);
}

/* By the name of a column, exactly one of which says so. */
static bool named_label(table *t)
{
    size_t count = 0;
    for (size_t i = t->first; t->header && i < t->end; i++)
        if (laco_role_named(LACO_ROLE_LABEL, t->columns.column[i].name, strlen(t->columns.column[i].name))) {
            t->label = i;
            count++;
        }
    return count == 1;
}

/* As the user says: a name of the header, or a number from 1. */
static laco_status asked_label(table *t, const char *wanted)
{
    char *end;
    unsigned long number = strtoul(wanted, &end, 10);
    for (size_t i = 0; t->header && i < t->columns.count; i++)
        if (strcmp(t->columns.column[i].name, wanted) == 0) {
            t->label = i;
            return LACO_OK;
        }
    if (*end || number < 1 || number > t->columns.count)
        return laco_fail(t->data->ctx, LACO_FORMAT, "%s: no column \"%s\" (label column)%s; a number from 1 to %zu is right too",
                         t->csv.name, wanted, t->header ? "" : ", for there is no header", t->columns.count);
    t->label = number - 1;
    return LACO_OK;
}

/* Whether rows to be answered have a label all the same. */
static bool has_label(const table *t)
{
    const laco_labelled_config *config = &t->data->config;
    size_t features = (size_t)LACO_MAX(config->features, 1), numbers = t->end - t->first;
    const laco_column *last = &t->columns.column[t->end - 1];
    bool texts = t->columns.rows > 0 ? last->texts > last->numbers : !last->first_number && *last->name;
    if (!config->unlabelled)
        return true;
    if (config->steps > 0)
        return numbers == (size_t)config->steps * features + 1;
    return features > 1 ? numbers % features == 1 : texts || last->missing > last->numbers;
}

static laco_status find_label(table *t)
{
    const char *asked = t->data->config.label_column;
    t->label = NONE;
    t->asked = asked != NULL;
    if (asked) {
        LACO_TRY(asked_label(t, asked));
    } else if (has_label(t) && !named_label(t)) {
        guess_label(t);
        LACO_TRY(check_guess(t));
    }
    if (t->label != NONE && t->label != t->first && t->label + 1 != t->end && !t->header && !asked)
        t->label = t->end - 1;
    return LACO_OK;
}

/* ---- The header, and what is passed over ------------------------------------------------------------------------------------
 */

/* Names 0, 1, 2 … or 1, 2, 3 …, as of pixels. */
static bool counted_names(const table *t)
{
    long before = -1;
    size_t count = 0;
    for (size_t i = t->first; i < t->end; i++) {
        const laco_column *c = &t->columns.column[i];
        char *end;
        long number = strtol(c->name, &end, 10);
        if (!c->first_number)
            continue;
        if (*end || (count == 0 ? number != 0 && number != 1 : number != before + 1))
            return false;
        before = number;
        count++;
    }
    return count >= 3 && count + 1 == t->end - t->first;
}

/* A first row is a header where no number stands in it but for that of a label, or where it names its columns by numbers and one
 * by a word for labels. */
static bool is_header(const table *t)
{
    size_t numbers = 0, named = 0, words = 0;
    for (size_t i = t->first; i < t->end; i++) {
        const laco_column *c = &t->columns.column[i];
        numbers += c->first_number;
        words += !c->first_number && *c->name && (c->numbers > 0 || c->missing > 0 || t->columns.rows == 0);
        named += laco_role_named(LACO_ROLE_LABEL, c->name, strlen(c->name));
    }
    if (t->end - t->first < 2)
        return false;
    if (named == 1 && numbers > 0)
        return counted_names(t);
    return numbers == 0 || (numbers == 1 && words + 1 == t->end - t->first && t->columns.column[t->end - 1].first_number);
}

static laco_status pass_over(table *t)
{
    laco_notes *notes = &t->data->notes;
    t->end = t->columns.count;
    while (t->end > 1 && laco_column_is_empty(&t->columns.column[t->end - 1]))
        t->end--;
    const laco_column *column = &t->columns.column[0];
    bool own = t->columns.rows > 0 && t->columns.first_values.count == t->columns.rows && laco_column_is_id(column);
    if (t->end > 2 && (own || laco_column_is_index(column))) {
        t->first = 1;
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "index", "column 1 %s the rows and is passed over",
                                laco_column_is_index(column) ? "counts" : "names"));
    }
    return LACO_OK;
}

/* A decimal comma, where all columns of numbers can have one and some do. */
static void find_mark(table *t)
{
    unsigned marks = LACO_MARK_POINT | LACO_MARK_COMMA;
    bool commas = false;
    for (size_t i = t->first; i < t->end; i++) {
        const laco_column *c = &t->columns.column[i];
        if (i == t->label || c->numbers == 0)
            continue;
        marks &= c->marks;
        commas = commas || c->commas;
    }
    t->mark = commas && (marks & LACO_MARK_COMMA) ? LACO_MARK_COMMA : LACO_MARK_POINT;
}

/* ---- Rows -------------------------------------------------------------------------------------------------------------------
 */

static size_t number_count(const table *t)
{
    bool within = t->label != NONE && t->label >= t->first && t->label < t->end;
    return t->end - t->first - within;
}

/* Steps and features. */
static laco_status lay_out(table *t, size_t line)
{
    laco_labelled *data = t->data;
    const laco_labelled_config *config = &data->config;
    size_t numbers = number_count(t), steps = (size_t)config->steps;
    int64_t known = config->features > 0 ? config->features : data->features;
    t->features = known > 0 ? (size_t)known : steps > 0 ? numbers / steps : 1;
    if (numbers == 0)
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: one field only; a row should hold numbers and then the label",
                         t->csv.name, line);
    if (steps > 0 && (t->features == 0 || numbers != steps * t->features))
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: %zu numbers in a row where %zu steps of %zu are needed", t->csv.name,
                         line, numbers, steps, LACO_MAX(t->features, (size_t)1));
    if (numbers % t->features != 0)
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: %zu numbers in a row cannot be steps of %zu", t->csv.name, line,
                         numbers, t->features);
    t->steps = numbers / t->features;
    return laco_labelled_expect(data, (int64_t)t->features);
}

/* What a field that is no number may be. */
static const char *hint_of(const table *t, const laco_csv_field *field, size_t column)
{
    double number;
    const laco_column *c = column < t->columns.count ? &t->columns.column[column] : NULL;
    if (laco_decimal_dressed(field->bytes, field->length))
        return "; write it as -1234.5, without currencies, units and signs";
    if (t->mark == LACO_MARK_POINT && laco_decimal_read(field->bytes, field->length, LACO_MARK_COMMA, &number))
        return "; others have a decimal point: one mark in all of the file is right";
    if (t->asked || t->label == NONE)
        return "";
    bool named =
        t->header && laco_role_named(LACO_ROLE_LABEL, t->columns.column[t->label].name, strlen(t->columns.column[t->label].name));
    return named && c && c->texts > c->numbers ? "; take columns of texts away (where it is the label: --label NAME)"
                                               : "; where it is the label, --label NAME or its number says so";
}

static laco_status take_number(const table *t, const laco_csv_row *row, size_t column, laco_real *value)
{
    const laco_csv_field *field = &row->fields[column];
    double number;
    if (t->mark == LACO_MARK_COMMA && laco_decimal_read(field->bytes, field->length, t->mark, &number)) {
        *value = (laco_real)number;
        return LACO_OK;
    }
    if (laco_number_parse(field->bytes, field->length, &number) || laco_field_missing(field->bytes, field->length))
        return laco_number_take(t->data->ctx, t->csv.name, row->line, "field", column + 1, field->bytes, field->length, value);
    return laco_fail(t->data->ctx, LACO_FORMAT, "%s:%zu: '%.*s' in field %zu is not a number%s", t->csv.name, row->line,
                     laco_text_cut(field->bytes, field->length, 40), field->bytes, column + 1, hint_of(t, field, column));
}

/* A label that has a column for each class. */
static void look_for_hot(table *t, const laco_csv_row *row)
{
    for (int side = 0; side < 2; side++) {
        int sum = 0;
        uint64_t here = 0;
        for (size_t k = 0; k < 63 && t->first + k < t->end; k++) {
            const char *field = row->fields[side ? t->end - 1 - k : t->first + k].bytes;
            bool one = strcmp(field, "1") == 0 || strcmp(field, "1.0") == 0;
            if (!one && strcmp(field, "0") != 0 && strcmp(field, "0.0") != 0)
                break;
            t->ones[side][k] = t->ones[side][k] || one;
            sum += one;
            here |= (uint64_t)(sum == 1) << (k + 1);
        }
        t->hot[side] &= here;
    }
}

static laco_status check_hot(const table *t)
{
    if (t->asked || t->label == NONE || t->data->config.labels || t->columns.rows < 10)
        return LACO_OK;
    for (int side = 0; side < 2; side++)
        for (size_t k = 2, ones = t->ones[side][0]; k < 64; k++) {
            ones += t->ones[side][k - 1];
            if (t->hot[side] >> k & 1 && ones == k)
                return laco_fail(
                    t->data->ctx, LACO_FORMAT,
                    "%s: the %s %zu columns are 0 but for one 1 in each row: a label with a column for each class; make one "
                    "column of them (or say which is the label: --label N)",
                    t->csv.name, side ? "last" : "first", k);
        }
    return LACO_OK;
}

/* As where files were joined. */
static bool repeats_header(const table *t, const laco_csv_row *row)
{
    for (size_t i = 0; t->header && i < row->count && i < t->columns.count; i++)
        if (strcmp(row->fields[i].bytes, t->columns.column[i].name) != 0)
            return false;
    return t->header && row->count == t->columns.count;
}

static laco_status take_row(void *user, const laco_csv_row *row)
{
    table *t = user;
    laco_labelled *data = t->data;
    size_t used = 0;
    if (!t->begun) {
        t->begun = true;
        if (t->header)
            return LACO_OK;
    }
    if (t->steps == 0)
        LACO_TRY(lay_out(t, row->line));
    if (row->count != t->columns.count)
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: %zu fields where the rows before have %zu", t->csv.name, row->line,
                         row->count, t->columns.count);
    if (repeats_header(t, row))
        return laco_header_again(data->ctx, t->csv.name, row->line);
    laco_real *values = laco_labelled_room(data, t->steps, (int64_t)t->features);
    if (!values)
        return LACO_NO_MEMORY;
    look_for_hot(t, row);
    for (size_t i = t->first; i < t->end; i++)
        if (i != t->label)
            LACO_TRY(take_number(t, row, i, &values[used++]));
    const laco_csv_field *label = t->label == NONE ? NULL : &row->fields[t->label];
    return laco_labelled_add_values(data, row->line, label ? label->bytes : NULL, label ? label->length : 0, values, t->steps);
}

/* ---- The table --------------------------------------------------------------------------------------------------------------
 */

static laco_status note(const table *t)
{
    laco_notes *notes = &t->data->notes;
    LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "form", "rows of numbers between %s, %s", laco_csv_between(&t->csv),
                            t->header ? "below a header" : "no header"));
    if (t->mark == LACO_MARK_COMMA)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "decimal", "with decimal commas"));
    if (t->label == NONE)
        return LACO_OK;
    if (t->header)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "label", "label in \"%s\"", t->columns.column[t->label].name));
    else
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "label", "label %s",
                                t->label == t->first     ? "first"
                                : t->label + 1 == t->end ? "last"
                                                         : "where asked"));
    return t->doubtful ? laco_notes_add(notes, LACO_NOTE_DOUBT, "label",
                                        "the last column is taken for the label, where the first could be it too: --label 1")
                       : LACO_OK;
}

static laco_status read_rows(table *t)
{
    LACO_TRY(laco_columns_look(t->data->ctx, &t->csv, &t->columns));
    if (t->columns.count == 0)
        return LACO_OK;
    LACO_TRY(pass_over(t));
    t->header = is_header(t);
    LACO_TRY(find_label(t));
    find_mark(t);
    LACO_TRY(note(t));
    t->hot[0] = t->hot[1] = UINT64_MAX;
    LACO_TRY(laco_csv_read(t->data->ctx, &t->csv, take_row, t));
    return check_hot(t);
}

laco_status laco_numbers_read_table(laco_labelled *data, const char *name, const char *bytes, size_t size)
{
    table t = {.data = data};
    LACO_TRY(laco_csv_open(data->ctx, name, bytes, size, true, &t.csv));
    t.csv.first_line += laco_lines_before(data->config.first_line);
    laco_status status = read_rows(&t);
    laco_columns_close(&t.columns);
    laco_csv_close(data->ctx, &t.csv);
    return status;
}
