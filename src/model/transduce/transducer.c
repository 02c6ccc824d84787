#include "model/transduce/transducer.h"

#include "model/network.h"
#include "model/text_meta.h"
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
    laco_arena_init(&model->texts, ctx);
    laco_status status = laco_module_new(ctx, seed, &model->base.module);
    for (int64_t m = 0; m < config->members && status == LACO_OK; m++)
        status = add_member(model, m);
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

laco_status laco_transducer_read(laco_tape *tape, laco_transducer *model, const int32_t *ids, int64_t T, int64_t B,
                                 const int32_t *lengths, laco_writer *writers, laco_var *frames)
{
    const laco_transducer_config *c = &model->config;
    bool training = model->base.module->training;
    for (int64_t m = 0; m < c->members; m++) {
        const laco_transducer_member *member = &model->member[m];
        laco_writer *writer = &writers[m];
        laco_state last = {NULL, NULL};
        laco_var x = laco_embedding_apply(tape, member->embedding, ids, T, B);
        laco_var read = laco_rnn_apply(tape, member->encoder, x, lengths, &last);
        laco_var values = laco_dropout(tape, read, c->dropout, training);
        writer->decoder = member->decoder;
        laco_var ends = values ? laco_last_states(tape, last.h, c->layers, c->directions) : NULL;
        LACO_TRY(laco_decoder_begin(tape, writer->decoder, ends, &writer->state));
        LACO_TRY(laco_decoder_look_at(tape, writer->decoder, values, lengths, &writer->memory));
        if (frames)
            frames[m] = member->ctc ? read_frames(tape, c, member->ctc, values, T, B) : NULL;
    }
    return laco_tape_status(tape);
}

int64_t laco_transducer_most(const laco_transducer *model, int64_t length)
{
    const laco_transducer_config *c = &model->config;
    return 2 * c->longest_target * LACO_MAX(1, (length + c->longest_source - 1) / c->longest_source);
}

/* ---- The file ----------------------------------------------------------------------------------------------------------- */

static const char *const cell_names[] = {"rnn", "gru", "lstm", NULL};

static json_t *network_to_json(const laco_transducer_config *c)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:i, s:s, s:f, s:I, s:I, s:I, s:I, s:f}", "cell", cell_names[c->cell], "hidden",
                     (json_int_t)c->hidden, "layers", (json_int_t)c->layers, "decoder_layers", (json_int_t)c->decoder_layers,
                     "embed", (json_int_t)c->embed, "directions", c->directions, "attention",
                     laco_attention_names()[c->attention], "dropout", c->dropout, "inputs", (json_int_t)c->inputs, "outputs",
                     (json_int_t)c->outputs, "members", (json_int_t)c->members, "ctc_steps", (json_int_t)c->ctc_steps,
                     "ctc_weight", c->ctc_weight);
}

static json_t *pairs_to_json(const laco_transducer_config *c)
{
    return json_pack("{s:s, s:s, s:I, s:I}", "source", laco_token_kind_names[c->source - 1], "target",
                     laco_token_kind_names[c->target - 1], "longest_source", (json_int_t)c->longest_source, "longest_target",
                     (json_int_t)c->longest_target);
}

static laco_status save_transducer(laco_model *base, laco_tensor_writer *writer)
{
    laco_transducer *model = (laco_transducer *)base;
    json_t *vocabulary;
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.network", network_to_json(&model->config)));
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.pairs", pairs_to_json(&model->config)));
    LACO_TRY(laco_vocabulary_to_json(base->ctx, model->sources, &vocabulary));
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.source_vocabulary", vocabulary));
    return laco_vocabulary_to_file(base->ctx, model->targets, writer);
}

static int describe_transducer(laco_model *base, json_t *into)
{
    laco_transducer *model = (laco_transducer *)base;
    return json_object_update_new(into, json_pack("{s:o, s:o, s:o, s:o}", "network", network_to_json(&model->config), "pairs",
                                                  pairs_to_json(&model->config), "source_vocabulary",
                                                  laco_vocabulary_describe(model->sources), "vocabulary",
                                                  laco_vocabulary_describe(model->targets)));
}

static laco_status read_network(laco_context *ctx, const laco_tensor_file *file, const json_t *object, laco_transducer_config *c)
{
    const struct {
        const char *key;
        int64_t low, high, *out;
    } integers[] = {
        {"hidden", 1, 1 << 16, &c->hidden},   {"layers", 1, 1000, &c->layers},        {"embed", 1, 1 << 16, &c->embed},
        {"inputs", 1, INT32_MAX, &c->inputs}, {"outputs", 1, INT32_MAX, &c->outputs},
    };
    int cell, attention;
    int64_t directions;
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        LACO_TRY(laco_meta_integer(ctx, file, object, integers[i].key, integers[i].low, integers[i].high, integers[i].out));
    LACO_TRY(laco_meta_integer(ctx, file, object, "directions", 1, 2, &directions));
    c->members = 1; /* in files from before ensembles, decoders with layers of their own, and CTC */
    c->decoder_layers = c->layers;
    c->ctc_steps = 0;
    c->ctc_weight = 0;
    if (json_object_get(object, "members"))
        LACO_TRY(laco_meta_integer(ctx, file, object, "members", 1, LACO_MEMBERS, &c->members));
    if (json_object_get(object, "decoder_layers"))
        LACO_TRY(laco_meta_integer(ctx, file, object, "decoder_layers", 1, 1000, &c->decoder_layers));
    if (json_object_get(object, "ctc_steps")) {
        LACO_TRY(laco_meta_integer(ctx, file, object, "ctc_steps", 0, LACO_TRANSDUCE_CTC_STEPS, &c->ctc_steps));
        LACO_TRY(laco_meta_real(ctx, file, object, "ctc_weight", 0, 1000, &c->ctc_weight));
    }
    LACO_TRY(laco_meta_real(ctx, file, object, "dropout", 0, 0.999, &c->dropout));
    LACO_TRY(laco_meta_choice(ctx, file, object, "cell", cell_names, &cell));
    LACO_TRY(laco_meta_choice(ctx, file, object, "attention", laco_attention_names(), &attention));
    c->cell = (laco_cell_kind)cell;
    c->attention = (laco_attention_kind)attention;
    c->directions = (int)directions;
    return LACO_OK;
}

