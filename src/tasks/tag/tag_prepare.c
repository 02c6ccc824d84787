/* Before a tagger is trained: which sentences validate, what the model knows by name, and what its network is. */
#include "base/hash.h"
#include "tag/bio.h"
#include "tag/vectors.h"
#include "model/network.h"
#include "nn/module.h"
#include "tag/tag_train.h"
#include "train/from.h"
#include "train/length.h"
#include "nn/embedding.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define VECTOR_WORDS 50000 /* of a file of vectors that the model takes over whether the data hold them or not */

/* ---- Sentences ---------------------------------------------------------------------------------------------------------- */

/* Sentences as they are read: alone, or with their neighbours. */
static laco_status read_together(laco_tag_learner *learner)
{
    int64_t least = LACO_MAX(learner->options->context, 0); /* 0: each alone */
    laco_sequences_init(&learner->text, learner->ctx);
    laco_sequences_init(&learner->tags, learner->ctx);
    laco_sequences_init(&learner->valid_text, learner->ctx);
    LACO_TRY(laco_sequences_join(&learner->data->sentences, least, &learner->text));
    LACO_TRY(laco_sequences_join(&learner->data->tags, least, &learner->tags));
    return learner->valid ? laco_sequences_join(&learner->valid->sentences, least, &learner->valid_text) : LACO_OK;
}

static const laco_tagger *model_from(const laco_tag_learner *learner) { return (const laco_tagger *)learner->base.from; }

/* The tags by the numbers that the model gives them. */
static laco_status number_tags(laco_tag_learner *learner)
{
    const laco_tagger *from = model_from(learner);
    int count = (int)learner->data->labels.count;
    if (!(learner->place = laco_alloc(learner->ctx, (size_t)count, sizeof *learner->place)))
        return LACO_NO_MEMORY;
    LACO_TRY(laco_from_join(learner->ctx, from ? (const char *const *)from->tags : NULL, from ? (int)from->config.outputs : 0,
                            learner->data->names, count, &learner->names, learner->place));
    if (!(learner->tag = laco_alloc(learner->ctx, learner->names.count, sizeof *learner->tag)))
        return LACO_NO_MEMORY;
    for (size_t k = 0; k < learner->names.count; k++)
        learner->tag[k] = laco_strings_get(&learner->names, (int32_t)k, NULL);
    for (size_t i = 0; i < learner->tags.ids_used; i++)
        learner->tags.ids[i] = learner->place[learner->tags.ids[i]];
    return LACO_OK;
}

static int64_t length_of(const laco_learner *base, size_t index)
{
    return laco_sequences_length(&((const laco_tag_learner *)base)->text, index);
}

static void place_of(const laco_learner *base, size_t index, char *text, size_t size)
{
    (void)base;
    snprintf(text, size, "sentence %zu", index + 1);
}

static const laco_lengths lengths = {length_of, place_of, "words"};

static laco_status split(laco_tag_learner *learner)
{
    size_t count = learner->text.count;
    double fraction = learner->valid || learner->options->valid.fraction < 0 ? 0 : learner->options->valid.fraction;
    LACO_TRY(laco_split_stratified(learner->ctx, NULL, count, 1, fraction, learner->options->train.seed, &learner->split));
    LACO_TRY(laco_train_limit(&learner->base, &learner->split, &lengths));
    if (!learner->valid && learner->split.valid_count > 0)
        learner->valid = learner->data;
    int64_t words = 0;
    for (size_t i = 0; i < learner->split.valid_count; i++)
        words += laco_sequences_length(&learner->text, learner->split.valid[i]);
    laco_learner_split(&learner->base, &learner->split, words);
    return LACO_OK;
}

