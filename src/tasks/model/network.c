#include "model/network.h"

#include "tape/tape.h"
#include "nn/embedding.h"
#include "nn/recurrent.h"

#include <string.h>

laco_status laco_network_configure(laco_context *ctx, const laco_network_options *options, laco_network_config *config)
{
    bool mlp = options->cell == LACO_MLP;
    bool may_be_mlp = config->summary || config->forward;
    if (options->cell < LACO_RNN || options->cell > (may_be_mlp ? LACO_MLP : LACO_LSTM))
        return laco_fail(ctx, LACO_INVALID, "cell %d is not known: LACO_RNN, LACO_GRU%s is right", (int)options->cell,
                         may_be_mlp ? ", LACO_LSTM or LACO_MLP" : " or LACO_LSTM");
    if (options->window > 0 && !mlp)
        return laco_fail(ctx, LACO_INVALID, "a window of %lld steps is only for cell mlp", (long long)options->window);
    if (mlp && (options->window > LACO_WIDEST_WINDOW || (options->window < 1 && config->forward)))
        return laco_fail(ctx, LACO_INVALID, "a window of %lld steps: an mlp sees 1 to %d at once", (long long)options->window,
                         LACO_WIDEST_WINDOW);
    if (options->nonlinearity != LACO_NONLINEARITY_DEFAULT && options->nonlinearity != LACO_TANH && options->cell != LACO_RNN)
        return laco_fail(ctx, LACO_INVALID, "a nonlinearity is chosen for cell rnn alone; cell %s has its own",
                         laco_cell_name(options->cell));
    if (options->hidden < 1 || options->hidden > 1 << 20 || options->layers < 1 || options->layers > 1000 ||
        options->embed > 1 << 20)
        return laco_fail(ctx, LACO_INVALID, "hidden %lld, layers %lld, embed %lld: sizes must be at least 1",
                         (long long)options->hidden, (long long)options->layers, (long long)options->embed);
    if (options->dropout >= 1 || options->embed_dropout >= 1 || options->weight_drop >= 1)
        return laco_fail(ctx, LACO_INVALID, "dropout %g, of the embedding %g, of weights %g: each must be below 1",
                         options->dropout, options->embed_dropout, options->weight_drop);
    if (options->tie_weights && options->embed != options->hidden)
        return laco_fail(ctx, LACO_INVALID,
                         "tied weights need an embedding as wide as the hidden layer: embed is %lld, hidden %lld",
                         (long long)LACO_MAX(options->embed, 0), (long long)options->hidden);
    config->mlp = mlp;
    config->window = options->window;
    config->pool = options->pool;
    config->cell = mlp ? LACO_RNN : options->cell;
    config->nonlinearity = options->nonlinearity == LACO_RELU ? LACO_RELU : LACO_TANH;
    config->embed = options->embed > 0 ? options->embed : 0;
    config->hidden = options->hidden;
    config->layers = options->layers;
    config->directions = options->directions == 2 && !config->mlp ? 2 : 1;
    config->dropout = options->dropout > 0 ? options->dropout : 0;
    config->embed_dropout = options->embed_dropout == 0 ? config->dropout : LACO_MAX(options->embed_dropout, 0);
    config->variational = options->variational;
    config->weight_drop = LACO_MAX(options->weight_drop, 0);
    config->tied = options->tie_weights;
    return LACO_OK;
}

void laco_network_options_of(const laco_network_config *c, laco_network_options *options)
{
    *options =
        (laco_network_options){.cell = c->mlp ? LACO_MLP : c->cell,
                               .nonlinearity = c->cell == LACO_RNN && !c->mlp ? c->nonlinearity : LACO_NONLINEARITY_DEFAULT,
                               .hidden = c->hidden,
                               .layers = c->layers,
                               .embed = c->embed > 0 ? c->embed : LACO_OFF,
                               .dropout = c->dropout > 0 ? c->dropout : LACO_OFF,
                               .directions = c->mlp ? 0 : c->directions,
                               .pool = c->summary && !(c->mlp && c->window == 0) ? c->pool : LACO_POOL_DEFAULT,
                               .window = c->mlp ? c->window : 0,
                               .tie_weights = c->tied};
}

void laco_network_keep(const laco_network_config *kept, laco_network_config *config)
{
    laco_network_config out = *kept;
    out.inputs = config->inputs;
    out.outputs = config->outputs;
    out.dropout = config->dropout;
    out.embed_dropout = config->embed_dropout;
    out.weight_drop = config->weight_drop;
    out.variational = config->variational;
    *config = out;
}

