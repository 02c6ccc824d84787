/* Files that are read whole or in pieces, and whole files out: a writer shows the world either the old file or the whole new one,
 * never a part. */
#ifndef LACO_BASE_FILE_H
#define LACO_BASE_FILE_H

#include "base/base.h"

/* Reads a whole file. `path` may name a pipe; "-" is standard input (a file of that name is "./-").
 * *bytes: the caller's, to be given to laco_release; a NUL stands behind the last byte, so that text can be
 * used as a string. *size: bytes without that NUL.
 * LACO_IO: not there, not readable, a folder; LACO_NO_MEMORY: too large. */
LACO_SHARED laco_status laco_file_read(laco_context *ctx, const char *path, char **bytes, size_t *size);

/* How laco_file_read names a path in errors: the path itself, or "standard input" for "-". */
LACO_SHARED const char *laco_file_shown_name(const char *path);

/* Bytes that are read in pieces, at any place: of a regular file as it is on the disk, none of which are held. */
typedef struct laco_reader laco_reader;

/* Opens the file at `path`. What is no regular file, or standard input ("-"), is read whole. LACO_IO, LACO_NO_MEMORY. */
laco_status laco_reader_open(laco_context *ctx, const char *path, laco_reader **out);

/* Bytes in memory, borrowed; `name` (copied) stands for the file in errors. `given`, from laco_alloc, becomes the reader's, also
 * where this fails; NULL: nothing does. LACO_NO_MEMORY. */
laco_status laco_reader_of(laco_context *ctx, const char *name, const void *bytes, size_t size, void *given, laco_reader **out);
void laco_reader_free(laco_reader *reader); /* NULL is allowed */

const char *laco_reader_name(const laco_reader *reader);
size_t laco_reader_size(const laco_reader *reader); /* of the file as it was opened */

/* The `size` bytes at `place`, which lie within the file, into `out`. LACO_IO: the file cannot be read, or is no longer what was
 * opened: shorter, longer or written to since. `out` then holds anything. LACO_INTERRUPTED. */
laco_status laco_reader_read(const laco_reader *reader, size_t place, void *out, size_t size);

/* Reads all that there is, so that laco_reader_read cannot fail from here on; *bytes, which may be NULL, is where it lies, the
 * reader's. LACO_IO, LACO_NO_MEMORY, LACO_INTERRUPTED: the reader is then as before. */
laco_status laco_reader_hold(laco_reader *reader, const char **bytes);

/* A file that is being written. */
typedef struct laco_writer laco_writer;

/* Starts a file at `path`. A regular file, or one that is not there yet, is written beside its place as
 * PATH.tmp-PID and moved there by laco_writer_commit: until then the old file stands. What writers that were killed
 * have left there is removed first (file_temporary.h). The file keeps the old one's permissions (else 0666 less
 * the umask) and, where this process may, its owner; links to it that are not symbolic keep the old contents. A
 * symbolic link stays: the file it leads to is replaced.
 * "-", /dev/stdout, /dev/stderr and /dev/fd/N are the process's own descriptors, written where they stand;
 * devices and pipes are written straight too: what is written there cannot be taken back.
 * LACO_IO: the folder or the old file is not writable, the path is a folder; LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_writer_new(laco_context *ctx, const char *path, laco_writer **out);

/* Adds bytes. After a failure (a full disk) every later call fails the same way. LACO_IO. */
LACO_SHARED laco_status laco_writer_write(laco_writer *writer, const void *bytes, size_t size);

/* Ends the file: all bytes on the disk, read back and compared where the file can be read, then the new file in the old one's
 * place, then that on the disk. Frees the writer whatever comes of it; on failure the old file stands and the temporary one is
 * gone (the one exception: a folder that could not be synchronised leaves the new file in place). LACO_IO. */
LACO_SHARED laco_status laco_writer_commit(laco_writer *writer);

/* Gives up: removes the temporary file, leaves the old one, frees the writer. NULL is allowed. */
LACO_SHARED void laco_writer_abandon(laco_writer *writer);

#endif
