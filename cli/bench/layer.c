/* Recurrent layers by the clock, as a program that uses the library sees them. */
#include "bench/clock.h"
#include "bench/measure.h"

#include <stdlib.h>

#define LEAST_REPEATS 3
#define MOST_REPEATS 10000

typedef struct layer_bench {
    bench_config config;
    laco_context *ctx;
    laco_module *module;
    laco_rnn *rnn;
    laco_tape *tape;
    laco_stream *stream;
    laco_real *x, *dy; /* [steps][batch][input], [steps][batch][hidden] */
    double *times;     /* [MOST_REPEATS] */
} layer_bench;

static laco_status fill_defaults(bench_config *config)
{
    config->hidden = config->hidden ? config->hidden : 128;
    config->input = config->input ? config->input : config->hidden;
    config->layers = config->layers ? config->layers : 1;
    config->batch = config->batch ? config->batch : config->work == BENCH_STEP ? 1 : 32;
    config->steps = config->steps ? config->steps : 64;
    config->seconds = config->seconds > 0 ? config->seconds : 0.5;
    if (config->batch < 1 || config->batch > INT32_MAX || config->steps < 1 || config->steps > INT32_MAX)
        return failed(LACO_INVALID, "a batch of %lld and %lld steps: each must be within 1 … %d", (long long)config->batch,
                      (long long)config->steps, INT32_MAX);
    if (config->precision == LACO_INT8 && config->work == BENCH_TRAIN)
        return failed(LACO_INVALID, "layers do not train in int8: fp32 and bf16 can be measured");
    return LACO_OK;
}

/* Anything between -1 and 1 will do, as long as it is not all the same; NULL: no memory. */
static laco_real *some_numbers(int64_t rows, int64_t columns, uint32_t state)
{
    size_t count, bytes;
    if (__builtin_mul_overflow((size_t)rows, (size_t)columns, &count) || __builtin_mul_overflow(count, sizeof(laco_real), &bytes))
        return NULL;
    laco_real *x = malloc(bytes);
    for (size_t i = 0; x && i < count; i++) {
        state = 1664525 * state + 1013904223; /* Numerical Recipes' quick generator */
        x[i] = (laco_real)state / (laco_real)2147483648 - 1;
    }
    return x;
}

static laco_status make(layer_bench *b)
{
    const bench_config *c = &b->config;
    laco_rnn_config layer = {.cell = c->cell,
                             .input_size = c->input,
                             .hidden_size = c->hidden,
                             .num_layers = c->layers,
                             .recompute_steps = c->recompute_steps};
    laco_tape_config tape = {.inference = c->work == BENCH_INFER};
    TRY(of_library(b->ctx, laco_module_new(b->ctx, 1, &b->module)));
    TRY(of_library(b->ctx, laco_rnn_new(b->module, "rnn", &layer, &b->rnn)));
    laco_module_set_precision(b->module, c->precision);
    TRY(of_library(b->ctx, laco_tape_new(b->ctx, &tape, &b->tape)));
    if (c->work == BENCH_STEP)
        TRY(of_library(b->ctx, laco_stream_new(b->rnn, c->batch, &b->stream)));
    if (!(b->x = some_numbers(c->steps * c->batch, c->input, 1)) || !(b->dy = some_numbers(c->steps * c->batch, c->hidden, 2)) ||
        !(b->times = calloc(MOST_REPEATS, sizeof *b->times)))
        return failed(LACO_NO_MEMORY, "out of memory for %lld steps of %lld sequences", (long long)c->steps, (long long)c->batch);
    return LACO_OK;
}

static void release(layer_bench *b)
{
    free(b->times);
    free(b->dy);
    free(b->x);
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
    const bench_config *c = &b->config;
    int64_t shape[3] = {c->steps, c->batch, c->input};
    if (c->work == BENCH_TRAIN)
        train_once(b, shape);
    else if (c->work == BENCH_INFER)
        laco_rnn_apply(b->tape, b->rnn, laco_input(b->tape, b->x, 3, shape), NULL, NULL);
    else
        for (int64_t t = 0; t < c->steps; t++)
            laco_stream_step(b->stream, b->x + t * c->batch * c->input);
    laco_status status = of_library(b->ctx, laco_tape_status(b->tape));
    *bytes = c->work == BENCH_STEP ? laco_stream_state_size(b->stream) : laco_tape_bytes(b->tape);
    laco_tape_reset(b->tape);
    return status;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Repeats until the time is spent. The first two runs do not count: they fill caches and find out how much workspace is needed.
 */
static laco_status measure(layer_bench *b, bench_result *result)
{
    TRY(run_once(b, &result->bytes));
    TRY(run_once(b, &result->bytes));
    double begin = seconds_now(), now = begin;
    int64_t n = 0;
    while (n < MOST_REPEATS && (n < LEAST_REPEATS || now - begin < b->config.seconds)) {
        double start = seconds_now();
        TRY(run_once(b, &result->bytes));
        now = seconds_now();
        b->times[n++] = now - start;
    }
    qsort(b->times, (size_t)n, sizeof *b->times, compare);
    result->repeats = n;
    result->seconds = (b->times[(n - 1) / 2] + b->times[n / 2]) / 2;
    return LACO_OK;
}

/* Two for each multiply-add of a product; training makes three products of the size of each forward one. */
static double flops_of(const bench_config *c)
{
    static const double gates_of[] = {[LACO_CELL_DEFAULT] = 1, [LACO_RNN] = 1, [LACO_GRU] = 3, [LACO_LSTM] = 4};
    double gates = gates_of[c->cell], hidden = (double)c->hidden, inputs = (double)c->input + (double)(c->layers - 1) * hidden;
    double forward = 2 * (double)c->batch * (double)c->steps * gates * hidden * (inputs + (double)c->layers * hidden);
    return c->work == BENCH_TRAIN ? 3 * forward : forward;
}

laco_status bench_layer(laco_context *ctx, const bench_config *config, bench_result *out)
{
    layer_bench b = {.config = *config, .ctx = ctx};
    bench_result result = {0};
    TRY(fill_defaults(&b.config));
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
