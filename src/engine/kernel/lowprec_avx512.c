/* Narrow products on AVX-512 without its extensions. */
#define WIDTH 16
#define BF16_ROWS 4
#define BF16_STRIPS_ONE 4
#define BF16_STRIPS 2
#define BF16_MANY_STRIPS 4
#include "kernel/simd/lowprec_bf16.h"

const laco_lowprec laco_bf16_avx512 = {"avx512", simd_bf16_pack, simd_bf16_gemm, simd_bf16_gemm_from};

typedef int32_t ints __attribute__((vector_size(64)));
#define SHIFTED 0
#define INT8_STRIPS_ONE 8
#define INT8_STRIPS 4

/* |a| times b with the sign of a: within ±127 no sum of two leaves 16 bits. */
INLINE ints dot4(ints sum, int32_t a, ints b)
{
    __m512i first = _mm512_set1_epi32(a), second = (__m512i)b;
    second = _mm512_mask_sub_epi8(second, _mm512_movepi8_mask(first), _mm512_setzero_si512(), second);
    __m512i pairs = _mm512_maddubs_epi16(_mm512_abs_epi8(first), second);
    return sum + (ints)_mm512_madd_epi16(pairs, _mm512_set1_epi16(1));
}
#include "kernel/simd/lowprec_int8.h"

const laco_lowprec laco_int8_avx512 = {"avx512", laco_int8_pack, simd_int8_gemm, simd_int8_gemm_from};
