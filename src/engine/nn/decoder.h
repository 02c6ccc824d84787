/* The inside of decoders, for those who train them. */
#ifndef LACO_NN_DECODER_H
#define LACO_NN_DECODER_H

#include "base/base.h"
#include "laco/decoder.h"

/* Scheduled sampling in two passes (Mihaylova and Martins, "Scheduled sampling for transformers", 2019): each of ids [T][B] but
 * those of the first step becomes, with probability p, the decoder's own best answer to the step before, from `logits` [T][B][V]
 * of a first pass over them. Which ones is a function of seed and step, not of threads or of the batch's width in memory. */
LACO_SHARED void laco_decoder_mix(laco_var logits, double p, uint64_t seed, uint64_t step, int32_t *ids);

#endif
