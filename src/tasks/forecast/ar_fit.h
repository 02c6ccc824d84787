/* One ridge regression: what ar_choose.c tries many of. */
#ifndef LACO_FORECAST_AR_FIT_H
#define LACO_FORECAST_AR_FIT_H

#include "forecast/ar.h"

typedef struct laco_ar_fit_form {
    laco_ar ar;
    bool difference; /* explains the step from the last value; lag 1 must be among the lags */
} laco_ar_fit_form;

/* Sums of products over the first `share` of the training rows, into [terms + 2]²; returns the number of terms, 0: there was no
 * row. */
int laco_ar_fit_sums(const laco_ar_data *data, const laco_ar_fit_form *form, double share, double *sums);

/* Weights [laco_ar_terms] from the sums; `matrix` is room for [terms]². False: too few rows, or the terms depend on each other.
 */
bool laco_ar_fit_solve(const laco_ar_fit_form *form, const double *sums, int d, double ridge, double *matrix, laco_real *weight);

#endif
