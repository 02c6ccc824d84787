/* What laco_inspect says, against finite differences: how a state follows from the one before, and the norms of the microscope. In
 * single precision, so that tolerances are those of differences of floats. */
#include "base/json_text.h"
#include "base/random.h"
#include "classify/classifier.h"
#include "export/inspect/scene.h"
#include "laco/classify.h"
#include "laco/laco.h"
#include "temporary_folder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { T = 6, I = 3, H = 5 };
#define STEP 5e-3

static void assert_near(double a, double b, double tolerance, const char *what)
{
    if (!(fabs(a - b) <= tolerance * (1 + fabs(b))))
        fail_msg("%s: %.7g, by differences %.7g", what, a, b);
}

/* ---- One step ---- */

typedef struct scene {
    laco_context *ctx;
    laco_module *module;
    laco_tape *tape;
    laco_rnn *rnn;
    laco_real x[T * I];
} scene;

static scene open_scene(int kind)
{
    scene s;
    laco_rng rng = {.seed = 3};
    laco_rnn_config config = {.cell = kind < 2    ? LACO_RNN
                                      : kind == 2 ? LACO_GRU
                                                  : LACO_LSTM,
                              .nonlinearity = kind == 1 ? LACO_RELU : LACO_TANH,
                              .input_size = I,
                              .hidden_size = H,
                              .proj_size = kind == 4 ? 2 : 0};
    assert_int_equal(laco_context_new(NULL, &s.ctx), LACO_OK);
    assert_int_equal(laco_module_new(s.ctx, 4, &s.module), LACO_OK);
    assert_int_equal(laco_rnn_new(s.module, "rnn", &config, &s.rnn), LACO_OK);
    assert_int_equal(laco_tape_new(s.ctx, NULL, &s.tape), LACO_OK);
    for (size_t i = 0; i < laco_module_param_count(s.module); i++) /* far from linear */
        for (int64_t k = 0; k < laco_module_param(s.module, i)->count; k++)
            laco_module_param(s.module, i)->value[k] *= 2;
    for (int i = 0; i < T * I; i++)
        s.x[i] = (laco_real)laco_rng_normal(&rng);
    return s;
}

/* The state behind step t, c then h, from the one before it. */
static void one_step(scene *s, int t, int64_t P, bool lstm, const laco_real *before, laco_real *after)
{
    laco_tape_reset(s->tape);
    int64_t c = lstm ? H : 0;
    laco_state state = {laco_input(s->tape, before + c, 3, (int64_t[]){1, 1, P}),
                        lstm ? laco_input(s->tape, before, 3, (int64_t[]){1, 1, H}) : NULL};
    assert_non_null(laco_rnn_apply(s->tape, s->rnn, laco_input(s->tape, s->x + t * I, 3, (int64_t[]){1, 1, I}), NULL, &state));
    if (lstm)
        memcpy(after, laco_var_data(state.c), H * sizeof *after);
    memcpy(after + c, laco_var_data(state.h), (size_t)P * sizeof *after);
}

static void test_jacobian(void **state)
{
    (void)state;
    for (int kind = 0; kind < 5; kind++) {
        scene s = open_scene(kind);
        laco_arena arena;
        double *J;
        int64_t n, P = kind == 4 ? 2 : H, c = kind >= 3 ? H : 0;
        laco_real before[2 * H], moved[2 * H], up[2 * H], down[2 * H];
        int t = 3;
        laco_arena_init(&arena, s.ctx);
        laco_tape_trace(s.tape, true);
        assert_non_null(laco_rnn_apply(s.tape, s.rnn, laco_input(s.tape, s.x, 3, (int64_t[]){T, 1, I}), NULL, NULL));
        const laco_rnn_trace *trace = laco_tape_traces(s.tape, NULL)[0];
        assert_int_equal(laco_inspect_jacobian(&arena, trace, 0, 0, t, &J, &n), LACO_OK);
        assert_int_equal(n, P + c);
        if (c)
            memcpy(before, trace->pass[0].c + (t - 1) * H, H * sizeof *before);
        memcpy(before + c, trace->pass[0].h + (t - 1) * P, (size_t)P * sizeof *before);
        laco_tape_trace(s.tape, false);
        for (int64_t j = 0; j < n; j++) {
            memcpy(moved, before, sizeof moved);
            moved[j] = before[j] + (laco_real)STEP;
            one_step(&s, t, P, c > 0, moved, up);
            moved[j] = before[j] - (laco_real)STEP;
            one_step(&s, t, P, c > 0, moved, down);
            for (int64_t i = 0; i < n; i++)
                assert_near(J[i * n + j], ((double)up[i] - (double)down[i]) / (2 * STEP), 5e-4, "an element of a Jacobian");
        }
        laco_arena_free(&arena);
        laco_tape_free(s.tape);
        laco_module_free(s.module);
        laco_context_free(s.ctx);
    }
}

