#include "train.h"

typedef struct transduce_arguments {
    train_arguments common;
    const char *valid;
    int attention, source, target;
    laco_transduce_options options; /* what is not in common */
} transduce_arguments;

#define AT(member) offsetof(transduce_arguments, member)

static const option data_options[] = {
    {"source", 0, OPTION_CHOICE, "char|word", "tokens of the source (word where most sources have spaces)", AT(source), 0, 0},
    {"target", 0, OPTION_CHOICE, "char|word", "tokens of the target, likewise", AT(target), 0, 0},
    {"every-target", 0, OPTION_FLAG, NULL, "learn all targets of a source, not to write one of them", AT(options.every_target), 0,
     0},
    {"valid", 0, OPTION_INPUT, "FILE|FRACTION", "validation data, or how many sources to set aside (0.05)", AT(valid), 0, 0},
};
static const option_group data_group = OPTION_GROUP("Data", data_options);

static const option network_options[] = {
    {"cell", 0, OPTION_CHOICE, "rnn|gru|lstm", "recurrent cell (lstm)", AT(common.cell), 0, 0},
    {"hidden", 0, OPTION_INTEGER, "N", "hidden units, of the encoder in each direction (256)", AT(common.network.hidden), 1,
     65536},
    {"layers", 0, OPTION_INTEGER, "N", "layers of the encoder (2)", AT(common.network.layers), 1, 64},
    {"decoder-layers", 0, OPTION_INTEGER, "N", "layers of the decoder (1)", AT(options.decoder_layers), 1, 64},
    {"bidirectional", 0, OPTION_FLAG, NULL, "read the source both ways (the default)", AT(common.bidirectional), 0, 0},
    {"unidirectional", 0, OPTION_FLAG, NULL, "read it forwards only", AT(common.one_direction), 0, 0},
    {"attention", 0, OPTION_CHOICE, "none|dot|additive", "how the decoder looks at the source (dot)", AT(attention), 0, 0},
    {"members", 0, OPTION_INTEGER, "N", "networks that learn together and write by their mean (2)", AT(options.members), 1, 16},
    {"embed", 0, OPTION_INTEGER, "N", "size of the embeddings (128)", AT(common.network.embed), 1, 65536},
    {"dropout", 0, OPTION_REAL_OFF, "P", "share of activations dropped in training (0.2)", AT(common.network.dropout), 0, 0.99},
    {"label-smoothing", 0, OPTION_REAL_OFF, "P", "share of the target spread over all tokens (0.1)", AT(options.label_smoothing),
     0, 0.99},
    {"ctc", 0, OPTION_REAL_OFF, "W", "weight in training of the encoder's telling the target alone, by CTC (1)", AT(options.ctc),
     0, 1000},
    {"sampling", 0, OPTION_REAL, "P", "in training, read an own answer in the place of the right one (0)", AT(options.sampling),
     0, 1},
};
static const option_group transduce_network = OPTION_GROUP("The network", network_options);

static void resolve(transduce_arguments *arguments)
{
    laco_transduce_options *options = &arguments->options;
    options->train = arguments->common.train;
    options->network = arguments->common.network;
    options->source = (laco_token_kind)arguments->source;
    options->target = (laco_token_kind)arguments->target;
    options->no_attention = arguments->attention == 1;
    options->attention = arguments->attention > 1 ? (laco_attention_kind)(arguments->attention - 1) : LACO_ATTENTION_NONE;
}

static int train_on(laco_context *ctx, transduce_arguments *arguments, const laco_pairs *data)
{
    laco_pairs *valid = NULL;
    laco_model *model = NULL;
    int status = arguments->valid && laco_pairs_load(ctx, &arguments->valid, 1, &valid) < 0 ? trouble(ctx) : EXIT_DONE;
    if (status == EXIT_DONE && !progress_start(ctx, &arguments->common, &arguments->options.train))
        status = EXIT_TROUBLE;
    if (status == EXIT_DONE) {
        laco_status trained = laco_train_transduce(ctx, &arguments->options, data, valid, &model);
        status = progress_end(ctx, &arguments->common, trained, model);
    }
    laco_model_free(model);
    laco_pairs_free(valid);
    return status;
}

static int train(laco_context *ctx, void *user, const char *const *paths, int count)
{
    transduce_arguments *arguments = user;
    laco_pairs *data = NULL;
    int status = read_valid(&arguments->valid, &arguments->options.valid_fraction);
    resolve(arguments);
    if (status == EXIT_DONE)
        status = laco_pairs_load(ctx, paths, count, &data) < 0 ? trouble(ctx) : train_on(ctx, arguments, data);
    laco_pairs_free(data);
    return status;
}

int train_transduce(int argc, char **argv)
{
    const option_group groups[] = {run_group, data_group, transduce_network, training_group};
    const command_line command = {
        "laco train transduce",
        "DATA… -o MODEL [options]",
        "Learn to turn one sequence into another of any length: spelling into sounds, dates into dates.\n"
        "DATA: lines of source<TAB>target. A source may stand in several lines: each of its targets is right.\n"
        "By default a side whose texts have spaces within is read word by word, else letter by letter.",
        "laco train transduce words.tsv -o sounds.safetensors",
        groups,
        4,
        1,
        argc};
    transduce_arguments arguments = {0};
    return run_training(&command, argc, argv, &arguments, train);
}
