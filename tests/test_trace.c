/* What a trace keeps of a layer is what a loop of cells computes, bit for bit, and a layer that is traced gives what it gave. */
#include "base/random.h"
#include "laco/laco.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { T = 9, B = 3, I = 5, H = 19 };

typedef struct scene {
    laco_context *ctx;
    laco_module *module;
    laco_tape *tape;
    laco_rnn *rnn;
} scene;

static scene open_scene(const laco_rnn_config *config, bool inference)
{
    scene s;
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = 2}, &s.ctx), LACO_OK);
    assert_int_equal(laco_module_new(s.ctx, 4, &s.module), LACO_OK);
    assert_int_equal(laco_rnn_new(s.module, "rnn", config, &s.rnn), LACO_OK);
    assert_int_equal(laco_tape_new(s.ctx, &(laco_tape_config){.inference = inference}, &s.tape), LACO_OK);
    return s;
}

static void close_scene(scene *s)
{
    laco_tape_free(s->tape);
    laco_module_free(s->module);
    laco_context_free(s->ctx);
}

static const laco_real *numbers(void)
{
    static laco_real x[T * B * I];
    laco_rng rng = {.seed = 9};
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        x[i] = (laco_real)laco_rng_normal(&rng);
    return x;
}

static void assert_same(const laco_real *a, const laco_real *b, int64_t count, const char *what)
{
    for (int64_t i = 0; i < count; i++)
        if (memcmp(a + i, b + i, sizeof *a) != 0)
            fail_msg("%s, element %lld: %.9g and %.9g", what, (long long)i, (double)a[i], (double)b[i]);
}

static laco_rnn_config config_of(int kind)
{
    return (laco_rnn_config){.cell = kind < 2    ? LACO_RNN
                                     : kind == 2 ? LACO_GRU
                                                 : LACO_LSTM,
                             .nonlinearity = kind == 1 ? LACO_RELU : LACO_TANH,
                             .input_size = I,
                             .hidden_size = H,
                             .proj_size = kind == 4 ? 7 : 0};
}
enum { KINDS = 5 };

/* One layer forwards against a loop of cells with its weights (but for a projection, which no cell has: there it is the layer, a
 * step at a time). */
static void test_cells(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        laco_rnn_config config = config_of(kind);
        scene s = open_scene(&config, false);
        laco_cell *cell;
        laco_cell_config one = {config.cell, I, H, config.nonlinearity, false, {0}};
        assert_int_equal(laco_cell_new(s.module, "cell", &one, &cell), LACO_OK);
        for (size_t i = 0; i < 4; i++)
            memcpy(laco_module_param(s.module, 4 + i)->value, laco_module_param(s.module, i)->value,
                   (size_t)laco_module_param(s.module, i)->count * sizeof(laco_real));
        laco_tape_trace(s.tape, true);
        assert_non_null(laco_rnn_apply(s.tape, s.rnn, laco_input(s.tape, numbers(), 3, (int64_t[]){T, B, I}), NULL, NULL));
        laco_state now = {NULL, NULL};
        for (int t = 0; t < T; t++)
            assert_non_null(laco_cell_step(s.tape, cell, laco_input(s.tape, numbers() + t * B * I, 2, (int64_t[]){B, I}), &now));
        size_t count;
        const laco_rnn_trace *const *traces = laco_tape_traces(s.tape, &count), *layer = traces[0];
        assert_int_equal(count, 1 + T);
        for (int t = 0; t < T; t++) {
            const laco_rnn_trace *step = traces[1 + t];
            int64_t width = layer->G * H;
            assert_same(layer->pass[0].gates + t * B * width, step->pass[0].gates, B * width, "gates");
            assert_same(layer->pass[0].h + t * B * H, step->pass[0].h, B * H, "h");
            if (layer->pass[0].c)
                assert_same(layer->pass[0].c + t * B * H, step->pass[0].c, B * H, "c");
        }
        if (now.c)
            assert_same(layer->pass[0].c + (T - 1) * B * H, laco_var_data(now.c), B * H, "the last c");
        close_scene(&s);
    }
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* The equations hold between what is kept: so no gate stands under another's name. */
static void test_equations(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        laco_rnn_config config = config_of(kind);
        scene s = open_scene(&config, true);
        laco_tape_trace(s.tape, true);
        assert_non_null(laco_rnn_apply(s.tape, s.rnn, laco_input(s.tape, numbers(), 3, (int64_t[]){T, B, I}), NULL, NULL));
        const laco_rnn_trace *trace = laco_tape_traces(s.tape, NULL)[0];
        const laco_pass_trace *p = trace->pass;
        const laco_real *w = laco_module_find(s.module, "rnn.weight_ih_l0")->value,
                        *bi = laco_module_find(s.module, "rnn.bias_ih_l0")->value,
                        *bh = laco_module_find(s.module, "rnn.bias_hh_l0")->value;
        for (int64_t row = 0, u = 0; row < T * B; row++, u = (u + 1) % H) {
            const laco_real *g = p->gates + row * trace->G * H + u;
            double before = row < B ? 0 : (double)p->h[(row - B) * H + u], h = (double)p->h[row * H + u];
            double sum = (double)bi[u] + (double)bh[u]; /* of the first gate at the first step, where h_0 = 0 */
            for (int i = 0; row < B && i < I; i++)
                sum += (double)w[u * I + i] * (double)numbers()[row * I + i];
            if (kind == 0)
                assert_true(fabs(tanh((double)g[0]) - h) < 1e-5);
            else if (kind == 1)
                assert_true(fmax((double)g[0], 0) == h);
            else if (kind == 2)
                assert_true(fabs((1 - (double)g[H]) * (double)g[3 * H] + (double)g[H] * before - h) < 1e-5);
            else {
                double c = (double)p->c[row * H + u], last = row < B ? 0 : (double)p->c[(row - B) * H + u];
                assert_true(fabs((double)g[H] * last + (double)g[0] * (double)g[2 * H] - c) < 1e-5);
                assert_true(fabs((double)g[3 * H] * tanh(c) - h) < 1e-5);
            }
            if (row < B)
                assert_true(fabs((double)g[0] - (kind < 2 ? sum : sigmoid(sum))) < 1e-5);
        }
        assert_null(p->dh);
        close_scene(&s);
    }
}

