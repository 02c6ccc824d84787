/* A backward pass that nobody looks back at: gradients of parameters are the same to the bit whether values and gradients on the tape
 * live on or not and whether layers keep packs of their weights or not, and it takes less memory. */
#include "laco/laco.h"
#include "nn/module.h"
#include "tape/tape.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { T = 21, B = 16, V = 11, E = 12, H = 24, K = 7 };

typedef struct network {
    laco_module *module;
    laco_embedding *words;
    laco_rnn *rnn;
    laco_linear *hidden, *output;
} network;

typedef struct way {
    bool once, passing, drops, trial;
    int64_t recompute_steps;
} way;

static network make_network(laco_context *ctx)
{
    network n;
    laco_rnn_config rnn = {
        .cell = LACO_LSTM, .input_size = E, .hidden_size = H, .num_layers = 2, .bidirectional = true, .dropout = 0.3};
    assert_int_equal(laco_module_new(ctx, 3, &n.module), LACO_OK);
    assert_int_equal(laco_embedding_new(n.module, "words", V, E, -1, &n.words), LACO_OK);
    assert_int_equal(laco_rnn_new(n.module, "rnn", &rnn, &n.rnn), LACO_OK);
    assert_int_equal(laco_linear_new(n.module, "hidden", 2 * H, H, false, &n.hidden), LACO_OK);
    assert_int_equal(laco_linear_new(n.module, "output", H + 2 * H, K, false, &n.output), LACO_OK);
    return n;
}

/* A value that is used twice is among them. */
static laco_var loss_of(laco_tape *tape, const network *n)
{
    static const int32_t lengths[B] = {T, 7, 0, T - 1, 12, T, T, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    int32_t ids[T * B], targets[T * B];
    for (int i = 0; i < T * B; i++) {
        ids[i] = (i * 7 + i / 5) % V;
        targets[i] = (i * 5 + i / 3) % K;
    }
    laco_var read = laco_rnn_apply(tape, n->rnn, laco_embedding_apply(tape, n->words, ids, T, B), lengths, NULL);
    laco_var both[2] = {laco_dropout(tape, laco_tanh(tape, laco_linear_apply(tape, n->hidden, read)), 0.2, true), read};
    return laco_cross_entropy_loss(tape, laco_linear_apply(tape, n->output, laco_concat(tape, both, 2)), targets, NULL);
}

/* All gradients behind each other, after three rounds; *bytes: of the tape. The caller's to free. */
static laco_real *gradients(way w, size_t *count, size_t *bytes)
{
    laco_context *ctx;
    laco_tape *tape;
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = 2}, &ctx), LACO_OK);
    assert_int_equal(laco_tape_new(ctx, &(laco_tape_config){.seed = 11}, &tape), LACO_OK);
    network n = make_network(ctx);
    laco_module_set_recompute_steps(n.module, w.recompute_steps);
    tape->passing = w.passing;
    for (int round = 0; round < 3; round++) {
        laco_tape_reset(tape);
        laco_tape_set_step(tape, (uint64_t)round);
        laco_trial trial = laco_trial_begin(tape);
        assert_non_null(w.trial ? loss_of(tape, &n) : laco_input(tape, &(laco_real){1}, 0, NULL));
        laco_trial_end(tape, trial);
        laco_tape_set_step(tape, (uint64_t)round);
        laco_var loss = loss_of(tape, &n);
        assert_non_null(loss);
        assert_int_equal(w.once ? laco_backward_once(tape, loss) : laco_backward(tape, loss), LACO_OK);
        if (w.drops)
            laco_module_drop_packs(n.module);
    }
    *bytes = laco_tape_bytes(tape);
    *count = (size_t)laco_module_size(n.module);
    laco_real *all = malloc(*count * sizeof *all), *at = all;
    for (size_t i = 0; i < n.module->count; at += n.module->param[i++]->count)
        memcpy(at, n.module->param[i]->grad, (size_t)n.module->param[i]->count * sizeof *at);
    laco_tape_let_go(tape);
    assert_int_equal(laco_tape_bytes(tape), 0);
    laco_tape_free(tape);
    laco_module_free(n.module);
    laco_context_free(ctx);
    return all;
}

static void same_gradients_in_less_memory(void **state)
{
    const way ways[] = {{.once = true},
                        {.passing = true},
                        {.once = true, .passing = true},
                        {.once = true, .passing = true, .recompute_steps = 4},
                        {.drops = true},
                        {.trial = true},
                        {.once = true, .passing = true, .drops = true}};
    size_t count, bytes, most, other;
    laco_real *right = gradients((way){0}, &count, &most);
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        laco_real *found = gradients(ways[i], &other, &bytes);
        assert_int_equal(other, count);
        assert_memory_equal(found, right, count * sizeof *right);
        if (ways[i].once)
            assert_true(bytes < most);
        free(found);
    }
    free(right);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_gradients_in_less_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
