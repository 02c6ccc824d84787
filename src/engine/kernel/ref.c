/* The plain reading of every kernel: what the others must agree with. */
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

#ifdef LACO_REAL_DOUBLE
#define EXP exp
#define TANH tanh
#else
#define EXP expf
#define TANH tanhf
#endif

#define PANEL 8

static inline laco_real logistic(laco_real x) { return 1 / (1 + EXP(-x)); }

static void ref_pack(int64_t K, int64_t N, const laco_real *B, int64_t b_k, int64_t b_n, laco_real *packed)
{
    for (int64_t n0 = 0; n0 < N; n0 += PANEL)
        for (int64_t k = 0; k < K; k++)
            for (int64_t n = n0; n < n0 + PANEL; n++)
                *packed++ = n < N ? B[k * b_k + n * b_n] : 0;
}

static void ref_gemm(int64_t M, int64_t N, int64_t K, const laco_real *A, int64_t a_m, int64_t a_k, const laco_real *packed,
                     laco_real *C, int64_t c_m, bool accumulate)
{
    for (int64_t m = 0; m < M; m++)
        for (int64_t n0 = 0; n0 < N; n0 += PANEL) {
            const laco_real *panel = packed + n0 * K;
            int64_t width = LACO_MIN(PANEL, N - n0);
            laco_real *row = C + m * c_m + n0, sum[PANEL] = {0};
            for (int64_t n = 0; accumulate && n < width; n++)
                sum[n] = row[n];
            for (int64_t k = 0; k < K; k++)
                for (int64_t n = 0; n < PANEL; n++)
                    sum[n] += A[m * a_m + k * a_k] * panel[k * PANEL + n];
            for (int64_t n = 0; n < width; n++)
                row[n] = sum[n];
        }
}

static void ref_gemm_again(int64_t M, int64_t N, int64_t K, const laco_real *A, int64_t a_m, const laco_real *packed,
                           laco_real *C, int64_t c_m, bool accumulate, bool back)
{
    (void)back;
    ref_gemm(M, N, K, A, a_m, 1, packed, C, c_m, accumulate);
}

static void ref_gemm_from(int64_t M, int64_t N, int64_t K, const laco_real *A, int64_t a_m, int64_t a_k, const laco_real *packed,
                          const laco_real *start, laco_real *C, int64_t c_m)
{
    for (int64_t m = 0; m < M; m++)
        memcpy(C + m * c_m, start, (size_t)N * sizeof *C);
    ref_gemm(M, N, K, A, a_m, a_k, packed, C, c_m, true);
}

static void ref_gemm_unpacked(int64_t M, int64_t N, int64_t K, const laco_real *A, int64_t a_m, int64_t a_k, const laco_real *B,
                              int64_t b_k, laco_real *C, int64_t c_m, bool accumulate)
{
    for (int64_t m = 0; m < M; m++)
        for (int64_t n = 0; n < N; n++) {
            laco_real sum = accumulate ? C[m * c_m + n] : 0;
            for (int64_t k = 0; k < K; k++)
                sum += A[m * a_m + k * a_k] * B[k * b_k + n];
            C[m * c_m + n] = sum;
        }
}

static int64_t units_of(const laco_gates *g) { return g->units ? g->units : g->H; }

static void ref_tanh_forward(const laco_gates *g)
{
    for (int64_t b = 0; b < g->rows; b++)
        for (int64_t j = 0; j < units_of(g); j++)
            g->h[b * g->h_ld + j] = TANH(g->gates[b * g->gates_ld + j]);
}

static void ref_relu_forward(const laco_gates *g)
{
    for (int64_t b = 0; b < g->rows; b++)
        for (int64_t j = 0; j < units_of(g); j++) {
            laco_real a = g->gates[b * g->gates_ld + j];
            g->h[b * g->h_ld + j] = a < 0 ? 0 : a; /* NaN stays NaN */
        }
}

static void ref_gru_forward(const laco_gates *g)
{
    int64_t H = g->H;
    for (int64_t b = 0; b < g->rows; b++)
        for (int64_t j = 0; j < units_of(g); j++) {
            laco_real *row = g->gates + b * g->gates_ld + j;
            laco_real r = logistic(row[0]), z = logistic(row[H]);
            laco_real n = TANH(row[3 * H] + r * row[2 * H]);
            row[0] = r;
            row[H] = z;
            row[3 * H] = n;
            g->h[b * g->h_ld + j] = (1 - z) * n + z * g->h_prev[b * g->h_prev_ld + j];
        }
}

static void ref_lstm_forward(const laco_gates *g)
{
    int64_t H = g->H;
    for (int64_t b = 0; b < g->rows; b++)
        for (int64_t j = 0; j < units_of(g); j++) {
            laco_real *row = g->gates + b * g->gates_ld + j;
            laco_real i = row[0] = logistic(row[0]);
            laco_real f = row[H] = logistic(row[H]);
            laco_real c_new = row[2 * H] = TANH(row[2 * H]);
            laco_real o = row[3 * H] = logistic(row[3 * H]);
            laco_real c = f * g->c_prev[b * g->c_prev_ld + j] + i * c_new;
            g->c[b * g->c_ld + j] = c;
            g->h[b * g->h_ld + j] = o * TANH(c);
        }
}

