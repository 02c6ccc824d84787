/* Less memory for more time: layers that keep some states and compute the rest again have the same results and gradients to the
 * bit, and so has a computation in parts; a million steps go back in little memory. */
#include "base/random.h"
#include "kernel/kernel.h"
#include "laco/laco.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { T = 23, B = 5, MOST = 1 << 19 };

/* A layer, with all that goes in, and everything that comes out one behind the other. */
typedef struct run {
    laco_rnn_config config;
    laco_cpu cpu;
    int threads;
    bool lengths, states, table;
    laco_real *out;
    int64_t count;
} run;

static void put(run *r, const laco_real *from, int64_t count)
{
    assert_true(r->count + count <= MOST);
    for (int64_t i = 0; from && i < count; i++)
        r->out[r->count++] = from[i];
}

static laco_real *numbers(int64_t count, uint64_t stream)
{
    laco_rng rng = {.seed = 5, .stream = stream};
    laco_real *values = malloc((size_t)(count + 1) * sizeof *values);
    for (int64_t i = 0; i < count; i++)
        values[i] = (laco_real)(2 * laco_rng_uniform(&rng) - 1);
    return values;
}

static laco_var leaf(laco_tape *tape, int64_t a, int64_t b, int64_t c, uint64_t stream)
{
    laco_real *values = numbers(a * b * c, stream);
    laco_var var = laco_leaf(tape, values, 3, (int64_t[]){a, b, c});
    free(values);
    return var;
}

static void give(laco_var var, uint64_t stream)
{
    laco_real *values = numbers(laco_var_size(var), stream);
    assert_int_equal(laco_var_add_grad(var, values), LACO_OK);
    free(values);
}

/* Forward and backward; r->out: outputs, last states and every gradient. Returns the bytes of the tape. */
static size_t go(run *r, int64_t recompute_steps)
{
    static const int32_t lengths[B] = {T, 7, 0, T - 1, 12};
    laco_context *ctx;
    laco_module *module;
    laco_rnn *rnn;
    laco_embedding *words;
    laco_tape *tape;
    laco_rnn_config config = r->config;
    int64_t D = config.bidirectional ? 2 : 1, L = config.num_layers, P = config.proj_size ? config.proj_size : config.hidden_size;
    config.recompute_steps = recompute_steps;
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = r->threads, .cpu = laco_cpu_level_name(r->cpu)}, &ctx),
                     LACO_OK);
    assert_int_equal(laco_module_new(ctx, 3, &module), LACO_OK);
    assert_int_equal(laco_rnn_new(module, "rnn", &config, &rnn), LACO_OK);
    assert_int_equal(laco_embedding_new(module, "words", 9, config.input_size, 2, &words), LACO_OK);
    assert_int_equal(laco_tape_new(ctx, &(laco_tape_config){.seed = 11}, &tape), LACO_OK);
    size_t bytes = 0;
    for (int round = 0; round < 2; round++) { /* gradients add up */
        laco_tape_reset(tape);
        int32_t ids[T * B];
        for (int i = 0; i < T * B; i++)
            ids[i] = (i * 7 + i / 5) % 9;
        laco_var x = r->table ? laco_embedding_apply(tape, words, ids, T, B) : leaf(tape, T, B, config.input_size, 1);
        laco_state state = {NULL, NULL};
        if (r->states)
            state.h = leaf(tape, L * D, B, P, 2);
        if (r->states && config.cell == LACO_LSTM)
            state.c = leaf(tape, L * D, B, config.hidden_size, 3);
        laco_state start = state;
        laco_var y = laco_rnn_apply(tape, rnn, x, r->lengths ? lengths : NULL, &state);
        assert_non_null(y);
        give(y, 4);
        give(state.h, 5);
        if (state.c)
            give(state.c, 6);
        assert_int_equal(laco_backward(tape, NULL), LACO_OK);
        r->count = 0;
        laco_var vars[] = {y, state.h, state.c};
        for (size_t i = 0; i < 3; i++)
            put(r, laco_var_data(vars[i]), laco_var_size(vars[i]));
        laco_var leaves[] = {r->table ? NULL : x, start.h, start.c};
        for (size_t i = 0; i < 3; i++)
            put(r, leaves[i] ? laco_var_grad(leaves[i]) : NULL, laco_var_size(leaves[i]));
    }
    for (size_t i = 0; i < laco_module_param_count(module); i++)
        put(r, laco_module_param(module, i)->grad, laco_module_param(module, i)->count);
    laco_tape_reset(tape);
    bytes = laco_tape_bytes(tape);
    laco_tape_free(tape);
    laco_module_free(module);
    laco_context_free(ctx);
    return bytes;
}

