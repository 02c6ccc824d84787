#include "transduce/transducer.h"

#include "model/network.h"
#include "model/text_meta.h"
#include "nn/attention.h"
#include "nn/module.h"
#include "tape/tape.h"

#include <string.h>

static laco_status open_transducer(laco_model *base)
{
    laco_arena_init(&((laco_transducer *)base)->texts, base->ctx);
    return LACO_OK;
}

static void close_transducer(laco_model *base)
{
    laco_transducer *model = (laco_transducer *)base;
    laco_tape_free(model->tape);
    laco_tape_free(model->steps);
    laco_arena_free(&model->texts);
}

static void release_transducer(laco_model *base)
{
    laco_transducer *model = (laco_transducer *)base;
    laco_vocabulary_free(model->sources);
    laco_vocabulary_free(model->targets);
}

/* Parameters embedding.weight, encoder.…, ctc.…, decoder.…; of member m > 0 member_m.embedding.weight and so on. */
static laco_status add_member(laco_transducer *model, int64_t m)
{
    laco_transducer_member *member = &model->member[m];
    const laco_transducer_config *c = &model->config;
    laco_module *module = model->base.module;
    int64_t width = c->directions * c->hidden;
    laco_rnn_config encoder = {.cell = c->cell,
                               .input_size = c->embed,
                               .hidden_size = c->hidden,
                               .num_layers = c->layers,
                               .bidirectional = c->directions == 2,
                               .dropout = c->dropout};
    laco_decoder_config decoder = {.cell = c->cell,
                                   .outputs = c->outputs,
                                   .embed = c->embed,
                                   .hidden = c->hidden,
                                   .layers = c->decoder_layers,
                                   .attention = c->attention,
                                   .memory_size = width,
                                   .bridge = width,
                                   .dropout = c->dropout,
                                   .embed_dropout = -1};
    LACO_TRY(laco_embedding_new(module, laco_member_name(m, "embedding").text, c->inputs, c->embed, -1, &member->embedding));
    LACO_TRY(laco_rnn_new(module, laco_member_name(m, "encoder").text, &encoder, &member->encoder));
    if (c->ctc_steps > 0)
        LACO_TRY(laco_linear_new(module, laco_member_name(m, "ctc").text, width, c->ctc_steps * c->outputs, false, &member->ctc));
    return laco_decoder_new(module, laco_member_name(m, "decoder").text, &decoder, &member->decoder);
}

static laco_status make_layers(laco_model *base)
{
    laco_transducer *model = (laco_transducer *)base;
    for (int64_t m = 0; m < model->config.ensemble; m++)
        LACO_TRY(add_member(model, m));
    return LACO_OK;
}

laco_status laco_transducer_new(laco_context *ctx, uint64_t seed, const laco_transducer_config *config, laco_vocabulary *sources,
                                laco_vocabulary *targets, laco_transducer **out)
{
    laco_transducer *model = laco_alloc(ctx, 1, sizeof *model);
    if (!model) {
        laco_vocabulary_free(sources);
        laco_vocabulary_free(targets);
        return LACO_NO_MEMORY;
    }
    model->base = (laco_model){.ctx = ctx, .task = &laco_task_transduce};
    model->config = *config;
    model->sources = sources;
    model->targets = targets;
    laco_status status = laco_model_make(&model->base, seed, NULL);
    if (status == LACO_OK)
        *out = model;
    else
        laco_model_free(&model->base);
    return status;
}

/* What CTC reads: each step of the encoder as ctc_steps steps, [T·R][B][V]. */
static laco_var read_frames(laco_tape *tape, const laco_transducer_config *c, laco_linear *ctc, laco_var values, int64_t T,
                            int64_t B)
{
    int64_t R = c->ctc_steps, shape[2] = {T * B * R, c->outputs};
    laco_var scores = laco_reshape(tape, laco_linear_apply(tape, ctc, values), 2, shape);
    int32_t *row = laco_arena_alloc(&tape->arena, (size_t)shape[0], sizeof *row);
    if (!row)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    for (int64_t t = 0; t < T; t++)
        for (int64_t r = 0; r < R; r++)
            for (int64_t b = 0; b < B; b++)
                row[(t * R + r) * B + b] = (int32_t)((t * B + b) * R + r);
    return laco_log_softmax(tape, laco_gather(tape, scores, row, T * R, B));
}

laco_status laco_transducer_read_member(laco_tape *tape, laco_transducer *model, int64_t m, const int32_t *ids, int64_t T,
                                        int64_t B, const int32_t *lengths, laco_decoding *writer, laco_var *frames)
{
    const laco_transducer_config *c = &model->config;
    const laco_transducer_member *member = &model->member[m];
    laco_state last = {NULL, NULL};
    laco_var x = laco_embedding_apply(tape, member->embedding, ids, T, B);
    laco_var read = laco_rnn_apply(tape, member->encoder, x, lengths, &last);
    laco_var values = laco_dropout(tape, read, c->dropout, model->base.module->training);
    writer->decoder = member->decoder;
    laco_var ends = values ? laco_last_states(tape, last.h, c->layers, c->directions) : NULL;
    LACO_TRY(laco_decoder_begin(tape, writer->decoder, ends, &writer->state));
    LACO_TRY(laco_decoder_look_at(tape, writer->decoder, values, lengths, &writer->memory));
    if (frames)
        *frames = member->ctc ? read_frames(tape, c, member->ctc, values, T, B) : NULL;
    return laco_tape_status(tape);
}

