/* Ensembles: a model of several networks, its members, that learn from the same batches and are asked together. The mean of their
 * scores in front of a softmax is the geometric mean of their distributions, up to a factor: Hinton, "Products of experts", 1999.
 */
#ifndef LACO_MODEL_ENSEMBLE_H
#define LACO_MODEL_ENSEMBLE_H

#include "base/base.h"
#include "laco/nn.h"

#define LACO_MOST_ENSEMBLE 16 /* most of a model */

typedef struct laco_member_text {
    char text[64];
} laco_member_text;

/* The name in a module of layer `layer` of member m: that of member 0 is as in a model of one network, "member_2.linear" else. */
LACO_SHARED laco_member_text laco_member_name(int64_t m, const char *layer);

/* The member that a parameter of such a layer belongs to. */
int64_t laco_member_number(const char *name);

/* How many, where nobody says: `few`; but 1 for more than 50,000 examples, where there is more to learn from and each epoch takes
 * long. */
int64_t laco_ensemble_default(size_t examples, int64_t few);

/* The mean of `count` values of one shape: scores, or losses; one alone as it is. NULL where the tape has failed. */
LACO_SHARED laco_var laco_ensemble_mean(laco_tape *tape, const laco_var *values, int64_t count);

#endif
