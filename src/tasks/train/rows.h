/* Rows of options that several tasks have, for the tables of src/tasks/TASK/TASK_options.c. S is the task's struct of options;
 * what differs from task to task (the default, sometimes the help) is said there. */
#ifndef LACO_TRAIN_ROWS_H
#define LACO_TRAIN_ROWS_H

#include "laco/options.h"
#include "model/mlp.h"
#include "model/model.h"

#include <stddef.h>

#define LACO_WIDEST (1 << 20)    /* hidden units, elements of an embedding */
#define LACO_MOST_LAYERS 1000    /* recurrent ones */
#define LACO_MOST_FRACTION 0.999 /* of the data that is set aside */

#define SHAPES LACO_OPTION_SHAPES
#define SHAPES_OR_OFF (LACO_OPTION_SHAPES | LACO_OPTION_CAN_BE_OFF)
#define OF_MODEL (LACO_OPTION_SHAPES | LACO_OPTION_OF_MODEL)
#define OF_MODEL_OR_OFF (OF_MODEL | LACO_OPTION_CAN_BE_OFF)
#define COMMON LACO_OPTION_COMMON

/* A row: NAME, and as a second name what it was called before (or NULL). */
#define ROW(S, NAME, WAS, TYPE, MEMBER, LOW, HIGH, NORMAL, VALUE, HELP, GROUP, FLAGS)                                            \
    {                                                                                                                            \
        NAME, WAS, LACO_OPTION_##TYPE, offsetof(S, MEMBER), LOW, HIGH, NORMAL, VALUE, HELP, GROUP, FLAGS                         \
    }

/* ---- Data ---- */

#define DATA "Data"
#define ROW_VALID(S, NORMAL, VALUE, HELP)                                                                                        \
    ROW(S, "valid", NULL, SHARE, valid, 0, LACO_MOST_FRACTION, NORMAL, VALUE, HELP, DATA, SHAPES_OR_OFF | COMMON)
#define ROWS_FOLD(S)                                                                                                             \
    ROW(S, "fold-accents", NULL, FLAG, text.fold_accents, 0, 0, NULL, NULL, "read ã as a, ç as c", DATA, OF_MODEL),              \
        ROW(S, "lower", NULL, FLAG, text.lower, 0, 0, NULL, NULL, "read everything in lower case", DATA, OF_MODEL)
#define ROW_LEVEL(S, HELP)                                                                                                       \
    ROW(S, "level", NULL, CHOICE, text.level, 0, 0, "char", "char|word|byte", HELP, DATA, OF_MODEL | COMMON)

/* ---- The network ---- */

#define NETWORK "The network"
#define RECURRENT_CELLS "rnn|gru|lstm"
#define ALL_CELLS "rnn|gru|lstm|mlp"
#define ROW_CELL(S, CELLS, NORMAL, HELP)                                                                                         \
    ROW(S, "cell", NULL, CHOICE, network.cell, 0, 0, NORMAL, CELLS, HELP, NETWORK, OF_MODEL | COMMON)
#define ROW_WINDOW(S, MEMBER, NORMAL, HELP)                                                                                      \
    ROW(S, "window", NULL, INTEGER, MEMBER, 1, LACO_WIDEST_WINDOW, NORMAL, "W", HELP, NETWORK, OF_MODEL)
#define ROW_NONLINEARITY(S)                                                                                                      \
    ROW(S, "nonlinearity", NULL, CHOICE, network.nonlinearity, 0, 0, "tanh", "tanh|relu", "of the cell rnn", NETWORK, OF_MODEL)
#define ROW_HIDDEN(S, NORMAL, HELP)                                                                                              \
    ROW(S, "hidden", "hidden-size", INTEGER, network.hidden, 1, LACO_WIDEST, NORMAL, "N", HELP, NETWORK, OF_MODEL | COMMON)
#define ROW_LAYERS(S, NORMAL, HELP)                                                                                              \
    ROW(S, "layers", "num-layers", INTEGER, network.layers, 1, LACO_MOST_LAYERS, NORMAL, "N", HELP, NETWORK, OF_MODEL | COMMON)
#define ROW_EMBED(S, NORMAL, HELP, FLAGS)                                                                                        \
    ROW(S, "embed", NULL, INTEGER, network.embed, 1, LACO_WIDEST, NORMAL, "N", HELP, NETWORK, FLAGS)
