/* Which form a column of stamps has: one that all of them fit. */
#include "forecast/timestamp.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static unsigned kind_of(const laco_time_form *form)
{
    return form->refused                                    ? LACO_TIME_REFUSED
           : form->detail == LACO_TIME_NUMBER               ? LACO_TIME_NUMBERS
           : *form->pattern && strchr("CM", *form->pattern) ? LACO_TIME_DIGITS
           : *form->pattern                                 ? LACO_TIME_DATES
                                                            : LACO_TIME_CLOCKS;
}

void laco_time_guess_start(laco_time_guess *guess, laco_date_order order, unsigned kinds)
{
    *guess = (laco_time_guess){0};
    for (int i = 0; laco_time_forms[i].name; i++) {
        const laco_time_form *form = &laco_time_forms[i];
        bool ordered = order == LACO_DATE_DEFAULT || form->order == LACO_DATE_DEFAULT || form->order == order;
        if (ordered && (kind_of(form) & kinds))
            guess->forms |= (uint64_t)1 << i;
    }
}

/* Stamps of one column need not be equally fine: 12:00:00 stands beside 12:00:00.5. */
static void merge(laco_time_format *all, const laco_time_format *one)
{
    laco_time_format before = *all;
    *all = *one;
    all->detail = LACO_MAX(one->detail, before.detail);
    all->fraction = LACO_MAX(one->fraction, before.fraction);
    all->point = one->fraction > 0 ? one->point : before.point;
    all->short_date = one->short_date || before.short_date;
    all->short_hour = one->short_hour || before.short_hour;
    all->middle = one->detail >= LACO_TIME_HOUR ? one->middle : before.middle;
    if (isupper((unsigned char)before.month_letters)) /* May is short for May */
        all->month_letters = before.month_letters;
}

static int month_of(int64_t time)
{
    int64_t year;
    int month, day;
    laco_time_date(time, &year, &month, &day);
    return month;
}

laco_time_fit laco_time_guess_add(laco_time_guess *guess, const char *text, size_t length)
{
    laco_time_stamp stamp, kept = {0};
    uint64_t left = 0;
    int64_t largest = guess->largest;
    laco_time_fit best = LACO_TIME_UNFIT;
    for (int i = 0; laco_time_forms[i].name; i++) {
        if (!(guess->forms >> i & 1))
            continue;
        laco_time_fit fit = laco_time_parse(i, text, length, &stamp);
        if (fit == LACO_TIME_FITS && laco_time_forms[i].detail == LACO_TIME_NUMBER) {
            int64_t below = stamp.whole < 0 && stamp.micros > 0; /* -0.5 is -1 and half a million */
            largest = LACO_MAX(largest, (int64_t)llabs(stamp.whole + below));
            bool fractions = guess->format.fraction > 0 || stamp.format.fraction > 0;
            fit = largest < laco_time_bound(fractions) ? fit : LACO_TIME_COARSE;
        }
        best = LACO_MAX(best, fit);
        if (fit != LACO_TIME_FITS)
            continue;
        if (!left || !laco_time_forms[i].refused)
            kept = stamp; /* numbers stand first in the table, and dates of digits behind them are finer */
        left |= (uint64_t)1 << i;
    }
    if (best != LACO_TIME_FITS)
        return best;
    bool number = kept.format.detail == LACO_TIME_NUMBER; /* of any size */
    guess->forms = left;
    guess->largest = largest;
    int64_t time = number ? 0 : kept.whole * LACO_SECOND;
    if (guess->rows++ == 0) {
        guess->format = kept.format;
        guess->first = time;
    } else {
        merge(&guess->format, &kept.format);
        guess->zones_differ = guess->zones_differ || kept.offset != guess->offset;
        guess->months_differ = guess->months_differ || number || month_of(guess->first) != month_of(time);
    }
    guess->number = kept.whole;
    guess->latest_month = number ? 0 : LACO_MAX(guess->latest_month, month_of(time));
    guess->offset = kept.offset;
    return LACO_TIME_FITS;
}

bool laco_time_guess_end(laco_time_guess *guess, laco_date_order unclear)
{
    int chosen = -1, orders = 0;
    laco_time_guess hint;
    for (int i = 0; laco_time_forms[i].name; i++)
        if (guess->forms >> i & 1) {
            chosen = chosen < 0 || !laco_time_forms[i].refused ? i : chosen;
            orders += laco_time_forms[i].order != LACO_DATE_DEFAULT;
        }
    if (orders > 1) {
        laco_time_guess_start(&hint, unclear, LACO_TIME_DATES);
        for (int i = 0; unclear != LACO_DATE_DEFAULT && laco_time_forms[i].name; i++)
            if (guess->forms >> i & 1 && hint.forms >> i & 1 && laco_time_forms[i].order == unclear) {
                guess->format.form = i;
                return true;
            }
        return false;
    }
    guess->format.form = chosen;
    if (laco_time_forms[chosen].detail == LACO_TIME_NUMBER)
        guess->format.detail = LACO_TIME_NUMBER;
    return true;
}

const laco_time_form *laco_time_guess_doubt(const laco_time_guess *guess)
{
    for (int i = 1; guess->format.detail == LACO_TIME_NUMBER && laco_time_forms[i].name; i++)
        if (guess->forms >> i & 1 && laco_time_forms[i].refused)
            return &laco_time_forms[i];
    return NULL;
}

static size_t count_digits(const char **at, const char *end)
{
    const char *start = *at;
    while (*at < end && isdigit((unsigned char)**at))
        ++*at;
    return (size_t)(*at - start);
}

/* Three numbers with the same mark between them, one of them as long as a year, or a month's name beside a number. */
bool laco_time_looks_like(const char *text, size_t length)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    const char *at = text, *end = text + length;
    size_t first = count_digits(&at, end);
    char mark = at < end ? *at : 0;
    if (first > 0 && first <= 4 && at < end && strchr("-/.", mark)) {
        at++;
        size_t second = count_digits(&at, end);
        bool more = second > 0 && second <= 2 && at < end && *at == mark;
        at += more;
        size_t third = more ? count_digits(&at, end) : 0;
        if (third > 0 && third <= 4 && (first == 4 || third == 4) && (at == end || *at != mark))
            return true;
    }
    bool digit = false, month = false;
    for (at = text; at < end; at++) {
        digit = digit || isdigit((unsigned char)*at);
        for (size_t m = 0; m < 36 && end - at >= 3 && (at == text || !isalpha((unsigned char)at[-1])); m += 3)
            month = month || (tolower((unsigned char)at[0]) == months[m] && tolower((unsigned char)at[1]) == months[m + 1] &&
                              tolower((unsigned char)at[2]) == months[m + 2]);
    }
    return digit && month && length <= 40;
}
