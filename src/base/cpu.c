#include "base/base.h"

#include <string.h>

static const char *const level_names[LACO_CPU_COUNT] = {"ref", "neon", "avx2", "avx512"};

laco_cpu laco_cpu_detect(void)
{
#if defined(LACO_REAL_DOUBLE)
    return LACO_CPU_REF;
#elif defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return LACO_CPU_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return LACO_CPU_AVX2;
    return LACO_CPU_REF;
#elif defined(__aarch64__)
    return LACO_CPU_NEON;
#else
    return LACO_CPU_REF;
#endif
}

laco_cpu laco_cpu_from_name(const char *name)
{
    int cpu = 0;
    while (cpu < LACO_CPU_COUNT && strcmp(name, level_names[cpu]) != 0)
        cpu++;
    return (laco_cpu)cpu;
}

const char *laco_cpu_level_name(laco_cpu cpu) { return level_names[cpu]; }
