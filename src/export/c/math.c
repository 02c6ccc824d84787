/* exp, log, sigmoid, tanh: laco's own, in the same operations. */
#pragma once
#include "export/c/rt.h"

/* a·b + c, rounded once where the machine can do that, or where the rest of the model is exact. */
RT_STEP float rt_fma(float a, float b, float c)
{
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA) || defined(__aarch64__) || defined(__s390x__) || defined(__riscv_flen)
    return __builtin_fmaf(a, b, c);
#elif defined(RT_INT8)
    return (float)((double)a * (double)b + (double)c);
#else
    return a * b + c;
#endif
}

RT_STEP uint32_t rt_bits(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

RT_STEP float rt_float(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

#define RT_ROUNDER 12582912.0f /* 1.5·2^23: adding it rounds to an integer, which the low bits then hold */

/* exp r - 1 for |r| <= ln 2 / 2. */
RT_STEP float rt_expm1(float r)
{
    float r2 = r * r, low = rt_fma(1.66665450e-1f, r, 0.5f);
    float high = rt_fma(8.36640596e-3f, r, 4.16663997e-2f);
    high = rt_fma(1.39409979e-3f, r2, high);
    return rt_fma(r2, rt_fma(high, r2, low), r);
}

/* 2^n, where n is in the low bits of `rounded`. */
RT_STEP float rt_power(float rounded) { return rt_float((rt_bits(rounded) << 23) + 0x3f800000u); }

/* 1/d for d in [1, 2]. */
RT_STEP float rt_reciprocal(float d)
{
    float y = rt_fma(-128.0f / 577, d, 768.0f / 577), e;
    y = rt_fma(y, d, -1696.0f / 577);
    y = rt_fma(y, d, 1632.0f / 577);
    e = rt_fma(-d, y, 1.0f);
    return rt_fma(y, rt_fma(e, e, e), y);
}

RT_STEP float rt_sigmoid(float x)
{
    float y = rt_float(rt_bits(x) | 0x80000000u), rounded, n, r, scale, e;
    y = y < -88.0f ? -88.0f : y;
    rounded = rt_fma(y, 1.44269504f, RT_ROUNDER);
    n = rounded - RT_ROUNDER;
    r = rt_fma(-n, -1.90465430e-9f, rt_fma(-n, 0.693147182f, y));
    scale = rt_power(rounded);
    e = rt_fma(scale, rt_expm1(r), scale);
    return (x < 0.0f ? e : 1.0f) * rt_reciprocal(1.0f + e);
}

RT_STEP float rt_tanh(float x)
{
    float y = -2.0f * rt_float(rt_bits(x) & 0x7fffffffu), rounded, n, scale, m, t;
    y = y < -40.0f ? -40.0f : y;
    rounded = rt_fma(y, 1.44269504f, RT_ROUNDER);
    n = rounded - RT_ROUNDER;
    scale = rt_power(rounded);
    m = rt_fma(scale, rt_expm1(rt_fma(-n, 0.693147182f, y)), scale - 1.0f);
    t = m * rt_reciprocal(2.0f + m);
    return rt_float((rt_bits(t) & 0x7fffffffu) | (rt_bits(x) & 0x80000000u));
}

/* 0 below -87. */
RT_STEP float rt_exp(float x)
{
    float rounded, n, r, scale;
    if (!(x > -87.0f))
        return x < 0.0f ? 0.0f : x;
    if (x > 88.0f)
        x = 88.0f;
    rounded = rt_fma(x, 1.44269504f, RT_ROUNDER);
    n = rounded - RT_ROUNDER;
    r = rt_fma(-n, -1.90465430e-9f, rt_fma(-n, 0.693147182f, x));
    scale = rt_power(rounded);
    return rt_fma(scale, rt_expm1(r), scale);
}

/* Of a normal number above 0: x = 2^n·m with m in [√½, √2), log m = 2 artanh((m - 1) / (m + 1)). */
RT_FUNCTION float rt_log(float x)
{
    uint32_t u = rt_bits(x) + 0x004afb0du; /* 1 - √½ in bits of mantissa */
    int32_t n = (int32_t)(u >> 23) - 127;
    float m = rt_float((u & 0x007fffffu) + 0x3f3504f3u), t = (m - 1.0f) / (m + 1.0f), t2 = t * t;
    float series = t2 * (0.33333333f + t2 * (0.2f + t2 * (0.14285714f + t2 * 0.11111111f)));
    return (float)n * 0.693147181f + 2.0f * (t + t * series);
}

/* Scores to log-probabilities, in place. */
RT_FUNCTION void rt_log_softmax(int32_t count, float *x)
{
    float most = x[0], sum = 0;
    int32_t k;
    for (k = 1; k < count; k++)
        most = x[k] > most ? x[k] : most;
    for (k = 0; k < count; k++)
        sum += rt_exp(x[k] - most);
    sum = rt_log(sum) + most;
    for (k = 0; k < count; k++)
        x[k] -= sum;
}

/* Scores to probabilities, in place. */
RT_FUNCTION void rt_softmax(int32_t count, float *x)
{
    float most = count > 0 ? x[0] : 0, sum = 0;
    int32_t k;
    for (k = 1; k < count; k++)
        most = x[k] > most ? x[k] : most;
    for (k = 0; k < count; k++)
        sum += x[k] = rt_exp(x[k] - most);
    for (k = 0; k < count; k++)
        x[k] /= sum;
}

RT_FUNCTION int32_t rt_largest(int32_t count, const float *x)
{
    int32_t best = 0, k;
    for (k = 1; k < count; k++)
        best = x[k] > x[best] ? k : best;
    return best;
}
