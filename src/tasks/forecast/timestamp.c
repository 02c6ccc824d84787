/* The calendar, and stamps written. */
#include "forecast/timestamp.h"

#include <ctype.h>
#include <stdio.h>

/* ---- The calendar ------------------------------------------------------------------------------------------------------- */

int64_t laco_floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/* Days since 1970-01-01 in the Gregorian calendar, and back: Hinnant, "chrono-compatible low-level date algorithms". */
int64_t laco_days_from_date(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void laco_date_from_days(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = laco_floor_divide(days, 146097), of_era = days - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100), shifted = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

void laco_time_date(int64_t time, int64_t *year, int *month, int *day)
{
    laco_date_from_days(laco_floor_divide(time, LACO_DAY), year, month, day);
}

int laco_month_length(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

int laco_weekday(int64_t days) { return (int)(days + 3 - 7 * laco_floor_divide(days + 3, 7)); } /* 1970 began on a Thursday */

int64_t laco_iso_year_start(int64_t year)
{
    int64_t fourth = laco_days_from_date(year, 1, 4); /* is always in the first week */
    return fourth - laco_weekday(fourth);
}

/* ---- Writing ------------------------------------------------------------------------------------------------------------ */

int64_t laco_time_unit(const laco_time_format *format)
{
    return format->detail == LACO_TIME_NUMBER && format->fraction == 0 ? 1 : LACO_SECOND;
}

/* What the letters of a pattern stand for. */
typedef struct parts {
    int64_t year, iso_year;
    int month, day, week, weekday, hour, minute, second, micros;
} parts;

static parts take_apart(int64_t time)
{
    int64_t days = laco_floor_divide(time, LACO_DAY), of_day = time - days * LACO_DAY;
    parts p = {.micros = (int)(of_day % LACO_SECOND), .weekday = laco_weekday(days)};
    int second = (int)(of_day / LACO_SECOND);
    laco_date_from_days(days, &p.year, &p.month, &p.day);
    p.hour = second / 3600;
    p.minute = second / 60 % 60;
    p.second = second % 60;
    p.iso_year = p.year + 1;
    while (laco_iso_year_start(p.iso_year) > days)
        p.iso_year--;
    p.week = (int)((days - laco_iso_year_start(p.iso_year)) / 7) + 1;
    return p;
}

typedef struct writer {
    char *out;
    size_t used;
} writer;

static void put(writer *w, const char *format, long long value)
{
    int written = snprintf(w->out + w->used, 48 - w->used, format, value);
    w->used = LACO_MIN(w->used + (size_t)LACO_MAX(written, 0), (size_t)47);
}

static void put_mark(writer *w, char mark)
{
    if (mark && w->used < 47) {
        w->out[w->used++] = mark;
        w->out[w->used] = '\0';
    }
}

static void put_month_name(writer *w, char letters, int month)
{
    static const char *const names[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};
    const char *name = names[month - 1];
    bool whole = isupper((unsigned char)letters), small = letters == 'a' || letters == 'A',
         large = letters == 'c' || letters == 'C';
    for (int i = 0; name[i] && (whole || i < 3); i++)
        put_mark(w, (char)(small ? tolower((unsigned char)name[i]) : large ? toupper((unsigned char)name[i]) : name[i]));
}

static void put_letter(writer *w, const laco_time_format *format, char letter, const parts *p)
{
    const char *two = format->short_date ? "%lld" : "%02lld";
    switch (letter) {
    case 'Y':
    case 'C':
        put(w, p->year < 1000 ? "%lld" : "%04lld", p->year);
        break;
    case 'e':
        put(w, "%lld", p->year);
        break;
    case 'y':
        put(w, "%02lld", ((p->year % 100) + 100) % 100);
        break;
    case 'm':
        put(w, two, p->month);
        break;
    case 'd':
        put(w, two, p->day);
        break;
    case 'M':
        put(w, "%02lld", p->month);
        break;
    case 'D':
        put(w, "%02lld", p->day);
        break;
    case 'b':
        put_month_name(w, format->month_letters, p->month);
        break;
    case 'q':
        put(w, "%lld", (p->month + 2) / 3);
        break;
    case 'K':
        put_mark(w, 'M');
        break;
    case 'G':
        put(w, "%04lld", p->iso_year);
        break;
    case 'v':
        put(w, two, p->week);
        break;
    case 'u':
        put(w, "%lld", p->weekday + 1);
        break;
    case 'H':
        put(w, "%02lld", p->hour);
        break;
    case 'N':
        put(w, "%02lld", p->minute);
        break;
    case 'S':
        put(w, "%02lld", p->second);
        break;
    case '-':
    case '~':
        put_mark(w, format->date_mark);
        break;
    default:
        put_mark(w, letter);
    }
}

static void put_fraction(writer *w, const laco_time_format *format, int micros)
{
    if (format->fraction <= 0)
        return;
    put_mark(w, format->point);
    for (int i = 0, place = 100000; i < LACO_MIN(format->fraction, 9); i++, place /= 10)
        put(w, "%lld", place > 0 ? micros / place % 10 : 0);
}

static void put_clock(writer *w, const laco_time_format *format, const parts *p)
{
    int hour = format->half ? (p->hour + 11) % 12 + 1 : p->hour;
    if (w->used > 0)
        put_mark(w, format->middle);
    put(w, format->short_hour ? "%lld" : "%02lld", hour);
    if (format->detail >= LACO_TIME_MINUTE)
        put(w, ":%02lld", p->minute);
    if (format->detail >= LACO_TIME_SECOND)
        put(w, ":%02lld", p->second);
    put_fraction(w, format, p->micros);
    if (format->half) {
        bool small = islower((unsigned char)format->half), late = p->hour >= 12;
        put_mark(w, format->half == 'B' || format->half == 'b' ? ' ' : 0);
        put_mark(w, small ? (late ? 'p' : 'a') : (late ? 'P' : 'A'));
        put_mark(w, small ? 'm' : 'M');
    }
    for (const char *c = format->zone; *c; c++)
        put_mark(w, *c);
}

static void put_number(writer *w, const laco_time_format *format, int64_t time)
{
    int64_t unit = laco_time_unit(format), whole = laco_floor_divide(time, unit), micros = time - whole * unit;
    if (whole < 0 && micros > 0) { /* -0.4 is 0.6 above -1 */
        put_mark(w, '-');
        whole = -(whole + 1);
        micros = unit - micros;
    }
    put(w, "%lld", whole);
    put_fraction(w, format, (int)micros);
}

void laco_time_text(const laco_time_format *format, int64_t time, char out[48])
{
    const laco_time_form *form = &laco_time_forms[format->form];
    writer w = {.out = out};
    out[0] = 0;
    if (format->detail == LACO_TIME_NUMBER) {
        put_number(&w, format, time);
        return;
    }
    parts p = take_apart(time);
    for (const char *letter = form->pattern; *letter; letter++)
        put_letter(&w, format, *letter, &p);
    if (form->clock && format->detail >= LACO_TIME_HOUR)
        put_clock(&w, format, &p);
}
