/* A tagger's metadata in the model file. */
#include "model/network.h"
#include "tag/tagger.h"
#include "model/text_meta.h"

static const char *const form_names[] = {"auto", "conllu", "columns", "tsv", "lines", "text", NULL};

#define AT(member) LACO_MEMBER(laco_tagger_config, member)

static const laco_field network_rows[] = {
    {.key = "cell", &laco_field_cell, AT(cell), .count = AT(mlp)},
    {.key = "nonlinearity", &laco_field_choice, AT(nonlinearity), LACO_TANH, LACO_RELU, .names = laco_nonlinearity_names},
    {.key = "hidden", &laco_field_integer, AT(hidden), 1, 1 << 20},
    {.key = "layers", &laco_field_integer, AT(layers), 1, 1000},
    {.key = "directions", &laco_field_integer, AT(directions), 1, 2},
    {.key = "window", &laco_field_integer, AT(window), 1, 1000},
    {.key = "dropout", &laco_field_real, AT(dropout), 0, 1},
    {.key = "weight_drop", &laco_field_real, AT(weight_drop), 0, 0.999},
    {.key = "inputs", &laco_field_integer, AT(words), 1, INT32_MAX},
    {.key = "embed", &laco_field_integer, AT(embed), 1, 1 << 20},
    {.key = "letters", &laco_field_integer, AT(letters), 1, INT32_MAX},
    {.key = "letter_embed", &laco_field_integer, AT(letter_embed), 1, 1 << 20},
    {.key = "letter_hidden", &laco_field_integer, AT(letter_hidden), 0, 1 << 20},
    {.key = "outputs", &laco_field_integer, AT(outputs), 1, 1 << 15},
    {.key = "crf", &laco_field_boolean, AT(crf), .optional = true},
    {.key = "constrained", &laco_field_boolean, AT(constrained), .optional = true},
    {.key = "context", &laco_field_integer, AT(context), 0, LACO_TAGGER_CONTEXT, .optional = true},
    {.key = "members", &laco_field_integer, AT(ensemble), 1, LACO_MOST_ENSEMBLE, .optional = true},
};

static void prepare_network(void *object) { ((laco_tagger_config *)object)->ensemble = 1; }

static laco_status check_network(const laco_meta *meta, void *object)
{
    const laco_tagger_config *c = object;
    if (c->mlp && c->layers > LACO_DEEPEST)
        return laco_meta_wrong(meta, "layers", "at most %d of an mlp", LACO_DEEPEST);
    return c->constrained && !c->crf ? laco_meta_wrong(meta, "constrained", "false without a crf") : LACO_OK;
}

static const laco_fields network_fields = {LACO_FIELDS(laco_tagger_config, network_rows), .prepare = prepare_network,
                                           .check = check_network};

/* ---- All of it ---------------------------------------------------------------------------------------------------------- */

static laco_status put_tokeniser(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    return laco_meta_give(meta, laco_tokeniser_to_json(*(laco_tokeniser *const *)laco_member_at(object, field->at)), out);
}

static laco_status get_tokeniser(const laco_meta *meta, const laco_field *field, const json_t *value, void *object)
{
    laco_status status = laco_tokeniser_from_json(meta->ctx, value, laco_member_of(object, field->at));
    if (status == LACO_FORMAT)
        laco_set_error(meta->ctx, "%s: %s", meta->name, laco_error(meta->ctx));
    return status;
}

static const laco_codec tokeniser = {put_tokeniser, get_tokeniser};

static bool has_tokeniser(const void *model) { return ((const laco_tagger *)model)->tokeniser != NULL; }

#undef AT
#define AT(member) LACO_MEMBER(laco_tagger, member)

static const laco_field data_rows[] = {
    {.key = "form", &laco_field_choice, AT(form), LACO_TAGGED_AUTO, LACO_TAGGED_TEXT, .names = form_names},
    {.key = "column", &laco_field_string, AT(column)},
};

static const laco_fields data_fields = {LACO_FIELDS(laco_tagger, data_rows)};

static const laco_field rows[] = {
    {.key = "laco.network", &laco_field_object, AT(config), .of = &network_fields},
    {.key = "laco.data", &laco_field_object, {0, sizeof(laco_tagger)}, .of = &data_fields},
    {.key = "laco.labels", &laco_field_strings, AT(tags), .count = AT(config.outputs)},
    {.key = "laco.tokeniser", &tokeniser, AT(tokeniser), .optional = true, .kept = has_tokeniser, .hidden = true},
    {.key = "laco.letters", &laco_field_vocabulary, AT(letters), .hidden = true},
    {.key = "laco.vocabulary", &laco_field_vocabulary, AT(words)},
};

static laco_status check(const laco_meta *meta, void *object)
{
    const laco_tagger *model = object;
    const laco_tagger_config *c = &model->config;
    if (laco_vocabulary_size(model->words) != c->words || laco_vocabulary_size(model->letters) != c->letters)
        return laco_fail(meta->ctx, LACO_FORMAT,
                         "%s: the network reads %lld words and %lld letters; the vocabularies hold %d and %d", meta->name,
                         (long long)c->words, (long long)c->letters, (int)laco_vocabulary_size(model->words),
                         (int)laco_vocabulary_size(model->letters));
    return LACO_OK;
}

const laco_fields laco_tagger_metadata = {LACO_FIELDS(laco_tagger, rows), .check = check};
