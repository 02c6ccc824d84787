/* Traces of recurrent calls: memory for them on the tape, and their list. The driver fills them (op/recurrent_trace.c). */
#include "nn/trace.h"

#include "tape/tape.h"

#include <string.h>

static const char *const names[LACO_GATES_COUNT][5] = {
    [LACO_GATES_TANH] = {"a"},
    [LACO_GATES_RELU] = {"a"},
    [LACO_GATES_GRU] = {"r", "z", "hn", "n"},
    [LACO_GATES_LSTM] = {"i", "f", "g", "o"},
};

static const laco_cell_kind cells[LACO_GATES_COUNT] = {LACO_RNN, LACO_RNN, LACO_GRU, LACO_LSTM};

static laco_real *block(laco_tape *tape, int64_t steps, int64_t width)
{
    size_t count;
    return laco_mul_fits((size_t)steps, (size_t)width, &count) ? laco_arena_zeroed(&tape->arena, count, sizeof(laco_real)) : NULL;
}

static bool make_run(laco_tape *tape, const laco_rnn_trace *trace, laco_run_trace *run)
{
    int64_t steps = trace->T * trace->B;
    bool lstm = trace->cell == LACO_LSTM, back = !tape->inference;
    run->gates = block(tape, steps, trace->G * trace->H);
    run->h = block(tape, steps, trace->P);
    run->c = lstm ? block(tape, steps, trace->H) : NULL;
    run->dh = back ? block(tape, steps, trace->P) : NULL;
    run->dc = back && lstm ? block(tape, steps, trace->H) : NULL;
    return run->gates && run->h && (run->c || !lstm) && (run->dh || !back) && (run->dc || !back || !lstm);
}

/* The list doubles; what it was before stays on the tape until that is reset. */
static bool enter(laco_tape *tape, const laco_rnn_trace *trace)
{
    size_t count = tape->trace_count;
    if ((count & (count - 1)) == 0) {
        const laco_rnn_trace **list = laco_arena_alloc(&tape->arena, count ? 2 * count : 1, sizeof *list);
        if (!list)
            return false;
        if (count)
            memcpy(list, tape->traces, count * sizeof *list);
        tape->traces = list;
    }
    tape->traces[tape->trace_count++] = trace;
    return true;
}

static const int32_t *copy_lengths(laco_tape *tape, const int32_t *lengths, int64_t B)
{
    int32_t *copy = laco_arena_alloc(&tape->arena, (size_t)B, sizeof *copy);
    if (copy)
        memcpy(copy, lengths, (size_t)B * sizeof *copy);
    return copy;
}

laco_status laco_trace_make(laco_tape *tape, const laco_rnn *rnn, laco_var x, const int32_t *lengths, int64_t T, int64_t B,
                            laco_run_trace **runs)
{
    const laco_recurrent_shape *shape = &rnn->shape;
    size_t count = (size_t)laco_rnn_passes(rnn);
    laco_rnn_trace *trace = laco_arena_alloc(&tape->arena, 1, sizeof *trace);
    laco_run_trace *run = laco_arena_zeroed(&tape->arena, count, sizeof *run);
    laco_pass_trace *pass = laco_arena_alloc(&tape->arena, count, sizeof *pass);
    const int32_t *kept = lengths ? copy_lengths(tape, lengths, B) : NULL;
    if (!trace || !run || !pass || !kept != !lengths)
        return LACO_NO_MEMORY;
    *trace = (laco_rnn_trace){.rnn = rnn,
                              .cell = cells[shape->kind],
                              .nonlinearity = shape->kind == LACO_GATES_RELU ? LACO_RELU : LACO_TANH,
                              .T = T,
                              .B = B,
                              .I = shape->I,
                              .H = shape->H,
                              .P = shape->P,
                              .layers = (int)shape->layers,
                              .directions = shape->directions,
                              .batch_first = rnn->batch_first,
                              .G = laco_cells[shape->kind].width,
                              .gate_names = names[shape->kind],
                              .lengths = kept,
                              .x = x,
                              .pass = pass};
    for (size_t i = 0; i < count; i++) {
        if (!make_run(tape, trace, &run[i]))
            return LACO_NO_MEMORY;
        pass[i] = (laco_pass_trace){run[i].gates, run[i].h, run[i].c, run[i].dh, run[i].dc};
    }
    if (!laco_var_fetch(x))
        return laco_tape_status(tape);
    x->needs_grad = !tape->inference;
    *runs = run;
    return enter(tape, trace) ? LACO_OK : LACO_NO_MEMORY;
}

void laco_tape_trace(laco_tape *tape, bool on) { tape->tracing = on; }

const laco_rnn_trace *const *laco_tape_traces(const laco_tape *tape, size_t *count)
{
    if (count)
        *count = tape->trace_count;
    return tape->trace_count ? tape->traces : NULL;
}
