#include "generate/language.h"

#include "model/text_meta.h"
#include "nn/module.h"
#include "nn/embedding.h"

#include <math.h>

static void close_language(laco_model *base) { laco_tape_free(((laco_language *)base)->tape); }

static void release_language(laco_model *base)
{
    laco_language *model = (laco_language *)base;
    laco_vocabulary_free(model->vocabulary);
}

/* A line end, else a space, else the most frequent token. */
static int32_t start_token(const laco_vocabulary *vocabulary)
{
    int32_t id = laco_vocabulary_id(vocabulary, "\n", 1);
    if (id == LACO_UNKNOWN)
        id = laco_vocabulary_id(vocabulary, " ", 1);
    return id == LACO_UNKNOWN && laco_vocabulary_size(vocabulary) > 1 ? 1 : id;
}

/* Rows of a tied embedding are an output layer's too, where values around 1 would be far too certain: ±1/√H as other weights. */
static void scale_tied(laco_network *network)
{
    laco_param *weight = laco_embedding_weight(network->embedding);
    for (int64_t i = 0; i < weight->count; i++)
        weight->value[i] *= (laco_real)(1 / sqrt((double)weight->shape[1]));
    laco_param_changed(weight);
}

static laco_status make_layers(laco_model *base)
{
    laco_language *model = (laco_language *)base;
    model->start = start_token(model->vocabulary);
    LACO_TRY(laco_network_new(base->module, &model->network.config, &model->network));
    if (model->network.config.tied)
        scale_tied(&model->network);
    return LACO_OK;
}

laco_status laco_language_new(laco_context *ctx, uint64_t seed, const laco_network_config *network, const laco_text_config *text,
                              laco_vocabulary *vocabulary, laco_language **out)
{
    laco_language *model = laco_alloc(ctx, 1, sizeof *model);
    if (!model) {
        laco_vocabulary_free(vocabulary);
        return LACO_NO_MEMORY;
    }
    model->base = (laco_model){.ctx = ctx, .task = &laco_task_generate};
    model->vocabulary = vocabulary;
    model->text = *text;
    model->network.config = *network;
    laco_status status = laco_model_make(&model->base, seed, NULL);
    if (status == LACO_OK)
        *out = model;
    else
        laco_model_free(&model->base);
    return status;
}

laco_status laco_as_language(laco_model *model, const char *wanted, laco_language **out)
{
    if (model->task != &laco_task_generate)
        return laco_fail(model->ctx, LACO_INVALID, "a model trained to %s cannot %s", model->task->name, wanted);
    *out = (laco_language *)model;
    return LACO_OK;
}

/* ---- Running ------------------------------------------------------------------------------------------------------------ */

laco_var laco_language_logits(laco_tape *tape, laco_language *model, const int32_t *ids, int64_t T, int64_t B, laco_state *state,
                              bool training)
{
    laco_var hidden = laco_network_hidden(tape, &model->network, ids, T, B, NULL, state, training);
    return laco_network_outputs(tape, &model->network, hidden, training);
}

laco_status laco_language_step(laco_language *model, const int32_t *ids, int64_t T, laco_rnn_state *carry, const laco_real **out)
{
    if (!model->tape)
        LACO_TRY(laco_tape_new(model->base.ctx, &(laco_tape_config){.inference = true}, &model->tape));
    laco_tape *tape = model->tape;
    laco_tape_reset(tape);
    laco_module_set_training(model->base.module, false);
    laco_state state = laco_rnn_state_begin(tape, carry);
    laco_var scores = laco_log_softmax(tape, laco_language_logits(tape, model, ids, T, carry->h_shape[1], &state, false));
    if (!scores)
        return laco_tape_status(tape);
    LACO_TRY(laco_model_check_answers(model->base.ctx, laco_var_data(scores), laco_var_size(scores), 0, false));
    laco_rnn_state_end(carry, &state);
    *out = laco_var_data(scores);
    return LACO_OK;
}

/* ---- The file ----------------------------------------------------------------------------------------------------------- */

#define AT(member) LACO_MEMBER(laco_language, member)

static const laco_field rows[] = {
    {.key = "laco.network", &laco_field_object, AT(network.config), .of = &laco_network_forward_fields},
    {.key = "laco.text", &laco_field_object, AT(text), .of = &laco_text_fields},
    {.key = "laco.vocabulary", &laco_field_vocabulary, AT(vocabulary)},
};

static laco_status check(const laco_meta *meta, void *object)
{
    const laco_language *model = object;
    const laco_network_config *config = &model->network.config;
    int32_t V = laco_vocabulary_size(model->vocabulary);
    if (config->inputs != V || config->outputs != V || config->directions != 1)
        return laco_fail(meta->ctx, LACO_FORMAT,
                         "%s: a network of %lld inputs, %lld outputs and %d directions for a vocabulary of %d", meta->name,
                         (long long)config->inputs, (long long)config->outputs, config->directions, (int)V);
    return LACO_OK;
}

static const laco_fields metadata = {LACO_FIELDS(laco_language, rows), .check = check};

static void data_of(const laco_model *base, laco_data_config *out) { out->text = ((const laco_language *)base)->text; }

const laco_task laco_task_generate = {
    .name = "generate",
    .table = &laco_generate_table,
    .metadata = &metadata,
    .make = make_layers,
    .data = data_of,
    .options = laco_generate_options_of,
    .release = release_language,
    .scratch = offsetof(laco_language, tape),
    .close = close_language,
    .stream = &laco_generate_stream,
};
