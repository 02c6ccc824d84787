/* Times every kernel of every table that this machine has, beside ref and the multiply-add peak of the same registers.
 *
 *   kernel_bench [WORD…]     only rows whose name holds one of the words, as in: kernel_bench gates "step 128"
 *
 * Thread CPU time, the best of several rounds; one thread. Pin it (taskset -c 0) on a machine with company. */
#define _GNU_SOURCE
#include "base/random.h"
#include "kernel/kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The peak: independent chains of multiply-adds and nothing else. Gives a sum, so that no compiler leaves them out. */

#define PEAK_TURNS 100000
#define PEAK(name, attribute, vector, chains, splat, multiply_add, first_lane)                                                   \
    attribute static double name(void)                                                                                           \
    {                                                                                                                            \
        vector sum[chains], factor = splat(0.9999f), term = splat(0.0001f);                                                      \
        for (int i = 0; i < (chains); i++)                                                                                       \
            sum[i] = splat((float)i);                                                                                            \
        for (int turn = 0; turn < PEAK_TURNS; turn++)                                                                            \
            _Pragma("GCC unroll 16") for (int i = 0; i < (chains); i++) sum[i] = multiply_add(factor, sum[i], term);             \
        double total = 0;                                                                                                        \
        for (int i = 0; i < (chains); i++)                                                                                       \
            total += (double)first_lane(sum[i]);                                                                                 \
        return total;                                                                                                            \
    }

typedef struct peak {
    const char *table;
    double (*run)(void);
    double flops; /* of one run */
} peak;

#if defined(__x86_64__)
PEAK(peak_avx512, __attribute__((target("avx512f"))), __m512, 16, _mm512_set1_ps, _mm512_fmadd_ps, _mm512_cvtss_f32)
PEAK(peak_avx2, __attribute__((target("avx2,fma"))), __m256, 12, _mm256_set1_ps, _mm256_fmadd_ps, _mm256_cvtss_f32)
static const peak peaks[] = {{"avx512", peak_avx512, 16.0 * 32 * PEAK_TURNS}, {"avx2", peak_avx2, 12.0 * 16 * PEAK_TURNS}};
#elif defined(__aarch64__)
#define NEON_FMA(a, b, c) vfmaq_f32(c, a, b)
#define NEON_FIRST(v) vgetq_lane_f32(v, 0)
PEAK(peak_neon, , float32x4_t, 16, vdupq_n_f32, NEON_FMA, NEON_FIRST)
static const peak peaks[] = {{"neon", peak_neon, 16.0 * 8 * PEAK_TURNS}};
#else
static const peak peaks[] = {{"", NULL, 0}};
#endif

static const peak *peak_of(const laco_kernels *k)
{
    for (size_t i = 0; i < sizeof peaks / sizeof *peaks; i++)
        if (peaks[i].run && strcmp(peaks[i].table, k->name) == 0)
            return &peaks[i];
    return NULL;
}

static volatile double sink;

static double measure_peak(const peak *p)
{
    double start = now();
    sink = p->run();
    return p->flops / (now() - start);
}

/* What is timed: a case with its sizes and its buffers; `run` calls one kernel once. */

typedef struct bench {
    const laco_kernels *k;
    int64_t M, N, K; /* of products; rows and columns of the rest: M × N */
    laco_gates gates;
    float *x, *y, *z, *w, *packed;
} bench;

#define BUFFER (1 << 24) /* floats in x, y, z, w */

typedef struct timing {
    double seconds; /* the best round */
    double share;   /* of the peak measured beside it, the median round: the clock of a machine wanders */
} timing;

