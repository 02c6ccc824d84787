#include "kernel/kernel.h"

/* A level without a table of its own is served by the next lower one that has one. */
const laco_kernels *laco_kernels_for(laco_cpu cpu)
{
#if !defined(LACO_REAL_DOUBLE) && defined(__x86_64__) && !defined(_WIN32)
    static const laco_kernels *const tables[LACO_CPU_COUNT] = {
        [LACO_CPU_REF] = &laco_kernels_ref, [LACO_CPU_AVX2] = &laco_kernels_avx2, [LACO_CPU_AVX512] = &laco_kernels_avx512};
#elif !defined(LACO_REAL_DOUBLE) && defined(__aarch64__)
    static const laco_kernels *const tables[LACO_CPU_COUNT] = {
        [LACO_CPU_REF] = &laco_kernels_ref, [LACO_CPU_NEON] = &laco_kernels_neon};
#else
    static const laco_kernels *const tables[LACO_CPU_COUNT] = {[LACO_CPU_REF] = &laco_kernels_ref};
#endif
    return cpu <= laco_cpu_detect() ? tables[cpu] : NULL;
}

const laco_kernels *laco_kernels_of(const laco_context *ctx)
{
    laco_cpu cpu = ctx->cpu;
    const laco_kernels *kernels;
    while (!(kernels = laco_kernels_for(cpu)))
        cpu--;
    return kernels;
}
