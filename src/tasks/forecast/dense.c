#include "forecast/dense.h"

#include <math.h>
#include <string.h>

/* Where the system chooses between functions as it loads a program, each is compiled for wide vectors too. They are static: a compiler
 * may export the choice between others. */
#ifdef LACO_CLONES
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif
#define VECTOR 4
#define ROWS 4 /* of a result that are added to at once, by COLUMNS */
#define COLUMNS 8
#define BLOCK 8 /* rows of a factor */

/* So many numbers in a row, wherever they stand. */
typedef double vector __attribute__((vector_size(VECTOR * sizeof(double)), aligned(sizeof(double)), may_alias));

/* out[i·out_ld + j] += or −= Σ a[r·a_r + i·a_i] · b[r·b_ld + j] over r. */
typedef struct product {
    double *out;
    int64_t out_ld, rows, columns;
    bool lower; /* only where j ≤ i */
    const double *a;
    int64_t a_r, a_i;
    const double *b;
    int64_t b_ld, count;
} product;

/* Rows from i on and columns from j on. Behind the last row there is the last once more, and in front of the last columns others that
 * are there already: neither is stored. */
INLINE void add_tile(const product *p, int64_t i, int64_t j, bool minus)
{
    int64_t first = LACO_MIN(j, p->columns - COLUMNS);
    const double *a[ROWS], *b = p->b + first;
    vector sum[ROWS][COLUMNS / VECTOR];
    double out[ROWS][COLUMNS];
    UNROLL for (int k = 0; k < ROWS; k++)
    {
        int64_t row = LACO_MIN(i + k, p->rows - 1);
        a[k] = p->a + row * p->a_i;
        UNROLL for (int v = 0; v < COLUMNS / VECTOR; v++) sum[k][v] = ((const vector *)(p->out + row * p->out_ld + first))[v];
    }
    for (int64_t r = 0; r < p->count; r++)
        UNROLL for (int k = 0; k < ROWS; k++) UNROLL for (int v = 0; v < COLUMNS / VECTOR; v++)
        {
            vector term = a[k][r * p->a_r] * ((const vector *)(b + r * p->b_ld))[v];
            sum[k][v] = minus ? sum[k][v] - term : sum[k][v] + term;
        }
    UNROLL for (int k = 0; k < ROWS; k++) UNROLL for (int v = 0; v < COLUMNS / VECTOR; v++)((vector *)out[k])[v] = sum[k][v];
    for (int64_t k = 0; k < LACO_MIN(p->rows - i, (int64_t)ROWS); k++)
        for (int64_t c = j - first; c < (p->lower ? LACO_MIN(COLUMNS, i + k + 1 - first) : COLUMNS); c++)
            p->out[(i + k) * p->out_ld + first + c] = out[k][c];
}

INLINE void add_narrow(const product *p, bool minus)
{
    for (int64_t i = 0; i < p->rows; i++)
        for (int64_t r = 0; r < p->count; r++) {
            double factor = p->a[r * p->a_r + i * p->a_i];
            for (int64_t j = 0; j < (p->lower ? i + 1 : p->columns); j++) {
                double term = factor * p->b[r * p->b_ld + j], *out = &p->out[i * p->out_ld + j];
                *out = minus ? *out - term : *out + term;
            }
        }
}

INLINE void add_any(const product *p, bool minus)
{
    if (p->columns < COLUMNS) {
        add_narrow(p, minus);
        return;
    }
    for (int64_t i = 0; i < p->rows; i += ROWS)
        for (int64_t j = 0; j < (p->lower ? LACO_MIN(p->columns, i + ROWS) : p->columns); j += COLUMNS)
            add_tile(p, i, j, minus);
}

WIDE static void add(const product *p) { add_any(p, false); }
WIDE static void subtract(const product *p) { add_any(p, true); }

void laco_dense_square_rows(double *sums, int64_t n, const double *x, int64_t count, int64_t begin, int64_t past)
{
    double *rows = sums + begin * n;
    const double *own = x + begin;
    if (begin > 0)
        add(&(product){rows, n, past - begin, begin, false, own, n, 1, x, n, count});
    add(&(product){rows + begin, n, past - begin, past - begin, true, own, n, 1, own, n, count});
}

