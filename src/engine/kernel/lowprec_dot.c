/* int8 on NEON with the dot product instructions of Armv8.2: SDOT adds four products to each of 4 sums. */
#define WIDTH 4
#include <arm_neon.h>
#include <stdint.h>

typedef int32_t ints __attribute__((vector_size(16)));
#define SHIFTED 0
#define INT8_STRIPS_ONE 4
#define INT8_STRIPS 1

static inline __attribute__((always_inline)) ints dot4(ints sum, int32_t a, ints b)
{
    return (ints)vdotq_s32((int32x4_t)sum, vreinterpretq_s8_s32((int32x4_t)b), vreinterpretq_s8_s32(vdupq_n_s32(a)));
}
#include "kernel/simd/lowprec_int8.h"

const laco_lowprec laco_int8_dot = {"neon_dot", laco_int8_pack, simd_int8_gemm, simd_int8_gemm_from};
