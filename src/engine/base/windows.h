/* What the C library of MinGW does not have of POSIX, as far as engine and tasks use it: included before each of their files (meson.build).
 * Windows has no links, owners or permissions in this sense, and files are opened as they are, without a translation of line ends. */
#ifndef LACO_BASE_WINDOWS_H
#define LACO_BASE_WINDOWS_H

#define tell laco_windows_tell /* io.h's, a name of ours */
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#undef tell

#define O_CLOEXEC (_O_NOINHERIT | _O_BINARY)
#define O_DIRECTORY 0
#define AT_FDCWD 0
#define AT_EACCESS 0
#define F_DUPFD_CLOEXEC 0
#define S_ISLNK(mode) ((void)(mode), 0)
#define lstat stat
#define fsync _commit

typedef int uid_t;
typedef int gid_t;

__declspec(dllimport) int __stdcall MoveFileExA(const char *from, const char *to, unsigned long flags);

static inline int laco_windows_duplicate(int fd) { return _dup(fd); }
#define fcntl(fd, command, least) ((void)(least), laco_windows_duplicate(fd))

static inline ssize_t laco_windows_no_link(void)
{
    errno = EINVAL;
    return -1;
}
#define readlink(path, text, size) ((void)(path), (void)(size), laco_windows_no_link())
#define faccessat(folder, path, mode, flags) access(path, mode)
#define fchown(fd, owner, group) ((void)(fd), (void)(owner), (void)(group), 0)
#define fchmod(fd, mode) ((void)(fd), (void)(mode), 0)

/* Over what is there, as everywhere else. */
static inline int laco_windows_rename(const char *from, const char *to)
{
    if (MoveFileExA(from, to, 1 | 8)) /* MOVEFILE_REPLACE_EXISTING, MOVEFILE_WRITE_THROUGH */
        return 0;
    errno = EACCES;
    return -1;
}
#define rename laco_windows_rename

static inline ssize_t laco_windows_pread(int fd, void *bytes, size_t size, long long at)
{
    return _lseeki64(fd, at, SEEK_SET) < 0 ? -1 : read(fd, bytes, (unsigned)size);
}
#define pread laco_windows_pread
#define LACO_STAT_NANOSECONDS(info) 0 /* its stat has whole seconds */

#endif
