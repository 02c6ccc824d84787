/* Random recurrent networks with factors of fewer bits, beside the plain reading of plain_recurrent.h: outputs and states to the
 * bit in bf16 and int8, every gradient in bf16, at every instruction set of this machine, at 1 and 2 threads. LACO_CASES=n: so
 * many of each cell; LACO_SEED=n repeats a run. */
#define _GNU_SOURCE /* kernel_memory.h */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel_memory.h"
#include "laco/laco.h"
#include "plain_recurrent.h"

#define MOST_RUNS 6 /* layers × directions */

static const struct {
    const char *name;
    laco_gate_kind gates;
    laco_cell_kind cell;
    laco_nonlinearity nonlinearity;
    bool projects;
} cells[] = {{"RNN tanh", LACO_GATES_TANH, LACO_RNN, LACO_TANH, false},
             {"RNN relu", LACO_GATES_RELU, LACO_RNN, LACO_RELU, false},
             {"GRU", LACO_GATES_GRU, LACO_GRU, LACO_TANH, false},
             {"LSTM", LACO_GATES_LSTM, LACO_LSTM, LACO_TANH, false},
             {"LSTM with a projection", LACO_GATES_LSTM, LACO_LSTM, LACO_TANH, true}};

typedef struct network {
    int cell;
    laco_precision precision;
    int64_t layers, directions, I, H, P, T, B;
    bool bias, start;
    int32_t lengths[8];
    char name[200];
    laco_context *ctx;
    laco_module *module;
    laco_rnn *rnn;
    float *x, *h0, *c0, *dy, *dhn, *dcn; /* [T][B][I], [layers·directions][B][P] and [H], [T][B][directions·P] … */
} network;

static float *random_numbers(int64_t count, float size)
{
    float *numbers = calloc((size_t)count + 1, sizeof *numbers);
    for (int64_t i = 0; i < count; i++)
        numbers[i] = uniform(-size, size);
    return numbers;
}

static void make(network *n, int cell, laco_precision precision, const char *cpu, int threads)
{
    *n = (network){.cell = cell,
                   .precision = precision,
                   .layers = 1 + below(3),
                   .directions = 1 + below(2),
                   .I = 1 + below(40),
                   .H = 2 + below(40),
                   .T = 1 + below(9),
                   .B = 1 + below(8),
                   .bias = below(4) > 0,
                   .start = below(2)};
    n->P = cells[cell].projects ? 1 + below(n->H - 1) : n->H;
    for (int64_t b = 0; b < n->B; b++)
        n->lengths[b] = (int32_t)(1 + below(n->T));
    n->lengths[below(n->B)] = (int32_t)n->T;
    snprintf(n->name, sizeof n->name,
             "%s, %s, %lld layers, %lld directions, I %lld H %lld P %lld T %lld B %lld%s%s, %s, %d threads", cells[cell].name,
             laco_precision_name(precision), (long long)n->layers, (long long)n->directions, (long long)n->I, (long long)n->H,
             (long long)n->P, (long long)n->T, (long long)n->B, n->bias ? "" : ", no bias", n->start ? ", from a state" : "", cpu,
             threads);
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = threads, .cpu = cpu}, &n->ctx), LACO_OK);
    assert_int_equal(laco_module_new(n->ctx, laco_rng_below(&rng, 1 << 30), &n->module), LACO_OK);
    laco_module_set_precision(n->module, precision);
    assert_int_equal(laco_rnn_new(n->module, "",
                                  &(laco_rnn_config){.cell = cells[cell].cell,
                                                     .input_size = n->I,
                                                     .hidden_size = n->H,
                                                     .num_layers = n->layers,
                                                     .nonlinearity = cells[cell].nonlinearity,
                                                     .no_bias = !n->bias,
                                                     .bidirectional = n->directions == 2,
                                                     .proj_size = cells[cell].projects ? n->P : 0},
                                  &n->rnn),
                     LACO_OK);
    int64_t runs = n->layers * n->directions;
    n->x = random_numbers(n->T * n->B * n->I, 2);
    n->h0 = random_numbers(runs * n->B * n->P, 1);
    n->c0 = random_numbers(runs * n->B * n->H, 1);
    n->dy = random_numbers(n->T * n->B * n->directions * n->P, 1);
    n->dhn = random_numbers(runs * n->B * n->P, 1);
    n->dcn = random_numbers(runs * n->B * n->H, 1);
}

