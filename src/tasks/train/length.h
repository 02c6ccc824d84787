/* What is too long, or too much, to be trained on: told before the memory for it is taken. */
#ifndef LACO_TRAIN_LENGTH_H
#define LACO_TRAIN_LENGTH_H

#include "data/split.h"
#include "train/loop.h"

#define LACO_LONGEST_EXAMPLE 65536 /* steps of an example where --max-length says nothing */

/* How long examples are, and where they stand. */
typedef struct laco_lengths {
    int64_t (*of)(const laco_learner *learner, size_t index);
    void (*place)(const laco_learner *learner, size_t index, char *text, size_t size); /* "a.tsv:17", "sentence 3" */
    const char *unit;                                                                  /* plural: "words" */
} laco_lengths;

/* Looks at all examples of both parts. Without options->max_length one of more than LACO_LONGEST_EXAMPLE units is refused: LACO_INVALID,
 * with its place. With it, those that are longer are left out of their part, and that is told; LACO_INVALID: all would be. */
laco_status laco_train_limit(laco_learner *learner, laco_split *split, const laco_lengths *lengths);

/* Between preparing and the loop: LACO_NO_MEMORY where the state of training, the longest example and learner->answers cannot be in the
 * memory that there is, with what causes it and which options help. */
laco_status laco_train_check_memory(laco_learner *learner);

#endif
