/* The forms of stamps, in one table, and how they are read. */
#include "forecast/timestamp.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SHORT_YEAR "a year of two digits could be a day, a month or another century: write four, as 2016-01-31 or 31/01/2016"
#define DIGITS "write 2016-01-31 (if they are plain numbers, give the column another name)"
#define ORDER LACO_DATE_DEFAULT

const laco_time_form laco_time_forms[] = {
    {"a number", "", LACO_TIME_NUMBER, ORDER, 0, 0, false, NULL},
    {"YYYY-MM-DD", "Y-m-d", LACO_TIME_DAY, LACO_DATE_YMD, 0, 1, true, NULL},
    {"YYYY-MM", "Y-m", LACO_TIME_MONTH, LACO_DATE_YMD, 1, 0, false, NULL},
    {"Mon-YYYY", "b~Y", LACO_TIME_MONTH, ORDER, 1, 0, false, NULL},
    {"Y-MM", "e-M", LACO_TIME_MONTH, LACO_DATE_YMD, 1, 0, false, NULL}, /* month 01 of year 1 */
    {"DD/MM/YYYY", "d-m-Y", LACO_TIME_DAY, LACO_DATE_DMY, 0, 1, true, NULL},
    {"MM/DD/YYYY", "m-d-Y", LACO_TIME_DAY, LACO_DATE_MDY, 0, 1, true, NULL},
    {"MM/YYYY", "m-Y", LACO_TIME_MONTH, ORDER, 1, 0, false, NULL},
    {"Mon-YY", "b~y", LACO_TIME_MONTH, ORDER, 1, 0, false, NULL},
    {"YYYY-Mon", "Y~b", LACO_TIME_MONTH, ORDER, 1, 0, false, NULL},
    {"DD-Mon-YYYY", "d~b~Y", LACO_TIME_DAY, ORDER, 0, 1, true, NULL},
    {"YYYY-Mon-DD", "Y~b~d", LACO_TIME_DAY, ORDER, 0, 1, true, NULL},
    {"Mon DD, YYYY", "b d, Y", LACO_TIME_DAY, ORDER, 0, 1, true, NULL},
    {"Mon DD YYYY", "b-d-Y", LACO_TIME_DAY, ORDER, 0, 1, true, NULL},
    {"YYYYQn", "Y~Qq", LACO_TIME_MONTH, ORDER, 3, 0, false, NULL},
    {"Qn-YYYY", "Qq~Y", LACO_TIME_MONTH, ORDER, 3, 0, false, NULL},
    {"nQYYYY", "qQ~Y", LACO_TIME_MONTH, ORDER, 3, 0, false, NULL},
    {"YYYYMmm", "Y~Km", LACO_TIME_MONTH, ORDER, 1, 0, false, NULL},
    {"YYYY-Www", "G~Wv", LACO_TIME_DAY, ORDER, 0, 7, false, NULL},
    {"YYYY-Www-D", "G~Wv~u", LACO_TIME_DAY, ORDER, 0, 1, true, NULL},
    {"YYYYMM", "CM", LACO_TIME_MONTH, ORDER, 1, 0, false, NULL},
    {"YYYY.MM", "C.M", LACO_TIME_MONTH, ORDER, 1, 0, false, NULL}, /* a number too, which has no month 13 */
    {"MM.YYYY", "M.C", LACO_TIME_MONTH, ORDER, 1, 0, false, NULL},
    {"YYYYMMDD", "CMD", LACO_TIME_DAY, ORDER, 0, 1, true, NULL},
    {"YYYYMMDDHH", "CMDH", LACO_TIME_HOUR, ORDER, 0, 0, false, NULL},
    {"YYYYMMDDHHMM", "CMDHN", LACO_TIME_MINUTE, ORDER, 0, 0, false, NULL},
    {"YYYYMMDDHHMMSS", "CMDHNS", LACO_TIME_SECOND, ORDER, 0, 0, false, NULL},
    {"YYYYMMDDTHHMM", "CMDTHN", LACO_TIME_MINUTE, ORDER, 0, 0, false, NULL},
    {"YYYYMMDDTHHMMSS", "CMDTHNS", LACO_TIME_SECOND, ORDER, 0, 0, false, NULL},
    {"HH:MM", "", LACO_TIME_MINUTE, ORDER, 0, 0, true, NULL},
    {"DD/MM/YY", "d-d-y", LACO_TIME_DAY, ORDER, 0, 1, true, SHORT_YEAR},
    {"DD-Mon-YY", "d~b~y", LACO_TIME_DAY, ORDER, 0, 1, true, SHORT_YEAR},
    {"Mon DD, YY", "b d, y", LACO_TIME_DAY, ORDER, 0, 1, true, SHORT_YEAR},
    {"Qn-YY", "Qq~y", LACO_TIME_MONTH, ORDER, 3, 0, false, "a year of two digits could be another century: write 2016Q1"},
    {"nQYY", "qQ~y", LACO_TIME_MONTH, ORDER, 3, 0, false, "a year of two digits could be another century: write 2016Q1"},
    {"YYYY-DDD", "Y-j", LACO_TIME_DAY, ORDER, 0, 1, true, "days are not counted through the year here: write 2016-01-31"},
    /* Numbers too: dates only in a column that is called so. */
    {"YYYYWW", "Cw", LACO_TIME_DAY, ORDER, 0, 7, false,
     "write 2016-W05 (if they are plain numbers, give the column another name)"},
    {"YYYYDDD", "Cj", LACO_TIME_DAY, ORDER, 0, 1, false, DIGITS},
    {"YYMMDD", "xMD", LACO_TIME_DAY, ORDER, 0, 1, false, DIGITS},
    {"DDMMYYYY", "DMC", LACO_TIME_DAY, ORDER, 0, 1, false, DIGITS},
    {"MMDDYYYY", "MDC", LACO_TIME_DAY, ORDER, 0, 1, false, DIGITS},
    {0},
};

