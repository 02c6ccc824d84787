/* The gradient of a batch by shards: the arithmetic of a training that is the same on one process or on many.
 *
 * A batch is cut into S shards by a rule that knows S alone. Each has a gradient of its own; their sum is taken in one binary tree:
 * shards 0 and 1, 2 and 3 …, then pairs of these sums, and so on. R processes, R a divisor of S, have S / R shards each, which are
 * a subtree; so whatever R is, the same numbers are added in the same order. */
#ifndef LACO_TRAIN_SHARDS_H
#define LACO_TRAIN_SHARDS_H

#include "group/division.h"
#include "optim/state.h"
#include "train/loop.h"

struct laco_train_state;

/* Gradients that are added up shard by shard: of the parameters that this process's group has, or of those that all groups have. */
typedef struct laco_tree {
    bool common;
    laco_real **level; /* [levels] sums of subtrees that wait for their other half: of 1, 2, 4 … shards */
    int levels;
    int64_t shards;
} laco_tree;

/* What a process has of this, within the state of a training. */
typedef struct laco_shards {
    laco_group *group;     /* NULL: this process alone */
    const laco_grid *grid; /* what of the members and shards is whose */
    laco_masks masks;      /* of the members' dropout */
    size_t params;         /* of the module */
    int64_t *place;        /* [params] where each begins among those that its group of processes adds up, one behind the other */
    int64_t *cut;          /* [groups][each + 1] where the slices of processes begin and end among those of their group, */
    int64_t widest, slice; /* elements of the widest slice, and of a piece of it that is under way at once */
    laco_stretch *own;     /* [params] what this process moves of each */
    bool slices;           /* that is its slice; else it is all that its group has */
    double *squares;       /* [size][params] what each process knows of Σ gradient² of each, */
    int *knower;           /* [params] and the process that does know it */
    laco_tree own_tree, common; /* of the shards of this process; and of all shards, for what all members have in common */
    char *heads;                /* what the processes tell each other in a step, a block for each */
    laco_real *bucket;          /* a piece of the gradient, */
    laco_real *parts;           /* and what all processes have of this process's slice of it; */
    uint16_t *packed;           /* both as they travel in bf16; NULL: they do in fp32 */
    uint16_t *packed_parts;
    size_t *given, *taken; /* [size] bytes */
    double clock;          /* seconds of the training, as rank 0 has them */
    bool keeps;            /* rank 0 writes checkpoints, */
    bool due, due_here;    /* and one is due: as all have it of rank 0, and by the clock of this process */
    bool wants_stop;       /* this process has been asked to end */
} laco_shards;

/* Fills learner->grid. LACO_INVALID: the processes cannot share networks and shards, or there is an optimiser that knows none. */
laco_status laco_shards_check(laco_learner *learner);

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

laco_status laco_tree_start(struct laco_train_state *state, laco_tree *tree, int64_t shards, bool common);
void laco_tree_end(struct laco_train_state *state, laco_tree *tree);

/* Takes the gradients of shard `k` of the tree, which the parameters hold: they are zero behind it, or behind the last the sum of all. */
void laco_tree_add(struct laco_train_state *state, laco_tree *tree, int64_t k);

/* Rounds as the wire does (reduce.c): nothing where that is fp32. Every shard's gradient is rounded, and every sum in the tree, at
 * whatever process, so that a number is the same whether it travels or not. */
void laco_shards_round(const struct laco_train_state *state, int64_t count, laco_real *x);

/* Adds gradients over the processes of each group (reduce.c): all get the sum, or where a process moves its slice alone each gets that
 * of its own; and then the other way the weights that each has moved. */
laco_status laco_shards_reduce(struct laco_train_state *state);
laco_status laco_shards_spread(struct laco_train_state *state);

/* Who moves which weights (owners.c). */
laco_status laco_owners_start(struct laco_train_state *state);
void laco_owners_end(struct laco_train_state *state);

/* What process `rank` moves of parameter `index`; `index` of the module. */
laco_stretch laco_owners_stretch(const struct laco_train_state *state, int rank, size_t index);

/* The norm of the whole gradient, whoever has it: the same bits on one process and on many. */
laco_status laco_owners_norm(struct laco_train_state *state, double *norm);

/* A buffer of parameter `index`, of which each process has laco_owners_stretch, into `whole` of rank 0. */
laco_status laco_owners_collect(struct laco_train_state *state, size_t index, const laco_real *own, laco_real *whole);

/* Weights and their running means as their groups have them, to all (members.c). */
laco_status laco_members_gather(struct laco_train_state *state);

/* The gradient of what members have in common: what this process's backward pass has added, for a member and a shard of its own, one
 * after the other in the order of shards, in each from the last member to the first; then the sum of all, in that order. */
laco_status laco_members_take_terms(struct laco_train_state *state, laco_division *terms);
laco_status laco_members_add_terms(struct laco_train_state *state, laco_division *terms);

/* Before the first step: whether all processes are ready (`status`, of this one) and train the same by `fingerprint`. All get the
 * same status and text; learner->agreed says so (together.c). */
laco_status laco_together_begin(laco_learner *learner, laco_status status, const char *fingerprint);

/* A file as rank 0 reads it, for all. *bytes is the caller's. */
laco_status laco_together_read(laco_context *ctx, laco_group *group, const char *path, char **bytes, size_t *size);

#endif
