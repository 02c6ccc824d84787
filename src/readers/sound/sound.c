/* Recordings, from memory, so that a pipe is as good as a file; at the rate that is asked for. */
#include "sound/sound.h"

#include "base/file.h"
#include "transcribe/resample.h"
#include "transcribe/spoken.h"

#include <string.h>

void laco_sound_free(laco_sound *sound)
{
    if (!sound || !sound->ctx)
        return;
    laco_release(sound->ctx, sound->samples);
    *sound = (laco_sound){0};
}

bool laco_sound_detect(const void *bytes, size_t size)
{
    static const char *const magic[] = {"RIFF", "RIFX", "RF64", "FORM", "fLaC", "OggS", ".snd", "caff", "wvpk"};
    for (size_t i = 0; size >= 4 && i < sizeof magic / sizeof *magic; i++)
        if (memcmp(bytes, magic[i], 4) == 0)
            return true;
    return false;
}

laco_status laco_sound_too_long(laco_context *ctx, const char *name)
{
    return laco_fail(ctx, LACO_FORMAT, "%s: has more than %zu samples; cut it into parts", name, LACO_MOST_SAMPLES);
}

static laco_status convert(laco_sound *sound, const char *name, int rate)
{
    float *samples;
    if (rate == 0 || rate == sound->rate)
        return LACO_OK;
    if ((double)sound->count * rate / sound->rate > (double)LACO_MOST_SAMPLES)
        return laco_sound_too_long(sound->ctx, name);
    LACO_TRY(laco_resample(sound->ctx, sound->samples, sound->count, (double)rate / sound->rate, LACO_RESAMPLE_GOOD, &samples,
                           &sound->count));
    laco_release(sound->ctx, sound->samples);
    sound->samples = samples;
    sound->rate = rate;
    return LACO_OK;
}

laco_status laco_sound_parse(laco_context *ctx, const char *name, const void *bytes, size_t size, int rate, laco_sound *out)
{
    laco_sound sound = {.ctx = ctx};
    if (rate != 0 && (rate < LACO_LOWEST_RATE || rate > LACO_HIGHEST_RATE))
        return laco_fail(ctx, LACO_INVALID, "a rate of %d samples a second; %d … %d is right", rate, LACO_LOWEST_RATE,
                         LACO_HIGHEST_RATE);
    if (size == 0)
        return laco_fail(ctx, LACO_FORMAT, "%s: is empty; a recording is needed", name);
    laco_status status = laco_sound_decode(name, bytes, size, &sound);
    if (status == LACO_OK)
        status = convert(&sound, name, rate);
    if (status == LACO_OK)
        *out = sound;
    else
        laco_sound_free(&sound);
    return status;
}

laco_status laco_sound_read(laco_context *ctx, const char *path, int rate, laco_sound *out)
{
    char *bytes;
    size_t size;
    LACO_TRY(laco_file_read(ctx, path, &bytes, &size));
    laco_status status = laco_sound_parse(ctx, laco_file_shown_name(path), bytes, size, rate, out);
    laco_release(ctx, bytes);
    return status;
}
