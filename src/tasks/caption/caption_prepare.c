/* Before a captioner is trained: which items validate, the vocabulary, and what the network is. */
#include "text/encode.h"
#include "model/network.h"
#include "caption/caption_train.h"
#include "train/from.h"
#include "train/length.h"

#include <stdio.h>
#include <string.h>

/* ---- Data ------------------------------------------------------------------------------------------------------------------ */

static const laco_captioner *model_from(const laco_caption_learner *learner)
{
    return (const laco_captioner *)learner->base.from;
}

/* Which items train and which validate, as places in `sequences`. */
static laco_status split(laco_caption_learner *learner)
{
    double fraction = LACO_MAX(learner->options->valid.fraction, 0);
    LACO_TRY(laco_split_apart(learner->ctx, NULL, learner->data->count, learner->valid ? learner->valid->count : 0, 1, fraction,
                              learner->options->train.seed, &learner->split));
    laco_learner_split(&learner->base, &learner->split, learner->valid ? 0 : (int64_t)learner->split.valid_count);
    return LACO_OK;
}

/* Tokens of the captions that are trained on. */
static laco_status count_tokens(laco_caption_learner *learner, laco_vocabulary *vocabulary)
{
    laco_text_buffer buffer;
    laco_status status = LACO_OK;
    laco_text_buffer_init(&buffer, learner->ctx);
    for (size_t i = 0; i < learner->split.known_count && status == LACO_OK; i++) {
        const char *text = learner->data->items[learner->split.train[i]].caption;
        status = text ? laco_tokens_count(&buffer, learner->options->tokens, text, strlen(text), vocabulary)
                      : laco_fail(learner->ctx, LACO_INVALID, "item %zu of the training data has no caption",
                                  learner->split.train[i] + 1);
    }
    laco_text_buffer_free(&buffer);
    laco_vocabulary_config config = {.known = model_from(learner) ? model_from(learner)->vocabulary : NULL};
    return status == LACO_OK ? laco_vocabulary_rank(vocabulary, &config) : status;
}

/* Numbers of every item, where all have as many; else 0. */
static int64_t common_numbers(const laco_captioned *data)
{
    for (size_t i = 1; i < data->count; i++)
        if (data->items[i].steps != data->items[0].steps)
            return 0;
    return (int64_t)data->items[0].steps * data->features;
}

/* The input of the model to train on from: its sizes, mean and scale. */
static laco_status keep_input(const laco_caption_learner *learner, laco_captioner_input *input)
{
    const laco_captioner_input *kept = &model_from(learner)->input;
    size_t size = (size_t)kept->size;
    if (kept->kind != input->kind || kept->features != input->features || (kept->numbers > 0 && kept->numbers != input->numbers))
        return laco_from_refuse(&learner->base,
                                "reads %s of %lld numbers in a column, %lld in all (0: any); the data are %s of %lld and %lld",
                                kept->kind == LACO_CAPTIONED_VECTORS ? "vectors" : "pictures", (long long)kept->features,
                                (long long)kept->numbers, input->kind == LACO_CAPTIONED_VECTORS ? "vectors" : "pictures",
                                (long long)input->features, (long long)input->numbers);
    *input = *kept;
    input->mean = laco_alloc(learner->ctx, size, sizeof *input->mean);
    input->scale = laco_alloc(learner->ctx, size, sizeof *input->scale);
    if (!input->mean || !input->scale)
        return LACO_NO_MEMORY;
    memcpy(input->mean, kept->mean, size * sizeof *input->mean);
    memcpy(input->scale, kept->scale, size * sizeof *input->scale);
    return LACO_OK;
}

static laco_status read_input(laco_caption_learner *learner, laco_captioner_input *input)
{
    const laco_captioned *data = learner->data;
    bool mlp = learner->options->encoder == LACO_ENCODER_MLP;
    int64_t numbers = common_numbers(data);
    if (mlp && numbers == 0)
        return laco_fail(learner->ctx, LACO_INVALID,
                         "an mlp reads items of one size, and these differ; take the recurrent encoder");
    *input =
        (laco_captioner_input){.kind = data->kind, .features = data->features, .columns = learner->options->columns, .size = 1};
    if (mlp)
        input->columns = numbers / data->features;
    if (mlp || data->kind == LACO_CAPTIONED_VECTORS)
        input->numbers = numbers;
    if (data->kind == LACO_CAPTIONED_VECTORS && numbers > 0) /* each number means something else */
        input->size = numbers;
    LACO_TRY(model_from(learner) ? keep_input(learner, input)
                                 : laco_captioner_input_fit(data, learner->split.train, learner->split.known_count, input));
    LACO_TRY(laco_captioner_input_view(input, data, &learner->sequences));
    return learner->valid ? laco_captioner_input_view(input, learner->valid, &learner->sequences) : LACO_OK;
}