/* Output, states and gradients do not change by being watched, whatever the layer; an inference tape agrees with a recording one. */
static void test_watching(void **state)
{
    (void)state;
    static const int32_t lengths[B] = {4, 9, 6};
    for (int kind = 0; kind < KINDS; kind++)
        for (int form = 0; form < 8; form++) {
            laco_rnn_config config = config_of(kind);
            config.num_layers = 2;
            config.bidirectional = form & 1;
            config.recompute_steps = form & 4 ? 3 : 0;
            scene s[3];
            laco_var y[3];
            for (int i = 0; i < 3; i++) {
                s[i] = open_scene(&config, i == 2);
                laco_tape_trace(s[i].tape, i > 0);
                laco_var x = laco_leaf(s[i].tape, numbers(), 3, (int64_t[]){T, B, I});
                y[i] = laco_rnn_apply(s[i].tape, s[i].rnn, x, form & 2 ? lengths : NULL, NULL);
                assert_non_null(y[i]);
                if (i < 2)
                    assert_int_equal(laco_backward(s[i].tape, laco_sum(s[i].tape, y[i])), LACO_OK);
            }
            int64_t width = laco_var_dim(y[0], 2);
            assert_same(laco_var_data(y[0]), laco_var_data(y[1]), laco_var_size(y[0]), "output");
            assert_same(laco_var_data(y[0]), laco_var_data(y[2]), laco_var_size(y[0]), "output of inference");
            for (size_t i = 0; i < laco_module_param_count(s[0].module); i++)
                assert_same(laco_module_param(s[0].module, i)->grad, laco_module_param(s[1].module, i)->grad,
                            laco_module_param(s[0].module, i)->count, laco_module_param(s[0].module, i)->name);
            const laco_rnn_trace *watched = laco_tape_traces(s[1].tape, NULL)[0], *asked = laco_tape_traces(s[2].tape, NULL)[0];
            int D = watched->directions;
            assert_null(laco_tape_traces(s[0].tape, NULL));
            for (int d = 0; d < D; d++)
                for (int64_t row = 0; row < T * B; row++)
                    assert_same(watched->pass[D + d].h + row * watched->P, laco_var_data(y[0]) + row * width + d * watched->P,
                                watched->P, "h of the last layer");
            for (int p = 0; p < 2 * D; p++)
                assert_same(watched->pass[p].gates, asked->pass[p].gates, T * B * watched->G * H, "gates");
            for (int i = 0; i < 3; i++)
                close_scene(&s[i]);
        }
}

/* A looked-up input, fetched for the trace, has a gradient step by step, and the table that of all of them. */
static void test_looked_up(void **state)
{
    (void)state;
    static const int32_t ids[T * B] = {1, 0, 2, 1, 1, 3, 0, 0, 2, 1};
    laco_rnn_config config = config_of(3);
    scene s = open_scene(&config, false);
    laco_embedding *table;
    assert_int_equal(laco_embedding_new(s.module, "table", 4, I, -1, &table), LACO_OK);
    laco_param *weight = laco_module_find(s.module, "table.weight");
    laco_real *plain = calloc((size_t)weight->count, sizeof *plain);
    for (int traced = 0; traced < 2; traced++) {
        laco_tape_reset(s.tape);
        laco_module_zero_grad(s.module);
        laco_tape_trace(s.tape, traced);
        laco_var y = laco_rnn_apply(s.tape, s.rnn, laco_embedding_apply(s.tape, table, ids, T, B), NULL, NULL);
        assert_int_equal(laco_backward(s.tape, laco_sum(s.tape, y)), LACO_OK);
        for (int64_t i = 0; i < weight->count && !traced; i++)
            plain[i] = weight->grad[i];
    }
    const laco_rnn_trace *trace = laco_tape_traces(s.tape, NULL)[0];
    const laco_real *dx = laco_var_grad(trace->x);
    assert_non_null(dx);
    for (int64_t i = 0; i < weight->count; i++) {
        double sum = 0;
        for (int64_t row = 0; row < T * B; row++)
            sum += ids[row] == i / I ? (double)dx[row * I + i % I] : 0;
        assert_true(fabs(sum - (double)plain[i]) < 1e-5 * (1 + fabs(sum)));
        assert_true(fabs((double)weight->grad[i] - (double)plain[i]) < 1e-5 * (1 + fabs(sum)));
    }
    free(plain);
    close_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cells), cmocka_unit_test(test_equations),
                                       cmocka_unit_test(test_watching), cmocka_unit_test(test_looked_up)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
