/* The options of a captioner's training. */
#include "text/encode.h"
#include "caption/caption_train.h"
#include "model/network.h"
#include "train/rows.h"

#include <string.h>

#define S laco_caption_options

static const laco_option rows[] = {
    ROW_VALID(S, "0.05", "FILE|FRACTION", "validation data (a list or a table), or how much to set aside"),
    ROW(S, "tokens", "units", CHOICE, tokens, 0, 0, "words where any has a space", "char|word", "what captions are written in",
        DATA, OF_MODEL | COMMON),
    ROW(S, "columns", NULL, INTEGER, columns, 1, 1000, "so that there are about 30 steps", "N",
        "columns of a picture read in one step", DATA, OF_MODEL),
    ROW(S, "shift", NULL, REAL, shift, 0, 1000, "2", "N", "move pictures by up to N pixels while training; 0: not at all", DATA,
        SHAPES_OR_OFF),
    ROW(S, "bend", NULL, REAL, bend, 0, 0.5, "0.1", "P", "stretch and slant them by up to this share; 0: not at all", DATA,
        SHAPES_OR_OFF),
    ROW(S, "encoder", NULL, CHOICE, encoder, 0, 0, "recurrent, of vectors mlp", "recurrent|mlp",
        "reads column by column, or all numbers at once", NETWORK, OF_MODEL),
    ROW_ATTENTION(S, "what the decoder sees of the columns; none: their last state"),
    ROW_CELL(S, RECURRENT_CELLS, "lstm", "recurrent cell"),
    ROW_HIDDEN(S, "128", "hidden units in each direction"),
    ROW_LAYERS(S, "1", "layers of encoder and decoder"),
    ROWS_DIRECTIONS(S, "read columns both ways", "read columns from left to right only"),
    ROW_EMBED(S, "64", "size of the embedding of words", OF_MODEL),
    ROW_DROPOUT(S, "0.2", "share of activations dropped in training"),
    ROW(S, "label-smoothing", NULL, REAL, label_smoothing, 0, 0.999, "0", "P", "share of the target spread over all words",
        NETWORK, SHAPES),
    ROW(S, "scheduled-sampling", "sampling", REAL, scheduled_sampling, 0, 1, "0", "P", "read so many of its own words by the end",
        NETWORK, SHAPES),
    ROWS_RUN(S, "8 … 60, by the number of items; more of few", MINUTES_HELP, "64, of few items 16", "0"),
    ROWS_OPTIMISER(S, OPTIMISERS, "0.002", "5", "0", "0"),
    ROW_METRIC(S, "exact-match|token-errors|loss"),
    ROW_MAX_LENGTH(S),
    ROWS_KEEPING(S),
};
LACO_OPTION_TABLE(laco_caption_table, "caption", S, rows);

#define STEPS 30       /* about so many steps make of a picture */
#define SMALL_SET 2000 /* fewer items than this: smaller batches */
#define UPDATES 9000   /* more epochs where a run would have fewer, */
#define MANY_EPOCHS 60 /* but not more than so many for it */
#define FEWEST_EPOCHS 8
#define MANY 100000 /* items, where nothing is known of them, of one width */
#define USUAL_WIDTH 28

static int64_t widest(const laco_captioned *data)
{
    size_t most = data ? 1 : USUAL_WIDTH;
    for (size_t i = 0; data && i < data->count; i++)
        most = LACO_MAX(most, data->items[i].steps);
    return (int64_t)most;
}

static bool has_space(const laco_captioned *data)
{
    if (!data)
        return true;
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
        o->encoder = !data || data->kind == LACO_CAPTIONED_PICTURES ? LACO_ENCODER_RECURRENT : LACO_ENCODER_MLP;
    mlp = o->encoder == LACO_ENCODER_MLP;
    if (network->cell == LACO_CELL_DEFAULT)
        network->cell = LACO_LSTM;
    if (network->hidden == 0)
        network->hidden = 128;
    if (network->layers == 0)
        network->layers = 1;
    if (network->embed == 0)
        network->embed = 64;
    if (network->dropout == 0)
        network->dropout = 0.2;
    if (network->directions == 0 && !mlp)
        network->directions = 2;
    if (o->attention == LACO_ATTENTION_DEFAULT)
        o->attention = mlp ? LACO_ATTENTION_NONE : LACO_ATTENTION_DOT;
    if (o->columns == 0 && !mlp)
        o->columns = LACO_MAX((widest(data) + STEPS / 2) / STEPS, (int64_t)1);
    bool vectors = data && data->kind == LACO_CAPTIONED_VECTORS;
    if (o->shift == 0)
        o->shift = vectors ? LACO_OFF : 2;
    if (o->bend == 0)
        o->bend = vectors ? LACO_OFF : 0.1;
}

void laco_caption_defaults(laco_caption_options *o, const laco_captioned *data)
{
    laco_train_options *train = &o->train;
    int64_t items = data ? (int64_t)data->count : MANY;
    fill_network(o, data);
    if (o->tokens == LACO_TOKENS_DEFAULT)
        o->tokens = has_space(data) ? LACO_TOKENS_WORD : LACO_TOKENS_CHAR;
    if (o->valid.fraction == 0)
        o->valid.fraction = 0.05;
    if (train->batch == 0)
        train->batch = items < SMALL_SET ? 16 : 64;
    if (train->epochs == 0 && train->minutes <= 0) {
        int64_t batches = LACO_MAX((items + train->batch - 1) / train->batch, (int64_t)1);
        int64_t epochs = LACO_MIN(LACO_MAX((UPDATES + batches - 1) / batches, (int64_t)FEWEST_EPOCHS), (int64_t)MANY_EPOCHS);
        train->epochs = laco_train_default_epochs(epochs, LACO_LEAST_UPDATES, items, train->batch);
    }
    if (train->optimiser.lr == 0 && train->optimiser.kind == LACO_OPTIMISER_DEFAULT)
        train->optimiser.lr = 0.002;
    laco_train_default_refit(train, data && data->count < LACO_FEW_EXAMPLES);
    laco_train_defaults(train);
}

void laco_caption_options_of(const laco_model *base, void *user)
{
    const laco_captioner *model = (const laco_captioner *)base;
    const laco_captioner_config *c = &model->config;
    laco_caption_options *options = user;
    laco_network_options_of(&(laco_network_config){.cell = c->cell,
                                                   .embed = c->embed,
                                                   .hidden = c->hidden,
                                                   .layers = c->layers,
                                                   .directions = c->directions,
                                                   .dropout = c->dropout},
                            &options->network);
    options->network.directions = c->mlp ? 0 : c->directions;
    options->encoder = c->mlp ? LACO_ENCODER_MLP : LACO_ENCODER_RECURRENT;
    options->columns = c->mlp ? 0 : model->input.columns;
    options->attention = c->attention;
    options->tokens = c->tokens;
}
