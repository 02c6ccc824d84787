/* One recording from its files. */
#include "sound/sound.h"
#include "sound/spoken_read.h"

#include "base/grow.h"
#include "sound/sound.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MOST_RATE 16000 /* of features: above 8000 Hz there is little speech */

/* Takes the samples of a sound behind those that the recording has. */
static laco_status append(laco_spoken *data, const char *path, laco_sound *sound, laco_recording *item)
{
    laco_spoken_changes *changes = &data->changes;
    changes->files++;
    changes->mixed += sound->channels > 1;
    if (sound->file_rate != sound->rate) {
        changes->resampled++;
        changes->file_rate = sound->file_rate;
    }
    size_t all;
    if (!laco_add_fits(item->count, sound->count, &all))
        return laco_fail(data->ctx, LACO_NO_MEMORY, "%s: too many samples", path);
    if (all > LACO_MOST_SAMPLES) /* of files that a line joins */
        return laco_sound_too_long(data->ctx, path);
    float *grown = laco_resize(data->ctx, item->samples, all, sizeof *grown);
    if (!grown)
        return LACO_NO_MEMORY;
    memcpy(grown + item->count, sound->samples, sound->count * sizeof *grown);
    item->samples = grown;
    item->count = all;
    return LACO_OK;
}

/* The rate of all is decided by the first recording, of which no other rate was asked then. */
static laco_status add_sound(laco_spoken *data, laco_sound *sound, const char *path, const char *bytes, size_t size,
                             laco_recording *item)
{
    if (data->rate == 0) {
        data->rate = LACO_MIN(sound->rate, MOST_RATE);
        if (data->rate != sound->rate) {
            laco_sound_free(sound);
            LACO_TRY(bytes ? laco_sound_parse(data->ctx, path, bytes, size, data->rate, sound)
                           : laco_sound_read(data->ctx, path, data->rate, sound));
        }
    }
    laco_status status = append(data, path, sound, item);
    laco_sound_free(sound);
    return status;
}

static laco_status add_file(laco_spoken *data, const char *path, laco_recording *item)
{
    laco_sound sound;
    LACO_TRY(laco_sound_read(data->ctx, path, data->rate, &sound));
    return add_sound(data, &sound, path, NULL, 0, item);
}

/* One file of a list; only regular names are looked up, so "-" in a list is a file of that name. */
static laco_status add_listed(laco_spoken *data, const char *folder, const char *name, size_t length, laco_recording *item)
{
    char path[4096];
    bool absolute = length > 0 && name[0] == '/', dash = length == 1 && name[0] == '-';
    int written = snprintf(path, sizeof path, "%s%.*s",
                           absolute           ? ""
                           : dash && !*folder ? "./"
                                              : folder,
                           (int)LACO_MIN(length, sizeof path), name);
    if (written < 0 || (size_t)written >= sizeof path)
        return laco_fail(data->ctx, LACO_INVALID, "the name of a file is longer than %zu bytes", sizeof path - 1);
    return add_file(data, path, item);
}

static bool exists(const char *folder, const char *name)
{
    char path[4096];
    int written = snprintf(path, sizeof path, "%s%s", *name == '/' ? "" : folder, name);
    return written > 0 && (size_t)written < sizeof path && access(path, F_OK) == 0;
}

/* All files of a field: one whose name may hold spaces, or several between spaces. */
static laco_status add_files(laco_spoken *data, const char *folder, const char *paths, laco_recording *item)
{
    if (!strchr(paths, ' ') || exists(folder, paths))
        return add_listed(data, folder, paths, strlen(paths), item);
    for (const char *at = paths + strspn(paths, " "); *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        LACO_TRY(add_listed(data, folder, at, length, item));
        at += length;
    }
    return LACO_OK;
}

laco_status laco_spoken_add(laco_spoken *data, const char *where, const char *folder, const char *paths, const char *text)
{
    laco_recording item = {0};
    char error[sizeof data->ctx->error];
    laco_status status = add_files(data, folder, paths, &item);
    if (status < 0 && *where) {
        snprintf(error, sizeof error, "%s", laco_error(data->ctx));
        laco_set_error(data->ctx, "%s%s", where, error);
    }
    if (status == LACO_OK)
        status = laco_spoken_keep(data, paths, text, &item);
    if (status < 0)
        laco_recording_free(data->ctx, &item);
    return status;
}

laco_status laco_spoken_add_file(laco_spoken *data, const char *path, const char *text)
{
    laco_recording item = {0};
    laco_status status = add_file(data, path, &item);
    if (status == LACO_OK)
        status = laco_spoken_keep(data, path, text, &item);
    if (status < 0)
        laco_recording_free(data->ctx, &item);
    return status;
}

laco_status laco_spoken_add_bytes(laco_spoken *data, const char *path, const char *bytes, size_t size)
{
    laco_recording item = {0};
    laco_sound sound;
    LACO_TRY(laco_sound_parse(data->ctx, path, bytes, size, data->rate, &sound));
    laco_status status = add_sound(data, &sound, path, bytes, size, &item);
    if (status == LACO_OK)
        status = laco_spoken_keep(data, path, NULL, &item);
    if (status < 0)
        laco_recording_free(data->ctx, &item);
    return status;
}

static laco_status begin(laco_context *ctx, const laco_spoken_config *config, laco_spoken **out)
{
    if (config && (config->rate < 0 || config->rate > INT32_MAX))
        return laco_fail(ctx, LACO_INVALID, "%lld samples a second; %d … %d is right", (long long)config->rate, LACO_LOWEST_RATE,
                         LACO_HIGHEST_RATE);
    laco_spoken *data = laco_alloc(ctx, 1, sizeof *data);
    if (!data)
        return LACO_NO_MEMORY;
    data->ctx = ctx;
    laco_notes_init(&data->notes, ctx);
    data->rate = config ? (int)config->rate : 0;
    data->untexted = config && config->untexted;
    data->first_line = config ? config->first_line : 0;
    *out = data;
    return LACO_OK;
}

static laco_status finish(laco_spoken *data, laco_status status, laco_spoken **out)
{
    if (status == LACO_OK)
        *out = data;
    else
        laco_spoken_free(data);
    return status;
}

laco_status laco_spoken_load(laco_context *ctx, const char *const *paths, int path_count, const laco_spoken_config *config,
                             laco_spoken **out)
{
    laco_spoken *data;
    laco_status status = LACO_OK;
    if (path_count < 1)
        return laco_fail(ctx, LACO_INVALID, "no path to recordings was given");
    LACO_TRY(begin(ctx, config, &data));
    for (int i = 0; i < path_count && status == LACO_OK; i++)
        status = laco_spoken_read(data, paths[i]);
    return finish(data, status, out);
}

laco_status laco_spoken_parse(laco_context *ctx, const char *path, const char *bytes, size_t size,
                              const laco_spoken_config *config, laco_spoken **out)
{
    laco_spoken *data;
    char *copy = laco_alloc(ctx, size + 1, 1);
    if (!copy)
        return LACO_NO_MEMORY;
    if (size > 0)
        memcpy(copy, bytes, size);
    laco_status status = begin(ctx, config, &data);
    if (status == LACO_OK)
        status = finish(data, laco_spoken_read_bytes(data, path, copy, size), out);
    laco_release(ctx, copy);
    return status;
}
