#define _DEFAULT_SOURCE /* flock */
#include "base/file_temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

bool laco_temporary_claim(int fd)
{
    struct stat info;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return errno != EWOULDBLOCK;
    return fstat(fd, &info) != 0 || info.st_nlink > 0;
}

/* A whole number from 1 on, written as %ld would; *end is then behind it. */
static long read_number(const char *text, const char **end)
{
    char *behind;
    if (*text < '1' || *text > '9')
        return 0;
    errno = 0;
    long number = strtol(text, &behind, 10);
    *end = behind;
    return errno ? 0 : number;
}

/* The process of a temporary file for `base`, by its name; 0: it is no such file. */
static pid_t writer_of(const char *name, const char *base, size_t length)
{
    const char *at = NULL;
    if (strncmp(name, base, length) != 0 || strncmp(name + length, ".tmp-", 5) != 0)
        return 0;
    long pid = read_number(name + length + 5, &at);
    if (pid > 0 && *at == '-' && read_number(at + 1, &at) == 0)
        return 0;
    return pid > 0 && pid <= INT_MAX && *at == '\0' ? (pid_t)pid : 0;
}

static bool is_gone(pid_t pid) { return pid == getpid() || (kill(pid, 0) != 0 && errno == ESRCH); }

/* Removes a file that nobody writes. The lock is held while it goes, so that a writer who has just made it sees that it went. */
static void remove_stale(int folder, const char *name)
{
    struct stat info;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlinkat(folder, name, 0);
    close(fd);
}

void laco_temporary_clear(const char *target)
{
    const char *slash = strrchr(target, '/'), *base = slash ? slash + 1 : target;
    char folder[PATH_MAX] = ".";
    size_t room = slash ? (size_t)(slash - target) + 1 : 0; /* with the slash, which may be all there is */
    if (room >= sizeof folder)
        return;
    memcpy(folder, target, room);
    DIR *list = opendir(folder);
    if (!list)
        return;
    for (struct dirent *entry; (entry = readdir(list));) {
        pid_t pid = writer_of(entry->d_name, base, strlen(base));
        if (pid > 0 && is_gone(pid))
            remove_stale(dirfd(list), entry->d_name);
    }
    closedir(list);
}
