#define _XOPEN_SOURCE 700 /* realpath */
#include "report/picture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int descriptor, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t done = write(descriptor, bytes, size);
        if (done < 0 && errno != EINTR)
            return false;
        bytes += done > 0 ? done : 0;
        size -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

/* Copies the picture and closes the descriptor, whatever comes of it. */
static bool copy_and_close(FILE *picture, int descriptor, bool synchronise)
{
    char bytes[16384];
    bool well = true;
    rewind(picture);
    for (size_t count; well && (count = fread(bytes, 1, sizeof bytes, picture)) > 0;)
        well = write_all(descriptor, bytes, count);
    well = well && !ferror(picture) && (!synchronise || fsync(descriptor) == 0);
    int error = errno;
    well = close(descriptor) == 0 && well;
    errno = well ? errno : error;
    return well;
}

/* `old`: what is at `target`; NULL: nothing. */
static bool put_beside(FILE *picture, const char *target, const struct stat *old)
{
    char temporary[PATH_MAX + 32];
    snprintf(temporary, sizeof temporary, "%s.tmp-%ld", target, (long)getpid());
    if (old && access(target, W_OK) != 0) /* moving a file over one that may not be written would succeed */
        return false;
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return false;
    if (old && fchmod(descriptor, old->st_mode & 0777) != 0)
        errno = 0; /* some file systems know no permissions */
    if (copy_and_close(picture, descriptor, true) && rename(temporary, target) == 0)
        return true;
    int error = errno;
    unlink(temporary);
    errno = error;
    return false;
}

static bool put(FILE *picture, const char *path)
{
    char target[PATH_MAX];
    struct stat old, link;
    if (stat(path, &old) == 0 && S_ISREG(old.st_mode))
        return realpath(path, target) && put_beside(picture, target, &old);
    bool there = lstat(path, &link) == 0; /* a device, a folder (which cannot be opened), or a link that leads nowhere yet */
    if (!there && strlen(path) >= PATH_MAX)
        errno = ENAMETOOLONG;
    if (!there)
        return strlen(path) < PATH_MAX && put_beside(picture, path, NULL);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    return descriptor >= 0 && copy_and_close(picture, descriptor, false);
}

laco_status picture_file_put(FILE *picture, const char *path)
{
    return put(picture, path) ? LACO_OK : failed(LACO_IO, "cannot write %s: %s", path, strerror(errno));
}
