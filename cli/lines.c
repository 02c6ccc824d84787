#include "lines.h"

#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 16)

bool lines_open(line_reader *reader, laco_context *ctx, const char *path)
{
    bool standard = !path || strcmp(path, "-") == 0;
    *reader = (line_reader){.ctx = ctx, .name = standard ? "standard input" : path, .number = 1};
    reader->descriptor = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (reader->descriptor < 0)
        trouble_text("cannot read %s: %s", path, strerror(errno));
    return reader->descriptor >= 0;
}

void lines_close(line_reader *reader)
{
    if (reader->descriptor > STDERR_FILENO)
        close(reader->descriptor);
    free(reader->bytes);
    free(reader->line);
    free(reader->length);
}

/* Drops what was handed out and reads once; false: the error was said. */
static bool fill(line_reader *reader)
{
    if (reader->taken > 0)
        memmove(reader->bytes, reader->bytes + reader->taken, reader->used - reader->taken);
    reader->used -= reader->taken;
    reader->taken = 0;
    if (reader->used + CHUNK + 1 > reader->room) {
        size_t room = 2 * (reader->used + CHUNK + 1);
        char *grown = realloc(reader->bytes, room);
        if (!grown)
            return trouble_text("%s: out of memory: a line of more than %zu bytes", reader->name, reader->used) == EXIT_DONE;
        reader->bytes = grown;
        reader->room = room;
    }
    ssize_t got;
    do
        got = read(reader->descriptor, reader->bytes + reader->used, CHUNK);
    while (got < 0 && errno == EINTR && !interrupted);
    if (got < 0 && errno != EINTR)
        return trouble_text("cannot read %s: %s", reader->name, strerror(errno)) == EXIT_DONE;
    reader->ended = got <= 0;
    reader->used += got > 0 ? (size_t)got : 0;
    return true;
}

/* Whether the file is text, by its first bytes. */
static bool check_start(line_reader *reader)
{
    size_t mark;
    if (reader->begun || reader->raw || !reader->ctx)
        return true;
    reader->begun = true;
    if (laco_text_check_start(reader->ctx, reader->name, reader->bytes, reader->used, &mark) == LACO_OK)
        return true;
    trouble(reader->ctx);
    return false;
}

/* Whether a line is text. One that is not waits until those before it have been handed out. */
static bool check_line(const line_reader *reader, const char *begin, const char *end)
{
    size_t number = reader->number + reader->count;
    return reader->raw || !reader->ctx ||
           laco_text_check_part(reader->ctx, reader->name, number, begin, (size_t)(end - begin)) == LACO_OK;
}

static bool add_line(line_reader *reader, char *begin, char *end)
{
    if (reader->count == reader->line_room) {
        size_t room = reader->line_room ? 2 * reader->line_room : 256;
        const char **line = realloc(reader->line, room * sizeof *line);
        if (line)
            reader->line = line;
        size_t *length = realloc(reader->length, room * sizeof *length);
        if (length)
            reader->length = length;
        if (!line || !length)
            return trouble_text("out of memory") == EXIT_DONE;
        reader->line_room = room;
    }
    if (!reader->raw && end > begin && end[-1] == '\r')
        end--;
    *end = '\0';
    if (!reader->raw && reader->number + reader->count == 1 && strncmp(begin, "\xEF\xBB\xBF", 3) == 0)
        begin += 3; /* a byte order mark at the front of the file is no text */
    reader->line[reader->count] = begin;
    reader->length[reader->count++] = (size_t)(end - begin);
    return true;
}

/* The lines that have arrived, up to one that is no text. 1: go on; 0: there is one; -1: the error was said. */
static int take_lines(line_reader *reader)
{
    char *at = reader->bytes + reader->taken, *end = reader->bytes + reader->used, *stop;
    int good = 1;
    while (at < end && (stop = memchr(at, '\n', (size_t)(end - at))) && (good = check_line(reader, at, stop))) {
        if (!add_line(reader, at, stop))
            return -1;
        at = stop + 1;
    }
    if (good && reader->ended && at < end && (good = check_line(reader, at, end))) { /* a last line without its newline */
        if (!add_line(reader, at, end))
            return -1;
        reader->open_end = true;
        at = end;
    }
    reader->taken = (size_t)(at - reader->bytes);
    return good;
}

int lines_next(line_reader *reader)
{
    reader->number += reader->count;
    reader->count = 0;
    do {
        if (reader->ended && reader->used == reader->taken)
            return 0;
        if (!reader->ended && !fill(reader))
            return -1;
        if (!check_start(reader))
            return -1;
        int good = take_lines(reader);
        if (good < 0)
            return -1;
        if (!good && reader->count == 0) {
            trouble(reader->ctx);
            return -1;
        }
    } while (reader->count == 0 && !reader->ended);
    return reader->count > 0;
}
