/* A slow disk, for LD_PRELOAD: each write, fsync and rename takes up to some milliseconds. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#define REAL(name)                                                                                                               \
    static __typeof__(name) *real;                                                                                               \
    if (!real)                                                                                                                   \
    real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *bytes, size_t size)
{
    REAL(write);
    usleep(2000);
    return real(fd, bytes, size);
}

int fsync(int fd)
{
    REAL(fsync);
    usleep(5000);
    return real(fd);
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    usleep(2000);
    return real(from, to);
}
