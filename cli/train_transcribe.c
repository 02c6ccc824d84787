#include "spoken.h"
#include "train.h"

typedef struct transcribe_arguments {
    train_arguments common;
    const char *valid;
    int cell, units;
    int64_t rate;
    laco_transcribe_options options; /* what is not in common */
} transcribe_arguments;

#define AT(member) offsetof(transcribe_arguments, member)

static const option data_options[] = {
    {"units", 0, OPTION_CHOICE, "char|word", "what is written at a time (word where few words come often)", AT(units), 0, 0},
    {"lower", 0, OPTION_FLAG, NULL, "texts in lower case", AT(common.lower), 0, 0},
    {"fold-accents", 0, OPTION_FLAG, NULL, "texts without accents", AT(common.fold_accents), 0, 0},
    {"rate", 0, OPTION_INTEGER, "N", "samples a second that are heard (the first recording's, at most 16000)", AT(rate), 1000,
     192000},
    {"valid", 0, OPTION_INPUT, "LIST|FRACTION", "validation recordings, or how many to set aside (0.05)", AT(valid), 0, 0},
    {"join", 0, OPTION_INTEGER_OFF, "N", "join recordings at random to strings of up to N words; 0: never (8)", AT(options.join),
     0, 1000},
    {"speed", 0, OPTION_REAL_OFF, "P", "play each faster or slower by up to this share (0.1)", AT(options.speed), 0, 0.49},
    {"mask", 0, OPTION_REAL_OFF, "P", "mask up to this share of the bands of frequency (0.3)", AT(options.mask), 0, 0.99},
};
static const option_group data_group = OPTION_GROUP("Data", data_options);

static const option network_options[] = {
    {"cell", 0, OPTION_CHOICE, "rnn|gru|lstm", "recurrent cell (lstm)", AT(cell), 0, 0},
    {"hidden", 0, OPTION_INTEGER, "N", "hidden units in each direction (128)", AT(common.network.hidden), 1, 65536},
    {"layers", 0, OPTION_INTEGER, "N", "recurrent layers (2)", AT(common.network.layers), 1, 64},
    {"unidirectional", 0, OPTION_FLAG, NULL, "hear forwards only", AT(common.one_direction), 0, 0},
    {"dropout", 0, OPTION_REAL_OFF, "P", "share of activations dropped in training (0.3)", AT(common.network.dropout), 0, 0.99},
};
static const option_group transcribe_network = OPTION_GROUP("The network", network_options);

static void resolve(transcribe_arguments *arguments)
{
    static const char *const cells[] = {NULL, "rnn", "gru", "lstm"};
    laco_transcribe_options *options = &arguments->options;
    options->train = arguments->common.train;
    options->network = arguments->common.network;
    options->network.cell = cells[arguments->cell];
    options->units = (laco_token_kind)arguments->units;
    options->text.lower = arguments->common.lower;
    options->text.fold_accents = arguments->common.fold_accents;
}

static int train_on(laco_context *ctx, transcribe_arguments *arguments, const laco_spoken *data)
{
    laco_spoken_config config = {.rate = laco_spoken_rate(data)};
    laco_spoken *valid = NULL;
    laco_model *model = NULL;
    int status = EXIT_DONE;
    if (arguments->valid && !(valid = load_spoken(ctx, &arguments->valid, 1, &config, arguments->common.quiet)))
        status = EXIT_TROUBLE;
    if (status == EXIT_DONE && !progress_start(ctx, &arguments->common, &arguments->options.train))
        status = EXIT_TROUBLE;
    if (status == EXIT_DONE) {
        laco_status trained = laco_train_transcribe(ctx, &arguments->options, data, valid, &model);
        status = progress_end(ctx, &arguments->common, trained, model);
    }
    laco_model_free(model);
    laco_spoken_free(valid);
    return status;
}

static int train(laco_context *ctx, void *user, const char *const *paths, int count)
{
    transcribe_arguments *arguments = user;
    laco_spoken_config config = {.rate = (int)arguments->rate};
    int status = read_valid(&arguments->valid, &arguments->options.valid_fraction);
    resolve(arguments);
    if (status != EXIT_DONE)
        return status;
    laco_spoken *data = load_spoken(ctx, paths, count, &config, arguments->common.quiet);
    status = data ? train_on(ctx, arguments, data) : EXIT_TROUBLE;
    laco_spoken_free(data);
    return status;
}

int train_transcribe(int argc, char **argv)
{
    const option_group groups[] = {run_group, data_group, transcribe_network, training_group};
    const command_line command = {
        "laco train transcribe",
        "DATA… -o MODEL [options]",
        "Learn to write what is said in recordings (CTC).\n"
        "DATA: lines of file.wav<TAB>text, paths relative to the list (several files between spaces are joined);\n"
        "or a folder of NAME.wav with NAME.txt beside it. WAV, FLAC and Ogg are read.",
        "laco train transcribe digits.tsv -o digits.safetensors",
        groups,
        sizeof groups / sizeof *groups,
        1,
        argc};
    transcribe_arguments arguments = {0};
    return run_training(&command, argc, argv, &arguments, train);
}
