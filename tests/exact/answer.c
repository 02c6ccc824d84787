/* One model as C, the file MODEL, asked what laço was: the file DATA holds inputs, lengths and scores. In int8 each score has the bits of
 * laço's; in fp32 they are within 1e-5. Returns how many are not. */
#include MODEL
#include DATA
#include <stdio.h>
#include <stdlib.h>

#define H (model_net.rnn.size)

static float memory[1 << 18], own[64], x[1 << 12];
static int wrong;

/* What laço says behind step t of sequence b, K scores. */
static void compare(const float *is, int b, int t)
{
    const float *should = scores + (t * B + b) * K;
    for (int k = 0; k < K; k++) {
        float off = (is[k] - should[k]) / (should[k] < -1 ? -should[k] : should[k] > 1 ? should[k] : 1);
        int right = EXACT ? rt_bits(is[k]) == rt_bits(should[k]) : off <= 1e-5f && off >= -1e-5f;
        if (!right && wrong++ == 0)
            printf("sequence %d, step %d, score %d: %.9g, not %.9g\n", b, t, k, (double)is[k], (double)should[k]);
    }
}

#ifdef HAS_in_x
static void gather(int b, int n)
{
    int F = (int)(sizeof in_x / sizeof *in_x) / (T * B > 0 ? T * B : 1);
    for (int t = 0; t < n; t++)
        memcpy(x + t * F, in_x + (t * B + b) * F, (size_t)F * sizeof *x);
}
#endif

#if KIND_classify
static void ask(int b, int n)
{
    static float p[64];
#ifdef HAS_in_x
    gather(b, n);
    rt_classify(&model_net, n, 0, x, p, memory);
#else
    int32_t ids[64] = {0};
    for (int t = 0; t < n; t++)
        ids[t] = in_ids[t * B + b];
    rt_classify(&model_net, n, ids, 0, p, memory);
#endif
    rt_apply(&model_net.linear, memory, own); /* memory begins with what the softmax was made from */
    compare(own, b, 0);
}
#elif KIND_generate || KIND_forecast
/* A state [L][B][H] into the memory of the layers. */
static void load(int b)
{
    for (int l = 0; l < model_net.rnn.layers; l++)
        for (int j = 0; j < H; j++) {
            memory[2 * l * H + j] = in_h[(l * B + b) * H + j];
#ifdef HAS_in_c
            memory[(2 * l + 1) * H + j] = in_c[(l * B + b) * H + j];
#endif
        }
}
static void ask(int b, int n)
{
    const float *h;
    load(b);
    for (int t = 0; t < n; t++) {
#if KIND_generate
        rt_language_step(&model_net, memory, in_ids[t * B + b]);
        h = memory + 2 * (model_net.rnn.layers - 1) * H;
#else
        gather(b, n);
        h = rt_step(&model_net.rnn, x + t * model_net.rnn.inputs, 0, memory, memory + 2 * model_net.rnn.layers * H);
#endif
        rt_apply(&model_net.linear, h, own);
        compare(own, b, t);
    }
}
#elif KIND_transcribe
static void ask(int b, int n)
{
    const float *y;
    gather(b, n);
    if (n == 0)
        return;
    y = rt_transcriber_run(&model_net, n * model_net.stack, x, memory);
    for (int t = 0; t < n; t++) {
        rt_apply(&model_net.linear, y + t * model_net.rnn.directions * H, own);
        compare(own, b, t);
    }
}
#elif KIND_tag
static void ask(int b, int n)
{
    static double room[1 << 16];
    const char *words[64];
    int32_t tags[64];
    for (int t = 0; t < n; t++)
        words[t] = (const char *)raw_words + 7 * raw_numbers[t * B + b];
    rt_tag(&model_net, n, words, tags, room);
    for (int t = 0; t < n; t++) /* behind Viterbi's sums and ways */
        compare((const float *)(const void *)((int32_t *)(void *)(room + 2 * K) + n * K) + t * K, b, t);
}
#endif

int main(void)
{
    for (int b = 0; b < B; b++)
        ask(b, lengths[b]);
    return wrong > 0;
}