laco_status laco_network_check_mlp(laco_context *ctx, const laco_network_options *options)
{
    if (options->cell != LACO_MLP || (options->directions == 0 && options->weight_drop <= 0))
        return LACO_OK;
    return laco_fail(ctx, LACO_INVALID, "an mlp has no memory: %s for recurrent cells",
                     options->directions != 0 ? "reading both ways, or one, is" : "dropped recurrent weights are");
}

int64_t laco_network_step_size(const laco_network_config *config)
{
    return (config->embed ? config->embed : config->inputs) + (config->positions > 0 ? LACO_POSITION_SIZE : 0);
}

laco_status laco_network_new(laco_module *module, const laco_network_config *config, laco_network *out)
{
    laco_network network = {.config = *config};
    laco_rnn_config rnn = {.cell = config->cell,
                           .input_size = laco_network_step_size(config),
                           .hidden_size = config->hidden,
                           .num_layers = config->layers,
                           .nonlinearity = config->nonlinearity,
                           .bidirectional = config->directions == 2,
                           .dropout = config->dropout,
                           .variational = config->variational,
                           .weight_drop = config->weight_drop};
    if (config->embed)
        LACO_TRY(laco_embedding_new(module, "embedding", config->inputs, config->embed, -1, &network.embedding));
    if (config->positions)
        LACO_TRY(laco_embedding_new(module, "position", config->positions, LACO_POSITION_SIZE, -1, &network.position));
    if (config->mlp) {
        int64_t steps = config->window > 0 ? config->window : config->longest;
        laco_mlp_config mlp = {.in = steps * rnn.input_size,
                               .hidden = config->hidden,
                               .layers = config->layers,
                               .dropout = config->dropout,
                               .variational = config->variational};
        LACO_TRY(laco_mlp_new(module, &mlp, &network.mlp));
    } else {
        LACO_TRY(laco_rnn_new(module, "rnn", &rnn, &network.rnn));
    }
    int64_t width = config->summary ? laco_network_pooled_size(config) : config->directions * config->hidden;
    if (config->tied)
        LACO_TRY(laco_linear_tied(module, "linear", laco_embedding_weight(network.embedding), false, &network.linear));
    else
        LACO_TRY(laco_linear_new(module, "linear", width, config->outputs, false, &network.linear));
    *out = network;
    return LACO_OK;
}

laco_var laco_network_read(laco_tape *tape, const laco_network *network, const int32_t *ids, int64_t T, int64_t B, bool training)
{
    const laco_network_config *config = &network->config;
    laco_var x;
    if (T == 0) { /* an empty look-up has no rows; say so with a shape */
        int64_t shape[3] = {0, B, config->embed ? config->embed : config->inputs};
        x = laco_var_new(tape, 3, shape, false);
    } else {
        x = network->embedding ? laco_embedding_apply(tape, network->embedding, ids, T, B)
                               : laco_one_hot(tape, ids, T, B, config->inputs);
    }
    if (network->embedding && config->embed_dropout > 0)
        x = (config->variational ? laco_variational_dropout : laco_dropout)(tape, x, config->embed_dropout, training);
    return x;
}

laco_var laco_network_hidden(laco_tape *tape, const laco_network *network, const int32_t *ids, int64_t T, int64_t B,
                             const int32_t *lengths, laco_state *state, bool training)
{
    return laco_network_layers(tape, network, laco_network_read(tape, network, ids, T, B, training), lengths, state, training);
}

/* ---- Forwards ----------------------------------------------------------------------------------------------------------- */

laco_status laco_network_state_new(laco_context *ctx, const laco_network *network, int64_t rows, laco_rnn_state *out)
{
    const laco_network_config *config = &network->config;
    if (config->mlp)
        return laco_rnn_state_sized(ctx, config->window - 1, rows, laco_network_step_size(config), 0, out);
    return laco_rnn_state_new(ctx, network->rnn, rows, out);
}

laco_var laco_network_layers(laco_tape *tape, const laco_network *network, laco_var x, const int32_t *lengths, laco_state *state,
                             bool training)
{
    if (!network->config.mlp)
        return laco_rnn_apply(tape, network->rnn, x, lengths, state);
    x = laco_window_behind(tape, x, state ? &state->h : NULL, network->config.window);
    return x ? laco_mlp_apply(tape, &network->mlp, x, training) : NULL;
}

/* Dropout stands between recurrent layers, and behind each of an mlp. */
laco_var laco_network_outputs(laco_tape *tape, const laco_network *network, laco_var hidden, bool training)
{
    const laco_network_config *config = &network->config;
    if (!config->mlp)
        hidden = (config->variational ? laco_variational_dropout : laco_dropout)(tape, hidden, config->dropout, training);
    return laco_linear_apply(tape, network->linear, hidden);
}
