/* Products with int8 factors: sums of four products at a time in 32 bits, exact.
 *
 * The file that includes this says ints (a vector of WIDTH int32), dot4 (adds four products to each: of the bytes of a word with
 * those of each lane), SHIFTED (1: dot4 takes the first factor within 1 … 255, 128 above its value), INT8_STRIPS_ONE,
 * INT8_STRIPS. Where instructions multiply matrices it defines INT8_TOGETHER, the rows of A that they take together, eight values
 * of k of each in turn, and gives int8_sums instead of dot4. */
#ifndef LACO_KERNEL_SIMD_LOWPREC_INT8_H
#define LACO_KERNEL_SIMD_LOWPREC_INT8_H

#include "kernel/lowprec.h"
#include "kernel/simd/lowprec_start.h"

#define STRIP_VECTORS (LACO_STRIP / WIDTH)
#define INT8_ROWS 4
#ifndef INT8_TOGETHER
#define INT8_TOGETHER 1
#endif
#define INT8_MOST_ROWS 64        /* of A that are rounded at a time … */
#define INT8_BYTES (1 << 15)     /* … and their bytes: in the first-level cache beside some strips of B */
#define ROUNDER_INT8 12582912.0f /* 1.5·2^23: adding it rounds to an integer, which the low bits then hold */

/* Rows of A as whole numbers, `stride` bytes for each, and the scale of each. */
typedef struct int8_rows {
    uint8_t q[INT8_BYTES] __attribute__((aligned(64)));
    float inverse[INT8_MOST_ROWS], scale[INT8_MOST_ROWS];
    int64_t stride;
} int8_rows;

/* One block of k in strips of B that lie `stride` bytes apart, and the scales of the first one. */
typedef struct int8_columns {
    const char *block, *scales;
    int64_t stride;
} int8_columns;

typedef ints int8_row_sums[8 * STRIP_VECTORS];

/* The sums of one block of `count` values of k, rows × strips, rows from `first` on. */
INLINE void int8_sums(const int rows, const int strips, int64_t count, const int8_rows *A, int first, const int8_columns *B,
                      int8_row_sums *sum);

#if INT8_TOGETHER == 1
INLINE void int8_sums(const int rows, const int strips, int64_t count, const int8_rows *A, int first, const int8_columns *B,
                      int8_row_sums *sum)
{
    UNROLL for (int v = 0; v < strips * STRIP_VECTORS; v++)
    {
        ints ones;
        __builtin_memcpy(&ones, B->block + v / STRIP_VECTORS * B->stride + v % STRIP_VECTORS * sizeof ones, sizeof ones);
        UNROLL for (int i = 0; i < rows; i++) sum[i][v] = ones * (SHIFTED ? -128 : 0);
    }
    const char *from = B->block + LACO_STRIP_HEAD;
    const uint8_t *q = A->q + first * A->stride;
    int64_t strip = B->stride, q_m = A->stride;
    for (int64_t k = 0; k < count; k += 4, q += 4, from += LACO_STRIP * 4)
        UNROLL for (int v = 0; v < strips * STRIP_VECTORS; v++)
        {
            ints b;
            __builtin_memcpy(&b, from + v / STRIP_VECTORS * strip + v % STRIP_VECTORS * sizeof b, sizeof b);
            UNROLL for (int i = 0; i < rows; i++)
            {
                int32_t four;
                __builtin_memcpy(&four, q + i * q_m, sizeof four);
                sum[i][v] = dot4(sum[i][v], four, b);
            }
        }
}
#endif

/* C (rows × strips) = start + one block of `count` values of k, rows from `first` on. */
INLINE void int8_tile(const int rows, const int strips, int64_t count, const int8_rows *A, int first, const int8_columns *B,
                      lowprec_start start, float *C, int64_t c_m)
{
    int8_row_sums sum[INT8_ROWS];
    int8_sums(rows, strips, count, A, first, B, sum);
    int64_t strip = B->stride;
    UNROLL for (int v = 0; v < strips * STRIP_VECTORS; v++)
    {
        vec scale = load((const float *)(const void *)(B->scales + v / STRIP_VECTORS * strip) + v % STRIP_VECTORS * WIDTH);
        UNROLL for (int i = 0; i < rows; i++)
        {
            vec product = (vec) __builtin_convertvector(sum[i][v], vec) * (splat(A->scale[first + i]) * scale);
            store(C + i * c_m + v * WIDTH, load(start.from + i * start.stride + v * WIDTH) + product);
        }
    }
}

#define INT8_TILE(name, rows, strips)                                                                                            \
    static __attribute__((noinline)) void name(int64_t count, const int8_rows *A, int first, const int8_columns *B,              \
                                               lowprec_start start, float *C, int64_t c_m)                                       \
    {                                                                                                                            \
        int8_tile(rows, strips, count, A, first, B, start, C, c_m);                                                              \
    }
INT8_TILE(int8_1_more, 1, INT8_STRIPS_ONE)
INT8_TILE(int8_1, 1, 1)
INT8_TILE(int8_2_more, 2, INT8_STRIPS)
INT8_TILE(int8_2, 2, 1)
INT8_TILE(int8_3_more, 3, INT8_STRIPS)
INT8_TILE(int8_3, 3, 1)
INT8_TILE(int8_4_more, 4, INT8_STRIPS)
INT8_TILE(int8_4, 4, 1)

