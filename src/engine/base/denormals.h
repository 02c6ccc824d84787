/* Denormals cost a hundred cycles each and mean nothing here: computing flushes them to zero, and gives the caller's setting
 * back afterwards. */
#ifndef LACO_BASE_DENORMALS_H
#define LACO_BASE_DENORMALS_H

#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>

static inline unsigned laco_flush_denormals(void)
{
    unsigned old = _mm_getcsr();
    if ((old & 0x8040u) != 0x8040u) /* FTZ, DAZ; writing costs more than reading */
        _mm_setcsr(old | 0x8040u);
    return old;
}

static inline void laco_restore_denormals(unsigned old)
{
    if ((old & 0x8040u) != 0x8040u)
        _mm_setcsr(old);
}

#elif defined(__aarch64__)

static inline unsigned laco_flush_denormals(void)
{
    uint64_t old;
    __asm__ volatile("mrs %0, fpcr" : "=r"(old));
    __asm__ volatile("msr fpcr, %0" ::"r"(old | ((uint64_t)1 << 24)));
    return (unsigned)old;
}

static inline void laco_restore_denormals(unsigned old) { __asm__ volatile("msr fpcr, %0" ::"r"((uint64_t)old)); }

#else

static inline unsigned laco_flush_denormals(void) { return 0; }
static inline void laco_restore_denormals(unsigned old) { (void)old; }

#endif

#endif
