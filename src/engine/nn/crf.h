/* A conditional random field whose gradient comes together from several processes: what each backward pass adds to it, addend for
 * addend, so that it can be added up elsewhere in the order in which one process would. */
#ifndef LACO_NN_CRF_H
#define LACO_NN_CRF_H

#include "base/base.h"
#include "laco/nn.h"

/* From here on a backward pass keeps what it adds, for laco_crf_take_terms; or adds it up, as at first. */
LACO_SHARED void laco_crf_keep_apart(laco_crf *crf, bool apart);

/* What the backward pass since the last call added, which is valid until the next: *count addends; the gradients are zero behind it.
 * LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_crf_take_terms(laco_crf *crf, const laco_real **terms, int64_t *count);

/* Adds these to the gradients. */
LACO_SHARED void laco_crf_add_terms(laco_crf *crf, const laco_real *terms, int64_t count);

#endif
