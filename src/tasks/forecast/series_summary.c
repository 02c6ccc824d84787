/* How a table was understood, in words. */
#include "forecast/series.h"

#include "text/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct writer {
    char *out;
    size_t used, room;
} writer;

__attribute__((format(printf, 2, 3))) static void put(writer *w, const char *format, ...)
{
    va_list arguments;
    if (w->used >= w->room)
        return;
    va_start(arguments, format);
    int written = vsnprintf(w->out + w->used, w->room - w->used, format, arguments);
    va_end(arguments);
    w->used += written > 0 ? (size_t)written : 0;
}

/* A name between quotes, cut where it is long, on one line. */
static void put_name(writer *w, const char *name)
{
    char copy[64];
    snprintf(copy, sizeof copy, "%.*s", laco_text_cut(name, strlen(name), 60), name);
    for (char *c = copy; *c; c++)
        *c = (unsigned char)*c < 0x20 ? ' ' : *c;
    put(w, "\"%s\"", copy);
}

static void put_time(writer *w, const laco_series *series)
{
    const laco_time_format *format = &series->format;
    char step[80], text[48];
    if (!series->has_time) {
        put(w, "; no column of time, rows are counted");
        return;
    }
    laco_time_step_text(format, &series->step, step);
    put(w, "; time ");
    if (series->origin.time_column)
        put_name(w, series->origin.time_column);
    put(w, " as %s", laco_time_forms[format->form].name);
    if (laco_time_forms[format->form].clock && format->detail >= LACO_TIME_HOUR && *laco_time_forms[format->form].pattern)
        put(w, " %s", format->fraction > 0 ? "HH:MM:SS.fraction" : format->detail == LACO_TIME_SECOND ? "HH:MM:SS" : "HH:MM");
    put(w, ", %s", step);
    for (size_t end = 0; end < 2 && series->count == 1; end++) {
        laco_series_time_text(series, 0, end ? series->one[0].rows - 1 : 0, text);
        put(w, "%s %s", end ? " to" : ", from", text);
    }
}

static void put_columns(writer *w, const laco_series *series)
{
    const laco_series_origin *origin = &series->origin;
    put(w, "; %s ", series->column_count == 1 ? "column" : "columns");
    for (int c = 0; c < series->column_count && c < 4; c++) {
        put(w, "%s", c ? ", " : "");
        put_name(w, series->columns[c]);
    }
    if (series->column_count > 4)
        put(w, " … %d in all", series->column_count);
    if (origin->decimal_comma)
        put(w, ", with decimal commas");
}

void laco_series_summary(const laco_series *series, char *out, size_t room)
{
    writer w = {out, 0, room};
    size_t rows = 0;
    char note[400];
    for (size_t i = 0; i < series->count; i++)
        rows += series->one[i].rows;
    put(&w, "%s: a series of %zu rows below a header", series->name, rows);
    if (series->has_ids && series->origin.id_column) {
        put(&w, ", %zu series by ", series->count);
        put_name(&w, series->origin.id_column);
    }
    put_time(&w, series);
    put_columns(&w, series);
    if (series->origin.uneven > 0)
        put(&w, "; %zu of %zu steps are longer or shorter than the rest", series->origin.uneven, series->origin.steps);
    laco_series_note(series, note, sizeof note);
    if (*note)
        put(&w, "; %s", note);
}

void laco_series_note(const laco_series *series, char *out, size_t room)
{
    const laco_series_origin *origin = &series->origin;
    writer w = {out, 0, room};
    char step[80];
    const char *between = "";
    if (room > 0)
        *out = 0;
    if (origin->number_columns > 1 && !origin->by_name) {
        put_name(&w, series->columns[0]);
        put(&w, " is forecast, the last of %zu columns of numbers (another: --target)", origin->number_columns);
        between = "; ";
    }
    if (origin->reversed) {
        put(&w, "%srows are newest first and were turned round", between);
        between = "; ";
    }
    if (origin->repeated > 0) {
        put(&w, "%s%zu rows repeat a time or go back, as where clocks are put back", between, origin->repeated);
        between = "; ";
    }
    if (20 * origin->uneven > origin->steps) {
        laco_time_step_text(&series->format, &series->step, step);
        put(&w, "%srows are far from even in time, and go on %s", between, step);
    }
}
