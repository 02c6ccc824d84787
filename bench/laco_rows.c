/* The rows of the comparison with other libraries, for laço, through its public interface.
 *
 *   laco_rows [--threads N] [--seconds X] [--clock cpu] ROW…
 *
 * Rows are listed at the end of this file; the beginning of a name stands for all that begin so ("names", "step-lstm"). Prints
 * "ROW VALUE UNIT" for each: the median over the repeats that fit in X seconds (1 unless given), by the clock on the wall.
 * `--clock cpu` takes the time of the processor instead where a row has a program of its own (names, forecast, lyrics): for a
 * machine with company. */
#include "bench/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static laco_context *ctx;
static double seconds_each = 1;
static clockid_t clock_used = CLOCK_MONOTONIC;

static void end(const char *text)
{
    fprintf(stderr, "laco_rows: %s\n", text);
    exit(1);
}

static void check(laco_status status)
{
    if (status < 0)
        end(laco_error(ctx));
}

static void check_measured(laco_status status)
{
    if (status < 0)
        end(failure());
}

static double now(void)
{
    struct timespec t;
    clock_gettime(clock_used, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median seconds of one call, which is done twice before anything counts. */
static double median(void (*call)(void *), void *work)
{
    static double times[20000];
    int n = 0;
    call(work);
    call(work);
    for (double begin = now(); n < 20000 && (n < 3 || now() - begin < seconds_each); n++) {
        double start = now();
        call(work);
        times[n] = now() - start;
    }
    qsort(times, (size_t)n, sizeof *times, compare);
    return times[n / 2];
}

/* Numbers without meaning, the same each time. */
static uint32_t draw(void)
{
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

typedef struct network {
    laco_module *module;
    laco_embedding *embedding;
    laco_rnn *rnn;
    laco_linear *linear;
    laco_optimiser *optimiser;
    laco_tape *tape;
    int64_t T, B, place;
    int32_t *ids, *lengths, *targets;
    laco_real *x, *y;
} network;

static void make_network(network *n, const laco_rnn_config *config, int64_t outputs, const laco_optimiser_config *optimiser)
{
    check(laco_module_new(ctx, 1, &n->module));
    check(laco_rnn_new(n->module, "rnn", config, &n->rnn));
    check(laco_linear_new(n->module, "linear", config->hidden_size, outputs, false, &n->linear));
    check(laco_tape_new(ctx, NULL, &n->tape));
    if (optimiser)
        check(laco_optimiser_new(n->module, optimiser, &n->optimiser));
}

static void free_network(network *n)
{
    laco_optimiser_free(n->optimiser);
    laco_tape_free(n->tape);
    laco_module_free(n->module);
    free(n->ids);
    free(n->lengths);
    free(n->targets);
    free(n->x);
    free(n->y);
}

static int32_t *draw_ids(int64_t count, uint32_t below)
{
    int32_t *ids = malloc((size_t)count * sizeof *ids);
    for (int64_t i = 0; ids && i < count; i++)
        ids[i] = (int32_t)(draw() % below);
    return ids;
}

/* ---- names: 58 letters one-hot, RNN 128, the last state, linear to 18 classes, NLL, SGD. 640 names of 4 to 10 letters ---- */

enum { NAMES = 640, LETTERS = 58, CLASSES = 18 };

static void names_update(void *work)
{
    network *n = work;
    const int32_t *lengths = n->lengths + n->place;
    int64_t T = 0;
    static int32_t ids[10 * 64];
    for (int64_t b = 0; b < n->B; b++)
        T = lengths[b] > T ? lengths[b] : T;
    for (int64_t t = 0; t < T; t++)
        for (int64_t b = 0; b < n->B; b++)
            ids[t * n->B + b] = t < lengths[b] ? n->ids[(n->place + b) * 10 + t] : 0;
    laco_state state = {0};
    laco_rnn_apply(n->tape, n->rnn, laco_one_hot(n->tape, ids, T, n->B, LETTERS), lengths, &state);
    laco_var scores = laco_linear_apply(n->tape, n->linear, laco_select(n->tape, state.h, 0));
    check(laco_backward(n->tape, laco_nll_loss(n->tape, laco_log_softmax(n->tape, scores), n->targets + n->place, NULL)));
    laco_optimiser_step_and_clear(n->optimiser);
    laco_tape_reset(n->tape);
    n->place = (n->place + n->B) % NAMES;
}

static void names_round(void *work)
{
    for (int i = 0; i < 64 / (int)((network *)work)->B; i++)
        names_update(work);
}

static double names(int64_t batch)
{
    network n = {
        .B = batch, .ids = draw_ids(NAMES * 10, LETTERS), .targets = draw_ids(NAMES, CLASSES), .lengths = draw_ids(NAMES, 3)};
    for (int i = 0; i < NAMES; i++) /* 4 … 10, 7 in the middle */
        n.lengths[i] += 4 + (int32_t)(draw() % 3 + draw() % 3);
    make_network(&n, &(laco_rnn_config){.cell = LACO_RNN, .input_size = LETTERS, .hidden_size = 128}, CLASSES,
                 &(laco_optimiser_config){.kind = LACO_SGD, .lr = 0.005});
    double seconds = median(names_round, &n);
    free_network(&n);
    return 64 / seconds;
}

static double names_1(void) { return names(1); }
static double names_64(void) { return names(64); }

/* ---- forecast: 97 sine waves of 999 steps, 2 x LSTM 51, linear to 1, MSE: what L-BFGS calls, without its own work ---- */

static void forecast_closure(void *work)
{
    network *n = work;
    int64_t shape[3] = {n->T, n->B, 1};
    laco_module_zero_grad(n->module);
    laco_var h = laco_rnn_apply(n->tape, n->rnn, laco_input(n->tape, n->x, 3, shape), NULL, NULL);
    laco_var target = laco_input(n->tape, n->y, 3, shape);
    check(laco_backward(n->tape, laco_mse_loss(n->tape, laco_linear_apply(n->tape, n->linear, h), target, LACO_MEAN)));
    laco_tape_reset(n->tape);
}

static double forecast(void)
{
    network n = {.T = 999, .B = 97};
    n.x = malloc((size_t)(n.T * n.B) * sizeof *n.x);
    n.y = malloc((size_t)(n.T * n.B) * sizeof *n.y);
    for (int64_t b = 0; b < n.B; b++) {
        double phase = draw() % 80;
        for (int64_t t = 0; t < n.T; t++) {
            n.x[t * n.B + b] = (laco_real)sin(((double)t + phase) / 20);
            n.y[t * n.B + b] = (laco_real)sin(((double)t + 1 + phase) / 20);
        }
    }
    make_network(&n, &(laco_rnn_config){.cell = LACO_LSTM, .input_size = 1, .hidden_size = 51, .num_layers = 2}, 1, NULL);
    double seconds = median(forecast_closure, &n);
    free_network(&n);
    return seconds;
}

/* ---- lyrics: embedding 100 x 128, 2 x GRU, dropout 0.1, linear to 100, cross entropy, Adam ---- */

enum { UNITS = 100, EMBED = 128 };

static void lyrics_update(void *work)
{
    network *n = work;
    laco_var x = laco_embedding_apply(n->tape, n->embedding, n->ids, n->T, n->B);
    laco_var scores = laco_linear_apply(n->tape, n->linear, laco_rnn_apply(n->tape, n->rnn, x, NULL, NULL));
    check(laco_backward(n->tape, laco_cross_entropy_loss(n->tape, scores, n->targets, NULL)));
    laco_optimiser_step_and_clear(n->optimiser);
    laco_tape_reset(n->tape);
}

static double lyrics(int64_t hidden, int64_t batch, int64_t steps)
{
    network n = {.B = batch, .T = steps, .ids = draw_ids(batch * steps, UNITS), .targets = draw_ids(batch * steps, UNITS)};
    laco_rnn_config config = {.cell = LACO_GRU, .input_size = EMBED, .hidden_size = hidden, .num_layers = 2, .dropout = 0.1};
    make_network(&n, &config, UNITS, NULL);
    check(laco_embedding_new(n.module, "embedding", UNITS, EMBED, -1, &n.embedding));
    check(laco_optimiser_new(n.module, &(laco_optimiser_config){.kind = LACO_ADAM}, &n.optimiser));
    double seconds = median(lyrics_update, &n);
    free_network(&n);
    return (double)(batch * steps) / seconds;
}

static double lyrics_256(void) { return lyrics(256, 32, 100); }
static double lyrics_512(void) { return lyrics(512, 64, 128); }

/* ---- Layers alone ---- */

static laco_precision precision; /* of the row at hand */
static int64_t units;            /* likewise, where its name ends in them */

static bench_result layer(bench_work work, laco_cell_kind cell, int64_t hidden, int64_t batch, int64_t steps)
{
    bench_result result;
    bench_config config = {.work = work,
                           .cell = cell,
                           .hidden = hidden,
                           .batch = batch,
                           .steps = steps,
                           .precision = precision,
                           .seconds = seconds_each};
    check_measured(bench_layer(ctx, &config, &result));
    return result;
}

static double gflops(bench_work work, laco_cell_kind cell, int64_t hidden, int64_t batch)
{
    bench_result result = layer(work, cell, hidden, batch, 64);
    return result.flops / result.seconds * 1e-9;
}

static double step(laco_cell_kind cell) { return layer(BENCH_STEP, cell, units, 1, 200).seconds / 200 * 1e6; }
static double step_lstm(void) { return step(LACO_LSTM); }
static double step_gru(void) { return step(LACO_GRU); }
static double longest(void) { return 10 / layer(BENCH_INFER, LACO_LSTM, units, 1, 10000).seconds; }
static double batch_32(void) { return gflops(BENCH_INFER, LACO_LSTM, units, 32); }

static double lstm_128_train(void) { return gflops(BENCH_TRAIN, LACO_LSTM, 128, 32); }
static double lstm_512_train(void) { return gflops(BENCH_TRAIN, LACO_LSTM, 512, 32); }
static double lstm_128_train_1(void) { return gflops(BENCH_TRAIN, LACO_LSTM, 128, 1); }
static double lstm_128_infer(void) { return gflops(BENCH_INFER, LACO_LSTM, 128, 32); }
static double rnn_256_train(void) { return gflops(BENCH_TRAIN, LACO_RNN, 256, 32); }
static double lstm_512_train_64(void) { return gflops(BENCH_TRAIN, LACO_LSTM, 512, 64); }
static double peak(void)
{
    double value = 0;
    check_measured(bench_peak(ctx, LACO_FP32, 0.2, &value));
    return value;
}

static const struct {
    const char *name;
    double (*run)(void);
    const char *unit;
    laco_precision precision;
    int64_t units;
} rows[] = {
    {"peak", peak, "GFLOP/s", LACO_FP32, 0},
    {"names-1", names_1, "names/s", LACO_FP32, 0},
    {"names-64", names_64, "names/s", LACO_FP32, 0},
    {"forecast", forecast, "s", LACO_FP32, 0},
    {"lyrics-256", lyrics_256, "chars/s", LACO_FP32, 0},
    {"lyrics-512", lyrics_512, "chars/s", LACO_FP32, 0},
    {"train-lstm-128", lstm_128_train, "GFLOP/s", LACO_FP32, 0},
    {"train-lstm-512", lstm_512_train, "GFLOP/s", LACO_FP32, 0},
    {"train-lstm-128-one", lstm_128_train_1, "GFLOP/s", LACO_FP32, 0},
    {"train-rnn-256", rnn_256_train, "GFLOP/s", LACO_FP32, 0},
    {"infer-lstm-128", lstm_128_infer, "GFLOP/s", LACO_FP32, 0},
    {"step-lstm-8", step_lstm, "us", LACO_FP32, 8},
    {"step-lstm-16", step_lstm, "us", LACO_FP32, 16},
    {"step-lstm-20", step_lstm, "us", LACO_FP32, 20},
    {"step-lstm-32", step_lstm, "us", LACO_FP32, 32},
    {"step-lstm-40", step_lstm, "us", LACO_FP32, 40},
    {"step-lstm-51", step_lstm, "us", LACO_FP32, 51},
    {"step-lstm-64", step_lstm, "us", LACO_FP32, 64},
    {"step-lstm-128", step_lstm, "us", LACO_FP32, 128},
    {"step-lstm-256", step_lstm, "us", LACO_FP32, 256},
    {"step-gru-8", step_gru, "us", LACO_FP32, 8},
    {"step-gru-16", step_gru, "us", LACO_FP32, 16},
    {"step-gru-20", step_gru, "us", LACO_FP32, 20},
    {"step-gru-32", step_gru, "us", LACO_FP32, 32},
    {"step-gru-40", step_gru, "us", LACO_FP32, 40},
    {"step-gru-51", step_gru, "us", LACO_FP32, 51},
    {"step-gru-64", step_gru, "us", LACO_FP32, 64},
    {"step-gru-128", step_gru, "us", LACO_FP32, 128},
    {"step-gru-256", step_gru, "us", LACO_FP32, 256},
    {"long-lstm-128", longest, "ksteps/s", LACO_FP32, 128},
    {"long-lstm-256", longest, "ksteps/s", LACO_FP32, 256},
    {"bf16-long-lstm-128", longest, "ksteps/s", LACO_BF16, 128},
    {"bf16-long-lstm-256", longest, "ksteps/s", LACO_BF16, 256},
    {"int8-long-lstm-128", longest, "ksteps/s", LACO_INT8, 128},
    {"int8-long-lstm-256", longest, "ksteps/s", LACO_INT8, 256},
    {"int8-infer-lstm-256", batch_32, "GFLOP/s", LACO_INT8, 256},
    {"bf16-train-lstm-512", lstm_512_train_64, "GFLOP/s", LACO_BF16, 0},
};

int main(int argc, char **argv)
{
    int threads = 1, asked = 0;
    for (int a = 1; a + 1 < argc; a++) {
        threads = strcmp(argv[a], "--threads") == 0 ? atoi(argv[a + 1]) : threads;
        seconds_each = strcmp(argv[a], "--seconds") == 0 ? atof(argv[a + 1]) : seconds_each;
        if (strcmp(argv[a], "--clock") == 0 && strcmp(argv[a + 1], "cpu") == 0)
            clock_used = CLOCK_PROCESS_CPUTIME_ID;
    }
    if (laco_context_new(&(laco_context_config){.threads = threads}, &ctx) < 0)
        return 1;
    for (int a = 1; a < argc; a++) {
        if (strncmp(argv[a], "--", 2) == 0) {
            a++;
            continue;
        }
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            if (strncmp(rows[i].name, argv[a], strlen(argv[a])) == 0) {
                precision = rows[i].precision;
                units = rows[i].units;
                printf("%s %.6g %s\n", rows[i].name, rows[i].run(), rows[i].unit);
                fflush(stdout);
                asked++;
            }
    }
    laco_context_free(ctx);
    return asked ? 0 : 2;
}
