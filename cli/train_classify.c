#include "train.h"

typedef struct classify_arguments {
    train_arguments common;
    const char *valid, *text_column, *label_column;
    int class_weights, separator, by, cell, pool, positions;
    int64_t features, steps;
    double label_smoothing, valid_fraction;
} classify_arguments;

#define AT(member) offsetof(classify_arguments, member)

static const option data_options[] = {
    {"valid", 0, OPTION_INPUT, "FILE|FRACTION", "validation data, or how much to set aside (0.1, of words 0.05)", AT(valid), 0, 0},
    {"text", 0, OPTION_TEXT, "COLUMN", "column of the text in a CSV file (text)", AT(text_column), 0, 0},
    {"label", 0, OPTION_TEXT, "COLUMN", "column of the label (label)", AT(label_column), 0, 0},
    {"separator", 0, OPTION_CHOICE, "tab|space", "what stands between label and text in lines (found out)", AT(separator), 0, 0},
    {"level", 0, OPTION_CHOICE, "char|word|byte", "what the network reads one at a time", AT(common.level), 0, 0},
    {"fold-accents", 0, OPTION_FLAG, NULL, "read ã as a, ç as c", AT(common.fold_accents), 0, 0},
    {"lower", 0, OPTION_FLAG, NULL, "read everything in lower case", AT(common.lower), 0, 0},
    {"class-weights", 0, OPTION_CHOICE, "none|balanced", "balanced: rare labels count as much as frequent ones", AT(class_weights), 0, 0},
    {"label-smoothing", 0, OPTION_REAL, "P", "share of the target spread over all labels", AT(label_smoothing), 0, 0.99},
};
static const option_group classify_data = OPTION_GROUP("Data", data_options);

static const option number_options[] = {
    {"features", 0, OPTION_INTEGER, "N", "numbers of one step in the rows of a table (1)", AT(features), 1, 1 << 20},
    {"steps", 0, OPTION_INTEGER, "N", "steps of a row, from which --features follows", AT(steps), 1, 1 << 30},
    {"by", 0, OPTION_CHOICE, "row|pixel", "what of an image is one step (row)", AT(by), 0, 0},
};
static const option_group classify_numbers = OPTION_GROUP("Sequences of numbers", number_options);

static const option network_options[] = {
    {"cell", 0, OPTION_CHOICE, "rnn|gru|lstm|mlp", "the recurrent cell; mlp: no memory", AT(cell), 0, 0},
    {"nonlinearity", 0, OPTION_CHOICE, "tanh|relu", "of the cell rnn", AT(common.nonlinearity), 0, 0},
    {"window", 0, OPTION_INTEGER, "W", "steps that an mlp sees at once (else all, padded)", AT(common.network.window), 1, 1000},
    {"pool", 0, OPTION_CHOICE, "last|mean|max|all", "what is kept of the steps (all: the three side by side)", AT(pool), 0, 0},
    {"positions", 0, OPTION_CHOICE, "yes|no", "know steps by their number too (where all sequences are of one length)", AT(positions), 0, 0},
    {"hidden", 0, OPTION_INTEGER, "N", "hidden units in each direction", AT(common.network.hidden), 1, 65536},
    {"layers", 0, OPTION_INTEGER, "N", "recurrent layers", AT(common.network.layers), 1, 64},
    {"embed", 0, OPTION_INTEGER_OFF, "N", "size of the embedding of texts; 0: one-hot", AT(common.network.embed), 0, 65536},
    {"bidirectional", 0, OPTION_FLAG, NULL, "read both ways (the default)", AT(common.bidirectional), 0, 0},
    {"unidirectional", 0, OPTION_FLAG, NULL, "read forwards only", AT(common.one_direction), 0, 0},
    {"dropout", 0, OPTION_REAL_OFF, "P", "share of activations dropped in training", AT(common.network.dropout), 0, 0.99},
    {"weight-drop", 0, OPTION_REAL_OFF, "P", "share of the recurrent weights dropped in training", AT(common.network.weight_drop), 0, 0.99},
};
static const option_group classify_network = OPTION_GROUP("The network", network_options);

