/* Another rate for samples in memory. */
#ifndef LACO_TRANSCRIBE_RESAMPLE_H
#define LACO_TRANSCRIBE_RESAMPLE_H

#include "base/base.h"

typedef enum laco_resample_quality {
    LACO_RESAMPLE_FAST, /* a straight line between neighbours: for other speeds in training */
    LACO_RESAMPLE_GOOD  /* a windowed sinc: flat up to 87 % of the narrower band, and 95 dB down from its end on */
} laco_resample_quality;

/* `count` samples to round(count · ratio), at least 1 (of none 0): output n stands at n / ratio in the input. *out is the caller's.
 * LACO_INVALID: more samples than can be counted; LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_resample(laco_context *ctx, const float *samples, size_t count, double ratio, laco_resample_quality quality,
                                      float **out, size_t *out_count);

#endif
