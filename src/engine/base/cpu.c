#define _DEFAULT_SOURCE /* syscall */
#include "base/base.h"

#include <string.h>

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <unistd.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

static const char *const level_names[LACO_CPU_COUNT] = {"ref", "neon", "avx2", "avx512"};

laco_cpu laco_cpu_detect(void)
{
#if defined(LACO_REAL_DOUBLE)
    return LACO_CPU_REF;
#elif defined(__x86_64__) && !defined(_WIN32)
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

#if defined(__x86_64__) && defined(__linux__) && !defined(LACO_REAL_DOUBLE)

/* Linux lends the tile registers only to a process that asks (arch_prctl(2), ARCH_REQ_XCOMP_PERM); threads inherit the right. */
static bool tiles_allowed(void)
{
    enum { ARCH_PRCTL = 158, REQUEST = 0x1023, TILE_DATA = 18 };
    return syscall(ARCH_PRCTL, REQUEST, TILE_DATA) == 0;
}

unsigned laco_cpu_extensions(laco_cpu cpu)
{
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0, found = 0;
    if (cpu == LACO_CPU_AVX2 && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) && (eax >> 4 & 1))
        return LACO_HAS_VNNI; /* AVX-VNNI, the same on 256 bits */
    if (cpu < LACO_CPU_AVX512 || !__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx))
        return 0;
    if (ecx >> 11 & 1)
        found |= LACO_HAS_VNNI;
    bool tiles = (edx >> 24 & 1) && (edx >> 22 & 1) && (edx >> 25 & 1); /* AMX-TILE, AMX-BF16, AMX-INT8 */
    /* AVX512-BF16 brings numbers into tiles; a virtual machine may hide it. */
    tiles = tiles && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) && (eax >> 5 & 1);
    if (tiles && (found & LACO_HAS_VNNI) && tiles_allowed())
        found |= LACO_HAS_TILES;
    return found;
}

#elif defined(__aarch64__) && defined(__linux__) && !defined(LACO_REAL_DOUBLE)

unsigned laco_cpu_extensions(laco_cpu cpu)
{
    enum { ASIMDDP = 1 << 20, I8MM = 1 << 13 }; /* HWCAP_ASIMDDP: SDOT; HWCAP2_I8MM: SMMLA */
    if (cpu != LACO_CPU_NEON)
        return 0;
    return (getauxval(AT_HWCAP) & ASIMDDP ? LACO_HAS_DOT : 0) | (getauxval(AT_HWCAP2) & I8MM ? LACO_HAS_I8MM : 0);
}

#else

unsigned laco_cpu_extensions(laco_cpu cpu)
{
    (void)cpu;
    return 0;
}

#endif

const char *laco_precision_name(laco_precision precision)
{
    static const char *const names[] = {[LACO_FP32] = "fp32", [LACO_BF16] = "bf16", [LACO_INT8] = "int8"};
    return names[precision];
}
