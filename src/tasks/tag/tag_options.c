/* The options of a tagger's training. */
#include "model/ensemble.h"
#include "model/network.h"
#include "tag/bio.h"
#include "train/rows.h"
#include "tag/tag_train.h"

#define S laco_tag_options

static const laco_option rows[] = {
    ROW(S, "column", NULL, TEXT, data.column, 0, 0, "upos of CoNLL-U, else the last", "upos|xpos|N", "column of the tags", DATA,
        SHAPES | COMMON),
    ROW_VALID(S, "0.05", "FILE|FRACTION", "validation data, or how much to set aside"),
    ROW(S, "vectors", NULL, INPUT, vectors, 0, 0, NULL, "FILE", "pretrained word vectors, as text", DATA, SHAPES),
    ROW(S, "word-drop", NULL, REAL, word_drop, 0, 1e6, "0.5, of BIO tags 1", "P",
        "a word seen n times is read as unknown P/(P+n) of the time", DATA, SHAPES_OR_OFF),
    ROW(S, "context", NULL, INTEGER, context, 0, 10000, "80 for BIO tags, else 0", "W",
        "words that sentences are read together to; 0: each alone", DATA, OF_MODEL_OR_OFF),
    ROW(S, "auxiliary", "columns", REAL, auxiliary, 0, 100, "0.5", "W",
        "weight in training of what else CoNLL-U says of a word; 0: the tags alone", DATA, SHAPES_OR_OFF),
    ROW_CELL(S, ALL_CELLS, "lstm", "recurrent cell; mlp: no memory"),
    ROW_NONLINEARITY(S),
    ROW_WINDOW(S, window, "1", "words that an mlp sees at once"),
    ROW_HIDDEN(S, "128", "hidden units in each direction"),
    ROW_LAYERS(S, "2", "layers over the words"),
    ROWS_DIRECTIONS(S, "read both ways", "read forwards only"),
    ROW_EMBED(S, "100, or that of the vectors", "size of the embedding of words", OF_MODEL),
    ROW(S, "letters", NULL, INTEGER, letter_hidden, 1, LACO_WIDEST, "50", "N", "units that read the letters of a word; 0: none",
        NETWORK, OF_MODEL_OR_OFF),
    ROW_DROPOUT(S, "0.33, of BIO tags 0.5", "share of activations dropped in training"),
    ROW_WEIGHT_DROP(S, "0.3", "share of the recurrent weights that is zero for a batch"),
    ROW_ENSEMBLE(S, "3, of BIO tags 4, of many sentences 1", "networks that learn together and answer by their mean"),
    ROW(S, "crf", NULL, SWITCH, crf, LACO_ALWAYS, 0, "for BIO tags", NULL, "judge whole sequences of tags", NETWORK, OF_MODEL),
    ROW(S, "no-crf", NULL, SWITCH, crf, LACO_NEVER, 0, NULL, NULL, "judge each tag alone", NETWORK, OF_MODEL),
    ROW(S, "constrained", NULL, SWITCH, constrained, LACO_ALWAYS, 0, "where the data obey that", NULL,
        "never let a crf answer I-TYPE where no entity goes on", NETWORK, OF_MODEL),
    ROW(S, "unconstrained", NULL, SWITCH, constrained, LACO_NEVER, 0, NULL, NULL,
        "let a crf answer I-TYPE where no entity goes on", NETWORK, OF_MODEL),
    ROWS_RUN(S, "20, more of few sentences", MINUTES_HELP, "16, of sentences read together 6", "0"),
    ROWS_OPTIMISER(S, OPTIMISERS, "0.003", "5", "0", "0.998"),
    ROW_METRIC(S, "accuracy|f1"),
    ROW_MAX_LENGTH(S),
    ROWS_KEEPING(S),
};
LACO_OPTION_TABLE(laco_tag_table, "tag", S, rows);

/* Where tags mark entities, what was learned by heart is wrong in the next document: more is dropped, and more is read at once.
 * There are few of them, so that networks differ more in what they know, and one more is asked. */
