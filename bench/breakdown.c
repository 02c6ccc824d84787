/* Where the time of a recurrent layer goes: each of its parts alone, as the layer calls it, beside the layer as a whole.
 *
 *   breakdown [CELL HIDDEN BATCH [STEPS]]...     as in: breakdown lstm 128 32 64 gru 16 1
 *
 * One layer with as many inputs as hidden units, fp32, one thread. Thread CPU time of the best round, so that a machine with
 * company can be measured too. Parts work on what lies in the caches, over the steps whose gates fit them at once. A product is
 * told in GFLOP/s and per cent of the multiply-add peak measured in the same run; with few sequences also in GB/s of weights
 * read. "the rest" is what the layer takes beyond its parts: memory that is not in the caches when it is wanted, packing, and
 * calls. */
#define _GNU_SOURCE
#include "bench/peak.h"
#include "kernel/kernel.h"
#include "op/cell.h"
#include "op/pass.h"

#include <laco/laco.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WINDOW ((int64_t)512 << 10) /* bytes of gates that a layer has at hand: see op/pass_forward.c */
#define BLOCK 256                   /* rows that a weight gradient takes at a time: see op/pass_backward.c */
#define SPEND 0.25                  /* seconds for each part */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct parts {
    const laco_kernels *k;
    laco_gate_kind kind;
    int64_t H, B, T, steps, rows, gates, width, ld, y_ld; /* steps: of a window, rows: steps·B */
    float *x, *y, *c, *dc, *dh, *dx, *G, *weights, *bias, *packed, *dW, *block;
    double peak;
} parts;

static float *numbers(int64_t count)
{
    float *x = aligned_alloc(64, ((size_t)count * sizeof *x + 63) / 64 * 64);
    uint32_t state = 1;
    for (int64_t i = 0; x && i < count; i++, state = state * 1664525u + 1013904223u)
        x[i] = (float)(state >> 8) / (1 << 24) - 0.5f;
    if (!x)
        exit(1);
    return x;
}

/* ---- The parts, each over the steps of one window ---- */

static void input_products(parts *p)
{
    const laco_cell_info *cell = &laco_cells[p->kind];
    for (int s = 0; s < 2; s++)
        if (cell->input[s].gates > 0)
            p->k->gemm_from(p->rows, cell->input[s].gates * p->H, p->H, p->x, p->H, 1, p->packed, p->bias,
                            p->G + cell->input[s].column * p->H, p->ld);
}

static void hidden_products(parts *p)
{
    for (int64_t t = 0; t < p->steps; t++)
        p->k->gemm(p->B, p->gates * p->H, p->H, p->y + t * p->B * p->y_ld, p->y_ld, 1, p->packed, p->G + t * p->B * p->ld, p->ld,
                   true);
}

static void gates(parts *p, int64_t t, void (*run)(const laco_gates *g))
{
    float *h = p->y + t * p->B * p->y_ld;
    laco_gates g = {.rows = p->B,
                    .H = p->H,
                    .gates = p->G + t * p->B * p->ld,
                    .gates_ld = p->ld,
                    .h_prev = h,
                    .h_prev_ld = p->y_ld,
                    .c_prev = p->c,
                    .c_prev_ld = p->H,
                    .h = h + p->B * p->y_ld,
                    .h_ld = p->y_ld,
                    .c = p->c,
                    .c_ld = p->H,
                    .dy = p->dx,
                    .dy_ld = p->H,
                    .dh = p->dh,
                    .dh_ld = p->H,
                    .dc = p->dc,
                    .dc_ld = p->H};
    run(&g);
}

static void gates_forward(parts *p)
{
    for (int64_t t = 0; t < p->steps; t++)
        gates(p, t, p->k->gates_forward[p->kind]);
}

static void gates_backward(parts *p)
{
    for (int64_t t = 0; t < p->steps; t++)
        gates(p, t, p->k->gates_backward[p->kind]);
}

static void products_back(parts *p)
{
    for (int64_t t = 0; t < p->steps; t++)
        if (p->B <= LACO_FEW_ROWS)
            p->k->gemm_unpacked(p->B, p->H, p->gates * p->H, p->G + t * p->B * p->ld, p->ld, 1, p->weights, p->H, p->dh, p->H,
                                true);
        else
            p->k->gemm(p->B, p->H, p->gates * p->H, p->G + t * p->B * p->ld, p->ld, 1, p->packed, p->dh, p->H, true);
}

static void input_back(parts *p) { p->k->gemm(p->rows, p->H, p->gates * p->H, p->G, p->ld, 1, p->packed, p->dx, p->H, true); }

