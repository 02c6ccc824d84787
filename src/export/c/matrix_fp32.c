/* Products with matrices of floats. Each element of y is one chain of multiply-adds over the columns, from what y holds. */
#pragma once
#include "export/c/math.c"

/* A vector of floats, where the machine has any. */
#if defined(__AVX512F__)
#define RT_LANES 16
#elif defined(__AVX__)
#define RT_LANES 8
#elif defined(__SSE2__) || defined(__ARM_NEON) || defined(__wasm_simd128__) || defined(__VEC__)
#define RT_LANES 4
#endif
#if defined(RT_LANES) && defined(__GNUC__)
typedef float rt_vector __attribute__((vector_size(4 * RT_LANES)));
#define RT_VECTORS (RT_PANEL / RT_LANES)
#else
typedef float rt_vector;
#define RT_VECTORS RT_PANEL
#endif

/* Here, and here alone, a compiler may take a product and a sum together even where the rest of the program forbids it. */
#if defined(__clang__)
#define RT_TOGETHER _Pragma("clang fp contract(fast)")
#else
#define RT_TOGETHER
#endif
#if defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__)
#define RT_PRODUCT static __attribute__((noinline, optimize("fp-contract=fast")))
#else
#define RT_PRODUCT RT_FUNCTION
#endif

/* y += W x for the rows of `panels` panels: several chains side by side hide each other's latency. */
#define RT_PANELS(name, panels)                                                                                                  \
    RT_PRODUCT void name(int32_t columns, const float *data, const float *x, float *y)                                           \
    {                                                                                                                            \
        RT_TOGETHER                                                                                                              \
        rt_vector sum[(panels)*RT_VECTORS], w;                                                                                   \
        int32_t k, p, v;                                                                                                         \
        memcpy(sum, y, sizeof sum);                                                                                              \
        for (k = 0; k < columns; k++)                                                                                            \
            for (p = 0; p < (panels); p++)                                                                                       \
                for (v = 0; v < RT_VECTORS; v++) {                                                                               \
                    memcpy(&w, data + (p * columns + k) * RT_PANEL + v * (RT_PANEL / RT_VECTORS), sizeof w);                     \
                    sum[p * RT_VECTORS + v] += w * x[k];                                                                         \
                }                                                                                                                \
        memcpy(y, sum, sizeof sum);                                                                                              \
    }
RT_PANELS(rt_panels_1, 1)
#ifdef RT_LANES
RT_PANELS(rt_panels_2, 2)
RT_PANELS(rt_panels_4, 4)
#endif

/* Numbers of a matrix that the nearest cache keeps. A larger one comes from the next, faster with two panels at a time than four. */
#define RT_NEAR 8192

/* y += W x. */
RT_FUNCTION void rt_product(const rt_matrix *w, const float *x, float *y)
{
    int32_t r = 0, j, columns = w->columns;
    const float *data = w->data;
#ifdef RT_LANES
    for (; w->rows * columns <= RT_NEAR && r + 4 * RT_PANEL <= w->rows; r += 4 * RT_PANEL)
        rt_panels_4(columns, data + r * columns, x, y + r);
    for (; r + 2 * RT_PANEL <= w->rows; r += 2 * RT_PANEL)
        rt_panels_2(columns, data + r * columns, x, y + r);
#endif
    for (; r + RT_PANEL <= w->rows; r += RT_PANEL)
        rt_panels_1(columns, data + r * columns, x, y + r);
    if (r < w->rows) {
        float rest[RT_PANEL];
        for (j = 0; j < RT_PANEL; j++)
            rest[j] = r + j < w->rows ? y[r + j] : 0.0f;
        rt_panels_1(columns, data + r * columns, x, rest);
        for (j = 0; r + j < w->rows; j++)
            y[r + j] = rest[j];
    }
}

RT_STEP float rt_at(const rt_matrix *w, int32_t row, int32_t column)
{
    return w->data[(row / RT_PANEL * w->columns + column) * RT_PANEL + row % RT_PANEL];
}
