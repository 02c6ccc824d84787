/* Every entry of every kernel table that this machine has, against ref and against the laws of kernel.h.
 * LACO_SEED=n repeats a run. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel_memory.h"

static const laco_kernels *tables[LACO_CPU_COUNT];
static int table_count;
static const int64_t sizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 51, 63, 64, 65, 127, 130, 1000};
#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
static char what[200]; /* the case at hand, for messages */
#define CASE(...) snprintf(what, sizeof what, __VA_ARGS__)

/* The vector tables, without ref: those whose bits agree. */
#define EACH_TABLE(k) for (const laco_kernels *const *at_ = tables, *k; at_ < tables + table_count && (k = *at_) != NULL; at_++)

/* Matrix products. */

typedef struct product {
    int64_t M, N, K, a_m, a_k, b_k, b_n, c_m;
    bool accumulate;
} product;

enum { A_SLOT, B_SLOT, C_SLOT, PACKED_SLOT, C2_SLOT, CUT_SLOT, START_SLOT };

/* Both forms of A, three of B, rows with and without a gap behind them. */
static product random_product(int64_t M, int64_t N, int64_t K)
{
    product p = {.M = M, .N = N, .K = K, .c_m = N + below(2) * below(20), .accumulate = below(2)};
    int64_t gap = below(2) * below(20), b_form = below(5);
    bool transposed = below(2);
    p.a_m = transposed ? 1 : K + gap;
    p.a_k = transposed ? M + gap : 1;
    p.b_k = b_form == 0 ? 2 : b_form < 3 ? 1 : N + gap;
    p.b_n = b_form == 0 ? 2 * K + 1 : b_form < 3 ? K + gap : 1;
    return p;
}

static void take_operands(const product *p, float low, float high, bool whole_numbers)
{
    bool transposed = p->a_m == 1 && p->a_k != 1;
    float *A = take_random(A_SLOT, transposed ? p->K : p->M, transposed ? p->M : p->K, transposed ? p->a_k : p->a_m, low, high);
    int64_t b_count = p->K && p->N ? (p->K - 1) * p->b_k + (p->N - 1) * p->b_n + 1 : 0;
    float *B = take_random(B_SLOT, 1, b_count, b_count, low, high);
    float *C = take_random(C_SLOT, p->M, p->N, p->c_m, low, high);
    for (int64_t i = 0; whole_numbers && i < slots[A_SLOT].count; i++)
        A[i] = rintf(A[i]);
    for (int64_t i = 0; whole_numbers && i < b_count; i++)
        B[i] = rintf(B[i]);
    for (int64_t m = 0; m < p->M; m++)
        for (int64_t n = 0; n < p->N; n++)
            C[m * p->c_m + n] = !p->accumulate ? NAN : whole_numbers ? rintf(C[m * p->c_m + n]) : C[m * p->c_m + n];
}

/* C of slot `out` = the product by table k, now and then with B as it lies, where its rows are whole, or from either end; canaries
 * are checked. */
static void multiply(const laco_kernels *k, const product *p, int out)
{
    if (p->b_n == 1 && below(2)) {
        k->gemm_unpacked(p->M, p->N, p->K, slots[A_SLOT].data, p->a_m, p->a_k, slots[B_SLOT].data, p->b_k, slots[out].data,
                         p->c_m, p->accumulate);
        check_canaries(out, p->M, p->N, p->c_m, what);
        return;
    }
    float *packed = take(PACKED_SLOT, laco_packed_size(k, p->K, p->N));
    k->pack(p->K, p->N, slots[B_SLOT].data, p->b_k, p->b_n, packed);
    if (p->a_k == 1 && below(2))
        k->gemm_again(p->M, p->N, p->K, slots[A_SLOT].data, p->a_m, packed, slots[out].data, p->c_m, p->accumulate, below(2));
    else
        k->gemm(p->M, p->N, p->K, slots[A_SLOT].data, p->a_m, p->a_k, packed, slots[out].data, p->c_m, p->accumulate);
    check_canaries(PACKED_SLOT, 0, 0, 0, what);
    check_canaries(out, p->M, p->N, p->c_m, what);
}

static void describe(const laco_kernels *k, const product *p)
{
    CASE("%s gemm M %lld N %lld K %lld, A strides %lld %lld, B strides %lld %lld, C stride %lld%s", k->name, (long long)p->M,
         (long long)p->N, (long long)p->K, (long long)p->a_m, (long long)p->a_k, (long long)p->b_k, (long long)p->b_n,
         (long long)p->c_m, p->accumulate ? ", accumulate" : "");
}

