/* Recurrent layers by the clock, as a program that uses the library sees them. */
#include "base/random.h"
#include "bench/clock.h"
#include "laco/bench.h"
#include "laco/stream.h"
#include "op/cell.h"

#include <stdlib.h>

#define LEAST_REPEATS 3
#define MOST_REPEATS 10000

typedef struct layer_bench {
    laco_bench_config config;
    laco_context *ctx;
    laco_module *module;
    laco_rnn *rnn;
    laco_tape *tape;
    laco_stream *stream;
    laco_real *x, *dy; /* [steps][batch][input], [steps][batch][hidden] */
    double *times;     /* [MOST_REPEATS] */
} layer_bench;

static laco_status fill_defaults(laco_context *ctx, laco_bench_config *config)
{
    config->hidden = config->hidden ? config->hidden : 128;
    config->input = config->input ? config->input : config->hidden;
    config->layers = config->layers ? config->layers : 1;
    config->batch = config->batch ? config->batch : config->work == LACO_BENCH_STEP ? 1 : 32;
    config->steps = config->steps ? config->steps : 64;
    config->seconds = config->seconds > 0 ? config->seconds : 0.5;
    if (config->batch < 1 || config->batch > INT32_MAX || config->steps < 1 || config->steps > INT32_MAX)
        return laco_fail(ctx, LACO_INVALID, "a batch of %lld and %lld steps: each must be within 1 … %d", (long long)config->batch,
                         (long long)config->steps, INT32_MAX);
    if (config->precision == LACO_INT8 && config->work == LACO_BENCH_TRAIN)
        return laco_fail(ctx, LACO_INVALID, "layers do not train in int8: fp32 and bf16 can be measured");
    return LACO_OK;
}

static laco_real *random_numbers(laco_context *ctx, int64_t rows, int64_t columns, uint64_t stream)
{
    laco_real *x = laco_alloc(ctx, (size_t)rows, (size_t)columns * sizeof *x);
    laco_rng rng = {.seed = 1, .stream = stream};
    for (int64_t i = 0; x && i < rows * columns; i++)
        x[i] = (laco_real)(2 * laco_rng_uniform(&rng) - 1);
    return x;
}

static laco_status make(layer_bench *b)
{
    const laco_bench_config *c = &b->config;
    laco_rnn_config layer = {.cell = c->cell, .input_size = c->input, .hidden_size = c->hidden, .num_layers = c->layers,
                             .recompute_steps = c->recompute_steps};
    laco_tape_config tape = {.inference = c->work == LACO_BENCH_INFER};
    LACO_TRY(laco_module_new(b->ctx, 1, &b->module));
    LACO_TRY(laco_rnn_new(b->module, "rnn", &layer, &b->rnn));
    laco_module_set_precision(b->module, c->precision);
    LACO_TRY(laco_tape_new(b->ctx, &tape, &b->tape));
    if (c->work == LACO_BENCH_STEP)
        LACO_TRY(laco_stream_new(b->rnn, c->batch, &b->stream));
    b->x = random_numbers(b->ctx, c->steps * c->batch, c->input, 1);
    b->dy = random_numbers(b->ctx, c->steps * c->batch, c->hidden, 2);
    b->times = laco_alloc(b->ctx, MOST_REPEATS, sizeof *b->times);
    return b->x && b->dy && b->times ? LACO_OK : LACO_NO_MEMORY;
}

static void release(layer_bench *b)
{
    laco_release(b->ctx, b->times);
    laco_release(b->ctx, b->dy);
    laco_release(b->ctx, b->x);
    laco_stream_free(b->stream);
    laco_tape_free(b->tape);
    laco_module_free(b->module);
}

static void train_once(layer_bench *b, const int64_t shape[3])
{
    for (size_t i = 0; i < laco_module_param_count(b->module); i++)
        laco_param_changed(laco_module_param(b->module, i)); /* what an update does */
    laco_module_zero_grad(b->module);
    laco_var y = laco_rnn_apply(b->tape, b->rnn, laco_leaf(b->tape, b->x, 3, shape), NULL, NULL);
    if (y)
        laco_var_add_grad(y, b->dy);
    laco_backward(b->tape, NULL);
}

/* The work once, all steps of it. */
static laco_status run_once(layer_bench *b, size_t *bytes)
{
    const laco_bench_config *c = &b->config;
    int64_t shape[3] = {c->steps, c->batch, c->input};
    if (c->work == LACO_BENCH_TRAIN)
        train_once(b, shape);
    else if (c->work == LACO_BENCH_INFER)
        laco_rnn_apply(b->tape, b->rnn, laco_input(b->tape, b->x, 3, shape), NULL, NULL);
    else
        for (int64_t t = 0; t < c->steps; t++)
            laco_stream_step(b->stream, b->x + t * c->batch * c->input);
    laco_status status = laco_tape_status(b->tape);
    *bytes = c->work == LACO_BENCH_STEP ? laco_stream_state_size(b->stream) : laco_tape_bytes(b->tape);
    laco_tape_reset(b->tape);
    return status;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Repeats until the time is spent. The first two runs do not count: they fill caches and find out how much workspace is needed. */
static laco_status measure(layer_bench *b, laco_bench_result *result)
{
    LACO_TRY(run_once(b, &result->bytes));
    LACO_TRY(run_once(b, &result->bytes));
    double begin = laco_clock(), now = begin;
    int64_t n = 0;
    while (n < MOST_REPEATS && (n < LEAST_REPEATS || now - begin < b->config.seconds)) {
        double start = laco_clock();
        LACO_TRY(run_once(b, &result->bytes));
        now = laco_clock();
        b->times[n++] = now - start;
    }
    qsort(b->times, (size_t)n, sizeof *b->times, compare);
    result->repeats = n;
    result->seconds = (b->times[(n - 1) / 2] + b->times[n / 2]) / 2;
    return LACO_OK;
}

/* Two for each multiply-add of a product; training makes three products of the size of each forward one. */
static double flops_of(const laco_bench_config *c)
{
    static const laco_gate_kind kinds[] = {[LACO_CELL_DEFAULT] = LACO_GATES_TANH, [LACO_RNN] = LACO_GATES_TANH, [LACO_GRU] = LACO_GATES_GRU, [LACO_LSTM] = LACO_GATES_LSTM};
    double gates = laco_cells[kinds[c->cell]].gates, hidden = (double)c->hidden, inputs = (double)c->input + (double)(c->layers - 1) * hidden;
    double forward = 2 * (double)c->batch * (double)c->steps * gates * hidden * (inputs + (double)c->layers * hidden);
    return c->work == LACO_BENCH_TRAIN ? 3 * forward : forward;
}

laco_status laco_bench_layer(laco_context *ctx, const laco_bench_config *config, laco_bench_result *out)
{
    layer_bench b = {.config = *config, .ctx = ctx};
    laco_bench_result result = {0};
    LACO_TRY(fill_defaults(ctx, &b.config));
    laco_status status = make(&b);
    if (status == LACO_OK)
        status = measure(&b, &result);
    if (status == LACO_OK) {
        result.config = b.config;
        result.flops = flops_of(&b.config);
        *out = result;
    }
    release(&b);
    return status;
}
