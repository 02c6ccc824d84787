/* Products with factors of fewer bits: bf16 (8 bits of mantissa) and int8 (whole numbers with a scale).
 *
 * They stand beside the tables of kernel.h because they are chosen by more than the level of the instruction set: some
 * machines have instructions just for them. As there, ref is the plain reading and the judge; beyond that, all of
 * them give the same bits, because their factors are so short that the products are exact.
 *
 * bf16   Both factors are rounded to bf16 (to nearest, ties to even; denormals are zero). k goes in blocks of LACO_BF16_BLOCK; in
 *        each, the even and the odd k make one chain of multiply-adds each, both from zero, and C += even + odd.
 *        (What TDPBF16PS does: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.)
 * int8   Column n of B, that is row n of a weight matrix, becomes whole numbers q within ±127 times a scale s(n); each row of A
 *        likewise, times s(m). k goes in blocks of LACO_INT8_BLOCK; the sum of a block is exact, and C += sum · (s(m) · s(n)).
 *        A row of A with an infinity or NaN gives NaN. */
#ifndef LACO_KERNEL_LOWPREC_H
#define LACO_KERNEL_LOWPREC_H

#include "base/base.h"

#define LACO_STRIP 16                             /* columns that are packed side by side */
#define LACO_STRIP_HEAD ((int64_t)LACO_STRIP * 4) /* bytes of as many floats or sums */
#define LACO_BF16_BLOCK 32
#define LACO_INT8_BLOCK 2048
#define LACO_INT8_TILE 64

typedef struct laco_lowprec {
    const char *name;
    /* As in laco_kernels; `packed` holds laco_lowprec_size bytes on a cache line. */
    void (*pack)(int64_t K, int64_t N, const laco_real *B, int64_t b_k, int64_t b_n, void *packed);
    void (*gemm)(int64_t M, int64_t N, int64_t K, const laco_real *A, int64_t a_m, int64_t a_k, const void *packed, laco_real *C,
                 int64_t c_m, bool accumulate);
    /* Likewise, a_k 1; NULL where to copy the start first and then to accumulate is as good. */
    void (*gemm_from)(int64_t M, int64_t N, int64_t K, const laco_real *A, int64_t a_m, const void *packed,
                      const laco_real *start, laco_real *C, int64_t c_m);
} laco_lowprec;

/* The table of a context; of an instruction set and extensions of it: NULL where this build or this machine has none. */
const laco_lowprec *laco_lowprec_of(const laco_context *ctx, laco_precision precision);
const laco_lowprec *laco_lowprec_for(laco_precision precision, laco_cpu cpu, unsigned extensions);

/* ---- How B is packed: strips of LACO_STRIP columns, padded with zeros ----
 *
 * bf16: [K/2][LACO_STRIP][2], K rounded up to whole blocks: two values of k side by side.
 * int8: the scales, float [LACO_STRIP]; then for each block the sums of q, int32 [LACO_STRIP], and q, [K/4][LACO_STRIP][4], K
 * rounded up to a multiple of LACO_INT8_TILE.
 *
 * The same for every table, but that for I8MM eight values of k of a column stand side by side: [K/8][LACO_STRIP][8]. */

static inline int64_t laco_bf16_depth(int64_t K) { return (K + LACO_BF16_BLOCK - 1) / LACO_BF16_BLOCK * LACO_BF16_BLOCK; }
static inline int64_t laco_int8_depth(int64_t K) { return (K + LACO_INT8_TILE - 1) / LACO_INT8_TILE * LACO_INT8_TILE; }
static inline int64_t laco_int8_blocks(int64_t K) { return (K + LACO_INT8_BLOCK - 1) / LACO_INT8_BLOCK; }

static inline int64_t laco_strip_bytes(laco_precision precision, int64_t K)
{
    if (precision == LACO_BF16)
        return laco_bf16_depth(K) * LACO_STRIP * 2;
    return (1 + laco_int8_blocks(K)) * LACO_STRIP_HEAD + laco_int8_depth(K) * LACO_STRIP;
}

static inline int64_t laco_lowprec_size(laco_precision precision, int64_t K, int64_t N)
{
    return (N + LACO_STRIP - 1) / LACO_STRIP * laco_strip_bytes(precision, K);
}

/* ---- One number ---- */

static inline uint32_t laco_float_bits(float x)
{
    union {
        float f;
        uint32_t u;
    } both = {x};
    return both.u;
}

static inline float laco_bits_float(uint32_t u)
{
    union {
        uint32_t u;
        float f;
    } both = {u};
    return both.f;
}

static inline uint16_t laco_to_bf16(float x)
{
    uint32_t u = laco_float_bits(x), exponent = u & 0x7f800000u;
    if (exponent == 0)
        return (uint16_t)(u >> 16 & 0x8000u);
    if (exponent == 0x7f800000u)
        return (uint16_t)(u >> 16 | (u & 0x7fffffu ? 0x40u : 0));
    return (uint16_t)((u + 0x7fffu + (u >> 16 & 1)) >> 16);
}

static inline float laco_from_bf16(uint16_t x) { return laco_bits_float((uint32_t)x << 16); }

/* The largest |x| is seen as bits, where NaN lies above infinity and that above all numbers. Below LACO_INT8_LEAST all is zero.
 */
#define LACO_INT8_LEAST 1e-30f

/* The scale of a row of weights: largest / 127, rounded up to 16 bits of mantissa, so that q · scale is exact in float: a matrix
 * that was rounded once is rounded to itself ever after. */
static inline float laco_int8_scale(float largest)
{
    if (largest < LACO_INT8_LEAST)
        return 0;
    return laco_bits_float((laco_float_bits(largest / 127) + 0xffu) & ~0xffu);
}

/* The whole number of a weight; 0 for NaN. */
static inline int laco_int8_of(float x, float scale)
{
    return scale > 0 && scale < 3e38f && x == x ? (int)__builtin_rintf(x / scale) : 0;
}

extern const laco_lowprec laco_bf16_ref, laco_bf16_avx2, laco_bf16_avx512, laco_bf16_amx, laco_bf16_neon;
extern const laco_lowprec laco_int8_ref, laco_int8_avx2, laco_int8_avx512, laco_int8_avx_vnni, laco_int8_vnni, laco_int8_amx,
    laco_int8_neon, laco_int8_dot, laco_int8_i8mm;

/* What most tables pack with: models are packed once. */
void laco_bf16_pack(int64_t K, int64_t N, const laco_real *B, int64_t b_k, int64_t b_n, void *packed);
void laco_int8_pack(int64_t K, int64_t N, const laco_real *B, int64_t b_k, int64_t b_n, void *packed);

#endif
