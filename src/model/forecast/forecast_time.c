/* The time of a forecaster's series in its file, laco.time: how stamps are written, and the step from one to the next. A key that says
 * what is usual is left out. */
#include "model/forecast/forecaster.h"

#include <string.h>

const char *const laco_time_detail_names[] = {"number", "month", "day", "hour", "minute", "second", NULL};
static const char *const rule_names[] = {"day", "end", "first weekday", "last weekday", NULL};

/* ---- Writing ------------------------------------------------------------------------------------------------------------ */

int64_t laco_time_file_unit(const laco_series *series)
{
    const laco_time_step *step = &series->step;
    if (!series->has_time || laco_series_unit(series) == 1)
        return 1;
    bool whole = step->time % LACO_SECOND == 0 && step->open % LACO_SECOND == 0;
    for (size_t i = 0; i < series->count; i++)
        for (size_t row = 0; row < series->one[i].rows; row++)
            whole = whole && series->one[i].times[row] % LACO_SECOND == 0;
    return whole ? LACO_SECOND : 1;
}

/* The form that the keys detail and month_name mean where there is no key form. */
static const char *plain_form(laco_time_detail detail, bool month_name)
{
    return detail == LACO_TIME_NUMBER ? "a number" : month_name ? "Mon-YYYY" : detail == LACO_TIME_MONTH ? "YYYY-MM" : "YYYY-MM-DD";
}

/* Sets a key unless its value is the usual one. */
static bool set(json_t *object, const char *key, json_t *value, bool usual)
{
    if (!usual)
        return json_object_set_new(object, key, value) == 0;
    json_decref(value);
    return true;
}

static bool set_format(json_t *object, const laco_time_format *format, bool month_name)
{
    const char *name = laco_time_forms[format->form].name;
    char point[2] = {format->point, 0}, letters[2] = {format->month_letters, 0}, half[2] = {format->half, 0};
    bool plain = strcmp(name, plain_form(format->detail, month_name)) == 0 || strcmp(name, "Y-MM") == 0;
    return set(object, "form", json_string(name), plain) && set(object, "point", json_string(point), format->point != ',') &&
           set(object, "month_letters", json_string(letters), !format->month_letters || format->month_letters == 'b') &&
           set(object, "half", json_string(half), !format->half) && set(object, "short_date", json_true(), !format->short_date) &&
           set(object, "short_hour", json_true(), !format->short_hour);
}

static bool set_step(json_t *object, const laco_time_step *step, int64_t unit, int64_t file_unit)
{
    return set(object, "step_microseconds", json_true(), unit == 1 || file_unit > 1) &&
           set(object, "rule", json_string(rule_names[step->rule]), step->rule == LACO_MONTH_DAY) &&
           set(object, "day", json_integer(step->day), step->day == 0) &&
           set(object, "weekdays", json_integer(step->weekdays), step->weekdays == 0) &&
           set(object, "open", json_integer(step->open / file_unit), step->weekdays == 0) &&
           set(object, "slots", json_integer(step->slots), step->weekdays == 0);
}

json_t *laco_time_to_json(const laco_series *series)
{
    const laco_time_format *format = &series->format;
    char mark[2] = {format->date_mark, 0}, middle[2] = {format->middle, 0};
    int64_t unit = laco_time_file_unit(series);
    if (!series->has_time)
        return json_null();
    bool month_name = strchr(laco_time_forms[format->form].pattern, 'b') != NULL;
    json_t *object = json_pack("{s:s, s:b, s:s, s:s, s:i, s:s, s:I, s:I}", "detail", laco_time_detail_names[format->detail], "month_name",
                               month_name, "date_mark", mark, "middle", middle, "fraction", format->fraction, "zone", format->zone,
                               "step_months", (json_int_t)series->step.months, "step_seconds", (json_int_t)(series->step.time / unit));
    if (object && set_format(object, format, month_name) && set_step(object, &series->step, laco_series_unit(series), unit))
        return object;
    json_decref(object);
    return NULL;
}

/* ---- Reading: everything may be hostile ------------------------------------------------------------------------------------- */

typedef struct reading {
    laco_context *ctx;
    const laco_tensor_file *file;
    const json_t *object;
} reading;

static laco_status wrong(const reading *r)
{
    return laco_fail(r->ctx, LACO_FORMAT, "%s: 'laco.time' in the metadata should be whole", laco_tensor_file_name(r->file));
}

