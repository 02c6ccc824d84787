/* RNN, GRU and LSTM: the layers of torch.nn and their cells, as owners of weights. The equations are in kernel/kernel.h and
 * docs/equations.md, the loop over time in op/pass_forward.c and op/pass_backward.c. */
#include "laco/nn.h"
#include "nn/module.h"
#include "nn/recurrent.h"
#include "nn/trace.h"
#include "nn/weight_drop.h"
#include "op/recurrent_saved.h"
#include "tape/tape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct laco_cell {
    laco_layer layer;
    laco_rnn *rnn; /* one layer under torch's cell names */
};

static void release_rnn(laco_layer *layer)
{
    laco_rnn *rnn = (laco_rnn *)layer;
    laco_context *ctx = laco_rnn_context(rnn);
    laco_release(ctx, rnn->weights);
    laco_release(ctx, rnn->packed);
    laco_release(ctx, rnn->memory);
    laco_release(ctx, rnn->mask_streams);
}

static laco_status check_config(laco_context *ctx, const char *name, const laco_rnn_config *config)
{
    const char *wrong = NULL;
    if ((int)config->cell < LACO_CELL_DEFAULT || config->cell > LACO_LSTM)
        wrong = "cell must be LACO_RNN, LACO_GRU or LACO_LSTM";
    else if (config->input_size < 1 || config->input_size > INT32_MAX)
        wrong = "input_size must be at least 1";
    else if (config->hidden_size < 1 || config->hidden_size > INT32_MAX / 8)
        wrong = "hidden_size must be at least 1";
    else if (config->num_layers < 0 || config->num_layers > 1000)
        wrong = "num_layers must be within 1 … 1000 (0: 1)";
    else if (!(config->dropout >= 0 && config->dropout <= 1))
        wrong = "dropout must be within 0 … 1";
    else if (!(config->weight_drop >= 0 && config->weight_drop < 1))
        wrong = "weight_drop must be at least 0 and below 1";
    else if (config->proj_size < 0 || config->proj_size >= config->hidden_size)
        wrong = config->proj_size == 0 ? NULL : "proj_size must be within 1 … hidden_size-1 (0: none)";
    else if (config->proj_size > 0 && config->cell != LACO_LSTM)
        wrong = "proj_size is for LSTM only";
    return wrong ? laco_fail(ctx, LACO_INVALID, "recurrent layer '%s': %s", name, wrong) : LACO_OK;
}

static laco_gate_kind gate_kind(laco_cell_kind cell, laco_nonlinearity nonlinearity)
{
    switch (cell) {
    case LACO_GRU:
        return LACO_GATES_GRU;
    case LACO_LSTM:
        return LACO_GATES_LSTM;
    default:
        return nonlinearity == LACO_RELU ? LACO_GATES_RELU : LACO_GATES_TANH;
    }
}

/* weight_ih + ending, and so on, in torch's order; uniform in ±1/√H. */
static laco_status add_weights(laco_module *module, const char *name, const char *ending, const laco_cell_shape *shape, bool bias,
                               laco_rnn_params *weights)
{
    int64_t rows = laco_cells[shape->kind].gates * shape->H;
    const struct {
        const char *stem;
        laco_param **param;
        int ndim;
        int64_t shape[2];
        bool wanted;
    } list[] = {
        {"weight_ih", &weights->w_ih, 2, {rows, shape->I}, true},
        {"weight_hh", &weights->w_hh, 2, {rows, shape->P}, true},
        {"bias_ih", &weights->b_ih, 1, {rows}, bias},
        {"bias_hh", &weights->b_hh, 1, {rows}, bias},
        {"weight_hr", &weights->w_hr, 2, {shape->P, shape->H}, laco_cell_projects(shape)},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        char suffix[64];
        if (!list[i].wanted)
            continue;
        snprintf(suffix, sizeof suffix, "%s%s", list[i].stem, ending);
        LACO_TRY(laco_layer_param(module, name, suffix, list[i].ndim, list[i].shape, list[i].param));
        (*list[i].param)->matrix = (*list[i].param)->copied = list[i].ndim == 2;
        laco_param_uniform(module, *list[i].param, 1 / sqrt((double)shape->H));
    }
    return LACO_OK;
}