static void release(network *n)
{
    float *all[] = {n->x, n->h0, n->c0, n->dy, n->dhn, n->dcn};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    laco_module_free(n->module);
    laco_context_free(n->ctx);
}

/* ---- The plain reading -------------------------------------------------------------------------------------------------------
 */

static laco_param *param(const network *n, const char *what, int64_t layer, int64_t direction)
{
    char name[64];
    snprintf(name, sizeof name, "%s_l%lld%s", what, (long long)layer, direction ? "_reverse" : "");
    return laco_module_find(n->module, name);
}

static const float *weights(const network *n, const char *what, int64_t layer, int64_t direction)
{
    const laco_param *found = param(n, what, layer, direction);
    return found ? found->value : NULL;
}

static double *zeros(int64_t count) { return calloc((size_t)count + 1, sizeof(double)); }

static plain_layer layer_of(const network *n, int64_t layer, int64_t direction)
{
    plain_layer l = {.kind = cells[n->cell].gates,
                     .kernels = laco_kernels_of(n->ctx),
                     .products = n->precision == LACO_BF16 ? &laco_bf16_ref : &laco_int8_ref,
                     .precision = n->precision,
                     .I = layer ? n->directions * n->P : n->I,
                     .H = n->H,
                     .P = n->P,
                     .reverse = direction == 1,
                     .w_ih = weights(n, "weight_ih", layer, direction),
                     .w_hh = weights(n, "weight_hh", layer, direction),
                     .b_ih = weights(n, "bias_ih", layer, direction),
                     .b_hh = weights(n, "bias_hh", layer, direction),
                     .w_hr = weights(n, "weight_hr", layer, direction)};
    l.dw_ih = zeros(plain_gates(&l) * l.I);
    l.dw_hh = zeros(plain_gates(&l) * l.P);
    l.db = zeros(plain_width(&l));
    l.dw_hr = zeros(l.P * l.H);
    return l;
}

static void layer_free(plain_layer *l)
{
    free(l->dw_ih);
    free(l->dw_hh);
    free(l->db);
    free(l->dw_hr);
}

/* What one sequence of the batch comes to; rows of the caller's tensors that belong to it. */
typedef struct sequence {
    float *x[4];              /* [layers + 1] of [T][I or directions·P]: what each layer reads, and the output behind the last */
    float *dx[4];             /* likewise */
    plain_run run[MOST_RUNS]; /* by layer and direction */
    float *dh[MOST_RUNS], *dc[MOST_RUNS];
} sequence;

static void read_sequence(const network *n, const plain_layer *layers, int64_t b, sequence *s)
{
    int64_t T = n->lengths[b], width = n->directions * n->P;
    s->x[0] = calloc((size_t)(T * n->I), sizeof(float));
    s->dx[0] = calloc((size_t)(T * n->I), sizeof(float));
    for (int64_t t = 0; t < T; t++)
        memcpy(s->x[0] + t * n->I, n->x + (t * n->B + b) * n->I, (size_t)n->I * sizeof(float));
    for (int64_t k = 0; k < n->layers; k++) {
        s->x[k + 1] = calloc((size_t)(T * width), sizeof(float));
        s->dx[k + 1] = calloc((size_t)(T * width), sizeof(float));
        for (int64_t d = 0; d < n->directions; d++) {
            int64_t i = k * n->directions + d;
            plain_run *run = &s->run[i];
            *run = plain_run_new(&layers[i], T, s->x[k]);
            if (n->start) {
                memcpy(run->h, n->h0 + (i * n->B + b) * n->P, (size_t)n->P * sizeof(float));
                memcpy(run->c, n->c0 + (i * n->B + b) * n->H, (size_t)n->H * sizeof(float));
            }
            plain_forward(&layers[i], run);
            for (int64_t step = 0; step < T; step++)
                memcpy(s->x[k + 1] + plain_step(&layers[i], run, step) * width + d * n->P, run->h + (step + 1) * n->P,
                       (size_t)n->P * sizeof(float));
        }
    }
}

