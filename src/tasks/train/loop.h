/* The training that every task shares: epochs, batches, clipping, schedule, validation, patience, checkpoints; and what stands
 * around them: preparing, the fingerprint of a run, its description, the model that is handed out.
 *
 * Everything random is a function of (seed, epoch, step), so the state of training is small: parameters, the optimiser's
 * buffers, a few counters, and what the task carries from batch to batch. */
#ifndef LACO_TRAIN_LOOP_H
#define LACO_TRAIN_LOOP_H

#include "laco/tape.h"
#include "laco/train.h"
#include "model/model.h"
#include "train/fingerprint.h"
#include "train/record.h"

/* How validation went. The model of the epoch with the largest `rank` is kept; `tie` decides between equal ones. */
typedef struct laco_validation {
    double rank, tie;
    double plateau; /* what the plateau schedule watches: smaller is better */
    int metric_count;
    laco_metric metric[LACO_MAX_METRICS];
} laco_validation;

typedef struct laco_learner laco_learner;

/* What a task brings to its training. Functions get the learner itself; those that may be NULL say so. */
typedef struct laco_learner_type {
    /* From data to batches; sets learner->model as soon as there is one, and learner->validates. */
    laco_status (*prepare)(laco_learner *learner);
    /* Lays out the batches of an epoch (0, 1 …): a pure function of the epoch. */
    laco_status (*start_epoch)(laco_learner *learner, int64_t epoch, int64_t *batches);
    /* The mean loss of a batch, recorded on the tape; *examples: what it is the mean of. NULL: the tape has failed. */
    laco_var (*loss)(laco_learner *learner, laco_tape *tape, int64_t batch, int64_t *examples);
    /* Only where learner->validates. */
    laco_status (*validate)(laco_learner *learner, laco_validation *out);
    /* Between the loop and the description, where there is a good model. NULL: nothing is left to do. */
    laco_status (*finish)(laco_learner *learner);
    /* What the task carries from one batch to the next (a hidden state), written or read. NULL: nothing. */
    laco_status (*record)(laco_learner *learner, laco_record *record);
    /* Of all that is trained on and validated with: every example, label, name, date, and what was read of other files. */
    uint64_t (*hash)(const laco_learner *learner);
    /* How much was trained on and the like, a JSON object; epochs, seed, precision and options follow by themselves. NULL:
     * Jansson had no memory. */
    json_t *(*describe)(const laco_learner *learner);
    /* All that the learner holds but its model, however far `prepare` came. */
    void (*release)(laco_learner *learner);
} laco_learner_type;

/* A task's learner begins with this. Options have their final values when `prepare` has ended (see laco_train_defaults). */
struct laco_learner {
    const laco_learner_type *type;
    const laco_train_options *options;
    const laco_option_table *table;
    const void *all;                /* the task's options, which the table describes */
    const laco_lbfgs_config *lbfgs; /* NULL: a first-order optimiser, as the options say */
    const char *example;            /* plural: "texts" */
    const char *note;               /* what is told once, with the first progress; NULL: nothing */
    bool validates;                 /* else the last epoch's model is kept */
    bool counts_epochs;             /* the loss depends on how many epochs there will be */
    int64_t longest;                /* steps of the longest example, with its unit and place (length.h); 0: not said */
    const char *longest_unit;
    char longest_place[300];
    char left_out[200]; /* what is told of examples that are too long; "": nothing */
    double answers;     /* bytes that validation takes for its answers at once */
    laco_context *ctx;
    laco_model *model; /* NULL until `prepare` makes it */
    laco_model *from;  /* what options->from names, for `prepare`; NULL: training begins from nothing */
};

/* The whole of a training: prepares, trains, finishes, describes, releases; *out is the trained model, the caller's.
 * LACO_INVALID: options->resume is a checkpoint of another training. LACO_NUMERIC: the loss became NaN or infinite; *out is then
 * the best model so far if an epoch was completed, else untouched, as after every other failure. */
laco_status laco_train_model(laco_context *ctx, laco_learner *learner, laco_model **out);

/* How far a training came: epochs that ended, and whether the model of one of them is what is there now. */
typedef struct laco_train_end {
    int64_t epochs;
    bool kept;
} laco_train_end;

/* The part of it between preparing and finishing. LACO_NUMERIC: end->kept tells whether a good model is there. */
laco_status laco_train_loop(laco_learner *learner, const char *fingerprint, laco_train_end *end);

/* Replaces every zero by the default of the loop, after the task has put in its own. */
void laco_train_defaults(laco_train_options *options);

#endif
