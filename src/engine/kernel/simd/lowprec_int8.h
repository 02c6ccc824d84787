/* Products with int8 factors: sums of four products at a time in 32 bits, exact.
 *
 * The file that includes this says ints (a vector of WIDTH int32), dot4 (adds four products to each: of the bytes of a word with
 * those of each lane), SHIFTED (1: dot4 takes the first factor within 1 … 255, 128 above its value), INT8_STRIPS_ONE,
 * INT8_STRIPS. */
#ifndef LACO_KERNEL_SIMD_LOWPREC_INT8_H
#define LACO_KERNEL_SIMD_LOWPREC_INT8_H

#include "kernel/lowprec.h"
#include "kernel/simd/vector.h"

#define STRIP_VECTORS (LACO_STRIP / WIDTH)
#define INT8_ROWS 4
#define ROUNDER_INT8 12582912.0f /* 1.5·2^23: adding it rounds to an integer, which the low bits then hold */

/* Rows of A as whole numbers, and the scale of each. */
typedef struct int8_rows {
    uint8_t q[INT8_ROWS][LACO_INT8_BLOCK] __attribute__((aligned(64)));
    float inverse[INT8_ROWS], scale[INT8_ROWS];
} int8_rows;

/* C (rows × strips) += one block of `count` values of k. `strip`: bytes from one strip of B to the next; `scales` of the first
 * strip. */
INLINE void int8_tile(const int rows, const int strips, int64_t count, const int8_rows *A, const char *B, const char *scales,
                      int64_t strip, float *C, int64_t c_m)
{
    ints sum[INT8_ROWS][8 * STRIP_VECTORS];
    UNROLL for (int v = 0; v < strips * STRIP_VECTORS; v++)
    {
        ints ones;
        __builtin_memcpy(&ones, B + v / STRIP_VECTORS * strip + v % STRIP_VECTORS * sizeof ones, sizeof ones);
        UNROLL for (int i = 0; i < rows; i++) sum[i][v] = ones * (SHIFTED ? -128 : 0);
    }
    const char *from = B + LACO_STRIP_HEAD;
    for (int64_t k = 0; k < count; k += 4, from += LACO_STRIP * 4)
        UNROLL for (int v = 0; v < strips * STRIP_VECTORS; v++)
        {
            ints b;
            __builtin_memcpy(&b, from + v / STRIP_VECTORS * strip + v % STRIP_VECTORS * sizeof b, sizeof b);
            UNROLL for (int i = 0; i < rows; i++)
            {
                int32_t four;
                __builtin_memcpy(&four, &A->q[i][k], sizeof four);
                sum[i][v] = dot4(sum[i][v], four, b);
            }
        }
    UNROLL for (int v = 0; v < strips * STRIP_VECTORS; v++)
    {
        vec scale = load((const float *)(const void *)(scales + v / STRIP_VECTORS * strip) + v % STRIP_VECTORS * WIDTH);
        UNROLL for (int i = 0; i < rows; i++)
        {
            float *c = C + i * c_m + v * WIDTH;
            store(c, load(c) + (vec) __builtin_convertvector(sum[i][v], vec) * (splat(A->scale[i]) * scale));
        }
    }
}

#define INT8_TILE(name, rows, strips)                                                                                            \
    static __attribute__((noinline)) void name(int64_t count, const int8_rows *A, const char *B, const char *scales,             \
                                               int64_t strip, float *C, int64_t c_m)                                             \
    {                                                                                                                            \
        int8_tile(rows, strips, count, A, B, scales, strip, C, c_m);                                                             \
    }
INT8_TILE(int8_1_more, 1, INT8_STRIPS_ONE)
INT8_TILE(int8_1, 1, 1)
INT8_TILE(int8_2_more, 2, INT8_STRIPS)
INT8_TILE(int8_2, 2, 1)
INT8_TILE(int8_3_more, 3, INT8_STRIPS)
INT8_TILE(int8_3, 3, 1)
INT8_TILE(int8_4_more, 4, INT8_STRIPS)
INT8_TILE(int8_4, 4, 1)

typedef void int8_function(int64_t count, const int8_rows *A, const char *B, const char *scales, int64_t strip, float *C,
                           int64_t c_m);
static int8_function *const int8_tiles[2][INT8_ROWS + 1] = {{NULL, int8_1, int8_2, int8_3, int8_4},
                                                            {NULL, int8_1_more, int8_2_more, int8_3_more, int8_4_more}};

