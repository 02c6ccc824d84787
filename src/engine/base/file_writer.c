#include "base/file.h"
#include "base/file_temporary.h"
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE ((size_t)64 << 10)
#define MAX_LINKS 40   /* symbolic links in a row, as the kernel allows */
#define MAX_TRIES 1000 /* temporary names already taken by other writers */

struct laco_writer {
    laco_context *ctx;
    char *path;      /* as the caller said it, for errors */
    char *target;    /* the path behind all links; NULL where the bytes go straight to a device or descriptor */
    char *temporary; /* NULL as above */
    int fd;
    int lock;            /* the temporary file once more, whose lock outlasts fd; -1: none */
    int failure;         /* errno of the first write that failed, 0 before */
    uint64_t size, hash; /* of all that was to be written so far */
    size_t used;
    char buffer[BUFFER_SIZE];
};

static laco_status write_failed(laco_context *ctx, const char *path, int error)
{
    return laco_fail(ctx, LACO_IO, "cannot write %s: %s", path, strerror(error));
}

/* The descriptor of this process that a path stands for, or -1. Opening /dev/stdout anew would write at the
 * start of a file that the shell has opened for appending, and replacing it would hide what follows. */
static int own_descriptor(const char *path)
{
    if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    const char *digits = strncmp(path, "/dev/fd/", 8) == 0 ? path + 8 : strncmp(path, "/proc/self/fd/", 14) == 0 ? path + 14 : "";
    size_t length = strlen(digits);
    if (length == 0 || length > 9 || strspn(digits, "0123456789") != length)
        return -1;
    return atoi(digits);
}

/* What the link `from` says, seen from where `from` stands; the caller releases *to. */
static laco_status follow_link(laco_context *ctx, const char *path, const char *from, char **to)
{
    char says[PATH_MAX];
    ssize_t length = readlink(from, says, sizeof says);
    if (length < 0 || (size_t)length == sizeof says)
        return write_failed(ctx, path, length < 0 ? errno : ENAMETOOLONG);
    const char *slash = strrchr(from, '/');
    size_t folder = slash && says[0] != '/' ? (size_t)(slash - from) + 1 : 0;
    char *joined = laco_alloc(ctx, folder + (size_t)length + 1, 1);
    if (!joined)
        return LACO_NO_MEMORY;
    memcpy(joined, from, folder);
    memcpy(joined + folder, says, (size_t)length);
    *to = joined;
    return LACO_OK;
}

/* The place behind all symbolic links: realpath(3) would not do, as the last file may not be there yet. */
static laco_status find_target(laco_context *ctx, const char *path, char **out)
{
    char *place = laco_copy_string(ctx, path);
    if (!place)
        return LACO_NO_MEMORY;
    struct stat info;
    for (int links = 0; lstat(place, &info) == 0 && S_ISLNK(info.st_mode); links++) {
        char *next = NULL;
        laco_status status = links < MAX_LINKS ? follow_link(ctx, path, place, &next) : write_failed(ctx, path, ELOOP);
        laco_release(ctx, place);
        if (status < 0)
            return status;
        place = next;
    }
    *out = place;
    return LACO_OK;
}

/* Opens PATH.tmp-PID, or PATH.tmp-PID-N where that is taken. What replaces a file is nobody else's to read yet. */
static laco_status open_temporary(laco_writer *writer, bool replaces)
{
    size_t room = strlen(writer->target) + 48;
    writer->temporary = laco_alloc(writer->ctx, room, 1);
    if (!writer->temporary)
        return LACO_NO_MEMORY;
    for (int try = 0; try < MAX_TRIES; try++) {
        int length = snprintf(writer->temporary, room, "%s.tmp-%ld", writer->target, (long)getpid());
        if (try > 0)
            snprintf(writer->temporary + length, room - (size_t)length, "-%d", try);
        writer->fd = open(writer->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, replaces ? 0600 : 0666);
        if (writer->fd >= 0 ? laco_temporary_claim(writer->fd) : errno != EEXIST)
            break;
        if (writer->fd >= 0)
            close(writer->fd);
        writer->fd = -1;
        errno = EEXIST;
    }
    int error = errno;
    if (writer->fd >= 0) {
#ifndef _WIN32 /* which renames no file that is open */
        writer->lock = fcntl(writer->fd, F_DUPFD_CLOEXEC, 0);
#endif
        return LACO_OK;
    }
    laco_release(writer->ctx, writer->temporary); /* not ours to remove */
    writer->temporary = NULL;
    return write_failed(writer->ctx, writer->path, error);
}

/* Giving a file away is for the privileged, and some file systems know neither owners nor permissions: the
 * file is then what the system made it, which is no reason to lose its contents. */
static void copy_owner(int fd, const struct stat *old)
{
    if (fchown(fd, old->st_uid, old->st_gid) != 0 && fchown(fd, (uid_t)-1, old->st_gid) != 0)
        errno = 0;
    if (fchmod(fd, old->st_mode & 0777) != 0)
        errno = 0;
}

static laco_status open_beside(laco_writer *writer, const struct stat *old)
{
    LACO_TRY(find_target(writer->ctx, writer->path, &writer->target));
    /* Moving a file over one that may not be written would succeed: the folder's permissions decide. */
    if (old && faccessat(AT_FDCWD, writer->target, W_OK, AT_EACCESS) != 0)
        return write_failed(writer->ctx, writer->path, errno);
    laco_temporary_clear(writer->target);
    LACO_TRY(open_temporary(writer, old != NULL));
    if (old)
        copy_owner(writer->fd, old);
    return LACO_OK;
}

