#include "export/task_parts.h"
#include "transduce/transducer.h"

void laco_transduce_parts(laco_parts *parts, const laco_transducer *m)
{
    laco_emit *emit = parts->emit;
    const laco_transducer_config *c = &m->config;
    laco_rnn *layer[LACO_MOST_ENSEMBLE];
    laco_rt_text text = {.tokens = c->source == LACO_TOKENS_WORD ? LACO_RT_SPACED : LACO_RT_CHARS, .vocabulary = m->sources};
    laco_text_part(parts, "text", &text);
    laco_vocabulary_part(parts, "sources", m->sources);
    laco_vocabulary_part(parts, "targets", m->targets);
    for (int64_t i = 0; i < c->ensemble; i++) {
        laco_member_text decoder = laco_member_name(i, "decoder");
        layer[i] = laco_decoder_layer(parts, decoder.text);
        laco_param_part(parts, laco_name_of("embedding%d", (int)i).text,
                        laco_name_of("%s.weight", laco_member_name(i, "embedding").text).text);
        laco_rnn_part(parts, laco_name_of("encoder%d_", (int)i).text, m->member[i].encoder);
        laco_decoder_part(parts, laco_name_of("decoder%d", (int)i).text, decoder.text, layer[i]);
    }
    laco_emit_open(emit, "rt_transducer_member", "members", (size_t)c->ensemble);
    for (int64_t i = 0; i < c->ensemble; i++) {
        laco_emit_down(emit);
        laco_param_matrix(parts, laco_name_of("embedding%d", (int)i).text,
                          laco_name_of("%s.weight", laco_member_name(i, "embedding").text).text);
        laco_rnn_of(parts, laco_name_of("encoder%d_", (int)i).text, m->member[i].encoder);
        laco_decoder_of(parts, laco_name_of("decoder%d", (int)i).text, laco_member_name(i, "decoder").text, layer[i],
                        c->attention, c->directions * c->hidden);
        laco_emit_up(emit);
    }
    laco_emit_close(emit);
    laco_emit_open(emit, "rt_transducer", "net", 0);
    laco_text_of(parts, "text", &text);
    laco_vocabulary_of(parts, "sources", m->sources);
    laco_vocabulary_of(parts, "targets", m->targets);
    laco_emit_int(emit, c->target == LACO_TOKENS_WORD);
    laco_emit_int(emit, c->longest_source);
    laco_emit_int(emit, c->longest_target);
    laco_emit_int(emit, c->ensemble);
    laco_emit_pointer(emit, "members");
    laco_emit_close(emit);
}
