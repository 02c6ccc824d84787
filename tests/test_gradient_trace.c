/* Gradients by h and c at every step of a whole-layer call against finite differences. The layer is cut before step k + 1: what
 * runs behind the cut starts from a state that the test moves. So the gradient by that state is the trace's at step k, less what
 * reaches h_k through the output, which the test adds. */
#include "gradient.h"
#include "laco/trace.h"

enum { T = 6, B = 2, I = 3, H = 4 };

typedef struct scene {
    laco_context *ctx;
    laco_module *module;
    laco_tape *tape;
    laco_rnn *rnn;
    double x[T * B * I], seed[T * B * H]; /* seed: L = Σ seed · y over the steps of L */
} scene;

static void fill(double *x, int count)
{
    for (int i = 0; i < count; i++)
        x[i] = laco_rng_normal(&gradient_rng);
}

static scene open_scene(int kind)
{
    scene s;
    laco_rnn_config config = {.cell = kind < 2    ? LACO_RNN
                                      : kind == 2 ? LACO_GRU
                                                  : LACO_LSTM,
                              .nonlinearity = kind == 1 ? LACO_RELU : LACO_TANH,
                              .input_size = I,
                              .hidden_size = H,
                              .proj_size = kind == 4 ? 2 : 0};
    assert_int_equal(laco_context_new(NULL, &s.ctx), LACO_OK);
    assert_int_equal(laco_module_new(s.ctx, laco_rng_u32(&gradient_rng), &s.module), LACO_OK);
    assert_int_equal(laco_rnn_new(s.module, "rnn", &config, &s.rnn), LACO_OK);
    assert_int_equal(laco_tape_new(s.ctx, NULL, &s.tape), LACO_OK);
    fill(s.x, T * B * I);
    memset(s.seed, 0, sizeof s.seed);
    return s;
}

/* L from step `first` on, started from h (and c) [B][…]. */
static double loss_from(scene *s, int first, int64_t P, const double *h, const double *c)
{
    laco_tape_reset(s->tape);
    laco_state state = {laco_input(s->tape, h, 3, (int64_t[]){1, B, P}),
                        c ? laco_input(s->tape, c, 3, (int64_t[]){1, B, H}) : NULL};
    laco_var x = laco_input(s->tape, s->x + first * B * I, 3, (int64_t[]){T - first, B, I});
    laco_var y = laco_rnn_apply(s->tape, s->rnn, x, NULL, &state);
    double sum = 0;
    for (int64_t i = 0; i < laco_var_size(y); i++)
        sum += s->seed[first * B * P + i] * laco_var_data(y)[i];
    return sum;
}

static void compare(scene *s, int k, int64_t P, double *h, double *c, double *moved, int64_t count, const double *grad,
                    const double *direct, const char *what)
{
    for (int64_t i = 0; i < count; i++) {
        double kept = moved[i], step = 1e-4, sum = 0;
        static const double place[4] = {-2, -1, 1, 2}, factor[4] = {1, -8, 8, -1};
        for (int j = 0; j < 4; j++) {
            moved[i] = kept + place[j] * step;
            sum += factor[j] * loss_from(s, k + 1, P, h, c);
        }
        moved[i] = kept;
        double difference = sum / (12 * step) + (direct ? direct[i] : 0);
        if (gradient_error(grad[i], difference) > 1e-6)
            fail_msg("%s at step %d, element %lld: %.12g, by differences %.12g (LACO_SEED=%llu)", what, k, (long long)i, grad[i],
                     difference, (unsigned long long)gradient_seed);
    }
}

static double *copy(const double *from, int64_t count)
{
    double *to = malloc((size_t)count * sizeof *to);
    memcpy(to, from, (size_t)count * sizeof *to);
    return to;
}

/* `only`: L is of that step's output alone; -1: of all steps. */
static void check_steps(int kind, int only)
{
    scene s = open_scene(kind);
    laco_tape_trace(s.tape, true);
    laco_var y = laco_rnn_apply(s.tape, s.rnn, laco_input(s.tape, s.x, 3, (int64_t[]){T, B, I}), NULL, NULL);
    int64_t P = laco_var_dim(y, 2);
    for (int t = 0; t < T; t++)
        if (only < 0 || t == only)
            fill(s.seed + t * B * P, (int)(B * P));
    assert_int_equal(laco_var_add_grad(y, s.seed), LACO_OK);
    assert_int_equal(laco_backward(s.tape, NULL), LACO_OK);
    const laco_rnn_trace *trace = laco_tape_traces(s.tape, NULL)[0];
    const laco_pass_trace *p = trace->pass;
    bool lstm = kind >= 3;
    double *dh = copy(p->dh, T * B * P), *h = copy(p->h, T * B * P), *dc = lstm ? copy(p->dc, T * B * H) : NULL,
           *c = lstm ? copy(p->c, T * B * H) : NULL;
    laco_tape_trace(s.tape, false);
    for (int k = 0; k + 1 < T; k++) {
        double *hk = h + k * B * P, *ck = lstm ? c + k * B * H : NULL;
        compare(&s, k, P, hk, ck, hk, B * P, dh + k * B * P, s.seed + k * B * P, "h");
        if (lstm && kind == 3) /* c also moves h of its own step: h = o·tanh c */
            for (int64_t i = 0; i < B * H; i++) {
                double o = h[k * B * H + i] / tanh(c[k * B * H + i]), through = o * (1 - tanh(ck[i]) * tanh(ck[i]));
                double direct = dh[k * B * H + i] * through, grad = dc[k * B * H + i];
                double kept = ck[i], d = 1e-5, up, down;
                ck[i] = kept + d;
                up = loss_from(&s, k + 1, P, hk, ck);
                ck[i] = kept - d;
                down = loss_from(&s, k + 1, P, hk, ck);
                ck[i] = kept;
                if (gradient_error(grad, direct + (up - down) / (2 * d)) > 1e-5)
                    fail_msg("c at step %d, element %lld: %.12g, by differences %.12g", k, (long long)i, grad,
                             direct + (up - down) / (2 * d));
            }
    }
    if (only >= 0) /* what comes after the step of L has no part in it */
        for (int64_t i = (only + 1) * B * P; i < T * B * P; i++)
            assert_true(dh[i] == 0);
    free(dh);
    free(h);
    free(dc);
    free(c);
    laco_tape_free(s.tape);
    laco_module_free(s.module);
    laco_context_free(s.ctx);
}

static void test_all_steps(void **state)
{
    (void)state;
    for (int kind = 0; kind < 5; kind++)
        check_steps(kind, -1);
}

static void test_one_step(void **state)
{
    (void)state;
    for (int kind = 0; kind < 5; kind++)
        for (int only = 0; only < T; only += 2)
            check_steps(kind, only);
}

int main(void)
{
    gradient_start();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_steps), cmocka_unit_test(test_one_step)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