/* Whole numbers are summed without rounding: each table must agree with ref to the bit. */
static void gemm_of_whole_numbers(void **state)
{
    (void)state;
    static const int64_t Ms[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14, 15, 20, 28, 29, 43}, Ks[] = {0, 1, 2, 3, 7, 8, 31, 64};
    static const int64_t Ns[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 51, 64, 65, 90, 130, 204};
    for (int i = 0; i < COUNT(Ms) * COUNT(Ns); i++)
        EACH_TABLE(k)
        {
            product p = random_product(Ms[i % COUNT(Ms)], Ns[i / COUNT(Ms)], Ks[below(COUNT(Ks))]);
            describe(k, &p);
            take_operands(&p, -8, 8, true);
            take_copy(C2_SLOT, C_SLOT);
            multiply(&laco_kernels_ref, &p, C_SLOT);
            multiply(k, &p, C2_SLOT);
            check_same(slots[C2_SLOT].data, slots[C_SLOT].data, p.M, p.N, p.c_m, what);
        }
}

/* The law of sums itself: each element is one chain of fused multiply-adds. */
static void check_chain(const laco_kernels *k, product p)
{
    describe(k, &p);
    take_operands(&p, -1, 1, false);
    const float *A = slots[A_SLOT].data, *B = slots[B_SLOT].data;
    float *want = take_copy(C2_SLOT, C_SLOT);
    for (int64_t m = 0; m < p.M; m++)
        for (int64_t n = 0; n < p.N; n++) {
            float sum = p.accumulate ? want[m * p.c_m + n] : 0;
            for (int64_t j = 0; j < p.K; j++)
                sum = fmaf(A[m * p.a_m + j * p.a_k], B[j * p.b_k + n * p.b_n], sum);
            want[m * p.c_m + n] = sum;
        }
    multiply(k, &p, C_SLOT);
    check_same(slots[C_SLOT].data, want, p.M, p.N, p.c_m, what);
}

static void gemm_is_one_chain(void **state)
{
    (void)state;
    EACH_TABLE(k)
    {
        for (int i = 0; i < 400; i++) {
            int64_t work = below(12) == 0 ? 2000000 : 100000;
            int64_t M = 1 + below(below(2) ? 8 : 100), N = 1 + below(below(2) ? 40 : 300);
            check_chain(k, random_product(M, N, 1 + below(LACO_MIN(1500, work / (M * N) + 1))));
        }
        /* Large enough for every way of cutting: B in several blocks, K in several, few and many blocks of rows. */
        check_chain(k, random_product(20 + below(9), 450 + below(40), 1030));
        check_chain(k, random_product(240 + below(20), 960 + below(40), 513 + below(30)));
        product p = random_product(230 + below(40), 40 + below(40), 530); /* rows of A one way of the cache apart */
        p.a_m = 1024, p.a_k = 1;
        check_chain(k, p);
    }
}

/* A product in pieces, cut at random in rows, columns and depth, has the bits of the whole. */
static void gemm_in_pieces(void **state)
{
    (void)state;
    EACH_TABLE(k) for (int i = 0; i < 12; i++)
    {
        product p = random_product(1 + below(180), 1 + below(500), 1 + below(1400));
        p.accumulate = true;
        describe(k, &p);
        take_operands(&p, -1, 1, false);
        take_copy(C2_SLOT, C_SLOT);
        multiply(k, &p, C_SLOT);
        for (int64_t n = 0, nn; n < p.N; n += nn) {
            nn = 1 + below(p.N - n);
            for (int64_t j = 0, jj; j < p.K; j += jj) {
                jj = 1 + below(p.K - j);
                float *packed = take(PACKED_SLOT, laco_packed_size(k, jj, nn));
                k->pack(jj, nn, slots[B_SLOT].data + n * p.b_n + j * p.b_k, p.b_k, p.b_n, packed);
                for (int64_t m = 0, mm; m < p.M; m += mm) {
                    mm = 1 + below(p.M - m);
                    k->gemm(mm, nn, jj, slots[A_SLOT].data + m * p.a_m + j * p.a_k, p.a_m, p.a_k, packed,
                            slots[C2_SLOT].data + m * p.c_m + n, p.c_m, true);
                }
            }
        }
        check_same(slots[C2_SLOT].data, slots[C_SLOT].data, p.M, p.N, p.c_m, what);
    }
}