static laco_status read_pairs(laco_context *ctx, const laco_tensor_file *file, const json_t *object, laco_transducer_config *c)
{
    int source, target;
    LACO_TRY(laco_meta_choice(ctx, file, object, "source", laco_token_kind_names, &source));
    LACO_TRY(laco_meta_choice(ctx, file, object, "target", laco_token_kind_names, &target));
    LACO_TRY(laco_meta_integer(ctx, file, object, "longest_source", 1, 1 << 20, &c->longest_source));
    LACO_TRY(laco_meta_integer(ctx, file, object, "longest_target", 1, 1 << 20, &c->longest_target));
    c->source = (laco_token_kind)(source + 1);
    c->target = (laco_token_kind)(target + 1);
    return LACO_OK;
}

static laco_status read_config(laco_context *ctx, const laco_tensor_file *file, laco_transducer_config *c)
{
    json_t *network, *pairs;
    LACO_TRY(laco_meta_parse(ctx, file, "laco.network", &network));
    laco_status status = read_network(ctx, file, network, c);
    json_decref(network);
    LACO_TRY(status);
    LACO_TRY(laco_meta_parse(ctx, file, "laco.pairs", &pairs));
    status = read_pairs(ctx, file, pairs, c);
    json_decref(pairs);
    return status;
}

static bool has_member(const laco_tensor_file *file, const laco_transducer_config *c, int64_t m)
{
    const struct {
        const char *layer;
        int64_t rows, columns; /* 0: any */
    } tensors[] = {
        {"embedding.weight", c->inputs, c->embed},
        {"encoder.weight_hh_l0", 0, c->hidden},
        {"decoder.embedding.weight", c->outputs, c->embed},
        {"decoder.bridge_h.weight", c->decoder_layers * c->hidden, c->directions * c->hidden},
        {"ctc.weight", c->ctc_steps * c->outputs, c->directions * c->hidden}, /* the last: where there is one */
    };
    bool fits = true;
    for (size_t i = 0; fits && i < sizeof tensors / sizeof *tensors - (c->ctc_steps == 0); i++) {
        const laco_tensor_entry *entry = laco_tensor_file_find(file, laco_member_name(m, tensors[i].layer).text);
        fits = entry && entry->ndim == 2 && (tensors[i].rows == 0 || entry->shape[0] == tensors[i].rows) &&
               entry->shape[1] == tensors[i].columns;
    }
    return fits;
}

/* A hostile file may ask for a network of any size: its weights would have to be in the file, so check before building. */
static laco_status check_presence(laco_context *ctx, const laco_tensor_file *file, const laco_transducer_config *c)
{
    bool fits = (size_t)(c->members * (c->layers * c->directions + c->decoder_layers)) * 4 <= laco_tensor_file_count(file);
    for (int64_t m = 0; fits && m < c->members; m++)
        fits = has_member(file, c, m);
    return fits ? LACO_OK
                : laco_fail(ctx, LACO_FORMAT, "%s: the tensors do not have the sizes that metadata 'laco.network' states",
                            laco_tensor_file_name(file));
}

static laco_status build_transducer(laco_context *ctx, const laco_tensor_file *file, laco_model **out)
{
    laco_transducer_config config;
    laco_vocabulary *sources, *targets;
    laco_transducer *model;
    LACO_TRY(read_config(ctx, file, &config));
    LACO_TRY(check_presence(ctx, file, &config));
    LACO_TRY(laco_vocabulary_from_key(ctx, file, "laco.source_vocabulary", &sources));
    laco_status status = laco_vocabulary_from_file(ctx, file, &targets);
    if (status < 0) {
        laco_vocabulary_free(sources);
        return status;
    }
    if (config.inputs != laco_vocabulary_size(sources) || config.outputs != laco_vocabulary_size(targets)) {
        status = laco_fail(ctx, LACO_FORMAT, "%s: a network of %lld inputs and %lld outputs for vocabularies of %d and %d",
                           laco_tensor_file_name(file), (long long)config.inputs, (long long)config.outputs,
                           (int)laco_vocabulary_size(sources), (int)laco_vocabulary_size(targets));
        laco_vocabulary_free(sources);
        laco_vocabulary_free(targets);
        return status;
    }
    LACO_TRY(laco_transducer_new(ctx, 0, &config, sources, targets, &model));
    *out = &model->base;
    return LACO_OK;
}

const laco_task laco_task_transduce = {
    .name = "transduce",
    .build = build_transducer,
    .save = save_transducer,
    .describe = describe_transducer,
    .release = release_transducer,
    .size = sizeof(laco_transducer),
    .scratch = offsetof(laco_transducer, tape),
    .open = open_transducer,
    .close = close_transducer,
};
