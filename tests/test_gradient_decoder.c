/* Attention and the decoder: gradients against finite differences; steps one by one against all at once; padding, rows that
 * share a memory, and threads, none of which may change a number. */
#include "gradient.h"

#include "laco/decoder.h"
#include "nn/attention.h"
#include "nn/decoder.h"

typedef struct attention_case {
    int T, S, B, R; /* R queries a step for each memory */
    int32_t lengths[3];
    laco_attention *attention;
} attention_case;

static int build_attention(const gradient_check *c, const laco_var *x, laco_var *y)
{
    const attention_case *k = c->options;
    laco_memory memory = {.values = x[1], .keys = laco_attention_keys(c->tape, k->attention, x[1]), .lengths = k->lengths};
    y[0] = laco_attention_apply(c->tape, k->attention, x[0], &memory, NULL);
    return 1;
}

static void attention_gradients(void **state)
{
    (void)state;
    static const int shapes[][4] = {{3, 4, 2, 1}, {1, 5, 3, 1}, {2, 3, 2, 3}, {1, 1, 1, 1}, {4, 2, 1, 2}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int kind = LACO_ATTENTION_DOT; kind <= LACO_ATTENTION_ADDITIVE; kind++) {
            gradient_check c = gradient_begin(laco_attention_kind_names[kind]);
            attention_case k = {.T = shapes[i][0], .S = shapes[i][1], .B = shapes[i][2], .R = shapes[i][3]};
            laco_attention_config config = {
                .kind = (laco_attention_kind)kind, .query_size = 3, .memory_size = 5, .size = i == 0 ? 4 : 0};
            assert_int_equal(laco_attention_new(c.module, "attention", &config, &k.attention), LACO_OK);
            for (int b = 0; b < k.B; b++)
                k.lengths[b] = b == 0 ? k.S : (int32_t)gradient_below(k.S + 1);
            c.options = &k;
            gradient_leaf(&c, 3, (int64_t[]){k.T, k.B * k.R, 3});
            gradient_leaf(&c, 3, (int64_t[]){k.S, k.B, 5});
            gradient_run(&c, build_attention);
        }
}

/* ---- The decoder ---------------------------------------------------------------------------------------------------------- */

enum { T = 4, S = 5, B = 3, V = 6, M = 4, WIDTH = 3 };
static const int32_t ids[T * B] = {0, 0, 0, 3, 2, 5, 1, 2, 4, 5, 5, 1}, lengths[B] = {4, 2, 3}, memory_lengths[B] = {3, 5, 1};

static laco_decoder_config decoder_config(laco_cell_kind cell, laco_attention_kind attention)
{
    return (laco_decoder_config){.cell = cell,
                                 .outputs = V,
                                 .embed = 3,
                                 .hidden = 4,
                                 .layers = 2,
                                 .attention = attention,
                                 .memory_size = M,
                                 .bridge = WIDTH};
}

static int build_decoder(const gradient_check *c, const laco_var *x, laco_var *y)
{
    laco_decoder *decoder = *(laco_decoder *const *)c->options;
    laco_state state;
    laco_memory memory;
    if (laco_decoder_begin(c->tape, decoder, x[0], &state) < 0 ||
        laco_decoder_look_at(c->tape, decoder, x[1], memory_lengths, &memory) < 0)
        return 0;
    y[0] = laco_decoder_apply(c->tape, decoder, ids, T, B, lengths, &memory, &state, NULL);
    y[1] = state.h;
    return 2;
}

static void decoder_gradients(void **state)
{
    (void)state;
    for (int cell = LACO_RNN; cell <= LACO_LSTM; cell++)
        for (int attention = LACO_ATTENTION_NONE; attention <= LACO_ATTENTION_ADDITIVE; attention++) {
            gradient_check c = gradient_begin(laco_attention_kind_names[attention]);
            laco_decoder_config config = decoder_config((laco_cell_kind)cell, (laco_attention_kind)attention);
            laco_decoder *decoder;
            assert_int_equal(laco_decoder_new(c.module, "decoder", &config, &decoder), LACO_OK);
            c.options = &decoder;
            gradient_leaf(&c, 2, (int64_t[]){B, WIDTH});
            gradient_leaf(&c, 3, (int64_t[]){S, B, M});
            gradient_run(&c, build_decoder);
        }
}

