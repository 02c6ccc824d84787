/* A recurrent layer, one step at a time. The sums of a gate row are the chain that the driver computes: bias, then x_1 … x_I,
 * then h_1 … h_P. One sequence has a kernel of its own (laco_step). Of several, x and h are laid side by side, so the chain is one
 * product; of factors with fewer bits two, as the driver's are, for their sums go in blocks. */
#include "laco/stream.h"

#include "base/denormals.h"
#include "nn/recurrent.h"
#include "nn/rnn_state.h"
#include "op/product.h"

#include <string.h>

/* A product of the step: columns of the gate row from columns of [x | h]. */
typedef struct stream_product {
    int64_t N, K;
    int64_t from, column; /* first element of [x | h], first column of the gate row */
    int64_t row;          /* first row of W_ih and W_hh */
    laco_real *packed;
} stream_product;

/* One layer. */
typedef struct stream_layer {
    laco_cell_shape shape;
    stream_product product[3];
    int products;
    laco_real *bias, *projection; /* packed W_hr, or NULL */
    laco_real *step;              /* packed by laco_step_pack, in place of the products; or NULL */
    int64_t groups;               /* of units, of that */
    laco_real *h, *c;             /* in the state: [batch][P], [batch][H] */
} stream_layer;

struct laco_stream {
    laco_context *ctx;
    const laco_kernels *kernels;
    int64_t batch, layers;
    bool back; /* every other step: weights are read from their end, which the caches still hold */
    stream_layer *layer;
    laco_real *memory; /* of packed weights and biases */
    laco_rnn_state state;
    laco_real *xh, *gates, *raw; /* scratch of one layer: [batch][I+P], [batch][width·H], [batch][H] */
};

static int64_t lines(int64_t elements) { return (elements + 15) & ~(int64_t)15; }

static laco_real *aligned(laco_real *memory)
{
    return (laco_real *)(((uintptr_t)memory + LACO_ALIGN - 1) & ~(uintptr_t)(LACO_ALIGN - 1));
}

/* Rows [row, row + N) of W_ih beside the same rows of W_hh, as columns of a product over [x | h]. */
static void pack_rows(const laco_context *ctx, const stream_layer *layer, const laco_cell_weights *weights,
                      const stream_product *product, laco_real *scratch)
{
    int64_t I = layer->shape.I, P = layer->shape.P, K = I + P, row = product->row;
    for (int64_t n = 0; n < product->N; n++) {
        memcpy(scratch + n * K, weights->w_ih + (row + n) * I, (size_t)I * sizeof *scratch);
        memcpy(scratch + n * K + I, weights->w_hh + (row + n) * P, (size_t)P * sizeof *scratch);
    }
    laco_product_pack(ctx, layer->shape.precision, product->K, product->N, scratch + product->from, 1, K, product->packed);
}

/* The products of a layer: one over [x | h] where input and hidden sums share columns, and for the GRU's n, whose sums are kept
 * apart, one over each. */
static void plan_layer(stream_layer *layer)
{
    int64_t I = layer->shape.I, H = layer->shape.H, P = layer->shape.P;
    const laco_cell_info *cell = &laco_cells[layer->shape.kind];
    bool apart = layer->shape.precision != LACO_FP32;
    layer->product[layer->products++] = (stream_product){.N = cell->input[0].gates * H, .K = apart ? I : I + P};
    if (cell->input[1].gates > 0)
        layer->product[layer->products++] = (stream_product){.N = H, .K = I, .column = 3 * H, .row = 2 * H};
    if (apart)
        layer->product[layer->products++] = (stream_product){.N = cell->gates * H, .K = P, .from = I};
    else if (cell->input[1].gates > 0)
        layer->product[layer->products++] = (stream_product){.N = H, .K = P, .from = I, .column = 2 * H, .row = 2 * H};
}

/* One sequence in fp32. */
static bool steps_at_once(const laco_stream *stream, const stream_layer *layer)
{
    return stream->batch == 1 && layer->shape.precision == LACO_FP32;
}

static int64_t layer_size(const laco_stream *stream, const stream_layer *layer)
{
    const laco_kernels *kernels = stream->kernels;
    const laco_cell_shape *shape = &layer->shape;
    int64_t size = lines(laco_cells[layer->shape.kind].width * layer->shape.H);
    if (steps_at_once(stream, layer))
        size += lines(laco_step_size(kernels, shape->kind, shape->I, shape->P, shape->H));
    for (int p = 0; p < layer->products; p++)
        size += lines(laco_product_size(kernels, shape->precision, layer->product[p].K, layer->product[p].N));
    return size + (laco_cell_projects(shape) ? lines(laco_product_size(kernels, shape->precision, shape->H, shape->P)) : 0);
}