static laco_status integer(const reading *r, const char *key, int64_t low, int64_t high, int64_t *out)
{
    *out = 0;
    return json_object_get(r->object, key) ? laco_meta_integer(r->ctx, r->file, r->object, key, low, high, out) : LACO_OK;
}

/* The first letter of a text, or `usual` where there is no such key. */
static char letter(const reading *r, const char *key, char usual)
{
    const char *text = json_string_value(json_object_get(r->object, key));
    return text ? text[0] : usual;
}

static laco_status read_format(const reading *r, laco_time_format *out)
{
    const char *zone = json_string_value(json_object_get(r->object, "zone")), *form = json_string_value(json_object_get(r->object, "form"));
    const char *mark = json_string_value(json_object_get(r->object, "date_mark")),
               *middle = json_string_value(json_object_get(r->object, "middle"));
    int64_t fraction;
    int detail;
    if (!zone || !mark || !middle || strlen(zone) >= sizeof out->zone)
        return wrong(r);
    LACO_TRY(laco_meta_choice(r->ctx, r->file, r->object, "detail", laco_time_detail_names, &detail));
    LACO_TRY(laco_meta_integer(r->ctx, r->file, r->object, "fraction", 0, 1000, &fraction));
    if (!form)
        form = plain_form((laco_time_detail)detail, json_is_true(json_object_get(r->object, "month_name")));
    *out = (laco_time_format){.form = laco_time_form_find(form),
                              .detail = (laco_time_detail)detail,
                              .date_mark = mark[0],
                              .middle = middle[0],
                              .fraction = (int)LACO_MIN(fraction, 9),
                              .point = letter(r, "point", '.'),
                              .short_date = json_is_true(json_object_get(r->object, "short_date")),
                              .short_hour = json_is_true(json_object_get(r->object, "short_hour")),
                              .month_letters = letter(r, "month_letters", 'b'),
                              .half = letter(r, "half", 0)};
    memcpy(out->zone, zone, strlen(zone) + 1);
    bool number = detail == LACO_TIME_NUMBER;
    return out->form >= 0 && number == (out->form == 0) && !laco_time_forms[out->form].refused ? LACO_OK : wrong(r);
}

static laco_status read_step(const reading *r, int64_t unit, laco_time_step *out)
{
    int64_t day, weekdays, months, time, rule = 0;
    const char *name = json_string_value(json_object_get(r->object, "rule"));
    LACO_TRY(laco_meta_integer(r->ctx, r->file, r->object, "step_months", 0, 120000, &months));
    LACO_TRY(laco_meta_integer(r->ctx, r->file, r->object, "step_seconds", 0, unit > 1 ? (int64_t)1 << 40 : (int64_t)1 << 60, &time));
    LACO_TRY(integer(r, "day", 0, 31, &day));
    LACO_TRY(integer(r, "weekdays", 0, 127, &weekdays));
    LACO_TRY(integer(r, "open", 0, LACO_DAY / unit - 1, &out->open));
    LACO_TRY(integer(r, "slots", 0, LACO_DAY, &out->slots));
    while (name && rule_names[rule] && strcmp(name, rule_names[rule]) != 0)
        rule++;
    if (!rule_names[rule])
        return wrong(r);
    *out = (laco_time_step){.months = months, .time = time * unit, .rule = (laco_month_rule)rule, .day = (int32_t)day,
                            .weekdays = (uint32_t)weekdays, .open = out->open * unit, .slots = out->slots};
    bool fits = out->time > 0 && out->slots > 0 && out->slots <= LACO_DAY / out->time && out->months == 0;
    return out->weekdays == 0 || fits ? LACO_OK : wrong(r);
}

laco_status laco_time_from_json(laco_context *ctx, const laco_tensor_file *file, laco_series *series, int64_t *unit)
{
    json_t *object;
    LACO_TRY(laco_meta_parse(ctx, file, "laco.time", &object));
    reading r = {ctx, file, object};
    laco_status status = LACO_OK;
    series->has_time = json_is_object(object);
    *unit = 1;
    if (series->has_time) {
        status = read_format(&r, &series->format);
        if (status == LACO_OK && laco_time_unit(&series->format) > 1 && !json_is_true(json_object_get(object, "step_microseconds")))
            *unit = LACO_SECOND;
        if (status == LACO_OK)
            status = read_step(&r, *unit, &series->step);
    }
    json_decref(object);
    return status;
}
