/* Write like a poet: embedding, two GRU layers and a linear map learn a text byte by byte. The state goes on from one chunk to
 * the next (truncated backpropagation through time), and later from one written byte to the next.
 *
 *     cc lyrics.c -o lyrics $(pkg-config --cflags --libs laco)
 *     ./lyrics TEXT [EPOCHS]
 */
#include <laco/laco.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 256, EMBED = 64, HIDDEN = 128, LAYERS = 2, BATCH = 16, CHUNK = 50 };

typedef struct network {
    laco_module *module;
    laco_embedding *embedding;
    laco_rnn *gru;
    laco_linear *out;
} network;

/* The state between two chunks [LAYERS][B][HIDDEN]: a plain array, since laco_tape_reset takes every value back. */
static laco_real carried[LAYERS * BATCH * HIDDEN];

static int build(laco_context *ctx, network *net)
{
    laco_rnn_config gru = {
        .cell = LACO_GRU, .input_size = EMBED, .hidden_size = HIDDEN, .num_layers = LAYERS, .batch_first = true, .dropout = 0.1};
    return laco_module_new(ctx, 1, &net->module) < 0 ||
           laco_embedding_new(net->module, "embedding", BYTES, EMBED, -1, &net->embedding) < 0 ||
           laco_rnn_new(net->module, "gru", &gru, &net->gru) < 0 ||
           laco_linear_new(net->module, "out", HIDDEN, BYTES, false, &net->out) < 0;
}

/* Logits [B][T][BYTES] behind bytes [B][T]; the carried state moves on. NULL: the tape has the error. */
static laco_var forward(laco_tape *tape, network *net, const int32_t *bytes, int64_t B, int64_t T)
{
    laco_state state = {laco_input(tape, carried, 3, (int64_t[]){LAYERS, B, HIDDEN}), NULL};
    laco_var x = laco_embedding_apply(tape, net->embedding, bytes, B, T);
    laco_var y = laco_linear_apply(tape, net->out, laco_rnn_apply(tape, net->gru, x, NULL, &state));
    if (y)
        memcpy(carried, laco_var_data(state.h), (size_t)(LAYERS * B * HIDDEN) * sizeof *carried);
    return y;
}

/* One pass over the text: row b reads its own part, chunk after chunk. Returns the mean loss, or -1. */
static double epoch(laco_tape *tape, network *net, laco_optimiser *adam, const unsigned char *text, long length)
{
    long part = length / BATCH, chunks = (part - 1) / CHUNK;
    int32_t in[BATCH * CHUNK], target[BATCH * CHUNK];
    double sum = 0;
    memset(carried, 0, sizeof carried); /* h_0 = 0 */
    laco_module_set_training(net->module, true);
    for (long c = 0; c < chunks; c++) {
        for (int i = 0; i < BATCH * CHUNK; i++) {
            const unsigned char *at = text + i / CHUNK * part + c * CHUNK + i % CHUNK;
            in[i] = at[0];
            target[i] = at[1];
        }
        laco_tape_reset(tape);
        laco_module_zero_grad(net->module);
        laco_var loss = laco_cross_entropy_loss(tape, forward(tape, net, in, BATCH, CHUNK), target, NULL);
        if (laco_backward(tape, loss) < 0)
            return -1;
        sum += (double)*laco_var_data(loss);
        laco_clip_grad_norm(net->module, 1);
        laco_optimiser_step(adam);
    }
    return chunks > 0 ? sum / (double)chunks : 0;
}

/* Draws a byte from softmax(logits / temperature). */
static int draw(const laco_real *logits, double temperature)
{
    double sum = 0, top = (double)logits[0];
    for (int k = 1; k < BYTES; k++)
        top = fmax(top, (double)logits[k]);
    for (int k = 0; k < BYTES; k++)
        sum += exp(((double)logits[k] - top) / temperature);
    double place = sum * rand() / (RAND_MAX + 1.0);
    int k = -1;
    do
        place -= exp(((double)logits[++k] - top) / temperature);
    while (place >= 0 && k + 1 < BYTES);
    return k;
}

static int write_on(laco_context *ctx, network *net, int count)
{
    laco_tape *tape;
    int32_t byte = '\n';
    if (laco_tape_new(ctx, &(laco_tape_config){.inference = true}, &tape) < 0)
        return -1;
    memset(carried, 0, sizeof carried);
    laco_module_set_training(net->module, false);
    for (int i = 0; i < count; i++) {
        laco_tape_reset(tape);
        laco_var y = forward(tape, net, &byte, 1, 1); /* one step: nothing is read twice */
        if (!y)
            break;
        byte = draw(laco_var_data(y), 0.7);
        putchar((int)byte);
    }
    putchar('\n');
    int status = laco_tape_status(tape);
    laco_tape_free(tape);
    return status;
}

int main(int argc, char **argv)
{
    static unsigned char text[1 << 24];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    long length = file ? (long)fread(text, 1, sizeof text, file) : 0;
    laco_context *ctx;
    laco_tape *tape = NULL;
    laco_optimiser *adam = NULL;
    network net = {0};
    if (length <= (long)BATCH * CHUNK || laco_context_new(NULL, &ctx) < 0) {
        fprintf(stderr, "usage: lyrics TEXT [EPOCHS]     TEXT has more than %d bytes\n", BATCH * CHUNK);
        return 2;
    }
    fclose(file);
    bool failed = build(ctx, &net) || laco_tape_new(ctx, NULL, &tape) < 0 ||
                  laco_optimiser_new(net.module, &(laco_optimiser_config){.kind = LACO_ADAM, .lr = 0.003}, &adam) < 0;
    for (int e = 1; !failed && e <= (argc > 2 ? atoi(argv[2]) : 5); e++) {
        double loss = epoch(tape, &net, adam, text, length);
        failed = loss < 0;
        if (!failed)
            printf("epoch %d: %.3f bits per byte\n", e, loss / log(2));
    }
    failed = failed || write_on(ctx, &net, 400) < 0;
    if (failed)
        fprintf(stderr, "lyrics: %s\n", laco_error(ctx));
    laco_optimiser_free(adam);
    laco_tape_free(tape);
    laco_module_free(net.module);
    laco_context_free(ctx);
    return failed;
}
