/* Ridge regression of a value on the values before it and on waves of the calendar. */
#include "forecast/ar_fit.h"

#include <math.h>
#include <string.h>

#define MOST_ROWS 40000 /* of the end of each series */

/* The terms of a fit. As a difference, z_t − z_(t−1) is explained by z_(t−l) − z_(t−1), so that the level does not matter. */
static int fill_terms(const laco_ar_fit_form *form, const double *now, double clock, double *out)
{
    const laco_ar *ar = &form->ar;
    int used = 0;
    for (int l = 0; l < ar->lag_count; l++)
        if (!form->difference || ar->lags[l] != 1)
            out[used++] = now[1 - ar->lags[l]] - (form->difference ? now[0] : 0);
    laco_ar_waves(ar, clock, out + used);
    return used + laco_ar_terms(ar) - 1 - ar->lag_count;
}

/* Sums of products of [1, terms, value]: the lower triangle of [d + 2][d + 2]. */
static void add_row(double *row, int size, double *sums)
{
    for (int i = 0; i < size; i++)
        for (int j = 0; j <= i; j++)
            sums[i * size + j] += row[i] * row[j];
}

int laco_ar_fit_sums(const laco_ar_data *data, const laco_ar_fit_form *form, double share, double *sums)
{
    double row[LACO_AR_TERMS + 2];
    int d = 0, size = 0;
    int32_t longest = LACO_MAX(laco_ar_longest(&form->ar), 1);
    for (size_t i = 0; i < data->count; i++) {
        const laco_ar_series *series = &data->series[i];
        int64_t past = (int64_t)(share * (double)series->rows), first = LACO_MAX((int64_t)longest, past - MOST_ROWS);
        for (int64_t t = first; t < past; t++) {
            const double *now = series->z + t - 1;
            d = fill_terms(form, now, series->clock[t], row + 1);
            if (size == 0) {
                size = d + 2;
                memset(sums, 0, (size_t)size * (size_t)size * sizeof *sums);
            }
            row[0] = 1;
            row[d + 1] = series->z[t] - (form->difference ? now[0] : 0);
            add_row(row, size, sums);
        }
    }
    return d;
}

/* Solves (R + ridge·I)·x = r for a correlation matrix R [d][d] (lower triangle), in place: Cholesky. */
static bool solve(double *matrix, int64_t d, double ridge, double *x)
{
    for (int64_t j = 0; j < d; j++) {
        double *row = matrix + j * d;
        row[j] += ridge;
        for (int64_t k = 0; k < j; k++)
            row[j] -= row[k] * row[k];
        if (!(row[j] > 1e-12))
            return false;
        row[j] = sqrt(row[j]);
        for (int64_t i = j + 1; i < d; i++) {
            for (int64_t k = 0; k < j; k++)
                matrix[i * d + j] -= matrix[i * d + k] * row[k];
            matrix[i * d + j] /= row[j];
        }
    }
    for (int64_t i = 0; i < d; i++) {
        for (int64_t k = 0; k < i; k++)
            x[i] -= matrix[i * d + k] * x[k];
        x[i] /= matrix[i * d + i];
    }
    for (int64_t i = d - 1; i >= 0; i--) {
        for (int64_t k = i + 1; k < d; k++)
            x[i] -= matrix[k * d + i] * x[k];
        x[i] /= matrix[i * d + i];
    }
    return true;
}

/* Weights of terms in their own sizes, the intercept last. */
static bool ridge_weights(const double *sums, int64_t d, double ridge, double *matrix, double *weights)
{
    int64_t size = d + 2;
    double n = sums[0], mean[LACO_AR_TERMS + 2] = {0}, deviation[LACO_AR_TERMS + 2] = {0};
    for (int64_t i = 1; i < size; i++) {
        mean[i] = sums[i * size] / n;
        deviation[i] = sqrt(fmax(0, sums[i * size + i] / n - mean[i] * mean[i]));
        if (deviation[i] < 1e-9)
            deviation[i] = 1e9; /* a constant term explains nothing */
    }
    for (int64_t i = 0; i <= d; i++)
        for (int64_t j = 0; j <= i && j < d; j++) {
            double r = (sums[(i + 1) * size + j + 1] / n - mean[i + 1] * mean[j + 1]) / (deviation[i + 1] * deviation[j + 1]);
            if (i < d)
                matrix[i * d + j] = i == j ? 1 : r;
            else
                weights[j] = r;
        }
    if (!solve(matrix, d, ridge, weights))
        return false;
    weights[d] = mean[d + 1];
    for (int64_t i = 0; i < d; i++) {
        weights[i] *= deviation[d + 1] / deviation[i + 1];
        weights[d] -= weights[i] * mean[i + 1];
    }
    return true;
}

bool laco_ar_fit_solve(const laco_ar_fit_form *form, const double *sums, int d, double ridge, double *matrix, laco_real *weight)
{
    double solved[LACO_AR_TERMS + 2];
    int used = 0, terms = laco_ar_terms(&form->ar);
    if (sums[0] < 2 * d + 4 || !ridge_weights(sums, d, ridge, matrix, solved))
        return false;
    double first = 1;
    weight[0] = (laco_real)solved[d];
    for (int l = 0; l < form->ar.lag_count; l++) {
        bool is_first = form->difference && form->ar.lags[l] == 1;
        weight[1 + l] = is_first ? 0 : (laco_real)solved[used];
        first -= is_first ? 0 : solved[used++];
    }
    if (form->difference) /* lags rise: the first is lag 1 */
        weight[1] = (laco_real)first;
    for (int k = 1 + form->ar.lag_count; k < terms; k++)
        weight[k] = (laco_real)solved[used++];
    return true;
}

laco_status laco_ar_fit(const laco_ar_data *data, const laco_ar *ar, laco_real *weight)
{
    laco_ar_fit_form form = {*ar, false};
    size_t size = LACO_AR_TERMS + 2;
    double *sums = laco_alloc(data->ctx, size * size, sizeof *sums),
           *matrix = sums ? laco_alloc(data->ctx, size * size, sizeof *matrix) : NULL;
    if (matrix) {
        int d = laco_ar_fit_sums(data, &form, 1, sums);
        memset(weight, 0, (size_t)laco_ar_terms(ar) * sizeof *weight);
        if (d == 0 || !laco_ar_fit_solve(&form, sums, d, 1e-3, matrix, weight))
            weight[1] = 1; /* the last value */
    }
    laco_release(data->ctx, sums);
    laco_release(data->ctx, matrix);
    return matrix ? LACO_OK : LACO_NO_MEMORY;
}