#define ROUNDS 15
static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static timing measure(bench *b, void (*run)(bench *b), double flops)
{
    const peak *top = flops > 0 ? peak_of(b->k) : NULL;
    timing best = {.seconds = 1e9};
    double share[ROUNDS];
    int turns = 1, rounds = 0;
    for (double t = 0; t < 1e-3; turns *= 2) { /* rounds of a millisecond or more */
        double start = now();
        for (int i = 0; i < turns; i++)
            run(b);
        t = now() - start;
        best.seconds = t / turns < best.seconds ? t / turns : best.seconds;
    }
    for (double begin = now(); rounds < ROUNDS && now() - begin < 0.3; rounds++) {
        double before = top ? measure_peak(top) : 0, start = now();
        for (int i = 0; i < turns / 2; i++)
            run(b);
        double t = (now() - start) / (turns / 2);
        double after = top ? measure_peak(top) : 0;
        best.seconds = t < best.seconds ? t : best.seconds;
        share[rounds] = top ? flops / t / LACO_MAX(before, after) : 0;
    }
    qsort(share, (size_t)rounds, sizeof *share, rising);
    best.share = share[rounds / 2];
    return best;
}

static void fill(float *x, int64_t n, float low, float high)
{
    laco_rng rng = {.seed = 1};
    for (int64_t i = 0; i < n; i++)
        x[i] = low + (high - low) * (float)laco_rng_u32(&rng) * 0x1p-32f;
}

/* x is A, y is C, z is B. */
static void run_step(bench *b) { b->k->gemm(b->M, b->N, b->K, b->x, b->K, 1, b->packed, b->y, b->N, false); }
static void run_unpacked(bench *b) { b->k->gemm_unpacked(b->M, b->N, b->K, b->x, b->K, 1, b->z, b->N, b->y, b->N, true); }
static void run_transposed(bench *b) { b->k->gemm(b->M, b->N, b->K, b->x, 1, b->M, b->packed, b->y, b->N, true); }
static void run_pack_rows(bench *b) { b->k->pack(b->K, b->N, b->z, b->N, 1, b->packed); }
static void run_pack_columns(bench *b) { b->k->pack(b->K, b->N, b->z, 1, b->K, b->packed); }

/* Forward is timed over and over in place: sums or activations are all the same to it. Backward would run down to
 * denormals, so there w has the activations, copied in again each time (a part of its time in the table). */
static void run_gates(bench *b, laco_gate_kind kind, bool backward)
{
    laco_gates *g = &b->gates;
    int64_t H = b->N, width = kind >= LACO_GATES_GRU ? 4 * H : H, rows = b->M;
    *g = (laco_gates){.rows = rows,
                      .H = H,
                      .gates = b->x,
                      .gates_ld = width,
                      .h_prev_ld = H,
                      .c_prev_ld = H,
                      .h_ld = H,
                      .c_ld = H,
                      .dy_ld = H,
                      .dh_ld = H,
                      .dc_ld = H};
    float *states = b->y;
    g->h_prev = states, g->c_prev = states + rows * H, g->h = states + 2 * rows * H, g->c = states + 3 * rows * H;
    g->dy = states + 4 * rows * H, g->dh = b->z, g->dc = b->z + rows * H;
    if (backward)
        memcpy(b->x, b->w, (size_t)(rows * width) * sizeof(float));
    (backward ? b->k->gates_backward : b->k->gates_forward)[kind](g);
}
#define GATES(kind, KIND)                                                                                                        \
    static void run_##kind##_forward(bench *b) { run_gates(b, LACO_GATES_##KIND, false); }                                       \
    static void run_##kind##_backward(bench *b) { run_gates(b, LACO_GATES_##KIND, true); }
GATES(tanh, TANH)
GATES(relu, RELU)
GATES(gru, GRU)
GATES(lstm, LSTM)