/* One of the two weight gradients. */
static void weight_gradient(parts *p)
{
    for (int64_t r = 0; r < p->rows; r += BLOCK) {
        int64_t count = LACO_MIN(BLOCK, p->rows - r);
        p->k->pack(count, p->H, p->x + r * p->H, p->H, 1, p->block);
        p->k->gemm(p->gates * p->H, p->H, count, p->G + r * p->ld, 1, p->ld, p->block, p->dW, p->H, true);
    }
}

/* Keeps what goes from call to call within bounds, so that nothing overflows in the course of a measurement. */
static void calm(parts *p)
{
    memset(p->dh, 0, (size_t)(p->B * p->H) * sizeof *p->dh);
    memset(p->dc, 0, (size_t)(p->B * p->H) * sizeof *p->dc);
    memset(p->c, 0, (size_t)(p->B * p->H) * sizeof *p->c);
}

/* ---- Measuring ---- */

#define MOST_ROUNDS 20000
static double times[MOST_ROUNDS];

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A tenth of the rounds was faster: the very best ones may be faults of a virtual machine's clock. */
static double low(int rounds)
{
    qsort(times, (size_t)rounds, sizeof *times, compare);
    return times[rounds / 10];
}

/* Seconds of one step. */
static double measure_part(parts *p, void (*run)(parts *))
{
    double begin = now(), end = begin;
    int n = 0;
    for (; n < MOST_ROUNDS && end - begin < SPEND; n++) {
        calm(p);
        double start = now();
        run(p);
        end = now();
        times[n] = end - start;
    }
    return low(n) / (double)p->steps;
}

static void check(laco_context *ctx, laco_status status)
{
    if (status < 0) {
        fprintf(stderr, "breakdown: %s\n", laco_error(ctx));
        exit(1);
    }
}

/* The layer once, all steps of it; training as after an update, weights packed anew. */
static void run_layer(laco_context *ctx, laco_module *module, laco_rnn *rnn, laco_tape *tape, bool training, const parts *p,
                      const float *x, const float *dy)
{
    int64_t shape[3] = {p->T, p->B, p->H};
    for (size_t i = 0; training && i < laco_module_param_count(module); i++)
        laco_param_changed(laco_module_param(module, i));
    if (training)
        laco_module_zero_grad(module);
    laco_var y = laco_rnn_apply(tape, rnn, training ? laco_leaf(tape, x, 3, shape) : laco_input(tape, x, 3, shape), NULL, NULL);
    if (training && y)
        laco_var_add_grad(y, dy);
    if (training)
        check(ctx, laco_backward(tape, NULL));
    check(ctx, laco_tape_status(tape));
    laco_tape_reset(tape);
}

/* Seconds of one step of the whole layer. */
static double measure_layer(laco_context *ctx, bool training, laco_cell_kind cell, const parts *p)
{
    double begin = now(), end = begin;
    int n = 0;
    laco_module *module;
    laco_rnn *rnn;
    laco_tape *tape;
    float *x = numbers(p->T * p->B * p->H), *dy = numbers(p->T * p->B * p->H);
    check(ctx, laco_module_new(ctx, 1, &module));
    check(ctx, laco_rnn_new(module, "rnn", &(laco_rnn_config){.cell = cell, .input_size = p->H, .hidden_size = p->H}, &rnn));
    check(ctx, laco_tape_new(ctx, &(laco_tape_config){.inference = !training}, &tape));
    for (; n < MOST_ROUNDS && (n < 5 || end - begin < 4 * SPEND); n++) {
        double start = now();
        run_layer(ctx, module, rnn, tape, training, p, x, dy);
        end = now();
        times[n] = end - start;
    }
    laco_tape_free(tape);
    laco_module_free(module);
    free(x);
    free(dy);
    return low(n) / (double)p->T;
}

static double measure_peak(void)
{
    peak_loop peaks[MOST_PEAKS];
    find_peaks(peaks);
    for (int i = 0; i < 400; i++) {
        double start = now();
        peaks[0].run();
        times[i] = now() - start;
    }
    return 1e-9 * peaks[0].flops / low(400);
}

/* `products`: how many of the size of one forward product this part makes; 0: it is no product. */
static double print_part(const parts *p, const char *name, double seconds, int products)
{
    double speed = 2e-9 * products * (double)(p->B * p->gates * p->H * p->H) / seconds;
    printf("  %-34s%10.3f us", name, seconds * 1e6);
    if (products)
        printf("%9.1f GFLOP/s%5.0f %%", speed, 100 * speed / p->peak);
    if (products && p->B <= LACO_FEW_ROWS)
        printf("%9.1f GB/s", 4e-9 * (double)(p->gates * p->H * p->H) / seconds);
    putchar('\n');
    return seconds;
}

static void print_whole(const parts *p, const char *name, double sum, double seconds, int products)
{
    print_part(p, "sum of these", sum, products);
    print_part(p, name, seconds, products);
    printf("  %-34s%10.3f us%9.0f %% of it\n", "the rest", (seconds - sum) * 1e6, 100 * (seconds - sum) / seconds);
}