laco_status laco_transducer_read(laco_tape *tape, laco_transducer *model, const int32_t *ids, int64_t T, int64_t B,
                                 const int32_t *lengths, laco_decoding *writers, laco_var *frames)
{
    for (int64_t m = 0; m < model->config.ensemble; m++)
        LACO_TRY(laco_transducer_read_member(tape, model, m, ids, T, B, lengths, &writers[m], frames ? &frames[m] : NULL));
    return laco_tape_status(tape);
}

int64_t laco_transducer_most(const laco_transducer *model, int64_t length)
{
    const laco_transducer_config *c = &model->config;
    int64_t most = 2 * c->longest_target * LACO_MAX(1, (length + c->longest_source - 1) / c->longest_source);
    return LACO_MIN(most, LACO_LONGEST_ANSWER);
}

/* ---- The file ----------------------------------------------------------------------------------------------------------- */

#define AT(member) LACO_MEMBER(laco_transducer_config, member)

static const laco_field network_rows[] = {
    {.key = "cell", &laco_field_cell, AT(cell)},
    {.key = "hidden", &laco_field_integer, AT(hidden), 1, 1 << 20},
    {.key = "layers", &laco_field_integer, AT(layers), 1, 1000},
    {.key = "decoder_layers", &laco_field_integer, AT(decoder_layers), 1, 1000, .optional = true},
    {.key = "embed", &laco_field_integer, AT(embed), 1, 1 << 20},
    {.key = "directions", &laco_field_integer, AT(directions), 1, 2},
    {.key = "attention",
     &laco_field_choice,
     AT(attention),
     LACO_ATTENTION_NONE,
     LACO_ATTENTION_ADDITIVE,
     .names = laco_attention_kind_names},
    {.key = "dropout", &laco_field_real, AT(dropout), 0, 0.999},
    {.key = "inputs", &laco_field_integer, AT(inputs), 1, INT32_MAX},
    {.key = "outputs", &laco_field_integer, AT(outputs), 1, INT32_MAX},
    {.key = "members", &laco_field_integer, AT(ensemble), 1, LACO_MOST_ENSEMBLE, .optional = true},
    {.key = "ctc_steps", &laco_field_integer, AT(ctc_steps), 0, LACO_TRANSDUCE_CTC_STEPS, .optional = true},
    {.key = "ctc_weight", &laco_field_real, AT(ctc_weight), 0, 1000, .optional = true},
};

static const laco_field pairs_rows[] = {
    {.key = "source", &laco_field_choice, AT(source), LACO_TOKENS_CHAR, LACO_TOKENS_JAMO, .names = laco_token_kind_names},
    {.key = "target", &laco_field_choice, AT(target), LACO_TOKENS_CHAR, LACO_TOKENS_WORD, .names = laco_token_kind_names},
    {.key = "longest_source", &laco_field_integer, AT(longest_source), 1, 1 << 20},
    {.key = "longest_target", &laco_field_integer, AT(longest_target), 1, 1 << 20},
};

/* In files from before ensembles, decoders with layers of their own, and CTC. */
static void prepare_network(void *object) { ((laco_transducer_config *)object)->ensemble = 1; }

static laco_status check_network(const laco_meta *meta, void *object)
{
    laco_transducer_config *c = object;
    (void)meta;
    if (c->decoder_layers == 0)
        c->decoder_layers = c->layers;
    return LACO_OK;
}

static const laco_fields network_fields = {LACO_FIELDS(laco_transducer_config, network_rows), .prepare = prepare_network,
                                           .check = check_network};
static const laco_fields pairs_fields = {LACO_FIELDS(laco_transducer_config, pairs_rows)};

#undef AT
#define AT(member) LACO_MEMBER(laco_transducer, member)

static const laco_field rows[] = {
    {.key = "laco.network", &laco_field_object, AT(config), .of = &network_fields},
    {.key = "laco.pairs", &laco_field_object, AT(config), .of = &pairs_fields},
    {.key = "laco.source_vocabulary", &laco_field_vocabulary, AT(sources)},
    {.key = "laco.vocabulary", &laco_field_vocabulary, AT(targets)},
};

static laco_status check(const laco_meta *meta, void *object)
{
    const laco_transducer *model = object;
    const laco_transducer_config *c = &model->config;
    if (c->inputs != laco_vocabulary_size(model->sources) || c->outputs != laco_vocabulary_size(model->targets))
        return laco_fail(meta->ctx, LACO_FORMAT, "%s: a network of %lld inputs and %lld outputs for vocabularies of %d and %d",
                         meta->name, (long long)c->inputs, (long long)c->outputs, (int)laco_vocabulary_size(model->sources),
                         (int)laco_vocabulary_size(model->targets));
    return LACO_OK;
}

static const laco_fields metadata = {LACO_FIELDS(laco_transducer, rows), .check = check};

const laco_task laco_task_transduce = {
    .name = "transduce",
    .table = &laco_transduce_table,
    .metadata = &metadata,
    .make = make_layers,
    .options = laco_transduce_options_of,
    .release = release_transducer,
    .scratch = offsetof(laco_transducer, tape),
    .open = open_transducer,
    .close = close_transducer,
};
