#define _GNU_SOURCE
#include "bench/peak.h"

#define TURNS 20000 /* of a loop: some 30 to 100 µs */

/* Results go here, so that no loop can be left out. */
static _Thread_local volatile float sink;

#if !defined(__aarch64__)

static void fp32_plain(void)
{
    float sum[16] = {0}, a = 0.5f;
    for (int turn = 0; turn < TURNS; turn++)
        for (int i = 0; i < 16; i++)
            sum[i] = sum[i] * a + 1;
    for (int i = 0; i < 16; i++)
        sink = sum[i];
}

#endif

#if defined(__x86_64__)

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of this machine, whatever the library is capped to; what its kernels need, as the library asks for it. */
static bool has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

/* Twelve independent sums hide the latency of two multiply-adds a cycle. By register names, because no compiler can be trusted to
 * keep them out of memory at every level of optimisation. */
#define SUMS 12
/* clang-format off */
#define SUM(code, r, i) code " %%" r "0, %%" r "1, %%" r #i "\n\t"
#define ZERO(i) "vpxor %%xmm" #i ", %%xmm" #i ", %%xmm" #i "\n\t"
#define SIXTEEN_ZEROS \
    ZERO(0) ZERO(1) ZERO(2) ZERO(3) ZERO(4) ZERO(5) ZERO(6) ZERO(7) ZERO(8) ZERO(9) ZERO(10) ZERO(11) ZERO(12) ZERO(13) ZERO(14) ZERO(15)
#define TWELVE_SUMS(code, r)                                                                                                    \
    SUM(code, r, 4) SUM(code, r, 5) SUM(code, r, 6) SUM(code, r, 7) SUM(code, r, 8) SUM(code, r, 9) SUM(code, r, 10)             \
    SUM(code, r, 11) SUM(code, r, 12) SUM(code, r, 13) SUM(code, r, 14) SUM(code, r, 15)
#define VECTOR_LOOP(name, code, r)                                                                                              \
    static void name(void)                                                                                                      \
    {                                                                                                                           \
        int turns = TURNS;                                                                                                      \
        __asm__ volatile(SIXTEEN_ZEROS "1:\n\t" TWELVE_SUMS(code, r) "dec %0\n\tjnz 1b\n\tvzeroupper"                          \
                         : "+r"(turns) : : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", \
                           "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");                                               \
    }
/* clang-format on */
VECTOR_LOOP(fp32_avx512, "vfmadd231ps", "zmm")
VECTOR_LOOP(fp32_avx2, "vfmadd231ps", "ymm")
VECTOR_LOOP(int8_avx512, "vpdpbusd", "zmm")
VECTOR_LOOP(int8_avx_vnni, "%{vex%} vpdpbusd", "ymm")

/* Tiles of 16 rows of 64 bytes: four sums, two tiles on each side. The compiler knows nothing of tile registers, so nothing of
 * its own is in them. */
static const struct __attribute__((packed)) {
    uint8_t palette, start, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} tile_shape = {1, 0, {0}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}};

#define TILE_TURNS 1250 /* a tile product takes as long as some sixteen of vectors */
#define TILE_LOOP(name, code)                                                                                                    \
    static void name(void)                                                                                                       \
    {                                                                                                                            \
        __asm__ volatile("ldtilecfg %0" : : "m"(tile_shape));                                                                    \
        __asm__ volatile("tilezero %tmm0; tilezero %tmm1; tilezero %tmm2; tilezero %tmm3;"                                       \
                         "tilezero %tmm4; tilezero %tmm5; tilezero %tmm6; tilezero %tmm7");                                      \
        for (int turn = 0; turn < TILE_TURNS; turn++)                                                                            \
            __asm__ volatile(code " %tmm6, %tmm4, %tmm0;" code " %tmm7, %tmm4, %tmm1;" code " %tmm6, %tmm5, %tmm2;" code         \
                                  " %tmm7, %tmm5, %tmm3");                                                                       \
        __asm__ volatile("tilerelease");                                                                                         \
    }
TILE_LOOP(bf16_amx, "tdpbf16ps")
TILE_LOOP(int8_amx, "tdpbssd")

/* Linux lends the tile registers only to a process that asks. */
static bool tiles_allowed(void)
{
    enum { REQUEST = 0x1023, TILE_DATA = 18 };
    return syscall(SYS_arch_prctl, REQUEST, TILE_DATA) == 0;
}

int find_peaks(peak_loop peaks[MOST_PEAKS])
{
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0, eax1 = 0, other;
    bool wide = has_avx512(), vex = has_avx2();
    int count = 0;
    __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx);
    __get_cpuid_count(7, 1, &eax1, &ebx, &other, &other);
    bool tiles = (edx >> 24 & 1) && wide && tiles_allowed();
    const double vectors = 2.0 * SUMS * TURNS, four_tiles = 2.0 * 4 * 16 * 16 * TILE_TURNS; /* times sums and products of each */
    const struct {
        bool there;
        peak_loop peak;
    } all[] = {
        {wide, {LACO_FP32, "avx512", false, fp32_avx512, vectors * 16}},
        {vex, {LACO_FP32, "avx2", false, fp32_avx2, vectors * 8}},
        {!vex, {LACO_FP32, "plain C", false, fp32_plain, 2.0 * TURNS * 16}},
        {tiles && edx >> 22 & 1, {LACO_BF16, "amx", true, bf16_amx, four_tiles * 32}},
        {wide && ecx >> 11 & 1, {LACO_INT8, "avx512_vnni", false, int8_avx512, vectors * 64}},
        {vex && eax1 >> 4 & 1, {LACO_INT8, "avx_vnni", false, int8_avx_vnni, vectors * 32}},
        {tiles && edx >> 25 & 1, {LACO_INT8, "amx", true, int8_amx, four_tiles * 64}},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].there)
            peaks[count++] = all[i].peak;
    return count;
}

