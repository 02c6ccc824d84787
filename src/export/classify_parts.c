#include "classify/classifier.h"
#include "export/task_parts.h"

laco_rt_tokens laco_rt_tokens_of(laco_text_level level)
{
    return level == LACO_TEXT_WORD ? LACO_RT_WORDS : level == LACO_TEXT_BYTE ? LACO_RT_BYTES : LACO_RT_CHARS;
}

void laco_classify_parts(laco_parts *parts, const laco_classifier *m)
{
    laco_emit *emit = parts->emit;
    const laco_network *n = &m->network;
    const laco_network_config *c = &n->config;
    const laco_classifier_input *input = &m->input;
    laco_rt_text text = {.tokens = laco_rt_tokens_of(input->text.level), .config = input->text, .vocabulary = input->vocabulary};
    if (input->vocabulary) {
        laco_text_part(parts, "text", &text);
        laco_vocabulary_part(parts, "tokens", input->vocabulary);
    } else {
        laco_floats_part(parts, "mean", input->mean, input->features);
        laco_floats_part(parts, "scale", input->scale, input->features);
    }
    laco_param_part(parts, "embedding", "embedding.weight");
    laco_param_part(parts, "position", "position.weight");
    laco_rnn_part(parts, "rnn", n->rnn);
    laco_linear_part(parts, "linear", "linear");
    laco_mlp_part(parts, "hidden", "hidden_l", c->mlp ? c->layers : 0);
    laco_emit_open(emit, "rt_classifier", "net", 0);
    laco_text_of(parts, "text", input->vocabulary ? &text : NULL);
    laco_vocabulary_of(parts, "tokens", input->vocabulary);
    laco_emit_int(emit, input->features);
    laco_emit_pointer(emit, "mean");
    laco_emit_pointer(emit, "scale");
    laco_param_matrix(parts, "embedding", "embedding.weight");
    laco_param_matrix(parts, "position", "position.weight");
    laco_emit_int(emit, c->pool == LACO_POOL_DEFAULT ? LACO_POOL_LAST : c->pool);
    laco_emit_int(emit, c->window);
    laco_emit_int(emit, c->longest);
    laco_emit_int(emit, c->mlp ? c->layers : 0);
    laco_emit_pointer(emit, c->mlp ? "hidden" : NULL);
    laco_rnn_of(parts, "rnn", n->rnn);
    laco_linear_of(parts, "linear", "linear");
    laco_emit_close(emit);
}
