/* What the fuzzers share. Each is a file NAME.c here: the program fuzz_NAME of a build with -Dfuzz=true; tests/fuzz/run builds
 * and runs them. What they need to start from lies in tests/fuzz/corpus/NAME. */
#ifndef LACO_TESTS_FUZZ_FUZZ_H
#define LACO_TESTS_FUZZ_FUZZ_H

#define _GNU_SOURCE /* memfd_create */

#include "laco/context.h"
#include "laco/summary.h"
#include "text/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define require(holds)                                                                                                           \
    do {                                                                                                                         \
        if (!(holds)) {                                                                                                          \
            fprintf(stderr, "%s:%d does not hold: %s\n", __FILE__, __LINE__, #holds);                                            \
            abort();                                                                                                             \
        }                                                                                                                        \
    } while (0)

/* Not ours: of a damaged Ogg, libvorbis forgets what it has. */
#define FUZZ_FORGIVE_VORBIS                                                                                                      \
    const char *__lsan_default_suppressions(void);                                                                               \
    const char *__lsan_default_suppressions(void) { return "leak:libvorbis\n"; }

/* Ends the fuzzer, where what it needs to begin fails. */
static inline void fuzz_fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    abort();
}

/* An error has one line of UTF-8 without control characters. */
static inline void fuzz_check_error(const laco_context *ctx)
{
    const char *error = laco_error(ctx);
    bool plain = *error && laco_utf8_valid(error, strlen(error)) == strlen(error);
    for (const char *c = error; *c && plain; c++)
        plain = (unsigned char)*c >= 0x20 && *c != 0x7f;
    if (!plain)
        fprintf(stderr, "an error that is not one plain line: '%s'\n", error);
    require(plain);
}

/* One line of UTF-8, or nothing. */
static inline void fuzz_check_line(const char *text)
{
    require(text && !strchr(text, '\n') && laco_utf8_valid(text, strlen(text)) == strlen(text));
}

/* What a reader says of what it has read, which is freed; `status` of asking for it. */
static inline void fuzz_check_summary(laco_status status, laco_summary *summary)
{
    const char *key, *text;
    require(status == LACO_OK);
    fuzz_check_line(laco_summary_line(summary));
    fuzz_check_line(laco_summary_doubts(summary));
    for (size_t i = 0; i < laco_summary_count(summary); i++) {
        laco_summary_note(summary, i, &key, &text);
        fuzz_check_line(key);
        fuzz_check_line(text);
    }
    laco_summary_free(summary);
}

static inline laco_context *fuzz_context(void)
{
    laco_context *ctx;
    require(laco_context_new(&(laco_context_config){.threads = 1}, &ctx) == LACO_OK);
    return ctx;
}

/* A file in memory with these bytes, for readers of paths; fuzz_close closes it. */
typedef struct fuzz_file {
    int fd;
    char path[40];
} fuzz_file;

static inline fuzz_file fuzz_open(const void *bytes, size_t size)
{
    fuzz_file file = {.fd = memfd_create("fuzz", MFD_CLOEXEC)};
    require(file.fd >= 0 && write(file.fd, bytes, size) == (ssize_t)size);
    snprintf(file.path, sizeof file.path, "/proc/self/fd/%d", file.fd);
    return file;
}

static inline void fuzz_close(fuzz_file *file) { close(file->fd); }

#endif
