#include "export/task_parts.h"
#include "transcribe/transcriber.h"

void laco_transcribe_parts(laco_parts *parts, const laco_transcriber *m)
{
    laco_emit *emit = parts->emit;
    laco_floats_part(parts, "mean", m->frontend.mean, m->frontend.bands);
    laco_floats_part(parts, "scale", m->frontend.scale, m->frontend.bands);
    laco_rnn_part(parts, "rnn", m->network.rnn);
    laco_linear_part(parts, "linear", "linear");
    laco_vocabulary_part(parts, "tokens", m->tokens);
    laco_emit_open(emit, "rt_transcriber", "net", 0);
    laco_emit_int(emit, m->frontend.bands);
    laco_emit_int(emit, m->frontend.stack);
    laco_emit_int(emit, m->text.level == LACO_TEXT_WORD);
    laco_emit_pointer(emit, "mean");
    laco_emit_pointer(emit, "scale");
    laco_rnn_of(parts, "rnn", m->network.rnn);
    laco_linear_of(parts, "linear", "linear");
    laco_vocabulary_of(parts, "tokens", m->tokens);
    laco_emit_close(emit);
}
