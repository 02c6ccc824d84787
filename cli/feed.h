/* Data that are answered as they come: rows, lines or images of a pipe or a file, a piece at a time, so that a sensor gets its
 * answer at once and a file of any size takes little memory. */
#ifndef LACO_CLI_FEED_H
#define LACO_CLI_FEED_H

#include <stdbool.h>
#include <stddef.h>

typedef struct feed {
    const char *name; /* for messages */
    int descriptor;
    int form;          /* see feed.c */
    char *bytes;       /* the head, and behind it what was read */
    size_t used, room; /* of bytes */
    size_t head;       /* bytes of the head */
    size_t head_rows;  /* rows in it that are neither comments nor parts of a .ts header */
    size_t given;      /* bytes behind the head in the present piece */
    size_t most;       /* lines of a piece */
    size_t lines, head_lines;
    size_t item, left; /* images: bytes of one, and how many are still to come */
    bool ended;
} feed;

/* Part of the data, which reads like the whole: before the new rows stands the head of the file, by which it is known what they
 * are (a header, the first rows; of images the header with their number). What the head holds was answered before. */
typedef struct feed_piece {
    const char *bytes;
    size_t size, head; /* all bytes; those of the head */
    size_t first_line; /* the number that the first line of the piece would have, so that the new ones have theirs */
} feed_piece;

/* Opens a path (NULL or "-": standard input). `most`: lines of a piece at most; 0: as many as come. With `head`, pieces begin
 * with the head of their file. False: the error was said. */
bool feed_open(feed *f, const char *path, size_t most, bool head);
void feed_close(feed *f);

/* The next piece, as soon as there is one: 1; 0: nothing is left; −1: the error was said. */
int feed_next(feed *f, feed_piece *piece);

#endif
