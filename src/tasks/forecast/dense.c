#include "forecast/dense.h"

#include <math.h>

double laco_dense_dot(const double *a, const double *b, int64_t n)
{
    double sum[4] = {0};
    int64_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (int k = 0; k < 4; k++)
            sum[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        sum[0] += a[i] * b[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* out[j] += Σ factor[r·stride]·x[r·step + j] for eight rows r: each element is one chain over the rows. */
static void add_eight(double *restrict out, int64_t n, const double *factor, int64_t stride, const double *restrict x,
                      int64_t step)
{
    double f[8];
    for (int r = 0; r < 8; r++)
        f[r] = factor[r * stride];
    for (int64_t j = 0; j < n; j++) {
        double sum = out[j];
        for (int r = 0; r < 8; r++)
            sum += f[r] * x[r * step + j];
        out[j] = sum;
    }
}

static void add_one(double *restrict out, int64_t n, double factor, const double *restrict x)
{
    for (int64_t j = 0; j < n; j++)
        out[j] += factor * x[j];
}

void laco_dense_square(double *sums, int64_t n, const double *x, int64_t count)
{
    int64_t r = 0;
    for (; r + 8 <= count; r += 8)
        for (int64_t i = 0; i < n; i++)
            add_eight(sums + i * n, i + 1, x + r * n + i, n, x + r * n, n);
    for (; r < count; r++)
        for (int64_t i = 0; i < n; i++)
            add_one(sums + i * n, i + 1, x[r * n + i], x + r * n);
}

void laco_dense_cross(double *sums, int64_t n, int64_t m, const double *x, const double *y, int64_t count)
{
    int64_t r = 0;
    for (; r + 8 <= count; r += 8)
        for (int64_t i = 0; i < n; i++)
            add_eight(sums + i * m, m, x + r * n + i, n, y + r * m, m);
    for (; r < count; r++)
        for (int64_t i = 0; i < n; i++)
            add_one(sums + i * m, m, x[r * n + i], y + r * m);
}

bool laco_dense_factor(double *matrix, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        double *row = matrix + i * n;
        for (int64_t j = 0; j < i; j++)
            row[j] = (row[j] - laco_dense_dot(row, matrix + j * n, j)) / matrix[j * n + j];
        double rest = row[i] - laco_dense_dot(row, row, i);
        if (!(rest > 0))
            return false;
        row[i] = sqrt(rest);
    }
    return true;
}

void laco_dense_solve(const double *factor, int64_t n, double *right, int64_t m)
{
    for (int64_t i = 0; i < n; i++) {
        for (int64_t k = 0; k < i; k++)
            add_one(right + i * m, m, -factor[i * n + k], right + k * m);
        for (int64_t j = 0; j < m; j++)
            right[i * m + j] /= factor[i * n + i];
    }
    for (int64_t i = n - 1; i >= 0; i--) {
        for (int64_t k = i + 1; k < n; k++)
            add_one(right + i * m, m, -factor[k * n + i], right + k * m);
        for (int64_t j = 0; j < m; j++)
            right[i * m + j] /= factor[i * n + i];
    }
}
