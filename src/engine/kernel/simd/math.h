/* exp, sigmoid and tanh of a vector: no table, no branch, no division.
 *
 * exp follows Cody and Waite: x = n·ln 2 + r with |r| <= ln 2 / 2 and exp x = 2^n·exp r. exp r = 1 + r + r²·q(r), where q is
 * a least maximum (minimax) polynomial of degree 4 whose error, relative to exp r − 1, is 1.4e-8.
 * The other two divide by 1 + exp(−|…|), which lies in [1, 2]: there a short polynomial and one step of third order
 * give 1/d faster than the divider does. NaN goes through all of them. */
#ifndef LACO_KERNEL_SIMD_MATH_H
#define LACO_KERNEL_SIMD_MATH_H

#include "kernel/simd/vector.h"

#define LOG2_E 1.44269504f
#define LN2_HIGH 0.693147182f     /* ln 2 rounded to float … */
#define LN2_LOW (-1.90465430e-9f) /* … and what is missing */
#define ROUNDER 12582912.0f       /* 1.5·2^23: adding it rounds to an integer, which the low bits then hold */
#define ROUNDER_BITS 0x4b400000u
#define ONE_BITS 0x3f800000u /* 1.0f: the exponent of 2^0 in place */
#define SIGN 0x80000000u

/* exp r − 1 for |r| <= ln 2 / 2. */
INLINE vec expm1_small(vec r)
{
    vec r2 = r * r;
    vec low = fmadd(splat(1.66665450e-1f), r, splat(0.5f)); /* in pairs, not one by one: less to wait for */
    vec high = fmadd(splat(8.36640596e-3f), r, splat(4.16663997e-2f));
    high = fmadd(splat(1.39409979e-3f), r2, high);
    return fmadd(r2, fmadd(high, r2, low), r);
}

/* 2^n for n = -126 … 127, and 0 for n = -127. n is in the low bits of `rounded`. */
INLINE vec power_of_two(bits rounded) { return (vec)((rounded << 23) + splat_bits(ONE_BITS)); }

INLINE vec vector_exp(vec x)
{
    x = at_most(at_least(x, splat(-104.0f)), splat(89.0f)); /* beyond: 0 and infinity all the same */
    vec rounded = fmadd(x, splat(LOG2_E), splat(ROUNDER));
    vec n = rounded - splat(ROUNDER);
    vec r = fnmadd(n, splat(LN2_LOW), fnmadd(n, splat(LN2_HIGH), x));
    vec y = splat(1.0f) + expm1_small(r);
#if WIDTH == 16
    return _mm512_scalef_ps(y, n);
#else /* 2^n alone may not be a float, so in two halves */
    bits exponent = (bits)rounded - splat_bits(ROUNDER_BITS - 256);
    bits half = (exponent >> 1) - splat_bits(128);
    bits rest = exponent - splat_bits(256) - half;
    return y * power_of_two(half) * power_of_two(rest);
#endif
}

/* 1/d for d in [1, 2]: Chebyshev's cubic is good to 1/577, its error e then goes to e³. */
INLINE vec reciprocal(vec d)
{
    vec y = splat(-128.0f / 577);
    y = fmadd(y, d, splat(768.0f / 577));
    y = fmadd(y, d, splat(-1696.0f / 577));
    y = fmadd(y, d, splat(1632.0f / 577));
    vec e = fnmadd(d, y, splat(1.0f));
    return fmadd(y, fmadd(e, e, e), y);
}

/* σ(x) = 1 / (1 + exp(−x)) = exp(x) / (1 + exp(x)): with e = exp(−|x|), the first for x >= 0 and the second below. */
INLINE vec vector_sigmoid(vec x)
{
    vec y = at_least((vec)((bits)x | splat_bits(SIGN)), splat(-88.0f)); /* there 2^n is 0 */
    vec rounded = fmadd(y, splat(LOG2_E), splat(ROUNDER));
    vec n = rounded - splat(ROUNDER);
    vec r = fnmadd(n, splat(LN2_LOW), fnmadd(n, splat(LN2_HIGH), y));
    vec scale = power_of_two((bits)rounded);
    vec e = fmadd(scale, expm1_small(r), scale);
    vec top = choose(less(x, splat(0.0f)), e, splat(1.0f));
    return top * reciprocal(splat(1.0f) + e);
}

/* tanh|x| = (1 − exp(−2|x|)) / (1 + exp(−2|x|)) = −m / (2 + m) with m = exp(−2|x|) − 1, which is exact near 0. */
INLINE vec vector_tanh(vec x)
{
    vec y = splat(-2.0f) * (vec)((bits)x & splat_bits(~SIGN));
    y = at_least(y, splat(-40.0f)); /* tanh 20 is 1 */
    vec rounded = fmadd(y, splat(LOG2_E), splat(ROUNDER));
    vec n = rounded - splat(ROUNDER);
    vec r = fnmadd(n, splat(LN2_HIGH), y);
    vec scale = power_of_two((bits)rounded);
    vec m = fmadd(scale, expm1_small(r), scale - splat(1.0f));
    vec t = m * reciprocal(splat(2.0f) + m);
    return (vec)(((bits)t & splat_bits(~SIGN)) | ((bits)x & splat_bits(SIGN)));
}

#endif