/* A product on top of one row is the product on top of that row repeated, to the bit; it writes C without reading it. */
static void gemm_from_a_row(void **state)
{
    (void)state;
    EACH_TABLE(k) for (int i = 0; i < 120; i++)
    {
        product p = random_product(1 + below(below(2) ? 8 : 250), 1 + below(below(2) ? 60 : 300), below(below(2) ? 5 : 600));
        p.accumulate = true;
        describe(k, &p);
        take_operands(&p, -1, 1, false);
        float *start = take_random(START_SLOT, 1, p.N, p.N, -1, 1), *C = slots[C_SLOT].data;
        float *packed = take(PACKED_SLOT, laco_packed_size(k, p.K, p.N));
        k->pack(p.K, p.N, slots[B_SLOT].data, p.b_k, p.b_n, packed);
        float *from = take_copy(C2_SLOT, C_SLOT);
        for (int64_t m = 0; m < p.M; m++)
            for (int64_t n = 0; n < p.N; n++) {
                C[m * p.c_m + n] = start[n];
                from[m * p.c_m + n] = NAN;
            }
        k->gemm(p.M, p.N, p.K, slots[A_SLOT].data, p.a_m, p.a_k, packed, C, p.c_m, true);
        k->gemm_from(p.M, p.N, p.K, slots[A_SLOT].data, p.a_m, p.a_k, packed, start, from, p.c_m);
        check_canaries(C2_SLOT, p.M, p.N, p.c_m, what);
        check_same(from, C, p.M, p.N, p.c_m, what);
    }
}

/* exp, sigmoid and tanh against double precision. */

typedef void unary(int64_t n, const float *x, float *y);

static double exact_sigmoid(double x) { return 1 / (1 + exp(-x)); }

static const float specials[] = {0.0f,       -0.0f,      INFINITY,     -INFINITY,     NAN,     1e-45f,  -1e-45f, 1e-38f,  -1e-38f,
                                 1e-20f,     -1e-20f,    3.402823e38f, -3.402823e38f, 88.72f,  88.73f,  -87.3f,  -87.4f,  -88.8f,
                                 -103.2f,    -103.97f,   -104.1f,      -110.0f,       9.0f,    -9.0f,   10.0f,   20.0f,   -20.0f,
                                 0.3465736f, 0.3465735f, 1.0f,         -1.0f,         16.635f, -16.64f, 0.5f,    -0.693f, 5e-4f};

/* Error in units of the last place of the exact value; 0 for an absolute error up to `floor`. */
static double ulps(float got, double want, double floor)
{
    if (isnan(want) || isinf((float)want))
        return isnan(want) ? (isnan(got) ? 0 : INFINITY) : got == (float)want ? 0 : INFINITY;
    int exponent;
    frexp(want, &exponent);
    double ulp = ldexp(1, LACO_MAX(exponent - 24, -149)), error = fabs((double)got - want);
    return error <= floor ? 0 : error / ulp;
}

static void check_function(const laco_kernels *k, const char *name, unary *f, double (*exact)(double), double limit, double floor)
{
    enum { BATCH = 4096 };
    float *x = take(0, BATCH), *y = take(1, BATCH), *alone = take(2, 1);
    uint64_t next = (uint64_t)below(4099);
    double worst = 0;
    float worst_at = 0;
    for (bool first = true; next < (uint64_t)1 << 32; first = false) {
        for (int i = 0; i < BATCH; i++, next += 4099)
            x[i] = first && i < COUNT(specials) ? specials[i] : float_of((uint32_t)LACO_MIN(next, UINT32_MAX));
        f(BATCH, x, y);
        for (int i = 0; i < BATCH; i++) {
            double want = exact((double)x[i]), error = isinf(x[i]) && (double)y[i] != want ? INFINITY : ulps(y[i], want, floor);
            if (error > worst) {
                worst = error;
                worst_at = x[i];
            }
        }
        for (int i = 0; i < 64; i++) { /* the last lane of a tail gives the bits of a full vector */
            int64_t pick = first ? i : below(BATCH);
            f(1, x + pick, alone);
            CASE("%s %s(%.9g), alone and among others", k->name, name, (double)x[pick]);
            check_same(alone, y + pick, 1, 1, 1, what);
        }
    }
    if (worst > limit)
        fail_msg("%s %s(%.9g) is off by %.2f ULP", k->name, name, (double)worst_at, worst);
}

static void functions_are_accurate(void **state)
{
    (void)state;
    EACH_TABLE(k)
    {
        check_function(k, "exp", k->exp, exp, 2.0, 0);
        check_function(k, "sigmoid", k->sigmoid, exact_sigmoid, 3.0, 1.2e-38); /* below exp(−87.3) it may be 0 */
        check_function(k, "tanh", k->tanh, tanh, 3.0, 0);
    }
}

/* Element-wise kernels. */

#define FILL_SPECIALS(x, n)                                                                                                      \
    for (int64_t i_ = 0; i_ < (n); i_++)                                                                                         \
        if (below(8) == 0)                                                                                                       \
            (x)[i_] = specials[below(COUNT(specials))];

