#include "forecast/timestamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DAY 86400

static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};

/* Days since 1970-01-01 in the Gregorian calendar, and back: Hinnant, "chrono-compatible low-level date algorithms". */
static int64_t days_from_date(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }

void laco_time_date(int64_t time, int64_t *year, int *month, int *day)
{
    int64_t days = floor_divide(time, DAY) + 719468, era = floor_divide(days, 146097), of_era = days - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100), shifted = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

/* A text that is being read. */
typedef struct cursor {
    const char *at, *end;
} cursor;

/* A number of least … most digits. */
static bool digits(cursor *c, int least, int most, int *out)
{
    int count = 0, value = 0;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9' && count < most) {
        value = 10 * value + (*c->at++ - '0');
        count++;
    }
    *out = value;
    return count >= least;
}

static bool mark(cursor *c, const char *allowed, char *out)
{
    if (c->at >= c->end || !strchr(allowed, *c->at))
        return false;
    *out = *c->at++;
    return true;
}

static bool month_by_name(cursor *c, int *month)
{
    for (int m = 0; m < 12 && c->end - c->at >= 3; m++)
        if (strncasecmp(c->at, months[m], 3) == 0) {
            *month = m + 1;
            c->at += 3;
            return true;
        }
    return false;
}

/* Whatever stands behind the minutes: seconds, a fraction of them, a zone. */
static bool end_of_time(cursor *c, laco_time_format *format, int *second)
{
    char colon;
    if (mark(c, ":", &colon)) {
        format->detail = LACO_TIME_SECOND;
        if (!digits(c, 2, 2, second) || *second > 60)
            return false;
        if (mark(c, ".", &colon))
            for (int ignored; digits(c, 1, 1, &ignored); format->fraction++) {
            }
    }
    size_t left = (size_t)(c->end - c->at);
    bool zone = left == 0 || (left == 1 && *c->at == 'Z') || (left < sizeof format->zone && (*c->at == '+' || *c->at == '-'));
    if (zone)
        snprintf(format->zone, sizeof format->zone, "%.*s", (int)left, c->at);
    return zone;
}

static bool parse_parts(cursor *c, laco_time_format *format, int *year, int *month, int *day, int *hour, int *minute, int *second)
{
    char colon;
    format->detail = LACO_TIME_MONTH;
    if (month_by_name(c, month)) {
        format->month_name = true;
        return mark(c, "- /", &format->date_mark) && digits(c, 4, 4, year) && c->at == c->end;
    }
    if (!digits(c, 1, 4, year) || !mark(c, "-/", &format->date_mark) || !digits(c, 1, 2, month))
        return false;
    if (c->at == c->end)
        return true;
    format->detail = LACO_TIME_DAY;
    if (!mark(c, format->date_mark == '-' ? "-" : "/", &colon) || !digits(c, 1, 2, day))
        return false;
    if (c->at == c->end)
        return true;
    format->detail = LACO_TIME_MINUTE;
    return mark(c, "T ", &format->middle) && digits(c, 1, 2, hour) && mark(c, ":", &colon) && digits(c, 2, 2, minute) &&
           end_of_time(c, format, second);
}

