/* A corpus from files. */
#include "base/content.h"
#include "base/file.h"
#include "generate/corpus.h"
#include "laco/read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that is read. */
typedef struct text_file {
    laco_context *ctx;
    const char *name;
    int fd;
} text_file;

static laco_status read_file(void *user, char *into, size_t room, size_t *got)
{
    const text_file *file = user;
    ssize_t count;
    while ((count = read(file->fd, into, room)) < 0)
        if (errno != EINTR)
            return laco_fail(file->ctx, LACO_IO, "cannot read %s: %s", file->name, strerror(errno));
    *got = (size_t)count;
    return LACO_OK;
}

static laco_status open_file(text_file *file, const char *path)
{
    struct stat info;
    file->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (file->fd < 0 || fstat(file->fd, &info) != 0)
        return laco_fail(file->ctx, LACO_IO, "cannot read %s: %s", file->name, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return laco_fail(file->ctx, LACO_IO, "cannot read %s: %s; name the files in it, as %s/*.txt", file->name,
                         strerror(EISDIR), laco_name_in_command(file->name));
    return LACO_OK;
}

static laco_status read_path(laco_corpus *corpus, const char *path, bool more_follow)
{
    text_file file = {.ctx = corpus->ctx, .name = laco_file_shown_name(path), .fd = -1};
    laco_status status = open_file(&file, path);
    if (status == LACO_OK)
        status = laco_corpus_add_text(corpus, file.name, read_file, &file, more_follow);
    if (file.fd > STDERR_FILENO)
        close(file.fd);
    return status;
}

laco_status laco_corpus_load(laco_context *ctx, const laco_text_config *config, const char *const *paths, int path_count,
                             laco_corpus **out)
{
    laco_corpus *corpus;
    if (path_count < 1)
        return laco_fail(ctx, LACO_INVALID, "no text was given");
    LACO_TRY(laco_corpus_begin(ctx, config ? config : &(laco_text_config){0}, &corpus));
    laco_status status = LACO_OK;
    for (int i = 0; i < path_count && status == LACO_OK; i++)
        status = read_path(corpus, paths[i], i + 1 < path_count);
    if (status == LACO_OK)
        status = laco_corpus_end(corpus, laco_file_shown_name(paths[0]));
    if (status < 0)
        laco_corpus_free(corpus);
    else
        *out = corpus;
    return status;
}
