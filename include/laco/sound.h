/* laco/sound.h - recordings: read them, and the recordings with their texts that speech recognition learns from.
 *
 * Every format of libsndfile is read: WAV, FLAC, Ogg, AIFF … Channels are averaged into one; the samples are converted to another rate
 * where one is asked for. A library that was built without sound (-Dsound=disabled) says so of every file; samples that a program has in
 * memory need no such library.
 */
#ifndef LACO_SOUND_H
#define LACO_SOUND_H

#include "laco/context.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One channel of samples, within −1 … 1 where the file is. */
typedef struct laco_sound {
    laco_context *ctx;
    float *samples; /* [count] */
    size_t count;
    int rate;      /* samples in a second */
    int file_rate; /* as the file has it */
    int channels;  /* likewise; averaged where there are several */
} laco_sound;

/* Reads a recording; `path` "-" is standard input. `rate`: what it is converted to, 1000 … 192000; 0: the file's. *out is the
 * caller's, for laco_sound_free. LACO_IO: not readable. LACO_FORMAT: not a recording, without samples, cut short (fewer samples
 * than its header says), not closed (its header says none, and they follow), or a sample that is not a finite number: the text says
 * which. LACO_INVALID: such a rate. LACO_NO_MEMORY.
 * On failure *out is untouched. */
LACO_API laco_status laco_sound_read(laco_context *ctx, const char *path, int rate, laco_sound *out);

/* The same of a file's bytes in memory; `name` stands for it in messages. */
LACO_API laco_status laco_sound_parse(laco_context *ctx, const char *name, const void *bytes, size_t size, int rate,
                                      laco_sound *out);
LACO_API void laco_sound_free(laco_sound *sound);

/* Whether the first `size` bytes of a file are those of a recording, by its magic number. */
LACO_API bool laco_sound_looks(const void *bytes, size_t size);

/* ---- Recordings with texts ---------------------------------------------------------------------------------------------- */

/* Opaque; never changes once loaded. Samples are held in memory, four bytes each. */
typedef struct laco_spoken laco_spoken;

/* Zero means the default. */
typedef struct laco_spoken_config {
    int rate;      /* that all recordings are converted to; 0: that of the first one, at most 16000 */
    bool untexted; /* texts may be missing */
} laco_spoken_config;

/* Reads recordings and their texts. A path may be
 *   a recording   in a format of libsndfile, by its content; without a text, which config->untexted must allow
 *   a folder      NAME.wav (.flac, .ogg) and NAME.txt beside it, in byte order of names
 *   a list        lines of file<TAB>text, UTF-8; the file's path is relative to the list. Several files between spaces are joined
 * to one recording. Blank lines are skipped. "-" is standard input, paths then being relative to the working folder. `config` may
 * be NULL. *out is the caller's. LACO_IO, LACO_FORMAT: file, line and what is wrong there. LACO_INVALID: no path. LACO_NO_MEMORY.
 * On failure *out is untouched. */
LACO_API laco_status laco_spoken_load(laco_context *ctx, const char *const *paths, int path_count,
                                      const laco_spoken_config *config, laco_spoken **out);
LACO_API void laco_spoken_free(laco_spoken *data);

LACO_API size_t laco_spoken_count(const laco_spoken *data);
LACO_API int laco_spoken_rate(const laco_spoken *data);

/* Recording `index`: how it was named, its text (NULL: it has none), its samples. Owned by data. */
LACO_API const char *laco_spoken_name(const laco_spoken *data, size_t index);
LACO_API const char *laco_spoken_text(const laco_spoken *data, size_t index);
LACO_API const float *laco_spoken_samples(const laco_spoken *data, size_t index, size_t *count);

/* What was done to the files that were read: the user may want to know. */
typedef struct laco_spoken_changes {
    size_t files, resampled, mixed; /* files read; of another rate; of several channels */
    int file_rate;                  /* of one that was resampled */
} laco_spoken_changes;
LACO_API laco_spoken_changes laco_spoken_changed(const laco_spoken *data);

#ifdef __cplusplus
}
#endif

#endif
