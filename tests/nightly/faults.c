/* Every call of a kind that a program makes fails once, each in a run of its own: LD_PRELOAD=faults.so PROGRAM ARGUMENTS…
 *
 *     FAULT=alloc,write,…   which calls (the names of `kinds`): those of all libraries, from main on
 *     FAULT_HOW=ENOSPC      errno of the failing call; short: it does half; all: it fails from there on with EIO
 *     FAULT_STEP=7          only every 7th; 1
 *     FAULT_ONLY=52         only that one, with the calls that led to it on standard error (addr2line -e PROGRAM)
 *     FAULT_OUT=FILE        what the program writes, beside standard output
 *     FAULT_REPORT=FILE     gets the line "RUNS REFUSED SAME WRONG", and a line for each that went wrong
 *
 * Allowed is an exit with 0 and the output of a run without a fault; or with 1, one line on standard error, and FILE as it was or
 * as it should become (its folder could not be synchronised).
 * The program is loaded once and forked before main. libfiu, Debian's library for this, fails calls at random and cannot go
 * through them in turn; strace can, but sees no allocation. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ALLOC, READ, WRITE, OPEN, SYNC, CLOSE, RENAME, STAT, LIST, THREAD, KINDS };
static const char *const kinds[KINDS] = {"alloc", "read", "write", "open", "sync", "close", "rename", "stat", "list", "thread"};
static const struct {
    const char *name;
    int number;
} errors[] = {{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EINTR", EINTR}, {"EMFILE", EMFILE}, {"EACCES", EACCES}, {"EAGAIN", EAGAIN}};

static unsigned wanted;    /* kinds, as bits */
static int number = EIO;   /* errno of the call that fails */
static bool half, from_on; /* FAULT_HOW: short, all */
static bool inside;        /* between the beginning of main and its end */
static bool traced;        /* FAULT_ONLY */
static long fail_at;       /* 0: none */
static atomic_long *calls; /* so far, shared with the parent */

/* Whether this call fails. */
static bool fails(int kind)
{
    if (!inside || !(wanted >> kind & 1))
        return false;
    long call = ++*calls;
    if (fail_at == 0 || (from_on ? call < fail_at : call != fail_at))
        return false;
    if (traced) {
        void *places[64];
        inside = false;
        backtrace_symbols_fd(places, backtrace(places, 64), STDERR_FILENO);
        inside = true;
    }
    errno = kind == ALLOC ? ENOMEM : number;
    return true;
}

#define REAL(name)                                                                                                               \
    static __typeof__(name) *real;                                                                                               \
    if (!real)                                                                                                                   \
    real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

/* ---- Memory -----------------------------------------------------------------------------------------------------------------
 */

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) { return fails(ALLOC) ? NULL : __libc_malloc(size); }

/* libsndfile 1.2 writes to its table of chunks, the first of 20, without a look at whether there was memory for it; no caller can
 * do anything about that. */
static bool is_chunk_table(const void *caller, size_t count)
{
    Dl_info place;
    return count == 20 && dladdr(caller, &place) && strstr(place.dli_fname, "libsndfile");
}

void *calloc(size_t count, size_t size)
{
    return !is_chunk_table(__builtin_return_address(0), count) && fails(ALLOC) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) { return fails(ALLOC) ? NULL : __libc_realloc(block, size); }

void *aligned_alloc(size_t align, size_t size) { return fails(ALLOC) ? NULL : __libc_memalign(align, size); }

int posix_memalign(void **out, size_t align, size_t size)
{
    if (fails(ALLOC))
        return ENOMEM;
    *out = __libc_memalign(align, size);
    return *out ? 0 : ENOMEM;
}

/* ---- Files ------------------------------------------------------------------------------------------------------------------
 */

static mode_t mode_of(int flags, va_list list) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0; }

