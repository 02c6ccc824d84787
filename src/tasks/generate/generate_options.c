/* The options of a language model's training. */
#include "generate/generate_options.h"
#include "generate/language.h"

#include "text/text.h"
#include "train/rows.h"
#include "options/options.h"

#define S laco_generate_options
#define SHORT_TEXT 2000000 /* tokens: a shorter one is read so often that the network would learn it by heart */

static const laco_option rows[] = {
    ROW_LEVEL(S, "what the network reads and writes one at a time"),
    ROWS_FOLD(S),
    ROW_VALID(S, "0.05", "FILE|FRACTION", "validation text, or how much of the end to set aside"),
    ROW(S, "valid-most", NULL, INTEGER, valid_most, 1, 1e15, "65536", "N", "tokens that are set aside at most", DATA, SHAPES),
    ROW(S, "vocabulary", NULL, INTEGER, vocabulary, 2, 1e8, "20000 words, or all characters", "N", "most words or characters",
        DATA, SHAPES),
    ROW(S, "seq-len", NULL, INTEGER, seq_len, 1, 1 << 20, "64", "N", "length of a chunk: how far back gradients go", DATA,
        SHAPES),
    ROW(S, "label-smoothing", NULL, REAL, label_smoothing, 0, 0.99, "0", "P", "share of the target spread over all tokens", DATA,
        SHAPES),
    ROW_CELL(S, ALL_CELLS, "gru", "the recurrent cell; mlp: no memory, a window"),
    ROW_NONLINEARITY(S),
    ROW_WINDOW(S, network.window, "8, of words 4", "tokens that an mlp sees at once"),
    ROW_HIDDEN(S, "512", "hidden units"),
    ROW_LAYERS(S, "2", "recurrent layers"),
    ROW_EMBED(S, "128, as wide as hidden with --tie-weights", "size of the embedding", OF_MODEL),
    ROW(S, "tie-weights", NULL, FLAG, network.tie_weights, 0, 0, NULL, NULL, "the output layer has the embedding's weights",
        NETWORK, OF_MODEL),
    ROW_DROPOUT(S, "0.2, of a short text 0.3", "between layers and on outputs"),
    ROW(S, "embed-dropout", NULL, REAL, network.embed_dropout, 0, 0.99, "0, of words as --dropout", "P", "on embeddings", NETWORK,
        SHAPES_OR_OFF),
    ROW(S, "variational", NULL, FLAG, network.variational, 0, 0, NULL, NULL, "dropout drops the same at every step", NETWORK,
        SHAPES),
    ROW_WEIGHT_DROP(S, "0", "share of recurrent weights dropped"),
    ROWS_RUN(S, "by the length of the text",
             "end after so much time, or sooner: a text below 2 million tokens has a limit of its own", "32", "0"),
    ROWS_OPTIMISER(S, OPTIMISERS, "0.003", "1", "0.02", "0.998"),
    ROW_METRIC(S, "loss|bits"),
    ROWS_KEEPING(S),
};
LACO_OPTION_TABLE(laco_generate_table, "generate", S, rows);

laco_status laco_generate_check(laco_context *ctx, const laco_generate_options *options)
{
    LACO_TRY(laco_options_check(ctx, &laco_generate_table, options));
    if (options->network.embed < 0 || options->network.directions > 1)
        return laco_fail(ctx, LACO_INVALID, "a language model needs an embedding, and reads in one direction");
    LACO_TRY(laco_network_check_mlp(ctx, &options->network));
    return laco_text_config_check(ctx, &options->text);
}

static void fill_network(laco_network_options *network, bool words, int64_t tokens)
{
    if (network->cell == LACO_CELL_DEFAULT)
        network->cell = LACO_GRU;
    if (network->hidden == 0)
        network->hidden = 512;
    if (network->layers == 0)
        network->layers = 2;
    if (network->embed == 0)
        network->embed = network->tie_weights ? network->hidden : 128;
    if (network->dropout == 0)
        network->dropout = tokens < SHORT_TEXT ? 0.3 : 0.2;
    if (network->embed_dropout == 0 && !words) /* a handful of characters is learned soon, and never too well */
        network->embed_dropout = LACO_OFF;
    if (network->cell == LACO_MLP && network->window == 0)
        network->window = words ? 4 : 8;
    network->directions = network->cell == LACO_MLP ? 0 : 1;
}

/* Some sixteen million tokens in all, a quarter of an hour on two cores, and 16 epochs at most; where a text is so short that
 * these are few updates, more. */
static int64_t default_epochs(int64_t tokens, int64_t update)
{
    int64_t length = LACO_MAX(tokens, 1);
    return laco_train_default_epochs(LACO_MAX(1, LACO_MIN(16, 16000000 / length)), LACO_LEAST_UPDATES, length, update);
}

static void fill_training(laco_train_options *train, int64_t tokens, int64_t seq_len)
{
    if (train->batch == 0)
        train->batch = 32;
    /* A short text is known by heart after so many epochs, whatever time is left; a long one is read as long as was asked for. */
    if (train->epochs == 0 && (tokens < SHORT_TEXT || !(train->minutes > 0)))
        train->epochs = default_epochs(tokens, train->batch * seq_len);
    if (train->optimiser.lr == 0 && train->optimiser.kind == LACO_OPTIMISER_DEFAULT)
        train->optimiser.lr = 0.003;
    if (train->clip == 0)
        train->clip = 1;
    if (train->warmup == 0)
        train->warmup = 0.02;
    if (train->ema_decay == 0)
        train->ema_decay = 0.998;
    laco_train_default_refit(train, tokens < LACO_FEW_TOKENS);
    laco_train_defaults(train);
}

void laco_generate_defaults(laco_generate_options *options, int64_t tokens)
{
    if (options->text.level == LACO_TEXT_DEFAULT)
        options->text.level = LACO_TEXT_CHAR;
    bool words = options->text.level == LACO_TEXT_WORD;
    if (options->seq_len == 0)
        options->seq_len = 64;
    if (options->valid.fraction == 0)
        options->valid.fraction = 0.05;
    if (options->valid_most == 0)
        options->valid_most = 65536;
    if (options->vocabulary == 0 && words)
        options->vocabulary = 20000;
    fill_network(&options->network, words, tokens);
    fill_training(&options->train, tokens, options->seq_len);
}

void laco_generate_options_of(const laco_model *base, void *user)
{
    const laco_language *model = (const laco_language *)base;
    laco_generate_options *options = user;
    laco_network_options_of(&model->network.config, &options->network);
    options->text = model->text;
}