static laco_status open_writer(laco_writer *writer)
{
    struct stat old;
    if (!*writer->path)
        return write_failed(writer->ctx, "a file without a name", ENOENT);
    int own = own_descriptor(writer->path);
    if (own >= 0)
        writer->fd = fcntl(own, F_DUPFD_CLOEXEC, 0);
    else if (stat(writer->path, &old) != 0)
        return errno == ENOENT ? open_beside(writer, NULL) : write_failed(writer->ctx, writer->path, errno);
    else if (S_ISREG(old.st_mode))
        return open_beside(writer, &old);
    else
        writer->fd = open(writer->path, O_WRONLY | O_CLOEXEC); /* a folder says EISDIR */
    return writer->fd >= 0 ? LACO_OK : write_failed(writer->ctx, writer->path, errno);
}

laco_status laco_writer_new(laco_context *ctx, const char *path, laco_writer **out)
{
    laco_writer *writer = laco_alloc(ctx, 1, sizeof *writer);
    if (!writer)
        return LACO_NO_MEMORY;
    writer->ctx = ctx;
    writer->hash = LACO_HASH_START;
    writer->fd = writer->lock = -1;
    writer->path = laco_copy_string(ctx, path);
    laco_status status = writer->path ? open_writer(writer) : LACO_NO_MEMORY;
    if (status < 0) {
        laco_writer_abandon(writer);
        return status;
    }
    *out = writer;
    return LACO_OK;
}

/* Hands bytes to the system; false: writer->failure says why. */
static bool put(laco_writer *writer, const char *bytes, size_t size)
{
    while (size > 0 && !writer->failure) {
        ssize_t done = write(writer->fd, bytes, size);
        if (done > 0) {
            bytes += done;
            size -= (size_t)done;
        } else if (done == 0 || errno != EINTR) {
            writer->failure = done == 0 ? EIO : errno;
        }
    }
    return !writer->failure;
}

static bool flush(laco_writer *writer)
{
    size_t used = writer->used;
    writer->used = 0;
    return put(writer, writer->buffer, used);
}

laco_status laco_writer_write(laco_writer *writer, const void *bytes, size_t size)
{
    writer->hash = laco_hash_bytes(writer->hash, bytes, size);
    writer->size += size;
    if (size > BUFFER_SIZE - writer->used)
        flush(writer);
    if (size >= BUFFER_SIZE) {
        put(writer, bytes, size);
    } else if (size > 0 && !writer->failure) {
        memcpy(writer->buffer + writer->used, bytes, size);
        writer->used += size;
    }
    return writer->failure ? write_failed(writer->ctx, writer->path, writer->failure) : LACO_OK;
}

/* Reads back what was written, as far as it can be read: all of it, by its length and its hash. */
static laco_status read_back(laco_writer *writer)
{
    uint64_t size = 0, hash = LACO_HASH_START;
    int fd = writer->temporary ? open(writer->temporary, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return LACO_OK;
    for (;;) {
        ssize_t got = read(fd, writer->buffer, BUFFER_SIZE); /* which is empty */
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        hash = laco_hash_bytes(hash, writer->buffer, (size_t)got);
        size += (uint64_t)got;
    }
    close(fd);
    return size == writer->size && hash == writer->hash
               ? LACO_OK
               : laco_fail(writer->ctx, LACO_IO, "cannot write %s: what was written does not read back the same", writer->path);
}

/* Some file systems cannot synchronise some things, and say EINVAL or ENOTSUP: nothing is lost by that. */
static bool synchronise(int fd) { return fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP; }

/* Makes the renaming last. A folder that may be written but not read cannot be synchronised: let it be. */
static laco_status synchronise_folder(laco_writer *writer)
{
    char *slash = strrchr(writer->target, '/');
    if (slash)
        slash[slash == writer->target] = '\0';
    int fd = open(slash ? writer->target : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return LACO_OK;
    laco_status status = LACO_OK;
    if (!synchronise(fd))
        status = laco_fail(writer->ctx, LACO_IO, "%s is written, but its folder could not be synchronised: %s", writer->path,
                           strerror(errno));
    close(fd);
    return status;
}

static laco_status finish(laco_writer *writer)
{
    if (!flush(writer))
        return write_failed(writer->ctx, writer->path, writer->failure);
    if (writer->temporary && !synchronise(writer->fd))
        return write_failed(writer->ctx, writer->path, errno);
    LACO_TRY(read_back(writer));
    int fd = writer->fd;
    writer->fd = -1;
    if (close(fd) != 0 && errno != EINTR) /* quotas and network file systems report here */
        return write_failed(writer->ctx, writer->path, errno);
    if (!writer->temporary)
        return LACO_OK;
    if (rename(writer->temporary, writer->target) != 0)
        return write_failed(writer->ctx, writer->path, errno);
    laco_release(writer->ctx, writer->temporary); /* there is no such file any more */
    writer->temporary = NULL;
    return synchronise_folder(writer);
}

laco_status laco_writer_commit(laco_writer *writer)
{
    laco_status status = finish(writer);
    laco_writer_abandon(writer);
    return status;
}

void laco_writer_abandon(laco_writer *writer)
{
    if (!writer)
        return;
    if (writer->fd >= 0)
        close(writer->fd);
    if (writer->temporary)
        unlink(writer->temporary);
    if (writer->lock >= 0)
        close(writer->lock);
    laco_release(writer->ctx, writer->temporary);
    laco_release(writer->ctx, writer->target);
    laco_release(writer->ctx, writer->path);
    laco_release(writer->ctx, writer);
}