/* Packs a layer's weights at *at, and moves *at behind them. */
static void fill_layer(const laco_stream *stream, stream_layer *layer, const laco_cell_weights *weights, laco_real **at,
                       laco_real *scratch)
{
    int64_t H = layer->shape.H;
    laco_precision precision = layer->shape.precision;
    for (int p = 0; p < layer->products; p++) {
        stream_product *product = &layer->product[p];
        product->packed = *at;
        *at += lines(laco_product_size(stream->kernels, precision, product->K, product->N));
        pack_rows(stream->ctx, layer, weights, product, scratch);
    }
    layer->bias = *at;
    *at += lines(laco_cells[layer->shape.kind].width * H);
    laco_cell_bias(layer->shape.kind, H, weights, layer->bias);
    if (steps_at_once(stream, layer)) {
        const laco_cell_shape *shape = &layer->shape;
        layer->step = *at;
        layer->groups = laco_step_groups(stream->kernels, shape->kind, H);
        *at += lines(laco_step_size(stream->kernels, shape->kind, shape->I, shape->P, H));
        laco_step_pack(stream->kernels, shape->kind, shape->I, shape->P, H, layer->bias, weights->w_ih, weights->w_hh,
                       layer->step);
    }
    if (laco_cell_projects(&layer->shape)) {
        layer->projection = *at;
        *at += lines(laco_product_size(stream->kernels, precision, H, layer->shape.P));
        laco_product_pack(stream->ctx, precision, H, layer->shape.P, weights->w_hr, 1, H, layer->projection);
    }
}

/* The largest of all layers: a gate row, [x | h], and the rows of W_ih and W_hh that are packed. */
typedef struct widths {
    int64_t gates, xh, weights;
} widths;

static size_t plan(laco_stream *stream, const laco_rnn *rnn, widths *most)
{
    size_t total = 0;
    *most = (widths){0};
    for (int64_t l = 0; l < stream->layers; l++) {
        stream_layer *layer = &stream->layer[l];
        layer->shape = laco_recurrent_layer(laco_rnn_shape(rnn), l);
        layer->shape.precision = laco_rnn_precision(rnn);
        if (!steps_at_once(stream, layer))
            plan_layer(layer);
        total += (size_t)layer_size(stream, layer);
        const laco_cell_info *cell = &laco_cells[layer->shape.kind];
        int64_t xh = layer->shape.I + layer->shape.P;
        most->gates = LACO_MAX(most->gates, cell->width * layer->shape.H);
        most->xh = LACO_MAX(most->xh, xh);
        most->weights = LACO_MAX(most->weights, cell->gates * layer->shape.H * xh);
    }
    return total;
}

static laco_status fill(laco_stream *stream, const laco_rnn *rnn)
{
    widths most;
    laco_context *ctx = stream->ctx;
    size_t total = plan(stream, rnn, &most), batch = (size_t)stream->batch;
    laco_real *scratch = laco_alloc(ctx, (size_t)most.weights, sizeof *scratch);
    stream->memory = laco_alloc(ctx, total + 16, sizeof(laco_real));
    stream->xh = laco_alloc(ctx, batch, (size_t)most.xh * sizeof(laco_real));
    stream->gates = laco_alloc(ctx, batch, (size_t)most.gates * sizeof(laco_real));
    stream->raw = laco_alloc(ctx, batch, (size_t)most.gates * sizeof(laco_real));
    bool ready = scratch && stream->memory && stream->xh && stream->gates && stream->raw &&
                 laco_rnn_state_new(ctx, rnn, stream->batch, &stream->state) == LACO_OK;
    laco_real *at = ready ? aligned(stream->memory) : NULL;
    for (int64_t l = 0; ready && l < stream->layers; l++) {
        stream_layer *layer = &stream->layer[l];
        fill_layer(stream, layer, laco_rnn_weights(rnn, l, 0), &at, scratch);
        layer->h = stream->state.h + l * stream->batch * layer->shape.P;
        layer->c = stream->state.c ? stream->state.c + l * stream->batch * layer->shape.H : NULL;
    }
    laco_release(ctx, scratch);
    return ready ? LACO_OK : LACO_NO_MEMORY;
}

