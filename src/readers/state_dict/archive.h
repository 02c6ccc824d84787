/* The zip archive in which torch.save puts a pickle and, each as a record of its own, the numbers of its storages. */
#ifndef LACO_STATE_DICT_ARCHIVE_H
#define LACO_STATE_DICT_ARCHIVE_H

#include "base/base.h"

typedef struct laco_archive laco_archive;

/* Whether a file's first bytes are those of a zip archive. */
bool laco_archive_detect(const void *bytes, size_t size);

/* Opens the archive whose bytes are in memory, where they stay; `name` stands for it in errors. Every record is to be stored as
 * it is, none compressed or encrypted, and all of them together are no longer than the file: so what is read is never more than
 * that. *pickle: the bytes of data.pkl. LACO_FORMAT: not such an archive; LACO_NO_MEMORY. */
laco_status laco_archive_open(laco_context *ctx, const char *name, const void *bytes, size_t size, laco_archive **out,
                              char **pickle, size_t *pickle_size);
void laco_archive_close(laco_archive *archive);

/* Bytes of the record data/KEY. LACO_FORMAT: there is none. */
laco_status laco_archive_size(laco_archive *archive, const char *key, size_t length, size_t *out);

/* The record itself, `size` bytes of it, into `out`. LACO_FORMAT: damaged. */
laco_status laco_archive_read(laco_archive *archive, const char *key, size_t length, void *out, size_t size);

#endif
