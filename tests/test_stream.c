/* Stepping: equal to the whole sequence bit for bit, without a single allocation, with a state that can be saved and restored. */
#include "base/random.h"
#include "kernel/kernel.h"
#include "laco/laco.h"
#include "nn/rnn_state.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { T = 31, B = 3 };

static size_t allocations;

static void *counting_allocator(void *user, void *block, size_t old_size, size_t size)
{
    (void)user;
    (void)old_size;
    if (size == 0) {
        free(block);
        return NULL;
    }
    allocations++;
    return realloc(block, size);
}

static const laco_rnn_config shapes[] = {
    {.cell = LACO_RNN, .input_size = 7, .hidden_size = 51, .num_layers = 2},
    {.cell = LACO_RNN, .nonlinearity = LACO_RELU, .input_size = 16, .hidden_size = 16, .no_bias = true},
    {.cell = LACO_GRU, .input_size = 33, .hidden_size = 130, .num_layers = 3},
    {.cell = LACO_GRU, .input_size = 1, .hidden_size = 1},
    {.cell = LACO_LSTM, .input_size = 1, .hidden_size = 51, .num_layers = 2},
    {.cell = LACO_LSTM, .input_size = 40, .hidden_size = 70, .num_layers = 2, .proj_size = 23},
    {.cell = LACO_LSTM, .input_size = 128, .hidden_size = 128},
};

/* Steps a stream over x [T][batch][I] and compares each step with row t of the sequence's output. */
static void follow(laco_stream *stream, const laco_real *x, const laco_real *y, int64_t batch, int64_t I, int64_t P, int64_t from,
                   int64_t to)
{
    for (int64_t t = from; t < to; t++) {
        const laco_real *out = laco_stream_step(stream, x + t * batch * I);
        if (memcmp(out, y + t * batch * P, (size_t)(batch * P) * sizeof *y) != 0)
            fail_msg("step %lld differs from the sequence", (long long)t);
    }
}

static void check(laco_cpu cpu, laco_precision precision, const laco_rnn_config *config, int64_t batch)
{
    laco_context *ctx;
    laco_module *module;
    laco_rnn *rnn;
    laco_tape *tape;
    laco_stream *stream, *other;
    int64_t I = config->input_size, shape[3] = {T, batch, I};
    laco_context_config context = {.threads = 2, .cpu = laco_cpu_level_name(cpu), .allocator = counting_allocator};
    assert_int_equal(laco_context_new(&context, &ctx), LACO_OK);
    assert_int_equal(laco_module_new(ctx, 3, &module), LACO_OK);
    laco_module_set_precision(module, precision);
    assert_int_equal(laco_rnn_new(module, "rnn", config, &rnn), LACO_OK);
    assert_int_equal(laco_tape_new(ctx, &(laco_tape_config){.inference = true}, &tape), LACO_OK);
    laco_real *x = malloc((size_t)(T * batch * I) * sizeof *x);
    laco_rng rng = {.seed = 5};
    for (int64_t i = 0; i < T * batch * I; i++)
        x[i] = (laco_real)(2 * laco_rng_uniform(&rng) - 1);
    laco_var output = laco_rnn_apply(tape, rnn, laco_input(tape, x, 3, shape), NULL, NULL);
    assert_non_null(output);
    const laco_real *y = laco_var_data(output);
    int64_t P = laco_var_dim(output, 2);
    assert_int_equal(laco_stream_new(rnn, batch, &stream), LACO_OK);
    assert_int_equal(laco_stream_new(rnn, batch, &other), LACO_OK);
    laco_module_zero_grad(module);
    size_t before = allocations;
    follow(stream, x, y, batch, I, P, 0, 20);
    assert_int_equal(laco_stream_state_size(stream), laco_stream_state_size(other));
    memcpy(laco_stream_state(other), laco_stream_state(stream), laco_stream_state_size(stream));
    follow(stream, x, y, batch, I, P, 20, T);
    follow(other, x, y, batch, I, P, 20, T); /* went on from the copied state */
    memset(laco_stream_state(other), 0, laco_stream_state_size(other));
    follow(other, x, y, batch, I, P, 0, T);
    assert_int_equal(allocations, before);
    laco_stream_free(stream);
    laco_stream_free(other);
    free(x);
    laco_tape_free(tape);
    laco_module_free(module);
    laco_context_free(ctx);
}

