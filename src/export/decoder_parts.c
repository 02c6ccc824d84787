#include "export/task_parts.h"
#include "nn/recurrent.h"

static const struct {
    const char *name, *param;
} linears[] = {
    {"bridge_h", "bridge_h"},     {"bridge_c", "bridge_c"}, {"key", "attention.key"},
    {"query", "attention.query"}, {"combine", "combine"},   {"output", "output"},
};
#define LINEARS (sizeof linears / sizeof *linears)

laco_rnn *laco_decoder_layer(laco_parts *parts, const char *prefix)
{
    laco_rnn *rnn = NULL;
    laco_status status = laco_module_find_rnn(parts->module, parts->emit->ctx, laco_name_of("%s.rnn", prefix).text, &rnn);
    if (status < 0 && parts->emit->status == LACO_OK)
        parts->emit->status = status;
    return rnn;
}

void laco_decoder_part(laco_parts *parts, const char *name, const char *prefix, const laco_rnn *rnn)
{
    laco_param_part(parts, laco_name_of("%s_embedding", name).text, laco_name_of("%s.embedding.weight", prefix).text);
    laco_rnn_part(parts, laco_name_of("%s_rnn", name).text, rnn);
    for (size_t i = 0; i < LINEARS; i++)
        laco_linear_part(parts, laco_name_of("%s_%s", name, linears[i].name).text,
                         laco_name_of("%s.%s", prefix, linears[i].param).text);
    laco_param_floats(parts, laco_name_of("%s_energy", name).text, laco_name_of("%s.attention.energy.weight", prefix).text);
}

void laco_decoder_of(laco_parts *parts, const char *name, const char *prefix, const laco_rnn *rnn, laco_attention_kind attention,
                     int64_t width)
{
    laco_emit_down(parts->emit);
    laco_emit_int(parts->emit, attention == LACO_ATTENTION_DEFAULT ? LACO_ATTENTION_NONE : attention);
    laco_emit_int(parts->emit, width);
    laco_param_matrix(parts, laco_name_of("%s_embedding", name).text, laco_name_of("%s.embedding.weight", prefix).text);
    laco_rnn_of(parts, laco_name_of("%s_rnn", name).text, rnn);
    for (size_t i = 0; i < LINEARS; i++)
        laco_linear_of(parts, laco_name_of("%s_%s", name, linears[i].name).text,
                       laco_name_of("%s.%s", prefix, linears[i].param).text);
    laco_emit_pointer(parts->emit, laco_name_of("%s_energy", name).text);
    laco_emit_up(parts->emit);
}
