/* Lines from a file or standard input, many at a time: as many as have arrived, so that a pipe that waits for its answer gets
 * it, and a large file is answered in large batches. */
#ifndef LACO_CLI_LINES_H
#define LACO_CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include <laco/text.h>

typedef struct line_reader {
    laco_context *ctx;
    int descriptor;
    const char *name; /* for errors */
    char *bytes;
    size_t used, room, taken; /* taken: bytes handed out last time */
    bool ended, begun;        /* at the end; the start of the file has been looked at */
    bool raw;                 /* set behind lines_open: carriage returns and a byte order mark are part of the lines */
    bool open_end;            /* the last line handed out had no newline */
    size_t number;            /* of the first line handed out, from 1 */
    const char **line;        /* [count] each ended by a zero; without its newline and, unless raw, carriage return */
    size_t *length;
    size_t count, line_room;
} line_reader;

/* Opens `path` ("-" or NULL: standard input); `ctx` NULL: whether lines are UTF-8 is the caller's to see. False: the error was
 * said. */
bool lines_open(line_reader *reader, laco_context *ctx, const char *path);

/* The next lines, which are UTF-8 unless raw; they stand until the next call. 1: there are some; 0: the end; -1: the error was
 * said, after all lines before it were handed out. */
int lines_next(line_reader *reader);

void lines_close(line_reader *reader);

#endif