#define ROWS_DIRECTIONS(S, BOTH, ONE)                                                                                            \
    ROW(S, "bidirectional", NULL, SWITCH, network.directions, 2, 0, "yes", NULL, BOTH, NETWORK, OF_MODEL),                       \
        ROW(S, "unidirectional", NULL, SWITCH, network.directions, 1, 0, NULL, NULL, ONE, NETWORK, OF_MODEL)
#define ROW_DROPOUT(S, NORMAL, HELP)                                                                                             \
    ROW(S, "dropout", NULL, REAL, network.dropout, 0, 0.99, NORMAL, "P", HELP, NETWORK, SHAPES_OR_OFF | COMMON)
#define ROW_WEIGHT_DROP(S, NORMAL, HELP)                                                                                         \
    ROW(S, "weight-drop", NULL, REAL, network.weight_drop, 0, 0.99, NORMAL, "P", HELP, NETWORK, SHAPES_OR_OFF)
#define ROW_ENSEMBLE(S, NORMAL, HELP)                                                                                            \
    ROW(S, "ensemble", "members", INTEGER, ensemble, 1, LACO_MOST_ENSEMBLE, NORMAL, "N", HELP, NETWORK, OF_MODEL)
#define ROW_ATTENTION(S, HELP)                                                                                                   \
    ROW(S, "attention", NULL, CHOICE, attention, 0, 0, "dot", "none|dot|additive", HELP, NETWORK, OF_MODEL)

/* ---- Training ---- */

#define TRAINING "Training"
#define OPTIMISERS "sgd|adam|adamw|rmsprop"
#define TRAIN(S, NAME, WAS, TYPE, MEMBER, LOW, HIGH, NORMAL, VALUE, HELP, FLAGS)                                                 \
    ROW(S, NAME, WAS, TYPE, train.MEMBER, LOW, HIGH, NORMAL, VALUE, HELP, TRAINING, FLAGS)

#define ROWS_RUN(S, EPOCHS, MINUTES, BATCH, PATIENCE)                                                                            \
    TRAIN(S, "epochs", NULL, INTEGER, epochs, 1, 1e6, EPOCHS, "N", "how often all data are learned", SHAPES | COMMON),           \
        TRAIN(S, "minutes", NULL, REAL, minutes, 0.001, 1e6, NULL, "M", MINUTES, SHAPES | COMMON),                               \
        TRAIN(S, "batch", "batch-size", INTEGER, batch, 1, 1 << 20, BATCH, "N", "examples in one update", SHAPES),               \
        TRAIN(S, "patience", NULL, INTEGER, patience, 0, 1e6, PATIENCE, "N", "end after N epochs without improvement",           \
              SHAPES_OR_OFF),                                                                                                    \
        TRAIN(S, "shards", NULL, INTEGER, shards, 1, 4096, "1", "S", "parts of a batch that processes can share", SHAPES),       \
        TRAIN(S, "wire", NULL, CHOICE, wire, 0, 0, "fp32", "fp32|bf16", "of gradients of shards, and of their sums", SHAPES),    \
        TRAIN(S, "shard-optimiser", NULL, FLAG, shard_optimiser, 0, 0, NULL, NULL,                                               \
              "processes share the optimiser's state, and each keeps its part", 0),                                              \
        TRAIN(S, "refit", NULL, CHOICE, refit, 0, 0, "where data are few", "yes|no",                                             \
              "in the last quarter learn what was set aside too", SHAPES)

