/* Products with bf16 factors on vectors of floats: a bf16 is the upper half of a float, so two shifts of a packed word give two
 * factors, whose product a float holds exactly. BF16_ROWS rows at a time; BF16_STRIPS_ONE strips for one row, BF16_STRIPS for
 * more. */
#ifndef LACO_KERNEL_SIMD_LOWPREC_BF16_H
#define LACO_KERNEL_SIMD_LOWPREC_BF16_H

#include "kernel/lowprec.h"
#include "kernel/simd/vector.h"

#define STRIP_VECTORS (LACO_STRIP / WIDTH)
#define BF16_DEPTH 512 /* of A that is rounded at a time, on the stack: whole blocks */

/* C (rows × strips) += the next `blocks` blocks of k. A has been rounded. */
INLINE void bf16_tile(const int rows, const int strips, int64_t blocks, const float *A, const uint32_t *B, int64_t strip,
                      float *C, int64_t c_m)
{
    for (int64_t block = 0; block < blocks; block++, A += LACO_BF16_BLOCK, B += LACO_BF16_BLOCK / 2 * LACO_STRIP) {
        vec even[BF16_ROWS][4 * STRIP_VECTORS], odd[BF16_ROWS][4 * STRIP_VECTORS];
        UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < strips * STRIP_VECTORS; v++) even[i][v] = odd[i][v] =
            splat(0.0f);
        for (int k = 0; k < LACO_BF16_BLOCK; k += 2)
            UNROLL for (int v = 0; v < strips * STRIP_VECTORS; v++)
            {
                const uint32_t *from = B + v / STRIP_VECTORS * strip + k / 2 * LACO_STRIP + v % STRIP_VECTORS * WIDTH;
                bits words = (bits)load((const float *)(const void *)from);
                vec low = (vec)(words << 16), high = (vec)(words & splat_bits(0xffff0000u));
                UNROLL for (int i = 0; i < rows; i++)
                {
                    even[i][v] = fmadd(splat(A[i * BF16_DEPTH + k]), low, even[i][v]);
                    odd[i][v] = fmadd(splat(A[i * BF16_DEPTH + k + 1]), high, odd[i][v]);
                }
            }
        UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < strips * STRIP_VECTORS; v++)
        {
            float *c = C + i * c_m + v * WIDTH;
            store(c, load(c) + (even[i][v] + odd[i][v]));
        }
    }
}

#define BF16_TILE(name, rows, strips)                                                                                            \
    static __attribute__((noinline)) void name(int64_t blocks, const float *A, const uint32_t *B, int64_t strip, float *C,       \
                                               int64_t c_m)                                                                      \
    {                                                                                                                            \
        bf16_tile(rows, strips, blocks, A, B, strip, C, c_m);                                                                    \
    }
BF16_TILE(bf16_1_more, 1, BF16_STRIPS_ONE)
BF16_TILE(bf16_1, 1, 1)
BF16_TILE(bf16_2_more, 2, BF16_STRIPS)
BF16_TILE(bf16_2, 2, 1)
BF16_TILE(bf16_3_more, 3, BF16_STRIPS)
BF16_TILE(bf16_3, 3, 1)
#if BF16_ROWS > 3
BF16_TILE(bf16_4_more, 4, BF16_STRIPS)
BF16_TILE(bf16_4, 4, 1)
#endif

typedef void bf16_function(int64_t blocks, const float *A, const uint32_t *B, int64_t strip, float *C, int64_t c_m);
static bf16_function *const bf16_tiles[2][BF16_ROWS + 1] = {
#if BF16_ROWS > 3
    {NULL, bf16_1, bf16_2, bf16_3, bf16_4},
    {NULL, bf16_1_more, bf16_2_more, bf16_3_more, bf16_4_more},
#else
    {NULL, bf16_1, bf16_2, bf16_3},
    {NULL, bf16_1_more, bf16_2_more, bf16_3_more},
#endif
};

