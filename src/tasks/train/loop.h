/* The training that every task shares: epochs, batches, clipping, schedule, validation, patience, checkpoints; and what stands
 * around them: preparing, the fingerprint of a run, its description, the model that is handed out.
 *
 * Everything random is a function of (seed, epoch, step), so the state of training is small: parameters, the optimiser's
 * buffers, a few counters, and what the task carries from batch to batch. */
#ifndef LACO_TRAIN_LOOP_H
#define LACO_TRAIN_LOOP_H

#include "data/split.h"
#include "laco/tape.h"
#include "laco/train.h"
#include "laco/summary.h"
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
    /* From here on start_epoch lays out everything, also what was set aside. NULL: the task cannot. */
    laco_status (*give_back)(laco_learner *learner);
    /* When nothing will be validated any more (before what was set aside is learned, else between the loop and the description),
     * where there is a good model; what it sets, `record` keeps. NULL: nothing is left to do. */
    laco_status (*finish)(laco_learner *learner);
    /* What the task carries from one batch to the next (a hidden state), and what `finish` set, written or read. NULL: nothing.
     */
    laco_status (*record)(laco_learner *learner, laco_record *record);
    /* Of all that is trained on and validated with: every example, label, name, date, and what was read of other files. */
    uint64_t (*hash)(const laco_learner *learner);
    /* How much was trained on and the like, a JSON object; epochs, seed, precision and options follow by themselves. NULL:
     * Jansson had no memory. */
    json_t *(*describe)(const laco_learner *learner);
    /* The summary of the data, of which the model keeps what does not depend on how their files were written. */
    laco_status (*summary)(const laco_learner *learner, laco_summary **out);
    /* All that the learner holds but its model, however far `prepare` came. */
    void (*release)(laco_learner *learner);
} laco_learner_type;

/* A task's learner begins with this. Options have their final values when `prepare` has ended (see laco_train_defaults). */
struct laco_learner {
    const laco_learner_type *type;
    const laco_train_options *options;
    const laco_option_table *table;
    const void *all;          /* the task's options, which the table describes */
    const char *example;      /* plural: "texts" */
    const char *note;         /* what is told once, with the first progress; NULL: nothing */
    bool validates;           /* else the last epoch's model is kept */
    bool refits;              /* what was set aside is learned in the end: see laco_learner_refits */
    int64_t aside;            /* examples that were set aside of the data */
    laco_validation measured; /* by `finish`, as `laco eval` measures, in the place of its last validation; or nothing */
    json_t *refit;            /* how that went, for the description; NULL: it has not */
    bool counts_epochs;       /* the loss depends on how many epochs there will be */
    int64_t longest;          /* steps of the longest example, with its token and place (length.h); 0: not said */
    const char *longest_unit;
    char longest_place[300];
    char left_out[200]; /* what is told of examples that are too long; "": nothing */
    double answers;     /* bytes that validation takes for its answers at once */
    laco_context *ctx;
    laco_model *model; /* NULL until `prepare` makes it */
    laco_model *from;  /* what options->from names, for `prepare`; NULL: training begins from nothing */
};

/* Whether parameters move by L-BFGS, over the whole data at once. */
static inline bool laco_learner_is_whole(const laco_learner *learner) { return learner->options->optimiser.kind == LACO_LBFGS; }

/* The whole of a training: prepares, trains, finishes, describes, releases; *out is the trained model, the caller's.
 * LACO_INVALID: options->resume is a checkpoint of another training. LACO_NUMERIC: the loss became NaN or infinite; *out is then
 * the best model so far if an epoch was completed, else untouched, as after every other failure. */
laco_status laco_train_model(laco_context *ctx, laco_learner *learner, laco_model **out);

/* To be called by `prepare` when the data are split: `aside` of them validate, and are not of a file of their own. True: they
 * will be given back in the end, so that vocabularies and the like are to be made of everything. Of a laco_split, whose
 * known_count it sets: `aside` is what its valid part comes to. */
bool laco_learner_refits(laco_learner *learner, int64_t aside);
void laco_learner_split(laco_learner *learner, laco_split *split, int64_t aside);

/* How far a training came: epochs that ended, and whether the model of one of them is what is there now. */
typedef struct laco_train_end {
    int64_t epochs;
    bool kept;
} laco_train_end;

/* The part of it between preparing and finishing. LACO_NUMERIC: end->kept tells whether a good model is there. */
laco_status laco_train_loop(laco_learner *learner, const char *fingerprint, laco_train_end *end);

/* Replaces every zero by the default of the loop, after the task has put in its own. */
void laco_train_defaults(laco_train_options *options);

/* Epochs by default: `epochs`, or more where the weights would be updated less than `updates` times. */
#define LACO_LEAST_UPDATES 1000
int64_t laco_train_default_epochs(int64_t epochs, int64_t updates, int64_t examples, int64_t batch);

/* The same of options->refit alone: where the data are few it is the default. */
#define LACO_FEW_EXAMPLES 10000
#define LACO_FEW_TOKENS 4000000
void laco_train_default_refit(laco_train_options *options, bool few);

#endif
