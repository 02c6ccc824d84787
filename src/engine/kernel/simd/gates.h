/* The gates of one time step, forward and backward, one pass over memory. Each function ends in _at handles hidden units
 * j … j+n-1 of row b; the equations are those of kernel.h, with the operations in ref.c's order. */
#ifndef LACO_KERNEL_SIMD_GATES_H
#define LACO_KERNEL_SIMD_GATES_H

#include "kernel/simd/elementwise.h"

/* AT(g->h): where unit j of row b is in a matrix of laco_gates. GATE(k): the same in the k-th block of its gates. */
#define AT(matrix) ((matrix) + b * matrix##_ld + j)
#define GATE(k) (g->gates + b * g->gates_ld + (k)*g->H + j)

INLINE void tanh_forward_at(const laco_gates *g, int64_t b, int64_t j, int n)
{
    store_n(AT(g->h), vector_tanh(load_n(GATE(0), n)), n);
}

INLINE void relu_forward_at(const laco_gates *g, int64_t b, int64_t j, int n)
{
    store_n(AT(g->h), vector_relu(load_n(GATE(0), n)), n);
}

/* What goes into the GRU's tanh, and the new states, from activations. */
INLINE vec gru_new(vec r, vec nh, vec nx) { return nx + r * nh; }
INLINE vec gru_h(vec z, vec new, vec h_prev) { return (splat(1.0f) - z) * new + z *h_prev; }
INLINE vec lstm_c(vec i, vec f, vec new, vec c_prev) { return f * c_prev + i * new; }

/* Behind the gates of a GRU or LSTM comes one more tanh. A row goes in two passes, gates first, so that the processor
 * works on other units while one waits for its gates. Where nobody reads activations, those that the second pass does not need
 * are not written: rows then need not go back to the cache that they came from. */
INLINE void gru_gates_at(const bool keep, const laco_gates *g, int64_t b, int64_t j, int n)
{
    vec r = vector_sigmoid(load_n(GATE(0), n));
    vec z = vector_sigmoid(load_n(GATE(1), n));
    vec nh = load_n(GATE(2), n), nx = load_n(GATE(3), n);

    if (keep)
        store_n(GATE(0), r, n);
    store_n(GATE(1), z, n);
    store_n(GATE(3), gru_new(r, nh, nx), n);
}

INLINE void gru_hidden_at(const bool keep, const laco_gates *g, int64_t b, int64_t j, int n)
{
    vec z = load_n(GATE(1), n), new = vector_tanh(load_n(GATE(3), n)); /* n in the equations */
    vec h = gru_h(z, new, load_n(AT(g->h_prev), n));

    if (keep)
        store_n(GATE(3), new, n);
    store_n(AT(g->h), h, n);
}

INLINE void lstm_gates_at(const bool keep, const laco_gates *g, int64_t b, int64_t j, int n)
{
    vec i = vector_sigmoid(load_n(GATE(0), n));
    vec f = vector_sigmoid(load_n(GATE(1), n));
    vec new = vector_tanh(load_n(GATE(2), n)); /* g in the equations */
    vec o = vector_sigmoid(load_n(GATE(3), n));
    vec c = lstm_c(i, f, new, load_n(AT(g->c_prev), n));

    if (keep) {
        store_n(GATE(0), i, n);
        store_n(GATE(1), f, n);
        store_n(GATE(2), new, n);
    }
    store_n(GATE(3), o, n);
    store_n(AT(g->c), c, n);
}

INLINE void lstm_hidden_at(const bool keep, const laco_gates *g, int64_t b, int64_t j, int n)
{
    (void)keep;
    vec h = load_n(GATE(3), n) * vector_tanh(load_n(AT(g->c), n));
    store_n(AT(g->h), h, n);
}

/* d = dh + dy: what arrives at h from the step after and from above. */
INLINE vec arriving(const laco_gates *g, int64_t b, int64_t j, int n)
{
    vec from_above = g->dy ? load_n(AT(g->dy), n) : splat(0.0f);
    return load_n(AT(g->dh), n) + from_above;
}

INLINE void tanh_backward_gates_at(const laco_gates *g, int64_t b, int64_t j, int n)
{
    vec d = arriving(g, b, j, n), h = load_n(AT(g->h), n);
    store_n(GATE(0), tanh_slope(h, d), n);
    store_n(AT(g->dh), splat(0.0f), n);
}

