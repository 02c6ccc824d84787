/* One step of one sequence: see laco_step. Each gate of a vector of units is one chain of multiply-adds over x, then h (the law of
 * sums in kernel.h); as many of them as there are registers for run side by side, and what comes out of the gates is all that is
 * stored. Nothing is copied, so the processor begins the next step's chains over x while this one waits for its gates. */
#ifndef LACO_KERNEL_SIMD_STEP_H
#define LACO_KERNEL_SIMD_STEP_H

#include "kernel/simd/gates.h"
#include "kernel/simd/tile.h"

/* Vectors of a group: enough chains to fill two units of multiply-adds, and no more on wide vectors, so that the groups of a layer
 * that is larger than a cache are small beside it (see laco_step.back). */
#if WIDTH == 16
#define STEP_LSTM 2
#define STEP_GRU 2
#elif WIDTH == 8 /* 16 registers */
#define STEP_LSTM 3
#define STEP_GRU 4
#else
#define STEP_LSTM 4
#define STEP_GRU 4
#endif
#define STEP_RNN 8

/* sum[v] += a[k] · w[k][v] for all k; gives what lies behind those weights. */
INLINE const float *step_sums(const int vectors, int64_t K, const float *a, const float *w, vec *sum)
{
    for (int64_t k = 0; k < K; k++, w += vectors * WIDTH) {
        vec factor = splat(a[k]);
        UNROLL for (int v = 0; v < vectors; v++)
        {
            sum[v] = fmadd(factor, load(w + v * WIDTH), sum[v]);
            if (vectors > 8 && v * WIDTH % LINE == 0) /* large layers wait for the second-level cache */
                __builtin_prefetch(w + v * WIDTH + B_AHEAD);
        }
    }
    return w;
}

INLINE const float *step_start(const int vectors, const float *w, vec *sum)
{
    UNROLL for (int v = 0; v < vectors; v++) sum[v] = load(w + v * WIDTH);
    return w + vectors * WIDTH;
}

/* So many of the lanes of vector v of the group that begins at unit `first` are there. */
INLINE int step_lanes(const laco_step *s, int64_t first, int v) { return (int)LACO_MIN(WIDTH, s->H - first - v * WIDTH); }

INLINE void step_rnn(const int V, const bool relu, const laco_step *s, const float *w, int64_t first)
{
    vec sum[STEP_RNN];
    w = step_start(V, w, sum);
    w = step_sums(V, s->I, s->x, w, sum);
    step_sums(V, s->P, s->h, w, sum);
    UNROLL for (int v = 0; v < V; v++)
        store_n(s->out + first + v * WIDTH, relu ? vector_relu(sum[v]) : vector_tanh(sum[v]), step_lanes(s, first, v));
}

INLINE void step_gru(const int V, const bool unused, const laco_step *s, const float *w, int64_t first)
{
    vec sum[4 * STEP_GRU], nx[STEP_GRU]; /* r, z, then what is nx along x and nh along h */
    (void)unused;
    w = step_start(4 * V, w, sum);
    UNROLL for (int v = 0; v < V; v++)
    {
        vec nh = sum[2 * V + v];
        sum[2 * V + v] = sum[3 * V + v];
        sum[3 * V + v] = nh;
    }
    w = step_sums(3 * V, s->I, s->x, w, sum);
    UNROLL for (int v = 0; v < V; v++)
    {
        nx[v] = sum[2 * V + v];
        sum[2 * V + v] = sum[3 * V + v];
    }
    step_sums(3 * V, s->P, s->h, w, sum);
    UNROLL for (int v = 0; v < V; v++) nx[v] = gru_new(vector_sigmoid(sum[v]), sum[2 * V + v], nx[v]);
    UNROLL for (int v = 0; v < V; v++)
    {
        int n = step_lanes(s, first, v);
        vec h_prev = load_n(s->h + first + v * WIDTH, n);
        store_n(s->out + first + v * WIDTH, gru_h(vector_sigmoid(sum[V + v]), vector_tanh(nx[v]), h_prev), n);
    }
}

