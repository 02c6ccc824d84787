/* Before a captioner is trained: defaults, which items validate, the vocabulary, and what the network is. */
#include "data/labelled/labelled.h"
#include "model/network.h"
#include "train/caption/caption.h"

#include <string.h>

/* ---- Defaults -------------------------------------------------------------------------------------------------------------- */

#define STEPS 30       /* about so many steps make of a picture */
#define SMALL_SET 2000 /* fewer items than this: smaller batches */
#define UPDATES 9000   /* more epochs where a run would have fewer, */
#define MOST_EPOCHS 60 /* but not more than so many */
#define FEWEST_EPOCHS 8

static int64_t widest(const laco_captioned *data)
{
    size_t most = 1;
    for (size_t i = 0; i < data->count; i++)
        most = LACO_MAX(most, data->items[i].steps);
    return (int64_t)most;
}

static bool has_space(const laco_captioned *data)
{
    for (size_t i = 0; i < data->count; i++)
        if (data->items[i].caption && strpbrk(data->items[i].caption, " \t"))
            return true;
    return false;
}

static void fill_network(laco_caption_options *o, const laco_captioned *data)
{
    laco_network_options *network = &o->network;
    bool mlp;
    if (o->encoder == LACO_ENCODER_DEFAULT)
        o->encoder = data->kind == LACO_CAPTIONED_PICTURES ? LACO_ENCODER_RECURRENT : LACO_ENCODER_MLP;
    mlp = o->encoder == LACO_ENCODER_MLP;
    if (!network->cell)
        network->cell = "lstm";
    if (network->hidden == 0)
        network->hidden = 128;
    if (network->layers == 0)
        network->layers = 1;
    if (network->embed == 0)
        network->embed = 64;
    if (network->dropout == 0)
        network->dropout = 0.2;
    if (network->directions == 0)
        network->directions = 2;
    if (!mlp && o->attention == LACO_ATTENTION_NONE && !o->no_attention)
        o->attention = LACO_ATTENTION_DOT;
    if (o->columns == 0 && !mlp)
        o->columns = LACO_MAX((widest(data) + STEPS / 2) / STEPS, (int64_t)1);
    if (o->shift == 0)
        o->shift = 2;
    if (o->bend == 0)
        o->bend = 0.1;
}

void laco_caption_defaults(laco_caption_options *o, const laco_captioned *data)
{
    laco_train_options *train = &o->train;
    int64_t items = (int64_t)data->count;
    fill_network(o, data);
    if (o->units == LACO_TOKENS_DEFAULT)
        o->units = has_space(data) ? LACO_TOKENS_WORD : LACO_TOKENS_CHAR;
    if (o->valid_fraction == 0)
        o->valid_fraction = 0.05;
    if (train->batch == 0)
        train->batch = items < SMALL_SET ? 16 : 64;
    if (train->epochs == 0 && train->minutes <= 0) {
        int64_t updates = LACO_MAX((items + train->batch - 1) / train->batch, (int64_t)1);
        train->epochs = LACO_MIN(LACO_MAX((UPDATES + updates - 1) / updates, (int64_t)FEWEST_EPOCHS), (int64_t)MOST_EPOCHS);
    }
    if (train->optimiser.lr == 0 && !train->optimiser_set)
        train->optimiser.lr = 0.002;
    laco_train_defaults(train);
}

/* ---- Data ------------------------------------------------------------------------------------------------------------------ */

/* Which items train and which validate, as places in `sequences`. */
static laco_status split(laco_caption_learner *learner)
{
    double fraction = LACO_MAX(learner->options->valid_fraction, 0);
    return laco_split_apart(learner->ctx, NULL, learner->data->count, learner->valid ? learner->valid->count : 0, 1, fraction,
                            learner->options->train.seed, &learner->split);
}

/* Tokens of the captions that are trained on. */
static laco_status count_tokens(laco_caption_learner *learner, laco_vocabulary *vocabulary)
{
    laco_text_buffer buffer;
    laco_status status = LACO_OK;
    laco_text_buffer_init(&buffer, learner->ctx);
    for (size_t i = 0; i < learner->split.train_count && status == LACO_OK; i++) {
        const char *text = learner->data->items[learner->split.train[i]].caption;
        status = text ? laco_tokens_count(&buffer, learner->options->units, text, strlen(text), vocabulary)
                      : laco_fail(learner->ctx, LACO_INVALID, "item %zu of the training data has no caption",
                                  learner->split.train[i] + 1);
    }
    laco_text_buffer_free(&buffer);
    return status == LACO_OK ? laco_vocabulary_rank(vocabulary, NULL) : status;
}

