#include "model/network.h"

#include "tape/tape.h"

#include <string.h>

static const char *const cell_names[] = {"rnn", "gru", "lstm", NULL};
static const char *const nonlinearity_names[] = {"tanh", "relu", NULL};

laco_status laco_network_configure(laco_context *ctx, const laco_network_options *options, laco_network_config *config)
{
    int cell = 0;
    while (cell_names[cell] && strcmp(cell_names[cell], options->cell) != 0)
        cell++;
    if (!cell_names[cell])
        return laco_fail(ctx, LACO_INVALID, "cell '%s' is not known: rnn, gru or lstm", options->cell);
    if (options->hidden < 1 || options->hidden > 1 << 20 || options->layers < 1 || options->layers > 1000 || options->embed > 1 << 20)
        return laco_fail(ctx, LACO_INVALID, "hidden %lld, layers %lld, embed %lld: sizes must be at least 1", (long long)options->hidden,
                         (long long)options->layers, (long long)options->embed);
    if (options->dropout >= 1 || options->embed_dropout >= 1 || options->weight_drop >= 1)
        return laco_fail(ctx, LACO_INVALID, "dropout %g, of the embedding %g, of weights %g: each must be below 1", options->dropout,
                         options->embed_dropout, options->weight_drop);
    if (options->tie_weights && options->embed != options->hidden)
        return laco_fail(ctx, LACO_INVALID, "tied weights need an embedding as wide as the hidden layer: embed is %lld, hidden %lld",
                         (long long)LACO_MAX(options->embed, 0), (long long)options->hidden);
    config->cell = (laco_cell_kind)cell;
    config->nonlinearity = options->nonlinearity;
    config->embed = options->embed > 0 ? options->embed : 0;
    config->hidden = options->hidden;
    config->layers = options->layers;
    config->directions = options->directions == 2 ? 2 : 1;
    config->dropout = options->dropout > 0 ? options->dropout : 0;
    config->embed_dropout = options->embed_dropout == 0 ? config->dropout : LACO_MAX(options->embed_dropout, 0);
    config->variational = options->variational;
    config->weight_drop = LACO_MAX(options->weight_drop, 0);
    config->tied = options->tie_weights;
    return LACO_OK;
}

laco_status laco_network_new(laco_module *module, const laco_network_config *config, laco_network *out)
{
    laco_network network = {.config = *config};
    laco_rnn_config rnn = {.cell = config->cell, .input_size = config->embed ? config->embed : config->inputs, .hidden_size = config->hidden,
                           .num_layers = config->layers, .nonlinearity = config->nonlinearity, .bidirectional = config->directions == 2,
                           .dropout = config->dropout, .variational = config->variational, .weight_drop = config->weight_drop};
    if (config->embed)
        LACO_TRY(laco_embedding_new(module, "embedding", config->inputs, config->embed, -1, &network.embedding));
    LACO_TRY(laco_rnn_new(module, "rnn", &rnn, &network.rnn));
    if (config->tied)
        LACO_TRY(laco_linear_tied(module, "linear", laco_embedding_weight(network.embedding), false, &network.linear));
    else
        LACO_TRY(laco_linear_new(module, "linear", config->directions * config->hidden, config->outputs, false, &network.linear));
    *out = network;
    return LACO_OK;
}

json_t *laco_network_to_json(const laco_network_config *config)
{
    json_t *object = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:i, s:I, s:f}", "cell", cell_names[config->cell], "nonlinearity",
                               nonlinearity_names[config->nonlinearity], "inputs", (json_int_t)config->inputs, "embed",
                               (json_int_t)config->embed, "hidden", (json_int_t)config->hidden, "layers", (json_int_t)config->layers,
                               "directions", config->directions, "outputs", (json_int_t)config->outputs, "dropout", config->dropout);
    if (object && config->tied && json_object_set_new(object, "tied", json_true()) < 0) {
        json_decref(object);
        object = NULL;
    }
    return object;
}

