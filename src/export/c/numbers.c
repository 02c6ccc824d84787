/* Numbers of 64 bits, and the calendar. */
#pragma once
#include "export/c/rt.h"

RT_FUNCTION double rt_least(double a, double b) { return a < b ? a : b; }
RT_FUNCTION double rt_most(double a, double b) { return a > b ? a : b; }

/* exp and log in double: to 1e-13 or so. */
RT_FUNCTION double rt_exp_double(double x)
{
    double n, r, sum = 1, term = 1;
    int32_t whole, k;
    x = rt_most(-700, rt_least(700, x));
    whole = (int32_t)(x * 1.4426950408889634 + (x < 0 ? -0.5 : 0.5));
    n = (double)whole;
    r = (x - n * 0.69314718036912382) - n * 1.9082149292705877e-10;
    for (k = 1; k < 14; k++) {
        term *= r / k;
        sum += term;
    }
    for (; whole > 0; whole--)
        sum *= 2;
    for (; whole < 0; whole++)
        sum /= 2;
    return sum;
}

RT_FUNCTION double rt_log_double(double x)
{
    double n = 0, t, t2, power, sum = 0;
    int32_t k;
    for (; x > 1.4142135623730951 && n < 1100; n += 1)
        x /= 2;
    for (; x < 0.70710678118654752 && n > -1100; n -= 1)
        x *= 2;
    t = (x - 1) / (x + 1);
    t2 = t * t;
    power = t;
    for (k = 1; k < 26; k += 2) {
        sum += power / k;
        power *= t2;
    }
    return 2 * sum + n * 0.69314718055994531;
}

/* Cosine and sine of so many turns, 0 … 1. */
RT_FUNCTION void rt_turn(double turns, double *cosine, double *sine)
{
    double x, term = 1;
    int32_t k;
    while (turns > 0.5)
        turns -= 1;
    x = 6.28318530717958647692 * turns;
    *cosine = 1;
    *sine = 0;
    for (k = 1; k < 26; k++) {
        term *= x / k;
        if (k % 2)
            *sine += k % 4 == 1 ? term : -term;
        else
            *cosine += k % 4 == 0 ? term : -term;
    }
}

RT_FUNCTION double rt_remainder(double x, double period)
{
    double whole = x / period;
    return whole > -9e15 && whole < 9e15 ? x - period * (double)(int64_t)whole : 0;
}

#define RT_CALENDAR 6 /* inputs of the network: cosine and sine of the time of day, of the week and of the year */

/* The calendar at so many seconds from 1970 on: months by Howard Hinnant, "chrono-compatible low-level date algorithms". */
RT_FUNCTION void rt_calendar(double seconds, float *out)
{
    int64_t thousandths = (int64_t)(seconds * 1000 + (seconds < 0 ? -0.5 : 0.5)), days = thousandths / 86400000, shifted, era,
            year, year_day, k;
    double parts[3], cosine, sine;
    days -= days * 86400000 > thousandths; /* rounded down */
    shifted = days + 719468;               /* from 1 March of the year 0 on */
    era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    shifted -= era * 146097;
    year = (shifted - shifted / 1460 + shifted / 36524 - shifted / 146096) / 365;
    year_day = shifted - (365 * year + year / 4 - year / 100);
    k = (5 * year_day + 2) / 153; /* months from March on */
    parts[0] = (double)(thousandths - days * 86400000) / 86400000;
    parts[1] = (double)((days % 7 + 7) % 7) / 7;
    parts[2] = ((double)((k + 2) % 12) + (double)(year_day - (153 * k + 2) / 5) / 31.0) / 12;
    for (k = 0; k < 3; k++) {
        rt_turn(parts[k], &cosine, &sine);
        *out++ = (float)cosine;
        *out++ = (float)sine;
    }
}
