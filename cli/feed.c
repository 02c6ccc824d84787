#include "feed.h"

#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 16)
#define MOST_BYTES ((size_t)1 << 28) /* of one line or image, or of a file that comes in one piece */
#define HEAD_ROWS 2

enum { UNKNOWN, LINES, LINES_WITH_HEAD, IMAGES, WHOLE };

bool feed_open(feed *f, const char *path, size_t most, bool head)
{
    bool standard = !path || strcmp(path, "-") == 0;
    *f = (feed){.name = standard ? "standard input" : path, .most = most ? most : SIZE_MAX, .lines = 1};
    f->form = head ? UNKNOWN : LINES;
    f->descriptor = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (f->descriptor < 0)
        trouble_text("cannot read %s: %s", path, strerror(errno));
    return f->descriptor >= 0;
}

void feed_close(feed *f)
{
    if (f->descriptor > STDERR_FILENO)
        close(f->descriptor);
    free(f->bytes);
}

/* Reads once; false: the error was said. */
static bool fill(feed *f)
{
    ssize_t got;
    if (f->used > MOST_BYTES)
        return trouble_text("%s: a line, an image or a file of more than %zu bytes", f->name, MOST_BYTES) == EXIT_DONE;
    if (f->used + CHUNK + 1 > f->room) {
        size_t room = 2 * (f->used + CHUNK + 1);
        char *grown = realloc(f->bytes, room);
        if (!grown)
            return trouble_text("%s: out of memory behind %zu bytes", f->name, f->used) == EXIT_DONE;
        f->bytes = grown;
        f->room = room;
    }
    do
        got = read(f->descriptor, f->bytes + f->used, CHUNK);
    while (got < 0 && errno == EINTR && !interrupted);
    if (got < 0 && errno != EINTR)
        return trouble_text("cannot read %s: %s", f->name, strerror(errno)) == EXIT_DONE;
    f->ended = got <= 0;
    f->used += got > 0 ? (size_t)got : 0;
    return true;
}

/* ---- What the data are
 * --------------------------------------------------------------------------------------------------------- */

static bool begins(const feed *f, const char *with)
{
    return f->used >= strlen(with) && memcmp(f->bytes, with, strlen(with)) == 0;
}

static bool is_sound(const feed *f)
{
    static const char *const magic[] = {"RIFF", "RIFX", "RF64", "FORM", "fLaC", "OggS", ".snd", "caff", "wvpk"};
    for (size_t i = 0; i < sizeof magic / sizeof *magic; i++)
        if (begins(f, magic[i]))
            return true;
    return false;
}

/* Neither text nor images in IDX: a picture, a recording, something packed. */
static bool is_whole(const feed *f)
{
    unsigned char first = (unsigned char)f->bytes[0];
    bool pgm = (begins(f, "P2") || begins(f, "P5")) && f->used > 2 && strchr(" \t\r\n", f->bytes[2]);
    return pgm || is_sound(f) || (first >= 0x80 && !begins(f, "\xEF\xBB\xBF")) || first < '\t' || (first > '\r' && first < ' ');
}

#define IDX_SIZES 4 /* bytes before the sizes of an IDX file; each has as many */

static size_t size_at(const feed *f, size_t d)
{
    const unsigned char *four = (const unsigned char *)f->bytes + IDX_SIZES + 4 * d;
    return (size_t)four[0] << 24 | (size_t)four[1] << 16 | (size_t)four[2] << 8 | four[3];
}

/* The bytes of one image; 0: the header is none that pieces can be made by, and the library says what is wrong with it. */
static size_t image_size(const feed *f)
{
    static const unsigned char widths[] = {1, 1, 0, 2, 4, 4, 8};
    size_t type = (unsigned char)f->bytes[2], dimensions = (unsigned char)f->bytes[3], size;
    if (type < 0x08 || type > 0x0E || dimensions < 2 || dimensions > 4)
        return 0;
    size = widths[type - 0x08];
    for (size_t d = 1; d < dimensions; d++)
        if (__builtin_mul_overflow(size, size_at(f, d), &size) || size > MOST_BYTES)
            return 0;
    return size;
}

/* Finds out the form from the first bytes; false: the error was said. */
static bool look(feed *f)
{
    bool with_head = f->form == UNKNOWN;
    while (f->used < 4 + IDX_SIZES * 4 && !f->ended && !memchr(f->bytes ? f->bytes : "", '\n', f->used))
        if (!fill(f))
            return false;
    f->form = with_head ? LINES_WITH_HEAD : LINES;
    if (f->used < 4 || !f->bytes)
        return true;
    size_t header = IDX_SIZES + 4 * (size_t)(unsigned char)f->bytes[3];
    if (with_head && f->bytes[0] == 0 && f->bytes[1] == 0 && f->used >= header && (f->item = image_size(f)) > 0) {
        f->form = IMAGES;
        f->head = header;
        f->left = size_at(f, 0);
    } else if (is_whole(f)) {
        f->form = WHOLE;
    }
    return true;
}

/* ---- Pieces
 * -------------------------------------------------------------------------------------------------------------------- */

static bool is_comment(const char *line) { return *line == '#' || *line == '@' || *line == '\n' || *line == '\r'; }

