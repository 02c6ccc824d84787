/* laço's layers as operators of ONNX. */
#include "export/onnx.h"

#include "kernel/lowprec.h"
#include "nn/module.h"
#include "nn/recurrent.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NEVER (-3e38f) /* below every number that is compared with it */
#define TO_THE_END INT64_MAX

typedef struct name_text {
    char text[256];
} name_text;

static name_text join(const char *name, const char *suffix)
{
    name_text out;
    snprintf(out.text, sizeof out.text, "%.180s%s%.60s", name, name[0] ? "." : "", suffix);
    return out;
}

/* ---- Weights ------------------------------------------------------------------------------------------------------------ */

/* Rows of a parameter in another order: blocks of `rows` rows, block b of the result from block order[b]. NULL: as they are. */
typedef struct row_order {
    int64_t rows;
    const int *order;
} row_order;

static int64_t row_from(const row_order *order, int64_t row)
{
    return order ? order->order[row / order->rows] * order->rows + row % order->rows : row;
}

/* Whole numbers with a scale for each row, made numbers with a point again in the graph. */
static laco_onnx_value put_int8(const laco_onnx_source *s, const laco_param *param, const row_order *order)
{
    laco_onnx *g = s->graph;
    int64_t rows = param->shape[0], columns = param->count / rows;
    int8_t *q = laco_onnx_room(g, (size_t)param->count, 1);
    float *scales = laco_onnx_room(g, (size_t)rows, sizeof *scales);
    if (!scales)
        return NULL;
    for (int64_t r = 0; r < rows; r++) {
        const laco_real *row = param->value + row_from(order, r) * columns;
        float most = 0;
        for (int64_t j = 0; j < columns; j++)
            most = fmaxf(most, fabsf((float)row[j]));
        float scale = laco_int8_scale(most);
        for (int64_t j = 0; j < columns; j++)
            q[r * columns + j] = (int8_t)laco_int8_of((float)row[j], scale);
        scales[r] = scale > 0 ? scale : 1; /* a row of zeros */
    }
    laco_onnx_value inputs[] = {laco_onnx_bytes(g, param->name, param->ndim, param->shape, q),
                                laco_onnx_floats(g, join(param->name, "scale").text, 1, &rows, scales)},
                    out;
    laco_onnx_node(g, "DequantizeLinear", inputs, 2, &(laco_onnx_attribute){"axis", LACO_ONNX_I, .i = 0}, 1, &out, 1);
    return out;
}

static laco_onnx_value put_floats(const laco_onnx_source *s, const laco_param *param, const row_order *order)
{
    int64_t rows = param->ndim > 0 ? param->shape[0] : 1, columns = param->count / rows;
    float *data = laco_onnx_room(s->graph, (size_t)param->count, sizeof *data);
    if (!data)
        return NULL;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t j = 0; j < columns; j++)
            data[r * columns + j] = (float)param->value[row_from(order, r) * columns + j];
    return laco_onnx_floats(s->graph, param->name, param->ndim, param->shape, data);
}

static laco_onnx_value put_param(const laco_onnx_source *s, const char *name, const row_order *order)
{
    const laco_param *param = laco_module_find(s->module, name);
    if (!param) {
        laco_onnx_fail(s->graph, laco_fail(s->ctx, LACO_INVALID, "the model has no parameter '%s'", name));
        return NULL;
    }
    return s->int8 && param->matrix && param->ndim == 2 ? put_int8(s, param, order) : put_floats(s, param, order);
}

laco_onnx_value laco_onnx_weight(const laco_onnx_source *source, const char *name) { return put_param(source, name, NULL); }

/* ---- Linear, embedding -------------------------------------------------------------------------------------------------- */

laco_onnx_value laco_onnx_linear_tied(const laco_onnx_source *s, const char *name, const char *weight, laco_onnx_value x)
{
    laco_onnx *g = s->graph;
    name_text bias = join(name, "bias");
    laco_onnx_value w = laco_onnx_transpose(g, laco_onnx_weight(s, weight), 2, (const int64_t[]){1, 0});
    laco_onnx_value y = laco_onnx_apply(g, "MatMul", x, w, NULL);
    return laco_module_find(s->module, bias.text) ? laco_onnx_apply(g, "Add", y, laco_onnx_weight(s, bias.text), NULL) : y;
}

