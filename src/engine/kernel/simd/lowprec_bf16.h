/* Products with bf16 factors on vectors of floats: a bf16 is the upper half of a float, so two shifts of a packed word give two
 * factors, whose product a float holds exactly.
 *
 * BF16_ROWS at a time, BF16_STRIPS_ONE strips for one row, BF16_STRIPS for more, are shifted where they are used; their sums stay
 * in registers from one block of k to the next. More rows than that, BF16_MANY_STRIPS strips at a time:
 * lowprec_bf16_many.h. */
#ifndef LACO_KERNEL_SIMD_LOWPREC_BF16_H
#define LACO_KERNEL_SIMD_LOWPREC_BF16_H

#include "kernel/simd/lowprec_start.h"

#define STRIP_VECTORS (LACO_STRIP / WIDTH)
#define BF16_DEPTH 512                   /* of A that is rounded at a time, on the stack: whole blocks … */
#define BF16_MOST_ROWS 64                /* … of so many rows */
#define BF16_APART(depth) ((depth) + 16) /* from row to row: no power of two, by which they would share places in the cache */
#define BF16_FLOATS (32 * BF16_APART(BF16_DEPTH))

/* C (rows × strips) = start + the next `blocks` blocks of k. A has been rounded; its rows are a_m apart. */
INLINE void bf16_tile(const int rows, const int strips, int64_t blocks, const float *A, int64_t a_m, const uint32_t *B,
                      int64_t strip, lowprec_start start, float *C, int64_t c_m)
{
    vec sum[BF16_ROWS][4 * STRIP_VECTORS];
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < strips * STRIP_VECTORS; v++) sum[i][v] =
        load(start.from + i * start.stride + v * WIDTH);
    for (int64_t block = 0; block < blocks; block++, B += LACO_BF16_BLOCK / 2 * LACO_STRIP) {
        vec even[BF16_ROWS][4 * STRIP_VECTORS], odd[BF16_ROWS][4 * STRIP_VECTORS];
        UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < strips * STRIP_VECTORS; v++) even[i][v] = odd[i][v] =
            splat(0.0f);
        for (int k = 0; k < LACO_BF16_BLOCK; k += 2, A += 2)
            UNROLL for (int v = 0; v < strips * STRIP_VECTORS; v++)
            {
                const uint32_t *from = B + v / STRIP_VECTORS * strip + k / 2 * LACO_STRIP + v % STRIP_VECTORS * WIDTH;
                bits words = (bits)load((const float *)(const void *)from);
                vec low = (vec)(words << 16), high = (vec)(words & splat_bits(0xffff0000u));
                UNROLL for (int i = 0; i < rows; i++)
                {
                    even[i][v] = fmadd(splat(A[i * a_m]), low, even[i][v]);
                    odd[i][v] = fmadd(splat(A[i * a_m + 1]), high, odd[i][v]);
                }
            }
        UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < strips * STRIP_VECTORS; v++) sum[i][v] +=
            even[i][v] + odd[i][v];
    }
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < strips * STRIP_VECTORS; v++)
        store(C + i * c_m + v * WIDTH, sum[i][v]);
}