/* The largest |x| of a row, as bits. */
static uint32_t int8_largest(int64_t K, const float *x, int64_t stride)
{
    uint32_t most = 0, lane[WIDTH];
    bits mosts = splat_bits(0);
    int64_t k = 0;
    for (; stride == 1 && k + WIDTH <= K; k += WIDTH) {
        bits u = (bits)load(x + k) & splat_bits(0x7fffffffu), more = (bits)(u > mosts);
        mosts = (u & more) | (mosts & ~more);
    }
    __builtin_memcpy(lane, &mosts, sizeof lane);
    for (int i = 0; i < WIDTH; i++)
        most = LACO_MAX(most, lane[i]);
    for (; k < K; k++)
        most = LACO_MAX(most, laco_float_bits(x[k * stride]) & 0x7fffffffu);
    return most;
}

/* `count` numbers of a row, zeros behind them up to a multiple of four. */
static void int8_quantise(int64_t count, const float *x, int64_t stride, float inverse, uint8_t *q)
{
    typedef uint8_t bytes __attribute__((vector_size(WIDTH)));
    int64_t k = 0;
    for (; stride == 1 && k + WIDTH <= count; k += WIDTH) {
        bits whole = (bits)(load(x + k) * splat(inverse) + splat(ROUNDER_INT8)) + splat_bits(SHIFTED ? 128 : 0);
        bytes narrow = __builtin_convertvector(whole, bytes);
        __builtin_memcpy(q + k, &narrow, sizeof narrow);
    }
    for (; k < count; k++)
        q[k] = (uint8_t)(laco_float_bits(x[k * stride] * inverse + ROUNDER_INT8) + (SHIFTED ? 128 : 0));
    for (; k % 4; k++)
        q[k] = SHIFTED ? 128 : 0;
}

/* One block of rows and of k against all strips. `B`: the block in the first strip. */
static void int8_across(int rows, int64_t N, int64_t count, const int8_rows *A, const char *B, const char *scales, int64_t strip,
                        float *C, int64_t c_m)
{
    int64_t n = 0, wide = LACO_STRIP * (rows == 1 ? INT8_STRIPS_ONE : INT8_STRIPS);
    for (; n < N; n += wide, B += wide / LACO_STRIP * strip, scales += wide / LACO_STRIP * strip, C += wide) {
        if (n + wide > N)
            wide = LACO_STRIP;
        if (n + wide <= N) {
            int8_tiles[wide > LACO_STRIP][rows](count, A, B, scales, strip, C, c_m);
            continue;
        }
        float beside[INT8_ROWS * LACO_STRIP] = {0}; /* the last strip sticks out over C */
        for (int i = 0; i < rows; i++)
            __builtin_memcpy(beside + i * LACO_STRIP, C + i * c_m, (size_t)(N - n) * sizeof *C);
        int8_tiles[0][rows](count, A, B, scales, strip, beside, LACO_STRIP);
        for (int i = 0; i < rows; i++)
            __builtin_memcpy(C + i * c_m, beside + i * LACO_STRIP, (size_t)(N - n) * sizeof *C);
    }
}

/* The scales of `rows` rows; those that hold NaN or infinity are NaN. */
static void int8_scales(int rows, int64_t K, const float *A, int64_t a_m, int64_t a_k, float *inverse, float *scale)
{
    for (int i = 0; i < rows; i++) {
        uint32_t most = int8_largest(K, A + i * a_m, a_k);
        float size = laco_bits_float(most);
        bool none = size < LACO_INT8_LEAST, beyond = most >= 0x7f800000u;
        inverse[i] = none || beyond ? 0 : 127 / size;
        scale[i] = beyond ? __builtin_nanf("") : none ? 0 : size / 127;
    }
}

static void simd_int8_gemm(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k, const void *packed,
                           float *C, int64_t c_m, bool accumulate)
{
    int8_rows block;
    int64_t strip = laco_strip_bytes(LACO_INT8, K);
    for (int64_t m = 0; m < M; m += INT8_ROWS) {
        int rows = (int)LACO_MIN(INT8_ROWS, M - m);
        const char *scales = packed, *B = scales + LACO_STRIP_HEAD;
        int8_scales(rows, K, A + m * a_m, a_m, a_k, block.inverse, block.scale);
        for (int i = 0; i < rows && !accumulate; i++)
            __builtin_memset(C + (m + i) * c_m, 0, (size_t)N * sizeof *C);
        for (int64_t k = 0; k < K; k += LACO_INT8_BLOCK) {
            int64_t count = LACO_MIN(LACO_INT8_BLOCK, K - k);
            for (int i = 0; i < rows; i++)
                int8_quantise(count, A + (m + i) * a_m + k * a_k, a_k, block.inverse[i], block.q[i]);
            int8_across(rows, N, count, &block, B, scales, strip, C + m * c_m, c_m);
            B += LACO_STRIP_HEAD + laco_int8_depth(count) * LACO_STRIP;
        }
    }
}

#endif