laco_onnx_value laco_onnx_linear(const laco_onnx_source *s, const char *name, laco_onnx_value x)
{
    return laco_onnx_linear_tied(s, name, join(name, "weight").text, x);
}

laco_onnx_value laco_onnx_embedding(const laco_onnx_source *s, const char *name, laco_onnx_value ids)
{
    return laco_onnx_apply(s->graph, "Gather", laco_onnx_weight(s, join(name, "weight").text), ids, NULL);
}

laco_onnx_value laco_onnx_mlp(const laco_onnx_source *s, const char *prefix, int64_t layers, laco_onnx_value x)
{
    char name[100];
    for (int64_t i = 0; i < layers; i++) {
        snprintf(name, sizeof name, "%.80s%d", prefix, (int)i);
        x = laco_onnx_apply(s->graph, "Relu", laco_onnx_linear(s, name, x), NULL, NULL);
    }
    return x;
}

/* ---- Recurrent layers --------------------------------------------------------------------------------------------------- */

/* A cell in ONNX: how many gates, and which of torch's blocks of rows each of its own is. */
typedef struct cell_form {
    const char *operation;
    int gates, order[4];
} cell_form;

static const cell_form forms[] = {{"RNN", 1, {0}}, {"GRU", 3, {1, 0, 2}}, {"LSTM", 4, {0, 3, 1, 2}}};

/* What recurrent layers are, in ONNX. */
typedef struct layers {
    const cell_form *form;
    int64_t hidden, count;
    int directions;
    const char *activation; /* of an RNN */
} layers;

static bool find_layers(const laco_onnx_source *s, const char *name, layers *out)
{
    static const cell_form *const by_kind[] = {&forms[0], &forms[0], &forms[1], &forms[2]}; /* by laco_gate_kind */
    laco_rnn *rnn = NULL;
    laco_status status = laco_module_find_rnn(s->module, s->ctx, name, &rnn);
    if (status == LACO_OK && rnn->shape.P != rnn->shape.H)
        status = laco_fail(
            s->ctx, LACO_INVALID,
            "'%s' has projections (proj_size), which ONNX's LSTM does not have: a model without them can be written", name);
    if (status < 0) {
        laco_onnx_fail(s->graph, status);
        return false;
    }
    const laco_recurrent_shape *shape = &rnn->shape;
    *out = (layers){by_kind[shape->kind], shape->H, shape->layers, shape->directions,
                    shape->kind == LACO_GATES_RELU ? "Relu" : "Tanh"};
    return true;
}

bool laco_onnx_is_lstm(const laco_onnx_source *s, const char *name)
{
    layers l;
    return find_layers(s, name, &l) && l.form->gates == 4;
}

/* PART_lN of both directions with its gates in ONNX's order, along a new first dimension: [D][gates·H]… */
static laco_onnx_value gather_part(const laco_onnx_source *s, const char *name, const layers *l, const char *part, int64_t layer)
{
    laco_onnx_value both[2] = {NULL, NULL};
    const row_order order = {l->hidden, l->form->order};
    char text[60];
    for (int d = 0; d < l->directions; d++) {
        snprintf(text, sizeof text, "%s_l%d%s", part, (int)layer, d ? "_reverse" : "");
        both[d] = laco_onnx_unsqueeze(s->graph, put_param(s, join(name, text).text, &order), 0);
    }
    return l->directions == 2 ? laco_onnx_concat(s->graph, both, 2, 0) : both[0];
}

/* Rows l·D … of a first state. */
static laco_onnx_value state_of(laco_onnx *g, const layers *l, laco_onnx_value state, int64_t layer)
{
    if (!state || l->count == 1)
        return state;
    return laco_onnx_slice(g, state, 0, layer * l->directions, (layer + 1) * l->directions);
}