/* Numbers rounded to bf16, as floats: see laco_to_bf16. */
INLINE vec to_bf16(vec x)
{
    bits u = (bits)x, exponent = u & splat_bits(0x7f800000u);
    bits nearest = (u + splat_bits(0x7fffu) + (u >> 16 & splat_bits(1))) & splat_bits(0xffff0000u);
    bits beyond = (bits)(exponent == splat_bits(0x7f800000u)), none = (bits)(exponent == splat_bits(0));
    bits nan = (bits)((u & splat_bits(0x7fffffu)) != splat_bits(0)) & splat_bits(0x400000u);
    bits special = (u & splat_bits(0xffff0000u)) | nan;
    return (vec)((nearest & ~beyond & ~none) | (special & beyond) | (u & splat_bits(0x80000000u) & none));
}

/* Rows of A from `k` on, rounded, zeros behind the last. */
static void bf16_rows(int rows, int64_t count, const float *A, int64_t a_m, int64_t a_k, float *out)
{
    int64_t padded = laco_bf16_depth(count);
    for (int i = 0; i < rows; i++, A += a_m, out += BF16_DEPTH) {
        int64_t k = 0;
        for (; a_k == 1 && k + WIDTH <= count; k += WIDTH)
            store(out + k, to_bf16(load(A + k)));
        for (; k < count; k++)
            out[k] = laco_from_bf16(laco_to_bf16(A[k * a_k]));
        for (; k < padded; k++)
            out[k] = 0;
    }
}

INLINE void copy_part(int rows, int64_t columns, const float *from, int64_t from_m, float *to, int64_t to_m)
{
    for (int i = 0; i < rows; i++)
        __builtin_memcpy(to + i * to_m, from + i * from_m, (size_t)columns * sizeof *to);
}

/* One block of rows against all strips, over some depth. */
static void bf16_across(int rows, int64_t N, int64_t depth, const float *A, const uint32_t *B, int64_t strip, float *C,
                        int64_t c_m)
{
    int64_t n = 0, wide = LACO_STRIP * (rows == 1 ? BF16_STRIPS_ONE : BF16_STRIPS);
    for (; n + wide <= N; n += wide)
        bf16_tiles[1][rows](depth / LACO_BF16_BLOCK, A, B + n / LACO_STRIP * strip, strip, C + n, c_m);
    for (; n + LACO_STRIP <= N; n += LACO_STRIP)
        bf16_tiles[0][rows](depth / LACO_BF16_BLOCK, A, B + n / LACO_STRIP * strip, strip, C + n, c_m);
    if (n < N) { /* the last strip sticks out over C */
        float beside[BF16_ROWS * LACO_STRIP] = {0};
        copy_part(rows, N - n, C + n, c_m, beside, LACO_STRIP);
        bf16_tiles[0][rows](depth / LACO_BF16_BLOCK, A, B + n / LACO_STRIP * strip, strip, beside, LACO_STRIP);
        copy_part(rows, N - n, beside, LACO_STRIP, C + n, c_m);
    }
}

static void simd_bf16_gemm(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k, const void *packed,
                           float *C, int64_t c_m, bool accumulate)
{
    float rounded[BF16_ROWS * BF16_DEPTH] __attribute__((aligned(64)));
    int64_t strip = laco_bf16_depth(K) / 2 * LACO_STRIP;
    for (int64_t m = 0; m < M; m += BF16_ROWS) {
        int rows = (int)LACO_MIN(BF16_ROWS, M - m);
        for (int i = 0; i < rows && !accumulate; i++)
            __builtin_memset(C + (m + i) * c_m, 0, (size_t)N * sizeof *C);
        for (int64_t k = 0; k < K; k += BF16_DEPTH) {
            int64_t depth = LACO_MIN(BF16_DEPTH, K - k);
            bf16_rows(rows, depth, A + m * a_m + k * a_k, a_m, a_k, rounded);
            bf16_across(rows, N, laco_bf16_depth(depth), rounded, (const uint32_t *)packed + k / 2 * LACO_STRIP, strip,
                        C + m * c_m, c_m);
        }
    }
}

#endif
