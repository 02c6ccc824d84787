/* From one row to the next: months, business days, hours of opening, or plain time; and how far on a time is, in such steps. */
#include "forecast/timestamp.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVERY_DAY 127u
#define MONDAY_TO_FRIDAY 31u

/* ---- Months ------------------------------------------------------------------------------------------------------------- */

/* The day of a month that a rule means; `day` where it means none. */
static int day_by_rule(laco_month_rule rule, int64_t year, int month, int day)
{
    int last = laco_month_length(year, month);
    int first_weekday = laco_weekday(laco_days_from_date(year, month, 1)), last_weekday = (first_weekday + last - 1) % 7;
    switch (rule) {
    case LACO_MONTH_END:
        return last;
    case LACO_MONTH_FIRST_WEEKDAY:
        return first_weekday > 4 ? 8 - first_weekday : 1;
    case LACO_MONTH_LAST_WEEKDAY:
        return last_weekday > 4 ? last - last_weekday + 4 : last;
    case LACO_MONTH_DAY:
        break;
    }
    return LACO_MIN(day, last);
}

/* Months since the year 0, and the day of the month. */
static int64_t month_number(int64_t time, int *day)
{
    int64_t year;
    int month;
    laco_time_date(time, &year, &month, day);
    return 12 * year + month - 1;
}

static bool all_follow(laco_month_rule rule, int day, const int64_t *times, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t year;
        int month, found;
        laco_time_date(times[i], &year, &month, &found);
        if (found != day_by_rule(rule, year, month, day))
            return false;
    }
    return true;
}

/* Every n-th month, at the same place in it and the same time of day? months 0: no. */
static laco_time_step find_months(const int64_t *times, size_t count)
{
    int day, latest;
    int64_t before = month_number(times[0], &latest), first = latest, step = 0;
    bool same = true;
    for (size_t i = 1; i < count; i++) {
        int64_t now = month_number(times[i], &day), difference = now - before;
        if (difference < 1 || (times[i] - times[0]) % LACO_DAY != 0)
            return (laco_time_step){0};
        step = step == 0 || difference < step ? difference : step;
        same = same && day == first;
        latest = LACO_MAX(latest, day);
        before = now;
    }
    laco_time_step out = {.months = step};
    bool ends = !same || step % 12 != 0 || latest < 30; /* the 31st of December each year is a day like others */
    if (ends && all_follow(LACO_MONTH_END, 0, times, count))
        out.rule = LACO_MONTH_END;
    else if (all_follow(LACO_MONTH_DAY, latest, times, count))
        out.day = same ? 0 : latest;
    else if (count >= 6 && all_follow(LACO_MONTH_LAST_WEEKDAY, 0, times, count))
        out.rule = LACO_MONTH_LAST_WEEKDAY;
    else if (count >= 6 && all_follow(LACO_MONTH_FIRST_WEEKDAY, 0, times, count))
        out.rule = LACO_MONTH_FIRST_WEEKDAY;
    else
        out.months = 0;
    return out;
}

/* ---- Days and hours that are left out ------------------------------------------------------------------------------------- */

static int64_t day_of(int64_t time) { return laco_floor_divide(time, LACO_DAY); }

static int64_t time_of_day(int64_t time) { return time - day_of(time) * LACO_DAY; }

static int count_bits(uint32_t bits)
{
    int count = 0;
    for (; bits; bits &= bits - 1)
        count++;
    return count;
}

/* Days that are not passed over, from a Monday long ago to the one before `day`. */
static int64_t open_days(const laco_time_step *step, int64_t day)
{
    int weekday = laco_weekday(day);
    int64_t week = laco_floor_divide(day + 3, 7);
    return week * count_bits(step->weekdays) + count_bits(step->weekdays & ((1u << weekday) - 1));
}

static bool is_open(const laco_time_step *step, int64_t day) { return step->weekdays >> laco_weekday(day) & 1; }

/* The place of a time among the steps of a week with days and hours left out, with its fraction. */
static double open_clock(const laco_time_step *step, int64_t time)
{
    int64_t day = day_of(time), last = (step->slots - 1) * step->time;
    int64_t within = is_open(step, day) ? LACO_MIN(LACO_MAX(time_of_day(time) - step->open, (int64_t)0), last) : 0;
    return (double)(open_days(step, day) * step->slots) + (double)within / (double)step->time;
}

