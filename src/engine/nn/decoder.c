/* The recurrent decoder: embedding, recurrent layers, attention behind them, output layer; and the bridge to its first state. */
#include "nn/decoder.h"

#include "base/random.h"
#include "nn/attention.h"
#include "nn/module.h"
#include "nn/operation.h"

#include <stdio.h>
#include <string.h>

struct laco_decoder {
    laco_layer layer;
    laco_decoder_config config;
    laco_embedding *embedding;
    laco_rnn *rnn;
    laco_attention *attention;        /* NULL: none */
    laco_linear *combine, *output;    /* combine: NULL without attention */
    laco_linear *bridge_h, *bridge_c; /* NULL: zeros; c for an LSTM */
};

static laco_status check(laco_module *module, const char *name, const laco_decoder_config *config)
{
    laco_context *ctx = module->ctx;
    if (config->outputs < 1 || config->hidden < 1 || config->layers < 1 || config->embed < 1 || config->bridge < 0)
        return laco_fail(
            ctx, LACO_INVALID, "decoder '%s': %lld tokens, embed %lld, hidden %lld, layers %lld; each must be at least 1", name,
            (long long)config->outputs, (long long)config->embed, (long long)config->hidden, (long long)config->layers);
    if (config->hidden > 1 << 20 || config->layers > 1000)
        return laco_fail(ctx, LACO_INVALID, "decoder '%s': hidden %lld and layers %lld; at most %d and 1000 are right", name,
                         (long long)config->hidden, (long long)config->layers, 1 << 20);
    if (config->attention > LACO_ATTENTION_NONE && config->memory_size < 1)
        return laco_fail(ctx, LACO_INVALID, "decoder '%s': attention over a memory of width %lld; at least 1 is right", name,
                         (long long)config->memory_size);
    if (strlen(name) > 200)
        return laco_fail(ctx, LACO_INVALID, "decoder '%.40s…': the name is longer than 200 bytes", name);
    return LACO_OK;
}

typedef struct decoder_name {
    char text[256];
} decoder_name;

static decoder_name part(const char *name, const char *suffix)
{
    decoder_name full;
    snprintf(full.text, sizeof full.text, "%.200s%s%.40s", name, name[0] ? "." : "", suffix);
    return full;
}

static laco_status make_layers(laco_decoder *decoder, const char *name)
{
    const laco_decoder_config *c = &decoder->config;
    laco_module *module = decoder->layer.module;
    laco_rnn_config rnn = {
        .cell = c->cell, .input_size = c->embed, .hidden_size = c->hidden, .num_layers = c->layers, .dropout = c->dropout};
    laco_attention_config attention = {.kind = c->attention, .query_size = c->hidden, .memory_size = c->memory_size};
    int64_t states = c->layers * c->hidden;
    if (c->bridge > 0)
        LACO_TRY(laco_linear_new(module, part(name, "bridge_h").text, c->bridge, states, false, &decoder->bridge_h));
    if (c->bridge > 0 && c->cell == LACO_LSTM)
        LACO_TRY(laco_linear_new(module, part(name, "bridge_c").text, c->bridge, states, false, &decoder->bridge_c));
    LACO_TRY(laco_embedding_new(module, part(name, "embedding").text, c->outputs, c->embed, -1, &decoder->embedding));
    LACO_TRY(laco_rnn_new(module, part(name, "rnn").text, &rnn, &decoder->rnn));
    if (c->attention > LACO_ATTENTION_NONE) {
        LACO_TRY(laco_attention_new(module, part(name, "attention").text, &attention, &decoder->attention));
        LACO_TRY(
            laco_linear_new(module, part(name, "combine").text, c->hidden + c->memory_size, c->hidden, false, &decoder->combine));
    }
    return laco_linear_new(module, part(name, "output").text, c->hidden, c->outputs, false, &decoder->output);
}