static bool parse_number(const char *text, size_t length, int64_t *out)
{
    char copy[24], *end;
    if (length == 0 || length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = 0;
    *out = strtoll(copy, &end, 10);
    return !*end && *out > -((int64_t)1 << 53) && *out < (int64_t)1 << 53;
}

bool laco_time_parse(const char *text, size_t length, bool numbers, laco_time_format *format, int64_t *out)
{
    static const int month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0;
    cursor c = {text, text + length};
    *format = (laco_time_format){.date_mark = '-', .middle = ' '};
    if (numbers && parse_number(text, length, out))
        return true;
    if (!parse_parts(&c, format, &year, &month, &day, &hour, &minute, &second))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > month_days[month - 1] || hour > 24 || minute > 59)
        return false;
    *out = days_from_date(year, month, day) * DAY + (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
    return true;
}

void laco_time_text(const laco_time_format *format, int64_t time, char out[48])
{
    int64_t year, seconds = time - floor_divide(time, DAY) * DAY;
    int month, day, used;
    if (format->detail == LACO_TIME_NUMBER) {
        snprintf(out, 48, "%lld", (long long)time);
        return;
    }
    laco_time_date(time, &year, &month, &day);
    if (format->month_name) {
        snprintf(out, 48, "%c%s%c%04d", months[month - 1][0] - 'a' + 'A', months[month - 1] + 1, format->date_mark, (int)year);
        return;
    }
    used = snprintf(out, 48, year < 1000 ? "%d%c%02d" : "%04d%c%02d", (int)year, format->date_mark, month);
    if (format->detail >= LACO_TIME_DAY)
        used += snprintf(out + used, 48 - (size_t)used, "%c%02d", format->date_mark, day);
    if (format->detail >= LACO_TIME_MINUTE)
        used += snprintf(out + used, 48 - (size_t)used, "%c%02d:%02d", format->middle, (int)(seconds / 3600),
                         (int)(seconds / 60 % 60));
    if (format->detail >= LACO_TIME_SECOND)
        used += snprintf(out + used, 48 - (size_t)used, ":%02d", (int)(seconds % 60));
    if (format->fraction > 0)
        used += snprintf(out + used, 48 - (size_t)used, ".%0*d", LACO_MIN(format->fraction, 9), 0);
    snprintf(out + used, 48 - (size_t)used, "%s", format->zone);
}

/* Months since the year 0, and the day of the month. */
static int64_t month_number(int64_t time, int *day)
{
    int64_t year;
    int month;
    laco_time_date(time, &year, &month, day);
    return 12 * year + month - 1;
}

/* The same day of every n-th month? */
static int64_t find_months(const int64_t *times, size_t count)
{
    int first_day, day;
    int64_t before = month_number(times[0], &first_day), step = 0;
    for (size_t i = 1; i < count; i++) {
        int64_t now = month_number(times[i], &day), difference = now - before;
        if (day != first_day || difference < 1 || (times[i] - times[0]) % DAY != 0)
            return 0;
        step = step == 0 || difference < step ? difference : step;
        before = now;
    }
    return step;
}

static int compare_int64(const void *a, const void *b)
{
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

laco_time_step laco_time_find_step(const laco_time_format *format, const int64_t *times, size_t count)
{
    int64_t differences[257];
    size_t used = 0;
    if (count < 2)
        return (laco_time_step){format->detail == LACO_TIME_MONTH, format->detail == LACO_TIME_DAY ? DAY : 0};
    int64_t step_months = format->detail == LACO_TIME_NUMBER ? 0 : find_months(times, count);
    if (step_months > 0)
        return (laco_time_step){.months = step_months};
    /* The median of differences spread over the column: gaps are rarer than steps. */
    size_t stride = LACO_MAX((count - 1) / 256, (size_t)1);
    for (size_t i = 1; i < count && used < 257; i += stride)
        if (times[i] > times[i - 1])
            differences[used++] = times[i] - times[i - 1];
    if (used == 0)
        return (laco_time_step){0, 0};
    qsort(differences, used, sizeof *differences, compare_int64);
    return (laco_time_step){.seconds = differences[used / 2]};
}

int64_t laco_time_add(const laco_time_step *step, int64_t time, int64_t steps)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (step->months == 0)
        return time + steps * step->seconds;
    int day;
    int64_t number = month_number(time, &day) + steps * step->months, year = floor_divide(number, 12);
    int month = (int)(number - 12 * year) + 1;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int last = month_days[month - 1] + (month == 2 && leap);
    return days_from_date(year, month, LACO_MIN(day, last)) * DAY + (time - floor_divide(time, DAY) * DAY);
}

double laco_time_clock(const laco_time_step *step, int64_t time)
{
    int day;
    if (step->months > 0)
        return (double)month_number(time, &day) / (double)step->months;
    return step->seconds > 0 ? (double)time / (double)step->seconds : 0;
}
