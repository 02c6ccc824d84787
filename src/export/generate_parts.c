#include "export/task_parts.h"
#include "generate/generator.h"

#include <string.h>

/* Which words take no space behind them, and which none before, by asking the speller. */
static void put_spacing(laco_parts *parts, const laco_language *m)
{
    int32_t V = laco_vocabulary_size(m->vocabulary), letter = -1;
    uint8_t *flags = laco_alloc(parts->emit->ctx, (size_t)V, 1);
    for (int32_t id = 1; id < V && letter < 0; id++) {
        const char *token = laco_vocabulary_name(m->vocabulary, id, NULL);
        letter = (*token >= 'a' && *token <= 'z') || (unsigned char)*token >= 0xC3 ? id : -1;
    }
    for (int32_t id = 0; flags && id < V && letter >= 0; id++) {
        size_t length;
        laco_vocabulary_name(m->vocabulary, letter, &length);
        bool behind = laco_language_spell(m, id, letter, NULL, 0) > length;
        laco_vocabulary_name(m->vocabulary, id, &length);
        bool before = laco_language_spell(m, letter, id, NULL, 0) > length;
        flags[id] = (uint8_t)((behind ? 0 : 1) | (before ? 0 : 2));
    }
    if (flags)
        laco_emit_array(parts->emit, LACO_EMIT_UINT8, "spacing", flags, (size_t)V);
    else
        parts->emit->status = LACO_NO_MEMORY;
    laco_release(parts->emit->ctx, flags);
}

void laco_generate_parts(laco_parts *parts, const laco_language *m)
{
    laco_emit *emit = parts->emit;
    laco_rt_text text = {
        .tokens = laco_rt_tokens_of(m->text.level), .lines = true, .config = m->text, .vocabulary = m->vocabulary};
    laco_text_part(parts, "text", &text);
    laco_vocabulary_part(parts, "tokens", m->vocabulary);
    laco_param_part(parts, "embedding", "embedding.weight");
    laco_rnn_part(parts, "rnn", m->network.rnn);
    laco_linear_part(parts, "linear", "linear");
    if (m->text.level == LACO_TEXT_WORD)
        put_spacing(parts, m);
    bool tied = m->network.config.tied;
    laco_emit_open(emit, "rt_language", "net", 0);
    laco_text_of(parts, "text", &text);
    laco_vocabulary_of(parts, "tokens", m->vocabulary);
    laco_param_matrix(parts, "embedding", "embedding.weight");
    laco_rnn_of(parts, "rnn", m->network.rnn);
    laco_emit_down(emit);
    laco_param_matrix(parts, tied ? "embedding" : "linear_weight", tied ? "embedding.weight" : "linear.weight");
    laco_emit_pointer(emit, "linear_bias");
    laco_emit_up(emit);
    laco_emit_int(emit, m->start);
    laco_emit_int(emit, m->text.level == LACO_TEXT_WORD);
    laco_emit_int(emit, m->text.level == LACO_TEXT_BYTE);
    laco_emit_pointer(emit, "spacing");
    laco_emit_close(emit);
}