/* ---- What must not change a number --------------------------------------------------------------------------------------------
 */

typedef struct world {
    laco_context *ctx;
    laco_module *module;
    laco_tape *tape;
    laco_decoder *decoder;
    laco_real vector[B * WIDTH], values[S * B * M];
} world;

static world world_begin(laco_attention_kind attention, int threads)
{
    world w = {0};
    laco_rng rng = {.seed = 5};
    laco_decoder_config config = decoder_config(LACO_LSTM, attention);
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = threads}, &w.ctx), LACO_OK);
    assert_int_equal(laco_module_new(w.ctx, 3, &w.module), LACO_OK);
    assert_int_equal(laco_tape_new(w.ctx, &(laco_tape_config){.inference = true}, &w.tape), LACO_OK);
    assert_int_equal(laco_decoder_new(w.module, "decoder", &config, &w.decoder), LACO_OK);
    laco_module_set_training(w.module, false);
    for (int i = 0; i < B * WIDTH; i++)
        w.vector[i] = laco_rng_normal(&rng);
    for (int i = 0; i < S * B * M; i++)
        w.values[i] = laco_rng_normal(&rng);
    return w;
}

static void world_end(world *w)
{
    laco_tape_free(w->tape);
    laco_module_free(w->module);
    laco_context_free(w->ctx);
}

static laco_memory look(world *w, laco_state *state)
{
    laco_memory memory;
    laco_var vector = laco_input(w->tape, w->vector, 2, (int64_t[]){B, WIDTH});
    laco_var values = laco_input(w->tape, w->values, 3, (int64_t[]){S, B, M});
    assert_int_equal(laco_decoder_begin(w->tape, w->decoder, vector, state), LACO_OK);
    assert_int_equal(laco_decoder_look_at(w->tape, w->decoder, values, memory_lengths, &memory), LACO_OK);
    return memory;
}

static void steps_are_the_sequence(void **unused)
{
    (void)unused;
    for (int attention = LACO_ATTENTION_NONE; attention <= LACO_ATTENTION_ADDITIVE; attention++) {
        world w = world_begin((laco_attention_kind)attention, 1);
        laco_state state, by_step;
        laco_memory memory = look(&w, &state);
        by_step = state;
        laco_var all = laco_decoder_apply(w.tape, w.decoder, ids, T, B, NULL, &memory, &state, NULL);
        assert_non_null(all);
        for (int t = 0; t < T; t++) {
            laco_var one = laco_decoder_apply(w.tape, w.decoder, ids + t * B, 1, B, NULL, &memory, &by_step, NULL);
            assert_non_null(one);
            assert_memory_equal(laco_var_data(one), laco_var_data(all) + t * B * V, B * V * sizeof(laco_real));
        }
        world_end(&w);
    }
}

/* What stands past the end of a memory does not matter; weights sum to one and are zero there. */
static void padding_does_not_matter(void **unused)
{
    (void)unused;
    for (int attention = LACO_ATTENTION_DOT; attention <= LACO_ATTENTION_ADDITIVE; attention++) {
        world w = world_begin((laco_attention_kind)attention, 2);
        laco_state state, again;
        laco_var weights;
        laco_memory memory = look(&w, &state);
        laco_var before = laco_decoder_apply(w.tape, w.decoder, ids, T, B, NULL, &memory, &state, &weights);
        for (int b = 0; b < B; b++)
            for (int s = memory_lengths[b]; s < S; s++)
                for (int m = 0; m < M; m++)
                    w.values[(s * B + b) * M + m] = 1e6;
        memory = look(&w, &again);
        laco_var behind = laco_decoder_apply(w.tape, w.decoder, ids, T, B, NULL, &memory, &again, NULL);
        assert_memory_equal(laco_var_data(before), laco_var_data(behind), T * B * V * sizeof(laco_real));
        for (int row = 0; row < T * B; row++) {
            const laco_real *a = laco_var_data(weights) + row * S;
            double sum = 0;
            for (int s = 0; s < S; s++) {
                sum += a[s];
                assert_true(s < memory_lengths[row % B] ? a[s] > 0 : a[s] == 0);
            }
            assert_true(fabs(sum - 1) < 1e-9);
        }
        world_end(&w);
    }
}

