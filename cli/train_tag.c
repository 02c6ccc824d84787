#include "train.h"

typedef struct tag_arguments {
    train_arguments common;
    const char *valid;
    int cell;
    bool crf, no_crf, unconstrained;
    laco_tag_options options; /* what is not in common */
} tag_arguments;

#define AT(member) offsetof(tag_arguments, member)

static const option data_options[] = {
    {"column", 0, OPTION_TEXT, "upos|xpos|N", "column of the tags (upos of CoNLL-U, else the last)", AT(options.column), 0, 0},
    {"valid", 0, OPTION_INPUT, "FILE|FRACTION", "validation data, or how much to set aside (0.05)", AT(valid), 0, 0},
    {"vectors", 0, OPTION_INPUT, "FILE", "pretrained word vectors, as text", AT(options.vectors), 0, 0},
    {"word-drop", 0, OPTION_REAL_OFF, "P", "a word seen n times is read as unknown P/(P+n) of the time (0.5)",
     AT(options.word_drop), 0, 1e6},
    {"context", 0, OPTION_INTEGER_OFF, "W", "words that sentences are read together to (80 for BIO tags; 0: each alone)",
     AT(options.context), 0, 10000},
    {"columns", 0, OPTION_REAL_OFF, "W", "weight in training of what else CoNLL-U says of a word (0.5; 0: the tags alone)",
     AT(options.columns), 0, 100},
};
static const option_group data_group = OPTION_GROUP("Data", data_options);

static const option network_options[] = {
    {"cell", 0, OPTION_CHOICE, "rnn|gru|lstm|mlp", "recurrent cell (lstm); mlp: no memory", AT(cell), 0, 0},
    {"window", 0, OPTION_INTEGER, "W", "words that an mlp sees at once (1)", AT(options.window), 1, 1000},
    {"hidden", 0, OPTION_INTEGER, "N", "hidden units in each direction (128)", AT(common.network.hidden), 1, 65536},
    {"layers", 0, OPTION_INTEGER, "N", "layers over the words (2)", AT(common.network.layers), 1, 64},
    {"bidirectional", 0, OPTION_FLAG, NULL, "read both ways (the default)", AT(common.bidirectional), 0, 0},
    {"unidirectional", 0, OPTION_FLAG, NULL, "read forwards only", AT(common.one_direction), 0, 0},
    {"embed", 0, OPTION_INTEGER, "N", "size of the embedding of words (100)", AT(common.network.embed), 1, 65536},
    {"letters", 0, OPTION_INTEGER_OFF, "N", "units that read the letters of a word; 0: none (50)", AT(options.letter_hidden), 0,
     65536},
    {"dropout", 0, OPTION_REAL_OFF, "P", "share of activations dropped in training (0.33)", AT(common.network.dropout), 0, 0.99},
    {"weight-drop", 0, OPTION_REAL_OFF, "P", "share of the recurrent weights that is zero for a batch (0.3)",
     AT(common.network.weight_drop), 0, 0.99},
    {"members", 0, OPTION_INTEGER, "N", "networks that learn together and answer by their mean (3; BIO tags: 4)",
     AT(options.members), 1, 16},
    {"crf", 0, OPTION_FLAG, NULL, "judge whole sequences of tags (the default for BIO tags)", AT(crf), 0, 0},
    {"no-crf", 0, OPTION_FLAG, NULL, "judge each tag alone", AT(no_crf), 0, 0},
    {"unconstrained", 0, OPTION_FLAG, NULL, "let a crf answer I-TYPE where no entity goes on", AT(unconstrained), 0, 0},
};
static const option_group tag_network = OPTION_GROUP("The network", network_options);

static void resolve(tag_arguments *arguments)
{
    static const char *const cells[] = {NULL, "rnn", "gru", "lstm", "mlp"};
    laco_tag_options *options = &arguments->options;
    options->train = arguments->common.train;
    options->network = arguments->common.network;
    options->network.cell = cells[arguments->cell];
    options->crf = arguments->no_crf ? -1 : arguments->crf;
    options->constrained = arguments->unconstrained ? -1 : 0;
}

/* The validation file, read with the tags of the data; *valid stays NULL where there is none. */
static int load_valid(laco_context *ctx, const tag_arguments *arguments, const laco_tagged *data, laco_tagged **valid)
{
    laco_tagged_config config = {
        .column = arguments->options.column, .labels = laco_tagged_tag_names(data), .label_count = laco_tagged_tag_count(data)};
    return arguments->valid && laco_tagged_load(ctx, &arguments->valid, 1, &config, valid) < 0 ? trouble(ctx) : EXIT_DONE;
}

static int train_on(laco_context *ctx, tag_arguments *arguments, const laco_tagged *data)
{
    laco_tagged *valid = NULL;
    laco_model *model = NULL;
    int status = load_valid(ctx, arguments, data, &valid);
    if (status == EXIT_DONE && !progress_start(ctx, &arguments->common, &arguments->options.train))
        status = EXIT_TROUBLE;
    if (status == EXIT_DONE) {
        laco_status trained = laco_train_tag(ctx, &arguments->options, data, valid, &model);
        status = progress_end(ctx, &arguments->common, trained, model);
    }
    laco_model_free(model);
    laco_tagged_free(valid);
    return status;
}

static int train(laco_context *ctx, void *user, const char *const *paths, int count)
{
    tag_arguments *arguments = user;
    laco_tagged_config config = {.column = arguments->options.column};
    laco_tagged *data = NULL;
    int status = read_valid(&arguments->valid, &arguments->options.valid_fraction);
    if (arguments->crf && arguments->no_crf)
        return wrong_usage("laco train tag", "--crf and --no-crf were both given; one of them can be");
    resolve(arguments);
    if (status == EXIT_DONE)
        status = laco_tagged_load(ctx, paths, count, &config, &data) < 0 ? trouble(ctx) : train_on(ctx, arguments, data);
    laco_tagged_free(data);
    return status;
}

int train_tag(int argc, char **argv)
{
    const option_group groups[] = {run_group, data_group, tag_network, training_group};
    const command_line command = {
        "laco train tag",
        "DATA… -o MODEL [options]",
        "Learn to give each word of a sentence a tag: its part of speech, the entity it belongs to.\n"
        "DATA: CoNLL-U; or a word and its tags on each line, in columns between spaces or tabs, and a blank\n"
        "line between sentences; or a sentence on each line, its words, a tab, its tags.",
        "laco train tag train.conllu -o pos.safetensors --valid dev.conllu",
        groups,
        4,
        1,
        argc};
    tag_arguments arguments = {0};
    return run_training(&command, argc, argv, &arguments, train);
}
