/* Recordings: from a file's bytes to samples. sound_sndfile.c decodes; a library without that feature has sound_off.c in its
 * place.
 */
#ifndef LACO_SOUND_SOUND_H
#define LACO_SOUND_SOUND_H

#include "base/base.h"
#include "laco/read.h"

/* The samples of a file of `size` bytes, at least 1, at the file's rate, into *out, of which only ctx is set; it is the caller's
 * also on failure. LACO_FORMAT: not a recording, without samples, cut short, a sample that is not a finite number, a rate out of
 * bounds, or a library that reads no recordings. LACO_NO_MEMORY. */
laco_status laco_sound_decode(const char *name, const void *bytes, size_t size, laco_sound *out);

#define LACO_MOST_SAMPLES ((size_t)1 << 28) /* of one recording: more than four hours at 16000 a second */

/* LACO_FORMAT: says that a recording has more. */
laco_status laco_sound_too_long(laco_context *ctx, const char *name);

#endif
