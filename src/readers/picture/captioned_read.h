/* The forms in which captioned pictures and vectors come. */
#ifndef LACO_PICTURE_CAPTIONED_READ_H
#define LACO_PICTURE_CAPTIONED_READ_H

#include "caption/captioned.h"

/* Adds what the path paths[*next] holds, and of images the captions that the path behind it holds; *next is raised past them. */
laco_status laco_captioned_read(laco_captioned *data, const char *const *paths, int count, int *next);

/* Adds what a file in memory holds, images without their captions. The pictures of a list are files, relative to `path`. */
laco_status laco_captioned_read_bytes(laco_captioned *data, const char *path, const char *bytes, size_t size);

/* Readers of one form each, from memory. */
laco_status laco_captioned_read_idx(laco_captioned *data, const char *name, const char *bytes, size_t size);
laco_status laco_captioned_read_captions(laco_captioned *data, size_t first, const char *images, const char *path);
laco_status laco_captioned_read_picture(laco_captioned *data, const char *name, const char *bytes, size_t size);
laco_status laco_captioned_read_table(laco_captioned *data, const char *name, const char *bytes, size_t size);
/* `path` is that of the list, from which the paths of its pictures start. */
laco_status laco_captioned_read_list(laco_captioned *data, const char *path, const char *bytes, size_t size);

#endif
