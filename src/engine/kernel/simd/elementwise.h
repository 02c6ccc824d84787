/* Element-wise kernels. But for exp, sigmoid and tanh they round just as ref.c does, operation by operation, so their
 * results are ref's to the bit: none of them is bound by arithmetic. */
#ifndef LACO_KERNEL_SIMD_ELEMENTWISE_H
#define LACO_KERNEL_SIMD_ELEMENTWISE_H

#include "kernel/simd/math.h"

INLINE vec vector_relu(vec x) { return at_least(x, splat(0.0f)); } /* NaN stays NaN */

#define ELEMENTWISE(name)                                                                                                        \
    INLINE void name##_at(const float *x, float *y, int64_t i, int n) { store_n(y + i, vector_##name(load_n(x + i, n)), n); }    \
    static void simd_##name(int64_t count, const float *x, float *y) { FOR_EACH_VECTOR(count, name##_at, x, y); }
ELEMENTWISE(tanh)
ELEMENTWISE(sigmoid)
ELEMENTWISE(relu)
ELEMENTWISE(exp)

/* f'(x), written with y = f(x), times dy. */
INLINE vec tanh_slope(vec y, vec dy) { return dy * (splat(1.0f) - y * y); }
INLINE vec sigmoid_slope(vec y, vec dy) { return dy * y * (splat(1.0f) - y); }
INLINE vec relu_slope(vec y, vec dy) { return choose(less(splat(0.0f), y), dy, splat(0.0f)); }

#define ELEMENTWISE_BACKWARD(name)                                                                                               \
    INLINE void name##_backward_at(const float *y, const float *dy, float *dx, int64_t i, int n)                                 \
    {                                                                                                                            \
        store_n(dx + i, load_n(dx + i, n) + name##_slope(load_n(y + i, n), load_n(dy + i, n)), n);                               \
    }                                                                                                                            \
    static void simd_##name##_backward(int64_t count, const float *y, const float *dy, float *dx)                                \
    {                                                                                                                            \
        FOR_EACH_VECTOR(count, name##_backward_at, y, dy, dx);                                                                   \
    }
ELEMENTWISE_BACKWARD(tanh)
ELEMENTWISE_BACKWARD(sigmoid)
ELEMENTWISE_BACKWARD(relu)

INLINE void add_at(const float *x, float *y, int64_t i, int n) { store_n(y + i, load_n(y + i, n) + load_n(x + i, n), n); }
static void simd_add(int64_t count, const float *x, float *y) { FOR_EACH_VECTOR(count, add_at, x, y); }

INLINE void axpy_at(vec a, const float *x, float *y, int64_t i, int n)
{
    store_n(y + i, load_n(y + i, n) + a * load_n(x + i, n), n);
}
static void simd_axpy(int64_t count, float a, const float *x, float *y) { FOR_EACH_VECTOR(count, axpy_at, splat(a), x, y); }

INLINE void scale_at(vec a, float *y, int64_t i, int n) { store_n(y + i, load_n(y + i, n) * a, n); }
static void simd_scale(int64_t count, float a, float *y) { FOR_EACH_VECTOR(count, scale_at, splat(a), y); }

INLINE void multiply_at(const float *a, const float *b, float *y, int64_t i, int n)
{
    store_n(y + i, load_n(a + i, n) * load_n(b + i, n), n);
}
static void simd_multiply(int64_t count, const float *a, const float *b, float *y)
{
    FOR_EACH_VECTOR(count, multiply_at, a, b, y);
}

/* p·shrink, g + decay·p, then the moments and the step: the equations are at ref_adam. */
INLINE void adam_at(const laco_adam_constants *k, const float *grad, float *param, float *m_out, float *v_out, int64_t i, int n)
{
    vec p = load_n(param + i, n) * splat(k->shrink);
    vec g = load_n(grad + i, n) + splat(k->decay) * p;
    vec m = splat(k->beta1) * load_n(m_out + i, n) + splat(k->rest1) * g;
    vec v = splat(k->beta2) * load_n(v_out + i, n) + splat(k->rest2) * g * g;
    store_n(m_out + i, m, n);
    store_n(v_out + i, v, n);
    vec denominator = root(v) / splat(k->sqrt_correction) + splat(k->epsilon);
    store_n(param + i, p - splat(k->step_size) * m / denominator, n);
}

static void simd_adam(int64_t count, const laco_adam_constants *k, const float *grad, float *param, float *m, float *v)
{
    const laco_adam_constants constants = *k; /* a copy: the stores below cannot change it */
    FOR_EACH_VECTOR(count, adam_at, &constants, grad, param, m, v);
}

#endif
