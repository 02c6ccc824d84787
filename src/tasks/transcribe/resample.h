/* Another rate for samples. */
#ifndef LACO_TRANSCRIBE_RESAMPLE_H
#define LACO_TRANSCRIBE_RESAMPLE_H

#include "base/base.h"

/* `count` samples to about count · ratio, by a converter of libsamplerate (SRC_LINEAR, SRC_SINC_MEDIUM_QUALITY …). *out is the
 * caller's. LACO_INVALID: more samples than libsamplerate counts; LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_resample(laco_context *ctx, const float *samples, size_t count, double ratio, int converter, float **out,
                          size_t *out_count);

#endif
