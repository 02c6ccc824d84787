/* Dense linear algebra in double precision: as much of it as least squares need. Matrices are row by row. */
#ifndef LACO_FORECAST_DENSE_H
#define LACO_FORECAST_DENSE_H

#include "base/base.h"

/* sums [n][n] += xᵀx of rows x [count][n]: the lower triangle. */
void laco_dense_square(double *sums, int64_t n, const double *x, int64_t count);

/* sums [n][m] += xᵀy of rows x [count][n] and y [count][m]. */
void laco_dense_cross(double *sums, int64_t n, int64_t m, const double *x, const double *y, int64_t count);

/* The factor F of a symmetric matrix FFᵀ, given and left in the lower triangle: Cholesky. False: it is not positive. */
bool laco_dense_factor(double *matrix, int64_t n);

/* right [n][m] becomes the solution x of FFᵀx = right. */
void laco_dense_solve(const double *factor, int64_t n, double *right, int64_t m);

/* Σ aᵢbᵢ, in four sums. */
double laco_dense_dot(const double *a, const double *b, int64_t n);

#endif
