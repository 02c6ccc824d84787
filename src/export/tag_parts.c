#include "export/task_parts.h"
#include "tag/tagger.h"

#define NEVER (-1e30f)

/* Scores of what follows the start and each tag, then of the end. */
static void put_crf(laco_parts *parts, const laco_tagger *m)
{
    int64_t K = m->config.outputs;
    const laco_param *start = laco_module_find(parts->module, "crf.start_transitions"),
                     *end = laco_module_find(parts->module, "crf.end_transitions"),
                     *between = laco_module_find(parts->module, "crf.transitions");
    float *scores = start && end && between ? laco_alloc(parts->emit->ctx, (size_t)(K + 2), (size_t)K * sizeof *scores) : NULL;
    if (!scores)
        parts->emit->status = LACO_NO_MEMORY;
    for (int64_t i = 0; scores && i < (K + 2) * K; i++) {
        laco_real value = i < K ? start->value[i] : i < (K + 1) * K ? between->value[i - K] : end->value[i - (K + 1) * K];
        scores[i] = m->forbidden && i < (K + 1) * K && m->forbidden[i] ? NEVER : (float)value;
    }
    if (scores)
        laco_emit_array(parts->emit, LACO_EMIT_FLOAT, "crf", scores, (size_t)((K + 2) * K));
    laco_release(parts->emit->ctx, scores);
}

static laco_name member(int64_t i, const char *layer) { return laco_name_of("%s", laco_member_name(i, layer).text); }

static void put_member(laco_parts *parts, const laco_tagger *m, int64_t i)
{
    laco_param_part(parts, laco_name_of("words%d", (int)i).text,
                    laco_name_of("%s.weight", member(i, "word_embedding").text).text);
    laco_param_part(parts, laco_name_of("letters%d", (int)i).text,
                    laco_name_of("%s.weight", member(i, "letter_embedding").text).text);
    laco_rnn_part(parts, laco_name_of("letter_rnn%d_", (int)i).text, m->member[i].letter_rnn);
    laco_rnn_part(parts, laco_name_of("rnn%d_", (int)i).text, m->member[i].rnn);
    laco_mlp_part(parts, laco_name_of("hidden%d_", (int)i).text, member(i, "hidden_l").text,
                  m->config.mlp ? m->config.layers : 0);
    laco_linear_part(parts, laco_name_of("linear%d", (int)i).text, member(i, "linear").text);
}

static void member_of(laco_parts *parts, const laco_tagger *m, int64_t i)
{
    laco_emit_down(parts->emit);
    laco_param_matrix(parts, laco_name_of("words%d", (int)i).text,
                      laco_name_of("%s.weight", member(i, "word_embedding").text).text);
    laco_param_matrix(parts, laco_name_of("letters%d", (int)i).text,
                      laco_name_of("%s.weight", member(i, "letter_embedding").text).text);
    laco_rnn_of(parts, laco_name_of("letter_rnn%d_", (int)i).text, m->member[i].letter_rnn);
    laco_rnn_of(parts, laco_name_of("rnn%d_", (int)i).text, m->member[i].rnn);
    laco_emit_int(parts->emit, m->config.mlp ? m->config.layers : 0);
    laco_emit_pointer(parts->emit, m->config.mlp ? laco_name_of("hidden%d_", (int)i).text : NULL);
    laco_linear_of(parts, laco_name_of("linear%d", (int)i).text, member(i, "linear").text);
    laco_emit_up(parts->emit);
}

void laco_tag_parts(laco_parts *parts, const laco_tagger *m)
{
    laco_emit *emit = parts->emit;
    laco_rt_text words = {.digits = true, .config = {.lower = true}, .vocabulary = m->words},
                 letters = {.vocabulary = m->letters};
    laco_text_part(parts, "word_text", &words);
    laco_text_part(parts, "letter_text", &letters);
    laco_vocabulary_part(parts, "words", m->words);
    laco_vocabulary_part(parts, "letters", m->letters);
    for (int64_t i = 0; i < m->config.ensemble; i++)
        put_member(parts, m, i);
    if (m->config.crf)
        put_crf(parts, m);
    laco_emit_open(emit, "rt_tag_member", "members", (size_t)m->config.ensemble);
    for (int64_t i = 0; i < m->config.ensemble; i++)
        member_of(parts, m, i);
    laco_emit_close(emit);
    laco_emit_open(emit, "rt_tagger", "net", 0);
    laco_text_of(parts, "word_text", &words);
    laco_text_of(parts, "letter_text", &letters);
    laco_vocabulary_of(parts, "words", m->words);
    laco_vocabulary_of(parts, "letters", m->letters);
    laco_emit_int(emit, m->config.outputs);
    laco_emit_int(emit, m->config.window);
    laco_emit_int(emit, m->config.ensemble);
    laco_emit_pointer(emit, "members");
    laco_emit_pointer(emit, m->config.crf ? "crf" : NULL);
    laco_emit_close(emit);
}