static void check_unary(const laco_kernels *k, const char *name, unary *f, unary *ref, bool same)
{
    for (int s = 0; s < COUNT(sizes); s++)
        for (int in_place = 0; in_place < 2; in_place++) {
            int64_t n = sizes[s];
            CASE("%s %s n %lld%s", k->name, name, (long long)n, in_place ? " in place" : "");
            float *x = take_random(0, 1, n, n, -10, 10), *want = take(1, n), *got = take(2, n);
            FILL_SPECIALS(x, n);
            ref(n, x, want);
            if (in_place)
                memcpy(got, x, (size_t)n * sizeof *x);
            f(n, in_place ? got : x, got);
            if (same)
                check_same(got, want, 1, n, n, what);
            else
                check_close(got, want, 1, n, n, 1.2e-38, 5e-7, what);
            check_canaries(2, 1, n, n, what);
        }
}

typedef void backward(int64_t n, const float *y, const float *dy, float *dx);

/* Two inputs, one output that is added to (or, for multiply, overwritten). */
static void check_backward(const laco_kernels *k, const char *name, backward *f, backward *ref)
{
    for (int s = 0; s < COUNT(sizes); s++) {
        int64_t n = sizes[s];
        CASE("%s %s n %lld", k->name, name, (long long)n);
        float *y = take_random(0, 1, n, n, -1, 1), *dy = take_random(1, 1, n, n, -1, 1);
        FILL_SPECIALS(y, n);
        FILL_SPECIALS(dy, n);
        float *got = take_random(2, 1, n, n, -1, 1), *want = take_copy(3, 2);
        f(n, y, dy, got);
        ref(n, y, dy, want);
        check_same(got, want, 1, n, n, what);
        check_canaries(2, 1, n, n, what);
    }
}

static const laco_kernels *const ref = &laco_kernels_ref;

static void elementwise(void **state)
{
    (void)state;
    EACH_TABLE(k)
    {
        check_unary(k, "tanh", k->tanh, ref->tanh, false);
        check_unary(k, "sigmoid", k->sigmoid, ref->sigmoid, false);
        check_unary(k, "exp", k->exp, ref->exp, false);
        check_unary(k, "relu", k->relu, ref->relu, true);
        check_backward(k, "tanh_backward", k->tanh_backward, ref->tanh_backward);
        check_backward(k, "sigmoid_backward", k->sigmoid_backward, ref->sigmoid_backward);
        check_backward(k, "relu_backward", k->relu_backward, ref->relu_backward);
        check_backward(k, "multiply", k->multiply, ref->multiply);
    }
}

static void add_axpy_scale(void **state)
{
    (void)state;
    EACH_TABLE(k) for (int s = 0; s < COUNT(sizes) * 3; s++)
    {
        int64_t n = sizes[s / 3];
        int entry = s % 3;
        float a = uniform(-3, 3);
        CASE("%s %s n %lld", k->name, entry == 0 ? "add" : entry == 1 ? "axpy" : "scale", (long long)n);
        float *x = take_random(0, 1, n, n, -5, 5), *got = take_random(1, 1, n, n, -5, 5), *want = take_copy(2, 1);
        for (int side = 0; side < 2; side++) {
            const laco_kernels *table = side ? ref : k;
            float *y = side ? want : got;
            if (entry == 0)
                table->add(n, x, y);
            else if (entry == 1)
                table->axpy(n, a, x, y);
            else
                table->scale(n, a, y);
        }
        check_same(got, want, 1, n, n, what);
        check_canaries(1, 1, n, n, what);
    }
}

static void adam(void **state)
{
    (void)state;
    EACH_TABLE(k) for (int s = 0; s < COUNT(sizes); s++)
    {
        int64_t n = sizes[s];
        laco_adam_constants c = {.step_size = 1e-3f,
                                 .beta1 = 0.9f,
                                 .beta2 = 0.999f,
                                 .rest1 = 0.1f,
                                 .rest2 = 0.001f,
                                 .sqrt_correction = uniform(0.05f, 1),
                                 .epsilon = 1e-8f,
                                 .decay = uniform(0, 0.1f),
                                 .shrink = uniform(0.9f, 1)};
        CASE("%s adam n %lld", k->name, (long long)n);
        float *grad = take_random(0, 1, n, n, -1, 1);
        if (n > 2)
            grad[n / 2] = 0;
        float *got[3], *want[3];
        for (int i = 0; i < 3; i++) {
            got[i] = take_random(1 + i, 1, n, n, i < 2 ? -1 : 0, 1);
            want[i] = take_copy(4 + i, 1 + i);
        }
        k->adam(n, &c, grad, got[0], got[1], got[2]);
        ref->adam(n, &c, grad, want[0], want[1], want[2]);
        for (int i = 0; i < 3; i++) {
            check_same(got[i], want[i], 1, n, n, what);
            check_canaries(1 + i, 1, n, n, what);
        }
    }
}

