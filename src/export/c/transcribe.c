/* A recogniser: features of sound in, by recurrent layers and CTC a text out. */
#pragma once
#include "export/c/network.c"
#include "export/c/vocabulary.c"

typedef struct rt_transcriber {
    int32_t bands, stack, words; /* numbers of a frame, frames of a step; words: tokens stand between spaces */
    const float *mean, *scale;   /* [bands] */
    rt_rnn rnn;
    rt_linear linear;
    rt_vocabulary vocabulary; /* id 0 is the blank */
} rt_transcriber;

RT_FUNCTION int32_t rt_transcriber_steps(const rt_transcriber *t, int32_t frames) { return (frames + t->stack - 1) / t->stack; }

RT_FUNCTION int32_t rt_transcriber_floats(const rt_transcriber *t, int32_t frames)
{
    int32_t T = rt_transcriber_steps(t, frames), H = t->rnn.directions * t->rnn.size;
    return T * (t->bands * t->stack + H + rt_run_each(&t->rnn)) + rt_run_fixed(&t->rnn) + t->vocabulary.count;
}

/* Frame f, standardised; what follows the last one repeats it. */
RT_FUNCTION void rt_transcriber_frame(const rt_transcriber *t, int32_t frames, const float *features, int32_t f, float *out)
{
    const float *from = features + (f < frames ? f : frames - 1) * t->bands;
    int32_t k;
    for (k = 0; k < t->bands; k++)
        out[k] = (from[k] - t->mean[k]) * t->scale[k];
}

/* The outputs of the network at each step, [T][directions·size], in memory. */
RT_FUNCTION const float *rt_transcriber_run(const rt_transcriber *t, int32_t frames, const float *features, float *memory)
{
    int32_t T = rt_transcriber_steps(t, frames), width = t->bands * t->stack, H = t->rnn.directions * t->rnn.size, f;
    float *y = memory + T * width;
    rt_input in;
    rt_output top = {0, 0, 0};
    for (f = 0; f < T * t->stack; f++)
        rt_transcriber_frame(t, frames, features, f, memory + f * t->bands);
    memset(&in, 0, sizeof in);
    in.x = memory;
    in.width = width;
    top.y = y;
    rt_run_in(&t->rnn, T, &in, &top, y + T * H);
    return y;
}

/* The tokens of the best way through the steps, into text; returns the logarithm of its probability. */
RT_FUNCTION float rt_transcribe(const rt_transcriber *t, int32_t frames, const float *features, char *text, size_t room,
                                float *memory)
{
    static const uint8_t space[1] = {32};
    int32_t T = rt_transcriber_steps(t, frames), H = t->rnn.directions * t->rnn.size, before = 0, at, id;
    const float *y = rt_transcriber_run(t, frames, features, memory);
    float *scores = memory + rt_transcriber_floats(t, frames) - t->vocabulary.count;
    size_t used = 0;
    float sum = 0;
    if (room > 0)
        text[0] = 0;
    for (at = 0; at < T; at++, before = id) {
        rt_apply(&t->linear, y + at * H, scores);
        rt_log_softmax(t->vocabulary.count, scores);
        id = rt_largest(t->vocabulary.count, scores);
        sum += scores[id];
        if (id == 0 || id == before)
            continue;
        if (t->words && used > 0)
            used = rt_add_text(text, room, used, space, 1);
        used = rt_add_token(&t->vocabulary, id, text, room, used);
    }
    return sum;
}