static laco_onnx_value cast(laco_onnx *g, laco_onnx_value x, laco_onnx_type type)
{
    return laco_onnx_with(g, "Cast", x, (laco_onnx_attribute){"to", LACO_ONNX_I, .i = type});
}

/* The last state of each sequence; of one without steps the first, where ONNX has zeros. */
static laco_onnx_value keep_first(laco_onnx *g, laco_onnx_value last, laco_onnx_value first, laco_onnx_value lengths)
{
    if (!first || !lengths || !last)
        return last;
    laco_onnx_value some = laco_onnx_apply(g, "Greater", cast(g, laco_onnx_unsqueeze(g, lengths, 1), LACO_ONNX_INT64),
                                           laco_onnx_integer(g, 0), NULL);
    return laco_onnx_apply(g, "Where", some, last, first);
}

/* One layer: x to y [T][D][B][H], and its last states into h and c. */
static laco_onnx_value put_layer(const laco_onnx_source *s, const char *name, const layers *l, int64_t layer, laco_onnx_value x,
                                 laco_onnx_value lengths, const laco_onnx_state *state, laco_onnx_value *h, laco_onnx_value *c)
{
    laco_onnx *g = s->graph;
    bool lstm = l->form->gates == 4;
    laco_onnx_value biases[] = {gather_part(s, name, l, "bias_ih", layer), gather_part(s, name, l, "bias_hh", layer)};
    laco_onnx_value inputs[] = {x,
                                gather_part(s, name, l, "weight_ih", layer),
                                gather_part(s, name, l, "weight_hh", layer),
                                laco_onnx_concat(g, biases, 2, 1),
                                lengths,
                                state_of(g, l, state->h, layer),
                                lstm ? state_of(g, l, state->c, layer) : NULL},
                    outputs[3];
    const char *const activations[] = {l->activation, l->activation};
    laco_onnx_attribute attributes[3] = {
        {"hidden_size", LACO_ONNX_I, .i = l->hidden},
        {"direction", LACO_ONNX_S, .s = l->directions == 2 ? "bidirectional" : "forward"},
        l->form->gates == 1 ? (laco_onnx_attribute){"activations", LACO_ONNX_SS, .i = l->directions, .ss = activations}
                            : (laco_onnx_attribute){"linear_before_reset", LACO_ONNX_I, .i = 1}};
    laco_onnx_node(g, l->form->operation, inputs, lstm ? 7 : 6, attributes, lstm ? 2 : 3, outputs, lstm ? 3 : 2);
    *h = keep_first(g, outputs[1], inputs[5], lengths);
    *c = lstm ? keep_first(g, outputs[2], inputs[6], lengths) : NULL;
    return outputs[0];
}

/* [T][D][B][H] as [T][B][D·H]; where T is 0 the sizes that are kept say so. */
static laco_onnx_value side_by_side(laco_onnx *g, const layers *l, laco_onnx_value y)
{
    if (l->directions == 1)
        return laco_onnx_squeeze(g, y, 1);
    y = laco_onnx_transpose(g, y, 4, (const int64_t[]){0, 2, 1, 3});
    return laco_onnx_reshape(g, y, 3, (const int64_t[]){0, 0, l->directions * l->hidden});
}

laco_onnx_value laco_onnx_recurrent(const laco_onnx_source *s, const char *name, laco_onnx_value x, laco_onnx_value lengths,
                                    laco_onnx_state *state, laco_onnx_value *ends)
{
    laco_onnx *g = s->graph;
    layers l;
    if (!find_layers(s, name, &l))
        return NULL;
    laco_onnx_value *h = laco_onnx_room(g, 2 * (size_t)l.count, sizeof *h), *c = h ? h + l.count : NULL;
    for (int64_t layer = 0; h && layer < l.count; layer++)
        x = side_by_side(g, &l, put_layer(s, name, &l, layer, x, lengths, state, &h[layer], &c[layer]));
    if (!h)
        return NULL;
    if (ends) {
        *ends = laco_onnx_transpose(g, h[l.count - 1], 3, (const int64_t[]){1, 0, 2});
        *ends = laco_onnx_reshape(g, *ends, 2, (const int64_t[]){0, l.directions * l.hidden});
    }
    state->h = laco_onnx_concat(g, h, (int)l.count, 0);
    state->c = l.form->gates == 4 ? laco_onnx_concat(g, c, (int)l.count, 0) : NULL;
    return x;
}

