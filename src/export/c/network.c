/* Layers: linear, recurrent, over a step and over a sequence. */
#pragma once
#include "export/c/rt.h"
#include "export/c/matrix.c"

/* Row `row` of a table. */
RT_FUNCTION void rt_look_up(const rt_matrix *table, int32_t row, float *out)
{
    int32_t k;
    for (k = 0; k < table->columns; k++)
        out[k] = rt_at(table, row, k);
}

RT_FUNCTION void rt_apply(const rt_linear *linear, const float *x, float *y)
{
    size_t bytes = (size_t)linear->weight.rows * sizeof *y;
    if (linear->bias)
        memcpy(y, linear->bias, bytes);
    else
        memset(y, 0, bytes);
    rt_product(&linear->weight, x, y);
}

RT_STEP void rt_gates_gru(int32_t H, float *row, float *h)
{
    float *nx = row, *r = row + H, *z = row + 2 * H, *nh = row + 3 * H;
    int32_t j;
    for (j = 0; j < H; j++) {
        nx[j] = nx[j] + rt_sigmoid(r[j]) * nh[j];
        z[j] = rt_sigmoid(z[j]);
    }
    for (j = 0; j < H; j++) {
        float fresh = rt_tanh(nx[j]);
        h[j] = (1.0f - z[j]) * fresh + z[j] * h[j];
    }
}

RT_STEP void rt_gates_lstm(int32_t H, float *row, float *h, float *c)
{
    float *i = row, *f = row + H, *g = row + 2 * H, *o = row + 3 * H;
    int32_t j;
    for (j = 0; j < H; j++) {
        c[j] = rt_sigmoid(f[j]) * c[j] + rt_sigmoid(i[j]) * rt_tanh(g[j]);
        o[j] = rt_sigmoid(o[j]);
    }
    for (j = 0; j < H; j++)
        h[j] = o[j] * rt_tanh(c[j]);
}

/* One step of one layer: `state` is h and behind it c. `x` 0: the input is one-hot, `id`. `row`: room for a row of gates. */
RT_STEP void rt_layer_step(const rt_layer *layer, const float *x, int32_t id, float *state, float *row)
{
    int32_t H = layer->size, j;
    memcpy(row, layer->bias, (size_t)layer->width * sizeof *row);
    if (x)
        rt_product(&layer->input, x, row);
    else
        for (j = 0; j < layer->input.rows; j++)
            row[j] += rt_at(&layer->input, j, id);
    rt_product(&layer->hidden, state, row + layer->offset);
    if (layer->cell == RT_LSTM)
        rt_gates_lstm(H, row, state, state + H);
    else if (layer->cell == RT_GRU)
        rt_gates_gru(H, row, state);
    else
        for (j = 0; j < H; j++)
            state[j] = layer->cell == RT_TANH ? rt_tanh(row[j]) : row[j] > 0.0f ? row[j] : 0.0f;
}

/* Floats of the state of all layers, each h and c, and of a row of gates. */
#define RT_STATE(layers, size) (2 * (layers) * (size))
#define RT_ROW(size) (4 * (size))

/* One step of a network that reads forwards; returns the output of its top layer. */
RT_STEP const float *rt_step(const rt_rnn *rnn, const float *x, int32_t id, float *state, float *row)
{
    int32_t l;
    for (l = 0; l < rnn->layers; l++) {
        rt_layer_step(rnn->layer + l, x, id, state + 2 * l * rnn->size, row);
        x = state + 2 * l * rnn->size;
    }
    return x;
}

/* What a network reads: rows of numbers, standardised where `mean` is there; or ids, looked up in a table, or one-hot; and with
 * them, where there are any, numbers for the place of each step. */
typedef struct rt_input {
    const float *x;     /* [T][width] */
    const int32_t *ids; /* or [T] */
    int32_t width;
    const float *mean, *scale;             /* [width] */
    const rt_matrix *embedding, *position; /* of 0 rows, or 0: none */
    float *row;                            /* room for a step; not needed for x alone */
} rt_input;

#define RT_THERE(matrix) ((matrix) && (matrix)->rows > 0)

/* Step t as a row; 0: it is one-hot. */
RT_FUNCTION const float *rt_read(const rt_input *in, int32_t t)
{
    int32_t width = in->width, last, k;
    const float *x = in->x ? in->x + t * width : 0;
    if (in->x && !in->mean && !RT_THERE(in->position))
        return x;
    if (!in->x && !RT_THERE(in->embedding) && !RT_THERE(in->position) && !in->row)
        return 0;
    if (RT_THERE(in->embedding))
        rt_look_up(in->embedding, in->ids[t], in->row);
    else
        for (k = 0; k < width; k++)
            in->row[k] = !x ? (float)(k == in->ids[t]) : in->mean ? (x[k] - in->mean[k]) * in->scale[k] : x[k];
    if (RT_THERE(in->position)) {
        last = in->position->rows - 1;
        rt_look_up(in->position, t < last ? t : last, in->row + width);
    }
    return in->row;
}

