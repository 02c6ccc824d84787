/* The training that every task shares: epochs, batches, clipping, schedule, validation, patience, checkpoints; and what stands
 * around them: preparing, the fingerprint of a run, its description, the model that is handed out.
 *
 * Everything random is a function of (seed, epoch, step), so the state of training is small: parameters, the optimiser's
 * buffers, a few counters, and what the task carries from batch to batch. */
#ifndef LACO_TRAIN_LOOP_H
#define LACO_TRAIN_LOOP_H

#include "data/batch.h"
#include "data/split.h"
#include "laco/group.h"
#include "laco/nn.h"
#include "laco/tape.h"
#include "laco/train.h"
#include "laco/summary.h"
#include "model/model.h"
#include "train/fingerprint.h"
#include "train/grid.h"
#include "train/record.h"

/* How validation went. The model of the epoch with the largest `rank` is kept; `tie` decides between equal ones. */
typedef struct laco_validation {
    double rank, tie;
    double plateau; /* what the plateau schedule watches: smaller is better */
    int metric_count;
    laco_metric metric[LACO_MAX_METRICS];
} laco_validation;

typedef struct laco_learner laco_learner;

/* How many dropout masks each member of an ensemble takes in each phase of its loss (members.c). */
#define LACO_PHASES 2
typedef struct laco_masks {
    int64_t members;
    uint64_t taken[LACO_PHASES], begin;
    bool wrong; /* masks were not where they belong: the loss is to be taken again */
} laco_masks;

/* A shard of a batch: of `shards` parts, of which each has a gradient of its own (shards.h). One of one is the whole batch. Of an
 * ensemble, what one member makes of it. */
typedef struct laco_part {
    int64_t batch, shard, shards;
    uint64_t step; /* of the training, the same for all shards; that of the tape differs from shard to shard */
    int64_t member;
    laco_masks *masks;
} laco_part;

/* Around each phase of the loss of a member: its masks are those that it has where all members are on one tape, and go through each
 * phase one after the other. Of one network alone nothing has to be said. */
void laco_part_begin(const laco_part *part, laco_tape *tape, int phase);
void laco_part_end(const laco_part *part, laco_tape *tape, int phase);

/* What a task brings to its training. Functions get the learner itself; those that may be NULL say so. */
typedef struct laco_learner_type {
    /* From data to batches; sets learner->model as soon as there is one, and learner->validates. */
    laco_status (*prepare)(laco_learner *learner);
    /* Lays out the batches of an epoch (0, 1 …): a pure function of the epoch. */
    laco_status (*start_epoch)(laco_learner *learner, int64_t epoch, int64_t *batches);
    /* The mean loss of a batch, recorded on the tape; *examples: what it is the mean of. Of a shard: its share of that mean, a sum
     * divided by what the whole batch comes to (laco_part_mean), and its own examples. Of an ensemble, of part->member alone: their
     * mean is the loss. NULL: the tape has failed, or there is nothing in this shard. */
    laco_var (*loss)(laco_learner *learner, laco_tape *tape, const laco_part *part, int64_t *examples);
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
    /* Of an ensemble whose members have parameters in common (their names begin with `common`): what the last backward pass added to
     * their gradients, addend for addend (see laco_crf_take_terms), and the same added to them. NULL: they have none. */
    const char *common;
    void (*keep_terms)(laco_learner *learner, bool keep);
    laco_status (*take_terms)(laco_learner *learner, const laco_real **terms, int64_t *count);
    void (*add_terms)(laco_learner *learner, const laco_real *terms, int64_t count);
    /* Brings what `record` writes together, of all shards, where processes train together. NULL: each has all of it. */
    laco_status (*gather)(laco_learner *learner, laco_group *group);
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
    int64_t members;          /* networks of an ensemble, each with a loss of its own; 0: one network */
    laco_grid grid;           /* what of them this process has */
    const char *note;         /* what is told once, with the first progress; NULL: nothing */
    bool validates;           /* else the last epoch's model is kept */
    bool refits;              /* what was set aside is learned in the end: see laco_learner_refits */
    int64_t aside;            /* examples that were set aside of the data, */
    const laco_split *split;  /* and which they are; NULL: none were, or they are no examples */
    laco_validation measured; /* by `finish`, as `laco eval` measures, in the place of its last validation; or nothing */
    json_t *refit;            /* how that went, for the description; NULL: it has not */
    bool counts_epochs;       /* the loss depends on how many epochs there will be */
    int64_t longest;          /* steps of the longest example, with its token and place (length.h); 0: not said */
    const char *longest_unit;
    char longest_place[300];
    char left_out[200]; /* what is told of examples that are too long; "": nothing */
    bool agreed;        /* what went wrong did so in all processes that train together, and all know it */
    double answers;     /* bytes that validation takes for its answers at once */
    laco_context *ctx;
    laco_model *model; /* NULL until `prepare` makes it */
    laco_model *from;  /* what options->from names, for `prepare`; NULL: training begins from nothing */
};

/* Whether parameters move by L-BFGS, over the whole data at once. */
static inline bool laco_learner_is_whole(const laco_learner *learner) { return learner->options->optimiser.kind == LACO_LBFGS; }

/* The shards that batches are cut into, at least 1. */
static inline int64_t laco_learner_shards(const laco_learner *learner) { return LACO_MAX(learner->options->shards, (int64_t)1); }

/* The networks that learn together, at least 1. */
static inline int64_t laco_learner_members(const laco_learner *learner) { return LACO_MAX(learner->members, (int64_t)1); }

/* The rows of a part, of batches that lie in a laco_batches. */
static inline const laco_batch *laco_batches_part(laco_batches *batches, const laco_part *part)
{
    return laco_batches_shard(batches, (size_t)part->batch, (size_t)part->shard, (size_t)part->shards);
}

/* How the loss of a part is reduced: to its mean, or of a shard to a sum, of which laco_part_mean makes its share of the mean over
 * the whole batch, of `whole` examples (or their weights). */
static inline laco_reduction laco_part_reduction(const laco_part *part) { return part->shards > 1 ? LACO_SUM : LACO_MEAN; }
static inline laco_var laco_part_mean(laco_tape *tape, const laco_part *part, laco_var sum, double whole)
{
    return part->shards > 1 && sum ? laco_scale(tape, sum, whole > 0 ? 1 / whole : 0) : sum;
}

/* The whole of a training: prepares, trains, finishes, describes, releases; *out is the trained model, the caller's.
 * LACO_INVALID: options->resume is a checkpoint of another training. LACO_NUMERIC: the loss became NaN or infinite; *out is then
 * the best model so far if an epoch was completed, else untouched, as after every other failure. */
laco_status laco_train_model(laco_context *ctx, laco_learner *learner, laco_model **out);

/* To be called by `prepare` when the data are split: `aside` of them validate, and are not of a file of their own. True: they
 * will be given back in the end, so that vocabularies and the like are to be made of everything. Of a laco_split, whose
 * known_count it sets: `aside` is what its valid part comes to. */
bool laco_learner_refits(laco_learner *learner, int64_t aside);
void laco_learner_split(laco_learner *learner, laco_split *split, int64_t aside);

/* What nothing is learned behind any more of what was set aside: the task's part of it, then whoever wants to look at the model. */
laco_status laco_learner_finish(laco_learner *learner);

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
