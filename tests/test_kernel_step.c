/* The kernel of one step against the products and gates that it stands for, bit for bit, in every table that this machine has.
 * LACO_SEED=n repeats a run. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel_memory.h"

enum { X, H_IN, C_IN, W_IH, W_HH, BIAS, PACKED, C_GOT, OUT, C_WANT, WANT, SUMS, XH, PRODUCT, ROWS_OF_W };

static const int gate_count[LACO_GATES_COUNT] = {1, 1, 3, 4}, width[LACO_GATES_COUNT] = {1, 1, 4, 4};
static const char *const names[LACO_GATES_COUNT] = {"tanh", "relu", "gru", "lstm"};
static char what[200];

/* Columns [column, column + N) of the gate row += the product of K numbers from `a` with rows from `row` on of W_ih and W_hh, of
 * which `from` columns of [x | h] are left out. */
static void multiply(const laco_kernels *k, int64_t I, int64_t P, int64_t N, int64_t from, int64_t K, int64_t row, int64_t column)
{
    float *w = take(ROWS_OF_W, N * K), *packed = take(PRODUCT, laco_packed_size(k, K, N));
    for (int64_t n = 0; n < N; n++)
        for (int64_t j = 0; j < K; j++)
            w[n * K + j] =
                from + j < I ? slots[W_IH].data[(row + n) * I + from + j] : slots[W_HH].data[(row + n) * P + from + j - I];
    k->pack(K, N, w, 1, K, packed);
    k->gemm(1, N, K, slots[XH].data + from, I + P, 1, packed, slots[SUMS].data + column, N, true);
}

/* The new h and c by the kernels of the sequence, in slots WANT and C_WANT. */
static void plain(const laco_kernels *k, laco_gate_kind kind, int64_t I, int64_t P, int64_t H)
{
    float *xh = take(XH, I + P), *sums = take_copy(SUMS, BIAS);
    memcpy(xh, slots[X].data, (size_t)I * sizeof *xh);
    memcpy(xh + I, slots[H_IN].data, (size_t)P * sizeof *xh);
    take_copy(C_WANT, C_IN);
    take(WANT, H);
    if (kind == LACO_GATES_GRU) {
        multiply(k, I, P, 2 * H, 0, I + P, 0, 0);
        multiply(k, I, P, H, 0, I, 2 * H, 3 * H);
        multiply(k, I, P, H, I, P, 2 * H, 2 * H);
    } else {
        multiply(k, I, P, gate_count[kind] * H, 0, I + P, 0, 0);
    }
    laco_gates g = {.rows = 1, .H = H, .gates = sums, .h_prev = slots[H_IN].data, .h = slots[WANT].data};
    g.c_prev = g.c = slots[C_WANT].data;
    k->gates_forward[kind](&g);
}

static void check(const laco_kernels *k, laco_gate_kind kind, int64_t I, int64_t H)
{
    int64_t P = kind == LACO_GATES_LSTM && below(3) == 0 ? 1 + below(H) : H, rows = gate_count[kind] * H;
    snprintf(what, sizeof what, "%s step of %s, I %lld P %lld H %lld", k->name, names[kind], (long long)I, (long long)P,
             (long long)H);
    take_random(X, 1, I, I, -2, 2);
    take_random(H_IN, 1, P, P, -1, 1);
    take_random(C_IN, 1, H, H, -2, 2);
    take_random(W_IH, 1, rows * I, rows * I, -1, 1);
    take_random(W_HH, 1, rows * P, rows * P, -1, 1);
    take_random(BIAS, 1, width[kind] * H, width[kind] * H, -1, 1);
    float *packed = take(PACKED, laco_step_size(k, kind, I, P, H)), *c = take_copy(C_GOT, C_IN), *out = take(OUT, H);
    laco_step_pack(k, kind, I, P, H, slots[BIAS].data, slots[W_IH].data, slots[W_HH].data, packed);
    check_canaries(PACKED, 0, 0, 0, what);
    laco_step step = {I, P, H, slots[X].data, slots[H_IN].data, packed, kind == LACO_GATES_LSTM ? c : NULL, out, false};
    plain(k, kind, I, P, H);
    for (int back = 0; back < 2; back++) {
        step.back = back;
        memcpy(c, slots[C_IN].data, (size_t)H * sizeof *c);
        memset(out, 0, (size_t)H * sizeof *out);
        k->step[kind](&step);
        check_same(out, slots[WANT].data, 1, H, H, what);
        check_same(c, slots[C_WANT].data, 1, H, H, what);
        check_canaries(OUT, 1, H, H, what);
        check_canaries(C_GOT, 1, H, H, what);
    }
    if (laco_step_groups(k, kind, H) > 1 || P != H)
        return;
    memcpy(c, slots[C_IN].data, (size_t)H * sizeof *c);
    step.out = slots[H_IN].data; /* in place */
    k->step[kind](&step);
    check_same(step.out, slots[WANT].data, 1, H, H, what);
}

static void steps(void **state)
{
    (void)state;
    static const int64_t sizes[] = {1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 31, 33, 40, 51, 64, 65, 80, 127, 130, 200};
    int tables = 0;
    for (int cpu = 0; cpu < LACO_CPU_COUNT; cpu++) {
        const laco_kernels *k = laco_kernels_for((laco_cpu)cpu);
        if (!k)
            continue;
        printf("table %s\n", k->name);
        tables++;
        for (int kind = 0; kind < LACO_GATES_COUNT; kind++)
            for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
                check(k, (laco_gate_kind)kind, sizes[i], sizes[i]);
                check(k, (laco_gate_kind)kind, below(60), sizes[i]);
            }
    }
    assert_true(tables > 0);
}

int main(void)
{
    seed_from_environment();
    map_slots();
    const struct CMUnitTest tests[] = {cmocka_unit_test(steps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