static void test_equals_the_sequence(void **state)
{
    (void)state;
    for (int cpu = 0; cpu < LACO_CPU_COUNT; cpu++)
        for (size_t i = 0; laco_kernels_for((laco_cpu)cpu) && i < sizeof shapes / sizeof *shapes; i++)
            for (laco_precision precision = LACO_FP32; precision <= LACO_INT8; precision++) {
                check((laco_cpu)cpu, precision, &shapes[i], 1);
                check((laco_cpu)cpu, precision, &shapes[i], B);
            }
}

static void test_refusals(void **state)
{
    (void)state;
    laco_context *ctx;
    laco_module *module;
    laco_rnn *rnn;
    laco_stream *stream = NULL;
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    assert_int_equal(laco_module_new(ctx, 3, &module), LACO_OK);
    assert_int_equal(laco_rnn_new(module, "both",
                                  &(laco_rnn_config){.cell = LACO_GRU, .input_size = 2, .hidden_size = 3, .bidirectional = true},
                                  &rnn),
                     LACO_OK);
    assert_int_equal(laco_stream_new(rnn, 1, &stream), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "bidirectional"));
    assert_int_equal(laco_rnn_new(module, "one", &(laco_rnn_config){.cell = LACO_GRU, .input_size = 2, .hidden_size = 3}, &rnn),
                     LACO_OK);
    assert_int_equal(laco_stream_new(rnn, 0, &stream), LACO_INVALID);
    assert_int_equal(laco_stream_new(rnn, INT64_MAX / 4, &stream), LACO_INVALID);
    assert_null(stream);
    laco_module_free(module);
    laco_context_free(ctx);
}

/* The state that streams, tapes and beams share. */
static void test_state(void **unused)
{
    (void)unused;
    laco_context *ctx;
    laco_module *module;
    laco_rnn *rnn;
    laco_tape *tape;
    laco_rnn_state state, other = {0};
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    assert_int_equal(laco_module_new(ctx, 3, &module), LACO_OK);
    assert_int_equal(laco_tape_new(ctx, NULL, &tape), LACO_OK);
    laco_rnn_config config = {
        .cell = LACO_LSTM, .input_size = 2, .hidden_size = 5, .proj_size = 3, .num_layers = 2, .bidirectional = true};
    assert_int_equal(laco_rnn_new(module, "rnn", &config, &rnn), LACO_OK);
    assert_int_equal(laco_rnn_state_new(ctx, rnn, B, &state), LACO_OK);
    assert_int_equal(laco_rnn_state_bytes(&state), (size_t)(4 * B * (3 + 5)) * sizeof(laco_real));
    for (size_t i = 0; i < state.count; i++)
        state.h[i] = (laco_real)i;
    assert_int_equal(laco_rnn_state_new(ctx, rnn, 2, &other), LACO_OK);
    laco_rnn_state_gather(&state, (int64_t[]){2, 0}, &other);
    for (int l = 0; l < 4; l++)
        for (int b = 0; b < 2; b++) {
            assert_memory_equal(other.h + (l * 2 + b) * 3, state.h + (l * B + (b ? 0 : 2)) * 3, 3 * sizeof(laco_real));
            assert_memory_equal(other.c + (l * 2 + b) * 5, state.c + (l * B + (b ? 0 : 2)) * 5, 5 * sizeof(laco_real));
        }
    /* Through the layers on a tape and back: as the tape has it. */
    laco_state values = laco_rnn_state_begin(tape, &other);
    laco_real x[2 * 2] = {1, 2, 3, 4};
    assert_non_null(laco_rnn_apply(tape, rnn, laco_input(tape, x, 3, (int64_t[]){1, 2, 2}), NULL, &values));
    laco_rnn_state_end(&other, &values);
    assert_memory_equal(other.h, laco_var_data(values.h), 4 * 2 * 3 * sizeof(laco_real));
    assert_memory_equal(other.c, laco_var_data(values.c), 4 * 2 * 5 * sizeof(laco_real));
    laco_rnn_state_clear(&other);
    for (size_t i = 0; i < other.count; i++)
        assert_true(other.h[i] == 0);
    assert_int_equal(laco_rnn_state_new(ctx, rnn, INT64_MAX / 4, &other), LACO_NO_MEMORY);
    laco_rnn_state_free(ctx, &other);
    laco_rnn_state_free(ctx, &state);
    laco_tape_free(tape);
    laco_module_free(module);
    laco_context_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_equals_the_sequence), cmocka_unit_test(test_state),
                                       cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