/* ---- Steps -------------------------------------------------------------------------------------------------------------- */

/* The number of steps of x [T][…], without dimensions; and 0, 1 … T-1. */
static laco_onnx_value step_count(laco_onnx *g, laco_onnx_value x)
{
    laco_onnx_value shape = laco_onnx_apply(g, "Shape", x, NULL, NULL);
    return laco_onnx_apply(g, "Gather", shape, laco_onnx_integer(g, 0), NULL);
}

static laco_onnx_value step_numbers(laco_onnx *g, laco_onnx_value x)
{
    return laco_onnx_apply(g, "Range", laco_onnx_integer(g, 0), step_count(g, x), laco_onnx_integer(g, 1));
}

laco_onnx_value laco_onnx_mask(laco_onnx *g, laco_onnx_value x, laco_onnx_value lengths)
{
    laco_onnx_value steps = laco_onnx_unsqueeze(g, step_numbers(g, x), 1);
    return laco_onnx_apply(g, "Less", steps, laco_onnx_unsqueeze(g, cast(g, lengths, LACO_ONNX_INT64), 0), NULL);
}

laco_onnx_value laco_onnx_masked(laco_onnx *g, laco_onnx_value x, laco_onnx_value lengths)
{
    laco_onnx_value mask = laco_onnx_unsqueeze(g, laco_onnx_mask(g, x, lengths), 2);
    return laco_onnx_apply(g, "Where", mask, x, laco_onnx_number(g, 0));
}

laco_onnx_value laco_onnx_mean_steps(laco_onnx *g, laco_onnx_value x, laco_onnx_value lengths)
{
    laco_onnx_value inputs[] = {laco_onnx_masked(g, x, lengths), laco_onnx_integers(g, 1, &(int64_t){0})}, sum;
    laco_onnx_node(g, "ReduceSum", inputs, 2, &(laco_onnx_attribute){"keepdims", LACO_ONNX_I, .i = 0}, 1, &sum, 1);
    laco_onnx_value count = cast(g, laco_onnx_unsqueeze(g, lengths, 1), LACO_ONNX_FLOAT);
    return laco_onnx_apply(g, "Div", sum, laco_onnx_apply(g, "Max", count, laco_onnx_number(g, 1), NULL), NULL);
}

/* One row more than there are steps, so that there is a largest number of none; a sequence of none has zeros. */
laco_onnx_value laco_onnx_max_steps(laco_onnx *g, laco_onnx_value x, laco_onnx_value lengths)
{
    laco_onnx_value mask = laco_onnx_unsqueeze(g, laco_onnx_mask(g, x, lengths), 2), never = laco_onnx_number(g, NEVER);
    laco_onnx_value kept = laco_onnx_apply(g, "Where", mask, x, never);
    const int64_t pads[] = {0, 0, 0, 1, 0, 0};
    kept = laco_onnx_apply(g, "Pad", kept, laco_onnx_integers(g, 6, pads), never);
    const laco_onnx_attribute attributes[] = {{"axes", LACO_ONNX_IS, .i = 1, .is = (const int64_t[]){0}},
                                              {"keepdims", LACO_ONNX_I, .i = 0}};
    laco_onnx_value most;
    laco_onnx_node(g, "ReduceMax", &kept, 1, attributes, 2, &most, 1);
    laco_onnx_value some = laco_onnx_apply(g, "Greater", cast(g, laco_onnx_unsqueeze(g, lengths, 1), LACO_ONNX_INT64),
                                           laco_onnx_integer(g, 0), NULL);
    return laco_onnx_apply(g, "Where", some, most, laco_onnx_number(g, 0));
}

