/* Any bytes as a recording, at its own rate and at others. The first byte chooses the rate. */
#include "fuzz.h"

#include "sound/sound.h"

#include <math.h>

FUZZ_FORGIVE_VORBIS

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const int rates[] = {0, 8000, 1000, 192000, 44101};
    if (size < 1)
        return 0;
    int rate = rates[bytes[0] % 5];
    laco_sound sound;
    laco_context *ctx = fuzz_context();
    (void)laco_sound_detect(bytes + 1, size - 1);
    if (laco_sound_parse(ctx, "f", bytes + 1, size - 1, rate, &sound) < 0) {
        fuzz_check_error(ctx);
    } else {
        require(sound.count > 0 && sound.rate > 0 && (rate == 0 || sound.rate == rate) && sound.channels > 0);
        for (size_t i = 0; i < sound.count; i++)
            require(isfinite(sound.samples[i]));
        laco_sound_free(&sound);
    }
    laco_context_free(ctx);
    return 0;
}
