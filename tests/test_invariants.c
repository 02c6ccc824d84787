/* What must be equal bit for bit, at every instruction set and precision of this machine: a sequence cut into steps and whole,
 * padded and one by one, at any number of threads, looked up and multiplied, recorded and not. */
#include "base/random.h"
#include "kernel/kernel.h"
#include "laco/laco.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define SEED 20261123u

typedef struct network {
    laco_context *ctx;
    laco_module *module;
    laco_rnn *rnn;
    laco_tape *tape;
} network;

static laco_precision precision; /* of the network at hand */

static network open_network(laco_cpu cpu, int threads, const laco_rnn_config *config, bool inference)
{
    network n;
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = threads, .cpu = laco_cpu_level_name(cpu)}, &n.ctx),
                     LACO_OK);
    assert_int_equal(laco_module_new(n.ctx, SEED, &n.module), LACO_OK);
    laco_module_set_precision(n.module, precision);
    assert_int_equal(laco_rnn_new(n.module, "rnn", config, &n.rnn), LACO_OK);
    assert_int_equal(laco_tape_new(n.ctx, &(laco_tape_config){.inference = inference, .seed = 7}, &n.tape), LACO_OK);
    return n;
}

static void close_network(network *n)
{
    laco_tape_free(n->tape);
    laco_module_free(n->module);
    laco_context_free(n->ctx);
}

static laco_real *random_values(int64_t count, uint64_t stream)
{
    laco_rng rng = {.seed = SEED, .stream = stream};
    laco_real *values = malloc((size_t)(count + 1) * sizeof *values);
    for (int64_t i = 0; i < count; i++)
        values[i] = (laco_real)(2 * laco_rng_uniform(&rng) - 1);
    return values;
}

static void assert_same(const laco_real *a, const laco_real *b, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (memcmp(a + i, b + i, sizeof *a) != 0)
            fail_msg("element %lld of %lld: %.9g and %.9g", (long long)i, (long long)count, (double)a[i], (double)b[i]);
}

static const laco_rnn_config shapes[] = {
    {.cell = LACO_RNN, .input_size = 7, .hidden_size = 51, .num_layers = 2},
    {.cell = LACO_RNN, .nonlinearity = LACO_RELU, .input_size = 1, .hidden_size = 7, .num_layers = 1},
    {.cell = LACO_GRU, .input_size = 33, .hidden_size = 130, .num_layers = 2},
    {.cell = LACO_LSTM, .input_size = 1, .hidden_size = 51, .num_layers = 2},
    {.cell = LACO_LSTM, .input_size = 16, .hidden_size = 64, .num_layers = 3},
    {.cell = LACO_LSTM, .input_size = 40, .hidden_size = 70, .num_layers = 2, .proj_size = 23},
};
#define SHAPES (sizeof shapes / sizeof *shapes)

typedef void (*check)(laco_cpu cpu, const laco_rnn_config *config);

/* In fp32 and up to precision `last`. */
static void at_every_level(check run, laco_precision last)
{
    for (precision = LACO_FP32; precision <= last; precision++)
        for (int cpu = 0; cpu < LACO_CPU_COUNT; cpu++)
            for (size_t i = 0; laco_kernels_for((laco_cpu)cpu) && i < SHAPES; i++)
                if (precision == LACO_FP32 || cpu != LACO_CPU_REF || i < 2) /* the plain reading is slow */
                    run((laco_cpu)cpu, &shapes[i]);
    precision = LACO_FP32;
}

/* ---- Step ≡ chunk ≡ sequence ---- */

static void check_cuts(laco_cpu cpu, const laco_rnn_config *config)
{
    enum { T = 23, B = 5 };
    int64_t I = config->input_size, shape[3] = {T, B, I};
    network whole = open_network(cpu, 1, config, true), cut = open_network(cpu, 1, config, true);
    laco_real *x = random_values(T * B * I, 1);
    laco_state end = {NULL, NULL};
    laco_var y = laco_rnn_apply(whole.tape, whole.rnn, laco_input(whole.tape, x, 3, shape), NULL, &end);
    assert_non_null(y);
    static const int64_t sizes[] = {1, 2, 8, T};
    for (size_t s = 0; s < 4; s++) {
        laco_state state = {NULL, NULL};
        laco_tape_reset(cut.tape);
        for (int64_t t = 0; t < T; t += sizes[s]) {
            int64_t steps = LACO_MIN(sizes[s], T - t), part[3] = {steps, B, I}, width = laco_var_dim(y, 2);
            laco_var piece = laco_rnn_apply(cut.tape, cut.rnn, laco_input(cut.tape, x + t * B * I, 3, part), NULL, &state);
            assert_non_null(piece);
            assert_same(laco_var_data(piece), laco_var_data(y) + t * B * width, steps * B * width);
        }
        assert_same(laco_var_data(state.h), laco_var_data(end.h), laco_var_size(end.h));
        if (end.c)
            assert_same(laco_var_data(state.c), laco_var_data(end.c), laco_var_size(end.c));
    }
    free(x);
    close_network(&whole);
    close_network(&cut);
}

