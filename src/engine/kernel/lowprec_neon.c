/* Narrow products on NEON. */
#define WIDTH 4
#define BF16_ROWS 3
#define BF16_STRIPS_ONE 1
#define BF16_STRIPS 1
#define BF16_MANY_STRIPS 1
#include "kernel/simd/lowprec_bf16.h"

const laco_lowprec laco_bf16_neon = {"neon", simd_bf16_pack, simd_bf16_gemm, simd_bf16_gemm_from};

typedef int32_t ints __attribute__((vector_size(16)));
#define SHIFTED 0
#define INT8_STRIPS_ONE 2
#define INT8_STRIPS 1

INLINE ints dot4(ints sum, int32_t a, ints b)
{
    int8x16_t first = vreinterpretq_s8_s32(vdupq_n_s32(a)), second = vreinterpretq_s8_s32((int32x4_t)b);
    int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(first), vget_low_s8(second)));
    int32x4_t high = vpaddlq_s16(vmull_s8(vget_high_s8(first), vget_high_s8(second)));
    return sum + (ints)vpaddq_s32(low, high);
}
#include "kernel/simd/lowprec_int8.h"

const laco_lowprec laco_int8_neon = {"neon", laco_int8_pack, simd_int8_gemm, simd_int8_gemm_from};
