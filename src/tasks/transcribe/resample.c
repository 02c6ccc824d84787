/* Band-limited interpolation, at any ratio:
 *
 *     y(p) = c · Σ_k x[k] · h(c · (p − k))      h(t) = sin(πt) / (πt) · Kaiser's window over |t| ≤ CROSSINGS
 *
 * with c the edge of the band that both rates have, in half the input's rate. h is looked up in a table with a straight line between its
 * entries. Smith and Gossett, "A flexible sampling-rate conversion method", ICASSP 1984. */
#include "transcribe/resample.h"

#include <math.h>

#define CROSSINGS 48 /* of zero, on either side */
#define STEPS 256    /* entries of the table between two of them: the lines between are 104 dB below */
#define BETA 9.6     /* of the window: 95 dB; the band ends within ± 6.4 % */
#define EDGE 0.936   /* so that it has ended where the narrower band does */
#define ENTRIES (CROSSINGS * STEPS + 2)
#define MOST_SAMPLES 0x1p52 /* that doubles can count, and halve */

/* The modified Bessel function of order 0. */
static double bessel(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; term > 1e-12 * sum; k++) {
        term *= x / (2 * k) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

static void fill_table(double *table)
{
    double top = bessel(BETA);
    for (int i = 0; i < ENTRIES - 1; i++) {
        double t = (double)i / STEPS, angle = 3.14159265358979323846 * t, u = t / CROSSINGS;
        table[i] = (i == 0 ? 1 : sin(angle) / angle) * bessel(BETA * sqrt(1 - u * u)) / top;
    }
    table[ENTRIES - 1] = 0;
}

static float filtered(const double *table, const float *x, size_t count, double place, double edge)
{
    double reach = CROSSINGS / edge, sum = 0;
    size_t first = place > reach ? (size_t)ceil(place - reach) : 0, past = LACO_MIN(count, (size_t)(place + reach) + 1);
    for (size_t k = first; k < past; k++) {
        double at = fabs(place - (double)k) * edge * STEPS;
        size_t i = (size_t)at;
        sum += (double)x[k] * (table[i] + (at - (double)i) * (table[i + 1] - table[i]));
    }
    return (float)(edge * sum);
}

static float straight(const float *x, size_t count, double place)
{
    size_t left = LACO_MIN((size_t)place, count - 1), right = LACO_MIN(left + 1, count - 1);
    return (float)((double)x[left] + (place - (double)left) * ((double)x[right] - (double)x[left]));
}

laco_status laco_resample(laco_context *ctx, const float *samples, size_t count, double ratio, laco_resample_quality quality,
                          float **out, size_t *out_count)
{
    double wanted = count > 0 ? fmax(1, round((double)count * ratio)) : 0, edge = EDGE * fmin(1, ratio);
    if (!(wanted < MOST_SAMPLES) || (double)count >= MOST_SAMPLES)
        return laco_fail(ctx, LACO_INVALID, "a recording of %zu samples is too long to be resampled", count);
    bool good = quality == LACO_RESAMPLE_GOOD;
    float *result = laco_alloc(ctx, (size_t)wanted, sizeof *result);
    double *table = good ? laco_alloc(ctx, ENTRIES, sizeof *table) : NULL;
    if (!result || (good && !table)) {
        laco_release(ctx, result);
        laco_release(ctx, table);
        return LACO_NO_MEMORY;
    }
    if (good)
        fill_table(table);
    for (size_t n = 0; n < (size_t)wanted; n++)
        result[n] = good ? filtered(table, samples, count, (double)n / ratio, edge) : straight(samples, count, (double)n / ratio);
    laco_release(ctx, table);
    *out = result;
    *out_count = (size_t)wanted;
    return LACO_OK;
}