/* Gates. */

enum { GATES_SLOT, H_PREV_SLOT, C_PREV_SLOT, H_SLOT, CELL_SLOT, DY_SLOT, DH_SLOT, DC_SLOT, GATE_SLOTS };
static const char *const kind_names[LACO_GATES_COUNT] = {"tanh", "relu", "gru", "lstm"};

static int64_t slot_columns(int which, laco_gate_kind kind, int64_t H)
{
    return which == GATES_SLOT && kind >= LACO_GATES_GRU ? 4 * H : H;
}

/* Every matrix of a step, in slots first … first + GATE_SLOTS-1, with numbers as they come behind a product (forward) or
 * behind the forward pass (backward). */
static laco_gates take_gates(laco_gate_kind kind, int64_t rows, int64_t H, bool backwards, bool with_dy)
{
    laco_gates g = {.rows = rows, .H = H};
    int64_t ld[GATE_SLOTS];
    float *data[GATE_SLOTS];
    for (int i = 0; i < GATE_SLOTS; i++) {
        float limit = i == GATES_SLOT && !backwards ? 12 : i == CELL_SLOT ? 3 : 1;
        ld[i] = slot_columns(i, kind, H) + below(2) * below(9);
        data[i] = take_random(i, rows, slot_columns(i, kind, H), ld[i], -limit, limit);
    }
    g.gates = data[GATES_SLOT], g.h = data[H_SLOT], g.c = data[CELL_SLOT];
    g.h_prev = data[H_PREV_SLOT], g.c_prev = data[C_PREV_SLOT];
    g.dy = with_dy ? data[DY_SLOT] : NULL, g.dh = data[DH_SLOT], g.dc = data[DC_SLOT];
    g.gates_ld = ld[GATES_SLOT], g.h_ld = ld[H_SLOT], g.c_ld = ld[CELL_SLOT];
    g.h_prev_ld = ld[H_PREV_SLOT], g.c_prev_ld = ld[C_PREV_SLOT];
    g.dy_ld = ld[DY_SLOT], g.dh_ld = ld[DH_SLOT], g.dc_ld = ld[DC_SLOT];
    return g;
}

static int64_t slot_ld(const laco_gates *g, int which)
{
    return (const int64_t[]){g->gates_ld, g->h_prev_ld, g->c_prev_ld, g->h_ld, g->c_ld, g->dy_ld, g->dh_ld, g->dc_ld}[which];
}

/* The same step on copies of its matrices. */
static laco_gates copy_gates(const laco_gates *g, int copy)
{
    laco_gates out = *g;
    float *data[GATE_SLOTS];
    for (int i = 0; i < GATE_SLOTS; i++)
        data[i] = take_copy(copy * GATE_SLOTS + i, i);
    out.gates = data[GATES_SLOT], out.h = data[H_SLOT], out.c = data[CELL_SLOT];
    out.h_prev = g->h_prev == g->h ? out.h : data[H_PREV_SLOT];
    out.c_prev = g->c_prev == g->c ? out.c : data[C_PREV_SLOT];
    out.dy = g->dy ? data[DY_SLOT] : NULL, out.dh = data[DH_SLOT], out.dc = data[DC_SLOT];
    return out;
}

/* Unit j of row b as a step of its own, with H = 1 in a packed copy, must have the bits of the whole step. */
static void check_unit(const laco_kernels *k, laco_gate_kind kind, bool backwards, const laco_gates *before,
                       const laco_gates *after, int64_t b, int64_t j)
{
    int64_t H = before->H;
    float gates[4], h_prev = before->h_prev[b * before->h_prev_ld + j], c_prev = before->c_prev[b * before->c_prev_ld + j];
    float h = before->h[b * before->h_ld + j], c = before->c[b * before->c_ld + j];
    float dy = before->dy ? before->dy[b * before->dy_ld + j] : 0;
    float dh = before->dh[b * before->dh_ld + j], dc = before->dc[b * before->dc_ld + j];
    int blocks = kind >= LACO_GATES_GRU ? 4 : 1;
    for (int i = 0; i < blocks; i++)
        gates[i] = before->gates[b * before->gates_ld + i * H + j];
    laco_gates one = {.rows = 1,
                      .H = 1,
                      .gates = gates,
                      .h_prev = &h_prev,
                      .c_prev = &c_prev,
                      .h = &h,
                      .c = &c,
                      .dy = before->dy ? &dy : NULL,
                      .dh = &dh,
                      .dc = &dc};
    (backwards ? k->gates_backward : k->gates_forward)[kind](&one);
    for (int i = 0; i < blocks; i++)
        check_same(&gates[i], after->gates + b * after->gates_ld + i * H + j, 1, 1, 1, what);
    check_same(&h, after->h + b * after->h_ld + j, 1, 1, 1, what);
    check_same(&c, after->c + b * after->c_ld + j, 1, 1, 1, what);
    check_same(&dh, after->dh + b * after->dh_ld + j, 1, 1, 1, what);
    check_same(&dc, after->dc + b * after->dc_ld + j, 1, 1, 1, what);
}

