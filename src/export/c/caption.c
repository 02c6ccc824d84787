/* A captioner: an encoder over a picture or a vector, a decoder writes. */
#pragma once
#include "export/c/decoder.c"

typedef struct rt_captioner {
    int32_t features, columns; /* numbers of a column of a picture (1 of vectors), and columns of a step */
    int32_t numbers;           /* of each picture in all; 0: any */
    int32_t size;              /* of mean and scale: 1, or numbers */
    const float *mean, *scale;
    int32_t hidden_count; /* an encoder of layers of relu, over all numbers */
    const rt_linear *hidden;
    rt_rnn encoder;
    rt_decoder decoder;
    rt_vocabulary vocabulary;
    int32_t words, longest;
} rt_captioner;

RT_FUNCTION int32_t rt_captioner_steps(const rt_captioner *c, int32_t columns) { return (columns + c->columns - 1) / c->columns; }

RT_FUNCTION int32_t rt_captioner_floats(const rt_captioner *c, int32_t columns)
{
    int32_t S = rt_captioner_steps(c, columns), x = S * c->columns * c->features, M = c->decoder.width;
    int32_t encoder = c->hidden_count > 0 ? 2 * M : S * (M + rt_run_each(&c->encoder)) + rt_run_fixed(&c->encoder);
    return x + encoder + S * (rt_decoder_key(&c->decoder) + 1) + rt_decoder_state(&c->decoder) + rt_decoder_step(&c->decoder) +
           c->vocabulary.count + M + 2 * c->decoder.rnn.layers * c->decoder.rnn.size;
}

/* Columns [columns][features] as they were measured, standardised; a last step that is not full repeats the last column. */
RT_FUNCTION void rt_captioner_read(const rt_captioner *c, int32_t columns, const float *values, float *x)
{
    int32_t F = c->features, all = rt_captioner_steps(c, columns) * c->columns, at, k;
    for (at = 0; at < all; at++)
        for (k = 0; k < F; k++) {
            int32_t from = (at < columns ? at : columns - 1) * F + k, place = c->size > 1 ? from : 0;
            x[at * F + k] = (values[from] - c->mean[place]) * c->scale[place];
        }
}

/* The greedy caption of columns ≥ 1: tokens into answer[most]; returns how many. *log_probability: of all of them, and the end.
 */
RT_FUNCTION int32_t rt_caption(const rt_captioner *c, int32_t columns, const float *values, int32_t *answer, int32_t most,
                               float *log_probability, float *memory)
{
    const rt_decoder *d = &c->decoder;
    int32_t S = rt_captioner_steps(c, columns), M = d->width, count = 0, id = 0, k;
    float *x = memory, *y = x + S * c->columns * c->features, *keys, *state, *weights, *scores, *vector, *work;
    keys = y + (c->hidden_count > 0 ? 2 * M : S * (M + rt_run_each(&c->encoder)) + rt_run_fixed(&c->encoder));
    weights = keys + S * rt_decoder_key(d);
    state = weights + S;
    scores = state + rt_decoder_state(d);
    vector = scores + c->vocabulary.count;
    work = vector + M;
    rt_captioner_read(c, columns, values, x);
    memset(state, 0, (size_t)rt_decoder_state(d) * sizeof *state);
    if (c->hidden_count > 0) {
        const float *h;
        rt_apply(c->hidden, x, y);
        for (k = 0; k < M; k++)
            y[k] = y[k] > 0.0f ? y[k] : 0.0f;
        h = rt_relu_layers(c->hidden_count - 1, c->hidden + 1, y, y + M);
        memcpy(vector, h, (size_t)M * sizeof *vector);
    } else {
        rt_input in;
        rt_output top = {0, 0, 0};
        memset(&in, 0, sizeof in);
        in.x = x;
        in.width = c->columns * c->features;
        top.y = y;
        rt_run_in(&c->encoder, S, &in, &top, y + S * M);
        rt_ends(&c->encoder, y + S * M, vector);
    }
    rt_decoder_begin(d, vector, state, work);
    rt_decoder_keys(d, S, y, keys);
    *log_probability = 0;
    while (count < most) {
        rt_decoder_next(d, id, S, y, keys, weights, state, scores, work);
        rt_log_softmax(c->vocabulary.count, scores);
        id = rt_largest(c->vocabulary.count, scores);
        *log_probability += scores[id];
        if (id == 0)
            break;
        answer[count++] = id;
    }
    return count;
}
