/* The inside of recordings with texts. */
#ifndef LACO_DATA_SPOKEN_H
#define LACO_DATA_SPOKEN_H

#include "base/base.h"
#include "laco/sound.h"

typedef struct laco_recording {
    char *name, *text; /* text: NULL where there is none */
    float *samples;
    size_t count;
} laco_recording;

struct laco_spoken {
    laco_context *ctx;
    bool untexted;
    int rate; /* 0: none was read yet */
    laco_recording *items;
    size_t count, room;
    laco_spoken_changes changes;
};

/* An empty set; `config` may be NULL. *out is the caller's. */
laco_status laco_spoken_begin(laco_context *ctx, const laco_spoken_config *config, laco_spoken **out);

/* Keeps a recording whose samples are there, at data's rate, under copies of a name and of a text (NULL: none). On failure *item stays
 * the caller's. LACO_NO_MEMORY. */
laco_status laco_spoken_keep(laco_spoken *data, const char *name, const char *text, laco_recording *item);

/* The paths of a list's first field; `folder` is what they are relative to, "" or ended by a slash. Adds one recording. `where`
 * begins messages ("list.tsv:3: "). spoken_read.c has what calls this. */
laco_status laco_spoken_add(laco_spoken *data, const char *where, const char *folder, const char *paths, const char *text);

/* Adds the recording at `path`, spaces and all. */
laco_status laco_spoken_add_file(laco_spoken *data, const char *path, const char *text);

/* The same from a file's bytes, without a text. */
laco_status laco_spoken_add_bytes(laco_spoken *data, const char *path, const char *bytes, size_t size);

/* Everything that a path holds. */
laco_status laco_spoken_read(laco_spoken *data, const char *path);

#endif