static laco_status read_targets(laco_caption_learner *learner, const laco_vocabulary *vocabulary)
{
    laco_token_kind tokens = learner->options->tokens;
    LACO_TRY(laco_captioner_targets(learner->ctx, tokens, vocabulary, learner->data, &learner->targets));
    return learner->valid ? laco_captioner_targets(learner->ctx, tokens, vocabulary, learner->valid, &learner->targets) : LACO_OK;
}

/* ---- The model ---------------------------------------------------------------------------------------------------------------
 */

static laco_status configure(const laco_caption_learner *learner, const laco_vocabulary *vocabulary, laco_captioner_config *out)
{
    const laco_caption_options *o = learner->options;
    laco_network_config network = {0};
    bool mlp = o->encoder == LACO_ENCODER_MLP;
    LACO_TRY(laco_network_configure(learner->ctx, &o->network, &network));
    if (network.embed < 1)
        return laco_fail(learner->ctx, LACO_INVALID,
                         "a captioner reads what it wrote by an embedding; its size must be at least 1");
    if (mlp && o->attention > LACO_ATTENTION_NONE)
        return laco_fail(learner->ctx, LACO_INVALID, "attention looks at the steps of a recurrent encoder; an mlp has none");
    *out = (laco_captioner_config){.mlp = mlp,
                                   .cell = network.cell,
                                   .hidden = network.hidden,
                                   .layers = network.layers,
                                   .directions = mlp ? 1 : network.directions,
                                   .dropout = network.dropout,
                                   .embed = network.embed,
                                   .outputs = laco_vocabulary_size(vocabulary),
                                   .attention = o->attention,
                                   .tokens = o->tokens,
                                   .longest = model_from(learner) ? model_from(learner)->config.longest : 1};
    for (size_t i = 0; i < learner->split.known_count; i++)
        out->longest = LACO_MAX(out->longest, laco_sequences_length(&learner->targets, learner->split.train[i]));
    return LACO_OK;
}

static int64_t length_of(const laco_learner *base, size_t index)
{
    const laco_caption_learner *learner = (const laco_caption_learner *)base;
    return LACO_MAX(laco_sequences_length(&learner->sequences, index), laco_sequences_length(&learner->targets, index));
}

static void place_of(const laco_learner *base, size_t index, char *text, size_t size)
{
    (void)base;
    snprintf(text, size, "picture or vector %zu", index + 1);
}

static const laco_lengths lengths = {length_of, place_of, "steps"};

static laco_status fill_model(laco_caption_learner *learner, laco_captioner_input *input, laco_vocabulary **vocabulary)
{
    laco_captioner_config config;
    LACO_TRY(count_tokens(learner, *vocabulary));
    LACO_TRY(read_input(learner, input));
    LACO_TRY(read_targets(learner, *vocabulary));
    LACO_TRY(laco_train_limit(&learner->base, &learner->split, &lengths));
    LACO_TRY(configure(learner, *vocabulary, &config));
    laco_vocabulary *given = *vocabulary;
    *vocabulary = NULL; /* the model's from here on */
    LACO_TRY(laco_captioner_new(learner->ctx, learner->options->train.seed, &config, input, given, &learner->model));
    learner->base.model = &learner->model->base;
    const laco_captioner *from = model_from(learner);
    laco_growth growth = {from ? from->config.outputs : 0, config.outputs, "decoder", 0, 1};
    return laco_from_copy(&learner->base, &growth, 1);
}

laco_status laco_caption_lay_batches(laco_caption_learner *learner, size_t count)
{
    const laco_train_options *train = &learner->options->train;
    laco_batches_config batches = {.batch_size = (int32_t)train->batch, .shuffle = true, .seed = train->seed};
    laco_batches_free(learner->batches);
    learner->batches = NULL;
    return laco_batches_new(learner->ctx, &learner->sequences, NULL, learner->split.train, count, &batches, &learner->batches);
}

laco_status laco_caption_prepare(laco_caption_learner *learner)
{
    laco_captioner_input input = {0};
    laco_vocabulary *vocabulary;
    LACO_TRY(split(learner));
    LACO_TRY(laco_vocabulary_new(learner->ctx, &vocabulary));
    laco_status status = fill_model(learner, &input, &vocabulary);
    laco_vocabulary_free(vocabulary);
    laco_captioner_input_free(learner->ctx, &input);
    LACO_TRY(status);
    return laco_caption_lay_batches(learner, learner->split.train_count);
}