/* `cell`: torch's names for a cell, which has no layers and no directions to tell apart. */
static laco_status build(laco_rnn *rnn, const char *name, const laco_rnn_config *config, bool cell)
{
    laco_module *module = rnn->layer.module;
    rnn->shape = (laco_recurrent_shape){.kind = gate_kind(config->cell, config->nonlinearity),
                                        .I = config->input_size,
                                        .H = config->hidden_size,
                                        .P = config->proj_size ? config->proj_size : config->hidden_size,
                                        .layers = config->num_layers ? config->num_layers : 1,
                                        .directions = config->bidirectional ? 2 : 1};
    rnn->batch_first = config->batch_first;
    rnn->dropout = config->dropout;
    rnn->variational = config->variational;
    rnn->weight_drop = config->weight_drop;
    rnn->recompute_steps = config->recompute_steps;
    size_t passes = (size_t)laco_rnn_passes(rnn);
    rnn->weights = laco_alloc(module->ctx, passes, sizeof *rnn->weights);
    rnn->packed = laco_alloc(module->ctx, passes, sizeof *rnn->packed);
    rnn->mask_streams = laco_alloc(module->ctx, (size_t)rnn->shape.layers, sizeof *rnn->mask_streams);
    if (!rnn->weights || !rnn->packed || !rnn->mask_streams)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < passes; i++) {
        int64_t layer = (int64_t)i / rnn->shape.directions;
        laco_cell_shape shape = laco_recurrent_layer(&rnn->shape, layer);
        char ending[48] = "";
        if (!cell)
            snprintf(ending, sizeof ending, "_l%lld%s", (long long)layer, (int64_t)i % rnn->shape.directions ? "_reverse" : "");
        LACO_TRY(add_weights(module, name, ending, &shape, !config->no_bias, &rnn->weights[i]));
        rnn->weights[i].w_ih->copied = layer > 0; /* the first may get ids, whose columns are read where they lie */
    }
    laco_rnn_drop_packs(&rnn->layer); /* there are none */
    return LACO_OK;
}

static laco_status new_rnn(laco_module *module, const char *name, const laco_rnn_config *config, bool cell, laco_rnn **out)
{
    LACO_TRY(check_config(module->ctx, name, config));
    size_t mark = module->count;
    laco_rnn *rnn = laco_layer_alloc(module, sizeof *rnn, release_rnn);
    if (!rnn)
        return LACO_NO_MEMORY;
    rnn->layer.prepare = laco_rnn_prepare;
    rnn->layer.settle = laco_rnn_settle;
    rnn->layer.drop_packs = laco_rnn_drop_packs;
    laco_status status = build(rnn, name, config, cell);
    if (status < 0) {
        laco_layer_drop(&rnn->layer, mark);
        return status;
    }
    laco_layer_keep(&rnn->layer);
    *out = rnn;
    return LACO_OK;
}

laco_status laco_rnn_new(laco_module *module, const char *name, const laco_rnn_config *config, laco_rnn **out)
{
    return new_rnn(module, name, config, false, out);
}

laco_status laco_cell_new(laco_module *module, const char *name, const laco_cell_config *config, laco_cell **out)
{
    laco_rnn_config layer = {.cell = config->cell,
                             .input_size = config->input_size,
                             .hidden_size = config->hidden_size,
                             .nonlinearity = config->nonlinearity,
                             .no_bias = config->no_bias};
    size_t mark = module->count;
    laco_cell *cell = laco_layer_alloc(module, sizeof *cell, NULL);
    if (!cell)
        return LACO_NO_MEMORY;
    laco_status status = new_rnn(module, name, &layer, true, &cell->rnn);
    if (status < 0) {
        laco_layer_drop(&cell->layer, mark);
        return status;
    }
    laco_layer_keep(&cell->layer);
    *out = cell;
    return LACO_OK;
}

/* One call on the tape: what goes in, what comes out, and what the driver kept. */
typedef struct rnn_record {
    laco_rnn *rnn;
    laco_recurrent_saved *saved;
    laco_weight_drop *drop; /* NULL: whole weights */
    laco_cell_weights *own; /* packed for this call alone; NULL: the layer's */
    laco_var x, h0, c0, output, hn, cn;
    bool looked_up; /* x was not fetched then: something else may have fetched it since */
    int64_t T, B, placed;
} rnn_record;

/* The same weights packed for the way back, where steps may be computed again. */
static laco_status take_weights_back(laco_tape *tape, const rnn_record *r, int64_t first)
{
    if (r->own) {
        bool again = r->saved->chunk < r->saved->steps.T, one_hot = r->looked_up && !r->x->lookup->table;
        if (again)
            LACO_TRY(laco_rnn_pack_aside(&tape->arena, r->rnn, LACO_PACKS_FORWARD, one_hot ? 1 : 0, r->T, r->B, r->own));
        return laco_rnn_pack_aside(&tape->arena, r->rnn, LACO_PACKS_BACK, first, r->T, r->B, r->own);
    }
    if (r->drop) {
        laco_weight_drop_pack(tape->ctx, r->drop);
        return LACO_OK;
    }
    laco_rnn_pack(tape->ctx, r->rnn, LACO_PACK_HIDDEN_BACK, 0, r->T, r->B);
    laco_rnn_pack(tape->ctx, r->rnn, LACO_PACK_INPUT_BACK, first, r->T, r->B);
    return LACO_OK;
}

