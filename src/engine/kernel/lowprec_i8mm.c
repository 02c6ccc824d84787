/* int8 on NEON with the matrix instructions of Armv8.6: SMMLA adds the products of two rows of A and two columns of B, eight values
 * of k of each, to 2 × 2 sums. One row takes no more instructions than with SDOT: each reads as many bytes of B. */
#define WIDTH 4
#include <arm_neon.h>
#include <stdint.h>

typedef int32_t ints __attribute__((vector_size(16)));
#define SHIFTED 0
#define INT8_STRIPS_ONE 2
#define INT8_STRIPS 1
#define INT8_TOGETHER 2
#include "kernel/simd/lowprec_int8.h"

#define PAIRS (LACO_STRIP / 2) /* of columns, in a strip */

/* An odd row's sums are beside those of a row that is not there, and which nothing reads. */
INLINE void int8_sums(const int rows, const int strips, int64_t count, const int8_rows *A, int first, const int8_columns *B,
                      int8_row_sums *sum)
{
    int32x4_t pair[INT8_ROWS / 2][8 * PAIRS];
    UNROLL for (int v = 0; v < strips * PAIRS; v++) UNROLL for (int i = 0; i < rows; i += 2) pair[i / 2][v] = vdupq_n_s32(0);
    const char *from = B->block + LACO_STRIP_HEAD;
    const uint8_t *q = A->q + first * A->stride;
    int64_t strip = B->stride, q_m = A->stride;
    for (int64_t k = 0; k < count; k += 8, q += 16, from += LACO_STRIP * 8)
        UNROLL for (int v = 0; v < strips * PAIRS; v++)
        {
            int8x16_t b = vld1q_s8((const int8_t *)from + v / PAIRS * strip + v % PAIRS * 16);
            UNROLL for (int i = 0; i < rows; i += 2) pair[i / 2][v] =
                vmmlaq_s32(pair[i / 2][v], vreinterpretq_s8_u8(vld1q_u8(q + i * q_m)), b);
        }
    UNROLL for (int v = 0; v < strips * STRIP_VECTORS; v++) UNROLL for (int i = 0; i < rows; i++)
    {
        int64x2_t left = vreinterpretq_s64_s32(pair[i / 2][2 * v]), right = vreinterpretq_s64_s32(pair[i / 2][2 * v + 1]);
        sum[i][v] = (ints)(i % 2 ? vzip2q_s64(left, right) : vzip1q_s64(left, right));
    }
}

/* As laco_int8_pack, but eight values of k side by side: [K/8][LACO_STRIP][8]. */
static void pack(int64_t K, int64_t N, const float *B, int64_t b_k, int64_t b_n, void *packed)
{
    laco_int8_pack(K, N, B, b_k, b_n, packed);
    for (int64_t n = 0; n < N; n += LACO_STRIP) {
        char *at = (char *)packed + n / LACO_STRIP * laco_strip_bytes(LACO_INT8, K) + LACO_STRIP_HEAD;
        for (int64_t k = 0; k < K; k += 8, at += LACO_STRIP * 8) {
            int32_t fours[2][LACO_STRIP], eights[LACO_STRIP][2];
            at += k % LACO_INT8_BLOCK == 0 ? LACO_STRIP_HEAD : 0;
            __builtin_memcpy(fours, at, sizeof fours);
            for (int i = 0; i < LACO_STRIP; i++)
                eights[i][0] = fours[0][i], eights[i][1] = fours[1][i];
            __builtin_memcpy(at, eights, sizeof eights);
        }
    }
}

const laco_lowprec laco_int8_i8mm = {"neon_i8mm", pack, simd_int8_gemm, simd_int8_gemm_from};