/* Values that are known: of a product of rotations and a diagonal matrix. */
static void test_singular(void **state)
{
    (void)state;
    enum { N = 7 };
    double m[N * N] = {0}, out[N], squares = 0;
    static const double values[N] = {5, 2, 1, 0.5, 1e-3, 1e-7, 0};
    for (int i = 0; i < N; i++)
        m[i * N + i] = values[i];
    laco_rng rng = {.seed = 8};
    for (int turn = 0; turn < 60; turn++) {
        int a = (int)laco_rng_below(&rng, N), b = (a + 1 + (int)laco_rng_below(&rng, N - 1)) % N;
        double angle = 6.28 * laco_rng_uniform(&rng), cosine = cos(angle), sine = sin(angle);
        for (int k = 0; k < N; k++) {
            double *x = turn % 2 ? &m[a * N + k] : &m[k * N + a], *y = turn % 2 ? &m[b * N + k] : &m[k * N + b], was = *x;
            *x = cosine * was - sine * *y;
            *y = sine * was + cosine * *y;
        }
    }
    laco_inspect_singular(m, N, out);
    for (int i = 0; i < N; i++) {
        assert_true(fabs(out[i] - values[i]) < 1e-12);
        squares += out[i] * out[i];
    }
    assert_true(squares > 30);
}

/* ---- The microscope ---- */

static laco_model *train(laco_context *ctx, laco_cell_kind cell, laco_labelled **data)
{
    static const char *const texts[] = {"acordo", "banana", "cedo", "fizemos", "um", "nos"};
    static const char *const labels[] = {"x", "y", "x", "y", "x", "y"};
    laco_classify_options options = {.network = {.cell = cell,
                                                 .hidden = H,
                                                 .layers = 1,
                                                 .directions = 1,
                                                 .pool = LACO_POOL_LAST,
                                                 .embed = LACO_OFF,
                                                 .dropout = LACO_OFF},
                                     .train = {.epochs = 1, .refit = LACO_NEVER, .seed = 5}};
    laco_model *model;
    assert_int_equal(laco_labelled_from_texts(ctx, texts, NULL, labels, 6, NULL, data), LACO_OK);
    if (laco_train_classify(ctx, &options, *data, *data, &model) < 0)
        fail_msg("%s", laco_error(ctx));
    return model;
}

/* L behind the last letter, from h (and c) after step k. */
static double loss_from(laco_classifier *model, const int32_t *ids, int64_t steps, int64_t k, const laco_real *h,
                        const laco_real *c, int target, laco_tape *tape)
{
    laco_tape_reset(tape);
    laco_state state = {laco_input(tape, h, 3, (int64_t[]){1, 1, H}), c ? laco_input(tape, c, 3, (int64_t[]){1, 1, H}) : NULL};
    if (k + 1 < steps) {
        laco_var x = laco_network_read(tape, &model->network, ids + k + 1, steps - k - 1, 1, false);
        assert_non_null(laco_rnn_apply(tape, model->network.rnn, x, NULL, &state));
    }
    laco_var last = laco_reshape(tape, state.h, 2, (int64_t[]){1, H});
    return -(double)laco_var_data(laco_log_softmax(tape, laco_linear_apply(tape, model->network.linear, last)))[target];
}

