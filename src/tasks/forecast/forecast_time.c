/* The time of a forecaster's series in its file, laco.time: how stamps are written, and the step from one to the next. A key that says
 * what is usual is left out. */
#include "forecast/forecaster.h"

#include <stdio.h>
#include <string.h>

static const char *const detail_names[] = {"number", "month", "day", "hour", "minute", "second", NULL};
static const char *const rule_names[] = {"day", "end", "first weekday", "last weekday", NULL};

/* What the file holds. */
typedef struct stamps {
    laco_time_format format;
    laco_time_step step; /* in the unit of the file */
    char form[32];       /* "": as detail and month_name mean it */
    bool month_name, microseconds;
} stamps;

/* The form that the keys detail and month_name mean where there is no key form. */
static const char *plain_form(laco_time_detail detail, bool month_name)
{
    return detail == LACO_TIME_NUMBER ? "a number" : month_name ? "Mon-YYYY" : detail == LACO_TIME_MONTH ? "YYYY-MM" : "YYYY-MM-DD";
}

/* ---- The table ---------------------------------------------------------------------------------------------------------- */

static bool has_form(const void *object) { return *((const stamps *)object)->form != 0; }
static bool has_comma(const void *object) { return ((const stamps *)object)->format.point == ','; }
static bool has_half(const void *object) { return ((const stamps *)object)->format.half != 0; }
static bool has_short_date(const void *object) { return ((const stamps *)object)->format.short_date; }
static bool has_short_hour(const void *object) { return ((const stamps *)object)->format.short_hour; }
static bool has_microseconds(const void *object) { return ((const stamps *)object)->microseconds; }
static bool has_rule(const void *object) { return ((const stamps *)object)->step.rule != LACO_MONTH_DAY; }
static bool has_day(const void *object) { return ((const stamps *)object)->step.day != 0; }
static bool has_weekdays(const void *object) { return ((const stamps *)object)->step.weekdays != 0; }

static bool has_letters(const void *object)
{
    char letters = ((const stamps *)object)->format.month_letters;
    return letters && letters != 'b';
}

#define AT(member) LACO_MEMBER(stamps, member)

static const laco_field rows[] = {
    {.key = "detail", &laco_field_choice, AT(format.detail), LACO_TIME_NUMBER, LACO_TIME_SECOND, .names = detail_names},
    {.key = "month_name", &laco_field_boolean, AT(month_name), .optional = true},
    {.key = "date_mark", &laco_field_text, AT(format.date_mark)},
    {.key = "middle", &laco_field_text, AT(format.middle)},
    {.key = "fraction", &laco_field_integer, AT(format.fraction), 0, 1000},
    {.key = "zone", &laco_field_text, AT(format.zone)},
    {.key = "step_months", &laco_field_integer, AT(step.months), 0, 120000},
    {.key = "step_seconds", &laco_field_integer, AT(step.time), 0, (int64_t)1 << 60},
    {.key = "form", &laco_field_text, AT(form), .optional = true, .kept = has_form},
    {.key = "point", &laco_field_text, AT(format.point), .optional = true, .kept = has_comma},
    {.key = "month_letters", &laco_field_text, AT(format.month_letters), .optional = true, .kept = has_letters},
    {.key = "half", &laco_field_text, AT(format.half), .optional = true, .kept = has_half},
    {.key = "short_date", &laco_field_boolean, AT(format.short_date), .optional = true, .kept = has_short_date},
    {.key = "short_hour", &laco_field_boolean, AT(format.short_hour), .optional = true, .kept = has_short_hour},
    {.key = "step_microseconds", &laco_field_boolean, AT(microseconds), .optional = true, .kept = has_microseconds},
    {.key = "rule", &laco_field_choice, AT(step.rule), LACO_MONTH_DAY, LACO_MONTH_LAST_WEEKDAY, .names = rule_names, .optional = true,
     .kept = has_rule},
    {.key = "day", &laco_field_integer, AT(step.day), 0, 31, .optional = true, .kept = has_day},
    {.key = "weekdays", &laco_field_integer, AT(step.weekdays), 0, 127, .optional = true, .kept = has_weekdays},
    {.key = "open", &laco_field_integer, AT(step.open), 0, LACO_DAY - 1, .optional = true, .kept = has_weekdays},
    {.key = "slots", &laco_field_integer, AT(step.slots), 0, LACO_DAY, .optional = true, .kept = has_weekdays},
};