static void go_back(const network *n, plain_layer *layers, int64_t b, sequence *s)
{
    int64_t T = n->lengths[b], width = n->directions * n->P;
    for (int64_t t = 0; t < T; t++)
        memcpy(s->dx[n->layers] + t * width, n->dy + (t * n->B + b) * width, (size_t)width * sizeof(float));
    for (int64_t k = n->layers - 1; k >= 0; k--)
        for (int64_t d = 0; d < n->directions; d++) {
            int64_t i = k * n->directions + d;
            s->dh[i] = calloc((size_t)n->P, sizeof(float));
            s->dc[i] = calloc((size_t)n->H, sizeof(float));
            memcpy(s->dh[i], n->dhn + (i * n->B + b) * n->P, (size_t)n->P * sizeof(float));
            memcpy(s->dc[i], n->dcn + (i * n->B + b) * n->H, (size_t)n->H * sizeof(float));
            plain_backward(&layers[i], &s->run[i], s->dx[k + 1] + d * n->P, width, s->dh[i], s->dc[i], s->dx[k]);
        }
}

static void sequence_free(const network *n, sequence *s)
{
    for (int64_t k = 0; k <= n->layers; k++) {
        free(s->x[k]);
        free(s->dx[k]);
    }
    for (int64_t i = 0; i < n->layers * n->directions; i++) {
        plain_run_free(&s->run[i]);
        free(s->dh[i]);
        free(s->dc[i]);
    }
}

/* ---- Comparing ---------------------------------------------------------------------------------------------------------------
 */

static void check_row(const network *n, const char *what, const float *got, const float *want, int64_t count)
{
    char place[300];
    snprintf(place, sizeof place, "%s: %s", n->name, what);
    check_same(got, want, 1, count, count, place);
}

/* The driver sums in float what is summed in double here. */
static void check_sums(const network *n, const char *what, const float *got, const double *want, int64_t count)
{
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(want[i]));
    for (int64_t i = 0; i < count; i++)
        if (!(fabs((double)got[i] - want[i]) <= 2e-6 * (1 + largest)))
            fail_msg("%s: gradient of %s, element %lld: %.9g, not %.9g", n->name, what, (long long)i, (double)got[i], want[i]);
}

typedef struct answers {
    laco_tape *tape;
    laco_var x, h0, c0, y;
    laco_state last;
} answers;

static void check_sequence(const network *n, const answers *got, const plain_layer *layers, int64_t b, const sequence *s)
{
    int64_t width = n->directions * n->P;
    for (int64_t t = 0; t < n->lengths[b]; t++)
        check_row(n, "output", laco_var_data(got->y) + (t * n->B + b) * width, s->x[n->layers] + t * width, width);
    for (int64_t i = 0; i < n->layers * n->directions; i++) {
        check_row(n, "last h", laco_var_data(got->last.h) + (i * n->B + b) * n->P, s->run[i].h + n->lengths[b] * n->P, n->P);
        if (laco_cells[layers[i].kind].has_c)
            check_row(n, "last c", laco_var_data(got->last.c) + (i * n->B + b) * n->H, s->run[i].c + n->lengths[b] * n->H, n->H);
    }
}

static void check_gradients_of(const network *n, const answers *got, const plain_layer *layers, int64_t b, const sequence *s)
{
    for (int64_t t = 0; t < n->lengths[b]; t++)
        check_row(n, "gradient of x", laco_var_grad(got->x) + (t * n->B + b) * n->I, s->dx[0] + t * n->I, n->I);
    for (int64_t i = 0; i < n->layers * n->directions && n->start; i++) {
        check_row(n, "gradient of h0", laco_var_grad(got->h0) + (i * n->B + b) * n->P, s->dh[i], n->P);
        if (laco_cells[layers[i].kind].has_c)
            check_row(n, "gradient of c0", laco_var_grad(got->c0) + (i * n->B + b) * n->H, s->dc[i], n->H);
    }
}

static void check_weights(const network *n, const plain_layer *l, int64_t layer, int64_t direction)
{
    const laco_cell_info *cell = &laco_cells[l->kind];
    check_sums(n, "weight_ih", param(n, "weight_ih", layer, direction)->grad, l->dw_ih, plain_gates(l) * l->I);
    check_sums(n, "weight_hh", param(n, "weight_hh", layer, direction)->grad, l->dw_hh, plain_gates(l) * l->P);
    if (l->w_hr)
        check_sums(n, "weight_hr", param(n, "weight_hr", layer, direction)->grad, l->dw_hr, l->P * l->H);
    if (!l->b_ih)
        return;
    check_sums(n, "bias_hh", param(n, "bias_hh", layer, direction)->grad, l->db, plain_gates(l));
    for (int s = 0; s < 2; s++)
        check_sums(n, "bias_ih", param(n, "bias_ih", layer, direction)->grad + cell->input[s].row * l->H,
                   l->db + cell->input[s].column * l->H, cell->input[s].gates * l->H);
}