static int64_t open_add(const laco_time_step *step, int64_t time, int64_t steps)
{
    int64_t days_of_week = count_bits(step->weekdays), place, day;
    if (__builtin_add_overflow((int64_t)floor(open_clock(step, time)), steps, &place))
        return steps > 0 ? INT64_MAX : INT64_MIN;
    int64_t nth = laco_floor_divide(place, step->slots), slot = place - nth * step->slots;
    int64_t week = laco_floor_divide(nth, days_of_week), left = nth - week * days_of_week;
    int weekday = 0;
    while (!(step->weekdays >> weekday & 1) || left-- > 0)
        weekday++;
    if (__builtin_mul_overflow(7 * week - 3 + weekday, LACO_DAY, &day))
        return steps > 0 ? INT64_MAX : INT64_MIN;
    return day + step->open + slot * step->time;
}

/* Of the rows, how many are one step behind the one before. */
static size_t count_even(const laco_time_step *step, const int64_t *times, size_t count)
{
    size_t even = 0;
    for (size_t i = 1; i < count; i++)
        even += fabs(open_clock(step, times[i]) - open_clock(step, times[i - 1]) - 1) < 1e-6;
    return even;
}

/* Weekdays or hours that no row has: the step passes over them where most rows are then one step from each other. */
static laco_time_step find_open(int64_t time, const int64_t *times, size_t count)
{
    laco_time_step plain = {.time = time}, out = plain;
    int64_t first = LACO_DAY, last = 0, days = day_of(times[count - 1]) - day_of(times[0]) + 1;
    if (time > LACO_DAY || LACO_DAY % time != 0)
        return plain;
    for (size_t i = 0; i < count; i++) {
        int64_t at = time_of_day(times[i]);
        first = LACO_MIN(first, at);
        last = LACO_MAX(last, at);
        out.weekdays |= 1u << laco_weekday(day_of(times[i]));
    }
    bool weekdays = out.weekdays != EVERY_DAY && days >= (out.weekdays == MONDAY_TO_FRIDAY ? 8 : 15);
    out.weekdays = weekdays ? out.weekdays : EVERY_DAY;
    out.slots = (last - first) / time + 1;
    bool hours = out.slots > 1 && out.slots * time < LACO_DAY && days >= 5;
    out.open = hours || time == LACO_DAY ? first : first % time;
    out.slots = hours ? out.slots : LACO_DAY / time;
    if ((!weekdays && !hours) || count < 8)
        return plain;
    laco_time_step every = {.time = time, .weekdays = EVERY_DAY, .open = first % time, .slots = LACO_DAY / time};
    size_t even = count_even(&out, times, count);
    return even > count_even(&every, times, count) && 10 * even >= 8 * (count - 1) ? out : plain;
}

/* ---- The step ----------------------------------------------------------------------------------------------------------- */

