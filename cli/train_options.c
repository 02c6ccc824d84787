#include "train.h"

#include <string.h>

#define AT(member) offsetof(train_arguments, member)

static const option training_options[] = {
    {"epochs", 0, OPTION_INTEGER, "N", "passes over the data", AT(train.epochs), 1, 1e6},
    {"minutes", 0, OPTION_REAL, "M", "end after so much time, or sooner by --epochs or --patience", AT(train.minutes), 0.001, 1e6},
    {"batch", 0, OPTION_INTEGER, "N", "examples in one update", AT(train.batch), 1, 1 << 20},
    {"lr", 0, OPTION_REAL, "X", "learning rate", AT(train.optimiser.lr), 1e-12, 1e38},
    {"optim", 0, OPTION_CHOICE, "sgd|adam|adamw|rmsprop", "the optimiser", AT(optimiser), 0, 0},
    {"momentum", 0, OPTION_REAL, "X", "of sgd and rmsprop", AT(train.optimiser.momentum), 0, 1},
    {"weight-decay", 0, OPTION_REAL, "X", "of every optimiser", AT(train.optimiser.weight_decay), 0, 1e6},
    {"clip", 0, OPTION_REAL_OFF, "X", "limit on the gradient's norm; 0: none", AT(train.clip), 0, 1e30},
    {"schedule", 0, OPTION_CHOICE, "constant|step|cosine|plateau", "of the learning rate", AT(schedule), 0, 0},
    {"warmup", 0, OPTION_REAL, "P", "share of the run over which the rate rises", AT(train.warmup), 0, 1},
    {"average", 0, OPTION_REAL_OFF, "D", "keep a running mean of the weights, with this decay; 0: none", AT(train.average), 0, 0.999999},
    {"patience", 0, OPTION_INTEGER_OFF, "N", "end after N epochs without improvement", AT(train.patience), 0, 1e6},
    {"precision", 0, OPTION_CHOICE, "fp32|bf16", "of matrix products; weights and sums stay fp32", AT(precision), 0, 0},
    {"recompute-steps", 0, OPTION_INTEGER_OFF, "N", "keep every N-th state, compute others again; 0: never (√T above 1 GiB)",
     AT(train.recompute_steps), 0, 1e9},
    {"checkpoint", 0, OPTION_OUTPUT, "FILE", "keep the state of training here", AT(train.checkpoint), 0, 0},
    {"every", 0, OPTION_REAL, "SECONDS", "how often (60)", AT(train.checkpoint_seconds), 0.01, 1e9},
    {"resume", 0, OPTION_INPUT, "FILE", "go on from a checkpoint", AT(train.resume), 0, 0},
};
_Static_assert(sizeof training_options / sizeof *training_options <= MOST_TRAINING_OPTIONS, "there is room for a copy of the table");
const option_group training_group = OPTION_GROUP("Training", training_options);

static const option run_options[] = {
    {"output", 'o', OPTION_OUTPUT, "MODEL", "where the model goes (required)", AT(output), 0, 0},
    {"seed", 0, OPTION_INTEGER, "N", "the same seed gives the same file, byte for byte", AT(seed), 0, 9e18},
    {"threads", 0, OPTION_INTEGER, "N", "threads; results never depend on it", AT(threads), 1, 256},
    {"quiet", 'q', OPTION_FLAG, NULL, "no progress", AT(quiet), 0, 0},
    {"json", 0, OPTION_FLAG, NULL, "one JSON object a line on standard output", AT(json), 0, 0},
};
const option_group run_group = OPTION_GROUP("Running", run_options);

void resolve_train_arguments(train_arguments *arguments)
{
    static const char *const cells[] = {NULL, "rnn", "gru", "lstm"};
    arguments->network.cell = cells[arguments->cell];
    arguments->network.nonlinearity = arguments->nonlinearity == 2 ? LACO_RELU : LACO_TANH;
    if (arguments->bidirectional || arguments->one_direction)
        arguments->network.directions = arguments->bidirectional ? 2 : 1;
    if (arguments->optimiser) {
        arguments->train.optimiser.kind = (laco_optimiser_kind)(arguments->optimiser - 1);
        arguments->train.optimiser_set = true;
    }
    if (arguments->precision)
        arguments->train.precision = (laco_precision)(arguments->precision - 1);
    if (arguments->schedule) {
        arguments->train.schedule = (laco_schedule_kind)(arguments->schedule - 1);
        arguments->train.schedule_set = true;
    }
    arguments->train.seed = (uint64_t)arguments->seed;
}