laco_status laco_tag_prepare_validation(laco_tag_learner *learner)
{
    const laco_tagged *valid = learner->valid;
    laco_context *ctx = learner->ctx;
    bool part = learner->split.valid_count > 0;
    size_t words = valid->sentences.ids_used, used = 0;
    const laco_sequences *text = part ? &learner->text : &learner->valid_text;
    learner->sentences = part ? learner->split.valid_count : text->count;
    learner->answers = laco_alloc(ctx, words, sizeof *learner->answers);
    learner->gold = laco_alloc(ctx, words, sizeof *learner->gold);
    learner->found = laco_alloc(ctx, words, sizeof *learner->found);
    learner->starts = laco_alloc(ctx, learner->sentences + 1, sizeof *learner->starts);
    if (!learner->answers || !learner->gold || !learner->found || !learner->starts)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < learner->sentences; i++) {
        size_t index = part ? learner->split.valid[i] : i, length = (size_t)laco_sequences_length(text, index);
        for (size_t t = 0; t < length; t++)
            learner->gold[used + t] = learner->place[valid->tags.ids[text->starts[index] + t]];
        learner->starts[i + 1] = used += length;
    }
    return part ? LACO_OK : laco_lexicon_new(learner->model, &valid->words, &learner->valid_lexicon);
}

/* ---- Vocabularies ------------------------------------------------------------------------------------------------------- */

typedef struct vocabularies {
    laco_vocabulary *words, *letters;
    laco_text_buffer buffer;
    laco_vectors vectors; /* of pretrained words; ctx NULL: none */
} vocabularies;

static laco_status count_word(vocabularies *v, const char *word, size_t length)
{
    laco_text_tokens tokens = {.level = LACO_TEXT_CHAR, .at = word, .end = word + length};
    const char *token;
    size_t bytes;
    while (laco_text_tokens_next(&tokens, &token, &bytes))
        LACO_TRY(laco_vocabulary_count(v->letters, token, bytes));
    LACO_TRY(laco_word_fold(&v->buffer, word, length));
    return laco_vocabulary_count(v->words, v->buffer.bytes, v->buffer.length);
}

/* Words and letters of the training sentences. */
static laco_status count_words(const laco_tag_learner *learner, vocabularies *v)
{
    const laco_tagged *data = learner->data;
    for (size_t i = 0; i < learner->split.known_count; i++) {
        size_t index = learner->split.train[i];
        const int32_t *words = laco_sequences_ids(&learner->text, index);
        for (int32_t t = 0; t < laco_sequences_length(&learner->text, index); t++) {
            size_t length;
            const char *word = laco_strings_get(&data->words, words[t], &length);
            LACO_TRY(count_word(v, word, length));
        }
    }
    return LACO_OK;
}

static bool in_data(void *user, const char *word, size_t length)
{
    return laco_vocabulary_id(((const vocabularies *)user)->words, word, length) != LACO_UNKNOWN;
}

static uint64_t hash_vectors(const laco_vectors *vectors)
{
    uint64_t hash = laco_hash_bytes(LACO_HASH_START, vectors->words.pool, vectors->words.pool_used);
    for (size_t i = 0; i < vectors->words.count * (size_t)vectors->size; i++)
        hash = laco_hash_float(hash, (float)vectors->values[i]);
    return hash;
}

/* What was seen once teaches nothing: it stands for what was never seen, unless a vector says what it means. */
static laco_status rank_words(laco_tag_learner *learner, vocabularies *v)
{
    const laco_tagger *from = model_from(learner);
    const laco_vocabulary_config letters = {.min_count = 2, .known = from ? from->letters : NULL};
    const laco_vocabulary_config words = {.min_count = 2, .known = from ? from->words : NULL};
    const char *path = learner->options->vectors;
    if (path) {
        LACO_TRY(laco_vectors_read(learner->ctx, path, VECTOR_WORDS, in_data, v, &v->vectors));
        learner->vectors_hash = hash_vectors(&v->vectors);
    }
    LACO_TRY(laco_vocabulary_rank(v->letters, &letters));
    LACO_TRY(laco_vocabulary_rank(v->words, &words));
    for (size_t i = 0; path && i < v->vectors.words.count; i++) {
        size_t length;
        const char *word = laco_strings_get(&v->vectors.words, (int32_t)i, &length);
        if (laco_vocabulary_id(v->words, word, length) == LACO_UNKNOWN)
            LACO_TRY(laco_vocabulary_count(v->words, word, length));
    }
    return LACO_OK;
}