/* Where nobody reads activations, h and c are what they are otherwise, to the bit. */
static void check_inference(const laco_kernels *k, laco_gate_kind kind, const laco_gates *before, const laco_gates *after)
{
    laco_gates got = copy_gates(before, 2);
    got.inference = true;
    k->gates_forward[kind](&got);
    check_same(got.h, after->h, got.rows, got.H, got.h_ld, what);
    check_same(got.c, after->c, got.rows, got.H, got.c_ld, what);
    check_canaries(2 * GATE_SLOTS + GATES_SLOT, got.rows, slot_columns(GATES_SLOT, kind, got.H), got.gates_ld, what);
}

static void check_gates(const laco_kernels *k, laco_gate_kind kind, bool backwards, int64_t rows, int64_t H)
{
    bool with_dy = below(2), in_place = !backwards && below(2);
    CASE("%s %s %s rows %lld H %lld%s%s", k->name, kind_names[kind], backwards ? "backward" : "forward", (long long)rows,
         (long long)H, backwards && with_dy ? " dy" : "", in_place ? " in place" : "");
    laco_gates before = take_gates(kind, rows, H, backwards, with_dy);
    if (in_place) {
        before.h_prev = before.h, before.h_prev_ld = before.h_ld;
        before.c_prev = before.c, before.c_prev_ld = before.c_ld;
    }
    if (!backwards && rows && H) { /* one NaN or infinity must stay in its own unit */
        before.gates[0] = specials[below(COUNT(specials))];
        before.gates[(rows - 1) * before.gates_ld + H - 1] = specials[below(COUNT(specials))];
    }
    laco_gates got = copy_gates(&before, 1), want = copy_gates(&before, 2);
    (backwards ? k->gates_backward : k->gates_forward)[kind](&got);
    (backwards ? ref->gates_backward : ref->gates_forward)[kind](&want);
    bool same = kind == LACO_GATES_RELU || (backwards && kind != LACO_GATES_LSTM); /* no exp, no tanh in it */
    for (int i = 0; i < GATE_SLOTS; i++) {
        int64_t columns = slot_columns(i, kind, H), ld = slot_ld(&before, i);
        if (in_place && (i == H_PREV_SLOT || i == C_PREV_SLOT))
            continue;
        const float *a = slots[GATE_SLOTS + i].data, *b = slots[2 * GATE_SLOTS + i].data;
        if (same)
            check_same(a, b, rows, columns, ld, what);
        else
            check_close(a, b, rows, columns, ld, 4e-6, 1e-6, what);
        check_canaries(GATE_SLOTS + i, rows, columns, ld, what);
    }
    for (int i = 0; i < 8 && rows && H; i++)
        check_unit(k, kind, backwards, &before, &got, below(rows), i == 0 ? H - 1 : below(H));
    if (!backwards)
        check_inference(k, kind, &before, &got);
}

static void gates(void **state)
{
    (void)state;
    static const int64_t Hs[] = {0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 51, 64, 130}, rows[] = {0, 1, 2, 5, 8};
    EACH_TABLE(k)
    for (int kind = 0; kind < LACO_GATES_COUNT; kind++)
        for (int h = 0; h < COUNT(Hs); h++)
            for (int r = 0; r < COUNT(rows); r++)
                for (int backwards = 0; backwards < 2; backwards++)
                    check_gates(k, (laco_gate_kind)kind, backwards, rows[r], Hs[h]);
}

/* Sums. */

static double sum_squares(const laco_kernels *k, int64_t n, const laco_real *x)
{
    double sums[LACO_PARTIAL_SUMS] = {0};
    k->squares(n, x, sums);
    return k->squares_sum(sums);
}