/* Two rows that share a memory are what each is alone. */
static void rows_share_a_memory(void **unused)
{
    (void)unused;
    world w = world_begin(LACO_ATTENTION_ADDITIVE, 1);
    laco_state state;
    laco_memory memory = look(&w, &state);
    int32_t twice[2 * B] = {1, 4, 2, 0, 3, 5};
    laco_var shared = laco_decoder_apply(w.tape, w.decoder, twice, 1, 2 * B, NULL, &memory, NULL, NULL);
    assert_non_null(shared);
    for (int r = 0; r < 2; r++) {
        int32_t one[B] = {twice[r], twice[2 + r], twice[4 + r]};
        laco_var alone = laco_decoder_apply(w.tape, w.decoder, one, 1, B, NULL, &memory, NULL, NULL);
        for (int b = 0; b < B; b++)
            assert_memory_equal(laco_var_data(alone) + b * V, laco_var_data(shared) + (2 * b + r) * V, V * sizeof(laco_real));
    }
    world_end(&w);
}

/* With probability 1 every id but the first becomes the best answer before it, with 0 none does; in between some do. */
static void answers_are_mixed_in(void **unused)
{
    (void)unused;
    world w = world_begin(LACO_ATTENTION_DOT, 1);
    laco_state state;
    laco_memory memory = look(&w, &state);
    laco_var logits = laco_decoder_apply(w.tape, w.decoder, ids, T, B, NULL, &memory, &state, NULL);
    int32_t none[T * B], all[T * B];
    memcpy(none, ids, sizeof none);
    memcpy(all, ids, sizeof all);
    laco_decoder_mix(logits, 0, 1, 1, none);
    laco_decoder_mix(logits, 1, 1, 1, all);
    assert_memory_equal(none, ids, sizeof none);
    assert_memory_equal(all, ids, B * sizeof *all);
    for (int row = 0; row < (T - 1) * B; row++)
        for (int v = 0; v < V; v++)
            assert_true(laco_var_data(logits)[row * V + v] <= laco_var_data(logits)[row * V + all[row + B]]);
    world_end(&w);
}

static void bad_shapes(void **unused)
{
    (void)unused;
    world w = world_begin(LACO_ATTENTION_DOT, 1);
    laco_decoder *decoder = NULL;
    laco_decoder_config config = decoder_config(LACO_GRU, LACO_ATTENTION_DOT);
    config.memory_size = 0;
    assert_int_equal(laco_decoder_new(w.module, "other", &config, &decoder), LACO_INVALID);
    assert_null(decoder);
    assert_non_null(strstr(laco_error(w.ctx), "memory of width 0"));
    assert_null(laco_decoder_apply(w.tape, w.decoder, ids, T, B, NULL, NULL, NULL, NULL));
    assert_non_null(strstr(laco_error(w.ctx), "needs a memory"));
    laco_tape_reset(w.tape);
    laco_state state;
    laco_memory memory = look(&w, &state);
    memory.lengths = (const int32_t[]){1, 6, 1};
    assert_null(laco_decoder_apply(w.tape, w.decoder, ids, T, B, NULL, &memory, &state, NULL));
    assert_non_null(strstr(laco_error(w.ctx), "length 6 of memory 1"));
    laco_tape_reset(w.tape);
    memory = look(&w, &state);
    assert_null(laco_decoder_apply(w.tape, w.decoder, ids, 1, 2, NULL, &memory, NULL, NULL));
    assert_non_null(strstr(laco_error(w.ctx), "do not fit"));
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attention_gradients),
        cmocka_unit_test(decoder_gradients),
        cmocka_unit_test(steps_are_the_sequence),
        cmocka_unit_test(padding_does_not_matter),
        cmocka_unit_test(rows_share_a_memory),
        cmocka_unit_test(answers_are_mixed_in),
        cmocka_unit_test(bad_shapes),
    };
    gradient_start();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gradient_report();
    return failed;
}
