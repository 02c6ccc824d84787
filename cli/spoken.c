#include "spoken.h"

static void say_changes(const laco_spoken *data)
{
    laco_spoken_changes changes = laco_spoken_changed(data);
    if (changes.resampled > 0)
        fprintf(stderr, "laco: note: %zu of %zu files converted to %d samples a second (from %d)\n", changes.resampled,
                changes.files, laco_spoken_rate(data), changes.file_rate);
    if (changes.mixed > 0)
        fprintf(stderr, "laco: note: %zu of %zu files have several channels, which were averaged\n", changes.mixed,
                changes.files);
}

laco_spoken *load_spoken(laco_context *ctx, const char *const *paths, int count, const laco_spoken_config *config, bool quiet)
{
    laco_spoken *data = NULL;
    if (laco_spoken_load(ctx, paths, count, config, &data) < 0) {
        trouble(ctx);
        return NULL;
    }
    if (!quiet)
        say_changes(data);
    return data;
}
