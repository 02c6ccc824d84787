#include "options/options.h"

#include "base/base.h"
#include "base/locale.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int laco_option_word(const char *words, const char *text, size_t length)
{
    size_t size;
    const char *word;
    for (int place = 1; (word = laco_option_nth_word(words, place, &size)); place++)
        if (size == length && strncmp(word, text, size) == 0)
            return place;
    return 0;
}

const char *laco_option_nth_word(const char *words, int place, size_t *length)
{
    const char *word = words;
    for (int i = 1; word && i < place; i++)
        word = (word = strchr(word, '|')) ? word + 1 : NULL;
    if (!word || place < 1)
        return NULL;
    *length = strcspn(word, "|");
    return word;
}

const laco_option *laco_option_find(const laco_option_table *table, const char *name, size_t length)
{
    for (size_t i = 0; i < table->count; i++) {
        const laco_option *row = &table->rows[i];
        if ((strlen(row->name) == length && strncmp(row->name, name, length) == 0) ||
            (row->aliases && laco_option_word(row->aliases, name, length)))
            return row;
    }
    return NULL;
}

double laco_option_number(const laco_option *row, const void *options)
{
    const char *place = (const char *)options + row->offset;
    switch (row->type) {
    case LACO_OPTION_FLAG:
        return *(const bool *)place;
    case LACO_OPTION_SWITCH:
    case LACO_OPTION_CHOICE:
        return *(const int *)place;
    case LACO_OPTION_INTEGER:
        return (double)*(const int64_t *)place;
    case LACO_OPTION_REAL:
        return *(const double *)place;
    case LACO_OPTION_SHARE:
        return ((const laco_share *)place)->fraction;
    default:
        return 0;
    }
}

/* ---- Ranges --------------------------------------------------------------------------------------------------------------- */

static bool bounded(const laco_option *row) { return row->low != 0 || row->high != 0; }

/* "a whole number within 1 … 65536": what would be right for an option that is a number. */
static void describe_range(const laco_option *row, char *text, size_t size)
{
    const char *kind = row->type == LACO_OPTION_INTEGER ? "whole number" : "number",
               *file = row->type == LACO_OPTION_SHARE ? "file, or a " : "";
    int used = snprintf(text, size, "a %s%s", file, kind);
    if (bounded(row) && used > 0 && (size_t)used < size)
        snprintf(text + used, size - (size_t)used, row->high >= 1e15 ? " of at least %.10g" : " within %.10g … %.10g",
                 row->flags & LACO_OPTION_CAN_BE_OFF ? 0 : row->low, row->high);
}

static laco_status refuse(laco_context *ctx, const laco_option *row, const char *text)
{
    char right[200];
    if (row->type == LACO_OPTION_CHOICE)
        return laco_fail(ctx, LACO_INVALID, "%s is '%.200s'; it can be %s", row->name, text, row->value);
    if (row->type == LACO_OPTION_FLAG || row->type == LACO_OPTION_SWITCH)
        return laco_fail(ctx, LACO_INVALID, "%s takes no value, and got '%.200s'", row->name, text);
    if (row->type == LACO_OPTION_REALS)
        return laco_fail(ctx, LACO_INVALID,
                         "%s is '%.200s'; it should be up to %d rising numbers between %g and %g, as 0.1,0.5,0.9", row->name,
                         text, LACO_MOST_REALS, row->low, row->high);
    describe_range(row, right, sizeof right);
    return laco_fail(ctx, LACO_INVALID, "%s is '%.200s'; it should be %s", row->name, text, right);
}

/* Whether a number can be the value of an option as it is typed: there 0 is a number like others. */
static bool fits(const laco_option *row, double number)
{
    if (!isfinite(number))
        return false;
    return !bounded(row) || (number >= row->low && number <= row->high) || (number == 0 && (row->flags & LACO_OPTION_CAN_BE_OFF));
}

static bool reals_fit(const laco_option *row, const laco_reals *reals)
{
    if (reals->count < 0 || reals->count > LACO_MOST_REALS)
        return false;
    for (int i = 0; i < reals->count; i++)
        if (!(reals->value[i] > row->low && reals->value[i] < row->high && (i == 0 || reals->value[i] > reals->value[i - 1])))
            return false;
    return true;
}

static int count_words(const char *words)
{
    int count = 1;
    for (; *words; words++)
        count += *words == '|';
    return count;
}

static laco_status check_row(laco_context *ctx, const laco_option *row, const void *options)
{
    double number = laco_option_number(row, options);
    char text[40];
    bool right = number == 0 || (number == LACO_OFF && (row->flags & LACO_OPTION_CAN_BE_OFF)) || fits(row, number);
    switch (row->type) {
    case LACO_OPTION_CHOICE:
        right = number >= 0 && number <= count_words(row->value);
        break;
    case LACO_OPTION_REALS:
        right = reals_fit(row, (const laco_reals *)((const char *)options + row->offset));
        break;
    case LACO_OPTION_INTEGER:
    case LACO_OPTION_REAL:
    case LACO_OPTION_SHARE:
        break;
    default:
        right = true;
    }
    if (right)
        return LACO_OK;
    if (row->type == LACO_OPTION_REALS)
        return refuse(ctx, row, "another list");
    snprintf(text, sizeof text, "%.10g", number);
    return refuse(ctx, row, text);
}

