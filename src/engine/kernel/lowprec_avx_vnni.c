/* int8 on AVX2 with AVX-VNNI: VPDPBUSD adds four products to each of 8 sums. */
#define WIDTH 8
#include <immintrin.h>
#include <stdint.h>

typedef int32_t ints __attribute__((vector_size(32)));
#define SHIFTED 1 /* the first factor has no sign */
#define INT8_STRIPS_ONE 4
#define INT8_STRIPS 1

static inline __attribute__((always_inline)) ints dot4(ints sum, int32_t a, ints b)
{
    __m256i first = _mm256_set1_epi32(a);
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(first), "xm"(b));
    return sum;
}
#include "kernel/simd/lowprec_int8.h"

const laco_lowprec laco_int8_avx_vnni = {"avx_vnni", laco_int8_pack, simd_int8_gemm, simd_int8_gemm_from};