INLINE void step_lstm(const int V, const bool unused, const laco_step *s, const float *w, int64_t first)
{
    vec sum[4 * STEP_LSTM];
    (void)unused;
    w = step_start(4 * V, w, sum);
    w = step_sums(4 * V, s->I, s->x, w, sum);
    step_sums(4 * V, s->P, s->h, w, sum);
    UNROLL for (int v = 0; v < V; v++)
    {
        int n = step_lanes(s, first, v);
        vec i = vector_sigmoid(sum[v]), f = vector_sigmoid(sum[V + v]), new = vector_tanh(sum[2 * V + v]);
        sum[v] = lstm_c(i, f, new, load_n(s->c + first + v * WIDTH, n));
        store_n(s->c + first + v * WIDTH, sum[v], n);
    }
    UNROLL for (int v = 0; v < V; v++)
        store_n(s->out + first + v * WIDTH, vector_sigmoid(sum[3 * V + v]) * vector_tanh(sum[v]), step_lanes(s, first, v));
}

typedef void step_function(const laco_step *s, const float *w, int64_t first);

#define STEP(name, cell, V, relu)                                                                                                \
    static __attribute__((noinline)) void name##_##V(const laco_step *s, const float *w, int64_t first)                          \
    {                                                                                                                            \
        step_##cell(V, relu, s, w, first);                                                                                       \
    }
#define STEPS_2(name, cell, relu)                                                                                                \
    STEP(name, cell, 1, relu)                                                                                                    \
    STEP(name, cell, 2, relu)
#define STEPS_4(name, cell, relu)                                                                                                \
    STEPS_2(name, cell, relu)                                                                                                    \
    STEP(name, cell, 3, relu)                                                                                                    \
    STEP(name, cell, 4, relu)
#define STEPS_8(name, cell, relu)                                                                                                \
    STEPS_4(name, cell, relu)                                                                                                    \
    STEP(name, cell, 5, relu)                                                                                                    \
    STEP(name, cell, 6, relu)                                                                                                    \
    STEP(name, cell, 7, relu)                                                                                                    \
    STEP(name, cell, 8, relu)
STEPS_8(step_tanh, rnn, false)
STEPS_8(step_relu, rnn, true)
#if STEP_GRU == 2
STEPS_2(step_of_gru, gru, false)
#else
STEPS_4(step_of_gru, gru, false)
#endif
STEPS_2(step_of_lstm, lstm, false)
#if STEP_LSTM > 2
STEP(step_of_lstm, lstm, 3, false)
#endif
#if STEP_LSTM > 3
STEP(step_of_lstm, lstm, 4, false)
#endif

/* Groups of vectors of units, as even as they can be; `unit` numbers of `packed` are of each unit. */
INLINE void step_groups(const laco_step *s, int most, int64_t unit, step_function *const *forms)
{
    int64_t vectors = (s->H + WIDTH - 1) / WIDTH;
    if (vectors <= most) {
        forms[vectors - 1](s, s->packed, 0);
        return;
    }
    int64_t groups = (vectors + most - 1) / most, each = vectors / groups, more = vectors % groups; /* so many have one more */
    for (int64_t i = 0; i < groups; i++) {
        int64_t g = s->back ? groups - 1 - i : i, first = (g * each + LACO_MIN(g, more)) * WIDTH;
        forms[each - 1 + (g < more)](s, s->packed + first * unit, first);
    }
}

#define FORMS_2(name) name##_1, name##_2
#define FORMS_3(name) FORMS_2(name), name##_3
#define FORMS_4(name) FORMS_3(name), name##_4
#define FORMS_8(name) FORMS_4(name), name##_5, name##_6, name##_7, name##_8
#define FORMS_OF(count, name) FORMS_##count(name)
#define FORMS(count, name) FORMS_OF(count, name)
#define STEP_KIND(name, most, gates, width, form)                                                                                \
    static void simd_##name(const laco_step *s)                                                                                  \
    {                                                                                                                            \
        static step_function *const forms[] = {FORMS(most, form)};                                                               \
        step_groups(s, most, (width) + (gates) * (s->I + s->P), forms);                                                          \
    }
STEP_KIND(step_tanh, STEP_RNN, 1, 1, step_tanh)
STEP_KIND(step_relu, STEP_RNN, 1, 1, step_relu)
STEP_KIND(step_gru, STEP_GRU, 3, 4, step_of_gru)
STEP_KIND(step_lstm, STEP_LSTM, 4, 4, step_of_lstm)

#endif