/* One unit after the other: its sums, then its gates. */
static void ref_step(laco_gate_kind kind, int gates, int width, const laco_step *s)
{
    const laco_real *w = s->packed;
    for (int64_t j = 0; j < s->H; j++) {
        laco_real row[4] = {0};
        for (int i = 0; i < width; i++)
            row[i] = *w++;
        for (int64_t k = 0; k < s->I; k++)
            for (int i = 0; i < gates; i++)
                row[i + (width > gates && i + 1 == gates)] += s->x[k] * *w++; /* the GRU's nx stands behind its nh */
        for (int64_t k = 0; k < s->P; k++)
            for (int i = 0; i < gates; i++)
                row[i] += s->h[k] * *w++;
        laco_real *c = s->c ? s->c + j : NULL;
        laco_gates g = {.rows = 1, .H = 1, .gates = row, .h_prev = s->h + j, .c_prev = c, .h = s->out + j, .c = c};
        laco_kernels_ref.gates_forward[kind](&g);
    }
}

static void ref_step_tanh(const laco_step *s) { ref_step(LACO_GATES_TANH, 1, 1, s); }
static void ref_step_relu(const laco_step *s) { ref_step(LACO_GATES_RELU, 1, 1, s); }
static void ref_step_gru(const laco_step *s) { ref_step(LACO_GATES_GRU, 3, 4, s); }
static void ref_step_lstm(const laco_step *s) { ref_step(LACO_GATES_LSTM, 4, 4, s); }

/* The gradient that arrives at h: from above and from the step after. */
static inline laco_real arriving(const laco_gates *g, int64_t b, int64_t j)
{
    return g->dh[b * g->dh_ld + j] + (g->dy ? g->dy[b * g->dy_ld + j] : 0);
}

static void ref_tanh_backward_gates(const laco_gates *g)
{
    for (int64_t b = 0; b < g->rows; b++)
        for (int64_t j = 0; j < units_of(g); j++) {
            laco_real h = g->h[b * g->h_ld + j];
            g->gates[b * g->gates_ld + j] = arriving(g, b, j) * (1 - h * h);
            g->dh[b * g->dh_ld + j] = 0;
        }
}

static void ref_relu_backward_gates(const laco_gates *g)
{
    for (int64_t b = 0; b < g->rows; b++)
        for (int64_t j = 0; j < units_of(g); j++) {
            g->gates[b * g->gates_ld + j] = g->h[b * g->h_ld + j] > 0 ? arriving(g, b, j) : 0;
            g->dh[b * g->dh_ld + j] = 0;
        }
}

static void ref_gru_backward(const laco_gates *g)
{
    int64_t H = g->H;
    for (int64_t b = 0; b < g->rows; b++)
        for (int64_t j = 0; j < units_of(g); j++) {
            laco_real *row = g->gates + b * g->gates_ld + j;
            laco_real r = row[0], z = row[H], nh = row[2 * H], n = row[3 * H];
            laco_real d = arriving(g, b, j);
            laco_real dnx = d * (1 - z) * (1 - n * n);
            row[0] = dnx * nh * r * (1 - r);
            row[H] = d * (g->h_prev[b * g->h_prev_ld + j] - n) * z * (1 - z);
            row[2 * H] = dnx * r;
            row[3 * H] = dnx;
            g->dh[b * g->dh_ld + j] = d * z;
        }
}

static void ref_lstm_backward(const laco_gates *g)
{
    int64_t H = g->H;
    for (int64_t b = 0; b < g->rows; b++)
        for (int64_t j = 0; j < units_of(g); j++) {
            laco_real *row = g->gates + b * g->gates_ld + j;
            laco_real i = row[0], f = row[H], c_new = row[2 * H], o = row[3 * H];
            laco_real d = arriving(g, b, j), squashed = TANH(g->c[b * g->c_ld + j]);
            laco_real s = g->dc[b * g->dc_ld + j] + d * o * (1 - squashed * squashed);
            row[0] = s * c_new * i * (1 - i);
            row[H] = s * g->c_prev[b * g->c_prev_ld + j] * f * (1 - f);
            row[2 * H] = s * i * (1 - c_new * c_new);
            row[3 * H] = d * squashed * o * (1 - o);
            g->dc[b * g->dc_ld + j] = s * f;
            g->dh[b * g->dh_ld + j] = 0;
        }
}

#define ELEMENTWISE(name, expression)                                                                                            \
    static void ref_##name(int64_t n, const laco_real *x, laco_real *y)                                                          \
    {                                                                                                                            \
        for (int64_t i = 0; i < n; i++)                                                                                          \
            y[i] = (expression);                                                                                                 \
    }
ELEMENTWISE(tanh, TANH(x[i]))
ELEMENTWISE(sigmoid, logistic(x[i]))
ELEMENTWISE(relu, x[i] < 0 ? 0 : x[i])
ELEMENTWISE(exp, EXP(x[i]))
ELEMENTWISE(add, y[i] + x[i])

