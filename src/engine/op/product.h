/* A product with a packed matrix, in the precision that it was packed for. */
#ifndef LACO_OP_PRODUCT_H
#define LACO_OP_PRODUCT_H

#include "kernel/kernel.h"
#include "kernel/lowprec.h"

#include <string.h>

/* Columns that are packed side by side: a matrix may be packed and multiplied in pieces of so many. */
static inline int64_t laco_product_grain(const laco_kernels *kernels, laco_precision precision)
{
    return precision == LACO_FP32 ? kernels->panel : LACO_STRIP;
}

/* Elements of memory, on a cache line, that a packed K × N matrix takes. */
static inline int64_t laco_product_size(const laco_kernels *kernels, laco_precision precision, int64_t K, int64_t N)
{
    if (precision == LACO_FP32)
        return laco_packed_size(kernels, K, N);
    return laco_lowprec_size(precision, K, N) / (int64_t)sizeof(laco_real);
}

/* Where column `begin`, a multiple of the grain, starts in a packed matrix. */
static inline laco_real *laco_product_column(laco_precision precision, int64_t K, int64_t begin, laco_real *packed)
{
    return packed + (precision == LACO_FP32 ? begin * K
                                            : begin / LACO_STRIP * laco_strip_bytes(precision, K) / (int64_t)sizeof(laco_real));
}

/* How long a multiply-add takes, as a share of one of fp32: what splitting over threads is reckoned by. */
static inline double laco_product_cost(const laco_context *ctx, laco_precision precision)
{
    return precision == LACO_FP32 || !(ctx->extensions & LACO_HAS_TILES) ? 1 : 0.25;
}

/* See laco_kernels.pack and .gemm. */
static inline void laco_product_pack(const laco_context *ctx, laco_precision precision, int64_t K, int64_t N, const laco_real *B,
                                     int64_t b_k, int64_t b_n, laco_real *packed)
{
    if (precision == LACO_FP32)
        laco_kernels_of(ctx)->pack(K, N, B, b_k, b_n, packed);
    else
        laco_lowprec_of(ctx, precision)->pack(K, N, B, b_k, b_n, packed);
}

static inline void laco_product(const laco_context *ctx, laco_precision precision, int64_t M, int64_t N, int64_t K,
                                const laco_real *A, int64_t a_m, int64_t a_k, const laco_real *packed, laco_real *C, int64_t c_m,
                                bool accumulate)
{
    if (precision == LACO_FP32)
        laco_kernels_of(ctx)->gemm(M, N, K, A, a_m, a_k, packed, C, c_m, accumulate);
    else
        laco_lowprec_of(ctx, precision)->gemm(M, N, K, A, a_m, a_k, packed, C, c_m, accumulate);
}

/* See laco_kernels.gemm_again. */
static inline void laco_product_again(const laco_context *ctx, laco_precision precision, int64_t M, int64_t N, int64_t K,
                                      const laco_real *A, int64_t a_m, const laco_real *packed, laco_real *C, int64_t c_m,
                                      bool accumulate, bool back)
{
    if (precision == LACO_FP32)
        laco_kernels_of(ctx)->gemm_again(M, N, K, A, a_m, packed, C, c_m, accumulate, back);
    else
        laco_lowprec_of(ctx, precision)->gemm(M, N, K, A, a_m, 1, packed, C, c_m, accumulate);
}

/* See laco_kernels.gemm_from. */
static inline void laco_product_from(const laco_context *ctx, laco_precision precision, int64_t M, int64_t N, int64_t K,
                                     const laco_real *A, int64_t a_m, const laco_real *packed, const laco_real *start,
                                     laco_real *C, int64_t c_m)
{
    if (precision == LACO_FP32) {
        laco_kernels_of(ctx)->gemm_from(M, N, K, A, a_m, 1, packed, start, C, c_m);
        return;
    }
    const laco_lowprec *narrow = laco_lowprec_of(ctx, precision);
    if (narrow->gemm_from) {
        narrow->gemm_from(M, N, K, A, a_m, packed, start, C, c_m);
        return;
    }
    for (int64_t m = 0; m < M; m++)
        memcpy(C + m * c_m, start, (size_t)N * sizeof *C);
    narrow->gemm(M, N, K, A, a_m, 1, packed, C, c_m, true);
}

#endif