static laco_labelled_config data_config(const classify_arguments *arguments)
{
    laco_labelled_config config = {.text_column = arguments->text_column, .label_column = arguments->label_column,
                                   .separator = arguments->separator == 2 ? ' ' : arguments->separator ? '\t' : '\0', .features = arguments->features,
                                   .steps = arguments->steps};
    if (arguments->by == 2)
        config.features = 1;
    return config;
}

/* The validation file, read with the labels of the data; *valid stays NULL where there is none. */
static int load_valid(laco_context *ctx, const classify_arguments *arguments, const laco_labelled *data, laco_labelled **valid)
{
    laco_labelled_config config = data_config(arguments);
    config.labels = laco_labelled_label_names(data);
    config.label_count = laco_labelled_label_count(data);
    config.features = laco_labelled_features(data);
    config.kind = config.features > 0 ? LACO_LABELLED_NUMBERS : LACO_LABELLED_TEXT;
    return arguments->valid && laco_labelled_load(ctx, &arguments->valid, 1, &config, valid) < 0 ? trouble(ctx) : EXIT_DONE;
}

static int train_on(laco_context *ctx, classify_arguments *arguments, const laco_labelled *data)
{
    train_arguments *common = &arguments->common;
    laco_classify_options options = {.train = common->train, .network = common->network, .balanced = arguments->class_weights == 2,
                                     .label_smoothing = arguments->label_smoothing,
                                     .positions = arguments->positions == 2 ? -1 : arguments->positions};
    options.text = (laco_text_config){(laco_text_level)(common->level ? common->level - 1 : 0), common->fold_accents, common->lower};
    static const char *const cells[] = {NULL, "rnn", "gru", "lstm", "mlp"};
    options.network.cell = cells[arguments->cell];
    options.network.pool = (laco_pooling)arguments->pool;
    options.valid_fraction = arguments->valid_fraction;
    laco_labelled *valid = NULL;
    laco_model *model = NULL;
    int status = load_valid(ctx, arguments, data, &valid);
    if (status == EXIT_DONE && !progress_start(ctx, common, &options.train))
        status = EXIT_TROUBLE;
    if (status == EXIT_DONE) {
        laco_status trained = laco_train_classify(ctx, &options, data, valid, &model);
        status = progress_end(ctx, common, trained, model);
    }
    laco_model_free(model);
    laco_labelled_free(valid);
    return status;
}

static int train(laco_context *ctx, void *user, const char *const *paths, int count)
{
    classify_arguments *arguments = user;
    laco_labelled_config config = data_config(arguments);
    laco_labelled *data = NULL;
    if (arguments->by && (arguments->features > 0 || arguments->steps > 0))
        return trouble_text("--by says how images are read; --features and --steps are for tables");
    int status = read_valid(&arguments->valid, &arguments->valid_fraction);
    if (status == EXIT_DONE)
        status = laco_labelled_load(ctx, paths, count, &config, &data) < 0 ? trouble(ctx) : train_on(ctx, arguments, data);
    laco_labelled_free(data);
    return status;
}

int train_classify(int argc, char **argv)
{
    const option_group groups[] = {run_group, classify_data, classify_numbers, classify_network, training_group};
    const command_line command = {"laco train classify", "DATA… -o MODEL [options]",
                                  "Learn to give each sequence a label: which language a surname is from, which gesture was made.\n"
                                  "Texts: lines of label<TAB>text, a CSV file with a header, a folder with one file of texts for each\n"
                                  "label, or - for label<TAB>text on standard input. Numbers: a CSV file with the label last, a .ts\n"
                                  "file, images in IDX (and the file of their labels, where it does not lie beside them).\n"
                                  "By default: a GRU both ways (an LSTM for words), of whose steps the last, the mean and the maximum are kept; Adam with a\n"
                                  "rate that falls as a cosine, gradient clipped at 5, a tenth (of words a twentieth) set aside; sizes, epochs and\n"
                                  "rate by the kind and the amount of data (laco info MODEL tells).",
                                  "laco train classify names/ -o names.safetensors", groups, sizeof groups / sizeof *groups, 1, argc};
    classify_arguments arguments = {0};
    return run_training(&command, argc, argv, &arguments, train);
}
