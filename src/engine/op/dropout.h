/* Dropout masks from counter-based random numbers: an element's fate depends on its index alone. */
#ifndef LACO_OP_DROPOUT_H
#define LACO_OP_DROPOUT_H

#include "base/random.h"

/* mask[i] = 0 with probability p, else 1/(1-p), for elements first … first+count-1 of `stream`: element e looks at word e % 4 of
 * block e / 4. Runs on the calling thread alone, so that it can be part of a task. */
void laco_dropout_mask(uint64_t seed, uint64_t stream, int64_t first, int64_t count, double p, laco_real *mask);

#endif
