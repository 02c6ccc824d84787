/* Pictures in files: PNG and PGM, as numbers from 0 (black) to 255 (white). */
#ifndef LACO_PICTURE_PICTURE_H
#define LACO_PICTURE_PICTURE_H

#include "base/arena.h"

typedef struct laco_picture {
    size_t width, height;
    laco_real *values; /* [width][height]: column by column, each from the top down; in the arena */
} laco_picture;

#define LACO_PICTURE_MOST ((size_t)1 << 22) /* pixels: a small file can say that it is very large */

/* Whether bytes begin as PNG or PGM does. */
bool laco_picture_detect(const char *bytes, size_t size);

/* Decodes a file in memory; `name` is for messages. Colours become grey by their luminance (0.299 R + 0.587 G + 0.114 B); what is
 * transparent is seen before white; samples of other depths are scaled to 0 … 255. LACO_FORMAT: another kind of file, a damaged
 * one, one cut short, or too many pixels. LACO_NO_MEMORY. */
laco_status laco_picture_read(laco_context *ctx, laco_arena *arena, const char *name, const char *bytes, size_t size,
                              laco_picture *out);

/* ---- For the decoders ---- */

/* Room for the pixels of *out, whose sizes are set. LACO_FORMAT: none, or too many. */
laco_status laco_picture_room(laco_context *ctx, laco_arena *arena, const char *name, laco_picture *out);

laco_status laco_picture_read_png(laco_context *ctx, laco_arena *arena, const char *name, const char *bytes, size_t size,
                                  laco_picture *out);
laco_status laco_picture_read_pgm(laco_context *ctx, laco_arena *arena, const char *name, const char *bytes, size_t size,
                                  laco_picture *out);

#endif
