/* Sums. Each has one order, whatever the width of a vector: element i goes to partial sum i mod LANES, and the
 * partial sums are then added in halves. So all instruction sets give the same bits. */
#ifndef LACO_KERNEL_SIMD_REDUCE_H
#define LACO_KERNEL_SIMD_REDUCE_H

#include "kernel/simd/math.h"

#include <math.h>

#define LANES 32 /* enough chains of additions to hide their latency */
#define VECTORS (LANES / WIDTH)

/* sums[i] + sums[i + LANES/2], and so on down to one. */
INLINE double fold(double *sums)
{
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            sums[i] += sums[i + half];
    return sums[0];
}

/* Half as many doubles as floats fill a register. */
typedef double wide __attribute__((vector_size(4 * WIDTH)));
typedef float narrow __attribute__((vector_size(2 * WIDTH), aligned(4), may_alias));
INLINE wide widen(const float *x) { return __builtin_convertvector(*(const narrow *)x, wide); }

/* A product of two floats is exact in double. */
static double simd_dot(int64_t n, const float *x, const float *y)
{
    wide sums[2 * VECTORS] = {{0}};
    double lane[LANES];
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        UNROLL for (int v = 0; v < 2 * VECTORS; v++)
            sums[v] += widen(x + i + v * WIDTH / 2) * widen(y + i + v * WIDTH / 2);
    __builtin_memcpy(lane, sums, sizeof lane);
    for (int j = 0; i + j < n; j++)
        lane[j] += (double)x[i + j] * (double)y[i + j];
    return fold(lane);
}

static double simd_sum_squares(int64_t n, const float *x) { return simd_dot(n, x, x); }

/* Σ exp(x − top). */
INLINE float sum_exp(int64_t n, const float *x, float top)
{
    vec sums[VECTORS] = {{0}};
    double lane[LANES];
    float part[LANES];
    for (int64_t i = 0; i < n; i += LANES)
        UNROLL for (int v = 0; v < VECTORS; v++) {
            int64_t here = n - i - v * WIDTH;
            if (here >= WIDTH)
                sums[v] += vector_exp(load(x + i + v * WIDTH) - splat(top));
            else if (here > 0)
                sums[v] += keep_first(vector_exp(load_first(x + i + v * WIDTH, (int)here) - splat(top)), (int)here);
        }
    __builtin_memcpy(part, sums, sizeof part);
    for (int j = 0; j < LANES; j++)
        lane[j] = part[j];
    return (float)fold(lane);
}

/* The largest of x; a NaN behind the first element is passed over, as in ref.c, and comes back through exp. */
INLINE float largest(int64_t n, const float *x)
{
    float lane[WIDTH], top = x[0];
    vec best = splat(top);
    int64_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH)
        best = at_least(best, load(x + i));
    store(lane, best);
    for (int j = 0; j < WIDTH; j++)
        top = lane[j] > top ? lane[j] : top;
    for (; i < n; i++)
        top = x[i] > top ? x[i] : top;
    return top;
}

INLINE void subtract_at(const float *x, vec a, float *y, int64_t i, int n) { store_n(y + i, load_n(x + i, n) - a, n); }

static void simd_log_softmax(int64_t rows, int64_t n, const float *x, int64_t x_ld, float *y, int64_t y_ld)
{
    for (int64_t r = 0; r < rows && n > 0; r++, x += x_ld, y += y_ld) {
        float top = largest(n, x);
        float log_sum = top + (float)log((double)sum_exp(n, x, top));
        FOR_EACH_VECTOR(n, subtract_at, x, splat(log_sum), y);
    }
}

INLINE void log_softmax_backward_at(const float *y, const float *dy, vec sum, float *dx, int64_t j, int n)
{
    vec step = load_n(dy + j, n) - vector_exp(load_n(y + j, n)) * sum;
    store_n(dx + j, load_n(dx + j, n) + step, n);
}

INLINE float sum_of(int64_t n, const float *x)
{
    vec sums[VECTORS] = {{0}};
    double lane[LANES];
    float part[LANES];
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        UNROLL for (int v = 0; v < VECTORS; v++)
            sums[v] += load(x + i + v * WIDTH);
    __builtin_memcpy(part, sums, sizeof part);
    for (int j = 0; j < LANES; j++)
        lane[j] = i + j < n ? part[j] + x[i + j] : part[j];
    return (float)fold(lane);
}

static void simd_log_softmax_backward(int64_t rows, int64_t n, const float *y, int64_t y_ld, const float *dy, int64_t dy_ld,
                                      float *dx, int64_t dx_ld)
{
    for (int64_t r = 0; r < rows; r++, y += y_ld, dy += dy_ld, dx += dx_ld) {
        vec sum = splat(sum_of(n, dy));
        FOR_EACH_VECTOR(n, log_softmax_backward_at, y, dy, sum, dx);
    }
}

/* Columns in strips that stay in registers from the first row to the last. */
#define STRIP 8 /* vectors */
static void simd_column_sums(int64_t rows, int64_t columns, const float *x, int64_t x_ld, float *sum)
{
    int64_t j = 0;
    for (; j + STRIP * WIDTH <= columns; j += STRIP * WIDTH) {
        vec s[STRIP];
        UNROLL for (int v = 0; v < STRIP; v++)
            s[v] = load(sum + j + v * WIDTH);
        for (int64_t r = 0; r < rows; r++)
            UNROLL for (int v = 0; v < STRIP; v++)
                s[v] += load(x + r * x_ld + j + v * WIDTH);
        UNROLL for (int v = 0; v < STRIP; v++)
            store(sum + j + v * WIDTH, s[v]);
    }
    for (; j < columns; j += WIDTH) {
        int n = (int)LACO_MIN(WIDTH, columns - j);
        vec s = load_n(sum + j, n);
        for (int64_t r = 0; r < rows; r++)
            s += load_n(x + r * x_ld + j, n);
        store_n(sum + j, s, n);
    }
}

#endif
