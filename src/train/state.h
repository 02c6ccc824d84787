/* The state of a training run: what a checkpoint holds. */
#ifndef LACO_TRAIN_STATE_H
#define LACO_TRAIN_STATE_H

#include "train/loop.h"

typedef struct laco_train_state {
    laco_context *ctx;
    laco_learner *learner;
    const laco_train_options *options;
    const char *fingerprint;
    laco_optimiser *optimiser;
    laco_schedule plateau;
    int64_t epoch, batch, step; /* the next batch to do, and how many were done in all */
    int64_t bad_epochs;         /* since the best one */
    bool has_best;
    double best_rank, best_tie;
    laco_real **best;           /* [parameters] values of the best epoch */
    laco_real **mean;           /* [parameters] their running mean; NULL: none is kept */
    double loss_sum;            /* of this epoch, weighted by examples */
    int64_t examples;
    double seconds;             /* of earlier runs */
} laco_train_state;

/* Memory and optimiser for a run that has not begun. */
laco_status laco_train_state_start(laco_train_state *state);
void laco_train_state_end(laco_train_state *state);

/* Remembers the present parameters as the best, and puts the best back. */
void laco_train_state_keep(laco_train_state *state);
void laco_train_state_restore(laco_train_state *state);

/* Where a mean is kept: takes the present parameters into it, after a step; exchanges the two, before validation and after. */
void laco_train_state_average(laco_train_state *state);
void laco_train_state_exchange(laco_train_state *state);

/* Whether a parameter or its mean is NaN or infinite; *name is then the parameter's. */
bool laco_train_state_odd(const laco_train_state *state, const char **name);

/* A checkpoint is the model's file with more in it: optimiser buffers, the best parameters, counters. */
laco_status laco_train_state_save(laco_train_state *state, const char *path);
laco_status laco_train_state_load(laco_train_state *state, const char *path);

/* To be raised when what is stored, or how training goes on from it, changes. */
#define LACO_CHECKPOINT_VERSION 1

/* The counters of a checkpoint ("laco.checkpoint") after a look at its version and fingerprint; *out is a new reference. */
laco_status laco_checkpoint_meta(laco_context *ctx, const laco_tensor_file *file, const char *fingerprint, json_t **out);

#endif
