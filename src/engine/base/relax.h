/* LACO_RELAX(): tells the processor that a thread is waiting in a loop. */
#ifndef LACO_BASE_RELAX_H
#define LACO_BASE_RELAX_H

#if defined(__x86_64__)
#include <immintrin.h>
#define LACO_RELAX() _mm_pause()
#elif defined(__aarch64__)
#define LACO_RELAX() __asm__ volatile("yield")
#else
#define LACO_RELAX() ((void)0)
#endif

#endif