#elif defined(__aarch64__)

#include <arm_neon.h>

static void fp32_neon(void)
{
    float32x4_t sum[24], a = vdupq_n_f32(0);
    for (int i = 0; i < 24; i++)
        sum[i] = a;
    for (int turn = 0; turn < TURNS; turn++)
        _Pragma("GCC unroll 24") for (int i = 0; i < 24;
                                      i++) __asm__ volatile("fmla %0.4s, %1.4s, %1.4s" : "+w"(sum[i]) : "w"(a));
    sink = vgetq_lane_f32(sum[0], 0);
}

int find_peaks(peak_loop peaks[MOST_PEAKS])
{
    peaks[0] = (peak_loop){LACO_FP32, "neon", false, fp32_neon, 2.0 * TURNS * 24 * 4};
    return 1;
}

#else

int find_peaks(peak_loop peaks[MOST_PEAKS])
{
    peaks[0] = (peak_loop){LACO_FP32, "plain C", false, fp32_plain, 2.0 * TURNS * 16};
    return 1;
}

#endif

/* Sums of what is read, eight loads at a time: adding costs no more than loading. */
#define READ(name, attribute, width)                                                                                             \
    attribute static void name(const char *at, size_t lines)                                                                     \
    {                                                                                                                            \
        typedef float vector __attribute__((vector_size(width), may_alias));                                                     \
        const ptrdiff_t eight = (ptrdiff_t)8 * (width);                                                                          \
        vector sum[8] = {{0}};                                                                                                   \
        for (const char *end = at + lines * 64; at + eight <= end; at += eight)                                                  \
            _Pragma("GCC unroll 8") for (ptrdiff_t i = 0; i < 8; i++) sum[i] += *(const vector *)(at + i * (width));             \
        for (int i = 1; i < 8; i++)                                                                                              \
            sum[0] += sum[i];                                                                                                    \
        sink = sum[0][0];                                                                                                        \
    }

READ(read_16, , 16)
#if defined(__x86_64__)
READ(read_64, __attribute__((target("avx512f"))), 64)
READ(read_32, __attribute__((target("avx2"))), 32)
#endif

void read_memory(const char *lines, size_t count)
{
#if defined(__x86_64__)
    (has_avx512() ? read_64 : has_avx2() ? read_32 : read_16)(lines, count);
#else
    read_16(lines, count);
#endif
}
