#include "kernel/lowprec.h"

static const laco_lowprec *pick(bool bf16, laco_cpu cpu, unsigned extensions)
{
#if defined(__x86_64__) && !defined(LACO_REAL_DOUBLE) && !defined(_WIN32)
    if (bf16 && (extensions & LACO_HAS_TILES))
        return &laco_bf16_amx;
    if (!bf16 && (extensions & LACO_HAS_TILES))
        return &laco_int8_amx;
    if (!bf16 && (extensions & LACO_HAS_VNNI))
        return cpu >= LACO_CPU_AVX512 ? &laco_int8_vnni : &laco_int8_avx_vnni;
    if (cpu >= LACO_CPU_AVX512)
        return bf16 ? &laco_bf16_avx512 : &laco_int8_avx512;
    if (cpu >= LACO_CPU_AVX2)
        return bf16 ? &laco_bf16_avx2 : &laco_int8_avx2;
#elif defined(__aarch64__) && !defined(LACO_REAL_DOUBLE)
    if (!bf16 && (extensions & LACO_HAS_I8MM))
        return &laco_int8_i8mm;
    if (!bf16 && (extensions & LACO_HAS_DOT))
        return &laco_int8_dot;
    if (cpu >= LACO_CPU_NEON)
        return bf16 ? &laco_bf16_neon : &laco_int8_neon;
#endif
    (void)cpu;
    (void)extensions;
    return bf16 ? &laco_bf16_ref : &laco_int8_ref;
}

const laco_lowprec *laco_lowprec_for(laco_precision precision, laco_cpu cpu, unsigned extensions)
{
    if (precision == LACO_FP32 || cpu > laco_cpu_detect() || (extensions & ~laco_cpu_extensions(cpu)) != 0)
        return NULL;
    return pick(precision == LACO_BF16, cpu, extensions);
}

const laco_lowprec *laco_lowprec_of(const laco_context *ctx, laco_precision precision)
{
    return pick(precision == LACO_BF16, ctx->cpu, ctx->extensions);
}

const char *laco_product_name(const laco_context *ctx, laco_precision precision)
{
    return precision == LACO_FP32 ? laco_cpu_level_name(ctx->cpu) : laco_lowprec_of(ctx, precision)->name;
}
