/* What a forecaster says of a value beside its mean: the distributions of --likelihood, after Salinas, Flunkert and Gasthaus, "DeepAR:
 * probabilistic forecasting with autoregressive recurrent networks", 2020.
 *
 *     normal              y ~ N(x, σ²)                    σ = d · exp(o_1)
 *     negative binomial   y ~ NB(μ, α), variance μ + αμ²  μ = s · log(1 + exp(x / s)), α = d · exp(o_1)
 *     Poisson             y ~ Poisson(μ)
 *
 * with x = base + unit · o_0, and o the outputs of the network. */
#ifndef LACO_FORECAST_LIKELIHOOD_H
#define LACO_FORECAST_LIKELIHOOD_H

#include "base/base.h"
#include "laco/forecaster.h"
#include "laco/nn.h"

#define LACO_LIKELIHOOD_SOFT 0.1 /* s, in deviations of the series: a mean of counts is above 0 */

/* Where one value is looked for. */
typedef struct laco_likelihood_place {
    double y; /* what happened; NaN: it does not count */
    float base, unit, soft, dispersion;
} laco_likelihood_place;

/* Outputs of the network for one value; 0: LACO_LIKELIHOOD_DEFAULT, which is none. */
LACO_SHARED int laco_likelihood_width(laco_likelihood kind);
static inline bool laco_likelihood_counts(laco_likelihood kind) { return kind >= LACO_LIKELIHOOD_NEGATIVE_BINOMIAL; }

/* s · log(1 + exp(x / s)). */
double laco_likelihood_mean(double x, double soft);

/* -log of the probability of place->y by outputs o [width], and its derivatives d [width]. */
double laco_likelihood_loss(laco_likelihood kind, const laco_likelihood_place *place, const double *o, double *d);

/* The least value of which a share q is not above it: of counts with this mean, and α; of a normal distribution with this mean
 * and σ. */
double laco_likelihood_quantile(laco_likelihood kind, double mean, double dispersion, double q);

/* The sum of the losses of x [… ][width] over `count` places, which must stay until the backward pass. */
laco_var laco_likelihood_losses(laco_tape *tape, laco_var x, laco_likelihood kind, const laco_likelihood_place *places,
                                int64_t count);

#endif
