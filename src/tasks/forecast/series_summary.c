/* How a table was understood as a series, and what looks wrong in it. */
#include "forecast/series.h"

#include "text/survey.h"
#include "text/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A name between quotes, cut where it is long. */
typedef struct quoted {
    char text[72];
} quoted;

static quoted quote(const char *name)
{
    quoted q;
    snprintf(q.text, sizeof q.text, "\"%.*s\"", laco_text_cut(name, strlen(name), 60), name);
    return q;
}

static laco_status note_time(const laco_series *series, laco_notes *notes)
{
    const laco_time_format *format = &series->format;
    char step[80], text[2][48], range[120] = "";
    if (!series->has_time)
        return laco_notes_add(notes, LACO_NOTE_TAKEN, "time", "no column of time, rows are counted");
    laco_time_step_text(format, &series->step, step);
    const char *clock = "";
    if (laco_time_forms[format->form].clock && format->detail >= LACO_TIME_HOUR && *laco_time_forms[format->form].pattern)
        clock = format->fraction > 0 ? " HH:MM:SS.fraction" : format->detail == LACO_TIME_SECOND ? " HH:MM:SS" : " HH:MM";
    if (series->count == 1) {
        laco_series_time_text(series, 0, 0, text[0]);
        laco_series_time_text(series, 0, series->one[0].rows - 1, text[1]);
        snprintf(range, sizeof range, ", from %s to %s", text[0], text[1]);
    }
    return laco_notes_add(notes, LACO_NOTE_TAKEN, "time", "time %s%sas %s%s, %s%s",
                          series->origin.time_column ? quote(series->origin.time_column).text : "",
                          series->origin.time_column ? " " : "", laco_time_forms[format->form].name, clock, step, range);
}

static laco_status note_columns(const laco_series *series, laco_notes *notes)
{
    char list[320] = "";
    size_t used = 0;
    for (int c = 0; c < series->column_count && c < 4; c++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", c ? ", " : "", quote(series->columns[c]).text);
    if (series->column_count > 4)
        snprintf(list + used, sizeof list - used, " … %d in all", series->column_count);
    return laco_notes_add(notes, LACO_NOTE_TAKEN, "columns", "%s %s%s", series->column_count == 1 ? "column" : "columns", list,
                          series->origin.decimal_comma ? ", with decimal commas" : "");
}

static laco_status note_beside(const laco_series *series, laco_notes *notes)
{
    const laco_series_covariates *covariates = &series->covariates;
    char known[320] = "", facts[320] = "";
    size_t used = 0, ahead = 0;
    for (int k = 0; k < covariates->known_count && k < 4; k++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", k ? ", " : "", quote(covariates->known[k]).text);
    used = 0;
    for (int f = 0; f < covariates->fact_count && f < 4; f++)
        used += (size_t)snprintf(facts + used, sizeof facts - used, "%s%s", f ? ", " : "", quote(covariates->facts[f]).text);
    for (size_t i = 0; i < series->count; i++)
        ahead = LACO_MAX(ahead, series->one[i].ahead);
    if (*known)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "known", "%s known for %zu rows ahead", known, ahead));
    return *facts ? laco_notes_add(notes, LACO_NOTE_TAKEN, "static", "%s constant in each series", facts) : LACO_OK;
}

/* What a user should look at: a column chosen from several, rows that were turned round, uneven steps. */
static laco_status note_doubts(const laco_series *series, laco_notes *notes)
{
    const laco_series_origin *origin = &series->origin;
    char step[80];
    if (origin->number_columns > 1 && !origin->by_name)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_DOUBT, "target",
                                "%s is forecast, the last of %zu columns of numbers (another: --target)",
                                quote(series->columns[0]).text, origin->number_columns));
    if (series->has_time && series->step.months == 13)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_DOUBT, "fiscal",
                                "every row is 13 months behind the last, as where 2000-01 is the year 2000/01: write 2000 then"));
    if (origin->reversed)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_DOUBT, "reversed", "rows are newest first and were turned round"));
    if (origin->repeated > 0)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_DOUBT, "repeated",
                                "%zu rows repeat a time or go back, as where clocks are put back", origin->repeated));
    if (20 * origin->uneven <= origin->steps)
        return LACO_OK;
    laco_time_step_text(&series->format, &series->step, step);
    return laco_notes_add(notes, LACO_NOTE_DOUBT, "uneven", "rows are far from even in time, and go on %s", step);
}