static void run_tanh(bench *b) { b->k->tanh(b->M * b->N, b->x, b->y); }
static void run_sigmoid(bench *b) { b->k->sigmoid(b->M * b->N, b->x, b->y); }
static void run_relu(bench *b) { b->k->relu(b->M * b->N, b->x, b->y); }
static void run_exp(bench *b) { b->k->exp(b->M * b->N, b->x, b->y); }
static void run_tanh_derivative(bench *b) { b->k->tanh_backward(b->M * b->N, b->x, b->y, b->z); }
static void run_sigmoid_derivative(bench *b) { b->k->sigmoid_backward(b->M * b->N, b->x, b->y, b->z); }
static void run_relu_derivative(bench *b) { b->k->relu_backward(b->M * b->N, b->x, b->y, b->z); }
static void run_add(bench *b) { b->k->add(b->M * b->N, b->x, b->y); }
static void run_axpy(bench *b) { b->k->axpy(b->M * b->N, -1e-3f, b->x, b->y); }
static void run_scale(bench *b) { b->k->scale(b->M * b->N, 1.0f, b->y); }
static void run_multiply(bench *b) { b->k->multiply(b->M * b->N, b->x, b->y, b->z); }
static void run_squares(bench *b)
{
    double sums[LACO_PARTIAL_SUMS] = {0};
    b->k->squares(b->M * b->N, b->x, sums);
    sink = b->k->squares_sum(sums);
}
static void run_dot(bench *b) { sink = b->k->dot(b->M * b->N, b->x, b->y); }
static void run_column_sums(bench *b) { b->k->column_sums(b->M, b->N, b->x, b->N, b->y); }
static void run_log_softmax(bench *b) { b->k->log_softmax(b->M, b->N, b->x, b->N, b->y, b->N); }
static void run_log_softmax_backward(bench *b) { b->k->log_softmax_backward(b->M, b->N, b->x, b->N, b->w, b->N, b->z, b->N); }
static void run_adam(bench *b)
{
    static const laco_adam_constants constants = {.step_size = 1e-3f,
                                                  .beta1 = 0.9f,
                                                  .beta2 = 0.999f,
                                                  .rest1 = 0.1f,
                                                  .rest2 = 0.001f,
                                                  .sqrt_correction = 0.5f,
                                                  .epsilon = 1e-8f,
                                                  .decay = 0,
                                                  .shrink = 1};
    b->k->adam(b->M * b->N, &constants, b->x, b->y, b->z, b->w);
}

/* The rows of the table. */

typedef struct row {
    const char *name;
    void (*run)(bench *b);
    int64_t M, N, K; /* K > 0: a product, in GFLOP/s */
} row;

static const row products[] = {
    {"step", run_step, 1, 128, 128},
    {"step", run_step, 1, 128, 512},
    {"step", run_step, 1, 256, 64},
    {"step", run_step, 1, 512, 128},
    {"step", run_step, 1, 1024, 256},
    {"step", run_step, 1, 2048, 512},
    {"step", run_step, 1, 204, 51},
    {"step", run_step, 2, 512, 128},
    {"step", run_step, 3, 512, 128},
    {"step", run_step, 4, 512, 128},
    {"step", run_step, 5, 512, 128},
    {"step", run_step, 6, 512, 128},
    {"step", run_step, 8, 256, 64},
    {"step", run_step, 8, 512, 128},
    {"step", run_step, 8, 1024, 256},
    {"step", run_step, 8, 2048, 512},
    {"step", run_step, 16, 512, 128},
    {"step", run_step, 16, 384, 128},
    {"step", run_step, 16, 2048, 512},
    {"step", run_step, 32, 256, 64},
    {"step", run_step, 32, 204, 51},
    {"step", run_step, 32, 384, 128},
    {"step", run_step, 32, 512, 128},
    {"step", run_step, 32, 1024, 256},
    {"step", run_step, 32, 768, 256},
    {"step", run_step, 32, 2048, 512},
    {"step", run_step, 32, 4096, 1024},
    {"step", run_step, 128, 512, 128},
    {"step", run_step, 128, 2048, 512},
    {"all steps", run_step, 2048, 512, 58},
    {"all steps", run_step, 2048, 512, 128},
    {"all steps", run_step, 2048, 1024, 256},
    {"all steps", run_step, 2048, 2048, 512},
    {"all steps", run_step, 2048, 128, 512},
    {"all steps", run_step, 2048, 256, 1024},
    {"all steps", run_step, 2048, 512, 2048},
    {"all steps", run_step, 2048, 10, 128},
    {"all steps", run_step, 2048, 1, 128},
    {"weight gradient", run_transposed, 512, 58, 2048},
    {"weight gradient", run_transposed, 512, 128, 2048},
    {"weight gradient", run_transposed, 512, 128, 32},
    {"weight gradient", run_transposed, 1024, 256, 2048},
    {"weight gradient", run_transposed, 2048, 512, 2048},
    {"weight gradient", run_transposed, 384, 128, 2048},
    {"weight gradient", run_transposed, 204, 51, 2048},
    {"weight gradient", run_transposed, 10, 128, 2048},
    {"weight gradient", run_transposed, 1, 128, 2048},
    {"weight gradient", run_transposed, 128, 128, 7},
    {"weight gradient", run_transposed, 512, 128, 64},
    {"unpacked", run_unpacked, 1, 128, 128},
    {"unpacked", run_unpacked, 1, 128, 512},
    {"unpacked", run_unpacked, 1, 256, 1024},
    {"unpacked", run_unpacked, 1, 512, 2048},
    {"unpacked", run_unpacked, 1, 51, 204},
    {"unpacked", run_unpacked, 4, 128, 512},
};

