/* A language model: reads tokens and writes on. */
#pragma once
#include "export/c/network.c"
#include "export/c/text.c"

#define RT_RECENT 64 /* tokens that the repetition penalty looks at */

typedef struct rt_language {
    rt_text text;
    rt_vocabulary vocabulary;
    rt_matrix embedding; /* of 0 rows: one-hot */
    rt_rnn rnn;
    rt_linear linear;
    int32_t start;          /* what a text is taken to follow */
    int32_t words, bytes;   /* what tokens are */
    const uint8_t *spacing; /* of words: 1: no space behind it, 2: none before it */
} rt_language;

/* How the next token is chosen: the penalty, the temperature, top_k, top_p. */
typedef struct rt_sampling {
    float temperature; /* 0: always the most probable token */
    int32_t top_k;     /* 0: all */
    float top_p;       /* 0 or 1: all */
    float penalty;     /* of the last 64 tokens; 0 or 1: none */
    uint64_t seed;
    uint32_t sample; /* each has random numbers of its own */
} rt_sampling;

/* A text in the making. `values`: the layers' state, a row of gates, a step, and the log-probabilities of the next token. */
typedef struct rt_writing {
    uint64_t drawn; /* random numbers so far */
    int32_t count;  /* tokens so far */
    int32_t recent[RT_RECENT];
} rt_writing;

RT_FUNCTION int32_t rt_language_floats(const rt_language *m)
{
    return rt_run_fixed(&m->rnn) + m->embedding.columns + m->vocabulary.count;
}
RT_STEP float *rt_language_scores(const rt_language *m, float *values)
{
    return values + rt_run_fixed(&m->rnn) + m->embedding.columns;
}

/* One more token: the log-probabilities of the next. */
RT_STEP void rt_language_step(const rt_language *m, float *values, int32_t id)
{
    float *row = values + 2 * m->rnn.layers * m->rnn.size, *step = row + 4 * m->rnn.size, *scores = rt_language_scores(m, values);
    rt_input in;
    memset(&in, 0, sizeof in);
    in.ids = &id;
    in.width = m->embedding.columns;
    in.embedding = &m->embedding;
    in.row = m->embedding.rows > 0 ? step : 0;
    rt_apply(&m->linear, rt_step(&m->rnn, rt_read(&in, 0), id, values, row), scores);
    rt_log_softmax(m->vocabulary.count, scores);
}

RT_FUNCTION void rt_language_push(const rt_language *m, rt_writing *w, float *values, int32_t id)
{
    rt_language_step(m, values, id);
    w->recent[w->count % RT_RECENT] = id;
    w->count++;
}

/* A number in [0, 1), the next of a seed: Philox4x32-10 of Salmon and others, 2011. */
RT_FUNCTION uint32_t rt_random(uint64_t seed, uint64_t stream, uint64_t at)
{
    uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32), x[4];
    int32_t round;
    x[0] = (uint32_t)(at / 4);
    x[1] = (uint32_t)(at / 4 >> 32);
    x[2] = (uint32_t)stream;
    x[3] = (uint32_t)(stream >> 32);
    for (round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * x[0], b = (uint64_t)0xCD9E8D57u * x[2];
        x[0] = (uint32_t)(b >> 32) ^ x[1] ^ key0;
        x[1] = (uint32_t)b;
        x[2] = (uint32_t)(a >> 32) ^ x[3] ^ key1;
        x[3] = (uint32_t)a;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return x[at % 4];
}

RT_FUNCTION double rt_uniform(const rt_sampling *s, rt_writing *w)
{
    static const uint64_t name = (uint64_t)0xf3d802feu << 32 | 0x7a8ba4c7u; /* of the stream "sample" */
    uint64_t high = rt_random(s->seed, name + s->sample, w->drawn) >> 5,
             low = rt_random(s->seed, name + s->sample, w->drawn + 1) >> 6;
    w->drawn += 2;
    return (double)(high << 26 | low) / 9007199254740992.0;
}

/* Which of two tokens comes first: the likelier, of equal ones the lower. */
RT_STEP int32_t rt_before(const float *weight, int32_t a, int32_t b)
{
    return weight[a] > weight[b] || (!(weight[b] > weight[a]) && a < b);
}

/* Lets order[at] sink in a heap whose root comes last. */
RT_FUNCTION void rt_sink(const float *weight, int32_t *order, int32_t at, int32_t count)
{
    int32_t child, kept = order[at];
    for (; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && rt_before(weight, order[child], order[child + 1]))
            child++;
        if (rt_before(weight, order[child], kept))
            break;
        order[at] = order[child];
    }
    order[at] = kept;
}

RT_FUNCTION void rt_sort(const float *weight, int32_t *order, int32_t count)
{
    int32_t i, last;
    for (i = count / 2 - 1; i >= 0; i--)
        rt_sink(weight, order, i, count);
    for (i = count - 1; i > 0; i--) {
        last = order[0];
        order[0] = order[i];
        order[i] = last;
        rt_sink(weight, order, 0, i);
    }
}

/* One of the tokens by its weight. weight, order: room for as many numbers as there are tokens. */
RT_FUNCTION int32_t rt_draw(const rt_language *m, const rt_sampling *s, rt_writing *w, const float *scores, float *weight,
                            int32_t *order)
{
    int32_t V = m->vocabulary.count, count = V - 1, recent = w->count < RT_RECENT ? w->count : RT_RECENT, i;
    float penalty = s->penalty > 0.0f ? s->penalty : 1.0f, top;
    double sum = 0, kept = 0, place;
    memcpy(weight, scores, (size_t)V * sizeof *weight);
    for (i = 0; i < recent; i++)
        weight[w->recent[i]] = scores[w->recent[i]] * penalty;
    for (i = 0; i < count; i++)
        order[i] = i + 1; /* <unk>, id 0, is never written */
    rt_sort(weight, order, count);
    if (!(s->temperature > 0.0f))
        return order[0];
    if (s->top_k > 0 && s->top_k < count)
        count = s->top_k;
    top = weight[order[0]];
    for (i = 0; i < count; i++)
        sum += (double)(weight[order[i]] = rt_exp((weight[order[i]] - top) / s->temperature));
    if (s->top_p > 0.0f && s->top_p < 1.0f) {
        for (i = 0; i < count && kept < (double)s->top_p * sum; i++)
            kept += (double)weight[order[i]];
        count = i;
        sum = kept;
    }
    place = rt_uniform(s, w) * sum;
    for (i = 0; i < count - 1; i++)
        if ((place -= (double)weight[order[i]]) < 0)
            break;
    return order[i];
}

/* The text of a token behind the one before it. */
RT_FUNCTION size_t rt_language_spell(const rt_language *m, const rt_writing *w, int32_t id, char *out, size_t room)
{
    static const uint8_t space[1] = {32};
    int32_t before = w->count > 0 ? w->recent[(w->count - 1) % RT_RECENT] : -1, bytes;
    const uint8_t *token = m->vocabulary.text + m->vocabulary.start[id];
    uint8_t byte;
    size_t used = 0;
    if (room > 0)
        out[0] = 0;
    if (m->bytes && id != 0) {
        byte = (uint8_t)rt_decode(token, &bytes);
        return rt_add_text(out, room, 0, &byte, 1);
    }
    if (m->words && before >= 0 && !(m->spacing[before] & 1) && !(m->spacing[id] & 2))
        used = rt_add_text(out, room, 0, space, 1);
    return rt_add_token(&m->vocabulary, id, out, room, used);
}
