#include "caption/captioner.h"
#include "export/task_parts.h"

void laco_caption_parts(laco_parts *parts, const laco_captioner *m)
{
    laco_emit *emit = parts->emit;
    const laco_captioner_config *c = &m->config;
    laco_rnn *layer = laco_decoder_layer(parts, "decoder");
    laco_floats_part(parts, "mean", m->input.mean, m->input.size);
    laco_floats_part(parts, "scale", m->input.scale, m->input.size);
    laco_mlp_part(parts, "hidden", "hidden_l", c->mlp ? c->layers : 0);
    laco_rnn_part(parts, "encoder", m->encoder);
    laco_decoder_part(parts, "decoder", "decoder", layer);
    laco_vocabulary_part(parts, "tokens", m->vocabulary);
    laco_emit_open(emit, "rt_captioner", "net", 0);
    laco_emit_int(emit, m->input.features);
    laco_emit_int(emit, m->input.columns);
    laco_emit_int(emit, m->input.numbers);
    laco_emit_int(emit, m->input.size);
    laco_emit_pointer(emit, "mean");
    laco_emit_pointer(emit, "scale");
    laco_emit_int(emit, c->mlp ? c->layers : 0);
    laco_emit_pointer(emit, c->mlp ? "hidden" : NULL);
    laco_rnn_of(parts, "encoder", m->encoder);
    laco_decoder_of(parts, "decoder", "decoder", layer, c->attention, c->mlp ? c->hidden : c->directions * c->hidden);
    laco_vocabulary_of(parts, "tokens", m->vocabulary);
    laco_emit_int(emit, c->tokens == LACO_TOKENS_WORD);
    laco_emit_int(emit, c->longest);
    laco_emit_close(emit);
}
