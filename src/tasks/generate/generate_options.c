#include "generate/generate_options.h"
#include "laco/generate.h"

#include "text/text.h"

#define MOST_CHUNK (1 << 20)
#define MOST_ROWS (1 << 20)
#define SHORT_TEXT 2000000 /* units: a shorter one is read so often that the network would learn it by heart */

laco_status laco_generate_check(laco_context *ctx, const laco_generate_options *options)
{
    if (options->seq_len < 0 || options->seq_len > MOST_CHUNK)
        return laco_fail(ctx, LACO_INVALID, "chunks of %lld cannot be: seq_len is 1 to %d", (long long)options->seq_len,
                         MOST_CHUNK);
    if (options->train.batch < 0 || options->train.batch > MOST_ROWS)
        return laco_fail(ctx, LACO_INVALID, "a batch of %lld rows cannot be: 1 to %d", (long long)options->train.batch,
                         MOST_ROWS);
    if (options->valid_fraction >= 1)
        return laco_fail(ctx, LACO_INVALID, "the fraction for validation is %g; it must be below 1", options->valid_fraction);
    if (options->network.embed < 0 || options->network.directions > 1)
        return laco_fail(ctx, LACO_INVALID, "a language model needs an embedding, and reads in one direction");
    return laco_text_config_check(ctx, &options->text);
}

static void fill_network(laco_network_options *network, bool words, int64_t units)
{
    if (!network->cell)
        network->cell = "gru";
    if (network->hidden == 0)
        network->hidden = 512;
    if (network->layers == 0)
        network->layers = 2;
    if (network->embed == 0)
        network->embed = network->tie_weights ? network->hidden : 128;
    if (network->dropout == 0)
        network->dropout = units < SHORT_TEXT ? 0.3 : 0.2;
    if (network->embed_dropout == 0 && !words) /* a handful of characters is learned soon, and never too well */
        network->embed_dropout = -1;
    network->directions = 1;
}

static void fill_training(laco_train_options *train, int64_t units)
{
    /* A short text is known by heart after so many passes, whatever time is left; a long one is read for some eight million units, or as
     * long as was asked for. */
    if (train->epochs == 0 && units < SHORT_TEXT)
        train->epochs = LACO_MAX(10, LACO_MIN(40, SHORT_TEXT / units));
    else if (train->epochs == 0 && !(train->minutes > 0))
        train->epochs = LACO_MAX(1, 8000000 / units);
    if (train->batch == 0)
        train->batch = 32;
    if (train->optimiser.lr == 0 && !train->optimiser_set)
        train->optimiser.lr = 0.003;
    if (train->clip == 0)
        train->clip = 1;
    if (train->warmup == 0)
        train->warmup = 0.02;
    if (train->average == 0)
        train->average = 0.998;
    laco_train_defaults(train);
}

void laco_generate_fill(laco_generate_options *options, int64_t units)
{
    bool words = options->text.level == LACO_TEXT_WORD;
    if (options->seq_len == 0)
        options->seq_len = 64;
    if (options->valid_fraction == 0)
        options->valid_fraction = 0.05;
    if (options->valid_most == 0)
        options->valid_most = 65536;
    if (options->vocabulary == 0 && words)
        options->vocabulary = 20000;
    fill_network(&options->network, words, units);
    fill_training(&options->train, units);
}
