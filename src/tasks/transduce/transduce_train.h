/* What training a transducer holds beside the model. */
#ifndef LACO_TRANSDUCE_TRANSDUCE_TRAIN_H
#define LACO_TRANSDUCE_TRANSDUCE_TRAIN_H

#include "transduce/pairs.h"
#include "data/split.h"
#include "laco/transduce.h"
#include "transduce/transducer.h"
#include "train/loop.h"

/* What choosing between the targets of a source needs. */
typedef struct laco_target_choice {
    int32_t *ids, *lengths; /* [steps][own], [own] sources of the rows that this process reads, */
    size_t *own;            /* [own] and their targets */
    size_t *targets;        /* [rows] those of all */
    double *scores;         /* [rows] log-probabilities */
    laco_real *logs;        /* what a member says of each token of a target */
    size_t ids_room, lengths_room, own_room, targets_room, scores_room, logs_room;
    laco_target_batch batch;
} laco_target_choice;

typedef struct laco_transduce_learner {
    laco_learner base;
    laco_context *ctx;
    laco_transducer *model;
    const laco_transduce_options *options;
    const laco_pairs *data, *valid; /* valid: where the validation sources are; data itself, or NULL for none */
    laco_split split;               /* of the sources of data; split.valid only where valid is data */
    laco_pair_ids ids, valid_ids;   /* the latter unused where valid is data */
    laco_sequences lines;           /* where every pair is an example: the source of each pair of the training part */
    size_t *target, target_room;    /* [lines] its target among ids.targets */
    laco_target_choice choice;      /* else: which target of a source is */
    laco_batches *batches;
    laco_target_batch batch;
    size_t *chosen, chosen_room; /* targets of a batch, */
    bool has_chosen;             /* of this step */
    uint64_t chosen_step;
    size_t *shard_chosen, shard_room; /* those of a shard */
    int64_t epoch;
} laco_transduce_learner;

/* Splits the data, makes vocabularies, model and batches. */
laco_status laco_transduce_prepare(laco_transduce_learner *learner);

/* Makes the batches: of so many sources of the split. */
laco_status laco_transduce_lay_batches(laco_transduce_learner *learner, size_t count);

/* Draws a target for each source of a batch into chosen[rows], by what the network says on `tape`, which is left as it was.
 * LACO_NO_MEMORY, or what the network says. */
laco_status laco_transduce_choose(laco_transduce_learner *learner, laco_tape *tape, const laco_batch *batch, uint64_t step,
                                  size_t *chosen);
/* How many steps a source token must stand for so that CTC can read the targets off nearly all sources; 0: too many. `needed` [n]
 * counts the sources that need n steps, the last of them also more. */
int64_t laco_transduce_ctc_steps(const size_t needed[LACO_TRANSDUCE_CTC_STEPS + 2]);

/* The loss of CTC for the targets of a batch, from the `frames` of a member: `steps` for each of lengths[b] tokens of a source.
 */
laco_var laco_transduce_ctc_loss(laco_tape *tape, const laco_target_batch *batch, const int32_t *lengths, int64_t steps,
                                 laco_var frames);

/* Answers to the validation sources, judged. */
laco_status laco_transduce_score_valid(laco_transduce_learner *learner, laco_transducer *model,
                                       const laco_decode_options *options, laco_decode_score *score);

/* Sets ctc_weight of the trained model to what does best on the validation sources; LACO_TRANSDUCE_CTC_WEIGHT where there are
 * none. *best: how it does then; of no sources where nothing was tried. */
laco_status laco_transduce_weigh(laco_transduce_learner *learner, laco_transducer *model, laco_decode_score *best);

void laco_target_choice_free(laco_context *ctx, laco_target_choice *choice);

#endif