laco_status laco_decoder_new(laco_module *module, const char *name, const laco_decoder_config *config, laco_decoder **out)
{
    laco_decoder_config full = *config;
    full.embed = full.embed ? full.embed : full.hidden;
    full.layers = full.layers ? full.layers : 1;
    full.embed_dropout = full.embed_dropout == 0 ? full.dropout : LACO_MAX(full.embed_dropout, 0);
    LACO_TRY(check(module, name, &full));
    laco_decoder *decoder = laco_layer_alloc(module, sizeof *decoder, NULL);
    if (!decoder)
        return LACO_NO_MEMORY;
    laco_layer_keep(&decoder->layer);
    decoder->config = full;
    LACO_TRY(make_layers(decoder, name));
    *out = decoder;
    return LACO_OK;
}

/* tanh of a bridge, [B][L·H], as [L][B][H]. */
static laco_var first_state(laco_tape *tape, const laco_decoder *decoder, laco_linear *bridge, laco_var vector)
{
    int64_t L = decoder->config.layers, H = decoder->config.hidden;
    laco_var flat = laco_tanh(tape, laco_linear_apply(tape, bridge, vector));
    laco_var *layer = flat ? laco_arena_alloc(&tape->arena, (size_t)L, sizeof(laco_var)) : NULL;
    if (!layer)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    for (int64_t l = 0; l < L; l++)
        layer[l] = laco_columns(tape, flat, l * H, (l + 1) * H);
    return laco_stack(tape, layer, L);
}

laco_status laco_decoder_begin(laco_tape *tape, laco_decoder *decoder, laco_var vector, laco_state *state)
{
    laco_state first = {NULL, NULL};
    if (decoder->bridge_h)
        first.h = first_state(tape, decoder, decoder->bridge_h, vector);
    if (decoder->bridge_c && first.h)
        first.c = first_state(tape, decoder, decoder->bridge_c, vector);
    if (laco_tape_status(tape) == LACO_OK)
        *state = first;
    return laco_tape_status(tape);
}

laco_status laco_decoder_look_at(laco_tape *tape, laco_decoder *decoder, laco_var values, const int32_t *lengths,
                                 laco_memory *memory)
{
    laco_memory seen = {.values = values, .lengths = lengths};
    if (decoder->attention)
        seen.keys = laco_attention_keys(tape, decoder->attention, values);
    if (laco_tape_status(tape) == LACO_OK)
        *memory = seen;
    return laco_tape_status(tape);
}

laco_var laco_decoder_apply(laco_tape *tape, laco_decoder *decoder, const int32_t *ids, int64_t T, int64_t B,
                            const int32_t *lengths, const laco_memory *memory, laco_state *state, laco_var *weights)
{
    bool training = decoder->layer.module->training;
    double p = decoder->config.dropout;
    laco_var x = laco_embedding_apply(tape, decoder->embedding, ids, T, B);
    laco_var h =
        laco_rnn_apply(tape, decoder->rnn, laco_dropout(tape, x, decoder->config.embed_dropout, training), lengths, state);
    if (decoder->attention && !memory)
        return laco_tape_refuse(tape, "decoder: attention needs a memory to look at");
    if (decoder->attention) {
        laco_var both[2] = {h, laco_attention_apply(tape, decoder->attention, h, memory, weights)};
        h = laco_tanh(tape, laco_linear_apply(tape, decoder->combine, laco_concat(tape, both, 2)));
    }
    return laco_linear_apply(tape, decoder->output, laco_dropout(tape, h, p, training));
}

static int32_t largest(const laco_real *row, int64_t n)
{
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        best = row[i] > row[best] ? i : best;
    return (int32_t)best;
}

void laco_decoder_mix(laco_var logits, double p, uint64_t seed, uint64_t step, int32_t *ids)
{
    const laco_real *data = laco_var_data(logits);
    int64_t T = laco_var_dim(logits, 0), B = laco_var_dim(logits, 1), V = laco_var_dim(logits, 2);
    laco_rng rng = {.seed = seed, .stream = laco_random_stream("scheduled sampling") ^ step};
    for (int64_t t = 1; data && t < T; t++)
        for (int64_t b = 0; b < B; b++)
            if (laco_rng_uniform(&rng) < p)
                ids[t * B + b] = largest(data + ((t - 1) * B + b) * V, V);
}
