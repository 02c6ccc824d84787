#include "train.h"

typedef struct generate_arguments {
    train_arguments common;
    laco_generate_options options;
    const char *valid;
} generate_arguments;

#define AT(member) offsetof(generate_arguments, member)
#define NETWORK(member) AT(common.network.member)

static const option text_options[] = {
    {"level", 0, OPTION_CHOICE, "char|word|byte", "what the network reads and writes one at a time", AT(common.level), 0, 0},
    {"lower", 0, OPTION_FLAG, NULL, "read everything in lower case", AT(common.lower), 0, 0},
    {"fold-accents", 0, OPTION_FLAG, NULL, "read ã as a, ç as c", AT(common.fold_accents), 0, 0},
    {"valid", 0, OPTION_INPUT, "FILE|FRACTION", "validation text, or how much of the end to set aside (0.05)", AT(valid), 0, 0},
    {"vocabulary", 0, OPTION_INTEGER, "N", "most words (20000) or characters (all)", AT(options.vocabulary), 2, 1e8},
    {"seq-len", 0, OPTION_INTEGER, "N", "length of a chunk: how far back gradients go", AT(options.seq_len), 1, 1 << 20},
    {"label-smoothing", 0, OPTION_REAL, "P", "share of the target spread over all units", AT(options.label_smoothing), 0, 0.99},
};
static const option_group text_group = OPTION_GROUP("The text", text_options);

static const option network_options[] = {
    {"cell", 0, OPTION_CHOICE, "rnn|gru|lstm", "the recurrent cell", AT(common.cell), 0, 0},
    {"hidden", 0, OPTION_INTEGER, "N", "hidden units", NETWORK(hidden), 1, 65536},
    {"layers", 0, OPTION_INTEGER, "N", "recurrent layers", NETWORK(layers), 1, 64},
    {"embed", 0, OPTION_INTEGER, "N", "size of the embedding", NETWORK(embed), 1, 65536},
    {"tie-weights", 0, OPTION_FLAG, NULL, "the output layer has the embedding's weights", NETWORK(tie_weights), 0, 0},
    {"dropout", 0, OPTION_REAL_OFF, "P", "between layers and on outputs", NETWORK(dropout), 0, 0.99},
    {"embed-dropout", 0, OPTION_REAL_OFF, "P", "on embeddings", NETWORK(embed_dropout), 0, 0.99},
    {"variational", 0, OPTION_FLAG, NULL, "dropout drops the same at every step", NETWORK(variational), 0, 0},
    {"weight-drop", 0, OPTION_REAL_OFF, "P", "share of recurrent weights dropped", NETWORK(weight_drop), 0, 0.99},
};
static const option_group language_network_group = OPTION_GROUP("The network", network_options);

static int train(laco_context *ctx, void *user, const char *const *paths, int count)
{
    generate_arguments *arguments = user;
    train_arguments *common = &arguments->common;
    laco_generate_options *options = &arguments->options;
    laco_corpus *data = NULL, *valid = NULL;
    laco_model *model = NULL;
    int status = read_valid(&arguments->valid, &options->valid_fraction);
    options->train = common->train;
    options->network = common->network;
    options->text =
        (laco_text_config){(laco_text_level)(common->level ? common->level - 1 : 0), common->fold_accents, common->lower};
    if (status == EXIT_DONE && (laco_corpus_load(ctx, &options->text, paths, count, &data) < 0 ||
                                (arguments->valid && laco_corpus_load(ctx, &options->text, &arguments->valid, 1, &valid) < 0)))
        status = trouble(ctx);
    if (status == EXIT_DONE && !progress_start(ctx, common, &options->train))
        status = EXIT_TROUBLE;
    if (status == EXIT_DONE) {
        laco_status trained = laco_train_generate(ctx, options, data, valid, &model);
        status = progress_end(ctx, common, trained, model);
    }
    laco_model_free(model);
    laco_corpus_free(valid);
    laco_corpus_free(data);
    return status;
}

int train_generate(int argc, char **argv)
{
    option training[MOST_TRAINING_OPTIONS];
    const option_group groups[] = {run_group, text_group, language_network_group,
                                   training_group_with("minutes", NULL,
                                                       "end after so much time, or sooner: a text below 2 million units is read 40 times at most",
                                                       training)};
    const command_line command = {
        "laco train generate",
        "TEXT… -o MODEL [options]",
        "Learn to write like a text, a character, word or byte at a time.\n"
        "TEXT: files, read one after another as one text, or - for standard input. They may be larger than\n"
        "memory.",
        "laco train generate poems.txt -o poems.safetensors --minutes 10",
        groups,
        4,
        1,
        argc};
    generate_arguments arguments = {0};
    return run_training(&command, argc, argv, &arguments, train);
}