static const laco_rnn_config shapes[] = {
    {.cell = LACO_RNN, .input_size = 7, .hidden_size = 51, .num_layers = 2, .bidirectional = true},
    {.cell = LACO_RNN, .nonlinearity = LACO_RELU, .input_size = 1, .hidden_size = 7, .num_layers = 1},
    {.cell = LACO_GRU, .input_size = 33, .hidden_size = 40, .num_layers = 2, .dropout = 0.3},
    {.cell = LACO_GRU, .input_size = 3, .hidden_size = 20, .num_layers = 1, .weight_drop = 0.5, .no_bias = true},
    {.cell = LACO_LSTM, .input_size = 1, .hidden_size = 51, .num_layers = 2, .bidirectional = true},
    {.cell = LACO_LSTM, .input_size = 16, .hidden_size = 64, .num_layers = 3},
    {.cell = LACO_LSTM, .input_size = 40, .hidden_size = 70, .num_layers = 2, .proj_size = 23},
};

static void check(const laco_rnn_config *config, laco_cpu cpu, int mask)
{
    static const int64_t steps[] = {1, 2, 5, 22, 23, 1000};
    run whole = {*config, cpu, 1, mask & 1, mask & 2, mask & 4, malloc(MOST * sizeof(laco_real)), 0};
    run cut = whole;
    cut.out = malloc(MOST * sizeof(laco_real));
    go(&whole, -1);
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        cut.threads = 1 + (int)s % 3;
        go(&cut, steps[s]);
        assert_int_equal(cut.count, whole.count);
        for (int64_t i = 0; i < whole.count; i++)
            if (memcmp(&whole.out[i], &cut.out[i], sizeof *cut.out) != 0)
                fail_msg("cell %d, %lld steps, options %d, %s: number %lld of %lld is %.9g, all kept %.9g", (int)config->cell,
                         (long long)steps[s], mask, laco_cpu_level_name(cpu), (long long)i, (long long)whole.count,
                         (double)cut.out[i], (double)whole.out[i]);
    }
    free(whole.out);
    free(cut.out);
}

static void same_bits(void **state)
{
    (void)state;
    for (int cpu = 0; cpu < LACO_CPU_COUNT; cpu++)
        for (size_t i = 0; laco_kernels_for((laco_cpu)cpu) && i < sizeof shapes / sizeof *shapes; i++)
            for (int mask = 0; mask < 8; mask++)
                if (cpu == LACO_CPU_COUNT - 1 || mask % 3 == 0)
                    check(&shapes[i], (laco_cpu)cpu, mask);
}

/* Gates and c are what there is most of. */
static size_t bytes_of_steps(int64_t steps, int64_t recompute_steps)
{
    laco_context *ctx;
    laco_module *module;
    laco_rnn *rnn;
    laco_tape *tape;
    laco_rnn_config config = {.cell = LACO_LSTM, .input_size = 1, .hidden_size = 32, .recompute_steps = recompute_steps};
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = 1}, &ctx), LACO_OK);
    assert_int_equal(laco_module_new(ctx, 3, &module), LACO_OK);
    assert_int_equal(laco_rnn_new(module, "rnn", &config, &rnn), LACO_OK);
    assert_int_equal(laco_tape_new(ctx, NULL, &tape), LACO_OK);
    laco_real *x = numbers(steps, 1);
    for (int round = 0; round < 2; round++) {
        laco_tape_reset(tape);
        laco_var y = laco_rnn_apply(tape, rnn, laco_input(tape, x, 3, (int64_t[]){steps, 1, 1}), NULL, NULL);
        assert_int_equal(laco_backward(tape, laco_sum(tape, y)), LACO_OK);
    }
    laco_tape_reset(tape);
    size_t bytes = laco_tape_bytes(tape);
    free(x);
    laco_tape_free(tape);
    laco_module_free(module);
    laco_context_free(ctx);
    return bytes;
}

static void less_memory(void **state)
{
    (void)state;
    size_t all = bytes_of_steps(10000, -1), some = bytes_of_steps(10000, 100);
    assert_true(all > 10000 * 4 * 32 * sizeof(laco_real));
    assert_true(some < all / 2);
}

/* ---- A computation in parts ---- */

typedef struct chunk {
    laco_rnn *rnn;
    laco_linear *linear;
    int64_t first, steps;
} chunk;

/* Steps of a sine wave that is made where it is needed; the loss of guessing the next value. */
static laco_status run_chunk(laco_tape *tape, const void *user, const laco_var *in, laco_var *out)
{
    const chunk *c = user;
    laco_real x[1001];
    for (int64_t t = 0; t <= c->steps; t++)
        x[t] = (laco_real)((c->first + t) * 37 % 101) / 50 - 1;
    laco_state state = {in[0], in[1]};
    laco_var y = laco_rnn_apply(tape, c->rnn, laco_input(tape, x, 3, (int64_t[]){c->steps, 1, 1}), NULL, &state);
    laco_var guess = laco_linear_apply(tape, c->linear, laco_dropout(tape, y, 0.1, true));
    out[0] = state.h;
    out[1] = state.c;
    out[2] = laco_mse_loss(tape, guess, laco_input(tape, x + 1, 3, (int64_t[]){c->steps, 1, 1}), LACO_SUM);
    return LACO_OK;
}