static void fill_regularisation(laco_tag_options *options, size_t sentences, bool bio)
{
    laco_network_options *network = &options->network;
    if (network->dropout == 0)
        network->dropout = bio ? 0.5 : 0.33;
    if (network->weight_drop == 0)
        network->weight_drop = network->cell == LACO_MLP ? LACO_OFF : 0.3;
    if (options->word_drop == 0)
        options->word_drop = bio ? 1 : 0.5;
    if (options->context == 0)
        options->context = bio && network->cell != LACO_MLP ? 80 : LACO_OFF;
    if (options->ensemble == 0)
        options->ensemble = laco_ensemble_default(sentences, bio ? 4 : 3);
    if (options->auxiliary == 0)
        options->auxiliary = 0.5;
    if (options->crf == LACO_AUTO)
        options->crf = bio ? LACO_ALWAYS : LACO_NEVER;
}

static void fill_network(laco_tag_options *options)
{
    laco_network_options *network = &options->network;
    if (network->cell == LACO_CELL_DEFAULT)
        network->cell = LACO_LSTM;
    if (network->hidden == 0)
        network->hidden = 128;
    if (network->layers == 0)
        network->layers = 2;
    if (network->directions == 0 && network->cell != LACO_MLP)
        network->directions = 2;
    if (network->embed == 0 && !options->vectors)
        network->embed = 100;
    if (options->letter_hidden == 0)
        options->letter_hidden = 50;
    if (options->window == 0)
        options->window = 1;
}

#define EPOCHS 20

/* More of few sentences, as they are read: alone, or together. */
static int64_t default_epochs(const laco_tag_options *options, const laco_tagged *data)
{
    if (!data)
        return EPOCHS;
    size_t count =
        options->context > 0 ? laco_tagged_word_count(data) / (size_t)options->context : laco_tagged_sentence_count(data);
    return laco_train_default_epochs(EPOCHS, LACO_LEAST_UPDATES, (int64_t)count, options->train.batch);
}

void laco_tag_defaults(laco_tag_options *options, const laco_tagged *data)
{
    laco_train_options *train = &options->train;
    fill_network(options);
    fill_regularisation(options, data ? laco_tagged_sentence_count(data) : 0, data && laco_tagged_is_bio(data));
    if (options->valid.fraction == 0)
        options->valid.fraction = 0.05;
    if (train->batch == 0)
        train->batch = options->context > 0 ? 6 : 16;
    if (train->epochs == 0 && train->minutes <= 0)
        train->epochs = default_epochs(options, data);
    if (train->optimiser.lr == 0 && train->optimiser.kind == LACO_OPTIMISER_DEFAULT)
        train->optimiser.lr = 0.003;
    if (train->ema_decay == 0)
        train->ema_decay = 0.998;
    laco_train_default_refit(train, data && laco_tagged_sentence_count(data) < LACO_FEW_EXAMPLES);
    laco_train_defaults(train);
}

void laco_tag_options_of(const laco_model *base, void *user)
{
    const laco_tagger *model = (const laco_tagger *)base;
    const laco_tagger_config *c = &model->config;
    laco_tag_options *options = user;
    bool bio = c->crf && laco_bio_detect((const char *const *)model->tags, (int)c->outputs);
    laco_network_options_of(&(laco_network_config){.mlp = c->mlp,
                                                   .cell = c->cell,
                                                   .nonlinearity = c->nonlinearity,
                                                   .embed = c->embed,
                                                   .hidden = c->hidden,
                                                   .layers = c->layers,
                                                   .directions = c->directions,
                                                   .dropout = c->dropout},
                            &options->network);
    options->network.window = 0;
    options->network.weight_drop = c->weight_drop > 0 ? c->weight_drop : LACO_OFF;
    options->window = c->mlp ? c->window : 0;
    options->letter_hidden = c->letter_hidden > 0 ? c->letter_hidden : LACO_OFF;
    options->context = c->context > 0 ? c->context : LACO_OFF;
    options->ensemble = c->ensemble;
    options->crf = c->crf ? LACO_ALWAYS : LACO_NEVER;
    options->constrained = !bio ? LACO_AUTO : c->constrained ? LACO_ALWAYS : LACO_NEVER;
}
