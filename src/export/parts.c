#include "export/parts.h"

#include "kernel/lowprec.h"
#include "nn/recurrent.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PANEL 16 /* RT_PANEL */

laco_name laco_name_of(const char *format, ...)
{
    laco_name name;
    va_list list;
    va_start(list, format);
    vsnprintf(name.text, sizeof name.text, format, list);
    va_end(list);
    return name;
}

static void *take(laco_parts *parts, size_t count, size_t size)
{
    void *memory = parts->emit->status == LACO_OK ? laco_alloc(parts->emit->ctx, LACO_MAX(count, (size_t)1), size) : NULL;
    if (!memory && parts->emit->status == LACO_OK)
        parts->emit->status = LACO_NO_MEMORY;
    return memory;
}

/* ---- Matrices ----------------------------------------------------------------------------------------------------------- */

static void write_floats(laco_parts *parts, const char *name, int64_t rows, int64_t columns, const laco_real *values)
{
    int64_t panels = (rows + PANEL - 1) / PANEL;
    float *packed = take(parts, (size_t)(panels * PANEL), (size_t)columns * sizeof *packed);
    for (int64_t r = 0; packed && r < rows; r++)
        for (int64_t k = 0; k < columns; k++)
            packed[(r / PANEL * columns + k) * PANEL + r % PANEL] = (float)values[r * columns + k];
    if (packed)
        laco_emit_array(parts->emit, LACO_EMIT_FLOAT, name, packed, (size_t)(panels * PANEL * columns));
    laco_release(parts->emit->ctx, packed);
}

/* As laco itself packs them. */
static void write_whole(laco_parts *parts, const char *name, int64_t rows, int64_t columns, const laco_real *values)
{
    int8_t *q = take(parts, (size_t)rows, (size_t)columns);
    float *scales = q ? take(parts, (size_t)rows, sizeof *scales) : NULL;
    for (int64_t r = 0; scales && r < rows; r++) {
        float largest = 0;
        for (int64_t k = 0; k < columns; k++)
            largest = LACO_MAX(largest, fabsf((float)values[r * columns + k]));
        scales[r] = laco_int8_scale(largest);
        for (int64_t k = 0; k < columns; k++)
            q[r * columns + k] = (int8_t)laco_int8_of((float)values[r * columns + k], scales[r]);
    }
    if (scales) {
        laco_emit_array(parts->emit, LACO_EMIT_INT8, name, q, (size_t)(rows * columns));
        laco_emit_array(parts->emit, LACO_EMIT_FLOAT, laco_name_of("%s_scale", name).text, scales, (size_t)rows);
    }
    laco_release(parts->emit->ctx, q);
    laco_release(parts->emit->ctx, scales);
}

void laco_matrix_part(laco_parts *parts, const char *name, int64_t rows, int64_t columns, const laco_real *values)
{
    parts->emit->weights += (size_t)(rows * columns);
    parts->widest = LACO_MAX(parts->widest, columns);
    (parts->int8 ? write_whole : write_floats)(parts, name, rows, columns, values);
}

void laco_matrix(laco_parts *parts, const char *name, int64_t rows, int64_t columns)
{
    laco_emit_down(parts->emit);
    laco_emit_int(parts->emit, rows);
    laco_emit_int(parts->emit, columns);
    laco_emit_pointer(parts->emit, name);
    laco_emit_pointer(parts->emit, name ? laco_name_of("%s_scale", name).text : NULL);
    laco_emit_up(parts->emit);
}

static laco_param *find(const laco_parts *parts, const char *name) { return name ? laco_module_find(parts->module, name) : NULL; }

void laco_param_part(laco_parts *parts, const char *name, const char *param)
{
    const laco_param *p = find(parts, param);
    if (p)
        laco_matrix_part(parts, name, p->shape[0], p->shape[1], p->value);
}

void laco_param_matrix(laco_parts *parts, const char *name, const char *param)
{
    const laco_param *p = find(parts, param);
    laco_matrix(parts, p ? name : NULL, p ? p->shape[0] : 0, p ? p->shape[1] : 0);
}

void laco_floats_part(laco_parts *parts, const char *name, const laco_real *values, int64_t count)
{
    float *floats = take(parts, (size_t)count, sizeof *floats);
    for (int64_t i = 0; floats && i < count; i++)
        floats[i] = (float)values[i];
    if (floats)
        laco_emit_array(parts->emit, LACO_EMIT_FLOAT, name, floats, (size_t)count);
    laco_release(parts->emit->ctx, floats);
}

void laco_param_floats(laco_parts *parts, const char *name, const char *param)
{
    const laco_param *p = find(parts, param);
    if (p)
        laco_floats_part(parts, name, p->value, p->count);
}

/* ---- Layers ------------------------------------------------------------------------------------------------------------- */

void laco_linear_part(laco_parts *parts, const char *name, const char *param)
{
    laco_name weight = laco_name_of("%s.weight", param);
    const laco_param *p = find(parts, weight.text);
    parts->products += p ? p->count : 0;
    laco_param_part(parts, laco_name_of("%s_weight", name).text, weight.text);
    laco_param_floats(parts, laco_name_of("%s_bias", name).text, laco_name_of("%s.bias", param).text);
}

void laco_linear_of(laco_parts *parts, const char *name, const char *param)
{
    laco_emit_down(parts->emit);
    laco_param_matrix(parts, laco_name_of("%s_weight", name).text, laco_name_of("%s.weight", param).text);
    laco_emit_pointer(parts->emit, laco_name_of("%s_bias", name).text);
    laco_emit_up(parts->emit);
}