static void test_cuts(void **state)
{
    (void)state;
    at_every_level(check_cuts, LACO_INT8);
}

/* A cell in the user's loop is the layer of the same weights. */
static void check_cell(laco_cpu cpu, const laco_rnn_config *config)
{
    enum { T = 9, B = 4 };
    if (config->num_layers > 1 && config->cell != LACO_LSTM)
        return;
    laco_rnn_config one = *config;
    one.num_layers = 1;
    one.proj_size = 0;
    int64_t I = one.input_size, shape[3] = {T, B, I};
    network layer = open_network(cpu, 1, &one, true);
    laco_module *module;
    laco_cell *cell;
    laco_cell_config cell_config = {.cell = one.cell,
                                    .input_size = I,
                                    .hidden_size = one.hidden_size,
                                    .nonlinearity = one.nonlinearity,
                                    .no_bias = one.no_bias};
    assert_int_equal(laco_module_new(layer.ctx, 1, &module), LACO_OK);
    laco_module_set_precision(module, precision);
    assert_int_equal(laco_cell_new(module, "cell", &cell_config, &cell), LACO_OK);
    for (size_t i = 0; i < laco_module_param_count(module); i++) {
        laco_param *to = laco_module_param(module, i), *from = laco_module_param(layer.module, i);
        memcpy(to->value, from->value, (size_t)to->count * sizeof *to->value);
        laco_param_changed(to);
    }
    laco_real *x = random_values(T * B * I, 2);
    laco_var y = laco_rnn_apply(layer.tape, layer.rnn, laco_input(layer.tape, x, 3, shape), NULL, NULL);
    laco_state state = {NULL, NULL};
    for (int64_t t = 0; t < T; t++) {
        laco_var h = laco_cell_step(layer.tape, cell, laco_input(layer.tape, x + t * B * I, 2, shape + 1), &state);
        assert_non_null(h);
        assert_same(laco_var_data(h), laco_var_data(y) + t * B * one.hidden_size, B * one.hidden_size);
    }
    free(x);
    laco_module_free(module);
    close_network(&layer);
}

static void test_cells(void **state)
{
    (void)state;
    at_every_level(check_cell, LACO_INT8);
}

/* ---- Padded ≡ one by one ---- */

static void check_padding(laco_cpu cpu, const laco_rnn_config *config)
{
    enum { T = 11, B = 9 };
    static const int32_t lengths[B] = {3, 11, 0, 7, 1, 11, 5, 0, 2};
    laco_rnn_config both = *config;
    both.bidirectional = true;
    int64_t I = both.input_size, shape[3] = {T, B, I};
    network batch = open_network(cpu, 2, &both, true), single = open_network(cpu, 1, &both, true);
    laco_real *x = random_values(T * B * I, 3), *alone = malloc((size_t)(T * I) * sizeof *alone);
    laco_state ends = {NULL, NULL};
    laco_var y = laco_rnn_apply(batch.tape, batch.rnn, laco_input(batch.tape, x, 3, shape), lengths, &ends);
    assert_non_null(y);
    int64_t width = laco_var_dim(y, 2), P = laco_var_dim(ends.h, 2), passes = laco_var_dim(ends.h, 0);
    for (int64_t b = 0; b < B; b++) {
        int64_t one[3] = {lengths[b], 1, I};
        for (int64_t t = 0; t < T; t++)
            memcpy(alone + t * I, x + (t * B + b) * I, (size_t)I * sizeof *x);
        laco_state end = {NULL, NULL};
        laco_tape_reset(single.tape);
        laco_var z = laco_rnn_apply(single.tape, single.rnn, laco_input(single.tape, alone, 3, one), NULL, &end);
        assert_non_null(z);
        for (int64_t t = 0; t < lengths[b]; t++)
            assert_same(laco_var_data(y) + (t * B + b) * width, laco_var_data(z) + t * width, width);
        for (int64_t t = lengths[b]; t < T; t++)
            for (int64_t j = 0; j < width; j++)
                assert_true(laco_var_data(y)[(t * B + b) * width + j] == 0);
        for (int64_t p = 0; p < passes; p++)
            assert_same(laco_var_data(ends.h) + (p * B + b) * P, laco_var_data(end.h) + p * P, P);
    }
    free(x);
    free(alone);
    close_network(&batch);
    close_network(&single);
}