int open(const char *path, int flags, ...)
{
    REAL(open);
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_of(flags, list);
    va_end(list);
    return fails(OPEN) ? -1 : real(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    REAL(openat);
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_of(flags, list);
    va_end(list);
    return fails(OPEN) ? -1 : real(folder, path, flags, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    REAL(fopen);
    return fails(OPEN) ? NULL : real(path, mode);
}

ssize_t read(int fd, void *bytes, size_t size)
{
    REAL(read);
    bool fault = fails(READ);
    return fault && !half ? -1 : real(fd, bytes, fault && size > 1 ? size / 2 : size);
}

ssize_t pread(int fd, void *bytes, size_t size, off_t offset)
{
    REAL(pread);
    bool fault = fails(READ);
    return fault && !half ? -1 : real(fd, bytes, fault && size > 1 ? size / 2 : size, offset);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    REAL(write);
    bool fault = fails(WRITE);
    return fault && !half ? -1 : real(fd, bytes, fault && size > 1 ? size / 2 : size);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    REAL(pwrite);
    bool fault = fails(WRITE);
    return fault && !half ? -1 : real(fd, bytes, fault && size > 1 ? size / 2 : size, offset);
}

int ftruncate(int fd, off_t size)
{
    REAL(ftruncate);
    return fails(WRITE) ? -1 : real(fd, size);
}

int fsync(int fd)
{
    REAL(fsync);
    return fails(SYNC) ? -1 : real(fd);
}

int close(int fd)
{
    REAL(close);
    bool fault = fails(CLOSE);
    int error = errno, status = real(fd); /* it is closed all the same, as Linux does */
    errno = fault ? error : errno;
    return fault ? -1 : status;
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    return fails(RENAME) ? -1 : real(from, to);
}

int fstat(int fd, struct stat *out)
{
    REAL(fstat);
    return fails(STAT) ? -1 : real(fd, out);
}

int stat(const char *path, struct stat *out)
{
    REAL(stat);
    return fails(STAT) ? -1 : real(path, out);
}

int lstat(const char *path, struct stat *out)
{
    REAL(lstat);
    return fails(STAT) ? -1 : real(path, out);
}

DIR *opendir(const char *path)
{
    REAL(opendir);
    return fails(LIST) ? NULL : real(path);
}

int flock(int fd, int what)
{
    REAL(flock);
    return fails(LIST) ? -1 : real(fd, what);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *user)
{
    REAL(pthread_create);
    return fails(THREAD) ? EAGAIN : real(thread, attributes, run, user);
}

/* ---- The runs ---------------------------------------------------------------------------------------------------------------
 */

typedef int (*main_function)(int, char **, char **);
static main_function program;

typedef struct bytes {
    char *at;
    size_t size;
} bytes;

static bytes contents(const char *path)
{
    bytes all = {NULL, 0};
    FILE *file = path ? fopen(path, "r") : NULL;
    size_t room = 1 << 16, got;
    if (!file)
        return all;
    all.at = malloc(room);
    while ((got = fread(all.at + all.size, 1, room - all.size, file)) > 0) {
        all.size += got;
        if (all.size == room)
            all.at = realloc(all.at, room *= 2);
    }
    fclose(file);
    return all;
}

static bool same(bytes a, bytes b)
{
    return a.size == b.size && !a.at == !b.at && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

static void set_contents(const char *path, bytes all)
{
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) {
        fwrite(all.at, 1, all.size, file);
        fclose(file);
    }
}

/* The status of the program, whose `at`-th call fails; its outputs are in fault.out and fault.err. */
static int run(long at, int argc, char **argv, char **environment)
{
    *calls = 0;
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("fault.out", "w", stdout) || !freopen("fault.err", "w", stderr) || !freopen("/dev/null", "r", stdin))
            _exit(99);
        alarm(120);
        fail_at = at;
        inside = true;
        int status = program(argc, argv, environment);
        inside = false;
        exit(status);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Whether a text has one line beside notes. */
static bool one_line(bytes text)
{
    static const char note[] = "laco: note: ";
    size_t lines = 0;
    const char *end = text.at + text.size;
    for (const char *at = text.at, *next; at < end; at = next + 1) {
        if (!(next = memchr(at, '\n', (size_t)(end - at))))
            return false;
        lines += next > at && ((size_t)(next - at) < sizeof note || memcmp(at, note, sizeof note - 1) != 0);
    }
    return lines == 1;
}

static void tell(FILE *report, long at, int status, bool whole, bytes text, char **argv)
{
    fprintf(report, "# call %ld failed: status %d%s: %.*s#", at, status, whole ? "" : ", another output", (int)text.size,
            text.at ? text.at : "");
    for (; *argv; argv++)
        fprintf(report, " %s", *argv);
    fputc('\n', report);
    fflush(report);
}

static int run_all(int argc, char **argv, char **environment)
{
    static const bytes before = {(char *)"what was there before\n", 22};
    const char *out = getenv("FAULT_OUT"), *step = getenv("FAULT_STEP");
    if (out && !*out)
        out = NULL;
    FILE *report = fopen(getenv("FAULT_REPORT") ? getenv("FAULT_REPORT") : "/dev/stdout", "w");
    long runs = 0, refused = 0, alike = 0, wrong = 0;
    set_contents(out, before);
    int status = run(0, argc, argv, environment);
    long count = *calls;
    bytes good = contents(out), said = contents("fault.out");
    if (status != 0)
        tell(report, 0, status, true, contents("fault.err"), argv);
    const char *only = getenv("FAULT_ONLY");
    traced = only != NULL;
    for (long at = only ? atol(only) : 1; status == 0 && at <= count; at += only ? count : step ? atol(step) : 1, runs++) {
        set_contents(out, before);
        int got = run(at, argc, argv, environment);
        bytes now = contents(out), told = contents("fault.out"), error = contents("fault.err");
        bool whole = got == 0 ? same(now, good) && same(told, said) : !out || same(now, before) || same(now, good);
        if (got == 0 && whole) {
            alike++;
        } else if (got == 1 && whole && one_line(error)) {
            refused++;
        } else {
            wrong++;
            tell(report, at, got, whole, error, argv);
        }
        free(now.at);
        free(told.at);
        free(error.at);
    }
    fprintf(report, "%ld %ld %ld %ld\n", runs, refused, alike, wrong + (status != 0));
    fclose(report);
    return wrong > 0 || status != 0;
}

static void read_how(const char *how)
{
    half = strcmp(how, "short") == 0;
    from_on = strcmp(how, "all") == 0;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strcmp(how, errors[i].name) == 0)
            number = errors[i].number;
}

int __libc_start_main(main_function begin, int argc, char **argv, void (*init)(void), void (*fini)(void), void (*end)(void),
                      void *stack)
{
    REAL(__libc_start_main);
    const char *which = getenv("FAULT");
    for (int kind = 0; kind < KINDS; kind++)
        wanted |= (unsigned)(which && strstr(which, kinds[kind])) << kind;
    if (!wanted)
        return real(begin, argc, argv, init, fini, end, stack);
    if (getenv("FAULT_HOW"))
        read_how(getenv("FAULT_HOW"));
    calls = mmap(NULL, sizeof *calls, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    program = begin;
    unsetenv("LD_PRELOAD");
    return real(run_all, argc, argv, init, fini, end, stack);
}