/* Up to where the lines that are there are whole, `most` of them at most. *rows: those that are no comments. */
static const char *whole_lines(const feed *f, size_t *rows, size_t *count)
{
    const char *at = f->bytes + f->head, *end = f->bytes + f->used, *newline;
    *rows = *count = 0;
    while (*count < f->most && at < end) {
        newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline && !f->ended)
            break;
        *rows += !is_comment(at);
        ++*count;
        at = newline ? newline + 1 : end;
    }
    return at;
}

/* Whether a line, or its first field, is the name of a picture. */
static bool names_picture(const char *line)
{
    size_t length = strcspn(line, "\t\r\n");
    return length > 4 && (strncasecmp(line + length - 4, ".png", 4) == 0 || strncasecmp(line + length - 4, ".pgm", 4) == 0);
}

/* A header alone is no row to answer. */
static bool header_alone(feed *f, size_t rows)
{
    f->bytes[f->used] = '\0'; /* there is room */ /* NOLINT: not NULL where something was used */
    const char *at = f->bytes;
    while (at < f->bytes + f->used && is_comment(at)) {
        const char *newline = memchr(at, '\n', f->used - (size_t)(at - f->bytes));
        at = newline ? newline + 1 : f->bytes + f->used;
    }
    if (f->lines == 1 && at < f->bytes + f->used && names_picture(at))
        f->form = f->form == LINES_WITH_HEAD ? LINES : f->form; /* each of its lines is for itself */
    return f->form == LINES_WITH_HEAD && f->head == 0 && rows < 2 &&
           (at == f->bytes + f->used || !strchr("+-.0123456789?\"", *at));
}

/* The first rows of the piece that was given join the head. */
static void grow_head(feed *f)
{
    const char *end = f->bytes + f->head + f->given, *at = f->bytes + f->head;
    while (f->form == LINES_WITH_HEAD && f->head_rows < HEAD_ROWS && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at)), *next = newline ? newline + 1 : end;
        f->head_rows += !is_comment(at);
        f->head_lines++;
        f->given -= (size_t)(next - at);
        at = next;
    }
    f->head = (size_t)(at - f->bytes);
}

static void drop_given(feed *f)
{
    if (f->given == 0 || !f->bytes)
        return;
    if (f->form == LINES_WITH_HEAD)
        grow_head(f);
    memmove(f->bytes + f->head, f->bytes + f->head + f->given, f->used - f->head - f->given);
    f->used -= f->given;
    f->given = 0;
}

static bool blank(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!memchr(" \t\r\n", bytes[i], 4))
            return false;
    return true;
}

/* Waits for whole lines. *count: how many there are, 0 at the end; *end: behind them. False: the error was said. */
static bool await_lines(feed *f, const char **end, size_t *count)
{
    size_t rows;
    if (!f->bytes && !fill(f))
        return false;
    while ((*end = whole_lines(f, &rows, count)), (*count == 0 || header_alone(f, rows)) && !f->ended)
        if (!fill(f))
            return false;
    return true;
}

/* The lines that are there, `most` at most; blank ones alone are passed over. */
static int next_lines(feed *f, feed_piece *piece)
{
    size_t count;
    const char *end;
    for (;;) {
        if (!await_lines(f, &end, &count))
            return -1;
        if (count == 0)
            return 0;
        f->given = (size_t)(end - f->bytes) - f->head;
        f->lines += count;
        if (!blank(f->bytes + f->head, f->given))
            break;
        memmove(f->bytes + f->head, end, f->used - f->head - f->given);
        f->used -= f->given;
        f->given = 0;
    }
    *piece = (feed_piece){f->bytes, f->head + f->given, f->head, f->lines - count - f->head_lines};
    return 1;
}

static int next_images(feed *f, feed_piece *piece)
{
    while (f->used - f->head < (f->left > 0 ? f->item : 1) && !f->ended)
        if (!fill(f))
            return -1;
    size_t there = (f->used - f->head) / f->item, count = SMALLER(SMALLER(there, f->left), f->most);
    if (f->left == 0 || (f->ended && there < f->left)) { /* the library says what is missing, or too much */
        count = f->left;
        f->given = f->used - f->head;
    } else {
        f->given = count * f->item;
    }
    if (f->given == 0 && f->left == 0)
        return 0;
    for (size_t i = 0; i < 4; i++)
        f->bytes[IDX_SIZES + i] = (char)(count >> (24 - 8 * i));
    f->left -= count;
    *piece = (feed_piece){f->bytes, f->head + f->given, f->head, 1};
    return 1;
}

static int next_whole(feed *f, feed_piece *piece)
{
    while (!f->ended)
        if (!fill(f))
            return -1;
    if (f->used == 0)
        return 0;
    f->given = f->used;
    *piece = (feed_piece){f->bytes, f->used, 0, 1};
    return 1;
}

int feed_next(feed *f, feed_piece *piece)
{
    if (f->lines == 1 && !f->bytes && !look(f))
        return -1;
    drop_given(f);
    return f->form == IMAGES ? next_images(f, piece) : f->form == WHOLE ? next_whole(f, piece) : next_lines(f, piece);
}
