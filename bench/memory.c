/* How far back a recurrent unit remembers: the first of T symbols is to be told after the last, all between is noise.
 *
 *     bench/memory [UPDATES [PICTURE.svg]]
 *
 * A network of each unit (64 units, one direction, its initial values PyTorch's) learns with Adam from UPDATES batches of 32 new
 * sequences (default 500) at the smallest distance, is asked about 1024 others, and goes on from there at the next distance.
 * Prints a table of the share it gets right; guessing gets 1/8. */
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>

enum { SYMBOLS = 8, NOISE = 8, HIDDEN = 64, ROWS = 32, LONGEST = 1280 };

static const int distances[] = {10, 20, 40, 80, 160, 320, 640, 1280};
#define DISTANCES ((int)(sizeof distances / sizeof *distances))

static const struct {
    const char *name;
    laco_cell_kind cell;
} units[] = {{"RNN", LACO_RNN}, {"GRU", LACO_GRU}, {"LSTM", LACO_LSTM}};
#define UNITS ((int)(sizeof units / sizeof *units))

typedef struct recall {
    laco_module *module;
    laco_rnn *rnn;
    laco_linear *linear;
    laco_optimiser *optimiser;
    laco_tape *tape;
    uint64_t random;
    int32_t ids[LONGEST * ROWS], first[ROWS];
} recall;

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016. */
static int draw(recall *r, int below)
{
    r->random ^= r->random >> 12;
    r->random ^= r->random << 25;
    r->random ^= r->random >> 27;
    return (int)((r->random * 0x2545F4914F6CDD1Du >> 32) % (uint64_t)below);
}

/* T steps of ROWS sequences: a symbol, then noise. Returns the scores of the symbols at the end. */
static laco_var answer(recall *r, int T)
{
    laco_state state = {NULL, NULL};
    laco_tape_reset(r->tape);
    for (int b = 0; b < ROWS; b++) {
        r->ids[b] = r->first[b] = draw(r, SYMBOLS);
        for (int t = 1; t < T; t++)
            r->ids[t * ROWS + b] = SYMBOLS + draw(r, NOISE);
    }
    laco_rnn_apply(r->tape, r->rnn, laco_one_hot(r->tape, r->ids, T, ROWS, SYMBOLS + NOISE), NULL, &state);
    return laco_linear_apply(r->tape, r->linear, laco_select(r->tape, state.h, 0));
}

static laco_status learn(recall *r, int T, int updates)
{
    laco_status status = LACO_OK;
    for (int i = 0; i < updates && status == LACO_OK; i++) {
        laco_var scores = answer(r, T);
        laco_module_zero_grad(r->module);
        status = laco_backward(r->tape, laco_cross_entropy_loss(r->tape, scores, r->first, NULL));
        laco_clip_grad_norm(r->module, 1);
        laco_optimiser_step(r->optimiser);
    }
    return status;
}

static double score(recall *r, int T)
{
    int right = 0, batches = 32;
    for (int i = 0; i < batches; i++) {
        const laco_real *scores = laco_var_data(answer(r, T));
        for (int b = 0; scores && b < ROWS; b++) {
            int best = 0;
            for (int k = 1; k < SYMBOLS; k++)
                best = scores[b * SYMBOLS + k] > scores[b * SYMBOLS + best] ? k : best;
            right += best == r->first[b];
        }
    }
    return (double)right / (batches * ROWS);
}

static laco_status build(laco_context *ctx, laco_cell_kind cell, recall *r)
{
    laco_rnn_config config = {.cell = cell, .input_size = SYMBOLS + NOISE, .hidden_size = HIDDEN};
    laco_status status = laco_module_new(ctx, 1, &r->module);
    if (status == LACO_OK)
        status = laco_rnn_new(r->module, "rnn", &config, &r->rnn);
    if (status == LACO_OK)
        status = laco_linear_new(r->module, "linear", HIDDEN, SYMBOLS, false, &r->linear);
    if (status == LACO_OK)
        status = laco_optimiser_new(r->module, &(laco_optimiser_config){.kind = LACO_ADAM, .lr = 0.001}, &r->optimiser);
    return status == LACO_OK ? laco_tape_new(ctx, NULL, &r->tape) : status;
}

/* The shares of right answers of one unit at the growing distances; the status is that of the worst that happened. */
static laco_status measure(laco_context *ctx, laco_cell_kind cell, int updates, double shares[DISTANCES])
{
    recall *r = calloc(1, sizeof *r);
    if (!r)
        return LACO_NO_MEMORY;
    r->random = 88172645463325252u;
    laco_status status = build(ctx, cell, r);
    for (int d = 0; d < DISTANCES && status == LACO_OK; d++)
        if ((status = learn(r, distances[d], updates)) == LACO_OK)
            shares[d] = score(r, distances[d]);
    laco_tape_free(r->tape);
    laco_optimiser_free(r->optimiser);
    laco_module_free(r->module);
    free(r);
    return status;
}

static laco_status draw_picture(double shares[UNITS][DISTANCES], const char *path)
{
    plot_line lines[UNITS];
    double x[DISTANCES];
    for (int d = 0; d < DISTANCES; d++)
        x[d] = distances[d];
    for (int u = 0; u < UNITS; u++)
        lines[u] = (plot_line){.name = units[u].name, .x = x, .y = shares[u], .count = DISTANCES, .style = PLOT_LINE_POINTS};
    plot_config config = {.title = "The first of T symbols, told after the last",
                          .x_label = "T",
                          .y_label = "share right",
                          .log_x = true,
                          .y_from = 0,
                          .y_to = 1.05,
                          .width = 900,
                          .height = 500};
    return plot_lines(lines, UNITS, &config, path);
}

static void print_table(double shares[UNITS][DISTANCES])
{
    printf("%8s", "T");
    for (int u = 0; u < UNITS; u++)
        printf("%8s", units[u].name);
    for (int d = 0; d < DISTANCES; d++) {
        printf("\n%8d", distances[d]);
        for (int u = 0; u < UNITS; u++)
            printf("%8.3f", shares[u][d]);
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    laco_context *ctx;
    double shares[UNITS][DISTANCES] = {{0}};
    laco_status status = LACO_OK;
    if (laco_context_new(NULL, &ctx) < 0)
        return 1;
    for (int u = 0; u < UNITS && status == LACO_OK; u++)
        status = measure(ctx, units[u].cell, argc > 1 ? atoi(argv[1]) : 500, shares[u]);
    if (status == LACO_OK)
        print_table(shares);
    else
        fprintf(stderr, "memory: %s\n", laco_error(ctx));
    if (status == LACO_OK && argc > 2 && (status = draw_picture(shares, argv[2])) < 0)
        fprintf(stderr, "memory: %s\n", failure());
    laco_context_free(ctx);
    return status < 0;
}