static void show(laco_context *ctx, laco_cell_kind cell, parts *p)
{
    static const char *const names[] = {[LACO_RNN] = "RNN", [LACO_GRU] = "GRU", [LACO_LSTM] = "LSTM"};
    printf("%s %lld, batch %lld, %lld steps; one step; peak %.0f GFLOP/s\n", names[cell], (long long)p->H, (long long)p->B,
           (long long)p->T, p->peak);
    double forward = print_part(p, "W_ih x + b, all steps at once", measure_part(p, input_products), 1);
    forward += print_part(p, "W_hh h, a step at a time", measure_part(p, hidden_products), 1);
    forward += print_part(p, "gates forward", measure_part(p, gates_forward), 0);
    print_whole(p, "layer, inference", forward, measure_layer(ctx, false, cell, p), 2);
    forward += print_part(p, "gates backward", measure_part(p, gates_backward), 0);
    forward += print_part(p, "dG W_hh, a step at a time", measure_part(p, products_back), 1);
    forward += print_part(p, "dG W_ih, all steps at once", measure_part(p, input_back), 1);
    forward += print_part(p, "dW_ih and dW_hh", 2 * measure_part(p, weight_gradient), 2);
    print_whole(p, "layer, training", forward, measure_layer(ctx, true, cell, p), 6);
    putchar('\n');
    fflush(stdout);
}

static void measure(laco_context *ctx, laco_cell_kind cell, int64_t H, int64_t B, int64_t T)
{
    static const laco_gate_kind kinds[] = {
        [LACO_RNN] = LACO_GATES_TANH, [LACO_GRU] = LACO_GATES_GRU, [LACO_LSTM] = LACO_GATES_LSTM};
    laco_gate_kind kind = kinds[cell];
    parts p = {.k = laco_kernels_of(ctx),
               .kind = kind,
               .H = H,
               .B = B,
               .T = T,
               .gates = laco_cells[kind].gates,
               .width = laco_cells[kind].width,
               .peak = measure_peak()};
    p.ld = laco_layer_run_stride(p.width * H);
    p.y_ld = laco_layer_run_stride(H);
    p.steps = LACO_MAX(1, LACO_MIN(T, WINDOW / (p.ld * B * 4)));
    p.rows = p.steps * B;
    int64_t packed = laco_packed_size(p.k, H, p.gates * H) + laco_packed_size(p.k, p.gates * H, H);
    p.x = numbers(p.rows * H), p.y = numbers((p.rows + B) * p.y_ld), p.dx = numbers(p.rows * H), p.G = numbers(p.rows * p.ld);
    p.c = numbers(B * H), p.dc = numbers(B * H), p.dh = numbers(B * H), p.bias = numbers(p.width * H),
    p.weights = numbers(p.gates * H * H);
    p.packed = numbers(packed), p.dW = numbers(p.gates * H * H), p.block = numbers(laco_packed_size(p.k, BLOCK, H));
    show(ctx, cell, &p);
    float *all[] = {p.x, p.y, p.dx, p.G, p.c, p.dc, p.dh, p.bias, p.weights, p.packed, p.dW, p.block};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

static int cell_of(const char *word)
{
    return strcmp(word, "rnn") == 0 ? LACO_RNN : strcmp(word, "gru") == 0 ? LACO_GRU : strcmp(word, "lstm") == 0 ? LACO_LSTM : -1;
}

int main(int argc, char **argv)
{
    static char *usual[] = {"",    "lstm", "128", "32",  "64",  "lstm", "512", "32",   "64", "rnn",
                            "256", "32",   "64",  "gru", "256", "32",   "100", "lstm", "51", "97",
                            "100", "lstm", "128", "1",   "64",  "lstm", "256", "1",    "64"};
    laco_context *ctx;
    if (argc == 1) {
        argv = usual;
        argc = (int)(sizeof usual / sizeof *usual);
    }
    if (laco_context_new(&(laco_context_config){.threads = 1}, &ctx) < 0)
        return 1;
    for (int a = 1; a < argc;) {
        int cell = cell_of(argv[a]);
        int64_t sizes[3] = {0, 0, 64};
        int given = 0;
        for (a++; a < argc && given < 3 && cell_of(argv[a]) < 0; a++)
            sizes[given++] = atoll(argv[a]);
        if (cell < 0 || given < 2 || sizes[0] < 1 || sizes[1] < 1 || sizes[2] < 1) {
            fprintf(stderr, "usage: breakdown [CELL HIDDEN BATCH [STEPS]]...   CELL: rnn, gru or lstm\n");
            return 2;
        }
        measure(ctx, (laco_cell_kind)cell, sizes[0], sizes[1], sizes[2]);
    }
    laco_context_free(ctx);
    return 0;
}
