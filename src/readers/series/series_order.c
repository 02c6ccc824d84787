/* The order of rows in time. */
#include "series/series_table.h"

#include "base/grow.h"
#include "text/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NONE LACO_NO_FIELD
#define PUT_BACK (LACO_SECOND * 3 * 3600) /* by so much clocks are put back */

laco_status laco_series_order_add(laco_series_table *t, size_t place, int64_t time, size_t line)
{
    LACO_TRY(laco_grow(t->ctx, &t->order, &t->order_room, place + 1, sizeof *t->order));
    laco_series_order *order = &t->order[place];
    const laco_one_series *one = &t->series->one[place];
    if (one->rows == 0) {
        *order = (laco_series_order){0};
        return LACO_OK;
    }
    int64_t before = one->times[one->rows - 1];
    int64_t allowed = t->series->format.detail >= LACO_TIME_HOUR ? PUT_BACK : 0;
    size_t *first = time > before ? &order->rise : time < before ? &order->fall : &order->repeat;
    *first = *first ? *first : line;
    order->rises += time > before;
    order->falls += time < before;
    order->repeats += time == before;
    order->large_rises += time > before && time - before > allowed;
    order->large_falls += time < before && before - time > allowed;
    if (time > before && time - before > allowed && !order->large_rise)
        order->large_rise = line;
    if (time < before && before - time > allowed && !order->large_fall)
        order->large_fall = line;
    return LACO_OK;
}

static void reverse(laco_series *series, laco_one_series *one)
{
    size_t C = (size_t)series->column_count;
    for (size_t a = 0, b = one->rows; b > a + 1;) {
        b--;
        int64_t time = one->times[a];
        one->times[a] = one->times[b];
        one->times[b] = time;
        for (size_t c = 0; c < C; c++) {
            double value = one->values[a * C + c];
            one->values[a * C + c] = one->values[b * C + c];
            one->values[b * C + c] = value;
        }
        a++;
    }
}

/* ---- What is wrong ----------------------------------------------------------------------------------------------------------
 */

/* Two rows of a table, one below the other: of its columns, the one that tells them apart. */
typedef struct comparison {
    const laco_series_table *table;
    size_t line;               /* of the second */
    char **above;              /* [fields] */
    char stamp[64];            /* of the second */
    size_t text, whole, finer; /* first such column: of text, of whole numbers, that says more of the time */
} comparison;

static laco_status keep_row(comparison *c, const laco_csv_row *row)
{
    for (size_t i = 0; i < row->count && i < c->table->field_count; i++) {
        laco_release(c->table->ctx, c->above[i]);
        if (!(c->above[i] = laco_copy_string(c->table->ctx, row->fields[i].bytes)))
            return LACO_NO_MEMORY;
    }
    return LACO_OK;
}

static bool is_whole(const char *text) { return *text && strspn(text, "0123456789") == strlen(text); }

static bool more_of_time(const char *name) { return laco_series_part(name) != LACO_PART_NONE || strcasecmp(name, "time") == 0; }

static laco_status compare_rows(void *user, const laco_csv_row *row)
{
    comparison *c = user;
    const laco_series_table *t = c->table;
    if (row->line < c->line)
        return keep_row(c, row);
    if (row->line == c->line && t->time < row->count) {
        const laco_csv_field *time = &row->fields[t->time];
        snprintf(c->stamp, sizeof c->stamp, "%.*s", laco_text_cut(time->bytes, time->length, 60), time->bytes);
    }
    for (size_t i = 0; row->line == c->line && i < row->count && i < t->field_count; i++) {
        const char *text = row->fields[i].bytes;
        if (i == t->time || !c->above[i] || strcmp(c->above[i], text) == 0)
            continue;
        bool target = false;
        for (int k = 0; k < t->series->column_count; k++)
            target = target || t->place[k] == i;
        size_t *found = more_of_time(t->fields[i].name) ? &c->finer
                        : !t->fields[i].is_number       ? &c->text
                        : is_whole(text) && !target     ? &c->whole
                                                        : NULL;
        if (found && *found == NONE)
            *found = i;
    }
    return LACO_OK;
}

/* Fails with what is wrong with a line, and how that is put right. */
static laco_status say_out_of_order(const laco_series_table *t, const comparison *c, const char *what)
{
    const char *column = t->fields[t->time].name, *id = t->id != NONE ? t->fields[t->id].name : NULL;
    size_t found = c->text != NONE ? c->text : c->whole;
    if (id)
        return laco_fail(t->ctx, LACO_FORMAT,
                         "%s:%zu: the time \"%s\" (\"%s\") %s within a series of \"%s\"; rows must be in the order of time",
                         t->name, c->line, c->stamp, column, what, id);
    if (c->finer != NONE) {
        char join[400];
        laco_series_parts_join(t, c->finer, join, sizeof join);
        return laco_fail(t->ctx, LACO_FORMAT, "%s:%zu: the time \"%s\" (\"%s\") %s; %s", t->name, c->line, c->stamp, column, what,
                         join);
    }
    if (found != NONE)
        return laco_fail(
            t->ctx, LACO_FORMAT,
            "%s:%zu: the time \"%s\" (\"%s\") %s; rows must be in the order of time: where they are several series, --id %s",
            t->name, c->line, c->stamp, column, what, t->fields[found].name);
    return laco_fail(
        t->ctx, LACO_FORMAT,
        "%s:%zu: the time \"%s\" (\"%s\") %s; rows must be in the order of time, each with its own (several series: --id COLUMN)",
        t->name, c->line, c->stamp, column, what);
}

static laco_status out_of_order(const laco_series_table *t, size_t line, const char *what)
{
    comparison c = {.table = t, .line = line, .text = NONE, .whole = NONE, .finer = NONE};
    c.above = laco_alloc(t->ctx, t->field_count, sizeof *c.above);
    laco_status status = c.above ? laco_csv_read(t->ctx, &t->csv, compare_rows, &c) : LACO_NO_MEMORY;
    for (size_t i = 0; c.above && i < t->field_count; i++)
        laco_release(t->ctx, c.above[i]);
    laco_release(t->ctx, c.above);
    return status == LACO_OK ? say_out_of_order(t, &c, what) : status;
}

/* ---- The judgement ----------------------------------------------------------------------------------------------------------
 */

laco_status laco_series_order_end(laco_series_table *t)
{
    laco_series *series = t->series;
    size_t rises = 0, falls = 0;
    bool fine = series->format.detail >= LACO_TIME_HOUR;
    for (size_t i = 0; i < series->count; i++) {
        rises += t->order[i].rises;
        falls += t->order[i].falls;
    }
    bool reversed = falls > rises;
    for (size_t i = 0; i < series->count; i++) {
        const laco_series_order *order = &t->order[i];
        size_t against = reversed ? order->large_rise : order->large_fall,
               odd = (reversed ? order->rises : order->falls) + order->repeats;
        if (against)
            return out_of_order(t, against, reversed ? "is after that of the row above, where most are before it" : "goes back");
        if (order->repeats > 0 && (!fine || odd > 2 + series->one[i].rows / 100))
            return out_of_order(t, order->repeat, "stands there twice");
        if (odd > 2 + series->one[i].rows / 100)
            return out_of_order(t, reversed ? order->rise : order->fall, "goes back");
        series->origin.repeated += odd;
        if (reversed)
            reverse(series, &series->one[i]);
    }
    series->origin.reversed = reversed;
    return LACO_OK;
}