/* Numbers of every item, where all have as many; else 0. */
static int64_t common_numbers(const laco_captioned *data)
{
    for (size_t i = 1; i < data->count; i++)
        if (data->items[i].steps != data->items[0].steps)
            return 0;
    return (int64_t)data->items[0].steps * data->features;
}

static laco_status read_input(laco_caption_learner *learner, laco_captioner_input *input)
{
    const laco_captioned *data = learner->data;
    bool mlp = learner->options->encoder == LACO_ENCODER_MLP;
    int64_t numbers = common_numbers(data);
    if (mlp && numbers == 0)
        return laco_fail(learner->ctx, LACO_INVALID,
                         "an mlp reads items of one size, and these differ; take the recurrent encoder");
    if (learner->options->columns < 0 || learner->options->columns > 1000)
        return laco_fail(learner->ctx, LACO_INVALID, "%lld columns in a step: 1 … 1000 is right",
                         (long long)learner->options->columns);
    *input =
        (laco_captioner_input){.kind = data->kind, .features = data->features, .columns = learner->options->columns, .size = 1};
    if (mlp)
        input->columns = numbers / data->features;
    if (mlp || data->kind == LACO_CAPTIONED_VECTORS)
        input->numbers = numbers;
    if (data->kind == LACO_CAPTIONED_VECTORS && numbers > 0) /* each number means something else */
        input->size = numbers;
    LACO_TRY(laco_captioner_input_fit(data, learner->split.train, learner->split.train_count, input));
    LACO_TRY(laco_captioner_input_view(input, data, &learner->sequences));
    return learner->valid ? laco_captioner_input_view(input, learner->valid, &learner->sequences) : LACO_OK;
}

static laco_status read_targets(laco_caption_learner *learner, const laco_vocabulary *vocabulary)
{
    laco_token_kind units = learner->options->units;
    LACO_TRY(laco_captioner_targets(learner->ctx, units, vocabulary, learner->data, &learner->targets));
    return learner->valid ? laco_captioner_targets(learner->ctx, units, vocabulary, learner->valid, &learner->targets) : LACO_OK;
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
    if (mlp && o->attention)
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
                                   .units = o->units,
                                   .longest = 1};
    for (size_t i = 0; i < learner->split.train_count; i++)
        out->longest = LACO_MAX(out->longest, laco_sequences_length(&learner->targets, learner->split.train[i]));
    return LACO_OK;
}

static laco_status fill_model(laco_caption_learner *learner, laco_captioner_input *input, laco_vocabulary **vocabulary)
{
    laco_captioner_config config;
    LACO_TRY(count_tokens(learner, *vocabulary));
    LACO_TRY(read_input(learner, input));
    LACO_TRY(read_targets(learner, *vocabulary));
    LACO_TRY(configure(learner, *vocabulary, &config));
    laco_vocabulary *given = *vocabulary;
    *vocabulary = NULL; /* the model's from here on */
    LACO_TRY(laco_captioner_new(learner->ctx, learner->options->train.seed, &config, input, given, &learner->model));
    learner->base.model = &learner->model->base;
    return LACO_OK;
}

laco_status laco_caption_prepare(laco_caption_learner *learner)
{
    const laco_train_options *train = &learner->options->train;
    laco_captioner_input input = {0};
    laco_vocabulary *vocabulary;
    LACO_TRY(split(learner));
    LACO_TRY(laco_vocabulary_new(learner->ctx, &vocabulary));
    laco_status status = fill_model(learner, &input, &vocabulary);
    laco_vocabulary_free(vocabulary);
    laco_captioner_input_free(learner->ctx, &input);
    LACO_TRY(status);
    laco_batches_config batches = {.batch_size = (int32_t)train->batch, .shuffle = true, .seed = train->seed};
    return laco_batches_new(learner->ctx, &learner->sequences, NULL, learner->split.train, learner->split.train_count, &batches,
                            &learner->batches);
}
