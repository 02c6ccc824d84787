/* A library without libsndfile: recordings in files are refused; samples in memory are as good as ever. */
#include "sound/sound.h"

laco_status laco_sound_decode(const char *name, const void *bytes, size_t size, laco_sound *out)
{
    (void)bytes, (void)size;
    return laco_fail(out->ctx, LACO_FORMAT, "%s: this laco was built without sound (-Dsound=enabled): it reads no recordings", name);
}