static const row packs[] = {
    {"pack rows", run_pack_rows, 1, 128, 2048},          {"pack rows", run_pack_rows, 1, 128, 512},
    {"pack rows", run_pack_rows, 1, 512, 2048},          {"pack transposed", run_pack_columns, 1, 512, 128},
    {"pack transposed", run_pack_columns, 1, 204, 51},   {"pack transposed", run_pack_columns, 1, 1024, 256},
    {"pack transposed", run_pack_columns, 1, 128, 128},  {"pack transposed", run_pack_columns, 1, 18, 128},
    {"pack transposed", run_pack_columns, 1, 2048, 512},
};

static const row elements[] = {
    {"gates tanh forward", run_tanh_forward, 32, 128, 0},
    {"gates tanh backward", run_tanh_backward, 32, 128, 0},
    {"gates relu forward", run_relu_forward, 32, 128, 0},
    {"gates relu backward", run_relu_backward, 32, 128, 0},
    {"gates gru forward", run_gru_forward, 32, 128, 0},
    {"gates gru backward", run_gru_backward, 32, 128, 0},
    {"gates lstm forward", run_lstm_forward, 32, 128, 0},
    {"gates lstm backward", run_lstm_backward, 32, 128, 0},
    {"gates lstm forward", run_lstm_forward, 32, 51, 0},
    {"gates lstm backward", run_lstm_backward, 32, 51, 0},
    {"gates lstm forward", run_lstm_forward, 1, 128, 0},
    {"gates lstm forward", run_lstm_forward, 32, 7, 0},
    {"tanh", run_tanh, 1, 4096, 0},
    {"sigmoid", run_sigmoid, 1, 4096, 0},
    {"exp", run_exp, 1, 4096, 0},
    {"relu", run_relu, 1, 4096, 0},
    {"tanh_backward", run_tanh_derivative, 1, 4096, 0},
    {"sigmoid_backward", run_sigmoid_derivative, 1, 4096, 0},
    {"relu_backward", run_relu_derivative, 1, 4096, 0},
    {"add", run_add, 1, 4096, 0},
    {"axpy", run_axpy, 1, 4096, 0},
    {"scale", run_scale, 1, 4096, 0},
    {"multiply", run_multiply, 1, 4096, 0},
    {"squares", run_squares, 1, 4096, 0},
    {"dot", run_dot, 1, 4096, 0},
    {"column_sums", run_column_sums, 512, 512, 0},
    {"column_sums", run_column_sums, 512, 51, 0},
    {"log_softmax", run_log_softmax, 32, 10, 0},
    {"log_softmax", run_log_softmax, 32, 1000, 0},
    {"log_softmax_backward", run_log_softmax_backward, 32, 1000, 0},
    {"adam", run_adam, 1, 4096, 0},
    {"adam", run_adam, 1, 1 << 20, 0},
};

static char **words;
static int word_count;

