/* Packing of B into panels. Both orientations go in blocks that are read and written in short runs. */
#ifndef LACO_KERNEL_SIMD_PACK_H
#define LACO_KERNEL_SIMD_PACK_H

#include "kernel/simd/vector.h"

#define RUN 16 /* floats: a cache line */

/* out[k][0…WIDTH-1] = in[0…WIDTH-1][k] for k = 0 … 3. */
INLINE void transpose_rows(const float *in, int64_t in_stride, float *out, int64_t out_stride)
{
    vec a = load_quarters(in, in_stride), b = load_quarters(in + in_stride, in_stride);
    vec c = load_quarters(in + 2 * in_stride, in_stride), d = load_quarters(in + 3 * in_stride, in_stride);
    vec ab_low = low_turns(a, b), ab_high = high_turns(a, b), cd_low = low_turns(c, d), cd_high = high_turns(c, d);
    store(out, low_pairs(ab_low, cd_low));
    store(out + out_stride, high_pairs(ab_low, cd_low));
    store(out + 2 * out_stride, low_pairs(ab_high, cd_high));
    store(out + 3 * out_stride, high_pairs(ab_high, cd_high));
}

/* b_n == 1: a row of the panel is a run of a row of B. */
static void pack_rows(int64_t K, int columns, const float *B, int64_t b_k, float *out)
{
    for (int64_t k = 0; k < K; k++, B += b_k, out += PANEL)
        UNROLL for (int v = 0; v < PANEL; v += WIDTH)
        {
            int n = columns - v;
            store(out + v, n >= WIDTH ? load(B + v) : n > 0 ? load_first(B + v, n) : splat(0.0f));
        }
}

/* RUN floats of `rows` rows, 0 <= rows < WIDTH, and zeros for the rest of WIDTH rows. */
INLINE void fill_block(int rows, const float *from, int64_t stride, float *block)
{
    for (int i = 0; i < WIDTH; i++)
        UNROLL for (int v = 0; v < RUN; v += WIDTH)
            store(block + i * RUN + v, i < rows ? load(from + i * stride + v) : splat(0.0f));
}

/* b_k == 1: the panel is a transpose. A cache line's worth of each row of B goes at a time, so that nothing is read twice
 * where the rows are a power of two apart and share few places in the cache. */
static void pack_columns(int64_t K, int columns, const float *B, int64_t b_n, float *out)
{
    float block[WIDTH * RUN];
    int64_t k = 0;
    for (; k + RUN <= K; k += RUN)
        for (int n = 0; n < PANEL; n += WIDTH) {
            const float *from = B + n * b_n + k;
            bool whole = n + WIDTH <= columns;
            if (!whole)
                fill_block(LACO_MAX(columns - n, 0), from, b_n, block);
            UNROLL for (int i = 0; i < RUN; i += 4)
                transpose_rows((whole ? from : block) + i, whole ? b_n : RUN, out + (k + i) * PANEL + n, PANEL);
        }
    for (; k < K; k++)
        for (int n = 0; n < PANEL; n++)
            out[k * PANEL + n] = n < columns ? B[n * b_n + k] : 0;
}

static void pack_anyhow(int64_t K, int columns, const float *B, int64_t b_k, int64_t b_n, float *out)
{
    for (int64_t k = 0; k < K; k++, out += PANEL)
        for (int n = 0; n < PANEL; n++)
            out[n] = n < columns ? B[k * b_k + n * b_n] : 0;
}

static void simd_pack(int64_t K, int64_t N, const float *B, int64_t b_k, int64_t b_n, float *packed)
{
    for (int64_t n = 0; n < N && K > 0; n += PANEL, packed += PANEL * K) {
        const float *from = B + n * b_n;
        int columns = (int)LACO_MIN(PANEL, N - n);
        if (b_n == 1)
            pack_rows(K, columns, from, b_k, packed);
        else if (b_k == 1)
            pack_columns(K, columns, from, b_n, packed);
        else
            pack_anyhow(K, columns, from, b_k, b_n, packed);
    }
}

#endif
