/* Which forecasts are mixed, and in what shares: greedily, as Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble selection from
 * libraries of models", 2004. */
#include "forecast/direct_plan.h"

#include <math.h>
#include <string.h>

#define START 3     /* the best so many begin, */
#define MARGIN 1.05 /* if they are not much worse than the best */
#define ROUNDS 12   /* and so many are in it at most, counted as often as they are */

/* Mean errors of one group: absolute in units of its scale, relative in per cent. */
static bool errors_of(const laco_direct_trial *t, const float *forecast, size_t group, double *absolute, double *relative)
{
    size_t cells = t->origins * t->horizon, first = group * cells, count = 0;
    double sum = 0, share = 0;
    for (size_t i = first; i < first + cells; i++) {
        double actual = t->actual[i], error = fabs(actual - (double)forecast[i]);
        if (isnan(actual))
            continue;
        sum += error;
        share += 200 * error / fmax(fabs(actual) + fabs((double)forecast[i]), 1e-300);
        count++;
    }
    *absolute = count > 0 ? sum / (double)count / t->scale[group] : 0;
    *relative = count > 0 ? share / (double)count : 0;
    return count > 0;
}

static void mean_errors(const laco_direct_trial *t, const float *forecast, double *absolute, double *relative)
{
    double a, r, count = 0;
    *absolute = *relative = 0;
    for (size_t g = 0; g < t->groups; g++)
        if (errors_of(t, forecast, g, &a, &r)) {
            *absolute += a;
            *relative += r;
            count++;
        }
    *absolute /= fmax(count, 1);
    *relative /= fmax(count, 1);
}

static double mixed_error(const laco_direct_trial *t, double a, double r, double naive_a, double naive_r)
{
    double first = naive_a > 0 ? a / naive_a : a, second = naive_r > 0 ? r / naive_r : r,
           error = t->positive ? 0.5 * (first + second) : first;
    return isfinite(error) ? error : INFINITY;
}

double laco_direct_group_error(const laco_direct_trial *t, size_t group, const float *forecast, const float *naive)
{
    double a, r, naive_a, naive_r;
    if (!errors_of(t, forecast, group, &a, &r))
        return NAN;
    errors_of(t, naive, group, &naive_a, &naive_r);
    return mixed_error(t, a, r, naive_a, naive_r);
}

double laco_direct_error(const laco_direct_trial *t, const float *forecast, const float *naive)
{
    double a, r, naive_a, naive_r;
    mean_errors(t, forecast, &a, &r);
    mean_errors(t, naive, &naive_a, &naive_r);
    return mixed_error(t, a, r, naive_a, naive_r);
}

typedef struct blend {
    const laco_direct_trial *trial;
    const float *const *forecast;
    int count, used;
    int *times;         /* [count] */
    double *own;        /* [count] */
    float *sum, *tried; /* [cells] */
    size_t cells;
} blend;

/* The error with one more of forecast k. */
static double error_with(blend *b, int k)
{
    float share = 1 / (float)(b->used + 1);
    for (size_t i = 0; i < b->cells; i++)
        b->tried[i] = share * (b->sum[i] + b->forecast[k][i]);
    return laco_direct_error(b->trial, b->tried, b->forecast[0]);
}

static void add(blend *b, int k)
{
    for (size_t i = 0; i < b->cells; i++)
        b->sum[i] += b->forecast[k][i];
    b->times[k]++;
    b->used++;
}

/* The best few, as far as they are about as good as the best: what is chosen by a few forecasts is not to hang on one of them. */
static void begin(blend *b)
{
    for (int k = 0; k < b->count; k++)
        b->own[k] = laco_direct_error(b->trial, b->forecast[k], b->forecast[0]);
    double least = INFINITY;
    for (int round = 0; round < START; round++) {
        int best = -1;
        for (int k = 0; k < b->count; k++)
            if (b->times[k] == 0 && isfinite(b->own[k]) && (best < 0 || b->own[k] < b->own[best]))
                best = k;
        if (best < 0 || b->own[best] > MARGIN * least)
            return;
        least = fmin(least, b->own[best]);
        add(b, best);
    }
}

static void choose(blend *b, double *share)
{
    double least = INFINITY;
    begin(b);
    for (; b->used < ROUNDS;) {
        int best = -1;
        double found = INFINITY;
        for (int k = 0; k < b->count; k++) {
            double error = error_with(b, k);
            if (error < found) {
                found = error;
                best = k;
            }
        }
        if (best < 0 || found >= least)
            break;
        least = found;
        add(b, best);
    }
    for (int k = 0; k < b->count; k++)
        share[k] = b->used > 0 ? (double)b->times[k] / b->used : k == 0;
}

laco_status laco_direct_blend(laco_context *ctx, const laco_direct_trial *trial, const float *const *forecast, int count,
                              double *share)
{
    blend b = {.trial = trial, .forecast = forecast, .count = count, .cells = trial->groups * trial->origins * trial->horizon};
    b.times = laco_alloc(ctx, (size_t)count, sizeof *b.times);
    b.own = laco_alloc(ctx, (size_t)count, sizeof *b.own);
    b.sum = laco_alloc(ctx, b.cells, sizeof *b.sum);
    b.tried = laco_alloc(ctx, b.cells, sizeof *b.tried);
    laco_status status = b.times && b.own && b.sum && b.tried ? LACO_OK : LACO_NO_MEMORY;
    if (status == LACO_OK)
        choose(&b, share);
    laco_release(ctx, b.times);
    laco_release(ctx, b.own);
    laco_release(ctx, b.sum);
    laco_release(ctx, b.tried);
    return status;
}