static laco_status rnn_backward(laco_tape *tape, void *saved)
{
    rnn_record *r = saved;
    if (!r->output->grad && !(r->hn && r->hn->grad) && !(r->cn && r->cn->grad))
        return LACO_OK;
    LACO_TRY(laco_check_trainable(tape->ctx, r->rnn->layer.module));
    if (r->placed != r->rnn->placed) /* what was kept points into packs that are gone */
        return laco_fail(tape->ctx, LACO_INVALID,
                         "a recurrent layer has run in another precision since: its backward pass is lost");
    laco_recurrent_gradients g = {
        .doutput = r->output->grad, .dhn = r->hn ? r->hn->grad : NULL, .dcn = r->cn ? r->cn->grad : NULL};
    struct {
        laco_var var;
        laco_real **grad;
    } wanted[] = {{r->looked_up ? NULL : r->x, &g.dx}, {r->h0, &g.dh0}, {r->c0, &g.dc0}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (wanted[i].var && wanted[i].var->needs_grad && !(*wanted[i].grad = laco_var_gradient(wanted[i].var)))
            return LACO_NO_MEMORY;
    if (r->looked_up && r->x->lookup->table)
        g.dtable = r->x->lookup->table->grad;
    laco_arena_mark mark = laco_arena_save(&tape->arena);
    LACO_TRY(take_weights_back(tape, r, g.dx || g.dtable ? 0 : 1));
    LACO_TRY(laco_recurrent_backward(&tape->arena, r->saved, &g));
    laco_arena_rewind(&tape->arena, mark);
    if (r->drop)
        laco_weight_drop_collect(tape->ctx, r->drop);
    return LACO_OK;
}

/* A state tensor of the wrong shape is refused; NULL passes. */
static bool check_state(laco_tape *tape, const char *what, laco_var state, const int64_t shape[3], int first)
{
    if (!state)
        return true;
    bool same = state->ndim == 3 - first;
    for (int i = first; same && i < 3; i++)
        same = state->shape[i - first] == shape[i];
    if (!same && first == 0)
        laco_tape_refuse(tape, "%s has the wrong shape; [%lld, %lld, %lld] is right (layers × directions, batch, size)", what,
                         (long long)shape[0], (long long)shape[1], (long long)shape[2]);
    else if (!same)
        laco_tape_refuse(tape, "%s has the wrong shape; [%lld, %lld] is right (batch, hidden)", what, (long long)shape[1],
                         (long long)shape[2]);
    return same && laco_tape_ready(tape, state) && laco_var_fetch(state);
}

/* Where the input comes from: numbers, or ids that are looked up. */
static void set_input(laco_recurrent_call *call, laco_var x)
{
    call->x = x->data;
    if (x->data)
        return;
    call->ids = x->lookup->ids;
    call->table = x->lookup->table ? x->lookup->table->value : NULL;
    call->table_size = x->lookup->size;
    call->padding = x->lookup->padding;
}

/* The weights of a call forwards, packed: dropped ones, or the layer's own, in packs that it keeps or that are for this call alone. */
static laco_status take_weights(laco_tape *tape, rnn_record *record, bool training, laco_recurrent_call *call)
{
    laco_rnn *rnn = record->rnn;
    int64_t first = call->x || call->table ? 0 : 1; /* of one-hot rows there is no product */
    if (training && rnn->weight_drop > 0) {
        if (!(record->drop = laco_weight_drop_make(tape, &rnn->shape, rnn->packed, rnn->weight_drop)))
            return tape->status;
        call->weights = record->drop->dropped;
        return LACO_OK;
    }
    if (tape->passing && call->T > 1) { /* step by step, one pack serves many calls */
        if (!(record->own = laco_rnn_copy_weights(&tape->arena, rnn)))
            return LACO_NO_MEMORY;
        call->weights = record->own;
        return laco_rnn_pack_aside(&tape->aside, rnn, LACO_PACKS_FORWARD, first, call->T, call->B, record->own);
    }
    LACO_TRY(laco_rnn_place(rnn));
    laco_rnn_pack(tape->ctx, rnn, LACO_PACK_HIDDEN, 0, call->T, call->B);
    laco_rnn_pack(tape->ctx, rnn, LACO_PACK_INPUT, first, call->T, call->B);
    return LACO_OK;
}

/* Makes the results, runs the driver and records the backward pass. `first`: 1 for a cell, whose states have no layer dimension.
 */
static laco_var run(laco_tape *tape, laco_rnn *rnn, laco_var x, const int32_t *lengths, int64_t T, int64_t B, laco_state *state,
                    int first)
{
    const laco_recurrent_shape *shape = &rnn->shape;
    bool has_c = laco_cells[shape->kind].has_c, training = rnn->layer.module->training;
    int64_t h_shape[3] = {laco_rnn_passes(rnn), B, shape->P}, c_shape[3] = {laco_rnn_passes(rnn), B, shape->H};
    laco_state start = state ? *state : (laco_state){NULL, NULL};
    if (!check_state(tape, "the initial state h", start.h, h_shape, first) ||
        (has_c && !check_state(tape, "the initial state c", start.c, c_shape, first)))
        return NULL;
    laco_var hn = laco_var_new(tape, 3 - first, h_shape + first, true),
             cn = has_c ? laco_var_new(tape, 3 - first, c_shape + first, true) : NULL;
    int64_t y_shape[3] = {rnn->batch_first ? B : T, rnn->batch_first ? T : B, shape->directions * shape->P};
    laco_var output = first ? hn : laco_var_new(tape, 3, y_shape, true);
    laco_real *discarded = first ? laco_arena_alloc(&tape->arena, (size_t)(B * shape->P), sizeof(laco_real)) : NULL;
    rnn_record *record = laco_arena_alloc(&tape->arena, 1, sizeof *record);
    if (!hn || !output || (has_c && !cn) || !record || (first && !discarded))
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    laco_rnn_follow_precision(rnn);
    laco_recurrent_call call = {.shape = *shape,
                                .weights = rnn->packed,
                                .T = T,
                                .B = B,
                                .batch_first = rnn->batch_first,
                                .lengths = lengths,
                                .padding = -1,
                                .h0 = start.h ? start.h->data : NULL,
                                .c0 = has_c && start.c ? start.c->data : NULL,
                                .dropout = training ? rnn->dropout : 0,
                                .variational = rnn->variational,
                                .seed = tape->seed,
                                .mask_streams = rnn->mask_streams,
                                .training = !tape->inference,
                                .output = first ? discarded : output->data,
                                .hn = hn->data,
                                .cn = cn ? cn->data : NULL,
                                .recompute_steps =
                                    rnn->recompute_steps ? rnn->recompute_steps : rnn->layer.module->recompute_steps};
    if (tape->tracing && laco_trace_make(tape, rnn, x, lengths, T, B, &call.trace) < 0)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    set_input(&call, x);
    for (int64_t i = 0; call.dropout > 0 && i + 1 < shape->layers; i++)
        rnn->mask_streams[i] = laco_tape_next_mask(tape);
    *record = (rnn_record){.rnn = rnn,
                           .x = x,
                           .h0 = start.h,
                           .c0 = has_c ? start.c : NULL,
                           .output = output,
                           .hn = first ? NULL : hn,
                           .cn = cn,
                           .looked_up = call.ids != NULL,
                           .T = T,
                           .B = B};
    laco_arena_mark mark = laco_arena_save(&tape->aside);
    laco_status status = take_weights(tape, record, training, &call);
    if (status == LACO_OK)
        status = laco_recurrent_forward(&tape->arena, &call, &record->saved);
    record->placed = rnn->placed;
    laco_arena_rewind(&tape->aside, mark);
    if (status < 0)
        return laco_tape_fail(tape, status);
    if (laco_tape_record(tape, rnn_backward, record) < 0)
        return NULL;
    if (state)
        *state = (laco_state){hn, cn};
    return output;
}

laco_var laco_rnn_apply(laco_tape *tape, laco_rnn *rnn, laco_var x, const int32_t *lengths, laco_state *state)
{
    if (!laco_tape_ready(tape, x))
        return NULL;
    if (x->ndim != 3 || x->shape[2] != rnn->shape.I)
        return laco_tape_refuse(
            tape, "a recurrent layer of input_size %lld takes [%s, %lld]; this input has %d dimensions, the last of %lld",
            (long long)rnn->shape.I, rnn->batch_first ? "batch, time" : "time, batch", (long long)rnn->shape.I, x->ndim,
            (long long)laco_var_columns(x));
    int64_t T = x->shape[rnn->batch_first ? 1 : 0], B = x->shape[rnn->batch_first ? 0 : 1];
    return run(tape, rnn, x, lengths, T, B, state, 0);
}

laco_var laco_cell_step(laco_tape *tape, laco_cell *cell, laco_var x, laco_state *state)
{
    laco_rnn *rnn = cell->rnn;
    if (!laco_tape_ready(tape, x))
        return NULL;
    if (x->ndim != 2 || x->shape[1] != rnn->shape.I)
        return laco_tape_refuse(tape,
                                "a cell of input_size %lld takes [batch, %lld]; this input has %d dimensions, the last of %lld",
                                (long long)rnn->shape.I, (long long)rnn->shape.I, x->ndim, (long long)laco_var_columns(x));
    return run(tape, rnn, x, NULL, 1, x->shape[0], state, 1);
}
