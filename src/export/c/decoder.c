/* A decoder: writes tokens, each behind those before it, with attention over a memory. */
#pragma once
#include "export/c/network.c"
#include "export/c/vocabulary.c"

enum { RT_NO_ATTENTION = 1, RT_DOT, RT_ADDITIVE };

typedef struct rt_decoder {
    int32_t attention, width; /* width: of a row of the memory, and of the vector that the first state is made of */
    rt_matrix embedding;
    rt_rnn rnn;
    rt_linear bridge_h, bridge_c, key, query, combine, output;
    const float *energy;
} rt_decoder;

#define RT_ATTENDS(d) ((d)->attention > RT_NO_ATTENTION)

/* Floats of a state (with a row of gates), of the keys of a row of the memory, and of a step. */
RT_FUNCTION int32_t rt_decoder_state(const rt_decoder *d) { return rt_run_fixed(&d->rnn); }
RT_FUNCTION int32_t rt_decoder_key(const rt_decoder *d) { return RT_ATTENDS(d) ? d->key.weight.rows : 0; }
RT_FUNCTION int32_t rt_decoder_step(const rt_decoder *d)
{
    return d->embedding.columns + 3 * d->rnn.size + d->width + rt_decoder_key(d) + 2 * d->rnn.layers * d->rnn.size;
}

/* The first state from a vector. */
RT_FUNCTION void rt_decoder_begin(const rt_decoder *d, const float *vector, float *state, float *work)
{
    int32_t H = d->rnn.size, l, j, c;
    for (c = 0; c < (d->bridge_c.weight.rows > 0 ? 2 : 1); c++) {
        rt_apply(c ? &d->bridge_c : &d->bridge_h, vector, work);
        for (l = 0; l < d->rnn.layers; l++)
            for (j = 0; j < H; j++)
                state[(2 * l + c) * H + j] = rt_tanh(work[l * H + j]);
    }
}

RT_FUNCTION void rt_decoder_keys(const rt_decoder *d, int32_t S, const float *values, float *keys)
{
    int32_t s;
    for (s = 0; s < S && RT_ATTENDS(d); s++)
        rt_apply(&d->key, values + s * d->width, keys + s * rt_decoder_key(d));
}

/* What is seen of the memory by a query: `weights` is room for S floats. */
RT_FUNCTION void rt_attend(const rt_decoder *d, int32_t S, const float *query, const float *values, const float *keys,
                           float *weights, float *seen)
{
    int32_t A = rt_decoder_key(d), s, j;
    for (s = 0; s < S; s++) {
        double sum = 0;
        for (j = 0; j < A; j++)
            sum += d->attention == RT_DOT ? (double)query[j] * (double)keys[s * A + j]
                                          : (double)rt_tanh(query[j] + keys[s * A + j]) * (double)d->energy[j];
        weights[s] = (float)sum;
    }
    rt_softmax(S, weights);
    memset(seen, 0, (size_t)d->width * sizeof *seen);
    for (s = 0; s < S; s++)
        for (j = 0; j < d->width; j++)
            seen[j] += weights[s] * values[s * d->width + j];
}

/* One more token: scores of what follows it. `work`: rt_decoder_step floats. */
RT_FUNCTION void rt_decoder_next(const rt_decoder *d, int32_t id, int32_t S, const float *values, const float *keys,
                                 float *weights, float *state, float *scores, float *work)
{
    int32_t H = d->rnn.size, j;
    float *x = work, *both = x + d->embedding.columns, *query = both + H + d->width, *out = query + rt_decoder_key(d);
    const float *h;
    rt_look_up(&d->embedding, id, x);
    h = rt_step(&d->rnn, x, 0, state, state + 2 * d->rnn.layers * H);
    if (!RT_ATTENDS(d)) {
        rt_apply(&d->output, h, scores);
        return;
    }
    memcpy(both, h, (size_t)H * sizeof *both);
    if (d->attention == RT_ADDITIVE)
        rt_apply(&d->query, h, query);
    rt_attend(d, S, d->attention == RT_DOT ? h : query, values, keys, weights, both + H);
    rt_apply(&d->combine, both, out);
    for (j = 0; j < H; j++)
        out[j] = rt_tanh(out[j]);
    rt_apply(&d->output, out, scores);
}