static answers ask(const network *n)
{
    answers got = {0};
    bool has_c = laco_cells[cells[n->cell].gates].has_c;
    const int64_t x[] = {n->T, n->B, n->I}, h[] = {n->layers * n->directions, n->B, n->P}, c[] = {h[0], n->B, n->H};
    assert_int_equal(laco_tape_new(n->ctx, NULL, &got.tape), LACO_OK);
    got.x = laco_leaf(got.tape, n->x, 3, x);
    if (n->start) {
        got.h0 = laco_leaf(got.tape, n->h0, 3, h);
        got.c0 = has_c ? laco_leaf(got.tape, n->c0, 3, c) : NULL;
    }
    got.last = (laco_state){got.h0, got.c0};
    got.y = laco_rnn_apply(got.tape, n->rnn, got.x, n->lengths, &got.last);
    if (!got.y)
        fail_msg("%s: %s", n->name, laco_error(n->ctx));
    assert_int_equal(laco_var_add_grad(got.y, n->dy), LACO_OK);
    assert_int_equal(laco_var_add_grad(got.last.h, n->dhn), LACO_OK);
    if (has_c)
        assert_int_equal(laco_var_add_grad(got.last.c, n->dcn), LACO_OK);
    assert_int_equal(laco_backward(got.tape, NULL), n->precision == LACO_INT8 ? LACO_INVALID : LACO_OK); /* it has no gradients */
    return got;
}

static void check_network(const network *n)
{
    plain_layer layers[MOST_RUNS];
    int64_t runs = n->layers * n->directions;
    for (int64_t i = 0; i < runs; i++)
        layers[i] = layer_of(n, i / n->directions, i % n->directions);
    answers got = ask(n);
    for (int64_t b = 0; b < n->B; b++) {
        sequence s = {0};
        read_sequence(n, layers, b, &s);
        check_sequence(n, &got, layers, b, &s);
        if (n->precision == LACO_BF16) {
            go_back(n, layers, b, &s);
            check_gradients_of(n, &got, layers, b, &s);
        }
        sequence_free(n, &s);
    }
    for (int64_t i = 0; i < runs; i++) {
        if (n->precision == LACO_BF16)
            check_weights(n, &layers[i], i / n->directions, i % n->directions);
        layer_free(&layers[i]);
    }
    laco_tape_free(got.tape);
}

static void test_random_networks(void **state)
{
    (void)state;
    const char *wanted = getenv("LACO_CASES");
    int64_t cases = wanted ? strtoll(wanted, NULL, 10) : 30;
    for (int precision = LACO_BF16; precision <= LACO_INT8; precision++)
        for (size_t cell = 0; cell < sizeof cells / sizeof *cells; cell++)
            for (int64_t i = 0; i < cases; i++) {
                laco_cpu cpu = (laco_cpu)(i % LACO_CPU_COUNT);
                network n;
                while (!laco_kernels_for(cpu))
                    cpu = cpu == LACO_CPU_REF ? LACO_CPU_COUNT - 1 : cpu - 1;
                make(&n, (int)cell, (laco_precision)precision, laco_cpu_level_name(cpu), 1 + (int)(i / LACO_CPU_COUNT % 2));
                check_network(&n);
                release(&n);
            }
    print_message("%lld networks of each of %zu cells agree in bf16 and in int8\n", (long long)cases,
                  sizeof cells / sizeof *cells);
}

static void products_have_names(void **state)
{
    (void)state;
    laco_context *ctx;
    assert_int_equal(laco_context_new(&(laco_context_config){.cpu = "ref", .threads = 1}, &ctx), LACO_OK);
    for (int precision = LACO_FP32; precision <= LACO_INT8; precision++)
        assert_string_equal(laco_product_name(ctx, (laco_precision)precision), "ref");
    laco_context_free(ctx);
}

int main(void)
{
    seed_from_environment();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_networks), cmocka_unit_test(products_have_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