INLINE void relu_backward_gates_at(const laco_gates *g, int64_t b, int64_t j, int n)
{
    vec d = arriving(g, b, j, n), h = load_n(AT(g->h), n);
    store_n(GATE(0), relu_slope(h, d), n);
    store_n(AT(g->dh), splat(0.0f), n);
}

INLINE void gru_backward_at(const laco_gates *g, int64_t b, int64_t j, int n)
{
    vec one = splat(1.0f);
    vec r = load_n(GATE(0), n), z = load_n(GATE(1), n), nh = load_n(GATE(2), n), new = load_n(GATE(3), n);
    vec h_prev = load_n(AT(g->h_prev), n);
    vec d = arriving(g, b, j, n);

    vec dnx = d * (one - z) * (one - new *new);
    vec dnh = dnx * r;
    vec dr = dnx * nh * r * (one - r);
    vec dz = d * (h_prev - new) * z * (one - z);

    store_n(GATE(0), dr, n);
    store_n(GATE(1), dz, n);
    store_n(GATE(2), dnh, n);
    store_n(GATE(3), dnx, n);
    store_n(AT(g->dh), d * z, n);
}

INLINE void lstm_backward_at(const laco_gates *g, int64_t b, int64_t j, int n)
{
    vec one = splat(1.0f);
    vec i = load_n(GATE(0), n), f = load_n(GATE(1), n), new = load_n(GATE(2), n), o = load_n(GATE(3), n);
    vec c_prev = load_n(AT(g->c_prev), n), tanh_c = vector_tanh(load_n(AT(g->c), n));
    vec d = arriving(g, b, j, n);

    vec s = load_n(AT(g->dc), n) + d * o * (one - tanh_c * tanh_c);
    vec di = s * new *i *(one - i);
    vec df = s * c_prev * f * (one - f);
    vec dg = s * i * (one - new *new);
    vec d_o = d * tanh_c * o * (one - o);

    store_n(GATE(0), di, n);
    store_n(GATE(1), df, n);
    store_n(GATE(2), dg, n);
    store_n(GATE(3), d_o, n);
    store_n(AT(g->dc), s * f, n);
    store_n(AT(g->dh), splat(0.0f), n);
}

#define FOR_EACH_ROW(rows) for (int64_t b = 0; b < (rows); b++)
#define ONE_PASS(name, at)                                                                                                       \
    static void simd_##name(const laco_gates *gates)                                                                             \
    {                                                                                                                            \
        const laco_gates g = *gates;                                                                                             \
        FOR_EACH_ROW(g.rows)                                                                                                     \
        FOR_EACH_VECTOR(g.units ? g.units : g.H, at, &g, b);                                                                     \
    }
#define TWO_PASSES_OF_ROWS(keep, g, at, then_at)                                                                                 \
    FOR_EACH_ROW((g).rows)                                                                                                       \
    {                                                                                                                            \
        FOR_EACH_VECTOR((g).units ? (g).units : (g).H, at, keep, &(g), b);                                                       \
        FOR_EACH_VECTOR((g).units ? (g).units : (g).H, then_at, keep, &(g), b);                                                  \
    }
#define TWO_PASSES(name, at, then_at)                                                                                            \
    static void simd_##name(const laco_gates *gates)                                                                             \
    {                                                                                                                            \
        const laco_gates g = *gates;                                                                                             \
        if (g.inference)                                                                                                         \
            TWO_PASSES_OF_ROWS(false, g, at, then_at)                                                                            \
        else                                                                                                                     \
            TWO_PASSES_OF_ROWS(true, g, at, then_at)                                                                             \
    }
ONE_PASS(tanh_forward, tanh_forward_at)
ONE_PASS(relu_forward, relu_forward_at)
TWO_PASSES(gru_forward, gru_gates_at, gru_hidden_at)
TWO_PASSES(lstm_forward, lstm_gates_at, lstm_hidden_at)
ONE_PASS(tanh_backward_gates, tanh_backward_gates_at)
ONE_PASS(relu_backward_gates, relu_backward_gates_at)
ONE_PASS(gru_backward, gru_backward_at)
ONE_PASS(lstm_backward, lstm_backward_at)

#undef AT
#undef GATE

#endif
