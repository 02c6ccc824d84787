/* Recordings with texts from files. */
#ifndef LACO_SOUND_SPOKEN_READ_H
#define LACO_SOUND_SPOKEN_READ_H

#include "laco/read.h"
#include "transcribe/spoken.h"

/* The paths of a list's first field; `folder` is what they are relative to, "" or ended by a slash. Adds one recording. `where`
 * begins messages ("list.tsv:3: "). spoken_read.c has what calls this. */
laco_status laco_spoken_add(laco_spoken *data, const char *where, const char *folder, const char *paths, const char *text);

/* Adds the recording at `path`, spaces and all. */
laco_status laco_spoken_add_file(laco_spoken *data, const char *path, const char *text);

/* The same from a file's bytes, without a text. */
laco_status laco_spoken_add_bytes(laco_spoken *data, const char *path, const char *bytes, size_t size);

/* What the bytes of a file are, a recording or a list, which is taken apart where it stands. */
laco_status laco_spoken_read_bytes(laco_spoken *data, const char *path, char *bytes, size_t size);

/* Everything that a path holds. */
laco_status laco_spoken_read(laco_spoken *data, const char *path);

#endif