void laco_dense_square(double *sums, int64_t n, const double *x, int64_t count)
{
    laco_dense_square_rows(sums, n, x, count, 0, n);
}

void laco_dense_cross_rows(double *sums, int64_t n, int64_t m, const double *x, const double *y, int64_t count, int64_t begin,
                           int64_t past)
{
    add(&(product){sums + begin * m, m, past - begin, m, false, x + begin, n, 1, y, m, count});
}

void laco_dense_cross(double *sums, int64_t n, int64_t m, const double *x, const double *y, int64_t count)
{
    laco_dense_cross_rows(sums, n, m, x, y, count, 0, n);
}

void laco_dense_subtract(double *out, const double *matrix, int64_t n, const double *x, int64_t m)
{
    subtract(&(product){out, m, n, m, false, matrix, n, 1, x, m, n});
}

void laco_dense_mirror(double *matrix, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < i; j++)
            matrix[j * n + i] = matrix[i * n + j];
}

/* out[j] −= factor · x[j]. */
INLINE void subtract_row(double *restrict out, double factor, const double *restrict x, int64_t n)
{
    for (int64_t j = 0; j < n; j++)
        out[j] -= factor * x[j];
}

/* Rows begin … past - 1 of the factor, once the rows above are taken from them. */
WIDE static bool factor_rows(double *matrix, int64_t n, int64_t begin, int64_t past)
{
    for (int64_t i = begin; i < past; i++) {
        double *row = matrix + i * n;
        if (!(row[i] > 0))
            return false;
        row[i] = sqrt(row[i]);
        for (int64_t j = i + 1; j < n; j++)
            row[j] /= row[i];
        for (int64_t k = i + 1; k < past; k++)
            subtract_row(matrix + k * n + k, row[k], row + k, n - k);
    }
    return true;
}

bool laco_dense_factor(double *matrix, int64_t n)
{
    laco_dense_mirror(matrix, n);
    for (int64_t i = 0; i < n; i += BLOCK) {
        int64_t past = LACO_MIN(i + BLOCK, n);
        double *above = matrix + i; /* what rows above say of these */
        subtract(&(product){matrix + i * n + i, n, past - i, n - i, false, above, n, 1, above, n, i});
        if (!factor_rows(matrix, n, i, past))
            return false;
    }
    return true;
}

/* Rows begin … past - 1 of a solution of Uᵀx = right, or of Ux = right, once the others are taken from them. */
WIDE static void solve_rows(const double *factor, int64_t n, double *right, int64_t m, int64_t begin, int64_t past, bool turned)
{
    for (int64_t step = 0; step < past - begin; step++) {
        int64_t i = turned ? begin + step : past - 1 - step;
        for (int64_t j = 0; j < m; j++)
            right[i * m + j] /= factor[i * n + i];
        for (int64_t k = turned ? i + 1 : begin; k < (turned ? past : i); k++)
            subtract_row(right + k * m, turned ? factor[i * n + k] : factor[k * n + i], right + i * m, m);
    }
}

void laco_dense_solve(const double *factor, int64_t n, double *right, int64_t m)
{
    for (int64_t i = 0; i < n; i += BLOCK) {
        int64_t past = LACO_MIN(i + BLOCK, n);
        subtract(&(product){right + i * m, m, past - i, m, false, factor + i, n, 1, right, m, i});
        solve_rows(factor, n, right, m, i, past, true);
    }
    for (int64_t i = (n - 1) / BLOCK * BLOCK; i >= 0; i -= BLOCK) {
        int64_t past = LACO_MIN(i + BLOCK, n);
        subtract(&(product){right + i * m, m, past - i, m, false, factor + i * n + past, 1, n, right + past * m, m, n - past});
        solve_rows(factor, n, right, m, i, past, false);
    }
}

WIDE static double dot(const double *a, const double *b, int64_t n)
{
    double sum[8] = {0};
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++)
            sum[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        sum[0] += a[i] * b[i];
    return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
}

double laco_dense_dot(const double *a, const double *b, int64_t n) { return dot(a, b, n); }