/* A number that stands for none, in each column. */
static laco_status doubt_values(const laco_series *series, laco_notes *notes)
{
    for (int c = 0; c < series->column_count && c < 20; c++) {
        laco_value_survey values;
        laco_value_survey_begin(&values);
        for (size_t i = 0; i < series->count; i++)
            for (size_t row = 0; row < series->one[i].rows; row++)
                laco_value_survey_add(&values, laco_series_value(series, i, row, c));
        LACO_TRY(laco_value_survey_end(&values, quote(series->columns[c]).text,
                                       "write NaN in their place, and --missing interpolate", notes));
    }
    return LACO_OK;
}

/* Range, changes and outliers of a column over all series. */
static laco_status survey_column(const laco_series *series, int column, laco_notes *notes)
{
    double least = INFINITY, most = -INFINITY, sum = 0, square = 0;
    size_t count = 0, same = 0, far = 0;
    for (size_t i = 0; i < series->count; i++)
        for (size_t row = 0; row < series->one[i].rows; row++) {
            double value = laco_series_value(series, i, row, column);
            least = fmin(least, value);
            most = fmax(most, value);
            sum += value;
            same += row > 0 && value == laco_series_value(series, i, row - 1, column);
            count++;
        }
    double mean = sum / (double)LACO_MAX(count, (size_t)1);
    for (size_t i = 0; i < series->count; i++)
        for (size_t row = 0; row < series->one[i].rows; row++)
            square += pow(laco_series_value(series, i, row, column) - mean, 2);
    double deviation = sqrt(square / (double)LACO_MAX(count, (size_t)1));
    for (size_t i = 0; i < series->count; i++)
        for (size_t row = 0; row < series->one[i].rows; row++)
            far += fabs(laco_series_value(series, i, row, column) - mean) > 8 * deviation;
    quoted shown = quote(series->columns[column]);
    const char *name = shown.text;
    LACO_TRY(laco_notes_add(notes, LACO_NOTE_DETAIL, "values", "%s from %.9g to %.9g, mean %.9g, deviation %.4g", name, least,
                            most, mean, deviation));
    if (least == most)
        return laco_notes_add(notes, LACO_NOTE_WARNING, "constant", "%s never changes", name);
    if (2 * same > count)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_WARNING, "same", "%s is the same as in the row before in %zu of %zu rows", name,
                                same, count));
    if (far > 0)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_WARNING, "far", "%zu values of %s are more than 8 deviations from the mean", far,
                                name));
    return LACO_OK;
}

static laco_status survey(const laco_series *series, laco_notes *notes)
{
    size_t *lengths = laco_alloc(series->ctx, series->count, sizeof *lengths);
    laco_status status = lengths ? LACO_OK : LACO_NO_MEMORY;
    for (size_t i = 0; lengths && i < series->count; i++)
        lengths[i] = series->one[i].rows;
    if (status == LACO_OK && series->count > 1)
        status = laco_survey_lengths(notes, "series", "rows", lengths, series->count);
    laco_release(series->ctx, lengths);
    for (int c = 0; c < series->column_count && c < 20 && status == LACO_OK; c++)
        status = survey_column(series, c, notes);
    return status;
}

static laco_status fill(const laco_series *series, bool detail, laco_notes *notes)
{
    size_t rows = 0;
    for (size_t i = 0; i < series->count; i++)
        rows += series->one[i].rows;
    LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "rows", "a series of %zu rows below a header", rows));
    if (series->has_ids && series->origin.id_column)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "id", "%zu series by %s", series->count,
                                quote(series->origin.id_column).text));
    LACO_TRY(note_time(series, notes));
    LACO_TRY(note_columns(series, notes));
    LACO_TRY(note_beside(series, notes));
    if (series->origin.uneven > 0)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "steps", "%zu of %zu steps are longer or shorter than the rest",
                                series->origin.uneven, series->origin.steps));
    LACO_TRY(note_doubts(series, notes));
    LACO_TRY(doubt_values(series, notes));
    return detail ? survey(series, notes) : LACO_OK;
}

laco_status laco_series_summary(const laco_series *series, bool detail, laco_summary **out)
{
    laco_notes none = {.ctx = series->ctx, .name = series->name, .files = 1};
    laco_summary *summary;
    LACO_TRY(laco_summary_begin(&none, &summary));
    return laco_summary_end(summary, fill(series, detail, laco_summary_notes(summary)), out);
}