laco_status laco_options_check(laco_context *ctx, const laco_option_table *table, const void *options)
{
    laco_status status = LACO_OK;
    laco_locale locale;
    LACO_TRY(laco_locale_begin(ctx, &locale));
    for (size_t i = 0; i < table->count && status == LACO_OK; i++)
        status = check_row(ctx, &table->rows[i], options);
    laco_locale_end(&locale);
    return status;
}

/* ---- Setting -------------------------------------------------------------------------------------------------------------- */

static bool read_integer(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return *text && !*end && errno == 0;
}

static bool read_real(const char *text, const char *ends, double *out, const char **end)
{
    char *behind;
    *out = strtod(text, &behind);
    *end = behind;
    return behind != text && (!*behind || strchr(ends, *behind));
}

static bool read_reals(const laco_option *row, const char *text, laco_reals *out)
{
    laco_reals reals = {0};
    for (const char *at = text; at; reals.count++) {
        const char *end;
        if (reals.count == LACO_MOST_REALS || !read_real(at, ",", &reals.value[reals.count], &end))
            return false;
        at = *end ? end + 1 : NULL;
    }
    if (!reals_fit(row, &reals))
        return false;
    *out = reals;
    return true;
}

static laco_status set_number(laco_context *ctx, const laco_option *row, const char *text, char *place)
{
    const char *end;
    int64_t whole = 0;
    double number = 0;
    bool integer = row->type == LACO_OPTION_INTEGER,
         is_number = integer ? read_integer(text, &whole) : read_real(text, "", &number, &end);
    if (row->type == LACO_OPTION_SHARE && !is_number && *text) {
        *(laco_share *)place = (laco_share){.file = text};
        return LACO_OK;
    }
    number = integer ? (double)whole : number;
    if (!is_number || !fits(row, number))
        return refuse(ctx, row, text);
    if (number == 0 && (row->flags & LACO_OPTION_CAN_BE_OFF))
        whole = LACO_OFF, number = LACO_OFF;
    if (integer)
        *(int64_t *)place = whole;
    else if (row->type == LACO_OPTION_SHARE)
        *(laco_share *)place = (laco_share){.fraction = number};
    else
        *(double *)place = number;
    return LACO_OK;
}

/* Two switches of one place contradict each other. */
static laco_status set_switch(laco_context *ctx, const laco_option_table *table, const laco_option *row, int *place)
{
    for (size_t i = 0; i < table->count && *place != 0 && *place != (int)row->low; i++)
        if (table->rows[i].type == LACO_OPTION_SWITCH && table->rows[i].offset == row->offset &&
            *place == (int)table->rows[i].low)
            return laco_fail(ctx, LACO_INVALID, "%s was given, and %s too; one of them can be", row->name, table->rows[i].name);
    *place = (int)row->low;
    return LACO_OK;
}

static laco_status set_flag(laco_context *ctx, const laco_option_table *table, const laco_option *row, const char *text,
                            char *place)
{
    bool off = text && strcmp(text, "false") == 0;
    if (text && !off && strcmp(text, "true") != 0)
        return refuse(ctx, row, text);
    if (row->type == LACO_OPTION_SWITCH)
        return off ? LACO_OK : set_switch(ctx, table, row, (int *)place);
    *(bool *)place = !off;
    return LACO_OK;
}

static laco_status set_value(laco_context *ctx, const laco_option *row, const char *text, char *place)
{
    int chosen;
    switch (row->type) {
    case LACO_OPTION_CHOICE:
        chosen = laco_option_word(row->value, text, strlen(text));
        if (chosen == 0)
            return refuse(ctx, row, text);
        *(int *)place = chosen;
        return LACO_OK;
    case LACO_OPTION_REALS:
        return read_reals(row, text, (laco_reals *)place) ? LACO_OK : refuse(ctx, row, text);
    case LACO_OPTION_INTEGER:
    case LACO_OPTION_REAL:
    case LACO_OPTION_SHARE:
        return set_number(ctx, row, text, place);
    default:
        *(const char **)place = text;
        return LACO_OK;
    }
}

laco_status laco_option_set(laco_context *ctx, const laco_option_table *table, void *options, const char *name, const char *text)
{
    const laco_option *row = laco_option_find(table, name, strlen(name));
    laco_locale locale;
    if (!row)
        return laco_fail(ctx, LACO_INVALID, "%.200s is no option of %s", name, table->task);
    char *place = (char *)options + row->offset;
    if (row->type == LACO_OPTION_FLAG || row->type == LACO_OPTION_SWITCH)
        return set_flag(ctx, table, row, text, place);
    if (!text)
        return laco_fail(ctx, LACO_INVALID, "%s needs a value: %s", row->name, row->value);
    LACO_TRY(laco_locale_begin(ctx, &locale));
    laco_status status = set_value(ctx, row, text, place);
    laco_locale_end(&locale);
    return status;
}
