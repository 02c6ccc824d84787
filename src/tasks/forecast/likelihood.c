#include "forecast/likelihood.h"

#include "nn/operation.h"

#include <math.h>

#define LARGE 1000     /* from this mean on counts are taken for a gamma distribution */
#define MOST_SPREAD 15 /* of the exponent of a dispersion */
#define LEAST_MEAN 1e-9

int laco_likelihood_width(laco_likelihood kind)
{
    return kind == LACO_LIKELIHOOD_DEFAULT ? 0 : kind == LACO_LIKELIHOOD_POISSON ? 1 : 2;
}

double laco_likelihood_mean(double x, double soft)
{
    double u = x / soft;
    return fmax(LEAST_MEAN, u > 30 ? x : soft * log1p(exp(u)));
}

/* The derivative of log Γ. */
static double digamma(double x)
{
    double sum = 0;
    while (x < 10) {
        sum -= 1 / x;
        x += 1;
    }
    double f = 1 / (x * x);
    return sum + log(x) - 0.5 / x - f * (1.0 / 12 - f * (1.0 / 120 - f * (1.0 / 252 - f * (1.0 / 240 - f / 132))));
}

static double normal_loss(const laco_likelihood_place *p, const double *o, double *d)
{
    double spread = fmin(MOST_SPREAD, fmax(-MOST_SPREAD, o[1])), sigma = (double)p->dispersion * exp(spread);
    double r = (p->y - (double)p->base - (double)p->unit * o[0]) / sigma;
    d[0] = -r * (double)p->unit / sigma;
    d[1] = spread == o[1] ? 1 - r * r : 0;
    return log(sigma) + 0.5 * r * r + 0.5 * log(2 * acos(-1));
}

static double poisson_loss(double y, double mean, double *d_mean)
{
    *d_mean = 1 - y / mean;
    return mean - y * log(mean) + lgamma(y + 1);
}

/* By r = 1 / α. */
static double binomial_loss(double y, double mean, double r, double *d_mean, double *d_r)
{
    *d_mean = (mean - y) / (mean * (1 + mean / r));
    *d_r = -(digamma(y + r) - digamma(r) - log1p(mean / r) + (mean - y) / (r + mean));
    return lgamma(r) + lgamma(y + 1) - lgamma(y + r) + r * log1p(mean / r) - y * (log(mean) - log(r + mean));
}

double laco_likelihood_loss(laco_likelihood kind, const laco_likelihood_place *p, const double *o, double *d)
{
    if (kind == LACO_LIKELIHOOD_NORMAL)
        return normal_loss(p, o, d);
    double x = (double)p->base + (double)p->unit * o[0], mean = laco_likelihood_mean(x, (double)p->soft), d_mean, d_r;
    double slope = (double)p->unit / (1 + exp(-x / (double)p->soft)), loss;
    if (kind == LACO_LIKELIHOOD_POISSON) {
        loss = poisson_loss(p->y, mean, &d_mean);
    } else {
        double spread = fmin(MOST_SPREAD, fmax(-MOST_SPREAD, o[1])), r = 1 / ((double)p->dispersion * exp(spread));
        loss = binomial_loss(p->y, mean, r, &d_mean, &d_r);
        d[1] = spread == o[1] ? -r * d_r : 0;
    }
    d[0] = d_mean * slope;
    return loss;
}

/* ---- Quantiles --------------------------------------------------------------------------------------------------------------
 */

static double normal_quantile(double q)
{
    double low = -40, high = 40;
    for (int i = 0; i < 100; i++) {
        double middle = 0.5 * (low + high);
        if (0.5 * erfc(-middle / sqrt(2)) < q)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

/* Probabilities are added up from 0 on, each by the one before. */
static double count_quantile(double mean, double alpha, double q)
{
    double r = alpha > 0 ? 1 / alpha : 0, p = alpha > 0 ? exp(-r * log1p(mean / r)) : exp(-mean), sum = p, k = 0;
    double ratio = alpha > 0 ? mean / (r + mean) : mean;
    while (sum < q && k < 1e7) {
        p *= alpha > 0 ? ratio * (k + r) / (k + 1) : ratio / (k + 1);
        k++;
        sum += p;
        if (p < 1e-300 && k > mean)
            break;
    }
    return k;
}

/* The gamma distribution of the same mean and variance, by Wilson and Hilferty's cube. */
static double large_quantile(double mean, double variance, double q)
{
    double k9 = 9 * mean * mean / variance, cube = 1 - 1 / k9 + normal_quantile(q) / sqrt(k9);
    return fmax(0, floor(mean * cube * cube * cube + 0.5));
}

double laco_likelihood_quantile(laco_likelihood kind, double mean, double dispersion, double q)
{
    q = fmin(1 - 1e-12, fmax(1e-12, q));
    if (kind == LACO_LIKELIHOOD_NORMAL)
        return mean + dispersion * normal_quantile(q);
    double alpha = kind == LACO_LIKELIHOOD_POISSON ? 0 : dispersion;
    /* A first probability that is too small to be counted up from is of a mean that is large. */
    bool large = mean > LARGE || (alpha <= 0 && mean > 500);
    return large ? large_quantile(mean, mean + alpha * mean * mean, q) : count_quantile(mean, alpha, q);
}

/* ---- On a tape --------------------------------------------------------------------------------------------------------------
 */

typedef struct losses_saved {
    laco_var x, y;
    laco_likelihood kind;
    const laco_likelihood_place *places;
    int64_t count;
} losses_saved;

static double sum_losses(const losses_saved *s, double factor, laco_real *dx)
{
    int width = laco_likelihood_width(s->kind);
    const laco_real *x = s->x->data;
    double sum = 0;
    for (int64_t i = 0; i < s->count; i++) {
        double o[2] = {0}, d[2] = {0};
        if (isnan(s->places[i].y))
            continue;
        for (int k = 0; k < width; k++)
            o[k] = (double)x[i * width + k];
        sum += laco_likelihood_loss(s->kind, &s->places[i], o, d);
        for (int k = 0; dx && k < width; k++)
            dx[i * width + k] += (laco_real)(factor * d[k]);
    }
    return sum;
}

static laco_status losses_backward(laco_tape *tape, void *saved)
{
    const losses_saved *s = saved;
    if (laco_wanted(s->x, s->y))
        (void)sum_losses(s, (double)s->y->grad[0], s->x->grad);
    return tape->status;
}

laco_var laco_likelihood_losses(laco_tape *tape, laco_var x, laco_likelihood kind, const laco_likelihood_place *places,
                                int64_t count)
{
    if (!laco_operand(tape, x))
        return NULL;
    if (x->size != count * laco_likelihood_width(kind))
        return laco_tape_refuse(tape, "likelihood: x is %s; it must have %d numbers for each of %lld values",
                                laco_var_show(x).text, laco_likelihood_width(kind), (long long)count);
    laco_var y = laco_var_new(tape, 0, NULL, x->needs_grad);
    if (!y)
        return NULL;
    losses_saved saved = {x, y, kind, places, count};
    y->data[0] = (laco_real)sum_losses(&saved, 0, NULL);
    return laco_finish(tape, y, losses_backward, &saved, sizeof saved);
}