typedef void int8_function(int64_t count, const int8_rows *A, int first, const int8_columns *B, lowprec_start start, float *C,
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

/* Where a row begins, and its value k behind that. */
INLINE int64_t int8_row_at(int i, int64_t stride) { return i / INT8_TOGETHER * INT8_TOGETHER * stride + i % INT8_TOGETHER * 8; }
INLINE int64_t int8_value_at(int64_t k) { return INT8_TOGETHER == 1 ? k : k / 8 * 8 * INT8_TOGETHER + k % 8; }

/* `count` numbers of a row, zeros behind them up to a multiple of eight. */
static void int8_quantise(int64_t count, const float *x, int64_t stride, float inverse, uint8_t *q)
{
    typedef uint8_t bytes __attribute__((vector_size(WIDTH)));
    int64_t k = 0;
    for (; stride == 1 && k + WIDTH <= count; k += WIDTH) {
        bits whole = (bits)(load(x + k) * splat(inverse) + splat(ROUNDER_INT8)) + splat_bits(SHIFTED ? 128 : 0);
        bytes narrow = __builtin_convertvector(whole, bytes);
        __builtin_memcpy(q + int8_value_at(k), &narrow, sizeof narrow);
    }
    for (; k < count; k++)
        q[int8_value_at(k)] = (uint8_t)(laco_float_bits(x[k * stride] * inverse + ROUNDER_INT8) + (SHIFTED ? 128 : 0));
    for (; k % 8; k++)
        q[int8_value_at(k)] = SHIFTED ? 128 : 0;
}

/* Rows of A against some strips: 1, or with `more` as many as a tile takes. Evenly, so that none but the only row is alone. */
static void int8_down(int rows, bool more, int64_t count, const int8_rows *A, const int8_columns *B, lowprec_start start,
                      float *C, int64_t c_m)
{
    int groups = (rows + INT8_ROWS - 1) / INT8_ROWS, units = (rows + INT8_TOGETHER - 1) / INT8_TOGETHER;
    for (int i = 0, first = 0, part; i < groups; i++, first += part) {
        part = (units / groups + (i < units % groups)) * INT8_TOGETHER;
        if (INT8_TOGETHER > 1 && part > rows - first)
            part = rows - first;
        int8_tiles[more][part](count, A, first, B, start_at(start, first, 0), C + first * c_m, c_m);
    }
}

/* All rows that are rounded against all strips: those of one tile stay in the first-level cache while the rows go by. */
static void int8_across(int rows, int64_t N, int64_t count, const int8_rows *A, int8_columns B, lowprec_start start, float *C,
                        int64_t c_m)
{
    int64_t n = 0, wide = LACO_STRIP * (rows == 1 ? INT8_STRIPS_ONE : INT8_STRIPS);
    for (; n < N; n += wide, B.block += wide / LACO_STRIP * B.stride, B.scales += wide / LACO_STRIP * B.stride) {
        if (n + wide > N)
            wide = LACO_STRIP;
        lowprec_start begin = start_at(start, 0, n);
        if (n + wide <= N) {
            int8_down(rows, wide > LACO_STRIP, count, A, &B, start_or_zeros(begin), C + n, c_m);
            continue;
        }
        float beside[INT8_MOST_ROWS * LACO_STRIP] = {0}; /* the last strip sticks out over C */
        start_part(begin, rows, N - n, beside, LACO_STRIP);
        int8_down(rows, false, count, A, &B, (lowprec_start){beside, LACO_STRIP}, beside, LACO_STRIP);
        copy_part(rows, N - n, beside, LACO_STRIP, C + n, c_m);
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

static void int8_product(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k, const char *packed,
                         lowprec_start start, float *C, int64_t c_m)
{
    int8_rows block;
    block.stride = laco_int8_depth(LACO_MIN(LACO_INT8_BLOCK, LACO_MAX(K, 1)));
    int64_t most = LACO_MIN(INT8_MOST_ROWS, INT8_BYTES / block.stride / INT8_TOGETHER * INT8_TOGETHER);
    for (int64_t m = 0; m < M; m += most, A += most * a_m, C += most * c_m) {
        int rows = (int)LACO_MIN(most, M - m);
        int8_columns B = {packed + LACO_STRIP_HEAD, packed, laco_strip_bytes(LACO_INT8, K)};
        lowprec_start begin = start_at(start, m, 0);
        if (K == 0)
            start_part(begin, rows, N, C, c_m);
        int8_scales(rows, K, A, a_m, a_k, block.inverse, block.scale);
        for (int64_t k = 0; k < K; k += LACO_INT8_BLOCK, begin = (lowprec_start){C, c_m}) {
            int64_t count = LACO_MIN(LACO_INT8_BLOCK, K - k);
            for (int i = 0; i < rows; i++)
                int8_quantise(count, A + i * a_m + k * a_k, a_k, block.inverse[i], block.q + int8_row_at(i, block.stride));
            int8_across(rows, N, count, &block, B, begin, C, c_m);
            B.block += LACO_STRIP_HEAD + laco_int8_depth(count) * LACO_STRIP;
        }
    }
}

static void simd_int8_gemm(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k, const void *packed,
                           float *C, int64_t c_m, bool accumulate)
{
    int8_product(M, N, K, A, a_m, a_k, packed, (lowprec_start){accumulate ? C : NULL, c_m}, C, c_m);
}

static void simd_int8_gemm_from(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, const void *packed,
                                const float *start, float *C, int64_t c_m)
{
    int8_product(M, N, K, A, a_m, 1, packed, (lowprec_start){start, 0}, C, c_m);
}

#endif