/* The gradient over `steps` steps in parts of 1,000; returns the bytes of the tape. */
static size_t go_in_parts(int64_t steps, bool again, laco_real *gradient, int64_t *count)
{
    laco_context *ctx;
    laco_module *module;
    laco_tape *tape;
    chunk c = {.steps = 1000};
    laco_var out[3] = {NULL, NULL, NULL}, loss = NULL;
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = 1}, &ctx), LACO_OK);
    assert_int_equal(laco_module_new(ctx, 3, &module), LACO_OK);
    assert_int_equal(
        laco_rnn_new(module, "rnn", &(laco_rnn_config){.cell = LACO_LSTM, .input_size = 1, .hidden_size = 8}, &c.rnn), LACO_OK);
    assert_int_equal(laco_linear_new(module, "out", 8, 1, false, &c.linear), LACO_OK);
    assert_int_equal(laco_tape_new(ctx, NULL, &tape), LACO_OK);
    for (c.first = 0; c.first < steps; c.first += c.steps) {
        laco_var in[2] = {out[0], out[1]};
        laco_status status = again ? laco_recompute(tape, run_chunk, &c, sizeof c, in, 2, out, 3) : run_chunk(tape, &c, in, out);
        assert_int_equal(status, LACO_OK);
        loss = loss ? laco_add(tape, loss, out[2]) : out[2];
    }
    assert_int_equal(laco_backward(tape, laco_scale(tape, loss, 1.0 / (double)steps)), LACO_OK);
    *count = 0;
    for (size_t i = 0; i < laco_module_param_count(module); i++)
        for (int64_t j = 0; j < laco_module_param(module, i)->count; j++)
            gradient[(*count)++] = laco_module_param(module, i)->grad[j];
    size_t bytes = laco_tape_bytes(tape);
    laco_tape_free(tape);
    laco_module_free(module);
    laco_context_free(ctx);
    return bytes;
}

static void parts_have_the_same_bits(void **state)
{
    (void)state;
    laco_real kept[1000], again[1000];
    int64_t count, same;
    go_in_parts(7000, false, kept, &count);
    go_in_parts(7000, true, again, &same);
    assert_int_equal(count, same);
    assert_true(count > 300);
    assert_memory_equal(kept, again, (size_t)count * sizeof *kept);
}

static void a_million_steps(void **state)
{
    (void)state;
    laco_real gradient[1000], norm = 0;
    int64_t count;
    size_t bytes = go_in_parts(1000000, true, gradient, &count);
    for (int64_t i = 0; i < count; i++)
        norm += gradient[i] * gradient[i];
    assert_true(norm > 0 && norm < 1e6);
    assert_true(bytes < (size_t)8 << 20); /* 8 bytes a step */
}

static laco_status nothing(laco_tape *tape, const void *user, const laco_var *in, laco_var *out)
{
    (void)tape, (void)user, (void)in, (void)out;
    return LACO_OK;
}

static laco_status half(laco_tape *tape, const void *user, const laco_var *in, laco_var *out)
{
    out[0] = laco_scale(tape, in[0], *(const double *)user);
    return LACO_OK;
}

/* A part within a part. */
static laco_status quarter(laco_tape *tape, const void *user, const laco_var *in, laco_var *out)
{
    laco_var between;
    laco_recompute(tape, half, user, sizeof(double), in, 1, &between, 1);
    return half(tape, user, &between, out);
}

static void parts_are_checked(void **state)
{
    (void)state;
    laco_context *ctx;
    laco_tape *tape;
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    assert_int_equal(laco_tape_new(ctx, NULL, &tape), LACO_OK);
    laco_var x = laco_leaf(tape, (laco_real[]){3, 5}, 1, (int64_t[]){2}), y = NULL;
    assert_int_equal(laco_recompute(tape, quarter, &(double){0.5}, sizeof(double), &x, 1, &y, 1), LACO_OK);
    assert_int_equal(laco_backward(tape, laco_sum(tape, y)), LACO_OK);
    assert_true(laco_var_data(y)[1] == (laco_real)1.25 && laco_var_grad(x)[0] == (laco_real)0.25);
    laco_tape_reset(tape);
    assert_int_equal(laco_recompute(tape, nothing, "", 1, NULL, 0, &y, 1), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "result 0"));
    assert_int_equal(laco_tape_status(tape), LACO_INVALID);
    laco_tape_free(tape);
    laco_context_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bits),       cmocka_unit_test(less_memory),       cmocka_unit_test(parts_have_the_same_bits),
        cmocka_unit_test(a_million_steps), cmocka_unit_test(parts_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
