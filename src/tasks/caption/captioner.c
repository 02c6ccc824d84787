#include "caption/captioner.h"

#include "model/network.h"
#include "nn/module.h"
#include "tape/tape.h"

static laco_status make_layers(laco_model *base)
{
    laco_captioner *model = (laco_captioner *)base;
    const laco_captioner_config *c = &model->config;
    laco_module *module = base->module;
    int64_t width = c->mlp ? c->hidden : c->directions * c->hidden;
    if (c->mlp)
        LACO_TRY(laco_mlp_new(
            module,
            &(laco_mlp_config){.in = model->input.numbers, .hidden = c->hidden, .layers = c->layers, .dropout = c->dropout},
            &model->layers));
    else
        LACO_TRY(laco_rnn_new(module, "encoder",
                              &(laco_rnn_config){.cell = c->cell,
                                                 .input_size = laco_captioner_input_width(&model->input),
                                                 .hidden_size = c->hidden,
                                                 .num_layers = c->layers,
                                                 .bidirectional = c->directions == 2,
                                                 .dropout = c->dropout},
                              &model->encoder));
    laco_decoder_config decoder = {.cell = c->cell,
                                   .outputs = c->outputs,
                                   .embed = c->embed,
                                   .hidden = c->hidden,
                                   .layers = c->layers,
                                   .attention = c->attention,
                                   .memory_size = c->attention > LACO_ATTENTION_NONE ? width : 0,
                                   .bridge = width,
                                   .dropout = c->dropout};
    return laco_decoder_new(module, "decoder", &decoder, &model->decoder);
}

laco_status laco_captioner_new(laco_context *ctx, uint64_t seed, const laco_captioner_config *config, laco_captioner_input *input,
                               laco_vocabulary *vocabulary, laco_captioner **out)
{
    laco_captioner *model = laco_alloc(ctx, 1, sizeof *model);
    if (!model) {
        laco_captioner_input_free(ctx, input);
        laco_vocabulary_free(vocabulary);
        return LACO_NO_MEMORY;
    }
    model->base = (laco_model){.ctx = ctx, .task = &laco_task_caption};
    model->config = *config;
    model->input = *input;
    model->vocabulary = vocabulary;
    *input = (laco_captioner_input){0};
    laco_status status = laco_model_make(&model->base, seed, NULL);
    if (status == LACO_OK)
        *out = model;
    else
        laco_model_free(&model->base);
    return status;
}

laco_status laco_captioner_encode(laco_tape *tape, laco_captioner *model, const laco_batch *batch, const laco_warp *warp,
                                  laco_state *state, laco_memory *memory)
{
    const laco_captioner_config *c = &model->config;
    const int32_t *lengths;
    bool training = model->base.module->training;
    laco_state last = {NULL, NULL};
    laco_var x = laco_captioner_input_read(tape, &model->input, batch, warp, &lengths), vector;
    *memory = (laco_memory){0};
    if (c->mlp) {
        vector = laco_mlp_apply(tape, &model->layers, laco_select(tape, x, 0), training); /* all numbers are in one step */
        return laco_decoder_begin(tape, model->decoder, vector, state);
    }
    laco_var hidden = laco_rnn_apply(tape, model->encoder, x, lengths, &last);
    if (!hidden)
        return laco_tape_status(tape);
    vector = laco_last_states(tape, last.h, c->layers, c->directions);
    if (c->attention > LACO_ATTENTION_NONE)
        LACO_TRY(laco_decoder_look_at(tape, model->decoder, hidden, lengths, memory));
    return laco_decoder_begin(tape, model->decoder, laco_dropout(tape, vector, c->dropout, training), state);
}

static laco_status open_captioner(laco_model *base)
{
    laco_arena_init(&((laco_captioner *)base)->texts, base->ctx);
    return LACO_OK;
}

static void close_captioner(laco_model *base)
{
    laco_captioner *model = (laco_captioner *)base;
    laco_tape_free(model->tape);
    laco_tape_free(model->steps);
    laco_arena_free(&model->texts);
}

static void release_captioner(laco_model *base)
{
    laco_captioner *model = (laco_captioner *)base;

    laco_vocabulary_free(model->vocabulary);
    laco_captioner_input_free(base->ctx, &model->input);
}

static void data_of(const laco_model *base, laco_data_config *out)
{
    const laco_captioner_input *input = &((const laco_captioner *)base)->input;
    out->captioned = (laco_captioned_config){.kind = input->kind, .features = input->features, .numbers = input->numbers};
}

const laco_task laco_task_caption = {
    .name = "caption",
    .table = &laco_caption_table,
    .metadata = &laco_captioner_metadata,
    .make = make_layers,
    .data = data_of,
    .options = laco_caption_options_of,
    .release = release_captioner,
    .scratch = offsetof(laco_captioner, tape),
    .open = open_captioner,
    .close = close_captioner,
};
