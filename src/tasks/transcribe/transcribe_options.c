/* The options of a recogniser's training. */
#include "train/rows.h"
#include "transcribe/spoken.h"
#include "transcribe/transcribe_train.h"

#define S laco_transcribe_options

static const laco_option rows[] = {
    ROW(S, "tokens", "units", CHOICE, tokens, 0, 0, "word where few words come often", "char|word", "what is written at a time",
        DATA, OF_MODEL | COMMON),
    ROWS_FOLD(S),
    ROW(S, "rate", NULL, INTEGER, data.rate, LACO_LOWEST_RATE, LACO_HIGHEST_RATE, "the first recording's, at most 16000", "N",
        "samples a second that are heard", DATA, OF_MODEL | COMMON),
    ROW_VALID(S, "0.05", "LIST|FRACTION", "validation recordings, or how many to set aside"),
    ROW(S, "join", NULL, INTEGER, join, 1, 1000, "8", "N", "join recordings at random to strings of up to N words; 0: never",
        DATA, SHAPES_OR_OFF),
    ROW(S, "speed", NULL, REAL, speed, 0, 0.49, "0.1", "P", "play each faster or slower by up to this share", DATA,
        SHAPES_OR_OFF),
    ROW(S, "mask", NULL, REAL, mask, 0, 0.99, "0.3", "P", "mask up to this share of the bands of frequency", DATA, SHAPES_OR_OFF),
    ROW_CELL(S, RECURRENT_CELLS, "lstm", "recurrent cell"),
    ROW_NONLINEARITY(S),
    ROW_HIDDEN(S, "128", "hidden units in each direction"),
    ROW_LAYERS(S, "2", "recurrent layers"),
    ROWS_DIRECTIONS(S, "hear both ways", "hear forwards only"),
    ROW_DROPOUT(S, "0.3", "share of activations dropped in training"),
    ROW_WEIGHT_DROP(S, "0", "share of the recurrent weights dropped in training"),
    ROWS_RUN(S, "10 … 400, so that there are about 4000 updates", MINUTES_HELP, "8", "0"),
    ROWS_OPTIMISER(S, OPTIMISERS, "0.003", "5", "0.05", "0.99"),
    ROW_METRIC(S, "wer|cer|loss"),
    ROW_MAX_LENGTH(S),
    ROWS_KEEPING(S),
};
LACO_OPTION_TABLE(laco_transcribe_table, "transcribe", S, rows);

void laco_transcribe_defaults(laco_transcribe_options *options, const laco_spoken *data)
{
    laco_network_options *network = &options->network;
    laco_train_options *train = &options->train;
    int64_t epochs = train->epochs;
    if (options->data.rate == 0 && data)
        options->data.rate = laco_spoken_rate(data);
    if (network->cell == LACO_CELL_DEFAULT)
        network->cell = LACO_LSTM;
    if (network->hidden == 0)
        network->hidden = 128;
    if (network->layers == 0)
        network->layers = 2;
    if (network->dropout == 0)
        network->dropout = 0.3;
    if (network->directions == 0)
        network->directions = 2;
    network->embed = LACO_OFF;
    if (options->join == 0)
        options->join = 8;
    if (options->speed == 0)
        options->speed = 0.1;
    if (options->mask == 0)
        options->mask = 0.3;
    if (options->valid.fraction == 0)
        options->valid.fraction = 0.05;
    if (train->batch == 0)
        train->batch = 8;
    if (train->optimiser.lr == 0 && train->optimiser.kind == LACO_OPTIMISER_DEFAULT)
        train->optimiser.lr = 0.003;
    if (train->warmup == 0)
        train->warmup = 0.05;
    if (train->ema_decay == 0)
        train->ema_decay = 0.99;
    laco_train_default_refit(train, data && laco_spoken_count(data) < LACO_FEW_EXAMPLES);
    laco_train_defaults(train);
    train->epochs = epochs; /* by the number of strings, which is known later */
}

void laco_transcribe_options_of(const laco_model *base, void *user)
{
    const laco_transcriber *model = (const laco_transcriber *)base;
    laco_transcribe_options *options = user;
    laco_network_options_of(&model->network.config, &options->network);
    options->text = model->text;
    options->text.level = LACO_TEXT_DEFAULT;
    options->tokens = model->text.level == LACO_TEXT_WORD ? LACO_TOKENS_WORD : LACO_TOKENS_CHAR;
    options->data.rate = model->frontend.rate;
}
