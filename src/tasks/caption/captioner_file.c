/* A captioner's metadata in the model file. */
#include "caption/captioner.h"
#include "model/network.h"
#include "model/text_meta.h"
#include "nn/attention.h"

static const char *const encoder_names[] = {"recurrent", "mlp", NULL};

#define AT(member) LACO_MEMBER(laco_captioner_config, member)

static const laco_field network_rows[] = {
    {.key = "encoder", &laco_field_choice, AT(mlp), false, true, .names = encoder_names},
    {.key = "cell", &laco_field_cell, AT(cell)},
    {.key = "hidden", &laco_field_integer, AT(hidden), 1, 1 << 20},
    {.key = "layers", &laco_field_integer, AT(layers), 1, 1000},
    {.key = "directions", &laco_field_integer, AT(directions), 1, 2},
    {.key = "dropout", &laco_field_real, AT(dropout), 0, 0.999},
    {.key = "embed", &laco_field_integer, AT(embed), 1, 1 << 20},
    {.key = "outputs", &laco_field_integer, AT(outputs), 2, INT32_MAX},
    {.key = "attention",
     &laco_field_choice,
     AT(attention),
     LACO_ATTENTION_NONE,
     LACO_ATTENTION_ADDITIVE,
     .names = laco_attention_kind_names},
    {.key = "units", &laco_field_choice, AT(tokens), LACO_TOKENS_CHAR, LACO_TOKENS_WORD, .names = laco_token_kind_names},
    {.key = "longest", &laco_field_integer, AT(longest), 1, 1 << 20},
};

static laco_status check_network(const laco_meta *meta, void *object)
{
    const laco_captioner_config *c = object;
    if (c->mlp && c->layers > LACO_DEEPEST)
        return laco_meta_wrong(meta, "layers", "at most %d of an mlp", LACO_DEEPEST);
    if (c->mlp && c->directions != 1)
        return laco_meta_wrong(meta, "directions", "1 of an mlp");
    return c->mlp && c->attention > LACO_ATTENTION_NONE
               ? laco_fail(meta->ctx, LACO_FORMAT, "%s: attention over an mlp, which has no steps to look at", meta->name)
               : LACO_OK;
}

static const laco_fields network_fields = {LACO_FIELDS(laco_captioner_config, network_rows), .check = check_network};

#undef AT
#define AT(member) LACO_MEMBER(laco_captioner, member)

static const laco_field rows[] = {
    {.key = "laco.network", &laco_field_object, AT(config), .of = &network_fields},
    {.key = "laco.numbers", &laco_field_object, AT(input), .of = &laco_captioner_input_fields},
    {.key = "laco.vocabulary", &laco_field_vocabulary, AT(vocabulary)},
};

static laco_status check(const laco_meta *meta, void *object)
{
    const laco_captioner *model = object;
    const laco_captioner_input *input = &model->input;
    if (laco_vocabulary_size(model->vocabulary) != model->config.outputs)
        return laco_fail(meta->ctx, LACO_FORMAT, "%s: the network writes %lld tokens; the vocabulary holds %d", meta->name,
                         (long long)model->config.outputs, (int)laco_vocabulary_size(model->vocabulary));
    if (model->config.mlp && input->columns * input->features != input->numbers)
        return laco_meta_wrong(meta, "columns", "those of all numbers, for an mlp");
    return LACO_OK;
}

const laco_fields laco_captioner_metadata = {LACO_FIELDS(laco_captioner, rows), .check = check};
