/* The options of a classifier's training. */
#include "classify/classifier.h"
#include "classify/labelled.h"
#include "laco/train.h"
#include "train/loop.h"
#include "laco/classify.h"
#include "train/rows.h"

#define S laco_classify_options
#define NUMBERS "Sequences of numbers"

static const laco_option rows[] = {
    ROW_VALID(S, "0.1, of words 0.05", "FILE|FRACTION", "validation data, or how much to set aside"),
    ROW(S, "text", NULL, TEXT, data.text_column, 0, 0, "text", "COLUMN", "column of the text in a CSV file", DATA,
        LACO_OPTION_READS),
    ROW(S, "label", NULL, TEXT, data.label_column, 0, 0, "label", "COLUMN", "column of the label", DATA, LACO_OPTION_READS),
    ROW(S, "separator", NULL, CHOICE, data.separator, 0, 0, "found out", "tab|space",
        "what stands between label and text in lines", DATA, LACO_OPTION_READS),
    ROW_LEVEL(S, "what the network reads one at a time"),
    ROWS_FOLD(S),
    ROW(S, "class-weights", NULL, CHOICE, class_weights, 0, 0, "none", "none|balanced",
        "balanced: rare labels count as much as frequent ones", DATA, SHAPES),
    ROW(S, "label-smoothing", NULL, REAL, label_smoothing, 0, 0.99, "0", "P", "share of the target spread over all labels", DATA,
        SHAPES),
    ROW(S, "features", NULL, INTEGER, data.features, 1, 1 << 20, "1", "N", "numbers of one step in the rows of a table", NUMBERS,
        LACO_OPTION_READS),
    ROW(S, "steps", NULL, INTEGER, data.steps, 1, 1 << 30, NULL, "N", "steps of a row, from which --features follows", NUMBERS,
        LACO_OPTION_READS),
    ROW(S, "by", NULL, CHOICE, data.by, 0, 0, "row", "row|pixel", "what of an image is one step", NUMBERS, LACO_OPTION_READS),
    ROW_CELL(S, ALL_CELLS, "gru, of words lstm", "the recurrent cell; mlp: no memory"),
    ROW_NONLINEARITY(S),
    ROW_WINDOW(S, network.window, "all, padded", "steps that an mlp sees at once"),
    ROW(S, "pool", NULL, CHOICE, network.pool, 0, 0, "all", "last|mean|max|all",
        "what is kept of the steps; all: the three side by side", NETWORK, OF_MODEL),
    ROW(S, "positions", NULL, CHOICE, positions, 0, 0, "where all sequences are of one length", "yes|no",
        "know steps by their number too", NETWORK, OF_MODEL),
    ROW_HIDDEN(S, "128, of words 64", "hidden units in each direction"),
    ROW_LAYERS(S, "1, of few sequences of numbers 2", "recurrent layers"),
    ROW_EMBED(S, "64, of words 256", "size of the embedding of texts; 0: one-hot", OF_MODEL_OR_OFF),
    ROWS_DIRECTIONS(S, "read both ways", "read forwards only"),
    ROW_DROPOUT(S, "0.3, of words 0.5", "share of activations dropped in training"),
    ROW_WEIGHT_DROP(S, "0", "share of the recurrent weights dropped in training"),
    ROWS_RUN(S, "15, of words 10; more of few examples", MINUTES_HELP, "64, of few examples 16", "0"),
    ROWS_OPTIMISER(S, OPTIMISERS, "0.003, of words or few texts 0.001", "5", "0", "0, of words 0.995, of few examples 0.98"),
    ROW_METRIC(S, "accuracy|macro-f1|loss"),
    ROW_MAX_LENGTH(S),
    ROWS_KEEPING(S),
};
LACO_OPTION_TABLE(laco_classify_table, "classify", S, rows);

/* Fewer examples than this are a small set: smaller batches, of texts a lower rate, or there would be too few updates to learn
 * from. */
#define SMALL_SET 1280
#define FEW_NUMBER_UPDATES 2000 /* of a small set of sequences of numbers at least, */
#define NUMBER_UPDATES 5000     /* and so many where the epochs that they take are not more than */
#define NUMBER_EPOCHS 400
#define MANY 100000 /* examples, where nothing is known of them */

static void fill_network(laco_network_options *network, bool numbers, bool words, bool small)
{
    if (network->cell == LACO_CELL_DEFAULT)
        network->cell = words ? LACO_LSTM : LACO_GRU;
    if (network->hidden == 0)
        network->hidden = words ? 64 : 128;
    if (network->layers == 0)
        network->layers = numbers && small && network->cell != LACO_MLP ? 2 : 1;
    if (network->embed == 0 || numbers)
        network->embed = numbers ? LACO_OFF : words ? 256 : 64;
    if (network->dropout == 0)
        network->dropout = words ? 0.5 : 0.3;
    if (network->directions == 0 && network->cell != LACO_MLP)
        network->directions = 2;
    if (network->pool == LACO_POOL_DEFAULT)
        network->pool = LACO_POOL_ALL;
}

static int64_t default_epochs(int64_t examples, int64_t batch, bool numbers, bool words)
{
    int64_t batches = LACO_MAX((examples + batch - 1) / batch, 1);
    if (numbers && examples < SMALL_SET)
        return laco_train_default_epochs(LACO_MIN(NUMBER_EPOCHS, NUMBER_UPDATES / batches), FEW_NUMBER_UPDATES, examples, batch);
    return laco_train_default_epochs(words ? 10 : 15, LACO_LEAST_UPDATES, examples, batch);
}

void laco_classify_defaults(laco_classify_options *options, const laco_labelled *data)
{
    laco_train_options *train = &options->train;
    int64_t examples = data ? (int64_t)laco_labelled_count(data) : MANY;
    if (options->text.level == LACO_TEXT_DEFAULT)
        options->text.level = LACO_TEXT_CHAR;
    if (options->class_weights == LACO_CLASS_WEIGHTS_DEFAULT)
        options->class_weights = LACO_CLASS_WEIGHTS_NONE;
    bool numbers = data && laco_labelled_features(data) > 0, words = !numbers && options->text.level == LACO_TEXT_WORD,
         small = examples < SMALL_SET;
    fill_network(&options->network, numbers, words, small);
    if (train->metric == 0 && options->class_weights == LACO_CLASS_WEIGHTS_BALANCED)
        train->metric = 2; /* macro-F1: by accuracy it would be the epoch that knows the frequent class alone */
    if (options->valid.fraction == 0)
        options->valid.fraction = words ? 0.05 : 0.1;
    if (train->batch == 0)
        train->batch = small ? 16 : 64;
    if (train->epochs == 0 && train->minutes <= 0)
        train->epochs = default_epochs(examples, train->batch, numbers, words);
    if (train->optimiser.lr == 0 && train->optimiser.kind == LACO_OPTIMISER_DEFAULT)
        train->optimiser.lr = words || (small && !numbers) ? 0.001 : 0.003;
    if (train->ema_decay == 0 && (small || words))
        train->ema_decay = small ? 0.98 : 0.995;
    laco_train_default_refit(train, data && examples < LACO_FEW_EXAMPLES);
    laco_train_defaults(train);
}

void laco_classify_options_of(const laco_model *base, void *user)
{
    const laco_classifier *model = (const laco_classifier *)base;
    laco_classify_options *options = user;
    laco_network_options_of(&model->network.config, &options->network);
    options->positions = model->network.config.positions > 0 ? LACO_ALWAYS : LACO_NEVER;
    if (model->input.vocabulary)
        options->text = model->input.text;
    else
        options->network.embed = LACO_OFF;
}