#define ELEMENTWISE_BACKWARD(name, expression)                                                                                   \
    static void ref_##name(int64_t n, const laco_real *y, const laco_real *dy, laco_real *dx)                                    \
    {                                                                                                                            \
        for (int64_t i = 0; i < n; i++)                                                                                          \
            dx[i] += (expression);                                                                                               \
    }
ELEMENTWISE_BACKWARD(tanh_backward, dy[i] * (1 - y[i] * y[i]))
ELEMENTWISE_BACKWARD(sigmoid_backward, dy[i] * y[i] * (1 - y[i]))
ELEMENTWISE_BACKWARD(relu_backward, y[i] > 0 ? dy[i] : 0)

static void ref_axpy(int64_t n, laco_real a, const laco_real *x, laco_real *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

static void ref_scale(int64_t n, laco_real a, laco_real *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] *= a;
}

static void ref_multiply(int64_t n, const laco_real *a, const laco_real *b, laco_real *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = a[i] * b[i];
}

static void ref_squares(int64_t n, const laco_real *x, double *sums)
{
    for (int64_t i = 0; i < n; i++)
        sums[0] += (double)x[i] * (double)x[i];
}

static double ref_squares_sum(const double *sums) { return sums[0]; }

static double ref_dot(int64_t n, const laco_real *x, const laco_real *y)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)y[i];
    return sum;
}

static void ref_column_sums(int64_t rows, int64_t columns, const laco_real *x, int64_t x_ld, laco_real *sum)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t j = 0; j < columns; j++)
            sum[j] += x[r * x_ld + j];
}

static void ref_log_softmax(int64_t rows, int64_t n, const laco_real *x, int64_t x_ld, laco_real *y, int64_t y_ld)
{
    for (int64_t r = 0; r < rows; r++, x += x_ld, y += y_ld) {
        laco_real top = n > 0 ? x[0] : 0, sum = 0;
        for (int64_t j = 1; j < n; j++)
            top = x[j] > top ? x[j] : top;
        for (int64_t j = 0; j < n; j++)
            sum += EXP(x[j] - top);
        laco_real log_sum = (laco_real)log((double)sum);
        for (int64_t j = 0; j < n; j++)
            y[j] = x[j] - top - log_sum; /* one after the other: beside a large `top` the logarithm would be lost */
    }
}

static void ref_log_softmax_backward(int64_t rows, int64_t n, const laco_real *y, int64_t y_ld, const laco_real *dy,
                                     int64_t dy_ld, laco_real *dx, int64_t dx_ld)
{
    for (int64_t r = 0; r < rows; r++, y += y_ld, dy += dy_ld, dx += dx_ld) {
        laco_real sum = 0;
        for (int64_t j = 0; j < n; j++)
            sum += dy[j];
        for (int64_t j = 0; j < n; j++)
            dx[j] += dy[j] - EXP(y[j]) * sum;
    }
}

static void ref_adam(int64_t n, const laco_adam_constants *k, const laco_real *grad, laco_real *param, laco_real *m, laco_real *v)
{
    for (int64_t i = 0; i < n; i++) {
        laco_real p = param[i] * k->shrink, g = grad[i] + k->decay * p;
        m[i] = k->beta1 * m[i] + k->rest1 * g;
        v[i] = k->beta2 * v[i] + k->rest2 * g * g;
        laco_real denominator = (laco_real)sqrt((double)v[i]) / k->sqrt_correction + k->epsilon;
        param[i] = p - k->step_size * m[i] / denominator;
    }
}

const laco_kernels laco_kernels_ref = {
    .name = "ref",
    .panel = PANEL,
    .pack = ref_pack,
    .gemm = ref_gemm,
    .gemm_again = ref_gemm_again,
    .gemm_from = ref_gemm_from,
    .gemm_unpacked = ref_gemm_unpacked,
    .gates_forward = {ref_tanh_forward, ref_relu_forward, ref_gru_forward, ref_lstm_forward},
    .gates_backward = {ref_tanh_backward_gates, ref_relu_backward_gates, ref_gru_backward, ref_lstm_backward},
    .step_lanes = 1,
    .step_vectors = {1, 1, 1, 1},
    .step = {ref_step_tanh, ref_step_relu, ref_step_gru, ref_step_lstm},
    .tanh = ref_tanh,
    .sigmoid = ref_sigmoid,
    .relu = ref_relu,
    .exp = ref_exp,
    .tanh_backward = ref_tanh_backward,
    .sigmoid_backward = ref_sigmoid_backward,
    .relu_backward = ref_relu_backward,
    .add = ref_add,
    .axpy = ref_axpy,
    .scale = ref_scale,
    .multiply = ref_multiply,
    .squares = ref_squares,
    .squares_sum = ref_squares_sum,
    .dot = ref_dot,
    .column_sums = ref_column_sums,
    .log_softmax = ref_log_softmax,
    .log_softmax_backward = ref_log_softmax_backward,
    .adam = ref_adam,
};
