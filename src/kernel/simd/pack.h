/* Packing of B into panels. Both orientations go in blocks that are read and written in short runs. */
#ifndef LACO_KERNEL_SIMD_PACK_H
#define LACO_KERNEL_SIMD_PACK_H

#include "kernel/simd/vector.h"

#define RUN 16 /* floats: a cache line */

typedef float four __attribute__((vector_size(16)));
typedef float four_anywhere __attribute__((vector_size(16), aligned(4), may_alias));
INLINE four load_four(const float *p) { return *(const four_anywhere *)p; }
INLINE void store_four(float *p, four v) { *(four_anywhere *)p = v; }

/* Four of the eight floats of two vectors, by number. */
#if defined(__clang__)
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef int32_t four_places __attribute__((vector_size(16)));
#define PICK(a, b, ...) __builtin_shuffle(a, b, (four_places){__VA_ARGS__})
#endif

/* out[k][0…3] = in[0…3][k] for k = 0 … 3. */
INLINE void transpose_four(const float *in, int64_t in_stride, float *out, int64_t out_stride)
{
    four a = load_four(in), b = load_four(in + in_stride), c = load_four(in + 2 * in_stride), d = load_four(in + 3 * in_stride);
    four ab_low = PICK(a, b, 0, 4, 1, 5), ab_high = PICK(a, b, 2, 6, 3, 7);
    four cd_low = PICK(c, d, 0, 4, 1, 5), cd_high = PICK(c, d, 2, 6, 3, 7);
    store_four(out, PICK(ab_low, cd_low, 0, 1, 4, 5));
    store_four(out + out_stride, PICK(ab_low, cd_low, 2, 3, 6, 7));
    store_four(out + 2 * out_stride, PICK(ab_high, cd_high, 0, 1, 4, 5));
    store_four(out + 3 * out_stride, PICK(ab_high, cd_high, 2, 3, 6, 7));
}

/* b_n == 1: a row of the panel is a run of a row of B. */
static void pack_rows(int64_t K, int columns, const float *B, int64_t b_k, float *out)
{
    for (int64_t k = 0; k < K; k++, B += b_k, out += PANEL)
        UNROLL for (int v = 0; v < PANEL; v += WIDTH) {
            int n = columns - v;
            store(out + v, n >= WIDTH ? load(B + v) : n > 0 ? load_first(B + v, n) : splat(0.0f));
        }
}

/* Columns n … of a panel, at k. */
INLINE void pack_element(int columns, const float *B, int64_t b_n, int64_t k, int n, float *out)
{
    out[k * PANEL + n] = n < columns ? B[n * b_n + k] : 0;
}

/* b_k == 1: the panel is a transpose. A cache line's worth of each row of B goes at a time, so that nothing is read twice
 * where the rows are a power of two apart and share few places in the cache. */
static void pack_columns(int64_t K, int columns, const float *B, int64_t b_n, float *out)
{
    int whole = columns / 4 * 4;
    int64_t k = 0;
    for (; k + RUN <= K; k += RUN) {
        for (int n = 0; n < whole; n += 4)
            UNROLL for (int i = 0; i < RUN; i += 4)
                transpose_four(B + n * b_n + k + i, b_n, out + (k + i) * PANEL + n, PANEL);
        for (int n = whole; n < PANEL; n++)
            for (int64_t i = k; i < k + RUN; i++)
                pack_element(columns, B, b_n, i, n, out);
    }
    for (; k < K; k++)
        for (int n = 0; n < PANEL; n++)
            pack_element(columns, B, b_n, k, n, out);
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