laco_onnx_value laco_onnx_window(laco_onnx *g, laco_onnx_value x, laco_onnx_value lengths, int64_t window)
{
    laco_onnx_value *parts = laco_onnx_room(g, (size_t)window, sizeof *parts);
    const int64_t pads[] = {window / 2, 0, 0, window - 1 - window / 2, 0, 0};
    x = laco_onnx_masked(g, x, lengths);
    x = laco_onnx_apply(g, "Pad", x, laco_onnx_integers(g, 6, pads), NULL);
    for (int64_t w = 0; parts && w < window; w++)
        parts[w] = laco_onnx_slice(g, x, 0, w, w == window - 1 ? TO_THE_END : w - (window - 1));
    return parts ? laco_onnx_concat(g, parts, (int)window, 2) : NULL;
}

laco_onnx_value laco_onnx_side_by_side(laco_onnx *g, laco_onnx_value x, laco_onnx_value lengths, int64_t steps, int64_t width)
{
    const int64_t pads[] = {0, 0, 0, steps, 0, 0};
    x = laco_onnx_masked(g, x, lengths);
    x = laco_onnx_apply(g, "Pad", x, laco_onnx_integers(g, 6, pads), NULL);
    x = laco_onnx_transpose(g, laco_onnx_slice(g, x, 0, 0, steps), 3, (const int64_t[]){1, 0, 2});
    return laco_onnx_reshape(g, x, 2, (const int64_t[]){0, steps * width});
}

/* x [T][B][F] with rows of an embedding beside it by the number of the step, the last one for those beyond. */
laco_onnx_value laco_onnx_positions(const laco_onnx_source *s, const char *name, laco_onnx_value x, int64_t positions)
{
    laco_onnx *g = s->graph;
    laco_onnx_value numbers = laco_onnx_apply(g, "Min", step_numbers(g, x), laco_onnx_integer(g, positions - 1), NULL);
    laco_onnx_value rows = laco_onnx_unsqueeze(g, laco_onnx_embedding(s, name, numbers), 1);
    laco_onnx_value shape = laco_onnx_slice(g, laco_onnx_apply(g, "Shape", x, NULL, NULL), 0, 0, 2);
    laco_onnx_value sizes[] = {shape, laco_onnx_integers(g, 1, &(int64_t){LACO_POSITION_SIZE})};
    rows = laco_onnx_apply(g, "Expand", rows, laco_onnx_concat(g, sizes, 2, 0), NULL);
    return laco_onnx_concat(g, (const laco_onnx_value[]){x, rows}, 2, 2);
}

laco_onnx_value laco_onnx_standardise(laco_onnx *g, laco_onnx_value x, int ndim, const int64_t *shape, const laco_real *mean,
                                      const laco_real *scale)
{
    size_t count = 1;
    for (int d = 0; d < ndim; d++)
        count *= (size_t)shape[d];
    float *means = laco_onnx_room(g, count, sizeof *means), *scales = laco_onnx_room(g, count, sizeof *scales);
    for (size_t i = 0; scales && i < count; i++) {
        means[i] = (float)mean[i];
        scales[i] = (float)scale[i];
    }
    if (!scales)
        return NULL;
    x = laco_onnx_apply(g, "Sub", x, laco_onnx_floats(g, "numbers.mean", ndim, shape, means), NULL);
    return laco_onnx_apply(g, "Mul", x, laco_onnx_floats(g, "numbers.scale", ndim, shape, scales), NULL);
}

laco_onnx_value laco_onnx_mean(laco_onnx *g, const laco_onnx_value *values, int64_t count)
{
    laco_onnx_value sum = values[0];
    for (int64_t i = 1; i < count; i++)
        sum = laco_onnx_apply(g, "Add", sum, values[i], NULL);
    return count > 1 ? laco_onnx_apply(g, "Mul", sum, laco_onnx_number(g, 1 / (float)count), NULL) : sum;
}
