#include "forecast/ar.h"

#include <math.h>

#define MOST_LAGS 2000
#define MOST_ROWS 20000 /* the last ones are enough to see a season */

int laco_calendar_periods(const laco_time_step *step, bool is_number, double *out, int most)
{
    static const double seconds[] = {3600, 86400, 7 * 86400, 365.2425 * 86400};
    int64_t days = 0;
    for (int d = 0; d < 7; d++)
        days += step->weekdays >> d & 1;
    /* Where days or hours are left out, a day is fewer steps. */
    const double open[] = {3600 / ((double)step->time / (double)LACO_SECOND), (double)step->slots, (double)(step->slots * days),
                           365.2425 / 7 * (double)(step->slots * days)};
    int count = 0;
    if (step->months > 0 && step->months < 12 && most > 0)
        out[count++] = 12.0 / (double)step->months;
    for (int i = 0; i < 4 && step->months == 0 && step->time > 0 && !is_number; i++) {
        int64_t whole = step->time / LACO_SECOND;
        double period = step->weekdays                  ? open[i]
                        : step->time % LACO_SECOND == 0 ? seconds[i] / (double)whole
                                                        : seconds[i] / (double)step->time * (double)LACO_SECOND;
        if (period >= 3.5 && count < most)
            out[count++] = period;
    }
    return count;
}

/* Autocorrelation at lags 0 … lags-1, of the values less their line of regression or of their differences. */
static void autocorrelation(double *x, int64_t n, int64_t lags, double *out)
{
    double mean = 0;
    for (int64_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (int64_t i = 0; i < n; i++)
        x[i] -= mean;
    for (int64_t lag = 0; lag < lags; lag++) {
        double sum = 0;
        for (int64_t i = lag; i < n; i++)
            sum += x[i] * x[i - lag];
        out[lag] = sum;
    }
    for (int64_t lag = lags - 1; lag >= 0; lag--)
        out[lag] = out[0] > 0 ? out[lag] / out[0] : 0;
}

static void take_line_away(const double *z, int64_t n, double *out)
{
    double mean_t = (double)(n - 1) / 2, mean = 0, up = 0, down = 0;
    for (int64_t i = 0; i < n; i++)
        mean += z[i] / (double)n;
    for (int64_t i = 0; i < n; i++) {
        up += ((double)i - mean_t) * (z[i] - mean);
        down += ((double)i - mean_t) * ((double)i - mean_t);
    }
    for (int64_t i = 0; i < n; i++)
        out[i] = z[i] - mean - up / down * ((double)i - mean_t);
}

/* How much a period repeats itself: the larger of the correlation of differences and half the rise of that of values over its
 * lowest point before; 0: too little to call it a season. */
static double strength(const double *values, const double *differences, int64_t lag)
{
    double lowest = 1;
    for (int64_t k = 1; k < lag; k++)
        lowest = fmin(lowest, values[k]);
    double rise = values[lag] > 0.15 ? values[lag] - lowest : 0, jump = differences[lag];
    double best = fmax(rise > 0.25 ? rise / 2 : 0, jump > 0.2 ? jump : 0);
    return best;
}

/* The first peak that comes within a tenth of the highest. */
static int64_t highest_peak(const double *values, int64_t lags)
{
    double highest = 0, lowest = 1;
    for (int pass = 0; pass < 2; pass++) {
        lowest = 1;
        for (int64_t lag = 1; lag + 1 < lags; lag++) {
            lowest = fmin(lowest, values[lag]);
            bool peak =
                lag >= 3 && values[lag] > values[lag - 1] && values[lag] >= values[lag + 1] && values[lag] - lowest > 0.25;
            if (peak && pass == 0)
                highest = fmax(highest, values[lag]);
            else if (peak && values[lag] >= 0.9 * highest && highest > 0.25)
                return lag;
        }
    }
    return 1;
}

static int64_t choose(const double *values, const double *differences, int64_t lags, const laco_time_step *step,
                      bool has_calendar)
{
    double periods[8], best = 0;
    int count = has_calendar ? laco_calendar_periods(step, false, periods, 7) : 0;
    int64_t season = 1;
    periods[count++] = (double)highest_peak(values, lags);
    for (int i = 0; i < count; i++) {
        int64_t lag = (int64_t)floor(periods[i] + 0.5);
        double found = lag >= 2 && lag < lags ? strength(values, differences, lag) : 0;
        if (found > best * (i == count - 1 ? 1.2 : 1)) { /* the calendar is right more often than a peak */
            best = found;
            season = lag;
        }
    }
    return season;
}

laco_status laco_season_find(laco_context *ctx, const laco_ar_series *series, const laco_time_step *step, bool has_time,
                             int64_t *out)
{
    int64_t n = LACO_MIN(series->rows, (int64_t)MOST_ROWS), lags = LACO_MIN((int64_t)(0.45 * (double)n), (int64_t)MOST_LAGS);
    const double *z = series->z + series->rows - n;
    *out = 1;
    if (n < 16)
        return LACO_OK;
    double *x = laco_alloc(ctx, (size_t)n, sizeof *x), *values = laco_alloc(ctx, (size_t)lags, sizeof *values);
    double *differences = laco_alloc(ctx, (size_t)lags, sizeof *differences);
    if (x && values && differences) {
        take_line_away(z, n, x);
        autocorrelation(x, n, lags, values);
        for (int64_t i = 1; i < n; i++)
            x[i - 1] = z[i] - z[i - 1];
        autocorrelation(x, n - 1, lags, differences);
        *out = choose(values, differences, lags, step, has_time);
    }
    bool failed = !x || !values || !differences;
    laco_release(ctx, x);
    laco_release(ctx, values);
    laco_release(ctx, differences);
    return failed ? LACO_NO_MEMORY : LACO_OK;
}
