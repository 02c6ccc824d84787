#include "tag/tagger.h"

#include "tag/bio.h"
#include "nn/module.h"
#include "tape/tape.h"
#include "nn/embedding.h"

#include <string.h>

static void close_tagger(laco_model *base) { laco_tape_free(((laco_tagger *)base)->tape); }

static void release_tagger(laco_model *base)
{
    laco_tagger *model = (laco_tagger *)base;
    laco_context *ctx = base->ctx;
    laco_vocabulary_free(model->words);
    laco_vocabulary_free(model->letters);
    laco_tokeniser_free(model->tokeniser);
    for (int64_t k = 0; model->tags && k < model->config.outputs; k++)
        laco_release(ctx, model->tags[k]);
    laco_release(ctx, model->tags);
    laco_release(ctx, model->column);
    laco_release(ctx, model->forbidden);
}

/* ---- Layers ------------------------------------------------------------------------------------------------------------- */

/* The rows that laco_embedding_new makes, of variance 1, would drown what the letters say. */
static void shrink(laco_embedding *embedding)
{
    laco_param *weight = laco_embedding_weight(embedding);
    for (int64_t i = 0; i < weight->count; i++)
        weight->value[i] *= (laco_real)LACO_TAGGER_SPREAD;
    laco_param_changed(weight);
}

/* Parameters word_embedding.weight, letter_embedding.weight, letter_rnn.…: returns the size of a word's features in *size. */
static laco_status add_features(laco_tagger *model, int64_t m, int64_t *size)
{
    const laco_tagger_config *config = &model->config;
    laco_tagger_member *member = &model->member[m];
    laco_module *module = model->base.module;
    LACO_TRY(laco_embedding_new(module, laco_member_name(m, "word_embedding").text, config->words, config->embed, -1,
                                &member->word_embedding));
    shrink(member->word_embedding);
    *size = config->embed;
    if (config->letter_hidden == 0)
        return LACO_OK;
    laco_rnn_config rnn = {
        .cell = LACO_LSTM, .input_size = config->letter_embed, .hidden_size = config->letter_hidden, .bidirectional = true};
    LACO_TRY(laco_embedding_new(module, laco_member_name(m, "letter_embedding").text, config->letters, config->letter_embed, -1,
                                &member->letter_embedding));
    shrink(member->letter_embedding);
    *size += 2 * config->letter_hidden;
    return laco_rnn_new(module, laco_member_name(m, "letter_rnn").text, &rnn, &member->letter_rnn);
}

static laco_status add_mlp(laco_tagger *model, int64_t m, int64_t features)
{
    const laco_tagger_config *config = &model->config;
    laco_mlp_config mlp = {.in = features * config->window,
                           .hidden = config->hidden,
                           .layers = config->layers,
                           .dropout = config->dropout,
                           .variational = true,
                           .member = m};
    return laco_mlp_new(model->base.module, &mlp, &model->member[m].mlp);
}

static laco_status add_member(laco_tagger *model, int64_t m)
{
    const laco_tagger_config *config = &model->config;
    laco_module *module = model->base.module;
    int64_t features, width = config->mlp ? config->hidden : config->directions * config->hidden;
    laco_tagger_member *member = &model->member[m];
    LACO_TRY(add_features(model, m, &features));
    laco_rnn_config rnn = {.cell = config->cell,
                           .input_size = features,
                           .hidden_size = config->hidden,
                           .num_layers = config->layers,
                           .nonlinearity = config->nonlinearity,
                           .bidirectional = config->directions == 2,
                           .dropout = config->dropout,
                           .variational = true,
                           .weight_drop = config->weight_drop};
    LACO_TRY(config->mlp ? add_mlp(model, m, features)
                         : laco_rnn_new(module, laco_member_name(m, "rnn").text, &rnn, &member->rnn));
    return laco_linear_new(module, laco_member_name(m, "linear").text, width, config->outputs, false, &member->linear);
}

/* What cannot follow what in answers: I-TYPE that does not go on with an entity. */
static laco_status forbid(laco_tagger *model)
{
    size_t K = (size_t)model->config.outputs;
    if (!model->config.constrained)
        return LACO_OK;
    if (!(model->forbidden = laco_alloc(model->base.ctx, K + 1, K * sizeof *model->forbidden)))
        return LACO_NO_MEMORY;
    for (size_t before = 0; before <= K; before++)
        for (size_t k = 0; k < K; k++)
            model->forbidden[before * K + k] = !laco_bio_may_follow(before > 0 ? model->tags[before - 1] : NULL, model->tags[k]);
    return LACO_OK;
}

static laco_status make_layers(laco_model *base)
{
    laco_tagger *model = (laco_tagger *)base;
    for (int64_t m = 0; m < model->config.ensemble; m++)
        LACO_TRY(add_member(model, m));
    if (model->config.crf)
        LACO_TRY(laco_crf_new(base->module, "crf", model->config.outputs, &model->crf));
    return forbid(model);
}

