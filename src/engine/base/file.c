#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_READ ((size_t)64 << 10) /* where the size is not known beforehand: pipes, /proc */

const char *laco_file_shown_name(const char *path) { return strcmp(path, "-") == 0 ? "standard input" : path; }

static laco_status read_failed(laco_context *ctx, const char *path, int error)
{
    return laco_fail(ctx, LACO_IO, "cannot read %s: %s", laco_file_shown_name(path), strerror(error));
}

static laco_status too_large(laco_context *ctx, const char *path, uintmax_t size)
{
    return laco_fail(ctx, LACO_NO_MEMORY, "cannot read %s: its %ju bytes do not fit in memory", laco_file_shown_name(path), size);
}

/* read(2), but whole requests survive a signal and a size above what one call takes. */
static ssize_t read_some(int fd, char *bytes, size_t size)
{
    ssize_t got;
    do
        got = read(fd, bytes, LACO_MIN(size, (size_t)1 << 30));
    while (got < 0 && errno == EINTR);
    return got;
}

/* The first guess at the capacity: one more than the size, since the end shows only in a read that finds room
 * and gives nothing; that room is the terminating NUL's in the end. */
static laco_status first_capacity(laco_context *ctx, int fd, const char *path, size_t *capacity)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return read_failed(ctx, path, errno);
    if (S_ISDIR(info.st_mode))
        return read_failed(ctx, path, EISDIR);
    *capacity = FIRST_READ;
    if (S_ISREG(info.st_mode) && info.st_size > 0) {
        if ((uintmax_t)info.st_size >= SIZE_MAX / 2)
            return too_large(ctx, path, (uintmax_t)info.st_size);
        *capacity = (size_t)info.st_size + 1;
    }
    return LACO_OK;
}

/* Reads to the end; *bytes is NULL or a block to release, also on failure. */
static laco_status read_all(laco_context *ctx, int fd, const char *path, char **bytes, size_t *size)
{
    size_t capacity, used = 0;
    LACO_TRY(first_capacity(ctx, fd, path, &capacity));
    for (;;) {
        char *block = laco_resize_unset(ctx, *bytes, capacity);
        if (!block)
            return too_large(ctx, path, capacity - 1);
        *bytes = block;
        while (used < capacity) {
            ssize_t got = read_some(fd, block + used, capacity - used);
            if (got < 0)
                return read_failed(ctx, path, errno);
            LACO_TRY(laco_check_stop(ctx));
            if (got == 0) {
                block[used] = '\0';
                *size = used;
                return LACO_OK;
            }
            used += (size_t)got;
        }
        if (!laco_mul_fits(capacity, 2, &capacity))
            return too_large(ctx, path, used);
    }
}

laco_status laco_file_read(laco_context *ctx, const char *path, char **bytes, size_t *size)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return read_failed(ctx, path, errno);
    char *block = NULL;
    size_t used = 0;
    laco_status status = read_all(ctx, fd, path, &block, &used);
    if (!standard)
        close(fd);
    if (status < 0) {
        laco_release(ctx, block);
        return status;
    }
    *bytes = block;
    *size = used;
    return LACO_OK;
}