/* Where the outputs of a layer go: all of them, y [T][directions·size]; or their sum and the largest of each. 0: not wanted. */
typedef struct rt_output {
    float *y, *sum, *most; /* sum, most: [directions·size] */
} rt_output;

RT_FUNCTION void rt_keep(const rt_output *out, int32_t first, int32_t at, int32_t width, int32_t begin, int32_t H, const float *h)
{
    int32_t j;
    if (out->y)
        memcpy(out->y + at * width + begin, h, (size_t)H * sizeof *h);
    for (j = 0; j < H && out->sum; j++) {
        float *sum = out->sum + begin + j, *most = out->most + begin + j;
        *sum = first ? h[j] : *sum + h[j];
        *most = first || h[j] > *most ? h[j] : *most;
    }
}

/* One layer in direction d over a sequence; `state`: h and c, which go on. */
RT_FUNCTION void rt_direction(const rt_rnn *rnn, int32_t l, int32_t d, int32_t T, const rt_input *in, const rt_output *out,
                              float *state, float *row)
{
    const rt_layer *layer = rnn->layer + l * rnn->directions + d;
    int32_t t;
    for (t = 0; t < T; t++) {
        int32_t at = d ? T - 1 - t : t;
        rt_layer_step(layer, rt_read(in, at), in->ids ? in->ids[at] : 0, state, row);
        rt_keep(out, t == 0, at, rnn->directions * rnn->size, d * rnn->size, rnn->size, state);
    }
}

/* A whole sequence from `state` [layers][directions][2·size], which goes on. `y` and `other`: room for the outputs of layers
 * below the top one, [T][directions·size] each where there are more than two layers; `other` of two, y of one, is not needed. */
RT_FUNCTION void rt_run(const rt_rnn *rnn, int32_t T, const rt_input *first, const rt_output *top, float *state, float *row,
                        float *y, float *other)
{
    rt_input in = *first;
    rt_output out = {0, 0, 0};
    int32_t l, d;
    for (l = 0; l < rnn->layers; l++) {
        out.y = l % 2 ? other : y;
        for (d = 0; d < rnn->directions; d++)
            rt_direction(rnn, l, d, T, &in, l + 1 < rnn->layers ? &out : top, state + (l * rnn->directions + d) * 2 * rnn->size,
                         row);
        memset(&in, 0, sizeof in);
        in.x = out.y;
        in.width = rnn->directions * rnn->size;
    }
}

/* Floats that rt_run needs: state, a row of gates and a step; and below the top layer, for each step. */
RT_FUNCTION int32_t rt_run_fixed(const rt_rnn *rnn) { return (2 * rnn->layers * rnn->directions + 4) * rnn->size; }
RT_FUNCTION int32_t rt_run_each(const rt_rnn *rnn)
{
    return (rnn->layers > 2 ? 2 : rnn->layers - 1) * rnn->directions * rnn->size;
}

/* rt_run from zero in memory of so many floats, which begins with the state. */
RT_FUNCTION void rt_run_in(const rt_rnn *rnn, int32_t T, const rt_input *in, const rt_output *out, float *memory)
{
    int32_t states = 2 * rnn->layers * rnn->directions * rnn->size;
    float *row = memory + states, *y = row + 4 * rnn->size;
    memset(memory, 0, (size_t)states * sizeof *memory);
    rt_run(rnn, T, in, out, memory, row, y, y + T * rnn->directions * rnn->size);
}

/* The last states of the top layer, in each direction, side by side. */
RT_FUNCTION void rt_ends(const rt_rnn *rnn, const float *state, float *out)
{
    int32_t d;
    for (d = 0; d < rnn->directions; d++)
        memcpy(out + d * rnn->size, state + ((rnn->layers - 1) * rnn->directions + d) * 2 * rnn->size,
               (size_t)rnn->size * sizeof *out);
}

/* Layers of relu, in place of a recurrent network: x and what comes out lie in either of the two. */
RT_FUNCTION float *rt_relu_layers(int32_t layers, const rt_linear *layer, float *x, float *other)
{
    int32_t l, j;
    for (l = 0; l < layers; l++) {
        float *y = other;
        rt_apply(layer + l, x, y);
        for (j = 0; j < layer[l].weight.rows; j++)
            y[j] = y[j] > 0.0f ? y[j] : 0.0f;
        other = x;
        x = y;
    }
    return x;
}