/* ---- The model ---------------------------------------------------------------------------------------------------------- */

/* Whether I-TYPE always goes on with an entity. */
static bool obeys(const laco_tagged *data)
{
    for (size_t i = 0; i < data->sentences.count; i++) {
        const int32_t *tags = laco_sequences_ids(&data->tags, i);
        for (int32_t t = 0; t < laco_sequences_length(&data->tags, i); t++)
            if (!laco_bio_may_follow(t > 0 ? data->names[tags[t - 1]] : NULL, data->names[tags[t]]))
                return false;
    }
    return true;
}

static laco_status configure(const laco_tag_learner *learner, const vocabularies *v, laco_tagger_config *out)
{
    const laco_tag_options *o = learner->options;
    const laco_tagger *from = model_from(learner);
    laco_network_options options = o->network;
    laco_network_config network = {0};
    bool mlp = options.cell == LACO_MLP, bio = laco_tagged_is_bio(learner->data);
    options.cell = mlp ? LACO_RNN : options.cell;
    if (v->vectors.ctx && options.embed > 0 && options.embed != v->vectors.size)
        return laco_fail(learner->ctx, LACO_INVALID, "the embedding is to have %lld numbers a word and %s has %lld",
                         (long long)options.embed, o->vectors, (long long)v->vectors.size);
    options.embed = v->vectors.ctx ? v->vectors.size : options.embed;
    LACO_TRY(laco_network_configure(learner->ctx, &options, &network));
    if (network.embed < 1)
        return laco_fail(learner->ctx, LACO_INVALID, "a tagger reads words by an embedding; its size must be at least 1");
    if (o->window > 1 && !mlp)
        return laco_fail(learner->ctx, LACO_INVALID, "a window of %lld words is only for cell mlp", (long long)o->window);
    if (mlp && network.layers > LACO_DEEPEST)
        return laco_fail(learner->ctx, LACO_INVALID, "%lld layers of an mlp; at most %d can be", (long long)network.layers,
                         LACO_DEEPEST);
    *out = (laco_tagger_config){.mlp = mlp,
                                .cell = network.cell,
                                .nonlinearity = network.nonlinearity,
                                .hidden = network.hidden,
                                .layers = network.layers,
                                .window = o->window,
                                .directions = mlp ? 1 : network.directions,
                                .dropout = network.dropout,
                                .weight_drop = network.weight_drop,
                                .words = laco_vocabulary_size(v->words),
                                .embed = network.embed,
                                .letters = laco_vocabulary_size(v->letters),
                                .letter_embed = from ? from->config.letter_embed : 32,
                                .letter_hidden = LACO_MAX(o->letter_hidden, (int64_t)0),
                                .outputs = (int64_t)learner->names.count,
                                .context = LACO_MAX(o->context, 0),
                                .ensemble = o->ensemble,
                                .crf = o->crf == LACO_ALWAYS};
    out->constrained = out->crf && bio && (o->constrained == LACO_AUTO ? obeys(learner->data) : o->constrained == LACO_ALWAYS);
    if (from && from->config.constrained && !bio)
        return laco_from_refuse(&learner->base, "its tags mark entities (O, B-TYPE, I-TYPE), and those of the data do not");
    return LACO_OK;
}

/* By how much vectors are multiplied, so that their numbers vary as those of the other rows. */
static laco_real vector_scale(const laco_vectors *vectors)
{
    size_t count = vectors->words.count * (size_t)vectors->size;
    double squares = 0;
    for (size_t i = 0; i < count; i++)
        squares += (double)vectors->values[i] * (double)vectors->values[i];
    return (laco_real)(squares > 0 ? LACO_TAGGER_SPREAD / sqrt(squares / (double)count) : 1);
}

/* Vectors into the rows of their words. */
static void set_vectors(laco_tagger *model, int64_t m, const laco_vectors *vectors)
{
    laco_param *weight = laco_embedding_weight(model->member[m].word_embedding);
    laco_real scale = vector_scale(vectors);
    size_t D = (size_t)vectors->size;
    for (size_t i = 0; i < vectors->words.count; i++) {
        size_t length;
        const char *word = laco_strings_get(&vectors->words, (int32_t)i, &length);
        laco_real *row = weight->value + (size_t)laco_vocabulary_id(model->words, word, length) * D;
        for (size_t d = 0; d < D; d++)
            row[d] = scale * vectors->values[i * D + d];
    }
    laco_param_changed(weight);
}

