/* One vector of WIDTH floats and what cannot be said of it with + - * / alone.
 *
 * The three instruction sets differ only in this file and in the constants of their own .c file. Everything here is
 * exact or correctly rounded (no approximate reciprocals, no contraction by the compiler), so that the same
 * source gives the same bits on each of them. */
#ifndef LACO_KERNEL_SIMD_VECTOR_H
#define LACO_KERNEL_SIMD_VECTOR_H

#include "kernel/kernel.h"

#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

#if WIDTH == 16
#include <immintrin.h>
typedef __m512 vec;
typedef __mmask16 lanes; /* which lanes a condition holds in */

INLINE vec splat(float x) { return _mm512_set1_ps(x); }
INLINE vec load(const float *p) { return _mm512_loadu_ps(p); }
INLINE void store(float *p, vec v) { _mm512_storeu_ps(p, v); }
INLINE vec fmadd(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }   /* a·b + c, rounded once */
INLINE vec fnmadd(vec a, vec b, vec c) { return _mm512_fnmadd_ps(a, b, c); } /* c − a·b */
INLINE vec root(vec a) { return _mm512_sqrt_ps(a); }
/* Where x is NaN, or equal to the limit, these give x. */
INLINE vec at_least(vec x, vec limit) { return _mm512_max_ps(limit, x); }
INLINE vec at_most(vec x, vec limit) { return _mm512_min_ps(limit, x); }
INLINE lanes less(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
INLINE vec choose(lanes which, vec yes, vec no) { return _mm512_mask_blend_ps(which, no, yes); }

/* The first n lanes, 0 < n < WIDTH: memory behind them is neither read nor written; lanes behind them are zero, or `rest`. */
INLINE lanes first(int n) { return (lanes)((1u << n) - 1); }
INLINE vec load_first(const float *p, int n) { return _mm512_maskz_loadu_ps(first(n), p); }
INLINE vec load_first_or(const float *p, int n, vec rest) { return _mm512_mask_loadu_ps(rest, first(n), p); }
INLINE void store_first(float *p, vec v, int n) { _mm512_mask_storeu_ps(p, first(n), v); }
INLINE vec keep_first(vec v, int n) { return _mm512_maskz_mov_ps(first(n), v); }
#define KEEP(v) __asm__("" : "+v"(v))

/* Four floats of each fourth row: rows 0, 4, 8, 12, a quarter of the vector each. */
INLINE vec load_quarters(const float *p, int64_t stride)
{
    vec v = _mm512_castps128_ps512(_mm_loadu_ps(p));
    v = _mm512_insertf32x4(v, _mm_loadu_ps(p + 4 * stride), 1);
    v = _mm512_insertf32x4(v, _mm_loadu_ps(p + 8 * stride), 2);
    return _mm512_insertf32x4(v, _mm_loadu_ps(p + 12 * stride), 3);
}
/* Within each quarter: a0 b0 a1 b1, a2 b2 a3 b3; and by pairs a0 a1 b0 b1, a2 a3 b2 b3. */
INLINE vec low_turns(vec a, vec b) { return _mm512_unpacklo_ps(a, b); }
INLINE vec high_turns(vec a, vec b) { return _mm512_unpackhi_ps(a, b); }
INLINE vec low_pairs(vec a, vec b) { return _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(b))); }
INLINE vec high_pairs(vec a, vec b) { return _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(b))); }

#elif WIDTH == 8
#include <immintrin.h>
typedef __m256 vec;
typedef __m256 lanes;

