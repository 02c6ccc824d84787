/* Products with matrices of whole numbers: x becomes whole numbers within ±127 too, their products are summed exactly. */
#pragma once
#include "export/c/math.c"

#ifndef RT_BLOCK
#define RT_BLOCK 2048 /* columns at a time */
#endif

/* The largest |x|, as bits: those of infinity and NaN lie above all others. */
RT_FUNCTION uint32_t rt_size(int32_t count, const float *x)
{
    uint32_t most = 0;
    int32_t k;
    for (k = 0; k < count; k++) {
        uint32_t u = rt_bits(x[k]) & 0x7fffffffu;
        most = u > most ? u : most;
    }
    return most;
}

RT_FUNCTION int32_t rt_dot(int32_t count, const int8_t *a, const int8_t *b)
{
    int32_t sum = 0, k;
    for (k = 0; k < count; k++)
        sum += a[k] * b[k];
    return sum;
}

/* y += W x. */
RT_FUNCTION void rt_product(const rt_matrix *w, const float *x, float *y)
{
    int8_t q[RT_BLOCK];
    uint32_t most = rt_size(w->columns, x);
    float size = rt_float(most), inverse, scale;
    int32_t from, k, r;
    if (most >= 0x7f800000u)
        for (r = 0; r < w->rows; r++)
            y[r] = rt_float(0x7fc00000u);
    if (most >= 0x7f800000u || size < 1e-30f)
        return;
    inverse = 127 / size;
    scale = size / 127;
    for (from = 0; from < w->columns; from += RT_BLOCK) {
        int32_t count = w->columns - from < RT_BLOCK ? w->columns - from : RT_BLOCK;
        for (k = 0; k < count; k++)
            q[k] = (int8_t)(int32_t)(rt_bits(x[from + k] * inverse + RT_ROUNDER) - rt_bits(RT_ROUNDER));
        for (r = 0; r < w->rows; r++)
            y[r] += (float)rt_dot(count, q, w->data + (size_t)r * (size_t)w->columns + from) * (scale * w->scale[r]);
    }
}

RT_STEP float rt_at(const rt_matrix *w, int32_t row, int32_t column)
{
    return (float)w->data[(size_t)row * (size_t)w->columns + (size_t)column] * w->scale[row];
}
