/* An encoder and a decoder with attention, put together by hand: numbers in digits become Roman numerals.
 *
 * The encoder reads the digits both ways; its last states set the state of the decoder, which looks at all of them by attention.
 * A twentieth of the numbers is never trained on; at the end each of those is written letter by letter.
 *
 *     cc transduce.c -o transduce $(pkg-config --cflags --libs laco)
 *     ./transduce
 */
#include <laco/laco.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 3999, BATCH = 64, HIDDEN = 64, EMBED = 16, LETTERS = 8, EDGE = 0, LONGEST = 16, DIGITS = 4, EPOCHS = 12 };
static const char letters[LETTERS + 1] = "$IVXLCDM"; /* letter 0 is the start and the end */

typedef struct network {
    laco_embedding *embedding;
    laco_rnn *encoder;
    laco_decoder *decoder;
} network;

static int roman(int n, char *out)
{
    static const int values[] = {1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1};
    static const char *const texts[] = {"M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"};
    int length = 0;
    for (size_t i = 0; n > 0; i++)
        for (; n >= values[i]; n -= values[i])
            length += sprintf(out + length, "%s", texts[i]);
    return length;
}

/* Reads B numbers: what the decoder looks at, and its first state. */
static laco_status encode(laco_tape *tape, const network *net, const int *numbers, int B, int32_t *lengths, laco_memory *memory,
                          laco_state *state)
{
    int32_t digits[DIGITS * BATCH] = {0};
    for (int b = 0; b < B; b++) {
        char text[16];
        lengths[b] = snprintf(text, sizeof text, "%d", numbers[b]);
        for (int t = 0; t < lengths[b]; t++)
            digits[t * B + b] = text[t] - '0';
    }
    laco_state last = {NULL, NULL};
    laco_var x = laco_embedding_apply(tape, net->embedding, digits, DIGITS, B),
             values = laco_rnn_apply(tape, net->encoder, x, lengths, &last);
    laco_var ends[2] = {laco_select(tape, last.h, 0), laco_select(tape, last.h, 1)}; /* forwards and backwards */
    laco_status status = laco_decoder_begin(tape, net->decoder, laco_concat(tape, ends, 2), state);
    return status < 0 ? status : laco_decoder_look_at(tape, net->decoder, values, lengths, memory);
}

/* Teacher forcing: at each step the decoder reads the right letter before it. */
static laco_var loss_of(laco_tape *tape, const network *net, const int *numbers, int B)
{
    int32_t in[LONGEST * BATCH] = {0}, right[LONGEST * BATCH], lengths[BATCH], digits[BATCH], none = -1;
    laco_memory memory;
    laco_state state;
    for (int b = 0; b < B; b++) {
        char word[LONGEST + 1];
        lengths[b] = roman(numbers[b], word) + 1;
        for (int t = 0; t < LONGEST; t++) {
            right[t * B + b] = t + 1 < lengths[b] ? (int32_t)(strchr(letters, word[t]) - letters) : t < lengths[b] ? EDGE : none;
            if (t + 1 < lengths[b])
                in[(t + 1) * B + b] = right[t * B + b];
        }
    }
    if (encode(tape, net, numbers, B, digits, &memory, &state) < 0)
        return NULL;
    laco_var logits = laco_decoder_apply(tape, net->decoder, in, LONGEST, B, lengths, &memory, &state, NULL);
    return laco_cross_entropy_loss(tape, logits, right, &(laco_loss_config){.ignore_index = &none});
}

/* The decoder runs on its own output, one letter at a time. */
static laco_status write_number(laco_tape *tape, const network *net, int number, char *out)
{
    int32_t length, last = EDGE;
    laco_memory memory;
    laco_state state;
    laco_tape_reset(tape);
    laco_status status = encode(tape, net, &number, 1, &length, &memory, &state);
    for (int t = 0; status == LACO_OK && t < LONGEST; t++) {
        const laco_real *x = laco_var_data(laco_decoder_apply(tape, net->decoder, &last, 1, 1, NULL, &memory, &state, NULL));
        last = EDGE;
        for (int v = 1; x && v < LETTERS; v++)
            last = x[v] > x[last] ? v : last;
        if (last == EDGE)
            break;
        *out++ = letters[last];
    }
    *out = '\0';
    return laco_tape_status(tape);
}

static laco_status train(laco_tape *tape, laco_module *module, const network *net, laco_optimiser *adam, int *order, int count)
{
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        double sum = 0;
        for (int i = count - 1; i > 0; i--) { /* a new order */
            int j = rand() % (i + 1), swap = order[i];
            order[i] = order[j], order[j] = swap;
        }
        for (int i = 0; i + BATCH <= count; i += BATCH) {
            laco_tape_reset(tape);
            laco_module_zero_grad(module);
            laco_var loss = loss_of(tape, net, order + i, BATCH);
            if (laco_backward(tape, loss) < 0)
                return laco_tape_status(tape);
            sum += (double)*laco_var_data(loss);
            laco_optimiser_step(adam);
        }
        printf("epoch %d  loss %.4f\n", epoch + 1, sum * BATCH / count);
    }
    return LACO_OK;
}

int main(void)
{
    laco_context *ctx;
    laco_module *module = NULL;
    laco_optimiser *adam = NULL;
    laco_tape *tape = NULL;
    network net;
    int order[MOST], held_out[MOST], count = 0, held = 0, right = 0;
    laco_rnn_config rnn = {.cell = LACO_LSTM, .input_size = EMBED, .hidden_size = HIDDEN, .bidirectional = true};
    laco_decoder_config decoder = {.cell = LACO_LSTM, .outputs = LETTERS, .hidden = HIDDEN, .attention = LACO_ATTENTION_DOT};
    decoder.memory_size = decoder.bridge = 2 * rnn.hidden_size;
    for (int n = 1; n <= MOST; n++)
        *(n % 20 == 7 ? &held_out[held++] : &order[count++]) = n;
    if (laco_context_new(NULL, &ctx) < 0)
        return 2;
    bool done = laco_module_new(ctx, 1, &module) == LACO_OK && laco_tape_new(ctx, NULL, &tape) == LACO_OK &&
                laco_embedding_new(module, "embedding", 10, EMBED, -1, &net.embedding) == LACO_OK &&
                laco_rnn_new(module, "encoder", &rnn, &net.encoder) == LACO_OK &&
                laco_decoder_new(module, "decoder", &decoder, &net.decoder) == LACO_OK &&
                laco_optimiser_new(module, &(laco_optimiser_config){.kind = LACO_ADAM, .lr = 0.005}, &adam) == LACO_OK &&
                train(tape, module, &net, adam, order, count) == LACO_OK;
    for (int i = 0; done && i < held; i++) {
        char text[LONGEST + 1], wanted[LONGEST + 1];
        roman(held_out[i], wanted);
        done = write_number(tape, &net, held_out[i], text) == LACO_OK;
        right += strcmp(text, wanted) == 0;
    }
    if (done)
        printf("%d of %d numbers that training never saw are right\n", right, held);
    else
        fprintf(stderr, "transduce: %s\n", laco_error(ctx));
    laco_optimiser_free(adam);
    laco_tape_free(tape);
    laco_module_free(module);
    laco_context_free(ctx);
    return !done;
}