#define ROWS_OPTIMISER(S, KINDS, LR, CLIP, WARMUP, EMA_DECAY)                                                                    \
    TRAIN(S, "lr", "learning-rate", REAL, optimiser.lr, 1e-12, 1e38, LR, "X", "learning rate", SHAPES | COMMON),                 \
        TRAIN(S, "optim", NULL, CHOICE, optimiser.kind, 0, 0, "adam", KINDS, "the optimiser", SHAPES),                           \
        TRAIN(S, "momentum", NULL, REAL, optimiser.momentum, 0, 1, "0", "X", "of sgd and rmsprop", SHAPES),                      \
        TRAIN(S, "weight-decay", NULL, REAL, optimiser.weight_decay, 0, 1e6, "0; of adamw 0.01", "X", "of every optimiser",      \
              SHAPES_OR_OFF),                                                                                                    \
        TRAIN(S, "clip", NULL, REAL, clip, 0, 1e30, CLIP, "X", "limit on the gradient's norm; 0: none", SHAPES_OR_OFF),          \
        TRAIN(S, "schedule", NULL, CHOICE, schedule, 0, 0, "cosine", "constant|step|cosine|plateau", "of the learning rate",     \
              SHAPES),                                                                                                           \
        TRAIN(S, "warmup", NULL, REAL, warmup, 0, 1, WARMUP, "P", "share of the run over which the rate rises", SHAPES_OR_OFF),  \
        TRAIN(S, "ema-decay", "average", REAL, ema_decay, 0, 0.999999, EMA_DECAY, "D",                                           \
              "keep a running mean of the weights, with this decay; 0: none", SHAPES_OR_OFF),                                    \
        TRAIN(S, "precision", NULL, CHOICE, precision, 0, 0, "fp32", "fp32|bf16",                                                \
              "of matrix products; weights and sums stay fp32", SHAPES),                                                         \
        TRAIN(S, "dampening", NULL, REAL, optimiser.dampening, 0, 1e6, "0", "X", "of sgd's momentum", SHAPES),                   \
        TRAIN(S, "nesterov", NULL, FLAG, optimiser.nesterov, 0, 0, NULL, NULL, "Nesterov's momentum, of sgd", SHAPES),           \
        TRAIN(S, "beta1", NULL, REAL, optimiser.beta1, 0, 0.9999999, "0.9", "X", "of adam and adamw", SHAPES),                   \
        TRAIN(S, "beta2", NULL, REAL, optimiser.beta2, 0, 0.9999999, "0.999", "X", "of adam and adamw", SHAPES),                 \
        TRAIN(S, "eps", NULL, REAL, optimiser.eps, 0, 1, "1e-8", "X", "of adam, adamw and rmsprop", SHAPES),                     \
        TRAIN(S, "alpha", NULL, REAL, optimiser.alpha, 0, 0.9999999, "0.99", "X", "of rmsprop", SHAPES),                         \
        TRAIN(S, "centered", NULL, FLAG, optimiser.centered, 0, 0, NULL, NULL, "of rmsprop", SHAPES)

#define ROWS_KEEPING(S)                                                                                                          \
    TRAIN(S, "seed", NULL, INTEGER, seed, 0, 0, "0", "N", "the same seed gives the same file, byte for byte", SHAPES | COMMON),  \
        TRAIN(S, "recompute-steps", NULL, INTEGER, recompute_steps, 0, 1e9, "√T above 1 GiB", "N",                               \
              "keep every N-th state, compute others again; 0: never", LACO_OPTION_CAN_BE_OFF),                                  \
        TRAIN(S, "checkpoint", NULL, OUTPUT, checkpoint, 0, 0, NULL, "FILE", "keep the state of training here", 0),              \
        TRAIN(S, "every", NULL, REAL, checkpoint_seconds, 0.01, 1e9, "60", "SECONDS", "how often", 0),                           \
        TRAIN(S, "resume", NULL, INPUT, resume, 0, 0, NULL, "FILE", "go on from a checkpoint", 0),                               \
        TRAIN(S, "from", NULL, INPUT, from, 0, 0, NULL, "MODEL", "train on from a model of this task", COMMON)

#define ROW_MAX_LENGTH(S)                                                                                                        \
    TRAIN(S, "max-length", NULL, INTEGER, max_length, 1, INT32_MAX, "65536, beyond which nothing is left out but refused", "N",  \
          "leave out examples of more tokens", SHAPES)
#define ROW_METRIC(S, NAMES)                                                                                                     \
    TRAIN(S, "metric", NULL, CHOICE, metric, 0, 0, "the task's own", NAMES, "the epoch with the best of it is kept", SHAPES)

#define MINUTES_HELP "end after so much time, or sooner by --epochs or --patience"

#define LACO_OPTION_TABLE(NAME, TASK, S, ROWS)                                                                                   \
    const laco_option_table NAME = {TASK, ROWS, sizeof(ROWS) / sizeof *(ROWS), sizeof(S)}

#endif
