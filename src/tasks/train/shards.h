/* The gradient of a batch by shards: the arithmetic of a training that is the same on one process or on many.
 *
 * A batch is cut into S shards by a rule that knows S alone. Each has a gradient of its own; their sum is taken in one binary tree:
 * shards 0 and 1, 2 and 3 …, then pairs of these sums, and so on. R processes, R a divisor of S, have S / R shards each, which are
 * a subtree; so whatever R is, the same numbers are added in the same order. */
#ifndef LACO_TRAIN_SHARDS_H
#define LACO_TRAIN_SHARDS_H

#include "train/loop.h"

struct laco_train_state;

/* What a process has of this, within the state of a training. */
typedef struct laco_shards {
    laco_group *group;       /* NULL: this process alone */
    int64_t all, own, first; /* shards; those of this process, and the first of them */
    int64_t weights;         /* elements of all parameters */
    laco_real **level;       /* [levels] sums of subtrees that wait for their other half: of 1, 2, 4 … shards */
    int levels;
    char *heads;       /* what the processes tell each other in a step, a block for each */
    laco_real *bucket; /* a piece of the gradient, */
    laco_real *parts;  /* and what all processes have of this process's slice of it; */
    uint16_t *packed;  /* both as they travel in bf16; NULL: they do in fp32 */
    uint16_t *packed_parts;
    size_t *given, *taken; /* [size] bytes */
    double clock;          /* seconds of the training, as rank 0 has them */
    bool keeps;            /* rank 0 writes checkpoints, */
    bool due, due_here;    /* and one is due: as all have it of rank 0, and by the clock of this process */
    bool wants_stop;       /* this process has been asked to end */
} laco_shards;

/* LACO_INVALID: the processes cannot share the shards, or there is an optimiser that knows none. */
laco_status laco_shards_check(const laco_learner *learner);

laco_status laco_shards_start(struct laco_train_state *state);
void laco_shards_end(struct laco_train_state *state);

/* Loss and gradient of the present batch, of all shards and processes; the gradients of the parameters are zero before. Ends the
 * run for all where one was asked to. LACO_INTERRUPTED: one was interrupted within the step, of which nothing is to be kept. */
laco_status laco_shards_step(struct laco_train_state *state, double *loss, int64_t *examples);

/* A word between two steps: *any, whether one of the processes says so; the run ends for all where one was asked to. */
laco_status laco_shards_agree(struct laco_train_state *state, bool says, bool *any);

/* y += x, element by element. */
static inline void laco_shards_add(int64_t count, const laco_real *restrict x, laco_real *restrict y)
{
    for (int64_t i = 0; i < count; i++)
        y[i] += x[i];
}

/* Rounds as the wire does (reduce.c): nothing where that is fp32. Every shard's gradient is rounded, and every sum in the tree, at
 * whatever process, so that a number is the same whether it travels or not. */
void laco_shards_round(const struct laco_train_state *state, int64_t count, laco_real *x);

/* Adds gradients over processes (reduce.c). */
laco_status laco_shards_reduce(struct laco_train_state *state);

/* Before the first step: whether all processes are ready (`status`, of this one) and train the same by `fingerprint`. All get the
 * same status and text; learner->agreed says so (together.c). */
laco_status laco_together_begin(laco_learner *learner, laco_status status, const char *fingerprint);

/* A file as rank 0 reads it, for all. *bytes is the caller's. */
laco_status laco_together_read(laco_context *ctx, laco_group *group, const char *path, char **bytes, size_t *size);

#endif
