/* Dense linear algebra in double precision: as much of it as least squares need. Matrices are row by row. Each element of a result is
 * one chain of multiply-adds in the order of the rows, so that the width of vectors does not enter. */
#ifndef LACO_FORECAST_DENSE_H
#define LACO_FORECAST_DENSE_H

#include "base/base.h"

/* sums [n][n] += xᵀx of rows x [count][n]: the lower triangle; the other is left alone. */
void laco_dense_square(double *sums, int64_t n, const double *x, int64_t count);

/* Rows begin … past - 1 of these sums alone. */
void laco_dense_square_rows(double *sums, int64_t n, const double *x, int64_t count, int64_t begin, int64_t past);

/* sums [n][m] += xᵀy of rows x [count][n] and y [count][m]. */
void laco_dense_cross(double *sums, int64_t n, int64_t m, const double *x, const double *y, int64_t count);

void laco_dense_cross_rows(double *sums, int64_t n, int64_t m, const double *x, const double *y, int64_t count, int64_t begin,
                           int64_t past);

/* out [n][m] −= matrix · x [n][m], for a symmetric matrix of which both triangles are there. */
void laco_dense_subtract(double *out, const double *matrix, int64_t n, const double *x, int64_t m);

/* The other triangle becomes the mirror of the lower one. */
void laco_dense_mirror(double *matrix, int64_t n);

/* The factor U of a symmetric matrix UᵀU, which is given in the lower triangle, comes into the upper one: Cholesky. False: it is not
 * positive. */
bool laco_dense_factor(double *matrix, int64_t n);

/* right [n][m] becomes the solution x of UᵀUx = right. */
void laco_dense_solve(const double *factor, int64_t n, double *right, int64_t m);

/* Σ aᵢbᵢ, in eight sums. */
double laco_dense_dot(const double *a, const double *b, int64_t n);

#endif