laco_status laco_stream_new(laco_rnn *rnn, int64_t batch, laco_stream **out)
{
    LACO_TRY(laco_check_whole(laco_rnn_context(rnn), rnn->layer.module));
    laco_context *ctx = laco_rnn_context(rnn);
    if (laco_rnn_shape(rnn)->directions != 1)
        return laco_fail(ctx, LACO_INVALID, "a bidirectional layer needs the end of its sequence: it cannot be stepped");
    if (batch < 1 || batch > INT32_MAX)
        return laco_fail(ctx, LACO_INVALID, "a stream steps 1 … 2^31-1 sequences; batch is %lld", (long long)batch);
    laco_stream *stream = laco_alloc(ctx, 1, sizeof *stream);
    if (!stream)
        return LACO_NO_MEMORY;
    *stream = (laco_stream){.ctx = ctx, .kernels = laco_kernels_of(ctx), .batch = batch, .layers = laco_rnn_shape(rnn)->layers};
    stream->layer = laco_alloc(ctx, (size_t)stream->layers, sizeof *stream->layer);
    laco_status status = stream->layer ? fill(stream, rnn) : LACO_NO_MEMORY;
    if (status == LACO_OK)
        *out = stream;
    else
        laco_stream_free(stream);
    return status;
}

void laco_stream_free(laco_stream *stream)
{
    if (!stream)
        return;
    laco_release(stream->ctx, stream->raw);
    laco_release(stream->ctx, stream->gates);
    laco_release(stream->ctx, stream->xh);
    laco_rnn_state_free(stream->ctx, &stream->state);
    laco_release(stream->ctx, stream->memory);
    laco_release(stream->ctx, stream->layer);
    laco_release(stream->ctx, stream);
}

void *laco_stream_state(laco_stream *stream) { return stream->state.h; }
size_t laco_stream_state_size(const laco_stream *stream) { return laco_rnn_state_bytes(&stream->state); }

/* h' of one layer and one sequence, in place of h; beside it first where h is still to be read. */
static void step_one(const laco_stream *stream, const stream_layer *layer, const laco_real *x)
{
    const laco_cell_shape *shape = &layer->shape;
    bool beside = layer->projection || layer->groups > 1;
    laco_real *out = beside ? stream->raw : layer->h;
    stream->kernels->step[shape->kind](
        &(laco_step){shape->I, shape->P, shape->H, x, layer->h, layer->step, layer->c, out, stream->back});
    if (layer->projection)
        laco_product(stream->ctx, LACO_FP32, 1, shape->P, shape->H, out, shape->H, 1, layer->projection, layer->h, shape->P,
                     false);
    else if (beside)
        memcpy(layer->h, out, (size_t)shape->H * sizeof *out);
}

/* The same of several, or in fewer bits. */
static void step_layer(const laco_stream *stream, const stream_layer *layer, const laco_real *x)
{
    const laco_kernels *kernels = stream->kernels;
    const laco_cell_info *cell = &laco_cells[layer->shape.kind];
    int64_t B = stream->batch, I = layer->shape.I, H = layer->shape.H, P = layer->shape.P, ld = I + P, width = cell->width * H;
    for (int64_t b = 0; b < B; b++) {
        memcpy(stream->xh + b * ld, x + b * I, (size_t)I * sizeof *x);
        memcpy(stream->xh + b * ld + I, layer->h + b * P, (size_t)P * sizeof *x);
        memcpy(stream->gates + b * width, layer->bias, (size_t)width * sizeof *x);
    }
    for (int p = 0; p < layer->products; p++) {
        const stream_product *product = &layer->product[p];
        laco_product_again(stream->ctx, layer->shape.precision, B, product->N, product->K, stream->xh + product->from, ld,
                           product->packed, stream->gates + product->column, width, true, stream->back);
    }
    laco_real *raw = layer->projection ? stream->raw : layer->h;
    laco_gates g = {.rows = B,
                    .H = H,
                    .gates = stream->gates,
                    .gates_ld = width,
                    .inference = true,
                    .h_prev = layer->h,
                    .h_prev_ld = P,
                    .c_prev = layer->c,
                    .c_prev_ld = H,
                    .h = raw,
                    .h_ld = H,
                    .c = layer->c,
                    .c_ld = H};
    kernels->gates_forward[layer->shape.kind](&g);
    if (layer->projection)
        laco_product(stream->ctx, layer->shape.precision, B, P, H, raw, H, 1, layer->projection, layer->h, P, false);
}

const laco_real *laco_stream_step(laco_stream *stream, const laco_real *x)
{
    unsigned old = laco_flush_denormals();
    stream->back = !stream->back;
    for (int64_t l = 0; l < stream->layers; l++) {
        if (stream->layer[l].step)
            step_one(stream, &stream->layer[l], x);
        else
            step_layer(stream, &stream->layer[l], x);
        x = stream->layer[l].h;
    }
    laco_restore_denormals(old);
    return x;
}
