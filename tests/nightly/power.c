/* What a program asks of the file system, as a record in $POWER_LOG, for LD_PRELOAD; power.py says what is left of it after the
 * power has gone at any moment. A record is a line of words, then the bytes of a write.
 *
 *     open FD PATH      a file that is new or written to    write FD OFFSET SIZE    truncate FD SIZE
 *     sync FD           a file                              folder FD PATH, then sync FD: a folder
 *     rename FROM TO    unlink PATH                         close FD */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name)                                                                                                               \
    static __typeof__(name) *real;                                                                                               \
    if (!real)                                                                                                                   \
    real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static int log_fd = -1;
static bool watched[1024]; /* descriptors of files that are written, and of folders */

static void record(const char *format, ...)
{
    char line[8192];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    static ssize_t (*put)(int, const void *, size_t);
    if (!put)
        put = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    if (length < 0 || (size_t)length >= sizeof line || put(log_fd, line, (size_t)length) != length)
        abort();
}

static bool is_watched(int fd) { return log_fd >= 0 && fd >= 0 && fd < 1024 && watched[fd]; }

__attribute__((constructor)) static void begin(void)
{
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    const char *path = getenv("POWER_LOG");
    if (path)
        log_fd = fcntl(real(path, O_WRONLY | O_CREAT | O_APPEND, 0600), F_DUPFD_CLOEXEC, 1000);
}

static int watch(int fd, const char *path, int flags)
{
    struct stat info;
    if (log_fd < 0 || fd < 0 || fd >= 1000 || (flags & O_TMPFILE) == O_TMPFILE || fstat(fd, &info) != 0)
        return fd;
    watched[fd] = S_ISDIR(info.st_mode) || (S_ISREG(info.st_mode) && (flags & O_ACCMODE) != O_RDONLY);
    if (watched[fd])
        record("%s %d %s%s\n", S_ISDIR(info.st_mode) ? "folder" : "open", fd, path, flags & O_TRUNC ? "\ttruncated" : "");
    return fd;
}

int open(const char *path, int flags, ...)
{
    REAL(open);
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
    va_end(list);
    return watch(real(path, flags, mode), path, flags);
}

int fcntl(int fd, int what, ...)
{
    REAL(fcntl);
    va_list list;
    va_start(list, what);
    long argument = va_arg(list, long);
    va_end(list);
    int got = real(fd, what, argument);
    if (is_watched(fd) && what == F_DUPFD_CLOEXEC && got >= 0 && got < 1000) {
        watched[got] = true;
        record("copy %d %d\n", fd, got);
    }
    return got;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    REAL(write);
    off_t offset = is_watched(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t done = real(fd, bytes, size);
    if (is_watched(fd) && done > 0) {
        record("write %d %lld %zd\n", fd, (long long)offset, done);
        if (real(log_fd, bytes, (size_t)done) != done)
            abort();
    }
    return done;
}

int fsync(int fd)
{
    REAL(fsync);
    int status = real(fd);
    if (is_watched(fd) && status == 0)
        record("sync %d\n", fd);
    return status;
}

int close(int fd)
{
    REAL(close);
    if (is_watched(fd)) {
        watched[fd] = false;
        record("close %d\n", fd);
    }
    return real(fd);
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    int status = real(from, to);
    if (log_fd >= 0 && status == 0)
        record("rename %s\t%s\n", from, to);
    return status;
}

int unlink(const char *path)
{
    REAL(unlink);
    int status = real(path);
    if (log_fd >= 0 && status == 0)
        record("unlink %s\n", path);
    return status;
}

/* pwrite, ftruncate and writing by stdio are not recorded: what laco keeps goes through write. */