static laco_status read_members(laco_context *ctx, const laco_tensor_file *file, const json_t *object, laco_network_config *config)
{
    const struct {
        const char *key;
        int64_t low, high, *out;
    } integers[] = {
        {"inputs", 1, INT32_MAX, &config->inputs}, {"embed", 0, 1 << 20, &config->embed},    {"hidden", 1, 1 << 20, &config->hidden},
        {"layers", 1, 1000, &config->layers},      {"outputs", 1, INT32_MAX, &config->outputs},
    };
    int cell, nonlinearity;
    int64_t directions;
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        LACO_TRY(laco_meta_integer(ctx, file, object, integers[i].key, integers[i].low, integers[i].high, integers[i].out));
    LACO_TRY(laco_meta_integer(ctx, file, object, "directions", 1, 2, &directions));
    LACO_TRY(laco_meta_real(ctx, file, object, "dropout", 0, 1, &config->dropout));
    LACO_TRY(laco_meta_choice(ctx, file, object, "cell", cell_names, &cell));
    LACO_TRY(laco_meta_choice(ctx, file, object, "nonlinearity", nonlinearity_names, &nonlinearity));
    config->cell = (laco_cell_kind)cell;
    config->nonlinearity = (laco_nonlinearity)nonlinearity;
    config->directions = (int)directions;
    config->tied = json_is_true(json_object_get(object, "tied"));
    if (config->tied && (config->embed != config->hidden || config->directions != 1 || config->inputs != config->outputs))
        return laco_fail(ctx, LACO_FORMAT, "%s: 'tied' in the metadata needs embed to equal hidden, inputs to equal outputs, and one direction",
                         laco_tensor_file_name(file));
    return LACO_OK;
}

/* A hostile file may ask for a network of any size: its weights would have to be in the file, so check before building. */
static laco_status check_presence(laco_context *ctx, const laco_tensor_file *file, const laco_network_config *config)
{
    const laco_tensor_entry *hh = laco_tensor_file_find(file, "rnn.weight_hh_l0"), *embedding = laco_tensor_file_find(file, "embedding.weight");
    const laco_tensor_entry *linear = laco_tensor_file_find(file, config->tied ? "embedding.weight" : "linear.weight"), *ih = laco_tensor_file_find(file, "rnn.weight_ih_l0");
    size_t tensors = (size_t)(config->layers * config->directions) * 4;
    bool fits = hh && ih && linear && hh->ndim == 2 && hh->shape[1] == config->hidden && ih->ndim == 2 && linear->ndim == 2 &&
                linear->shape[0] == config->outputs && ih->shape[1] == (config->embed ? config->embed : config->inputs) &&
                tensors <= laco_tensor_file_count(file);
    if (fits && config->embed)
        fits = embedding && embedding->ndim == 2 && embedding->shape[0] == config->inputs && embedding->shape[1] == config->embed;
    return fits ? LACO_OK
                : laco_fail(ctx, LACO_FORMAT, "%s: the tensors do not have the sizes that metadata 'laco.network' states",
                            laco_tensor_file_name(file));
}

laco_status laco_network_from_json(laco_context *ctx, const laco_tensor_file *file, laco_network_config *out)
{
    json_t *object;
    laco_network_config config = {0};
    LACO_TRY(laco_meta_parse(ctx, file, "laco.network", &object));
    laco_status status = read_members(ctx, file, object, &config);
    json_decref(object);
    LACO_TRY(status);
    LACO_TRY(check_presence(ctx, file, &config));
    *out = config;
    return LACO_OK;
}

laco_var laco_network_hidden(laco_tape *tape, const laco_network *network, const int32_t *ids, int64_t T, int64_t B, const int32_t *lengths,
                             laco_state *state, bool training)
{
    const laco_network_config *config = &network->config;
    laco_var x;
    if (T == 0) { /* an empty look-up has no rows; say so with a shape */
        int64_t shape[3] = {0, B, config->embed ? config->embed : config->inputs};
        x = laco_var_new(tape, 3, shape, false);
    } else {
        x = network->embedding ? laco_embedding_apply(tape, network->embedding, ids, T, B) : laco_one_hot(tape, ids, T, B, config->inputs);
    }
    if (network->embedding && config->embed_dropout > 0)
        x = (config->variational ? laco_variational_dropout : laco_dropout)(tape, x, config->embed_dropout, training);
    return laco_rnn_apply(tape, network->rnn, x, lengths, state);
}

laco_var laco_network_last(laco_tape *tape, const laco_network *network, const laco_state *state)
{
    int D = network->config.directions;
    int64_t first = (network->config.layers - 1) * D;
    laco_var ends[2] = {laco_select(tape, state->h, first), NULL};
    if (D == 1)
        return ends[0];
    ends[1] = laco_select(tape, state->h, first + 1);
    return laco_concat(tape, ends, 2);
}