static void check_microscope(laco_cell_kind cell)
{
    laco_context *ctx;
    laco_labelled *data;
    laco_tape *tape;
    char *text;
    json_t *doc;
    laco_sequences ids;
    laco_text_buffer buffer;
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    laco_model *base = train(ctx, cell, &data);
    laco_classifier *model = (laco_classifier *)base;
    laco_inspect_input input = {.labelled = data};
    if (laco_inspect(base, "m", &input, &(laco_inspect_options){.units = H, .target = "x"}, &text) < 0)
        fail_msg("%s", laco_error(ctx));
    assert_int_equal(laco_json_parse(ctx, "what was said", text, strlen(text), &doc), LACO_OK);
    laco_sequences_init(&ids, ctx);
    laco_text_buffer_init(&buffer, ctx);
    assert_int_equal(laco_text_encode(&buffer, &model->input.text, model->input.vocabulary, "acordo", 6, &ids, NULL), LACO_OK);
    assert_int_equal(laco_tape_new(ctx, NULL, &tape), LACO_OK);
    laco_tape_trace(tape, true);
    assert_non_null(
        laco_rnn_apply(tape, model->network.rnn, laco_network_read(tape, &model->network, ids.ids, 6, 1, false), NULL, NULL));
    const laco_pass_trace *pass = laco_tape_traces(tape, NULL)[0]->pass;
    laco_real h[6 * H], c[6 * H];
    memcpy(h, pass->h, sizeof h);
    if (pass->c)
        memcpy(c, pass->c, sizeof c);
    bool lstm = pass->c != NULL;
    laco_tape_trace(tape, false);
    json_t *rows = json_object_get(json_array_get(json_object_get(json_object_get(doc, "microscope"), "passes"), 0), "h");
    assert_int_equal(json_array_size(rows), 6);
    for (int k = 0; k < 6; k++) {
        double squares = 0;
        for (int u = 0; u < H; u++) {
            laco_real kept = h[k * H + u], *ck = lstm ? c + k * H : NULL;
            h[k * H + u] = kept + (laco_real)STEP;
            double up = loss_from(model, ids.ids, 6, k, h + k * H, ck, 0, tape);
            h[k * H + u] = kept - (laco_real)STEP;
            double down = loss_from(model, ids.ids, 6, k, h + k * H, ck, 0, tape);
            h[k * H + u] = kept;
            squares += (up - down) * (up - down) / (4 * STEP * STEP);
        }
        assert_near(json_number_value(json_array_get(json_array_get(rows, 5), (size_t)k)), sqrt(squares), 5e-4,
                    "a cell of the microscope");
    }
    json_decref(doc);
    laco_free(ctx, text);
    laco_text_buffer_free(&buffer);
    laco_sequences_free(&ids);
    laco_tape_free(tape);
    laco_model_free(base);
    laco_labelled_free(data);
    laco_context_free(ctx);
}

static void test_microscope(void **state)
{
    (void)state;
    check_microscope(LACO_RNN);
    check_microscope(LACO_GRU);
    check_microscope(LACO_LSTM);
}

/* A model that was loaded for inference has no weights to look at, nor to export. */
static void test_weights_are_needed(void **state)
{
    (void)state;
    laco_context *ctx;
    laco_labelled *data;
    char *text = NULL;
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    laco_model *model = train(ctx, LACO_LSTM, &data);
    temporary_folder_make();
    const char *path = temporary_path("model"), *page = temporary_path("model.c");
    assert_int_equal(laco_model_save(model, path), LACO_OK);
    laco_model_free(model);
    assert_int_equal(laco_model_load_for_inference(ctx, path, &model), LACO_OK);
    assert_int_equal(laco_inspect(model, "m", &(laco_inspect_input){.labelled = data}, NULL, &text), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "loaded for inference"));
    assert_int_equal(laco_export(model, page, NULL), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "loaded for inference"));
    assert_true(!text && access(page, F_OK) != 0);
    temporary_folder_remove();
    laco_model_free(model);
    laco_labelled_free(data);
    laco_context_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_jacobian), cmocka_unit_test(test_singular),
                                       cmocka_unit_test(test_microscope), cmocka_unit_test(test_weights_are_needed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