#define BF16_TILE(name, rows, strips)                                                                                            \
    static __attribute__((noinline)) void name(int64_t blocks, const float *A, int64_t a_m, const uint32_t *B, int64_t strip,    \
                                               lowprec_start start, float *C, int64_t c_m)                                       \
    {                                                                                                                            \
        bf16_tile(rows, strips, blocks, A, a_m, B, strip, start, C, c_m);                                                        \
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

typedef void bf16_function(int64_t blocks, const float *A, int64_t a_m, const uint32_t *B, int64_t strip, lowprec_start start,
                           float *C, int64_t c_m);
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

/* A rows × count part of A, rounded, rows `stride` apart, zeros behind the last k of a row. */
static void bf16_round(int rows, int64_t count, const float *A, int64_t a_m, int64_t a_k, float *out, int64_t stride)
{
    int64_t padded = laco_bf16_depth(count);
    for (int i = 0; i < rows; i++)
        for (int64_t k = count; k < padded; k++)
            out[i * stride + k] = 0;
    if (a_k == 1) {
        for (int i = 0; i < rows; i++, A += a_m, out += stride)
            for (int64_t k = 0; k < count; k += WIDTH) {
                int n = (int)LACO_MIN(WIDTH, count - k);
                store_n(out + k, to_bf16(load_n(A + k, n)), n);
            }
        return;
    }
    for (int i = 0; i < rows; i += WIDTH) /* columns; few rows at a time, so that all of their lines stay in the cache */
        for (int64_t k = 0; k < count; k++) {
            float column[WIDTH];
            int n = LACO_MIN(WIDTH, rows - i);
            for (int j = 0; j < n && a_m != 1; j++)
                column[j] = A[(i + j) * a_m + k * a_k];
            store(column, to_bf16(load_n(a_m == 1 ? A + k * a_k + i : column, n)));
            for (int j = 0; j < n; j++)
                out[(i + j) * stride + k] = column[j];
        }
}

/* Rounded rows against some strips, evenly, so that none but the only row is alone. */
static void bf16_down(int rows, bool more, int64_t depth, const float *A, const uint32_t *B, int64_t strip, lowprec_start start,
                      float *C, int64_t c_m)
{
    int groups = (rows + BF16_ROWS - 1) / BF16_ROWS;
    for (int i = 0, first = 0, part; i < groups; i++, first += part) {
        part = rows / groups + (i < rows % groups);
        bf16_tiles[more][part](depth / LACO_BF16_BLOCK, A + first * BF16_APART(depth), BF16_APART(depth), B, strip,
                               start_at(start, first, 0), C + first * c_m, c_m);
    }
}

/* Rounded rows against all strips, over some depth: strips of one tile stay in the first-level cache
 * while the rows go by. */
static void bf16_across(int rows, int64_t N, int64_t depth, const float *A, const uint32_t *B, int64_t strip, lowprec_start start,
                        float *C, int64_t c_m)
{
    int64_t n = 0, wide = LACO_STRIP * (rows == 1 ? BF16_STRIPS_ONE : BF16_STRIPS);
    for (; n < N; n += wide) {
        if (n + wide > N)
            wide = LACO_STRIP;
        lowprec_start begin = start_at(start, 0, n);
        const uint32_t *from = B + n / LACO_STRIP * strip;
        if (n + wide <= N) {
            bf16_down(rows, wide > LACO_STRIP, depth, A, from, strip, start_or_zeros(begin), C + n, c_m);
            continue;
        }
        float beside[BF16_MOST_ROWS * LACO_STRIP] = {0}; /* the last strip sticks out over C */
        start_part(begin, rows, N - n, beside, LACO_STRIP);
        bf16_down(rows, false, depth, A, from, strip, (lowprec_start){beside, LACO_STRIP}, beside, LACO_STRIP);
        copy_part(rows, N - n, beside, LACO_STRIP, C + n, c_m);
    }
}

static void bf16_few_rows(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k, const uint32_t *B,
                          lowprec_start start, float *C, int64_t c_m)
{
    float rounded[BF16_FLOATS] __attribute__((aligned(64)));
    int64_t strip = laco_bf16_depth(K) / 2 * LACO_STRIP, deepest = laco_bf16_depth(LACO_MIN(BF16_DEPTH, K));
    int64_t most = LACO_MIN(BF16_MOST_ROWS, BF16_FLOATS / BF16_APART(deepest));
    for (int64_t m = 0; m < M; m += most, C += most * c_m) {
        int rows = (int)LACO_MIN(most, M - m);
        lowprec_start begin = start_at(start, m, 0);
        if (K == 0)
            start_part(begin, rows, N, C, c_m);
        for (int64_t k = 0; k < K; k += BF16_DEPTH, begin = (lowprec_start){C, c_m}) {
            int64_t count = LACO_MIN(BF16_DEPTH, K - k), depth = laco_bf16_depth(count);
            bf16_round(rows, count, A + m * a_m + k * a_k, a_m, a_k, rounded, BF16_APART(depth));
            bf16_across(rows, N, depth, rounded, B + k / 2 * LACO_STRIP, strip, begin, C, c_m);
        }
    }
}

#include "kernel/simd/lowprec_bf16_many.h"

static void bf16_product(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k, const void *packed,
                         lowprec_start start, float *C, int64_t c_m)
{
    if (M > BF16_ROWS && K > 0) {
        bf16_many_rows(M, N, K, A, a_m, a_k, packed, start, C, c_m);
        return;
    }
    bf16_few_rows(M, N, K, A, a_m, a_k, packed, start, C, c_m);
}

static void simd_bf16_gemm(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k, const void *packed,
                           float *C, int64_t c_m, bool accumulate)
{
    bf16_product(M, N, K, A, a_m, a_k, packed, (lowprec_start){accumulate ? C : NULL, c_m}, C, c_m);
}

static void simd_bf16_gemm_from(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, const void *packed,
                                const float *start, float *C, int64_t c_m)
{
    bf16_product(M, N, K, A, a_m, 1, packed, (lowprec_start){start, 0}, C, c_m);
}

/* ---- Packing: laco_bf16_pack by vectors ---- */

/* Two values of k of up to 16 columns that lie behind each other; the second may be missing. */
INLINE void bf16_pack_pair(const float *first, const float *second, int64_t columns, uint32_t *out)
{
    UNROLL for (int v = 0; v < LACO_STRIP; v += WIDTH)
    {
        int n = (int)LACO_MAX(0, LACO_MIN(WIDTH, columns - v));
        bits low = (bits)splat(0.0f), high = low;
        if (n > 0)
            low = (bits)to_bf16(load_n(first + v, n));
        if (n > 0 && second)
            high = (bits)to_bf16(load_n(second + v, n));
        store((float *)(void *)(out + v), (vec)(low >> 16 | high));
    }
}

/* A column whose values of k lie behind each other. */
INLINE void bf16_pack_column(int64_t K, const float *B, uint32_t *out)
{
    for (int64_t k = 0; k < K; k += WIDTH) {
        uint32_t part[WIDTH];
        vec rounded = to_bf16(load_n(B + k, (int)LACO_MIN(WIDTH, K - k)));
        __builtin_memcpy(part, &rounded, sizeof part);
        for (int i = 0; i < WIDTH && k + i < K; i += 2)
            out[(k + i) / 2 * LACO_STRIP] = part[i] >> 16 | part[i + 1];
    }
}

static void simd_bf16_pack(int64_t K, int64_t N, const float *B, int64_t b_k, int64_t b_n, void *packed)
{
    int64_t pairs = laco_bf16_depth(K) / 2;
    uint32_t *strip = packed;
    if (b_n != 1 && b_k != 1) {
        laco_bf16_pack(K, N, B, b_k, b_n, packed);
        return;
    }
    for (int64_t n = 0; n < N; n += LACO_STRIP, strip += pairs * LACO_STRIP) {
        int64_t columns = LACO_MIN(LACO_STRIP, N - n), done = b_n == 1 ? K : 0;
        __builtin_memset(strip + done / 2 * LACO_STRIP, 0, (size_t)((pairs - done / 2) * LACO_STRIP) * sizeof *strip);
        if (b_n == 1)
            for (int64_t k = 0; k < K; k += 2)
                bf16_pack_pair(B + k * b_k + n, k + 1 < K ? B + (k + 1) * b_k + n : NULL, columns, strip + k / 2 * LACO_STRIP);
        else
            for (int64_t j = 0; j < columns; j++)
                bf16_pack_column(K, B + (n + j) * b_n, strip + j);
    }
}

#endif