static int compare_int64(const void *a, const void *b)
{
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* The median of differences spread over the column: gaps are rarer than steps. 0: nothing rises. */
static int64_t median_difference(const int64_t *times, size_t count)
{
    int64_t differences[257];
    size_t used = 0, stride = LACO_MAX((count - 1) / 256, (size_t)1);
    for (size_t i = 1; i < count && used < 257; i += stride)
        if (times[i] > times[i - 1])
            differences[used++] = times[i] - times[i - 1];
    qsort(differences, used, sizeof *differences, compare_int64);
    return used > 0 ? differences[used / 2] : 0;
}

laco_time_step laco_time_find_step(const laco_time_format *format, const int64_t *times, size_t count)
{
    const laco_time_form *form = &laco_time_forms[format->form];
    bool number = format->detail == LACO_TIME_NUMBER;
    if (count < 2)
        return (laco_time_step){.months = form->months, .time = format->detail > LACO_TIME_DAY ? 0 : form->days * LACO_DAY};
    laco_time_step months = number ? (laco_time_step){0} : find_months(times, count);
    if (months.months > 0)
        return months;
    int64_t time = median_difference(times, count);
    return number || time == 0 ? (laco_time_step){.time = time} : find_open(time, times, count);
}

bool laco_time_step_equal(const laco_time_step *a, const laco_time_step *b)
{
    return a->months == b->months && a->time == b->time && a->rule == b->rule && a->day == b->day && a->weekdays == b->weekdays &&
           a->open == b->open && a->slots == b->slots;
}

int64_t laco_time_add(const laco_time_step *step, int64_t time, int64_t steps)
{
    int64_t span, out, day = day_of(time);
    int64_t end = steps > 0 ? INT64_MAX : INT64_MIN;
    if (step->weekdays)
        return open_add(step, time, steps);
    if (step->months == 0)
        return __builtin_mul_overflow(steps, step->time, &span) || __builtin_add_overflow(time, span, &out) ? end : out;
    int today;
    int64_t number = month_number(time, &today);
    if (__builtin_mul_overflow(steps, step->months, &span) || llabs(span) > (int64_t)3000000) /* 250,000 years */
        return end;
    number += span;
    int64_t year = laco_floor_divide(number, 12);
    int month = (int)(number - 12 * year) + 1;
    int of_month = day_by_rule(step->rule, year, month, step->day ? step->day : today);
    return laco_days_from_date(year, month, of_month) * LACO_DAY + (time - day * LACO_DAY);
}

double laco_time_clock(const laco_time_step *step, int64_t time)
{
    int day;
    if (step->months > 0)
        return (double)month_number(time, &day) / (double)step->months;
    if (step->weekdays)
        return open_clock(step, time);
    int64_t seconds = time / LACO_SECOND, seconds_of_step = step->time / LACO_SECOND;
    if (step->time % LACO_SECOND == 0 && time % LACO_SECOND == 0 && step->time > 0) /* exact far from 1970 too */
        return (double)seconds / (double)seconds_of_step;
    return step->time > 0 ? (double)time / (double)step->time : 0;
}

/* ---- In words ----------------------------------------------------------------------------------------------------------- */

static void months_text(const laco_time_step *step, char out[80])
{
    static const char *const rules[] = {"", ", at month ends", ", on the first weekday", ", on the last weekday"};
    const char *name = step->months == 1 ? "monthly" : step->months == 3 ? "quarterly" : step->months == 12 ? "yearly" : NULL;
    if (name)
        snprintf(out, 80, "%s%s", name, rules[step->rule]);
    else
        snprintf(out, 80, "every %lld months%s", (long long)step->months, rules[step->rule]);
}

static void weekdays_text(uint32_t weekdays, char out[80])
{
    static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    size_t used = strlen(out);
    if (weekdays == EVERY_DAY)
        return;
    if (weekdays == MONDAY_TO_FRIDAY) {
        snprintf(out + used, 80 - used, ", Monday to Friday");
        return;
    }
    const char *between = ", ";
    for (int d = 0; d < 7; d++)
        if (weekdays >> d & 1 && used < 74) {
            used += (size_t)snprintf(out + used, 80 - used, "%s%s", between, names[d]);
            between = " ";
        }
}

void laco_time_step_text(const laco_time_format *format, const laco_time_step *step, char out[80])
{
    static const struct {
        int64_t time;
        const char *one, *many;
    } units[] = {{7 * LACO_DAY, "weekly", "weeks"},
                 {LACO_DAY, "daily", "days"},
                 {3600 * LACO_SECOND, "hourly", "hours"},
                 {60 * LACO_SECOND, "every minute", "minutes"},
                 {LACO_SECOND, "every second", "seconds"}};
    size_t u = 0;
    if (step->months > 0) {
        months_text(step, out);
        return;
    }
    if (step->time == 0 || format->detail == LACO_TIME_NUMBER) {
        snprintf(out, 80, step->time == 0 ? "of unknown step" : "in steps of %.9g",
                 (double)step->time / (double)laco_time_unit(format));
        return;
    }
    while (u < 4 && step->time % units[u].time != 0)
        u++;
    double many = (double)step->time / (double)units[u].time;
    if (many == 1)
        snprintf(out, 80, "%s", units[u].one);
    else
        snprintf(out, 80, "every %.6g %s", many, units[u].many);
    if (step->weekdays)
        weekdays_text(step->weekdays, out);
    if (step->weekdays && step->slots * step->time < LACO_DAY) {
        size_t used = strlen(out);
        int open = (int)(step->open / (60 * LACO_SECOND)),
            shut = open + (int)((step->slots - 1) * step->time / (60 * LACO_SECOND));
        snprintf(out + used, 80 - used, ", %02d:%02d to %02d:%02d", open / 60, open % 60, shut / 60, shut % 60);
    }
}
