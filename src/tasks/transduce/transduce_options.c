/* The options of a transducer's training. */
#include "model/ensemble.h"
#include "model/network.h"
#include "train/rows.h"
#include "transduce/transduce_train.h"

#include <string.h>

#define S laco_transduce_options

static const laco_option rows[] = {
    ROW(S, "source", NULL, CHOICE, source, 0, 0, "word where most sources have spaces, jamo of Hangul", "char|word|jamo",
        "tokens of the source; jamo: the letters of Hangul's syllables", DATA, OF_MODEL | COMMON),
    ROW(S, "target", NULL, CHOICE, target, 0, 0, "word where most targets have spaces", "char|word", "tokens of the target", DATA,
        OF_MODEL | COMMON),
    ROW(S, "every-target", NULL, FLAG, every_target, 0, 0, NULL, NULL, "learn all targets of a source, not to write one of them",
        DATA, SHAPES),
    ROW_VALID(S, "0.05", "FILE|FRACTION", "validation data, or how many sources to set aside"),
    ROW_CELL(S, RECURRENT_CELLS, "lstm", "recurrent cell"),
    ROW_HIDDEN(S, "256, of few sources 128", "hidden units, of the encoder in each direction"),
    ROW_LAYERS(S, "2", "layers of the encoder"),
    ROW(S, "decoder-layers", NULL, INTEGER, decoder_layers, 1, LACO_MOST_LAYERS, "1", "N", "layers of the decoder", NETWORK,
        OF_MODEL),
    ROWS_DIRECTIONS(S, "read the source both ways", "read it forwards only"),
    ROW_ATTENTION(S, "how the decoder looks at the source"),
    ROW_ENSEMBLE(S, "2, of many sources 1", "networks that learn together and write by their mean"),
    ROW_EMBED(S, "128, of few sources 64", "size of the embeddings", OF_MODEL),
    ROW_DROPOUT(S, "0.2", "share of activations dropped in training"),
    ROW(S, "label-smoothing", NULL, REAL, label_smoothing, 0, 0.99, "0.1", "P", "share of the target spread over all tokens",
        NETWORK, SHAPES_OR_OFF),
    ROW(S, "ctc", NULL, REAL, ctc, 0, 1000, "1", "W", "weight in training of the encoder's telling the target alone, by CTC",
        NETWORK, SHAPES_OR_OFF),
    ROW(S, "scheduled-sampling", "sampling", REAL, scheduled_sampling, 0, 1, "0", "P",
        "in training, read an own answer in the place of the right one", NETWORK, SHAPES),
    ROWS_RUN(S, "16 … 200, by the number of sources; more of few", MINUTES_HELP, "64", "0"),
    ROWS_OPTIMISER(S, OPTIMISERS, "0.003", "5", "0", "0.998"),
    ROW_METRIC(S, "word-error|token-error"),
    ROW_MAX_LENGTH(S),
    ROWS_KEEPING(S),
};
LACO_OPTION_TABLE(laco_transduce_table, "transduce", S, rows);

#define UNKNOWN 10000 /* sources, where nothing is known of them */
#define FEW 2000      /* that a smaller network learns as well, in a fifth of the time */

/* Words where most texts have white space within. */
static laco_token_kind guess_kind(const laco_strings *texts)
{
    size_t spaced = 0;
    for (size_t i = 0; i < texts->count; i++)
        spaced += strpbrk(laco_strings_get(texts, (int32_t)i, NULL), " \t") != NULL;
    return 2 * spaced > texts->count ? LACO_TOKENS_WORD : LACO_TOKENS_CHAR;
}

#define MANY_SYLLABLES 100 /* different ones: too many to be learned each by itself */

/* Letter by letter, and by the letters of its syllables what is written in Hangul. */
static laco_token_kind guess_letters(const laco_strings *texts)
{
    bool seen[LACO_HANGUL_SYLLABLES] = {false};
    int different = 0;
    for (size_t i = 0; i < texts->count; i++) {
        size_t length;
        const char *text = laco_strings_get(texts, (int32_t)i, &length);
        for (size_t at = 0; at < length; at++) {
            int syllable = laco_hangul_syllable(text + at, length - at);
            if (syllable < 0 || seen[syllable])
                continue;
            seen[syllable] = true;
            different++;
        }
    }
    return different >= MANY_SYLLABLES ? LACO_TOKENS_JAMO : LACO_TOKENS_CHAR;
}

/* Passes over few sources teach little each. */
static int64_t default_epochs(int64_t sources, int64_t batch)
{
    return laco_train_default_epochs(LACO_MIN(sources < FEW ? 100 : 200, LACO_MAX(16, 400000 / sources)), LACO_LEAST_UPDATES,
                                     sources, batch);
}

void laco_transduce_defaults(laco_transduce_options *options, const laco_pairs *data)
{
    size_t sources = data ? laco_pairs_count(data) : UNKNOWN;
    laco_network_options *network = &options->network;
    laco_train_options *train = &options->train;
    bool chosen = options->source != LACO_TOKENS_DEFAULT;
    if (network->cell == LACO_CELL_DEFAULT)
        network->cell = LACO_LSTM;
    if (network->hidden == 0)
        network->hidden = sources < FEW ? 128 : 256;
    if (network->layers == 0)
        network->layers = 2;
    if (options->decoder_layers == 0)
        options->decoder_layers = 1;
    if (network->embed == 0)
        network->embed = sources < FEW ? 64 : 128;
    if (network->dropout == 0)
        network->dropout = 0.2;
    if (network->directions == 0)
        network->directions = 2;
    if (options->attention == LACO_ATTENTION_DEFAULT)
        options->attention = LACO_ATTENTION_DOT;
    if (options->source == LACO_TOKENS_DEFAULT && data)
        options->source = guess_kind(&data->sources);
    if (options->source == LACO_TOKENS_CHAR && !chosen && data)
        options->source = guess_letters(&data->sources);
    if (options->target == LACO_TOKENS_DEFAULT && data)
        options->target = guess_kind(&data->targets);
    if (options->ensemble == 0)
        options->ensemble = laco_ensemble_default(sources, 2);
    if (options->ctc == 0)
        options->ctc = 1;
    if (options->label_smoothing == 0)
        options->label_smoothing = 0.1;
    if (options->valid.fraction == 0)
        options->valid.fraction = 0.05;
    if (train->batch == 0)
        train->batch = 64;
    if (train->epochs == 0 && train->minutes <= 0)
        train->epochs = default_epochs((int64_t)sources, train->batch);
    if (train->optimiser.lr == 0 && train->optimiser.kind == LACO_OPTIMISER_DEFAULT)
        train->optimiser.lr = 0.003;
    if (train->ema_decay == 0)
        train->ema_decay = 0.998;
    laco_train_default_refit(train, data && sources < LACO_FEW_EXAMPLES);
    laco_train_defaults(train);
}

void laco_transduce_options_of(const laco_model *base, void *user)
{
    const laco_transducer_config *c = &((const laco_transducer *)base)->config;
    laco_transduce_options *options = user;
    laco_network_options_of(&(laco_network_config){.cell = c->cell,
                                                   .embed = c->embed,
                                                   .hidden = c->hidden,
                                                   .layers = c->layers,
                                                   .directions = c->directions,
                                                   .dropout = c->dropout},
                            &options->network);
    options->decoder_layers = c->decoder_layers;
    options->attention = c->attention;
    options->ensemble = c->ensemble;
    options->source = c->source;
    options->target = c->target;
}