static void dot_and_sum_squares(void **state)
{
    (void)state;
    EACH_TABLE(k) for (int s = 0; s < COUNT(sizes); s++)
    {
        int64_t n = sizes[s];
        float *x = take_random(0, 1, n, n, -1, 1), *y = take_random(1, 1, n, n, -1, 1);
        CASE("%s sums n %lld", k->name, (long long)n);
        long double dot = 0, size = 0, squares = 0;
        for (int64_t i = 0; i < n; i++) {
            dot += (long double)x[i] * y[i];
            size += fabsl((long double)x[i] * y[i]);
            squares += (long double)x[i] * x[i];
        }
        if (!(fabs(k->dot(n, x, y) - (double)dot) <= 1e-14 * (double)size))
            fail_msg("%s: dot is %.17g, not %.17g", what, k->dot(n, x, y), (double)dot);
        double whole = sum_squares(k, n, x), cut = 0, sums[LACO_PARTIAL_SUMS] = {0};
        if (!(fabs(whole - (double)squares) <= 1e-14 * (double)squares))
            fail_msg("%s: the sum of squares is %.17g, not %.17g", what, whole, (double)squares);
        for (int64_t at = 0, part; at < n; at += part) { /* 32, 64, 96 … and what is left */
            part = LACO_MIN(n - at, at + LACO_PARTIAL_SUMS);
            k->squares(part, x + at, sums);
        }
        cut = k->squares_sum(sums);
        assert_true(cut == whole);
    }
}

static void column_sums(void **state)
{
    (void)state;
    EACH_TABLE(k) for (int s = 0; s < COUNT(sizes); s++) for (int64_t rows = 0; rows < 40; rows = rows * 3 + 1)
    {
        int64_t n = sizes[s], ld = n + below(2) * below(9);
        CASE("%s column_sums rows %lld columns %lld", k->name, (long long)rows, (long long)n);
        float *x = take_random(0, rows, n, ld, -1, 1), *got = take_random(1, 1, n, n, -1, 1), *want = take_copy(2, 1);
        k->column_sums(rows, n, x, ld, got);
        ref->column_sums(rows, n, x, ld, want);
        check_same(got, want, 1, n, n, what);
        check_canaries(1, 1, n, n, what);
    }
}

/* Exact to the rounding of the differences, 2e-7 of the result, and 3e-7 for the sum, however large the numbers are. */
static void check_log_softmax(const laco_kernels *k, int64_t rows, int64_t n, float spread, float offset, bool in_place)
{
    int64_t x_ld = n + below(2) * below(9), y_ld = in_place ? x_ld : n + below(2) * below(9);
    CASE("%s log_softmax rows %lld n %lld%s", k->name, (long long)rows, (long long)n, in_place ? " in place" : "");
    float *x = take_random(0, rows, n, x_ld, offset - spread, offset + spread);
    if (rows > 1 && n > 1)
        x[x_ld + below(n)] = -INFINITY;
    float *y = in_place ? take_copy(1, 0) : take(1, rows ? (rows - 1) * y_ld + n : 0);
    k->log_softmax(rows, n, in_place ? y : x, x_ld, y, y_ld);
    check_canaries(1, rows, n, y_ld, what);
    for (int64_t r = 0; r < rows; r++) {
        double top = -INFINITY, sum = 0;
        for (int64_t j = 0; j < n; j++)
            top = fmax(top, (double)x[r * x_ld + j]);
        for (int64_t j = 0; j < n; j++)
            sum += exp((double)x[r * x_ld + j] - top);
        for (int64_t j = 0; j < n; j++) {
            double want = (double)x[r * x_ld + j] - top - log(sum), got = (double)y[r * y_ld + j];
            if (!(fabs(got - want) <= 3e-7 + 2e-7 * fabs(want)) && got != want)
                fail_msg("%s: row %lld, column %lld: %.9g, not %.9g", what, (long long)r, (long long)j, got, want);
        }
    }
}

static void log_softmax(void **state)
{
    (void)state;
    EACH_TABLE(k) for (int s = 0; s < COUNT(sizes); s++) for (int64_t rows = 0; rows < 4; rows++)
    {
        check_log_softmax(k, rows, sizes[s], 5, 0, below(2));
        check_log_softmax(k, rows, sizes[s], 80, 1000, below(2));
        check_log_softmax(k, rows, sizes[s], 4, 1e6f, below(2));
    }
    EACH_TABLE(k)
    { /* NaN takes the row; so do infinity and nothing but -infinity */
        float x[4][3] = {{1, NAN, 2}, {NAN, 1, 2}, {1, INFINITY, 2}, {-INFINITY, -INFINITY, -INFINITY}}, y[4][3], want[4][3];
        k->log_softmax(4, 3, x[0], 3, y[0], 3);
        ref->log_softmax(4, 3, x[0], 3, want[0], 3);
        for (int r = 0; r < 4; r++)
            for (int j = 0; j < 3; j++)
                assert_true(isnan(want[r][j]) ? isnan(y[r][j]) : y[r][j] == want[r][j]);
    }
}

