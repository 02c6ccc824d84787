/* int8 on AVX-512 with VNNI: VPDPBUSD adds four products to each of 16 sums. */
#define WIDTH 16
#include <immintrin.h>
#include <stdint.h>

typedef int32_t ints __attribute__((vector_size(64)));
#define SHIFTED 1 /* the first factor has no sign */
#define INT8_STRIPS_ONE 8
#define INT8_STRIPS 4

/* By its name: GCC 12 surrounds the intrinsic with moves between registers. */
static inline __attribute__((always_inline)) ints dot4(ints sum, int32_t a, ints b)
{
    __m512i first = _mm512_set1_epi32(a);
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(first), "vm"(b));
    return sum;
}
#include "kernel/simd/lowprec_int8.h"

const laco_lowprec laco_int8_vnni = {"avx512_vnni", laco_int8_pack, simd_int8_gemm, simd_int8_gemm_from};
