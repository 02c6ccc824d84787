/* Narrow products on AVX2: 16 registers. */
#define WIDTH 8
#define BF16_ROWS 3
#define BF16_STRIPS_ONE 2
#define BF16_STRIPS 1
#define BF16_MANY_STRIPS 1
#include "kernel/simd/lowprec_bf16.h"

const laco_lowprec laco_bf16_avx2 = {"avx2", simd_bf16_pack, simd_bf16_gemm, simd_bf16_gemm_from};

typedef int32_t ints __attribute__((vector_size(32)));
#define SHIFTED 0
#define INT8_STRIPS_ONE 4
#define INT8_STRIPS 1

/* |a| times b with the sign of a: within ±127 no sum of two leaves 16 bits. */
INLINE ints dot4(ints sum, int32_t a, ints b)
{
    __m256i first = _mm256_set1_epi32(a), second = _mm256_sign_epi8((__m256i)b, first);
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(first), second);
    return sum + (ints)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}
#include "kernel/simd/lowprec_int8.h"

const laco_lowprec laco_int8_avx2 = {"avx2", laco_int8_pack, simd_int8_gemm, simd_int8_gemm_from};
