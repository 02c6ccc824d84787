/* What else a tagger learns to tell in training, so that its states hold more than the tags alone would ask for: the other
 * columns of CoNLL-U (part of speech, morphology, relation). Only training has these heads: the model is handed out without them.
 * Caruana, "Multitask learning", 1997. */
#ifndef LACO_TAG_AUXILIARY_H
#define LACO_TAG_AUXILIARY_H

#include "data/batch.h"
#include "tag/tagged.h"
#include "tag/tagger.h"
#include "train/loop.h"
#include "nn/module.h"

#define LACO_AUXILIARY 4 /* most columns */

typedef struct laco_auxiliary {
    laco_context *ctx; /* NULL: no heads */
    double weight;     /* of the loss of each */
    struct {
        laco_linear *linear[LACO_MOST_ENSEMBLE];
        laco_sequences values; /* numbers of what stands in the column, word by word */
    } head[LACO_AUXILIARY];
    int count;
    laco_module_mark mark;
    int32_t *targets; /* [T][B] of a batch */
    size_t room;
} laco_auxiliary;

/* Adds a head to the model for each other column of `data`, whose sentences are read as `text`; none where weight is 0. What
 * *auxiliary holds is freed by laco_auxiliary_end, also after a failure. */
laco_status laco_auxiliary_start(laco_tagger *model, const laco_tagged *data, const laco_sequences *text, double weight,
                                 laco_auxiliary *auxiliary);

/* loss + weight · Σ loss of each head, `hidden` being the states [T][B][…] of member m, `batch` a shard of what is trained on. */
laco_var laco_auxiliary_loss(laco_tape *tape, laco_auxiliary *auxiliary, const laco_part *shard, int64_t m,
                             const laco_batch *batch, laco_var hidden, laco_var loss);

/* `hash` with what stands in the columns that are learned. */
uint64_t laco_auxiliary_hash(const laco_auxiliary *auxiliary, uint64_t hash);

/* Takes the heads from the model again; `model` may be NULL. */
void laco_auxiliary_end(laco_tagger *model, laco_auxiliary *auxiliary);

#endif
