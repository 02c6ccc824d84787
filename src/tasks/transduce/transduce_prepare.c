/* Before a transducer is trained: which sources validate, what tokens are, which ones there are, and what the network is. */
#include "base/grow.h"
#include "text/encode.h"
#include "model/network.h"
#include "transduce/transduce_train.h"
#include "train/from.h"
#include "train/length.h"

#include <stdio.h>
#include <string.h>

#define CTC_OUTPUTS 1000 /* most tokens of targets that CTC is to tell: it would say a number for each at each step */

static const laco_transducer *model_from(const laco_transduce_learner *learner)
{
    return (const laco_transducer *)learner->base.from;
}

static size_t characters(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

/* The longer one of a source and its longest target: tokens are not known yet, and are as many at most. */
static int64_t length_of(const laco_learner *base, size_t index)
{
    const laco_pairs *data = ((const laco_transduce_learner *)base)->data;
    size_t most = 0, length;
    const char *text = laco_strings_get(&data->sources, (int32_t)index, &length);
    most = characters(text, length);
    for (size_t k = data->starts[index]; k < data->starts[index + 1]; k++) {
        text = laco_strings_get(&data->targets, data->answers[k], &length);
        most = LACO_MAX(most, characters(text, length));
    }
    return (int64_t)most;
}

static void place_of(const laco_learner *base, size_t index, char *text, size_t size)
{
    size_t length;
    const char *source = laco_strings_get(&((const laco_transduce_learner *)base)->data->sources, (int32_t)index, &length);
    snprintf(text, size, "source %zu, '%.*s…'", index + 1, laco_text_cut(source, length, 40), source);
}

static const laco_lengths lengths = {length_of, place_of, "characters"};

static laco_status split(laco_transduce_learner *learner)
{
    size_t count = laco_pairs_count(learner->data);
    double fraction = learner->valid || learner->options->valid.fraction < 0 ? 0 : learner->options->valid.fraction;
    LACO_TRY(laco_split_stratified(learner->ctx, NULL, count, 1, fraction, learner->options->train.seed, &learner->split));
    LACO_TRY(laco_train_limit(&learner->base, &learner->split, &lengths));
    if (!learner->valid && learner->split.valid_count > 0)
        learner->valid = learner->data;
    laco_learner_split(&learner->base, &learner->split, (int64_t)learner->split.valid_count);
    return LACO_OK;
}

/* ---- Tokens ------------------------------------------------------------------------------------------------------------- */

typedef struct vocabularies {
    laco_vocabulary *sources, *targets;
    laco_text_buffer buffer;
    int64_t longest_source, longest_target;
    size_t steps_needed[LACO_TRANSDUCE_CTC_STEPS + 2]; /* see laco_transduce_ctc_steps */
} vocabularies;

typedef struct counting {
    laco_vocabulary *vocabulary;
    int64_t tokens;
} counting;

static laco_status count_token(void *user, const char *token, size_t length)
{
    counting *c = user;
    c->tokens++;
    return laco_vocabulary_count(c->vocabulary, token, length);
}

static laco_status count_text(vocabularies *v, laco_token_kind kind, laco_vocabulary *vocabulary, const char *text, size_t length,
                              int64_t *tokens)
{
    counting c = {.vocabulary = vocabulary};
    LACO_TRY(laco_tokens_each(&v->buffer, kind, text, length, count_token, &c));
    *tokens = c.tokens;
    return LACO_OK;
}

/* Tokens of a source and its targets, of which CTC needs to tell the shortest. */
static laco_status count_pair(const laco_pairs *data, size_t index, const laco_transducer_config *config, vocabularies *v)
{
    size_t length;
    int64_t source, target, shortest = INT64_MAX;
    const char *text = laco_pairs_source(data, index, &length);
    LACO_TRY(count_text(v, config->source, v->sources, text, length, &source));
    for (size_t k = 0; k < laco_pairs_target_count(data, index); k++) {
        text = laco_pairs_target(data, index, k, &length);
        LACO_TRY(count_text(v, config->target, v->targets, text, length, &target));
        v->longest_target = LACO_MAX(v->longest_target, target);
        shortest = LACO_MIN(shortest, target);
    }
    v->longest_source = LACO_MAX(v->longest_source, source);
    int64_t most = LACO_TRANSDUCE_CTC_STEPS + 1, needed = source > 0 ? shortest / source + (shortest % source > 0) : most;
    v->steps_needed[LACO_MIN(needed, most)]++;
    return LACO_OK;
}

/* Tokens of all that is learned. */
static laco_status count_tokens(const laco_transduce_learner *learner, const laco_transducer_config *config, vocabularies *v)
{
    for (size_t i = 0; i < learner->split.known_count; i++)
        LACO_TRY(count_pair(learner->data, learner->split.train[i], config, v));
    return LACO_OK;
}

/* A source token that was seen once stands for those that were never seen; a target token that was seen can be written. */
static laco_status rank(const laco_transduce_learner *learner, const vocabularies *v)
{
    const laco_transducer *from = model_from(learner);
    LACO_TRY(laco_vocabulary_rank(v->sources, &(laco_vocabulary_config){.min_count = 2, .known = from ? from->sources : NULL}));
    LACO_TRY(laco_vocabulary_rank(v->targets, &(laco_vocabulary_config){.known = from ? from->targets : NULL}));
    if (v->longest_source > 1 << 20 || v->longest_target > 1 << 20)
        return laco_fail(learner->ctx, LACO_INVALID, "a source of %lld tokens and a target of %lld; at most %d can be",
                         (long long)v->longest_source, (long long)v->longest_target, 1 << 20);
    return LACO_OK;
}

/* ---- The model ---------------------------------------------------------------------------------------------------------- */

/* What the options say; the sizes of vocabularies are set later. */
static laco_status configure(const laco_transduce_learner *learner, laco_transducer_config *config)
{
    const laco_transduce_options *o = learner->options;
    laco_network_config network = {.inputs = 1, .outputs = 1};
    LACO_TRY(laco_network_configure(learner->ctx, &o->network, &network));
    if (network.embed < 1)
        return laco_fail(learner->ctx, LACO_INVALID, "a transducer reads tokens by an embedding; its size must be at least 1");
    *config = (laco_transducer_config){.cell = network.cell,
                                       .hidden = network.hidden,
                                       .layers = network.layers,
                                       .decoder_layers = o->decoder_layers,
                                       .embed = network.embed,
                                       .directions = network.directions,
                                       .attention = o->attention,
                                       .ensemble = o->ensemble,
                                       .dropout = network.dropout,
                                       .source = o->source,
                                       .target = o->target};
    return LACO_OK;
}

/* Weights of the model to train on from. */
static laco_status copy_weights(const laco_transduce_learner *learner)
{
    const laco_transducer *from = model_from(learner);
    const laco_transducer_config *now = &learner->model->config;
    if (!from)
        return LACO_OK;
    const laco_growth growths[] = {{from->config.inputs, now->inputs, "embedding", 0, 1},
                                   {from->config.outputs, now->outputs, "ctc", 0, now->ctc_steps},
                                   {from->config.outputs, now->outputs, "decoder", 0, 1}};
    return laco_from_copy(&learner->base, growths, sizeof growths / sizeof *growths);
}

static laco_status new_model(laco_transduce_learner *learner, laco_transducer_config *config, vocabularies *v)
{
    const laco_transducer *from = model_from(learner);
    laco_vocabulary *sources = v->sources, *targets = v->targets;
    config->inputs = laco_vocabulary_size(sources);
    config->outputs = laco_vocabulary_size(targets);
    config->longest_source = v->longest_source;
    config->longest_target = v->longest_target;
    if (learner->options->ctc > 0 && config->outputs <= CTC_OUTPUTS)
        config->ctc_steps = laco_transduce_ctc_steps(v->steps_needed);
    if (from) {
        config->ctc_steps = from->config.ctc_steps;
        config->longest_source = LACO_MAX(config->longest_source, from->config.longest_source);
        config->longest_target = LACO_MAX(config->longest_target, from->config.longest_target);
    }
    v->sources = v->targets = NULL; /* the model's from here on */
    LACO_TRY(laco_transducer_new(learner->ctx, learner->options->train.seed, config, sources, targets, &learner->model));
    learner->base.model = &learner->model->base;
    return copy_weights(learner);
}

static laco_status build_model(laco_transduce_learner *learner)
{
    vocabularies v = {0};
    laco_transducer_config config;
    LACO_TRY(configure(learner, &config));
    laco_text_buffer_init(&v.buffer, learner->ctx);
    laco_status status = laco_vocabulary_new(learner->ctx, &v.sources);
    if (status == LACO_OK)
        status = laco_vocabulary_new(learner->ctx, &v.targets);
    if (status == LACO_OK)
        status = count_tokens(learner, &config, &v);
    if (status == LACO_OK)
        status = rank(learner, &v);
    if (status == LACO_OK)
        status = new_model(learner, &config, &v);
    laco_vocabulary_free(v.sources);
    laco_vocabulary_free(v.targets);
    laco_text_buffer_free(&v.buffer);
    return status;
}

/* ---- Pairs -------------------------------------------------------------------------------------------------------------- */

static laco_status add_line(laco_transduce_learner *learner, size_t source, size_t target)
{
    const int32_t *ids = laco_sequences_ids(&learner->ids.sources, source);
    LACO_TRY(laco_grow(learner->ctx, &learner->target, &learner->target_room, learner->lines.count + 1, sizeof *learner->target));
    learner->target[learner->lines.count] = target;
    for (int32_t t = 0; t < laco_sequences_length(&learner->ids.sources, source); t++)
        LACO_TRY(laco_sequences_push(&learner->lines, ids[t]));
    return laco_sequences_end(&learner->lines);
}

/* The pairs of the first `count` sources of the split. */
static laco_status lay_lines(laco_transduce_learner *learner, size_t count)
{
    const laco_pairs *data = learner->data;
    laco_sequences_free(&learner->lines);
    laco_sequences_init(&learner->lines, learner->ctx);
    for (size_t i = 0; i < count; i++) {
        size_t source = learner->split.train[i];
        for (size_t k = data->starts[source]; k < data->starts[source + 1]; k++)
            LACO_TRY(add_line(learner, source, k));
    }
    return LACO_OK;
}

laco_status laco_transduce_lay_batches(laco_transduce_learner *learner, size_t count)
{
    const laco_train_options *train = &learner->options->train;
    laco_batches_config batches = {
        .batch_size = (int32_t)train->batch, .shuffle = true, .seed = train->seed, .max_padded = 1 << 14};
    laco_batches_free(learner->batches);
    learner->batches = NULL;
    if (!learner->options->every_target)
        return laco_batches_new(learner->ctx, &learner->ids.sources, NULL, learner->split.train, count, &batches,
                                &learner->batches);
    LACO_TRY(lay_lines(learner, count));
    return laco_batches_new(learner->ctx, &learner->lines, NULL, NULL, 0, &batches, &learner->batches);
}

/* A source that could not be answered while validating ends a training before it begins, not after its first epoch. */
static laco_status check_valid(const laco_transduce_learner *learner)
{
    bool own = learner->split.valid_count > 0;
    const laco_sequences *sources = own ? &learner->ids.sources : &learner->valid_ids.sources;
    size_t count = !learner->valid ? 0 : own ? learner->split.valid_count : laco_pairs_count(learner->valid);
    int64_t most = LACO_TRANSDUCE_LONGEST * learner->model->config.longest_source;
    for (size_t i = 0; i < count; i++) {
        size_t source = own ? learner->split.valid[i] : i;
        if (laco_sequences_length(sources, source) > most)
            return laco_fail(learner->ctx, LACO_INVALID,
                             "source %zu of the %sdata, to validate with, has %lld tokens; at most %lld can be, %d times the "
                             "longest of the rest",
                             source + 1, own ? "" : "validation ", (long long)laco_sequences_length(sources, source),
                             (long long)most, LACO_TRANSDUCE_LONGEST);
    }
    return LACO_OK;
}

laco_status laco_transduce_prepare(laco_transduce_learner *learner)
{
    laco_sequences_init(&learner->lines, learner->ctx);
    laco_sequences_init(&learner->ids.sources, learner->ctx);
    LACO_TRY(split(learner));
    LACO_TRY(build_model(learner));
    LACO_TRY(laco_pair_ids_new(learner->model, learner->data, &learner->ids));
    if (learner->valid && learner->split.valid_count == 0)
        LACO_TRY(laco_pair_ids_new(learner->model, learner->valid, &learner->valid_ids));
    LACO_TRY(check_valid(learner));
    return laco_transduce_lay_batches(learner, learner->split.train_count);
}