void laco_mlp_part(laco_parts *parts, const char *name, const char *prefix, int64_t layers)
{
    if (layers == 0)
        return;
    for (int64_t i = 0; i < layers; i++)
        laco_linear_part(parts, laco_name_of("%s%d", name, (int)i).text, laco_name_of("%s%d", prefix, (int)i).text);
    laco_emit_open(parts->emit, "rt_linear", name, (size_t)layers);
    for (int64_t i = 0; i < layers; i++)
        laco_linear_of(parts, laco_name_of("%s%d", name, (int)i).text, laco_name_of("%s%d", prefix, (int)i).text);
    laco_emit_close(parts->emit);
}

/* Where gates stand in a row, and which of them x and h enter. The GRU's row is [nx | r | z | nh] here: each of its matrices then
 * feeds gates that stand together. */
static void gru_input(int64_t H, int64_t I, const laco_real *from, laco_real *to)
{
    memcpy(to, from + 2 * H * I, (size_t)(H * I) * sizeof *to);
    memcpy(to + H * I, from, (size_t)(2 * H * I) * sizeof *to);
}

static void write_layer(laco_parts *parts, const char *name, const laco_cell_shape *shape, const laco_cell_weights *weights)
{
    int64_t H = shape->H, I = shape->I, gates = laco_cells[shape->kind].gates, width = laco_cells[shape->kind].width;
    bool gru = shape->kind == LACO_GATES_GRU;
    laco_real *bias = take(parts, (size_t)(2 * width * H), sizeof *bias);
    laco_real *input = bias ? take(parts, (size_t)(gates * H), (size_t)I * sizeof *input) : NULL;
    if (input) {
        memcpy(input, weights->w_ih, (size_t)(gates * H * I) * sizeof *input);
        laco_cell_bias(shape->kind, H, weights, bias);
        if (gru) {
            gru_input(H, I, weights->w_ih, input);
            memcpy(bias + 4 * H, bias + 3 * H, (size_t)H * sizeof *bias);
            memcpy(bias + 5 * H, bias, (size_t)(3 * H) * sizeof *bias);
        }
        laco_matrix_part(parts, laco_name_of("%s_input", name).text, gates * H, I, input);
        laco_matrix_part(parts, laco_name_of("%s_hidden", name).text, gates * H, H, weights->w_hh);
        parts->products += gates * H * (I + H);
        laco_floats_part(parts, laco_name_of("%s_bias", name).text, gru ? bias + 4 * H : bias, width * H);
    }
    laco_release(parts->emit->ctx, bias);
    laco_release(parts->emit->ctx, input);
}

static void layer_of(laco_parts *parts, const char *name, const laco_cell_shape *shape)
{
    static const int cells[] = {[LACO_GATES_TANH] = 0, [LACO_GATES_RELU] = 1, [LACO_GATES_GRU] = 2, [LACO_GATES_LSTM] = 3};
    const laco_cell_info *cell = &laco_cells[shape->kind];
    laco_emit_down(parts->emit);
    laco_emit_int(parts->emit, cells[shape->kind]);
    laco_emit_int(parts->emit, shape->H);
    laco_emit_int(parts->emit, cell->width * shape->H);
    laco_emit_int(parts->emit, shape->kind == LACO_GATES_GRU ? shape->H : 0);
    laco_matrix(parts, laco_name_of("%s_input", name).text, cell->gates * shape->H, shape->I);
    laco_matrix(parts, laco_name_of("%s_hidden", name).text, cell->gates * shape->H, shape->H);
    laco_emit_pointer(parts->emit, laco_name_of("%s_bias", name).text);
    laco_emit_up(parts->emit);
}

void laco_rnn_part(laco_parts *parts, const char *name, const laco_rnn *rnn)
{
    if (!rnn)
        return;
    const laco_recurrent_shape *shape = laco_rnn_shape(rnn);
    for (int64_t i = 0; i < shape->layers * shape->directions; i++) {
        laco_cell_shape layer = laco_recurrent_layer(shape, i / shape->directions);
        write_layer(parts, laco_name_of("%s%d", name, (int)i).text, &layer,
                    laco_rnn_weights(rnn, i / shape->directions, (int)(i % shape->directions)));
    }
    laco_emit_open(parts->emit, "rt_layer", name, (size_t)(shape->layers * shape->directions));
    for (int64_t i = 0; i < shape->layers * shape->directions; i++) {
        laco_cell_shape layer = laco_recurrent_layer(shape, i / shape->directions);
        layer_of(parts, laco_name_of("%s%d", name, (int)i).text, &layer);
    }
    laco_emit_close(parts->emit);
}

void laco_rnn_of(laco_parts *parts, const char *name, const laco_rnn *rnn)
{
    const laco_recurrent_shape *shape = rnn ? laco_rnn_shape(rnn) : NULL;
    laco_emit_down(parts->emit);
    laco_emit_int(parts->emit, shape ? shape->layers : 0);
    laco_emit_int(parts->emit, shape ? shape->directions : 0);
    laco_emit_int(parts->emit, shape ? shape->I : 0);
    laco_emit_int(parts->emit, shape ? shape->H : 0);
    laco_emit_pointer(parts->emit, shape ? name : NULL);
    laco_emit_up(parts->emit);
}
