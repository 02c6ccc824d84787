#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef LACO_STAT_NANOSECONDS /* windows.h has its own */
#define LACO_STAT_NANOSECONDS(info) ((info)->st_mtim.tv_nsec)
#endif

#define MOST_AT_ONCE ((size_t)16 << 20) /* bytes between two looks whether to stop */

struct laco_reader {
    laco_context *ctx;
    char *name;
    int fd;            /* below 0: all is in memory */
    struct stat stamp; /* of the file as it was opened */
    const char *bytes;
    void *given; /* where bytes lie, if they are the reader's */
    size_t size;
};

const char *laco_reader_name(const laco_reader *reader) { return reader->name; }
size_t laco_reader_size(const laco_reader *reader) { return reader->size; }

void laco_reader_free(laco_reader *reader)
{
    if (!reader)
        return;
    if (reader->fd >= 0)
        close(reader->fd);
    laco_release(reader->ctx, reader->given);
    laco_release(reader->ctx, reader->name);
    laco_release(reader->ctx, reader);
}

static laco_status new_reader(laco_context *ctx, const char *name, laco_reader **out)
{
    laco_reader *reader = laco_alloc(ctx, 1, sizeof *reader);
    if (!reader)
        return LACO_NO_MEMORY;
    *reader = (laco_reader){.ctx = ctx, .fd = -1, .name = laco_copy_string(ctx, name)};
    if (reader->name) {
        *out = reader;
        return LACO_OK;
    }
    laco_reader_free(reader);
    return LACO_NO_MEMORY;
}

laco_status laco_reader_of(laco_context *ctx, const char *name, const void *bytes, size_t size, void *given, laco_reader **out)
{
    laco_reader *reader;
    laco_status status = new_reader(ctx, name, &reader);
    if (status < 0) {
        laco_release(ctx, given);
        return status;
    }
    reader->bytes = bytes;
    reader->size = size;
    reader->given = given;
    *out = reader;
    return LACO_OK;
}

/* Files of /proc are regular ones and say that they have no bytes. */
static bool can_be_held_open(const struct stat *info)
{
    return S_ISREG(info->st_mode) && info->st_size > 0 && (uintmax_t)info->st_size < SIZE_MAX / 2;
}

static laco_status read_whole(laco_context *ctx, const char *path, laco_reader **out)
{
    char *bytes;
    size_t size;
    LACO_TRY(laco_file_read(ctx, path, &bytes, &size));
    return laco_reader_of(ctx, laco_file_shown_name(path), bytes, size, bytes, out);
}

laco_status laco_reader_open(laco_context *ctx, const char *path, laco_reader **out)
{
    struct stat info;
    laco_reader *reader;
    if (strcmp(path, "-") == 0 || stat(path, &info) != 0 || !can_be_held_open(&info))
        return read_whole(ctx, path, out);
    LACO_TRY(new_reader(ctx, path, &reader));
    reader->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (reader->fd >= 0 && fstat(reader->fd, &reader->stamp) == 0 && can_be_held_open(&reader->stamp)) {
        reader->size = (size_t)reader->stamp.st_size;
        *out = reader;
        return LACO_OK;
    }
    laco_reader_free(reader); /* what it is by now, or what is wrong with it, shows there */
    return read_whole(ctx, path, out);
}

static laco_status changed(const laco_reader *reader)
{
    return laco_fail(reader->ctx, LACO_IO, "cannot read %s: it was changed while it was read; read it again when it is complete",
                     reader->name);
}

/* A file that takes another's place by a rename leaves the one that is open as it was. */
static laco_status check_unchanged(const laco_reader *reader)
{
    struct stat now;
    if (fstat(reader->fd, &now) != 0)
        return laco_fail(reader->ctx, LACO_IO, "cannot read %s: %s", reader->name, strerror(errno));
    bool same = now.st_size == reader->stamp.st_size && now.st_mtime == reader->stamp.st_mtime &&
                LACO_STAT_NANOSECONDS(&now) == LACO_STAT_NANOSECONDS(&reader->stamp);
    return same ? LACO_OK : changed(reader);
}

static laco_status read_piece(const laco_reader *reader, size_t place, char *out, size_t size, size_t *got)
{
    ssize_t count;
    LACO_TRY(laco_check_stop(reader->ctx));
    do
        count = pread(reader->fd, out, LACO_MIN(size, MOST_AT_ONCE), (off_t)place);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return laco_fail(reader->ctx, LACO_IO, "cannot read %s: %s", reader->name, strerror(errno));
    *got = (size_t)count;
    return count > 0 ? LACO_OK : changed(reader);
}

laco_status laco_reader_read(const laco_reader *reader, size_t place, void *out, size_t size)
{
    char *to = out;
    if (size > 0 && reader->fd < 0)
        memcpy(to, reader->bytes + place, size);
    if (size == 0 || reader->fd < 0)
        return LACO_OK;
    for (size_t done = 0, got = 0; done < size; done += got)
        LACO_TRY(read_piece(reader, place + done, to + done, size - done, &got));
    return check_unchanged(reader);
}

laco_status laco_reader_hold(laco_reader *reader, const char **bytes)
{
    if (reader->fd >= 0) {
        char *all = laco_alloc_unset(reader->ctx, reader->size);
        laco_status status = all ? laco_reader_read(reader, 0, all, reader->size) : LACO_NO_MEMORY;
        if (status < 0) {
            laco_release(reader->ctx, all);
            return status;
        }
        close(reader->fd);
        reader->fd = -1;
        reader->bytes = reader->given = all;
    }
    if (bytes)
        *bytes = reader->bytes;
    return LACO_OK;
}
