/* A transducer: an encoder reads, a decoder writes. Members write together: their scores are averaged. */
#pragma once
#include "export/c/decoder.c"
#include "export/c/text.c"

typedef struct rt_transducer_member {
    rt_matrix embedding;
    rt_rnn encoder;
    rt_decoder decoder;
} rt_transducer_member;

typedef struct rt_transducer {
    rt_text text;
    rt_vocabulary sources, targets;
    int32_t words; /* the target's tokens are words */
    int32_t longest_source, longest_target, members;
    const rt_transducer_member *member;
} rt_transducer;

/* Floats that a member keeps while it writes, behind a source of S tokens. */
RT_FUNCTION int32_t rt_transducer_kept(const rt_transducer_member *m, int32_t S)
{
    return rt_decoder_state(&m->decoder) + S * (m->decoder.width + rt_decoder_key(&m->decoder));
}

RT_FUNCTION int32_t rt_transducer_floats(const rt_transducer *t, int32_t S)
{
    int32_t sum = 2 * t->targets.count + S, most = 0, m, floats;
    for (m = 0; m < t->members; m++) {
        const rt_transducer_member *member = t->member + m;
        sum += rt_transducer_kept(member, S);
        floats = member->embedding.columns + rt_run_fixed(&member->encoder) + S * rt_run_each(&member->encoder) +
                 member->decoder.width;
        most = floats > most ? floats : most;
        floats = rt_decoder_step(&member->decoder);
        most = floats > most ? floats : most;
    }
    return sum + most;
}

/* Most tokens of an answer to S tokens. */
RT_FUNCTION int32_t rt_transducer_most(const rt_transducer *t, int32_t S)
{
    int32_t times = (S + t->longest_source - 1) / t->longest_source;
    return 2 * t->longest_target * (times > 1 ? times : 1);
}

RT_FUNCTION void rt_transducer_read(const rt_transducer_member *m, int32_t S, const int32_t *ids, float *kept, float *work)
{
    float *values = kept + rt_decoder_state(&m->decoder), *vector = work + m->embedding.columns,
          *memory = vector + m->decoder.width;
    rt_input in;
    rt_output top = {0, 0, 0};
    memset(&in, 0, sizeof in);
    in.ids = ids;
    in.width = m->embedding.columns;
    in.embedding = &m->embedding;
    in.row = work;
    top.y = values;
    rt_run_in(&m->encoder, S, &in, &top, memory);
    rt_ends(&m->encoder, memory, vector);
    rt_decoder_begin(&m->decoder, vector, kept, memory + 2 * m->encoder.layers * m->encoder.directions * m->encoder.size);
    rt_decoder_keys(&m->decoder, S, values, values + S * m->decoder.width);
}

/* The greedy answer: tokens into answer[most]; returns how many. *log_probability: of all of them, and the end. */
RT_FUNCTION int32_t rt_transduce(const rt_transducer *t, int32_t S, const int32_t *ids, int32_t *answer, int32_t most,
                                 float *log_probability, float *memory)
{
    int32_t V = t->targets.count, count = 0, id = 0, m, k;
    float *mean = memory, *scores = mean + V, *weights = scores + V, *kept = weights + S, *work = kept;
    for (m = 0; m < t->members; m++)
        work += rt_transducer_kept(t->member + m, S);
    for (m = 0; m < t->members; m++, kept += rt_transducer_kept(t->member + m - 1, S))
        rt_transducer_read(t->member + m, S, ids, kept, work);
    *log_probability = 0;
    while (count < most) {
        memset(mean, 0, (size_t)V * sizeof *mean);
        kept = weights + S;
        for (m = 0; m < t->members; m++) {
            const rt_decoder *d = &t->member[m].decoder;
            const float *values = kept + rt_decoder_state(d);
            rt_decoder_next(d, id, S, values, values + S * d->width, weights, kept, scores, work);
            for (k = 0; k < V; k++)
                mean[k] += scores[k];
            kept += rt_transducer_kept(t->member + m, S);
        }
        for (k = 0; k < V; k++)
            mean[k] *= 1.0f / (float)t->members;
        rt_log_softmax(V, mean);
        id = rt_largest(V, mean);
        *log_probability += mean[id];
        if (id == 0)
            break;
        answer[count++] = id;
    }
    return count;
}
