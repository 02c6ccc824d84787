/* laco/train.h - training a model for a task from data: one call, with options whose defaults work.
 */
#ifndef LACO_TRAIN_H
#define LACO_TRAIN_H

#include "laco/group.h"
#include "laco/model.h"
#include "laco/nn.h"
#include "laco/optim.h"
#include "laco/options.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A number that validation reports. */
typedef struct laco_metric {
    const char *name; /* "accuracy", "loss" … */
    double value;
    bool falls; /* smaller is better */
} laco_metric;

#define LACO_MAX_METRICS 4

/* A parameter of the model in training, as it was validated. Owned by the model: to be read before the progress function returns.
 */
typedef struct laco_weights {
    const char *name; /* PyTorch's: "rnn.weight_ih_l0" */
    size_t count;
    const laco_real *value; /* [count] */
    double norm;            /* the root of the sum of squares */
} laco_weights;

/* Where training stands; given to the progress function after every batch and, with `epoch_done`, after every epoch. */
typedef struct laco_progress {
    int64_t epoch, epochs;  /* the present one from 1 on, and how many there will be at most */
    int64_t batch, batches; /* done in this epoch */
    int64_t examples;       /* done in this epoch */
    const char *example;    /* what they are, in the plural: "names", "characters" */
    double loss;            /* mean over this epoch so far */
    double lr;
    double seconds;      /* since training began */
    double seconds_left; /* an estimate */
    bool epoch_done;
    bool best;        /* epoch_done: the best so far by validation */
    int metric_count; /* epoch_done: of validation, 0 where there is none */
    laco_metric metric[LACO_MAX_METRICS];
    const char *note;      /* in the first call: what the user should know of the data, without a line's end; else NULL */
    int64_t steps;         /* updates in this epoch, or since this run went on within it */
    double batch_loss;     /* of the last batch */
    double batch_gradient; /* 2-norm of the whole gradient of the last batch, before it was clipped */
    double gradient;       /* mean of it over `steps` */
    double clipped;        /* share of `steps` whose gradient was clipped, 0 … 1 */
    size_t weights_count;
    const laco_weights *weights; /* epoch_done: [weights_count] every parameter; else NULL */
    laco_model *model;           /* epoch_done: the model as it was validated, to be asked and not to be changed; else NULL */
} laco_progress;

/* Returns false to end training here: the best model so far is handed out, as at the regular end. */
typedef bool (*laco_progress_fn)(void *user, const laco_progress *progress);

/* The model of the best epoch, once, when all epochs that validation chooses from are over, and before anything that was set aside
 * is learned: to be asked and not to be changed. aside[count]: which examples of the data validated, by their number from 0 on;
 * NULL: data of their own, or no examples but the end of a text or series. Both are the training's. */
typedef void (*laco_chosen_fn)(void *user, laco_model *model, const size_t *aside, size_t count);

/* What the factors of matrix products are rounded to while training; weights, sums, validation and the model handed out are fp32
 * whatever this is. The default is fp32. */
typedef enum laco_train_precision { LACO_TRAIN_DEFAULT, LACO_TRAIN_FP32, LACO_TRAIN_BF16 } laco_train_precision;

/* What gradients of shards and their sums are rounded to, each once: bf16 halves what goes between processes. */
typedef enum laco_wire { LACO_WIRE_DEFAULT, LACO_WIRE_FP32, LACO_WIRE_BF16 } laco_wire;

/* What every task's training has. Zero means the task's default, which laco_TASK_defaults shows; LACO_OFF turns off what can be
 * off. Ranges, names on the command line and what is off when it is 0 there: laco_task_options. */