static void log_softmax_backward(void **state)
{
    (void)state;
    EACH_TABLE(k) for (int s = 0; s < COUNT(sizes); s++) for (int64_t rows = 0; rows < 4; rows++)
    {
        int64_t n = sizes[s], y_ld = n + below(5), dy_ld = n + below(5), dx_ld = n + below(5);
        CASE("%s log_softmax_backward rows %lld n %lld", k->name, (long long)rows, (long long)n);
        float *y = take_random(0, rows, n, y_ld, -9, 0), *dy = take_random(1, rows, n, dy_ld, -1, 1);
        float *got = take_random(2, rows, n, dx_ld, -1, 1), *want = take_copy(3, 2);
        k->log_softmax_backward(rows, n, y, y_ld, dy, dy_ld, got, dx_ld);
        ref->log_softmax_backward(rows, n, y, y_ld, dy, dy_ld, want, dx_ld);
        check_close(got, want, rows, n, dx_ld, 2e-7 * (double)(n + 3), 1e-6, what);
        check_canaries(2, rows, n, dx_ld, what);
    }
}

/* All vector tables compute the same bits: what was trained on one machine goes on alike on another. */
static void tables_agree(void **state)
{
    (void)state;
    for (int other = 1; other < table_count; other++) {
        const laco_kernels *a = tables[0], *b = tables[other];
        for (int i = 0; i < 50; i++) {
            int64_t n = 1 + below(3000);
            CASE("%s and %s, n %lld", a->name, b->name, (long long)n);
            float *x = take_random(0, 1, n, n, -20, 20), *y = take_random(1, 1, n, n, -20, 20);
            float *out_a = take(2, n), *out_b = take(3, n);
            unary *const fs[3][2] = {{a->exp, b->exp}, {a->tanh, b->tanh}, {a->sigmoid, b->sigmoid}};
            for (int f = 0; f < 3; f++) {
                fs[f][0](n, x, out_a);
                fs[f][1](n, x, out_b);
                check_same(out_a, out_b, 1, n, n, what);
            }
            a->log_softmax(1, n, x, n, out_a, n);
            b->log_softmax(1, n, x, n, out_b, n);
            check_same(out_a, out_b, 1, n, n, what);
            a->log_softmax_backward(1, n, out_b, n, y, n, out_a, n);
            b->log_softmax_backward(1, n, out_b, n, y, n, out_b, n);
            check_same(out_a, out_b, 1, n, n, what);
            assert_true(a->dot(n, x, y) == b->dot(n, x, y) && sum_squares(a, n, x) == sum_squares(b, n, x));
        }
        for (int i = 0; i < 30; i++) {
            product p = random_product(1 + below(60), 1 + below(300), 1 + below(900));
            describe(b, &p);
            take_operands(&p, -1, 1, false);
            take_copy(C2_SLOT, C_SLOT);
            multiply(a, &p, C_SLOT);
            multiply(b, &p, C2_SLOT);
            check_same(slots[C2_SLOT].data, slots[C_SLOT].data, p.M, p.N, p.c_m, what);
        }
        for (int i = 0; i < 80; i++) {
            laco_gate_kind kind = (laco_gate_kind)(i % LACO_GATES_COUNT);
            bool backwards = i >= 40;
            laco_gates before = take_gates(kind, 1 + below(5), 1 + below(100), backwards, below(2));
            laco_gates one = copy_gates(&before, 1), two = copy_gates(&before, 2);
            CASE("%s and %s, %s %s", a->name, b->name, kind_names[kind], backwards ? "backward" : "forward");
            (backwards ? a->gates_backward : a->gates_forward)[kind](&one);
            (backwards ? b->gates_backward : b->gates_forward)[kind](&two);
            for (int s = 0; s < GATE_SLOTS; s++)
                check_same(slots[GATE_SLOTS + s].data, slots[2 * GATE_SLOTS + s].data, 1, slots[s].count, slots[s].count, what);
        }
    }
}

int main(void)
{
    seed_from_environment();
    map_slots();
    for (int cpu = LACO_CPU_REF + 1; cpu < LACO_CPU_COUNT; cpu++)
        if (laco_kernels_for((laco_cpu)cpu))
            tables[table_count++] = laco_kernels_for((laco_cpu)cpu);
    for (int i = 0; i < table_count; i++)
        printf("table %s\n", tables[i]->name);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gemm_of_whole_numbers),
        cmocka_unit_test(gemm_is_one_chain),
        cmocka_unit_test(gemm_in_pieces),
        cmocka_unit_test(gemm_from_a_row),
        cmocka_unit_test(functions_are_accurate),
        cmocka_unit_test(elementwise),
        cmocka_unit_test(add_axpy_scale),
        cmocka_unit_test(adam),
        cmocka_unit_test(gates),
        cmocka_unit_test(dot_and_sum_squares),
        cmocka_unit_test(column_sums),
        cmocka_unit_test(log_softmax),
        cmocka_unit_test(log_softmax_backward),
        cmocka_unit_test(tables_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