int laco_time_form_find(const char *name)
{
    for (int i = 0; laco_time_forms[i].name; i++)
        if (strcmp(laco_time_forms[i].name, name) == 0)
            return i;
    return -1;
}

/* A text that is being read, and what was found. */
typedef struct reader {
    const char *at, *end;
    laco_time_format format;
    bool mark_set, has_week, has_yearday;
    int64_t year;
    int month, day, quarter, week, weekday, hour, minute, second, micros;
    int offset;
} reader;

/* A number of least … most digits. */
static bool digits(reader *r, int least, int most, int *out)
{
    int count = 0, value = 0;
    while (r->at < r->end && isdigit((unsigned char)*r->at) && count < most) {
        value = 10 * value + (*r->at++ - '0');
        count++;
    }
    *out = value;
    return count >= least;
}

/* One or two digits; one alone says how such numbers are written. */
static bool loose(reader *r, bool *is_short, int *out)
{
    const char *start = r->at;
    if (!digits(r, 1, 2, out))
        return false;
    *is_short = *is_short || r->at == start + 1;
    return true;
}

static bool one_of(reader *r, const char *allowed, char *out)
{
    if (r->at >= r->end || !*r->at || !strchr(allowed, *r->at))
        return false;
    *out = *r->at++;
    return true;
}

static bool take_year(reader *r, int count, int least, int most)
{
    int year;
    bool taken = digits(r, count, count, &year) && year >= least && year <= most;
    r->year = year;
    return taken;
}

static bool take_mark(reader *r, bool optional)
{
    char mark = 0;
    bool found = one_of(r, "-/. ", &mark);
    if (r->mark_set)
        return mark == r->format.date_mark;
    r->mark_set = true;
    r->format.date_mark = mark;
    return found || optional;
}

static bool take_month_name(reader *r)
{
    static const char *const names[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};
    const char *start = r->at;
    size_t count = 0;
    while (r->at < r->end && isalpha((unsigned char)*r->at))
        r->at++;
    count = (size_t)(r->at - start);
    for (int m = 0; m < 12; m++) {
        bool whole = count == strlen(names[m]);
        if ((!whole && count != 3) || strncasecmp(start, names[m], count) != 0)
            continue;
        char letters = islower((unsigned char)start[0]) ? 'a' : islower((unsigned char)start[1]) ? 'b' : 'c';
        r->format.month_letters = (char)(whole && count > 3 ? toupper(letters) : letters);
        r->month = m + 1;
        return true;
    }
    return false;
}

