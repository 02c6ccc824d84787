/* The state of a training run: what a checkpoint holds. */
#ifndef LACO_TRAIN_STATE_H
#define LACO_TRAIN_STATE_H

#include "train/loop.h"
#include "train/shards.h"

typedef struct laco_train_state laco_train_state;

/* How parameters move: from each batch in turn by a first-order optimiser (first_order.c), or from all of them at once by L-BFGS
 * (lbfgs_rule.c). Its own memory is state->own. */
typedef struct laco_update_rule {
    laco_status (*start)(laco_train_state *state);
    void (*end)(laco_train_state *state); /* state->own may be NULL */
    /* Lays out an epoch; state->batches: how far state->batch is to count in it. */
    laco_status (*start_epoch)(laco_train_state *state);
    /* Moves the parameters once, and counts state->batch, state->step, examples and loss on. LACO_INTERRUPTED: laco_train_tell
     * said that the run ends, and the parameters are as before. */
    laco_status (*step)(laco_train_state *state);
    double (*lr)(const laco_train_state *state);
    laco_status (*counters)(laco_train_state *state, laco_record *record);
    laco_status (*tensors)(laco_train_state *state, laco_record *record);
    /* Before a checkpoint, by all processes: what each has of the rule's tensors, to rank 0; and behind it. NULL: each has all. */
    laco_status (*collect)(laco_train_state *state);
    void (*let_go)(laco_train_state *state);
    bool averages; /* the running mean of the weights is kept where options->average asks for it */
    bool whole;    /* a step is an epoch; one that is interrupted leaves nothing to go on from, only its beginning does */
} laco_update_rule;

extern const laco_update_rule laco_rule_first_order, laco_rule_lbfgs;

/* Learning what was set aside (refit.c). */
typedef struct laco_train_refit {
    int64_t from;       /* epochs before it began; 0: it has not */
    int64_t epochs;     /* how many it has */
    int64_t asked;      /* options->epochs at that time, by which it began */
    double began;       /* seconds before it did */
    int64_t best_epoch; /* from 1: the one that is kept, */
    int metric_count;   /* and what its validation came to */
    char name[LACO_MAX_METRICS][24];
    double value[LACO_MAX_METRICS];
    char note[400];
} laco_train_refit;

struct laco_train_state {
    laco_context *ctx;
    laco_learner *learner;
    const laco_train_options *options;
    const char *fingerprint;
    const laco_update_rule *rule;
    void *own; /* the rule's */
    laco_tape *tape;
    laco_schedule schedule;
    int64_t epoch, batch, step; /* the next batch to do, and how many were done in all */
    int64_t batches;            /* of this epoch */
    int64_t bad_epochs;         /* since the best one */
    bool has_best;
    double best_rank, best_tie;
    double first_loss; /* of the very first batch, before anything was learned; INFINITY: not known */
    laco_train_refit refit;
    laco_real **best; /* [parameters] values of the best epoch */
    laco_real **mean; /* [parameters] their running mean; NULL: none is kept */
    double loss_sum;  /* of this epoch, weighted by examples */
    int64_t examples;
    int64_t steps, clipped; /* of this epoch, since this run began or went on */
    double batch_loss, batch_gradient, gradient_sum;
    laco_weights *weights; /* [parameters] for the progress function; NULL: nobody asks */
    double seconds;        /* of earlier runs */
    double started;        /* when this one began */
    bool told;             /* something, what was left out too */
    bool stopped;          /* the progress function has ended it */
    double saved;          /* when the checkpoint was last written */
    laco_shards shards;
};

/* Memory, tape and optimiser for a run that has not begun; state->started is the time of the call. */
laco_status laco_train_state_start(laco_train_state *state);
void laco_train_state_end(laco_train_state *state);

/* Seconds of this run and of those before it; how much of the whole is behind, 0 … 1: by time where minutes were given, else by
 * batches; and whether the minutes are over. laco_train_now: seconds of a clock that only goes forward. */
double laco_train_now(void);
double laco_train_elapsed(const laco_train_state *state);
double laco_train_own_clock(const laco_train_state *state); /* of several processes: as this one has them, not rank 0 */
double laco_train_share_done(const laco_train_state *state);
bool laco_train_out_of_time(const laco_train_state *state);

/* The progress function's turn, in the middle of an epoch. False: the run ends, because it says so or time is over. */
bool laco_train_tell(laco_train_state *state);

/* Counts an update: its loss, and the norm of its gradient, clipped or not. */
void laco_train_count(laco_train_state *state, double loss, double gradient, bool clipped);

/* LACO_NUMERIC for a loss that is NaN or infinite. */
laco_status laco_train_check_loss(const laco_train_state *state, double loss);

/* Remembers the present parameters as the best, and puts the best back. */
void laco_train_state_keep(laco_train_state *state);
void laco_train_state_restore(laco_train_state *state);

/* Where a mean is kept: takes the present parameters into it, after a step; exchanges the two, before validation and after. */
void laco_train_state_average(laco_train_state *state);
void laco_train_state_exchange(laco_train_state *state);

/* Whether a parameter or its mean is NaN or infinite; *name is then the parameter's. */
bool laco_train_state_odd(const laco_train_state *state, const char **name);

/* The share of a run from which on what was set aside is learned too. */
#define LACO_REFIT_SHARE 0.75

/* Whether validation chooses among epochs: else what it says is told, and the last one is kept. */
bool laco_train_chooses(const laco_train_state *state);

/* Remembers how the epoch that ends was validated: it is kept. */
void laco_train_refit_keep(laco_train_state *state, const laco_validation *validation);

/* Whether the refit is to begin now, at the end of an epoch; its beginning, if anything is left of the run; and what a run that
 * was resumed from `name` does in its place, if it had begun. LACO_INVALID: the number of epochs is another. */
bool laco_train_refit_is_due(const laco_train_state *state);
laco_status laco_train_refit_begin(laco_train_state *state);
laco_status laco_train_refit_resume(laco_train_state *state, const char *name);

/* Its part of a checkpoint; and of the model's description, into learner->refit. */
laco_status laco_train_refit_record(laco_train_state *state, laco_record *record);
laco_status laco_train_refit_describe(laco_train_state *state);

/* How many epochs there will be in all, at most; whether patience is over, asked of the state alone, so that a training that has
 * ended and is resumed has ended still. */
int64_t laco_train_last_epoch(const laco_train_state *state);
bool laco_train_out_of_patience(const laco_train_state *state);

/* A checkpoint is the model's file with more in it: optimiser buffers, the best parameters, counters (checkpoint.c). */
laco_status laco_train_state_write(laco_train_state *state, const char *path);
laco_status laco_train_state_read(laco_train_state *state, const char *path);

/* To be raised when what is stored, or how training goes on from it, changes. */
#define LACO_CHECKPOINT_VERSION 3

#endif