static void test_padding(void **state)
{
    (void)state;
    at_every_level(check_padding, LACO_INT8);
}

/* ---- 1 ≡ N threads, forward and every gradient ---- */

typedef struct outcome {
    laco_real *values; /* output, then the gradients of input and parameters */
    int64_t count;
} outcome;

static void append(outcome *all, const laco_real *values, int64_t count)
{
    all->values = realloc(all->values, (size_t)(all->count + count) * sizeof *values);
    memcpy(all->values + all->count, values, (size_t)count * sizeof *values);
    all->count += count;
}

static outcome run_lengths(laco_cpu cpu, const laco_rnn_config *config, int threads, int T, int B, const int32_t *lengths)
{
    int64_t I = config->input_size, shape[3] = {T, B, I};
    network n = open_network(cpu, threads, config, false);
    laco_real *x = random_values(T * B * I, 4);
    laco_var input = laco_leaf(n.tape, x, 3, shape), y = laco_rnn_apply(n.tape, n.rnn, input, lengths, NULL);
    assert_non_null(y);
    laco_real *dy = random_values(laco_var_size(y), 5);
    assert_int_equal(laco_var_add_grad(y, dy), LACO_OK);
    assert_int_equal(laco_backward(n.tape, NULL), LACO_OK);
    outcome all = {NULL, 0};
    append(&all, laco_var_data(y), laco_var_size(y));
    append(&all, laco_var_grad(input), laco_var_size(input));
    for (size_t i = 0; i < laco_module_param_count(n.module); i++)
        append(&all, laco_module_param(n.module, i)->grad, laco_module_param(n.module, i)->count);
    free(x);
    free(dy);
    close_network(&n);
    return all;
}

static outcome run_with_threads(laco_cpu cpu, const laco_rnn_config *config, int threads, int B)
{
    enum { T = 40 };
    int32_t lengths[33];
    for (int b = 0; b < B; b++)
        lengths[b] = (b * 17 + 33 - B) % (T + 1);
    return run_lengths(cpu, config, threads, T, B, lengths);
}

static void check_threads(laco_cpu cpu, const laco_rnn_config *config)
{
    laco_rnn_config both = *config;
    both.bidirectional = true;
    both.dropout = 0.3;
    outcome one = run_with_threads(cpu, &both, 1, 33);
    for (int threads = 2; threads <= 5; threads += 3) {
        outcome many = run_with_threads(cpu, &both, threads, 33);
        assert_int_equal(one.count, many.count);
        assert_same(one.values, many.values, one.count);
        free(many.values);
    }
    free(one.values);
}

static void test_threads(void **state)
{
    (void)state;
    at_every_level(check_threads, LACO_BF16);
}

/* One or two sequences are split by hidden units, where the layer is large. */
static void test_threads_over_units(void **state)
{
    (void)state;
    static const laco_rnn_config large[] = {
        {.cell = LACO_RNN, .input_size = 3, .hidden_size = 512},
        {.cell = LACO_GRU, .input_size = 20, .hidden_size = 320, .bidirectional = true},
        {.cell = LACO_LSTM, .input_size = 5, .hidden_size = 256, .num_layers = 2},
        {.cell = LACO_LSTM, .input_size = 5, .hidden_size = 288, .recompute_steps = 9},
    };
    for (int cpu = 0; cpu < LACO_CPU_COUNT; cpu++)
        for (size_t i = 0; laco_kernels_for((laco_cpu)cpu) && i < sizeof large / sizeof *large; i++)
            for (int B = 1; B <= 2; B++) {
                outcome one = run_with_threads((laco_cpu)cpu, &large[i], 1, B),
                        many = run_with_threads((laco_cpu)cpu, &large[i], 4, B);
                assert_int_equal(one.count, many.count);
                assert_same(one.values, many.values, one.count);
                free(one.values);
                free(many.values);
            }
}

