/* The plain reading of the products of low precision. */
#include "kernel/lowprec.h"

#include <math.h>
#include <string.h>

void laco_bf16_pack(int64_t K, int64_t N, const laco_real *B, int64_t b_k, int64_t b_n, void *packed)
{
    uint16_t *out = packed;
    for (int64_t n0 = 0; n0 < N; n0 += LACO_STRIP)
        for (int64_t k = 0; k < laco_bf16_depth(K); k += 2)
            for (int64_t n = n0; n < n0 + LACO_STRIP; n++)
                for (int64_t i = k; i < k + 2; i++)
                    *out++ = i < K && n < N ? laco_to_bf16((float)B[i * b_k + n * b_n]) : 0;
}

/* What one block of k adds to an element of C: `a` are the block's values, rounded, `b` begins at the column's first. */
static laco_real bf16_block(int64_t count, const float *a, const uint16_t *b)
{
    laco_real sums[2] = {0, 0};
    for (int64_t k = 0; k < count; k++)
        sums[k % 2] += (laco_real)a[k] * (laco_real)laco_from_bf16(b[k / 2 * LACO_STRIP * 2 + k % 2]);
    return sums[0] + sums[1];
}

static void clear_row(int64_t N, laco_real *row)
{
    for (int64_t n = 0; n < N; n++)
        row[n] = 0;
}

static void bf16_gemm(int64_t M, int64_t N, int64_t K, const laco_real *A, int64_t a_m, int64_t a_k, const void *packed,
                      laco_real *C, int64_t c_m, bool accumulate)
{
    for (int64_t m = 0; m < M; m++) {
        if (!accumulate)
            clear_row(N, C + m * c_m);
        for (int64_t k = 0; k < K; k += LACO_BF16_BLOCK) {
            int64_t count = LACO_MIN(LACO_BF16_BLOCK, K - k);
            const uint16_t *b = (const uint16_t *)packed + k * LACO_STRIP;
            float a[LACO_BF16_BLOCK];
            for (int64_t i = 0; i < count; i++)
                a[i] = laco_from_bf16(laco_to_bf16((float)A[m * a_m + (k + i) * a_k]));
            for (int64_t n = 0; n < N; n++)
                C[m * c_m + n] += bf16_block(count, a, b + n / LACO_STRIP * LACO_STRIP * laco_bf16_depth(K) + n % LACO_STRIP * 2);
        }
    }
}

static uint32_t largest(int64_t count, const laco_real *x, int64_t stride)
{
    uint32_t most = 0;
    for (int64_t i = 0; i < count; i++)
        most = LACO_MAX(most, laco_float_bits((float)x[i * stride]) & 0x7fffffffu);
    return most;
}

void laco_int8_pack(int64_t K, int64_t N, const laco_real *B, int64_t b_k, int64_t b_n, void *packed)
{
    char *strip = packed;
    memset(packed, 0, (size_t)laco_lowprec_size(LACO_INT8, K, N));
    for (int64_t n = 0; n < N; n++) {
        char *at = strip + n / LACO_STRIP * laco_strip_bytes(LACO_INT8, K) + LACO_STRIP * sizeof(float);
        float scale = laco_int8_scale(laco_bits_float(largest(K, B + n * b_n, b_k)));
        memcpy(strip + n / LACO_STRIP * laco_strip_bytes(LACO_INT8, K) + n % LACO_STRIP * 4, &scale, sizeof scale);
        for (int64_t k0 = 0; k0 < K; k0 += LACO_INT8_BLOCK) {
            int64_t count = LACO_MIN(LACO_INT8_BLOCK, K - k0);
            int32_t sum = 0;
            int8_t *q = (int8_t *)at + LACO_STRIP * sizeof sum + n % LACO_STRIP * 4;
            for (int64_t k = 0; k < count; k++) {
                int value = laco_int8_of((float)B[(k0 + k) * b_k + n * b_n], scale);
                q[k / 4 * LACO_STRIP * 4 + k % 4] = (int8_t)value;
                sum += value;
            }
            memcpy(at + n % LACO_STRIP * sizeof sum, &sum, sizeof sum);
            at += LACO_STRIP * (int64_t)sizeof sum + laco_int8_depth(count) * LACO_STRIP;
        }
    }
}

/* The exact sum of one block of k: `a` are the block's whole numbers, `q` begins at the column's first. */
static int32_t int8_block(int64_t count, const int32_t *a, const int8_t *q)
{
    int32_t sum = 0;
    for (int64_t k = 0; k < count; k++)
        sum += a[k] * q[k / 4 * LACO_STRIP * 4 + k % 4];
    return sum;
}

/* One row of C: `size` is the largest of A's row, not below LACO_INT8_LEAST. */
static void int8_row(int64_t N, int64_t K, const laco_real *A, int64_t a_k, float size, const char *packed, laco_real *row)
{
    const char *at = packed + LACO_STRIP_HEAD; /* the present block in the first strip */
    int64_t strip = laco_strip_bytes(LACO_INT8, K);
    float inverse = 127 / size, a_scale = size / 127;
    for (int64_t k = 0; k < K; k += LACO_INT8_BLOCK) {
        int64_t count = LACO_MIN(LACO_INT8_BLOCK, K - k);
        int32_t a[LACO_INT8_BLOCK];
        for (int64_t i = 0; i < count; i++)
            a[i] = (int32_t)rintf((float)A[(k + i) * a_k] * inverse);
        at += LACO_STRIP_HEAD;
        for (int64_t n = 0; n < N; n++) {
            const char *q = at + n / LACO_STRIP * strip + n % LACO_STRIP * 4;
            float scale;
            memcpy(&scale, packed + n / LACO_STRIP * strip + n % LACO_STRIP * 4, sizeof scale);
            row[n] += (laco_real)((float)int8_block(count, a, (const int8_t *)q) * (a_scale * scale));
        }
        at += laco_int8_depth(count) * LACO_STRIP;
    }
}

static void int8_gemm(int64_t M, int64_t N, int64_t K, const laco_real *A, int64_t a_m, int64_t a_k, const void *packed,
                      laco_real *C, int64_t c_m, bool accumulate)
{
    for (int64_t m = 0; m < M; m++) {
        uint32_t most = largest(K, A + m * a_m, a_k);
        float size = laco_bits_float(most);
        if (!accumulate)
            clear_row(N, C + m * c_m);
        if (most < 0x7f800000u && size >= LACO_INT8_LEAST)
            int8_row(N, K, A + m * a_m, a_k, size, packed, C + m * c_m);
        for (int64_t n = 0; n < N && most >= 0x7f800000u; n++)
            C[m * c_m + n] = (laco_real)NAN;
    }
}

const laco_lowprec laco_bf16_ref = {"ref", laco_bf16_pack, bf16_gemm, NULL};
const laco_lowprec laco_int8_ref = {"ref", laco_int8_pack, int8_gemm, NULL};
