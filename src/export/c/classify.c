/* A classifier of sequences. */
#pragma once
#include "export/c/network.c"
#include "export/c/text.c"

enum { RT_POOL_LAST = 1, RT_POOL_MEAN, RT_POOL_MAX, RT_POOL_ALL };

typedef struct rt_classifier {
    rt_text text; /* of texts: how they become ids */
    rt_vocabulary vocabulary;
    int32_t features; /* numbers of a step; 0: of texts */
    const float *mean, *scale;
    rt_matrix embedding, position; /* of 0 rows: none */
    int32_t pool, window, longest; /* window, longest: of an mlp */
    int32_t hidden_count;          /* of an mlp: layers of relu in the place of the recurrent ones */
    const rt_linear *hidden;
    rt_rnn rnn;
    rt_linear linear;
} rt_classifier;

RT_FUNCTION int32_t rt_classifier_width(const rt_classifier *m)
{
    return m->features > 0 ? m->features : m->embedding.rows > 0 ? m->embedding.columns : m->vocabulary.count;
}

/* Floats of a step as it is read. */
RT_FUNCTION int32_t rt_classifier_step(const rt_classifier *m)
{
    return rt_classifier_width(m) + (m->position.rows > 0 ? m->position.columns : 0);
}

/* Floats of what all steps come to. */
RT_FUNCTION int32_t rt_classifier_pooled(const rt_classifier *m) { return m->linear.weight.columns; }

/* Floats of memory for T steps. */
RT_FUNCTION int32_t rt_classifier_floats(const rt_classifier *m, int32_t T)
{
    int32_t S = rt_classifier_step(m), H = m->hidden_count > 0 ? m->hidden[0].weight.rows : m->rnn.directions * m->rnn.size;
    if (m->hidden_count > 0)
        return (m->window > 0 ? m->window : m->longest) * S + 5 * H;
    return S + 6 * H + rt_run_fixed(&m->rnn) + T * rt_run_each(&m->rnn);
}

RT_FUNCTION rt_input rt_classifier_input(const rt_classifier *m, const int32_t *ids, const float *x, float *row)
{
    rt_input in = {x, ids, rt_classifier_width(m), m->mean, m->scale, &m->embedding, &m->position, row};
    if (m->hidden_count == 0 && !x && m->embedding.rows == 0 && m->position.rows == 0)
        in.row = 0; /* one-hot */
    return in;
}

/* Last, mean and largest outputs, as the model wants them, from the sums of T steps. */
RT_FUNCTION void rt_pool(int32_t pool, int32_t width, int32_t T, const float *last, const float *sum, const float *most,
                         float *out)
{
    float count = T > 0 ? (float)T : 1.0f;
    int32_t j;
    for (j = 0; j < width; j++) {
        float mean = T > 0 ? sum[j] / count : 0.0f, largest = T > 0 ? most[j] : 0.0f;
        if (pool == RT_POOL_ALL) {
            out[width + j] = mean;
            out[2 * width + j] = largest;
        }
        out[j] = pool == RT_POOL_MEAN ? mean : pool == RT_POOL_MAX ? largest : last[j];
    }
}

/* Steps side by side through the layers of relu, `window` of them around each, or all. */
RT_FUNCTION void rt_classify_mlp(const rt_classifier *m, int32_t T, const int32_t *ids, const float *x, float *pooled,
                                 float *memory)
{
    int32_t S = rt_classifier_step(m), H = m->hidden[0].weight.rows, span = m->window > 0 ? m->window : m->longest, t, k;
    float *sum = memory, *most = sum + H, *a = most + H, *b = a + H, *row = b + H;
    rt_output out = {0, 0, 0};
    out.sum = sum;
    out.most = most;
    for (t = 0; t < (m->window > 0 ? T : 1); t++) {
        const float *y;
        memset(row, 0, (size_t)(span * S) * sizeof *row);
        for (k = 0; k < span; k++) {
            int32_t at = m->window > 0 ? t + k - span / 2 : k;
            rt_input in = rt_classifier_input(m, ids, x, row + k * S);
            const float *step = at >= 0 && at < T ? rt_read(&in, at) : 0;
            if (step && step != in.row)
                memcpy(in.row, step, (size_t)S * sizeof *row);
        }
        rt_apply(m->hidden, row, a);
        for (k = 0; k < H; k++)
            a[k] = a[k] > 0.0f ? a[k] : 0.0f;
        y = rt_relu_layers(m->hidden_count - 1, m->hidden + 1, a, b);
        rt_keep(&out, t == 0, 0, H, 0, H, y);
    }
    rt_pool(m->pool == RT_POOL_MAX ? RT_POOL_MAX : RT_POOL_MEAN, H, m->window > 0 ? T : 1, sum, sum, most, pooled);
}

RT_FUNCTION int32_t rt_classify_end(const rt_classifier *m, const float *pooled, float *probabilities)
{
    rt_apply(&m->linear, pooled, probabilities);
    rt_softmax(m->linear.weight.rows, probabilities);
    return rt_largest(m->linear.weight.rows, probabilities);
}

/* The probabilities of the labels for a whole sequence, and the likeliest. */
RT_FUNCTION int32_t rt_classify(const rt_classifier *m, int32_t T, const int32_t *ids, const float *x, float *probabilities,
                                float *memory)
{
    int32_t width = rt_classifier_pooled(m), H = m->rnn.directions * m->rnn.size;
    float *pooled = memory, *sum, *most, *last, *row;
    if (m->hidden_count > 0) {
        rt_classify_mlp(m, T, ids, x, pooled, memory + width);
    } else {
        rt_output out = {0, 0, 0};
        rt_input in;
        sum = pooled + 3 * H;
        most = sum + H;
        last = most + H;
        row = last + H;
        in = rt_classifier_input(m, ids, x, row);
        out.sum = sum;
        out.most = most;
        rt_run_in(&m->rnn, T, &in, &out, row + rt_classifier_step(m));
        rt_ends(&m->rnn, row + rt_classifier_step(m), last);
        rt_pool(m->pool, H, T, last, sum, most, pooled);
    }
    return rt_classify_end(m, pooled, probabilities);
}

/* Floats of the state of a classifier that reads forwards: layers, sum and largest outputs, the steps so far, a row, a step, and
 * what all come to. */
RT_FUNCTION int32_t rt_classifier_state(const rt_classifier *m)
{
    return rt_run_fixed(&m->rnn) + 2 * m->rnn.size + 1 + rt_classifier_step(m) + rt_classifier_pooled(m);
}

/* One more step, `id` or x: the probabilities after it. */
RT_STEP int32_t rt_classify_step(const rt_classifier *m, float *state, int32_t id, const float *x, float *probabilities)
{
    int32_t H = m->rnn.size;
    float *row = state + 2 * m->rnn.layers * H, *sum = row + 4 * H, *most = sum + H, *count = most + H, *step = count + 1;
    float *pooled = step + rt_classifier_step(m);
    rt_output out = {0, 0, 0};
    rt_input in = rt_classifier_input(m, &id, x, step);
    const float *h, *read;
    int32_t t = (int32_t)*count, last = m->position.rows - 1;
    read = rt_read(&in, 0);
    if (m->position.rows > 0)
        rt_look_up(&m->position, t < last ? t : last, step + rt_classifier_width(m));
    h = rt_step(&m->rnn, read, id, state, row);
    out.sum = sum;
    out.most = most;
    rt_keep(&out, t == 0, 0, H, 0, H, h);
    *count += 1.0f;
    rt_pool(m->pool, H, t + 1, h, sum, most, pooled);
    return rt_classify_end(m, pooled, probabilities);
}
