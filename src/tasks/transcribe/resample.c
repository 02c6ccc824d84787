#include "transcribe/resample.h"

#include <samplerate.h>

laco_status laco_resample(laco_context *ctx, const float *samples, size_t count, double ratio, int converter, float **out,
                          size_t *out_count)
{
    double wanted = (double)count * ratio + 1;
    if (!(wanted < 0x7fffffff) || count > 0x7fffffff)
        return laco_fail(ctx, LACO_INVALID, "a recording of %zu samples is too long to be resampled", count);
    SRC_DATA data = {.data_in = samples, .input_frames = (long)count, .output_frames = (long)wanted, .src_ratio = ratio};
    float *result = laco_alloc(ctx, (size_t)wanted, sizeof *result);
    if (!result)
        return LACO_NO_MEMORY;
    data.data_out = result;
    int error = src_simple(&data, converter, 1);
    if (error != 0) {
        laco_release(ctx, result);
        return laco_fail(ctx, LACO_NO_MEMORY, "resampling: %s", src_strerror(error));
    }
    *out = result;
    *out_count = (size_t)data.output_frames_gen;
    return LACO_OK;
}
