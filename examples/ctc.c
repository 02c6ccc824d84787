/* Reading signals without being told where a letter begins: connectionist temporal classification.
 *
 * A letter is a pattern of eight numbers, held for some steps, drowned in noise; between letters there may be silence. Training
 * sees signals and their words alone. A bidirectional LSTM says at each step which letter is heard, or none (the blank), and the
 * loss sums over all ways to spread the word over the steps.
 *
 *     cc ctc.c -o ctc $(pkg-config --cflags --libs laco)
 *     ./ctc [UPDATES]
 */
#include <laco/laco.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LETTERS = 6, K = LETTERS + 1, FEATURES = 8, WORD = 5, T = 40, B = 16, TESTS = 8 }; /* label 0 is the blank, 1 is 'a' */

typedef struct batch {
    laco_real x[T * B * FEATURES];
    int32_t lengths[B], labels[B * WORD], label_counts[B];
} batch;

typedef struct network {
    laco_rnn *rnn;
    laco_linear *linear;
} network;

static double uniform(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) * 0x1p-53;
}

static int below(int n) { return (int)(uniform() * n); }

/* Feature f of a letter: the place of a peak that differs from letter to letter. */
static double pattern(int label, int f) { return label ? exp(-0.5 * (f - 1.2 * (label - 1)) * (f - 1.2 * (label - 1))) : 0; }

/* Writes `steps` steps of a label to row b, with noise. */
static int hold(batch *d, int b, int at, int label, int steps)
{
    for (int t = at; t < at + steps && t < T; t++)
        for (int f = 0; f < FEATURES; f++)
            d->x[(t * B + b) * FEATURES + f] = (laco_real)(pattern(label, f) + 0.5 * (uniform() - 0.5));
    return at + steps < T ? at + steps : T;
}

/* Words of 1 to 5 letters, each 3 to 6 steps long; a letter that comes twice has silence between, or nobody could tell. */
static void draw(batch *d)
{
    int used = 0;
    memset(d->x, 0, sizeof d->x);
    for (int b = 0; b < B; b++) {
        int at = 0, before = 0;
        d->label_counts[b] = 1 + below(WORD);
        for (int i = 0; i < d->label_counts[b]; i++) {
            int label = 1 + below(LETTERS);
            if (label == before || uniform() < 0.3)
                at = hold(d, b, at, 0, 1 + below(2));
            at = hold(d, b, at, label, 3 + below(4));
            d->labels[used++] = before = label;
        }
        d->lengths[b] = at;
    }
}

/* Log-probabilities of the labels at each step, [T][B][K]. */
static laco_var listen(laco_tape *tape, const network *net, const batch *d)
{
    laco_var x = laco_input(tape, d->x, 3, (int64_t[]){T, B, FEATURES});
    return laco_log_softmax(tape, laco_linear_apply(tape, net->linear, laco_rnn_apply(tape, net->rnn, x, d->lengths, NULL)));
}

static const char *spell(const int32_t *labels, int64_t count)
{
    static char text[2][T + 1];
    static int turn;
    turn = !turn;
    for (int64_t i = 0; i < count; i++)
        text[turn][i] = (char)('a' + labels[i] - 1);
    text[turn][count] = 0;
    return text[turn];
}

static int train(laco_tape *tape, laco_module *module, laco_optimiser *adam, const network *net, int updates)
{
    static batch d;
    for (int step = 0; step < updates; step++) {
        draw(&d);
        laco_tape_reset(tape);
        laco_module_zero_grad(module);
        laco_var loss = laco_ctc_loss(tape, listen(tape, net, &d), d.lengths, d.labels, d.label_counts, NULL);
        if (laco_backward(tape, loss) < 0)
            return -1;
        laco_optimiser_step(adam);
        if (step % 50 == 0 || step == updates - 1)
            printf("update %4d   loss %.4f\n", step, (double)*laco_var_data(loss));
    }
    return 0;
}

/* New words, greedily and by beam search. */
static int test(laco_context *ctx, laco_tape *tape, const network *net)
{
    static batch d;
    int right = 0, found;
    draw(&d);
    laco_tape_reset(tape);
    const laco_real *lp = laco_var_data(listen(tape, net, &d));
    if (!lp)
        return -1;
    puts("\nword     greedy   beam of 8");
    for (int b = 0, first = 0; b < B; first += d.label_counts[b++]) {
        laco_ctc_scores scores = {lp + (size_t)b * K, d.lengths[b], K, (int64_t)B * K, 0};
        int32_t greedy[T], labels[T];
        laco_ctc_string best;
        int64_t count = laco_ctc_greedy(&scores, greedy, NULL);
        if (laco_ctc_beam(ctx, &scores, 8, 1, labels, &best, &found) < 0)
            return -1;
        right +=
            best.count == d.label_counts[b] && memcmp(best.labels, d.labels + first, (size_t)best.count * sizeof *labels) == 0;
        if (b >= TESTS)
            continue;
        printf("%-9s", spell(d.labels + first, d.label_counts[b]));
        printf("%-9s%s\n", spell(greedy, count), spell(best.labels, best.count));
    }
    printf("\n%d of %d words right\n", right, B);
    return 0;
}

int main(int argc, char **argv)
{
    laco_context *ctx;
    laco_module *module = NULL;
    laco_tape *tape = NULL;
    laco_optimiser *adam = NULL;
    network net;
    laco_rnn_config lstm = {.cell = LACO_LSTM, .input_size = FEATURES, .hidden_size = 24, .bidirectional = true};
    if (laco_context_new(NULL, &ctx) < 0)
        return 1;
    bool done = laco_module_new(ctx, 1, &module) == LACO_OK && laco_rnn_new(module, "rnn", &lstm, &net.rnn) == LACO_OK &&
                laco_linear_new(module, "linear", 48, K, false, &net.linear) == LACO_OK &&
                laco_tape_new(ctx, NULL, &tape) == LACO_OK &&
                laco_optimiser_new(module, &(laco_optimiser_config){.kind = LACO_ADAM, .lr = 0.01}, &adam) == LACO_OK &&
                train(tape, module, adam, &net, argc > 1 ? atoi(argv[1]) : 300) == 0 && test(ctx, tape, &net) == 0;
    if (!done)
        fprintf(stderr, "ctc: %s\n", laco_error(ctx));
    laco_optimiser_free(adam);
    laco_tape_free(tape);
    laco_module_free(module);
    laco_context_free(ctx);
    return !done;
}