static bool take_letter(reader *r, char letter)
{
    int year;
    char found, same[3] = {letter, (char)tolower((unsigned char)letter), 0};
    switch (letter) {
    case 'Y':
        return take_year(r, 4, 1, 9999);
    case 'G':
        r->has_week = true;
        return take_year(r, 4, 1, 9999);
    case 'C':
        return take_year(r, 4, 1800, 2199);
    case 'e':
        return take_year(r, 1, 0, 9);
    case 'y':
    case 'x':
        if (!digits(r, 2, 2, &year))
            return false;
        r->year = year + (year < 69 ? 2000 : 1900);
        return true;
    case 'm':
        return loose(r, &r->format.short_date, &r->month);
    case 'd':
        return loose(r, &r->format.short_date, &r->day);
    case 'v':
        return loose(r, &r->format.short_date, &r->week);
    case 'M':
        return digits(r, 2, 2, &r->month);
    case 'D':
        return digits(r, 2, 2, &r->day);
    case 'j':
        r->has_yearday = true;
        return digits(r, 3, 3, &r->day);
    case 'w':
        r->has_week = true;
        return digits(r, 2, 2, &r->week);
    case 'K':
        return one_of(r, "Mm", &found);
    case 'H':
        return digits(r, 2, 2, &r->hour);
    case 'N':
        return digits(r, 2, 2, &r->minute);
    case 'S':
        return digits(r, 2, 2, &r->second);
    case 'q':
        return digits(r, 1, 1, &r->quarter);
    case 'u':
        return digits(r, 1, 1, &r->weekday);
    case 'b':
        return take_month_name(r);
    case '-':
        return take_mark(r, false);
    case '~':
        return take_mark(r, true);
    default:
        return one_of(r, same, &found);
    }
}

/* A fraction: kept to the microsecond, rounded down. */
static bool take_fraction(reader *r)
{
    char mark;
    if (!one_of(r, ".,", &mark))
        return true;
    r->format.point = mark;
    int place = 100000, digit, beyond = 0;
    for (; digits(r, 1, 1, &digit); place /= 10) {
        r->micros += place * digit;
        beyond = place == 0 ? beyond | digit : beyond;
        r->format.fraction++;
    }
    if (beyond || r->format.fraction > 9)
        r->format.fraction = 6;
    return r->format.fraction > 0;
}

/* AM or PM, with a space before it or none. */
static void take_half(reader *r)
{
    const char *at = r->at + (r->at < r->end && *r->at == ' ');
    if (r->end - at < 2 || !strchr("AaPp", at[0]) || !strchr("Mm", at[1]))
        return;
    bool late = at[0] == 'P' || at[0] == 'p';
    char half = at > r->at ? 'B' : 'A';
    r->format.half = (char)(islower((unsigned char)at[0]) ? tolower(half) : half);
    r->at = at + 2;
    r->hour = r->hour >= 1 && r->hour <= 12 ? r->hour % 12 + (late ? 12 : 0) : 99; /* 13 PM is no hour */
}

/* The rest of a stamp: nothing, UTC by one of its names, or hours and minutes that the zone is ahead of it. */
static bool take_zone(reader *r)
{
    static const char *const names[] = {"", "Z", "UTC", " UTC", " Z", "GMT", " GMT"};
    size_t left = (size_t)(r->end - r->at);
    int hours, minutes = 0;
    char sign, colon;
    if (left >= sizeof r->format.zone)
        return false;
    snprintf(r->format.zone, sizeof r->format.zone, "%.*s", (int)left, r->at);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(r->format.zone, names[i]) == 0)
            return true;
    r->at += *r->at == ' ';
    if (!one_of(r, "+-", &sign) || !digits(r, 2, 2, &hours))
        return false;
    (void)one_of(r, ":", &colon);
    if (r->at < r->end && !digits(r, 2, 2, &minutes))
        return false;
    r->offset = (hours * 60 + minutes) * (sign == '-' ? -60 : 60);
    return r->at == r->end && hours < 24 && minutes < 60;
}

static bool take_clock(reader *r)
{
    char colon;
    if (!loose(r, &r->format.short_hour, &r->hour))
        return false;
    r->format.detail = LACO_TIME_HOUR;
    if (one_of(r, ":", &colon)) {
        r->format.detail = LACO_TIME_MINUTE;
        if (!digits(r, 2, 2, &r->minute))
            return false;
        if (one_of(r, ":", &colon)) {
            r->format.detail = LACO_TIME_SECOND;
            if (!digits(r, 2, 2, &r->second) || !take_fraction(r))
                return false;
        }
    }
    take_half(r);
    return take_zone(r);
}

