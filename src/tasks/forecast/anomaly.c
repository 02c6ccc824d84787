#include "forecast/anomaly.h"

#include <math.h>
#include <string.h>

#define FEW 30        /* rows that say nothing yet */
#define TOP 0.02      /* of the sizes, through which the tail goes on, */
#define LEAST 10      /* or so many */
#define REST_SHARE 20 /* of the rows seen, which an alarm stands for at least */
#define MEMORY 1000.  /* rows of the running mean */

/* How many of the sorted sizes are below. */
static int64_t place_of(const laco_tail *tail, double size)
{
    int64_t low = 0, high = tail->count;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (tail->sorted[middle] < size)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The largest sizes, a fiftieth of all or ten, say how the tail goes on beyond them. */
static double probability(const laco_tail *tail, double size)
{
    int64_t n = tail->count, above = n - place_of(tail, size), top = LACO_MAX((int64_t)ceil(TOP * (double)n), (int64_t)LEAST);
    double p = (double)(above + 1) / (double)(n + 1), mean = 0;
    if (n < FEW)
        return 1;
    double start = tail->sorted[n - top - 1];
    if (above > 0 || !(size > start))
        return p;
    for (int64_t i = n - top; i < n; i++)
        mean += (tail->sorted[i] - start) / (double)top;
    mean = fmax(mean, 1e-3 * fabs(tail->sorted[n - 1]) + 1e-12);
    return fmin(p, (double)top / (double)n * exp(-(size - start) / mean));
}

static void forget_oldest(laco_tail *tail)
{
    int64_t place = place_of(tail, tail->ring[tail->at]);
    memmove(tail->sorted + place, tail->sorted + place + 1, (size_t)(tail->count - 1 - place) * sizeof *tail->sorted);
    tail->count--;
}

double laco_tail_add(laco_tail *tail, double size)
{
    double p = probability(tail, size);
    if (tail->count == LACO_TAIL_ROWS)
        forget_oldest(tail);
    int64_t place = place_of(tail, size);
    memmove(tail->sorted + place + 1, tail->sorted + place, (size_t)(tail->count - place) * sizeof *tail->sorted);
    tail->sorted[place] = tail->ring[tail->at] = size;
    tail->count++;
    tail->at = (tail->at + 1) % LACO_TAIL_ROWS;
    return p;
}

laco_status laco_anomaly_new(laco_context *ctx, int64_t columns, int64_t period, int64_t longer, int64_t rest, double threshold,
                             laco_anomaly **out)
{
    laco_anomaly *made = laco_alloc(ctx, 1, sizeof *made);
    if (!made)
        return LACO_NO_MEMORY;
    *made =
        (laco_anomaly){.ctx = ctx, .columns = columns, .period = period, .longer = longer, .rest = rest, .threshold = threshold};
    made->column = laco_alloc(ctx, (size_t)columns, sizeof *made->column);
    made->before = laco_alloc(ctx, (size_t)columns, (size_t)LACO_MAX(laco_anomaly_kept(made), (int64_t)1) * sizeof *made->before);
    if (!made->column || !made->before) {
        laco_anomaly_free(made);
        return LACO_NO_MEMORY;
    }
    *out = made;
    return LACO_OK;
}

void laco_anomaly_free(laco_anomaly *anomaly)
{
    if (!anomaly)
        return;
    laco_release(anomaly->ctx, anomaly->column);
    laco_release(anomaly->ctx, anomaly->before);
    laco_release(anomaly->ctx, anomaly);
}

/* -log10 of the probability that is left. */
static double surprise(double p) { return -log10(fmax(p, 1e-30)); }

/* How far a value is from that of one period before, or of a longer one, whichever is nearer; -1: there is none. */
static double change_of(const laco_anomaly *a, int64_t c, double value)
{
    int64_t kept = laco_anomaly_kept(a);
    const double *before = a->before + c * kept;
    double change = -1;
    if (a->period > 0 && a->rows >= a->period)
        change = fabs(value - before[(a->rows - a->period) % kept]);
    return a->longer > 0 && a->rows >= a->longer ? fmin(change, fabs(value - before[a->rows % kept])) : change;
}

static double column_surprise(laco_anomaly *a, int64_t c, double value, double forecast)
{
    laco_anomaly_column *column = &a->column[c];
    double change = change_of(a, c, value), most = 0;
    if (a->rows > 0)
        most = surprise(laco_tail_add(&column->value, fabs(value - column->mean)));
    if (change >= 0)
        most = fmax(most, surprise(laco_tail_add(&column->change, change)));
    if (a->period == 0 && !isnan(forecast))
        most = fmax(most, surprise(laco_tail_add(&column->error, fabs(value - forecast))));
    column->mean += (value - column->mean) * fmax(1 / MEMORY, 1 / (double)(a->rows + 1));
    if (a->period > 0)
        a->before[c * laco_anomaly_kept(a) + a->rows % laco_anomaly_kept(a)] = value;
    return most;
}

double laco_anomaly_add(laco_anomaly *a, const double *values, const double *forecasts)
{
    double most = 0;
    for (int64_t c = 0; c < a->columns; c++)
        most = fmax(most, column_surprise(a, c, values[c], forecasts[c]));
    double score = 1 - pow(10, -most);
    a->rows++;
    a->alarm = a->rows > a->quiet && score >= a->threshold;
    if (a->rows <= a->quiet)
        return 0.5 * score;
    if (a->alarm)
        a->quiet = a->rows + (a->rest > 0 ? LACO_MAX(a->rest, a->rows / REST_SHARE) : 0);
    return score;
}
