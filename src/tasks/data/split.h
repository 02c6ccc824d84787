/* Setting examples aside. */
#ifndef LACO_DATA_SPLIT_H
#define LACO_DATA_SPLIT_H

#include "base/base.h"

/* Two parts of 0 … count-1, each in rising order, in one block. */
typedef struct laco_split {
    size_t *train, *valid; /* valid is within train's block */
    size_t train_count, valid_count;
    size_t known_count; /* of train, and valid behind it: what vocabularies and the like are made of; train_count by itself */
} laco_split;

/* Sets `fraction` (0 ≤ f < 1) of the examples aside for validation, label by label: of n examples with a label,
 * round(f · n), but at least one and not all where n ≥ 2 and f > 0, and none where n = 1. Which ones depends on the
 * seed, the label and n alone, so that more examples of one label do not move those of another.
 * `labels`: count values of 0 … classes-1, or NULL: all are alike, and classes is 1. *out is the caller's, for laco_split_free.
 * LACO_INVALID: the fraction, or a label, is out of range. LACO_NO_MEMORY. On failure *out is untouched. */
laco_status laco_split_stratified(laco_context *ctx, const int32_t *labels, size_t count, int classes, double fraction,
                                  uint64_t seed, laco_split *out);
/* The same for data that may come with validation data of its own: `apart` examples, counted on from `count`, which then are all
 * that validates, whatever the fraction says; 0: none. */
laco_status laco_split_apart(laco_context *ctx, const int32_t *labels, size_t count, size_t apart, int classes, double fraction,
                             uint64_t seed, laco_split *out);
void laco_split_free(laco_context *ctx, laco_split *split);

#endif
