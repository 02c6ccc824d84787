/* Recordings: from a file's bytes to samples. sound_sndfile.c decodes; a library without that feature has sound_off.c in its
 * place.
 */
#ifndef LACO_SOUND_SOUND_H
#define LACO_SOUND_SOUND_H

#include "base/base.h"
#include "laco/read.h"

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
 * than its header says), not closed (its header says none, and they follow), or a sample that is no number (or beyond
 * 1e10): the text says which. LACO_INVALID: such a rate. LACO_NO_MEMORY. On failure *out is untouched. */
laco_status laco_sound_read(laco_context *ctx, const char *path, int rate, laco_sound *out);

/* The same of a file's bytes in memory; `name` stands for it in messages. */
laco_status laco_sound_parse(laco_context *ctx, const char *name, const void *bytes, size_t size, int rate, laco_sound *out);
void laco_sound_free(laco_sound *sound);

/* Whether the first `size` bytes of a file are those of a recording, by its magic number. */
bool laco_sound_detect(const void *bytes, size_t size);

/* The samples of a file of `size` bytes, at least 1, at the file's rate, into *out, of which only ctx is set; it is the caller's
 * also on failure. LACO_FORMAT: not a recording, without samples, cut short, a sample that is no number (or beyond 1e10), a rate
 * out of bounds, or a library that reads no recordings. LACO_NO_MEMORY. */
laco_status laco_sound_decode(const char *name, const void *bytes, size_t size, laco_sound *out);

#define LACO_MOST_SAMPLES ((size_t)1 << 28) /* of one recording: more than four hours at 16000 a second */

/* LACO_FORMAT: says that a recording has more. */
laco_status laco_sound_too_long(laco_context *ctx, const char *name);

#endif