typedef struct laco_train_options {
    int64_t epochs;
    double
        minutes; /* end after so much time, or sooner by `epochs` (where 0, tasks may have a limit of their own) or `patience` */
    int64_t batch;                   /* examples (or streams) at a time */
    laco_optimiser_config optimiser; /* lr 0: the task's, or torch's where `kind` is chosen */
    double clip;                     /* limit on the norm of the gradient */
    laco_schedule_kind schedule;     /* of the learning rate over the whole run, batch by batch */
    bool shard_optimiser; /* with a group: each process keeps and moves its part of the optimiser's state, and all get the
                                        weights; the numbers are the same */
    double warmup;        /* share of the run over which the rate rises from 0 */
    double ema_decay;     /* d: the weights that are validated and handed out are a running mean, m = d·m + (1 − d)·w after
                          each step; 0: the task's, LACO_OFF: the weights themselves */
    int64_t patience;     /* epochs without a better validation score before training ends */
    laco_choice refit;    /* what was set aside is learned in the end, see below; AUTO: where data are few */
    laco_wire wire; /* of shards (below), also where no other process has a part in them, so that the result does not depend on
                          it; the default is fp32 */
    uint64_t seed;  /* of initial values, order and dropout */
    int64_t
        max_length; /* of examples in tokens (characters, words, steps): longer ones are left out, and that is told; 0: one of more
                       than 65536 ends the training before it begins. Of models that are trained on a text or a series: no part */
    int metric;     /* what the epoch is chosen by: the place among the metrics of validation, from 1; 0: the task's choice */
    laco_train_precision precision; /* of matrix products */
    int64_t recompute_steps;        /* of the recurrent layers: memory against time, see laco_rnn_config */
    const char *checkpoint;         /* a file to write the state of training to */
    double checkpoint_seconds;      /* how often; 0: 60. It is also written at the end of each epoch and when training is ended */
    const char *resume;             /* a checkpoint to go on from: the result equals that of a run never stopped */
    const char *from; /* a file with a model of the same task, to train on from; NULL: from nothing. See laco_train_from */
    laco_progress_fn progress;
    laco_chosen_fn chosen; /* NULL: nobody looks */
    void *progress_user;   /* of both */
    int64_t shards;    /* S, a power of two: a batch is cut into S parts, whose gradients are added in one binary tree. The result
                          depends on S, and not on who computes them; 0: 1, the batch as a whole */
    laco_group *group; /* processes that share the shards, each with the same number of them; NULL: this one alone. Each calls
                          with the same data and options, and gets the same model; rank 0 alone writes checkpoints, and reads the
                          one to resume from. What ends one process ends all. The group is the caller's */
} laco_train_options;

/* Refit. What is set aside of the data tells which epoch is best and how good the model is, and so would never be learned. With
 * `refit` the first three quarters of a run are trained and validated as ever; then the weights of the best epoch (or the last
 * one, where fewer than 50 examples were set aside, which cannot tell epochs apart) learn from everything for a third as many
 * epochs again, while the learning rate falls to its end, and the last of them is handed out. The figures of validation are
 * those from before. Validation data of their own (a file) are not learned. AUTO: where there are fewer than 10,000 examples, or
 * 4,000,000 tokens of text. */

/* Training on from a model. The new model has the network of the old one (cell, sizes, layers), reads as it does (tokens, lower
 * case, rate of the sound), and begins with its weights. Vocabulary and labels stay, under their ids; what the data have besides
 * comes behind them, with first values as a new model's. What inputs are standardised by stays too. Of forecasters: the
 * autoregression, logarithm and sizes of steps and errors stay; mean and deviation are those of each series of the new data. A
 * model of fewer bits is taken as it is, in fp32. Dropout is the old model's where nothing is said. All else (epochs, learning
 * rate …) is as in any training.
 *
 * This function puts what the model fixes into those members of `options`, the task's struct that `table` describes, that are at
 * their defaults; without options->train.from it does nothing. Training calls it itself; who reads data as the options say calls
 * it before that, and before laco_TASK_defaults. LACO_INVALID: the model is of another task, or an option asks for something else
 * than the model has. LACO_IO, LACO_FORMAT, LACO_NO_MEMORY. */
LACO_API laco_status laco_train_from(laco_context *ctx, const laco_option_table *table, void *options);

#ifdef __cplusplus
}
#endif

#endif
