/* The training loop that every task shares: epochs, batches, clipping, schedule, validation, patience, checkpoints.
 *
 * Everything random is a function of (seed, epoch, step), so the state of training is small: parameters, the optimiser's
 * buffers, a few counters, and what the task carries from batch to batch. */
#ifndef LACO_TRAIN_LOOP_H
#define LACO_TRAIN_LOOP_H

#include "laco/tape.h"
#include "laco/train.h"
#include "model/model.h"

/* How validation went. The model of the epoch with the largest `rank` is kept; `tie` decides between equal ones. */
typedef struct laco_validation {
    double rank, tie;
    double plateau; /* what the plateau schedule watches: smaller is better */
    int metric_count;
    laco_metric metric[LACO_MAX_METRICS];
} laco_validation;

/* What a task tells the loop. Functions get the learner itself. */
typedef struct laco_learner laco_learner;
struct laco_learner {
    laco_model *model;
    const char *example; /* plural: "texts" */
    const char *note;    /* what is told once, with the first progress; NULL: nothing */
    /* Lays out the batches of an epoch (0, 1 …): a pure function of the epoch. */
    laco_status (*start_epoch)(laco_learner *learner, int64_t epoch, int64_t *batches);
    /* The mean loss of a batch, recorded on the tape; *examples: what it is the mean of. NULL: the tape has failed. */
    laco_var (*loss)(laco_learner *learner, laco_tape *tape, int64_t batch, int64_t *examples);
    /* NULL: there is no validation, the last epoch's model is kept. */
    laco_status (*validate)(laco_learner *learner, laco_validation *out);
    /* Only for tasks that carry something from one batch to the next (a hidden state); else NULL. */
    laco_status (*save)(laco_learner *learner, laco_tensor_writer *writer);
    laco_status (*load)(laco_learner *learner, const laco_tensor_file *file);
};

/* Trains learner->model. Every option must have its final value (see laco_train_defaults). `fingerprint` names data and options: a
 * checkpoint with another one is refused. LACO_NUMERIC: the loss became NaN or infinite in this run; *epochs_done tells whether a
 * good model is there. */
laco_status laco_train_loop(laco_learner *learner, const laco_train_options *options, const char *fingerprint, int64_t *epochs_done);

/* LACO_INVALID: options->precision is not one to train in. */
laco_status laco_train_check_precision(laco_context *ctx, const laco_train_options *options);

/* The whole of a training: the loop, then learner->model keeps `description` (a JSON object, taken; NULL: Jansson had no memory) with "epochs" set,
 * and goes to *out, learner->model becoming NULL. Only where there is no good model does it stay with the learner. */
laco_status laco_train_model(laco_learner *learner, const laco_train_options *options, const char *fingerprint, json_t *description, laco_model **out);

/* The part of laco_train_model behind a loop of another kind. `description` as there. */
laco_status laco_train_describe(laco_model *model, json_t *description, int64_t epochs);

/* The part of a fingerprint that every task has: the options that shape a run, as "KEY VALUE …" behind the task's own pairs. A hash of
 * the data should be called "data". */
#define LACO_FINGERPRINT 1024
void laco_train_fingerprint(const laco_train_options *options, const laco_network_options *network, char text[LACO_FINGERPRINT]);

/* Replaces every zero by the default of the loop, after the task has put in its own. */
void laco_train_defaults(laco_train_options *options);

#endif
