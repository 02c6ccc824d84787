/* Covariates, which a forecaster knows beside its columns: values that are known ahead, and facts that are constant within a series.
 *
 *     z_t = (g(y_t) − mean) / scale − Σ b_k · u_(t,k)          u: a known column, standardised by the training rows
 *
 * So whatever is said of z, by autoregression, network and direct base, is of a series without what the known columns explain, and
 * the effect of the row that is forecast is added to it. b is found beside an autoregression of z on a few rows: generalised least
 * squares after Cochrane and Orcutt, "Application of least squares regression to relationships containing auto-correlated error
 * terms", 1949. The network reads the known columns of the rows ahead, and facts one-hot. */
#ifndef LACO_FORECAST_COVARIATES_H
#define LACO_FORECAST_COVARIATES_H

#include "forecast/ar.h"
#include "forecast/series_covariates.h"

/* The known columns and facts of the data, their means and deviations over the first rows[i] rows of each series: into a model that
 * has none yet. */
laco_status laco_covariates_learn(laco_forecaster *model, const laco_series *data, const int64_t *rows);

/* The same as another model has them. */
laco_status laco_covariates_copy(laco_forecaster *model, const laco_forecaster *from);
/* The names of the columns as lists, once they are there. */
laco_status laco_covariates_list(laco_forecaster *model);

/* A set that has none gets these columns. */
laco_status laco_covariates_name(const laco_forecaster *model, laco_series *series);
void laco_covariates_free(laco_forecaster *model);

/* LACO_INVALID: the series have other known or static columns than the model. */
laco_status laco_covariates_check(const laco_forecaster *model, const laco_series *series);

/* The known columns of a row in deviations from their means: out [K]. */
void laco_covariates_standardise(const laco_forecaster *model, const laco_series *series, size_t index, int64_t row, double *out);

/* Numbers that the network reads beside its columns: horizon · known columns, and one for each value of each fact. */
int64_t laco_covariates_inputs(const laco_forecaster *model);

/* These of row `row`; what is not known is 0, the mean. */
void laco_covariates_fill(const laco_forecaster *model, const laco_series *series, size_t index, int64_t row, laco_real *out);

/* What the known columns add to z of column c in a row; 0 where nothing is known. */
double laco_covariates_effect(const laco_forecaster *model, const laco_series *series, size_t index, int64_t row, int c);

/* A value without that, and back (not below the floor). */
double laco_covariates_without(const laco_forecaster *model, const laco_spread *scale, const laco_series *series, size_t index,
                               int64_t row, int c);
double laco_covariates_with(const laco_forecaster *model, const laco_spread *scale, const laco_series *series, size_t index,
                            int64_t row, int c, double value);

/* All series without it, a set of the caller's; scales [series][C]. */
laco_status laco_covariates_adjust(const laco_forecaster *model, const laco_spread *scales, const laco_series *series,
                                   laco_series **out);

/* Weights b [K] of one column of all series, in deviations of z, by u [rows][K] of all series one after another, as z is. */
laco_status laco_covariates_regress(const laco_ar_data *data, const double *u, int K, int64_t season, double *b);

#endif
