/* Answers as the samples come: a GRU steps over a signal, one sample at a time, without allocating; its state is copied, and both
 * copies go on alike.
 *
 *     cc stream.c -o stream $(pkg-config --cflags --libs laco)
 *     ./stream
 */
#include <laco/laco.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    laco_context *ctx;
    laco_module *module = NULL;
    laco_rnn *rnn;
    laco_stream *stream = NULL, *copy = NULL;
    laco_rnn_config config = {.cell = LACO_GRU, .input_size = 1, .hidden_size = 16};
    if (laco_context_new(NULL, &ctx) < 0)
        return 1;
    if (laco_module_new(ctx, 1, &module) < 0 || laco_rnn_new(module, "rnn", &config, &rnn) < 0 || laco_stream_new(rnn, 1, &stream) < 0 ||
        laco_stream_new(rnn, 1, &copy) < 0) {
        fprintf(stderr, "stream: %s\n", laco_error(ctx));
        return 1;
    }
    bool alike = true;
    for (int t = 0; t < 1000; t++) {
        laco_real sample = (laco_real)sin(0.1 * t);
        const laco_real *h = laco_stream_step(stream, &sample);
        if (t % 200 == 199)
            printf("t %4d  x % .3f  h_0 % .6f\n", t, (double)sample, (double)h[0]);
        if (t == 499)
            memcpy(laco_stream_state(copy), laco_stream_state(stream), laco_stream_state_size(stream));
        else if (t > 499)
            alike = alike && laco_stream_step(copy, &sample)[0] == h[0];
    }
    puts(alike ? "the copy went the same way" : "the copy went another way");
    laco_stream_free(copy);
    laco_stream_free(stream);
    laco_module_free(module);
    laco_context_free(ctx);
    return !alike;
}
