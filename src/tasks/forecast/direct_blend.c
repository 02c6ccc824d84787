/* Which forecasts are mixed, and in what shares: greedily, as Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble selection from
 * libraries of models", 2004. */
#include "base/threads.h"
#include "forecast/direct_plan.h"

#include <math.h>
#include <string.h>

#define START 5     /* the best so many begin, each of another sort, */
#define MARGIN 1.05 /* if they are not much worse than the best */
#define ROUNDS 12   /* and so many are in it at most, counted as often as they are */

/* Mean errors: absolute and squared in units of the scale, relative in per cent. */
typedef struct errors {
    double absolute, relative, squared;
} errors;

static bool errors_of(const laco_direct_trial *t, const float *forecast, size_t group, errors *out)
{
    size_t cells = t->origins * t->horizon, first = group * cells, count = 0;
    errors sum = {0};
    for (size_t i = first; i < first + cells; i++) {
        double actual = t->actual[i], error = fabs(actual - (double)forecast[i]), size = fabs(actual) + fabs((double)forecast[i]);
        if (isnan(actual))
            continue;
        sum.absolute += error;
        sum.squared += error * error;
        if (t->positive)
            sum.relative += 200 * error / LACO_MAX(size, 1e-300);
        count++;
    }
    double n = (double)LACO_MAX(count, (size_t)1), scale = t->scale[group];
    *out = (errors){sum.absolute / n / scale, sum.relative / n, sum.squared / n / (scale * scale)};
    return count > 0;
}

static errors mean_errors(const laco_direct_trial *t, const float *forecast)
{
    errors sum = {0}, own;
    double count = 0;
    for (size_t g = 0; g < t->groups; g++)
        if (errors_of(t, forecast, g, &own)) {
            sum.absolute += own.absolute;
            sum.relative += own.relative;
            sum.squared += own.squared;
            count++;
        }
    count = fmax(count, 1);
    return (errors){sum.absolute / count, sum.relative / count, sum.squared / count};
}

static double over(double error, double naive) { return naive > 0 ? error / naive : error; }

static double mixed_error(const laco_direct_trial *t, const errors *e, const errors *naive)
{
    double sum = over(e->absolute, naive->absolute);
    if (t->positive)
        sum += over(e->relative, naive->relative);
    if (t->squares)
        sum += sqrt(over(e->squared, naive->squared));
    sum /= 1 + t->positive + t->squares;
    return isfinite(sum) ? sum : INFINITY;
}

double laco_direct_group_error(const laco_direct_trial *t, size_t group, const float *forecast, const float *naive)
{
    errors own, other;
    if (!errors_of(t, forecast, group, &own))
        return NAN;
    errors_of(t, naive, group, &other);
    return mixed_error(t, &own, &other);
}

double laco_direct_error(const laco_direct_trial *t, const float *forecast, const float *naive)
{
    errors own = mean_errors(t, forecast), other = mean_errors(t, naive);
    return mixed_error(t, &own, &other);
}

typedef struct blend {
    const laco_direct_trial *trial;
    const float *const *forecast;
    const laco_direct_member *member; /* [count] what they are of */
    int count, used;
    int *times;         /* [count] */
    double *error;      /* [count] of each, alone or with those that are in */
    float *sum, *tried; /* [cells], [parts][cells] */
    int parts;
    size_t cells;
} blend;

/* The errors with one more of each forecast. */
static void try_part(void *user, int part, int parts)
{
    blend *b = user;
    float share = 1 / (float)(b->used + 1), *tried = b->tried + (size_t)part * b->cells;
    for (int k = part; k < b->count; k += parts) {
        for (size_t i = 0; i < b->cells; i++)
            tried[i] = share * (b->sum[i] + b->forecast[k][i]);
        b->error[k] = laco_direct_error(b->trial, tried, b->forecast[0]);
    }
}

static void add(blend *b, int k)
{
    for (size_t i = 0; i < b->cells; i++)
        b->sum[i] += b->forecast[k][i];
    b->times[k]++;
    b->used++;
}

/* Whether one of those that are in looks at the same rows in the same way. */
static bool has_like(const blend *b, int k)
{
    for (int i = 0; i < b->count; i++)
        if (b->times[i] > 0 && laco_direct_alike(&b->member[i], &b->member[k]))
            return true;
    return false;
}

/* The best few of different sorts, as far as they are about as good as the best: what is chosen by a few forecasts is not to hang on
 * one of them, and where validation hardly tells long windows from short ones, both are better than either. */
static void begin(blend *b, laco_context *ctx)
{
    double least = INFINITY;
    laco_parallel(ctx, b->parts, try_part, b);
    for (int round = 0; round < START; round++) {
        int best = -1;
        for (int k = 0; k < b->count; k++)
            if (isfinite(b->error[k]) && (best < 0 || b->error[k] < b->error[best]) && !has_like(b, k))
                best = k;
        if (best < 0 || b->error[best] > MARGIN * least)
            return;
        least = fmin(least, b->error[best]);
        add(b, best);
    }
}

static void choose(blend *b, laco_context *ctx, double *share)
{
    double least = INFINITY;
    begin(b, ctx);
    for (; b->used < ROUNDS;) {
        int best = -1;
        double found = INFINITY;
        laco_parallel(ctx, b->parts, try_part, b);
        for (int k = 0; k < b->count; k++)
            if (b->error[k] < found) {
                found = b->error[k];
                best = k;
            }
        if (best < 0 || found >= least)
            break;
        least = found;
        add(b, best);
    }
    for (int k = 0; k < b->count; k++)
        share[k] = b->used > 0 ? (double)b->times[k] / b->used : k == 0;
}

laco_status laco_direct_blend(laco_context *ctx, const laco_direct_trial *trial, const float *const *forecast,
                              const laco_direct_member *member, int count, double *share)
{
    blend b = {.trial = trial,
               .forecast = forecast,
               .member = member,
               .count = count,
               .cells = trial->groups * trial->origins * trial->horizon};
    b.times = laco_alloc(ctx, (size_t)count, sizeof *b.times);
    b.parts = laco_parts(ctx, count, 0, 0);
    b.error = laco_alloc(ctx, (size_t)count, sizeof *b.error);
    b.sum = laco_alloc(ctx, b.cells, sizeof *b.sum);
    b.tried = laco_alloc(ctx, (size_t)b.parts, b.cells * sizeof *b.tried);
    laco_status status = b.times && b.error && b.sum && b.tried ? LACO_OK : LACO_NO_MEMORY;
    if (status == LACO_OK)
        choose(&b, ctx, share);
    laco_release(ctx, b.times);
    laco_release(ctx, b.error);
    laco_release(ctx, b.sum);
    laco_release(ctx, b.tried);
    return status;
}
