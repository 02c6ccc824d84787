/* Sums. Each has one order, whatever the width of a vector: element i goes to partial sum i mod LANES, and the
 * partial sums are then added in halves, i and i + 16, i and i + 8, and so on. So all instruction sets give the same bits. */
#ifndef LACO_KERNEL_SIMD_REDUCE_H
#define LACO_KERNEL_SIMD_REDUCE_H

#include "kernel/simd/math.h"

#include <math.h>

#define LANES LACO_PARTIAL_SUMS /* enough chains of additions to hide their latency */
#define VECTORS (LANES / WIDTH)

/* Half as many doubles as floats fill a register. */
typedef double wide __attribute__((vector_size(4 * WIDTH)));
typedef float half_vec __attribute__((vector_size(2 * WIDTH), aligned(4), may_alias));
INLINE wide widen(const float *x) { return __builtin_convertvector(*(const half_vec *)x, wide); }

/* The product of two floats is exact in double, so the sum is rounded once an element. */
INLINE void add_products(int64_t n, const float *x, const float *y, double *lane)
{
    wide sums[2 * VECTORS];
    int64_t i = 0;
    __builtin_memcpy(sums, lane, sizeof sums);
    for (; i + LANES <= n; i += LANES)
        UNROLL for (int v = 0; v < 2 * VECTORS; v++) sums[v] += widen(x + i + v * WIDTH / 2) * widen(y + i + v * WIDTH / 2);
    __builtin_memcpy(lane, sums, sizeof sums);
    for (int j = 0; i + j < n; j++)
        lane[j] += (double)x[i + j] * (double)y[i + j];
}

INLINE double add_lanes(const double *sums)
{
    double lane[LANES];
    __builtin_memcpy(lane, sums, sizeof lane);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int j = 0; j < half; j++)
            lane[j] += lane[j + half];
    return lane[0];
}

static double simd_dot(int64_t n, const float *x, const float *y)
{
    double lane[LANES] = {0};
    add_products(n, x, y, lane);
    return add_lanes(lane);
}

static void simd_squares(int64_t n, const float *x, double *sums) { add_products(n, x, x, sums); }
static double simd_squares_sum(const double *sums) { return add_lanes(sums); }

/* From partial sums to the sum. */
INLINE float fold(vec *sums)
{
    float lane[WIDTH];
    UNROLL for (int half = VECTORS / 2; half > 0; half /= 2) UNROLL for (int v = 0; v < half; v++) sums[v] += sums[v + half];
    store(lane, sums[0]);
    UNROLL for (int half = WIDTH / 2; half > 0; half /= 2) UNROLL for (int j = 0; j < half; j++) lane[j] += lane[j + half];
    return lane[0];
}

/* What to add up, in n lanes from x on. */
typedef vec addend(const float *x, vec top, int n);
INLINE vec plain(const float *x, vec top, int n)
{
    (void)top;
    return load_n(x, n);
}
INLINE vec exp_below(const float *x, vec top, int n)
{
    vec y = vector_exp(load_n(x, n) - top);
    return n == WIDTH ? y : keep_first(y, n);
}

INLINE float sum_of(int64_t n, const float *x, addend *what, vec top)
{
    vec sums[VECTORS];
    UNROLL for (int v = 0; v < VECTORS; v++) sums[v] = splat(0.0f);
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        UNROLL for (int v = 0; v < VECTORS; v++) sums[v] += what(x + i + v * WIDTH, top, WIDTH);
    UNROLL for (int v = 0; v < VECTORS; v++, i += WIDTH) if (i + WIDTH <= n) sums[v] += what(x + i, top, WIDTH);
    else if (i < n) sums[v] += what(x + i, top, (int)(n - i));
    return fold(sums);
}

/* The largest of x. A NaN behind the first element is passed over, as in ref.c: it comes out of exp again. */
INLINE float largest(int64_t n, const float *x)
{
    float lane[WIDTH];
    vec best = splat(x[0]);
    int64_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH)
        best = at_least(best, load(x + i));
    if (i < n)
        best = at_least(best, load_first_or(x + i, (int)(n - i), best));
    store(lane, best);
    UNROLL for (int half = WIDTH / 2; half > 0; half /= 2) UNROLL for (int j = 0; j < half; j++) lane[j] =
        lane[j + half] > lane[j] ? lane[j + half] : lane[j];
    return lane[0];
}

/* One after the other: beside a large `top` the logarithm would be lost. */
INLINE void subtract_both_at(const float *x, vec top, vec log_sum, float *y, int64_t i, int n)
{
    store_n(y + i, load_n(x + i, n) - top - log_sum, n);
}

static void simd_log_softmax(int64_t rows, int64_t n, const float *x, int64_t x_ld, float *y, int64_t y_ld)
{
    for (int64_t r = 0; r < rows && n > 0; r++, x += x_ld, y += y_ld) {
        float top = largest(n, x);
        float log_sum = (float)log((double)sum_of(n, x, exp_below, splat(top)));
        FOR_EACH_VECTOR(n, subtract_both_at, x, splat(top), splat(log_sum), y);
    }
}

INLINE void log_softmax_backward_at(const float *y, const float *dy, vec sum, float *dx, int64_t j, int n)
{
    vec step = load_n(dy + j, n) - vector_exp(load_n(y + j, n)) * sum;
    store_n(dx + j, load_n(dx + j, n) + step, n);
}

static void simd_log_softmax_backward(int64_t rows, int64_t n, const float *y, int64_t y_ld, const float *dy, int64_t dy_ld,
                                      float *dx, int64_t dx_ld)
{
    for (int64_t r = 0; r < rows; r++, y += y_ld, dy += dy_ld, dx += dx_ld) {
        vec sum = splat(sum_of(n, dy, plain, splat(0.0f)));
        FOR_EACH_VECTOR(n, log_softmax_backward_at, y, dy, sum, dx);
    }
}

#define STRIP 8 /* vectors */

/* A strip of columns, in registers from the first row to the last; the last vector has `last` lanes. */
INLINE void sum_strip(const int vectors, int last, int64_t rows, const float *x, int64_t x_ld, float *sum)
{
    vec s[STRIP];
    UNROLL for (int v = 0; v < vectors; v++) s[v] = load_n(sum + v * WIDTH, v + 1 < vectors ? WIDTH : last);
    for (int64_t r = 0; r < rows; r++, x += x_ld)
        UNROLL for (int v = 0; v < vectors; v++) s[v] += load_n(x + v * WIDTH, v + 1 < vectors ? WIDTH : last);
    UNROLL for (int v = 0; v < vectors; v++) store_n(sum + v * WIDTH, s[v], v + 1 < vectors ? WIDTH : last);
}

static void simd_column_sums(int64_t rows, int64_t columns, const float *x, int64_t x_ld, float *sum)
{
    int64_t j = 0;
    for (; j + STRIP * WIDTH <= columns; j += STRIP * WIDTH)
        sum_strip(STRIP, WIDTH, rows, x + j, x_ld, sum + j);
    for (int64_t left; (left = columns - j) > 0;) {
        if (left > 3 * WIDTH) {
            sum_strip(4, (int)LACO_MIN(left - 3 * WIDTH, WIDTH), rows, x + j, x_ld, sum + j);
            j += 4 * WIDTH;
        } else {
            sum_strip(1, (int)LACO_MIN(left, WIDTH), rows, x + j, x_ld, sum + j);
            j += WIDTH;
        }
    }
}

#endif
