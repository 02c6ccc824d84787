/* Which language is a surname from? The network of the lecture, written out: an RNN cell reads the letters one by one, a linear
 * map and log-softmax turn its last state into the languages' log-probabilities.
 *
 *     cc names.c -o names $(pkg-config --cflags --libs laco-readers)
 *     ./names FOLDER [EPOCHS] [CHECKPOINT]
 *
 * FOLDER holds Portuguese.txt, Italian.txt … with one name a line. Network and optimiser are saved to CHECKPOINT after every
 * epoch; where the file is there already, training goes on from it.
 */
#include <laco/laco.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LETTERS = 256, HIDDEN = 128 }; /* a letter is a byte of UTF-8 */

typedef struct network {
    laco_module *module;
    laco_cell *cell;
    laco_linear *out;
} network;

/* Log-probabilities [1][languages] of one name. */
static laco_var read_name(laco_tape *tape, network *net, const char *name, size_t length)
{
    laco_state state = {NULL, NULL}; /* h_0 = 0 */
    for (size_t t = 0; t < length; t++) {
        int32_t letter = (unsigned char)name[t];
        laco_cell_step(tape, net->cell, laco_one_hot(tape, &letter, 0, 1, LETTERS), &state);
    }
    return laco_log_softmax(tape, laco_linear_apply(tape, net->out, state.h));
}

static int build(laco_context *ctx, const laco_labelled *data, network *net)
{
    int languages;
    laco_labelled_label_names(data, &languages);
    laco_cell_config cell = {.cell = LACO_RNN, .input_size = LETTERS, .hidden_size = HIDDEN};
    return laco_module_new(ctx, 1, &net->module) < 0 || laco_cell_new(net->module, "cell", &cell, &net->cell) < 0 ||
           laco_linear_new(net->module, "out", HIDDEN, languages, false, &net->out) < 0;
}

/* One pass over the data; names with i % 10 == 0 are held out. Returns the share of those that is right, or -1. */
static double epoch(laco_tape *tape, network *net, laco_optimiser *sgd, const laco_labelled *data)
{
    size_t count = laco_labelled_count(data), stride = 7919, right = 0, held_out = 0; /* a walk that mixes the languages */
    int languages;
    laco_labelled_label_names(data, &languages);
    for (size_t n = 0; n < count; n++) {
        size_t i = n * stride % count, length;
        const char *name = laco_labelled_text(data, i, &length);
        int32_t language = laco_labelled_label(data, i);
        laco_tape_reset(tape);
        laco_var y = read_name(tape, net, name, length);
        if (!y)
            return -1;
        if (i % 10 == 0) {
            int best = 0;
            for (int k = 1; k < languages; k++)
                best = laco_var_data(y)[k] > laco_var_data(y)[best] ? k : best;
            right += best == language;
            held_out++;
            continue;
        }
        laco_module_zero_grad(net->module);
        if (laco_backward(tape, laco_nll_loss(tape, y, &language, NULL)) < 0)
            return -1;
        laco_clip_grad_norm(net->module, 5);
        laco_optimiser_step(sgd);
    }
    return (double)right / (double)held_out;
}

int main(int argc, char **argv)
{
    laco_context *ctx;
    laco_labelled *data = NULL;
    laco_tape *tape = NULL;
    laco_optimiser *sgd = NULL;
    network net = {0};
    const char *folder = argc > 1 ? argv[1] : "data/names", *checkpoint = argc > 3 ? argv[3] : NULL;
    if (laco_context_new(NULL, &ctx) < 0)
        return 1;
    bool failed = laco_labelled_load(ctx, &folder, 1, NULL, &data) < 0 || build(ctx, data, &net) ||
                  laco_tape_new(ctx, NULL, &tape) < 0 ||
                  laco_optimiser_new(net.module, &(laco_optimiser_config){.kind = LACO_SGD, .lr = 0.01}, &sgd) < 0;
    if (!failed && checkpoint && access(checkpoint, F_OK) == 0)
        failed = laco_checkpoint_load(net.module, sgd, checkpoint) < 0;
    for (int e = 1; !failed && e <= (argc > 2 ? atoi(argv[2]) : 5); e++) {
        double accuracy = epoch(tape, &net, sgd, data);
        failed = accuracy < 0 || (checkpoint && laco_checkpoint_save(net.module, sgd, checkpoint) < 0);
        if (!failed)
            printf("epoch %d: %.1f %% of the names held out are right\n", e, 100 * accuracy);
    }
    if (failed)
        fprintf(stderr, "names: %s\n", laco_error(ctx));
    laco_optimiser_free(sgd);
    laco_tape_free(tape);
    laco_module_free(net.module);
    laco_labelled_free(data);
    laco_context_free(ctx);
    return failed;
}