int64_t laco_time_bound(bool fractions) { return (int64_t)1 << (fractions ? 42 : 53); }

static bool take_number(reader *r, laco_time_stamp *out)
{
    char copy[24], *end, sign = 0;
    size_t length = (size_t)(r->end - r->at), used;
    if (length == 0 || length >= sizeof copy)
        return false;
    memcpy(copy, r->at, length);
    copy[length] = 0;
    out->whole = strtoll(copy, &end, 10);
    used = (size_t)(end - copy);
    if (used == 0 || !isdigit((unsigned char)copy[used - 1]))
        return false;
    (void)one_of(r, "+-", &sign);
    r->at = r->end - (length - used);
    if (!take_fraction(r) || r->at != r->end)
        return false;
    int64_t bound = laco_time_bound(r->format.fraction > 0);
    if (out->whole <= -bound || out->whole >= bound)
        return false;
    if (sign == '-' && r->micros > 0) {
        out->whole--;
        r->micros = (int)LACO_SECOND - r->micros;
    }
    return true;
}

static bool is_date(const reader *r)
{
    if (r->has_week) {
        int64_t weeks = (laco_iso_year_start(r->year + 1) - laco_iso_year_start(r->year)) / 7;
        return r->week >= 1 && r->week <= weeks && r->weekday >= 1 && r->weekday <= 7;
    }
    if (r->has_yearday)
        return r->day >= 1 && r->day <= 337 + laco_month_length(r->year, 2);
    return r->month >= 1 && r->month <= 12 && r->quarter >= 1 && r->quarter <= 4 && r->day >= 1 &&
           r->day <= laco_month_length(r->year, r->month);
}

static int64_t days_of(const reader *r)
{
    if (r->has_week)
        return laco_iso_year_start(r->year) + 7 * (int64_t)(r->week - 1) + r->weekday - 1;
    return laco_days_from_date(r->year, r->month + 3 * (r->quarter - 1), r->day);
}

static laco_time_fit take_stamp(reader *r, const laco_time_form *form, laco_time_stamp *out)
{
    bool dated = *form->pattern != 0;
    for (const char *letter = form->pattern; *letter; letter++)
        if (!take_letter(r, *letter))
            return LACO_TIME_UNFIT;
    if (form->clock && (r->at < r->end || !dated)) {
        if ((dated && !one_of(r, "T ", &r->format.middle)) || !take_clock(r))
            return LACO_TIME_UNFIT;
        if (!dated && r->format.detail < LACO_TIME_MINUTE)
            return LACO_TIME_UNFIT;
    } else if (r->at != r->end) {
        return LACO_TIME_UNFIT;
    }
    bool end_of_day = r->hour == 24 && r->minute == 0 && r->second == 0;
    if (!is_date(r) || (r->hour > 23 && !end_of_day) || r->minute > 59 || r->second > 60)
        return LACO_TIME_NO_DATE;
    out->whole = days_of(r) * 86400 + (int64_t)r->hour * 3600 + (int64_t)r->minute * 60 + r->second;
    return LACO_TIME_FITS;
}

laco_time_fit laco_time_parse(int place, const char *text, size_t length, laco_time_stamp *out)
{
    const laco_time_form *form = &laco_time_forms[place];
    reader r = {text, text + length, .year = 1970, .month = 1, .day = 1, .quarter = 1, .week = 1, .weekday = 1};
    r.format = (laco_time_format){
        .form = place, .detail = form->detail, .date_mark = '-', .middle = ' ', .point = '.', .month_letters = 'b'};
    *out = (laco_time_stamp){0};
    laco_time_fit fit = form->detail != LACO_TIME_NUMBER ? take_stamp(&r, form, out)
                        : take_number(&r, out)           ? LACO_TIME_FITS
                                                         : LACO_TIME_UNFIT;
    out->format = r.format;
    out->micros = r.micros;
    out->offset = r.offset;
    return fit;
}

int64_t laco_time_of(const laco_time_format *format, const laco_time_stamp *stamp)
{
    int64_t unit = laco_time_unit(format);
    return stamp->whole * unit + (unit > 1 ? stamp->micros : 0);
}