INLINE vec splat(float x) { return _mm256_set1_ps(x); }
INLINE vec load(const float *p) { return _mm256_loadu_ps(p); }
INLINE void store(float *p, vec v) { _mm256_storeu_ps(p, v); }
INLINE vec fmadd(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
INLINE vec fnmadd(vec a, vec b, vec c) { return _mm256_fnmadd_ps(a, b, c); }
INLINE vec root(vec a) { return _mm256_sqrt_ps(a); }
INLINE vec at_least(vec x, vec limit) { return _mm256_max_ps(limit, x); }
INLINE vec at_most(vec x, vec limit) { return _mm256_min_ps(limit, x); }
INLINE lanes less(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
INLINE vec choose(lanes which, vec yes, vec no) { return _mm256_blendv_ps(no, yes, which); }

static const int32_t first_table[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
INLINE __m256i first(int n) { return _mm256_loadu_si256((const __m256i *)(first_table + WIDTH - n)); }
INLINE vec load_first(const float *p, int n) { return _mm256_maskload_ps(p, first(n)); }
INLINE vec load_first_or(const float *p, int n, vec rest)
{
    return choose(_mm256_castsi256_ps(first(n)), load_first(p, n), rest);
}
INLINE void store_first(float *p, vec v, int n) { _mm256_maskstore_ps(p, first(n), v); }
INLINE vec keep_first(vec v, int n) { return _mm256_and_ps(v, _mm256_castsi256_ps(first(n))); }
#define KEEP(v) __asm__("" : "+x"(v))

INLINE vec load_quarters(const float *p, int64_t stride)
{
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + 4 * stride), 1);
}
INLINE vec low_turns(vec a, vec b) { return _mm256_unpacklo_ps(a, b); }
INLINE vec high_turns(vec a, vec b) { return _mm256_unpackhi_ps(a, b); }
INLINE vec low_pairs(vec a, vec b) { return _mm256_castpd_ps(_mm256_unpacklo_pd(_mm256_castps_pd(a), _mm256_castps_pd(b))); }
INLINE vec high_pairs(vec a, vec b) { return _mm256_castpd_ps(_mm256_unpackhi_pd(_mm256_castps_pd(a), _mm256_castps_pd(b))); }

#elif WIDTH == 4
#include <arm_neon.h>
typedef float32x4_t vec;
typedef uint32x4_t lanes;

INLINE vec splat(float x) { return vdupq_n_f32(x); }
INLINE vec load(const float *p) { return vld1q_f32(p); }
INLINE void store(float *p, vec v) { vst1q_f32(p, v); }
INLINE vec fmadd(vec a, vec b, vec c) { return vfmaq_f32(c, a, b); }
INLINE vec fnmadd(vec a, vec b, vec c) { return vfmsq_f32(c, a, b); }
INLINE vec root(vec a) { return vsqrtq_f32(a); }
INLINE lanes less(vec a, vec b) { return vcltq_f32(a, b); }
INLINE vec choose(lanes which, vec yes, vec no) { return vbslq_f32(which, yes, no); }
INLINE vec at_least(vec x, vec limit) { return choose(less(x, limit), limit, x); }
INLINE vec at_most(vec x, vec limit) { return choose(less(limit, x), limit, x); }

INLINE lanes first(int n)
{
    const int32x4_t place = {0, 1, 2, 3};
    return vcltq_s32(place, vdupq_n_s32(n));
}
INLINE vec load_first(const float *p, int n)
{
    const float part[WIDTH] = {p[0], n > 1 ? p[1] : 0, n > 2 ? p[2] : 0};
    return vld1q_f32(part);
}
INLINE vec load_first_or(const float *p, int n, vec rest) { return choose(first(n), load_first(p, n), rest); }
INLINE void store_first(float *p, vec v, int n)
{
    p[0] = v[0];
    if (n > 1)
        p[1] = v[1];
    if (n > 2)
        p[2] = v[2];
}
INLINE vec keep_first(vec v, int n) { return choose(first(n), v, splat(0.0f)); }
#define KEEP(v) __asm__("" : "+w"(v))

INLINE vec load_quarters(const float *p, int64_t stride)
{
    (void)stride;
    return load(p);
}
INLINE vec low_turns(vec a, vec b) { return vzip1q_f32(a, b); }
INLINE vec high_turns(vec a, vec b) { return vzip2q_f32(a, b); }
INLINE vec pairs_of(float64x2_t v) { return vreinterpretq_f32_f64(v); }
INLINE vec low_pairs(vec a, vec b) { return pairs_of(vzip1q_f64(vreinterpretq_f64_f32(a), vreinterpretq_f64_f32(b))); }
INLINE vec high_pairs(vec a, vec b) { return pairs_of(vzip2q_f64(vreinterpretq_f64_f32(a), vreinterpretq_f64_f32(b))); }
#endif

/* KEEP(v): v stays in its register. Without it compilers read a panel anew for every row that it is multiplied with. */

/* KEEP_POINTER(p): the compiler does not see how p came about, so it walks on from it instead of keeping one address a row. */
#define KEEP_POINTER(p) __asm__("" : "+r"(p))

typedef uint32_t bits __attribute__((vector_size(4 * WIDTH))); /* the same register seen as integers */

INLINE bits splat_bits(uint32_t x)
{
    return (bits)splat((union {
                           uint32_t u;
                           float f;
                       }){x}
                           .f);
}

/* n lanes, 0 < n <= WIDTH. Where n is the constant WIDTH the choice costs nothing. */
INLINE vec load_n(const float *p, int n) { return n == WIDTH ? load(p) : load_first(p, n); }
INLINE void store_n(float *p, vec v, int n)
{
    if (n == WIDTH)
        store(p, v);
    else
        store_first(p, v, n);
}

/* Runs `at(…, j, n)` over j = 0 … count-1 in vectors of n lanes: n is WIDTH but for the last. Both calls are the same
 * inline code, so a lane's result does not depend on whether it sits in a full vector. */
#define FOR_EACH_VECTOR(count, at, ...)                                                                                          \
    do {                                                                                                                         \
        int64_t j_ = 0;                                                                                                          \
        for (; j_ + WIDTH <= (count); j_ += WIDTH)                                                                               \
            at(__VA_ARGS__, j_, WIDTH);                                                                                          \
        if (j_ < (count))                                                                                                        \
            at(__VA_ARGS__, j_, (int)((count)-j_));                                                                              \
    } while (0)

#endif