static bool wanted(const char *title)
{
    for (int i = 0; i < word_count; i++)
        if (strstr(title, words[i]))
            return true;
    return word_count == 0;
}

static const laco_kernels *tables[LACO_CPU_COUNT];
static int table_count;

static void find_tables(void)
{
    for (int cpu = LACO_CPU_COUNT - 1; cpu >= 0; cpu--)
        if (laco_kernels_for((laco_cpu)cpu))
            tables[table_count++] = laco_kernels_for((laco_cpu)cpu);
    for (int i = 0; i < table_count; i++) {
        double best = 0;
        for (int round = 0; round < 20 && peak_of(tables[i]); round++)
            best = LACO_MAX(best, measure_peak(peak_of(tables[i])));
        if (best > 0)
            printf("%s: peak %.0f GFLOP/s\n", tables[i]->name, best * 1e-9);
    }
}

static void print_heading(const char *title, const char *unit)
{
    printf("\n%-44s", title);
    for (int i = 0; i < table_count; i++)
        printf(i + 1 < table_count ? "%11s       " : "%11s", tables[i]->name);
    printf("   %s\n", unit);
}

static void prepare(bench *b, const row *r, const laco_kernels *k)
{
    b->k = k, b->M = r->M, b->N = r->N, b->K = r->K;
    if (r->K > 0) {
        fill(b->x, r->M * r->K, -1, 1);
        fill(b->y, r->M * r->N, -1, 1);
        fill(b->z, r->N * r->K, -1, 1);
        run_pack_rows(b);
    } else {
        fill(b->x, 4 * r->M * r->N, -1, 1);
        fill(b->y, 5 * r->M * r->N, 0, 1);
        fill(b->z, 2 * r->M * r->N, 0, 1);
        fill(b->w, 4 * r->M * r->N, 0, 1);
    }
}

/* In products: GFLOP/s and the part of the peak; elsewhere ns an element and how many times faster than ref. */
static void print_row(const row *r, bench *b, bool product)
{
    char title[64];
    int length = snprintf(title, sizeof title, "%s %lld x %lld", r->name, (long long)r->M, (long long)r->N);
    if (r->K > 0)
        snprintf(title + length, sizeof title - (size_t)length, " x %lld", (long long)r->K);
    if (!wanted(title))
        return;
    double count = (double)r->M * (double)r->N * (double)LACO_MAX(r->K, 1);
    timing t[LACO_CPU_COUNT];
    for (int i = 0; i < table_count; i++) {
        prepare(b, r, tables[i]);
        t[i] = measure(b, r->run, product ? 2 * count : 0);
    }
    printf("%-44s", title);
    for (int i = 0; i < table_count; i++) {
        printf(product ? "%11.1f" : "%11.3f", product ? 2e-9 * count / t[i].seconds : t[i].seconds / count * 1e9);
        if (i + 1 < table_count && product)
            printf(" %4.0f %%", 100 * t[i].share);
        else if (i + 1 < table_count)
            printf(" %4.1f ×", t[table_count - 1].seconds / t[i].seconds);
    }
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    words = argv + 1;
    word_count = argc - 1;
    bench b = {0};
    float **buffers[] = {&b.x, &b.y, &b.z, &b.w, &b.packed};
    for (int i = 0; i < 5; i++) {
        *buffers[i] = aligned_alloc(64, BUFFER * sizeof(float));
        if (!*buffers[i])
            return 1;
        memset(*buffers[i], 0, BUFFER * sizeof(float));
    }
    find_tables();
    print_heading("product, M x N x K", "GFLOP/s, part of the peak beside it");
    for (size_t i = 0; i < sizeof products / sizeof *products; i++)
        print_row(&products[i], &b, true);
    print_heading("packing, 1 x N x K", "ns an element, times ref");
    for (size_t i = 0; i < sizeof packs / sizeof *packs; i++)
        print_row(&packs[i], &b, false);
    print_heading("rows x units", "ns an element, times ref");
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        print_row(&elements[i], &b, false);
    for (int i = 0; i < 5; i++)
        free(*buffers[i]);
    return 0;
}