static laco_status copy_texts(laco_tagger *model, const char *const *tags, const char *column)
{
    laco_context *ctx = model->base.ctx;
    size_t K = (size_t)model->config.outputs;
    if (!(model->tags = laco_alloc(ctx, K + 1, sizeof *model->tags)) ||
        !(model->column = laco_copy_string(ctx, column ? column : "")))
        return LACO_NO_MEMORY;
    for (size_t k = 0; k < K; k++)
        if (!(model->tags[k] = laco_copy_string(ctx, tags[k])))
            return LACO_NO_MEMORY;
    return LACO_OK;
}

laco_status laco_tagger_new(laco_context *ctx, uint64_t seed, const laco_tagger_config *config, laco_vocabulary *words,
                            laco_vocabulary *letters, const char *const *tags, laco_tagged_form form, const char *column,
                            laco_tagger **out)
{
    laco_tagger *model = laco_alloc(ctx, 1, sizeof *model);
    if (!model) {
        laco_vocabulary_free(words);
        laco_vocabulary_free(letters);
        return LACO_NO_MEMORY;
    }
    model->base = (laco_model){.ctx = ctx, .task = &laco_task_tag};
    model->config = *config;
    model->words = words;
    model->letters = letters;
    model->form = form;
    laco_status status = copy_texts(model, tags, column);
    if (status == LACO_OK)
        status = laco_model_make(&model->base, seed, NULL);
    if (status == LACO_OK)
        *out = model;
    else
        laco_model_free(&model->base);
    return status;
}

static const char *const *labels_of(const laco_model *base, int *count)
{
    const laco_tagger *model = (const laco_tagger *)base;
    *count = (int)model->config.outputs;
    return (const char *const *)model->tags;
}

static void data_of(const laco_model *base, laco_data_config *out)
{
    const laco_tagger *model = (const laco_tagger *)base;
    out->tagged = (laco_tagged_config){.column = *model->column ? model->column : NULL,
                                       .column_form = model->form,
                                       .labels = (const char *const *)model->tags,
                                       .label_count = (int)model->config.outputs,
                                       .tokeniser = model->tokeniser};
}

const laco_task laco_task_tag = {
    .name = "tag",
    .table = &laco_tag_table,
    .metadata = &laco_tagger_metadata,
    .make = make_layers,
    .labels = labels_of,
    .data = data_of,
    .options = laco_tag_options_of,
    .release = release_tagger,
    .scratch = offsetof(laco_tagger, tape),
    .close = close_tagger,
    .stream = &laco_tag_stream,
};

/* ---- Scores ------------------------------------------------------------------------------------------------------------- */

static laco_var drop(laco_tape *tape, const laco_tagger *model, laco_var x, bool training)
{
    return laco_variational_dropout(tape, x, model->config.dropout, training);
}

/* The features of the words `offset` places behind each word; zeros beyond the sentence. */
static laco_var shifted(laco_tape *tape, laco_var features, const int32_t *rows, const laco_batch *batch, int64_t offset)
{
    int64_t T = batch->steps, B = batch->rows;
    int32_t *index = laco_arena_alloc(&tape->arena, (size_t)(T * B), sizeof *index);
    if (!index)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    for (int64_t t = 0; t < T; t++)
        for (int64_t b = 0; b < B; b++)
            index[t * B + b] = t + offset >= 0 && t + offset < T ? rows[(t + offset) * B + b] : -1;
    return laco_gather(tape, features, index, T, B);
}

/* `window` words side by side, the word itself in the middle (of an even number: one more before it). */
static laco_var window(laco_tape *tape, laco_var features, const int32_t *rows, const laco_batch *batch, int64_t count)
{
    laco_var *parts = laco_arena_alloc(&tape->arena, (size_t)count, sizeof *parts);
    if (!parts)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    for (int64_t i = 0; i < count; i++)
        parts[i] = shifted(tape, features, rows, batch, i - count / 2);
    return laco_concat(tape, parts, (int)count);
}

laco_var laco_tagger_hidden(laco_tape *tape, laco_tagger *model, int64_t m, laco_lexicon *lexicon, const laco_batch *batch,
                            const laco_word_drop *words)
{
    const int32_t *rows;
    const laco_tagger_member *member = &model->member[m];
    bool training = words != NULL;
    laco_var features = laco_tagger_features(tape, model, m, lexicon, batch, words, &rows);
    if (!features)
        return NULL;
    laco_var x = model->config.mlp ? window(tape, features, rows, batch, model->config.window)
                                   : laco_gather(tape, features, rows, batch->steps, batch->rows);
    x = drop(tape, model, x, training);
    if (model->config.mlp)
        return laco_mlp_apply(tape, &member->mlp, x, training);
    return drop(tape, model, laco_rnn_apply(tape, member->rnn, x, batch->lengths, NULL), training);
}

laco_var laco_tagger_scores(laco_tape *tape, laco_tagger *model, laco_lexicon *lexicon, const laco_batch *batch)
{
    laco_var scores[LACO_MOST_ENSEMBLE];
    for (int64_t m = 0; m < model->config.ensemble; m++)
        scores[m] = laco_linear_apply(tape, model->member[m].linear, laco_tagger_hidden(tape, model, m, lexicon, batch, NULL));
    return laco_ensemble_mean(tape, scores, model->config.ensemble);
}