/* Fewer rows in all than threads. */
static void test_more_threads_than_rows(void **state)
{
    (void)state;
    static const int32_t lengths[][4] = {{1, 0, 0, 0}, {1, 1, 0, 0}, {0, 2, 0, 0}, {0, 0, 0, 1}};
    const laco_rnn_config large = {.cell = LACO_LSTM, .input_size = 9, .hidden_size = 1024};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        outcome one = run_lengths(LACO_CPU_REF, &large, 1, 2, 4, lengths[i]);
        for (int threads = 2; threads <= 4; threads++) {
            outcome many = run_lengths(LACO_CPU_REF, &large, threads, 2, 4, lengths[i]);
            assert_int_equal(one.count, many.count);
            assert_same(one.values, many.values, one.count);
            free(many.values);
        }
        free(one.values);
    }
}

/* ---- Look-ups ≡ products, recording ≡ inference ---- */

static void check_lookup(laco_cpu cpu, const laco_rnn_config *config)
{
    enum { T = 12, B = 6 };
    int64_t I = config->input_size, shape[3] = {T, B, I};
    int32_t ids[T * B];
    laco_real *rows = calloc((size_t)(T * B * I), sizeof *rows);
    for (int i = 0; i < T * B; i++) {
        ids[i] = (int32_t)((i * 31) % I);
        rows[i * I + ids[i]] = 1;
    }
    network looked_up = open_network(cpu, 1, config, false), multiplied = open_network(cpu, 1, config, true);
    laco_var a = laco_rnn_apply(looked_up.tape, looked_up.rnn, laco_one_hot(looked_up.tape, ids, T, B, I), NULL, NULL);
    laco_var b = laco_rnn_apply(multiplied.tape, multiplied.rnn, laco_input(multiplied.tape, rows, 3, shape), NULL, NULL);
    assert_non_null(a);
    assert_non_null(b);
    assert_same(laco_var_data(a), laco_var_data(b), laco_var_size(a));
    free(rows);
    close_network(&looked_up);
    close_network(&multiplied);
}

static void test_lookup(void **state)
{
    (void)state;
    at_every_level(check_lookup, LACO_FP32);
}

/* ---- Steady-state training allocates nothing ---- */

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

static void test_steady_state_allocates_nothing(void **state)
{
    (void)state;
    enum { T = 20, B = 8, V = 30, K = 5 };
    laco_context *ctx;
    laco_module *module;
    laco_embedding *embedding;
    laco_rnn *rnn;
    laco_linear *linear;
    laco_tape *tape;
    laco_optimiser *adam;
    int32_t ids[T * B], targets[B], lengths[B];
    for (int i = 0; i < T * B; i++)
        ids[i] = i % V;
    for (int b = 0; b < B; b++) {
        targets[b] = b % K;
        lengths[b] = T - b;
    }
    assert_int_equal(laco_context_new(&(laco_context_config){.allocator = counting_allocator}, &ctx), LACO_OK);
    assert_int_equal(laco_module_new(ctx, 1, &module), LACO_OK);
    assert_int_equal(laco_embedding_new(module, "embedding", V, 16, -1, &embedding), LACO_OK);
    assert_int_equal(
        laco_rnn_new(module, "rnn",
                     &(laco_rnn_config){.cell = LACO_LSTM, .input_size = 16, .hidden_size = 32, .num_layers = 2, .dropout = 0.1},
                     &rnn),
        LACO_OK);
    assert_int_equal(laco_linear_new(module, "linear", 32, K, false, &linear), LACO_OK);
    assert_int_equal(laco_tape_new(ctx, NULL, &tape), LACO_OK);
    assert_int_equal(laco_optimiser_new(module, &(laco_optimiser_config){.kind = LACO_ADAM}, &adam), LACO_OK);
    double first = 0, loss = 0;
    for (int step = 0; step < 60; step++) {
        size_t before = allocations;
        laco_tape_reset(tape);
        laco_module_zero_grad(module);
        laco_var y = laco_rnn_apply(tape, rnn, laco_embedding_apply(tape, embedding, ids, T, B), lengths, NULL);
        laco_var value = laco_cross_entropy_loss(
            tape, laco_linear_apply(tape, linear, laco_pool_steps(tape, y, lengths, LACO_LAST_STEP)), targets, NULL);
        assert_int_equal(laco_backward(tape, value), LACO_OK);
        loss = (double)*laco_var_data(value);
        laco_optimiser_step(adam);
        first = step == 0 ? loss : first;
        if (step >= 3)
            assert_int_equal(allocations, before);
    }
    assert_true(loss < 0.9 * first);
    laco_optimiser_free(adam);
    laco_tape_free(tape);
    laco_module_free(module);
    laco_context_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_threads_over_units),
        cmocka_unit_test(test_more_threads_than_rows),
        cmocka_unit_test(test_lookup),
        cmocka_unit_test(test_steady_state_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