/* Weights and tokeniser of the model to train on from. */
static laco_status take_from(const laco_tag_learner *learner)
{
    const laco_tagger *from = model_from(learner);
    const laco_tagger_config *old = &from->config, *now = &learner->model->config;
    const laco_growth growths[] = {{old->words, now->words, "word_embedding", 0, 1},
                                   {old->letters, now->letters, "letter_embedding", 0, 1},
                                   {old->outputs, now->outputs, "linear", 0, 1},
                                   {old->outputs, now->outputs, "crf", 0, 1}};
    LACO_TRY(laco_from_copy(&learner->base, growths, sizeof growths / sizeof *growths));
    if (!from->tokeniser)
        return LACO_OK;
    json_t *json = laco_tokeniser_to_json(from->tokeniser);
    laco_tokeniser_free(learner->model->tokeniser);
    learner->model->tokeniser = NULL;
    laco_status status = json ? laco_tokeniser_from_json(learner->ctx, json, &learner->model->tokeniser)
                              : laco_fail(learner->ctx, LACO_NO_MEMORY, "out of memory for a tokeniser");
    json_decref(json);
    return status;
}

static laco_status new_model(laco_tag_learner *learner, vocabularies *v)
{
    laco_tagger_config config;
    LACO_TRY(configure(learner, v, &config));
    laco_vocabulary *words = v->words, *letters = v->letters;
    v->words = v->letters = NULL; /* the model's from here on */
    LACO_TRY(laco_tagger_new(learner->ctx, learner->options->train.seed, &config, words, letters, learner->tag,
                             learner->data->form, learner->options->data.column, &learner->model));
    learner->base.model = &learner->model->base;
    LACO_TRY(laco_tokeniser_learn(learner->data, &learner->model->tokeniser));
    for (int64_t m = 0; v->vectors.ctx && m < config.ensemble; m++)
        set_vectors(learner->model, m, &v->vectors);
    return model_from(learner) ? take_from(learner) : LACO_OK;
}

static laco_status build_model(laco_tag_learner *learner)
{
    vocabularies v = {0};
    laco_text_buffer_init(&v.buffer, learner->ctx);
    laco_status status = laco_vocabulary_new(learner->ctx, &v.words);
    if (status == LACO_OK)
        status = laco_vocabulary_new(learner->ctx, &v.letters);
    if (status == LACO_OK)
        status = count_words(learner, &v);
    if (status == LACO_OK)
        status = rank_words(learner, &v);
    if (status == LACO_OK)
        status = new_model(learner, &v);
    laco_vectors_free(&v.vectors);
    laco_vocabulary_free(v.words);
    laco_vocabulary_free(v.letters);
    laco_text_buffer_free(&v.buffer);
    return status;
}

laco_status laco_tag_lay_batches(laco_tag_learner *learner, size_t count)
{
    const laco_train_options *train = &learner->options->train;
    laco_batches_config batches = {
        .batch_size = (int32_t)train->batch, .shuffle = true, .seed = train->seed, .max_padded = 1 << 13};
    laco_batches_free(learner->batches);
    learner->batches = NULL;
    return laco_batches_new(learner->ctx, &learner->text, NULL, learner->split.train, count, &batches, &learner->batches);
}

laco_status laco_tag_prepare(laco_tag_learner *learner)
{
    LACO_TRY(read_together(learner));
    LACO_TRY(split(learner));
    LACO_TRY(number_tags(learner));
    LACO_TRY(build_model(learner));
    LACO_TRY(laco_lexicon_new(learner->model, &learner->data->words, &learner->lexicon));
    LACO_TRY(laco_tag_lay_batches(learner, learner->split.train_count));
    return learner->valid ? laco_tag_prepare_validation(learner) : LACO_OK;
}
