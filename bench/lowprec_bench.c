/* Times the products of bf16 and int8 factors, every table of this machine, beside fp32 and the limit of the best instructions.
 *
 *   lowprec_bench [WORD…]     only rows whose name holds one of the words, as in: lowprec_bench "int8 1 x"
 *
 * Thread CPU time, the least of several rounds, in which the tables take turns; one thread. Pin it on a machine with company. */
#define _GNU_SOURCE
#include "base/random.h"
#include "bench/measure.h"
#include "kernel/kernel.h"
#include "kernel/lowprec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_TABLES 8
#define ROUNDS 40

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One way to make a product: a table of low precision, or where that is NULL fp32. */
typedef struct way {
    const laco_lowprec *table;
    void *packed;
    double best; /* seconds */
} way;

static const laco_kernels *fp32; /* the best table */

static int find_ways(laco_precision precision, way ways[MOST_TABLES])
{
    static const struct {
        laco_cpu cpu;
        unsigned extensions;
    } levels[] = {{LACO_CPU_AVX512, LACO_HAS_TILES},
                  {LACO_CPU_AVX512, LACO_HAS_VNNI},
                  {LACO_CPU_AVX512, 0},
                  {LACO_CPU_AVX2, LACO_HAS_VNNI},
                  {LACO_CPU_AVX2, 0},
                  {LACO_CPU_NEON, LACO_HAS_I8MM},
                  {LACO_CPU_NEON, LACO_HAS_DOT},
                  {LACO_CPU_NEON, 0},
                  {LACO_CPU_REF, 0}};
    int count = 0;
    ways[count++] = (way){0};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        const laco_lowprec *table = laco_lowprec_for(precision, levels[i].cpu, levels[i].extensions);
        bool known = false; /* a level may be served by the table of another */
        for (int j = 1; j < count; j++)
            known = known || ways[j].table == table;
        if (table && !known)
            ways[count++] = (way){.table = table};
    }
    return count;
}

static float *random_numbers(int64_t count)
{
    laco_rng rng = {.seed = 1};
    float *x = aligned_alloc(64, ((size_t)count * sizeof *x + 63) / 64 * 64);
    for (int64_t i = 0; x && i < count; i++)
        x[i] = (float)laco_rng_uniform(&rng) * 2 - 1;
    return x;
}

static bool pack(way *w, laco_precision precision, int64_t N, int64_t K, const float *W)
{
    size_t bytes = w->table ? (size_t)laco_lowprec_size(precision, K, N) : (size_t)laco_packed_size(fp32, K, N) * sizeof(float);
    w->packed = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
    w->best = 1e9;
    if (w->packed && w->table)
        w->table->pack(K, N, W, 1, K, w->packed);
    else if (w->packed)
        fp32->pack(K, N, W, 1, K, w->packed);
    return w->packed != NULL;
}

static void time_once(way *w, int64_t M, int64_t N, int64_t K, const float *A, float *C)
{
    int64_t turns = 1 + (int64_t)2e6 / (M * N * K);
    double start = now();
    for (int64_t i = 0; i < turns; i++) {
        if (w->table)
            w->table->gemm(M, N, K, A, K, 1, w->packed, C, N, true);
        else
            fp32->gemm(M, N, K, A, K, 1, w->packed, C, N, true);
    }
    double seconds = (now() - start) / (double)turns;
    w->best = seconds < w->best ? seconds : w->best;
}

static bool print_row(const char *title, laco_precision precision, double peak, int64_t M, int64_t N, int64_t K)
{
    way ways[MOST_TABLES];
    int count = find_ways(precision, ways);
    float *W = random_numbers(N * K), *A = random_numbers(M * K), *C = random_numbers(M * N);
    bool ready = W && A && C;
    for (int i = 0; ready && i < count; i++)
        ready = pack(&ways[i], precision, N, K, W);
    for (int round = 0; ready && round < ROUNDS; round++)
        for (int i = 0; i < count; i++)
            if (round == 0 || ways[i].best < 0.01) /* what is slow is slow each time */
                time_once(&ways[i], M, N, K, A, C);
    printf("%-26s", title);
    for (int i = 0; ready && i < count; i++) {
        double speed = 2e-9 * (double)M * (double)N * (double)K / ways[i].best;
        printf("%12s %6.0f (%3.0f %%)", ways[i].table ? ways[i].table->name : "fp32", speed, 100 * speed / peak);
        free(ways[i].packed);
    }
    printf("\n");
    fflush(stdout);
    free(W);
    free(A);
    free(C);
    return ready;
}

static bool wanted(const char *title, int argc, char **argv)
{
    bool found = argc == 1;
    for (int i = 1; i < argc; i++)
        found = found || strstr(title, argv[i]);
    return found;
}

int main(int argc, char **argv)
{
    static const int64_t rows[] = {1, 4, 8, 32, 64, 1024}, units[] = {64, 128, 256, 512};
    laco_context *ctx;
    if (laco_context_new(&(laco_context_config){.threads = 1}, &ctx) < 0)
        return 1;
    fp32 = laco_kernels_of(ctx);
    bool ready = true;
    for (laco_precision precision = LACO_BF16; ready && precision <= LACO_INT8; precision++) {
        double peak = 0;
        ready = bench_peak(ctx, precision, 0.1, &peak) == LACO_OK;
        printf("%s: limit %.0f, products of an LSTM's step, M x 4H x H, 1e9 operations a second\n",
               laco_precision_name(precision), peak);
        for (size_t i = 0; ready && i < sizeof rows / sizeof *rows * (sizeof units / sizeof *units); i++) {
            int64_t M = rows[i % (sizeof rows / sizeof *rows)], H = units[i / (sizeof rows / sizeof *rows)];
            char title[64];
            snprintf(title, sizeof title, "%s %lld x %lld x %lld", laco_precision_name(precision), (long long)M,
                     (long long)(4 * H), (long long)H);
            if (wanted(title, argc, argv))
                ready = print_row(title, precision, peak, M, 4 * H, H);
        }
    }
    laco_context_free(ctx);
    return ready ? 0 : 1;
}
