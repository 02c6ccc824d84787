/* laco/train.h - training a model for a task from data: one call, with options whose defaults work.
 */
#ifndef LACO_TRAIN_H
#define LACO_TRAIN_H

#include "laco/model.h"
#include "laco/nn.h"
#include "laco/optim.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A number that validation reports. */
typedef struct laco_metric {
    const char *name; /* "accuracy", "loss" … */
    double value;
} laco_metric;

#define LACO_MAX_METRICS 4

/* Where training stands; given to the progress function after every batch and, with `epoch_done`, after every epoch. */
typedef struct laco_progress {
    int64_t epoch, epochs;   /* the present one from 1 on, and how many there will be at most */
    int64_t batch, batches;  /* done in this epoch */
    int64_t examples;        /* done in this epoch */
    const char *example;     /* what they are, in the plural: "names", "characters" */
    double loss;             /* mean over this epoch so far */
    double lr;
    double seconds;          /* since training began */
    double seconds_left;     /* an estimate */
    bool epoch_done;
    bool best;               /* epoch_done: the best so far by validation */
    int metric_count;        /* epoch_done: of validation, 0 where there is none */
    laco_metric metric[LACO_MAX_METRICS];
    const char *note;        /* in the first call: what the user should know of the data, without a line's end; else NULL */
} laco_progress;

/* Returns false to end training here: the best model so far is handed out, as at the regular end. */
typedef bool (*laco_progress_fn)(void *user, const laco_progress *progress);

/* What every task's training has. Zero means the task's default; a negative value turns off what can be off. */
typedef struct laco_train_options {
    int64_t epochs;
    double minutes;                 /* end after so much time, or sooner by `epochs` (where 0, tasks may have a limit of their own) or `patience` */
    int64_t batch;                  /* examples (or streams) at a time */
    laco_optimiser_config optimiser; /* lr 0: the task's */
    bool optimiser_set;             /* optimiser.kind was chosen; else the task's default */
    double clip;                    /* limit on the norm of the gradient */
    laco_schedule_kind schedule;    /* of the learning rate over the whole run, batch by batch */
    bool schedule_set;
    double warmup;                  /* share of the run over which the rate rises from 0 */
    double average;                 /* d: the weights that are validated and handed out are a running mean, m = d·m + (1 − d)·w after
                                       each step; 0: the task's, negative: the weights themselves */
    int64_t patience;               /* epochs without a better validation score before training ends */
    uint64_t seed;                  /* of initial values, order and dropout */
    laco_precision precision;       /* of matrix products while training: LACO_FP32 or LACO_BF16. Weights, sums, validation and the model
                                       handed out are fp32 whatever this is */
    int64_t recompute_steps;        /* of the recurrent layers: memory against time, see laco_module_set_recompute_steps */
    const char *checkpoint;         /* a file to write the state of training to */
    double checkpoint_seconds;      /* how often; 0: 60. It is also written at the end of each epoch and when training is ended */
    const char *resume;             /* a checkpoint to go on from: the result equals that of a run never stopped */
    laco_progress_fn progress;
    void *progress_user;
} laco_train_options;

typedef struct laco_classify_options {
    laco_train_options train;
    laco_network_options network;
    laco_text_config text;
    bool balanced;              /* class weights n / (K · n_k): rare classes count as much as frequent ones */
    int positions; /* steps are also known by their number: 1: always, -1: never; 0: where all sequences have one length (≤ 1,024) and are
                      not a few (< 500) of several numbers a step */
    double label_smoothing;
    double valid_fraction;      /* of the data, set aside label by label when `valid` is NULL; 0: 0.1, of words 0.05; negative: none */
} laco_classify_options;

/* Trains a classifier of texts: embedding (or one-hot), recurrent layers, a summary of their steps (the
 * last valid state, and by default the mean and the maximum beside it), linear, log-softmax. With
 * validation data (`valid`, or a fraction of `data`) the model handed out is that of the best epoch by accuracy, then loss.
 * `valid` must have been loaded with data's labels; NULL: see valid_fraction. `options` may be NULL. *out is the caller's.
 * LACO_NUMERIC: the loss became NaN or infinite; *out is then the best model so far if an epoch was completed, else untouched.
 * LACO_INTERRUPTED never comes back: ending by the progress function is an end like another. */
LACO_API laco_status laco_train_classify(laco_context *ctx, const laco_classify_options *options, const laco_labelled *data,
                                         const laco_labelled *valid, laco_model **out);

/* ---- Language models ---- */

/* Zero means the default; where a thing can be off, a negative value turns it off. */
typedef struct laco_generate_options {
    laco_train_options train;
    laco_network_options network; /* one direction; embed is at least 1 */
    laco_text_config text;
    int64_t seq_len;              /* units of one chunk: gradients go back at most so far, states go on */
    double label_smoothing;       /* share of the target spread over all units */
    double valid_fraction;        /* the end of the text, set aside when `valid` is NULL; 0: 0.05, negative: none */
    int64_t valid_most;           /* units set aside at most; 0: 65536 */
    int64_t vocabulary;           /* most units, "<unk>" included; 0: at word level 20000, else all. Words seen once are never in it */
} laco_generate_options;

/* Trains a language model: embedding, recurrent layers, linear, log-softmax; truncated backpropagation through time. The training
 * text is cut into `batch` rows that are read side by side: row b goes on where it left off, its state carried from chunk to chunk.
 * States are zero at the start of an epoch, and the text is cut at another place in each. The text may be larger than memory: see
 * src/data/text/corpus.h. Files are read one after another as one text; "-" is standard input. With validation text (`valid`, or the end of
 * the text) the model handed out is that of the best epoch by loss. `options` may be NULL. *out is the caller's.
 * LACO_INVALID: an option, or less text than one chunk; LACO_FORMAT: not text; LACO_IO; LACO_NO_MEMORY; LACO_NUMERIC: the loss became
 * NaN or infinite; *out is then the best model so far if an epoch was completed, else untouched. */
LACO_API laco_status laco_train_generate(laco_context *ctx, const laco_generate_options *options, const char *const *paths, int path_count,
                                         const char *valid, laco_model **out);

#ifdef __cplusplus
}
#endif

#endif