static void prepare(void *object)
{
    stamps *s = object;
    s->format.point = '.';
    s->format.month_letters = 'b';
}

static laco_status check_format(const laco_meta *meta, stamps *s)
{
    laco_time_format *format = &s->format;
    const char *form = *s->form ? s->form : plain_form(format->detail, s->month_name);
    format->form = laco_time_form_find(form);
    format->fraction = LACO_MIN(format->fraction, 9);
    if (format->form < 0 || laco_time_forms[format->form].refused)
        return laco_meta_wrong(meta, "form", "a form of dates, not '%s'", form);
    if ((format->detail == LACO_TIME_NUMBER) != (laco_time_forms[format->form].detail == LACO_TIME_NUMBER))
        return laco_meta_wrong(meta, "detail", "number where the form is one, and only there");
    return LACO_OK;
}

static int64_t unit_of(const stamps *s) { return laco_time_unit(&s->format) > 1 && !s->microseconds ? LACO_SECOND : 1; }

static laco_status check_step(const laco_meta *meta, laco_time_step *step, int64_t unit)
{
    if (unit > 1 && step->time > (int64_t)1 << 40)
        return laco_meta_wrong(meta, "step_seconds", "within reason");
    if (step->open > LACO_DAY / unit - 1)
        return laco_meta_wrong(meta, "open", "within a day");
    step->time *= unit;
    step->open *= unit;
    bool fits = step->time > 0 && step->slots > 0 && step->slots <= LACO_DAY / step->time && step->months == 0;
    return step->weekdays == 0 || fits ? LACO_OK : laco_meta_wrong(meta, "slots", "so many steps that fit into a day");
}

static laco_status check(const laco_meta *meta, void *object)
{
    stamps *s = object;
    LACO_TRY(check_format(meta, s));
    return check_step(meta, &s->step, unit_of(s));
}

static const laco_fields fields = {LACO_FIELDS(stamps, rows), .prepare = prepare, .check = check};

/* ---- Writing and reading -------------------------------------------------------------------------------------------------- */

int64_t laco_time_file_unit(const laco_series *series)
{
    const laco_time_step *step = &series->step;
    if (laco_series_unit(series) == 1)
        return 1;
    bool whole = step->time % LACO_SECOND == 0 && step->open % LACO_SECOND == 0;
    for (size_t i = 0; i < series->count; i++)
        for (size_t row = 0; row < series->one[i].rows; row++)
            whole = whole && series->one[i].times[row] % LACO_SECOND == 0;
    return whole ? LACO_SECOND : 1;
}

static laco_status put(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    const laco_series *history = ((const laco_forecaster *)object)->history;
    (void)field;
    if (!history->has_time)
        return laco_meta_give(meta, json_null(), out);
    stamps s = {.format = history->format, .step = history->step};
    int64_t unit = laco_time_file_unit(history);
    const laco_time_form *form = &laco_time_forms[s.format.form];
    s.month_name = strchr(form->pattern, 'b') != NULL;
    s.microseconds = unit == 1 && laco_series_unit(history) > 1;
    s.step.time /= unit;
    s.step.open /= unit;
    if (strcmp(form->name, plain_form(s.format.detail, s.month_name)) != 0 && strcmp(form->name, "Y-MM") != 0)
        snprintf(s.form, sizeof s.form, "%s", form->name);
    return laco_fields_put(meta, &fields, &s, out);
}

static laco_status get(const laco_meta *meta, const laco_field *field, const json_t *value, void *object)
{
    laco_forecaster *model = object;
    stamps s = {0};
    if (!json_is_null(value) && !json_is_object(value))
        return laco_meta_wrong(meta, field->key, "an object, or null");
    LACO_TRY(laco_series_new(meta->ctx, meta->name, model->names, model->C, &model->history));
    laco_series *history = model->history;
    model->time_unit = 1;
    history->has_time = json_is_object(value);
    if (!history->has_time)
        return LACO_OK;
    LACO_TRY(laco_fields_get(meta, &fields, value, &s));
    history->format = s.format;
    history->step = s.step;
    model->time_unit = unit_of(&s);
    return LACO_OK;
}

const laco_codec laco_field_stamps = {put, get};
