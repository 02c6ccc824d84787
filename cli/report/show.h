/* What a FILE can show, and lines of text for it. */
#ifndef LACO_CLI_REPORT_SHOW_H
#define LACO_CLI_REPORT_SHOW_H

#include "basics.h"

#include <stdbool.h>
#include <stdio.h>

typedef enum show_choice { SHOW_AUTO, SHOW_ALWAYS, SHOW_NEVER } show_choice;

/* How text for people is shown. Zero means: as the FILE allows. */
typedef struct show_config {
    show_choice colour;  /* auto: on a terminal that is not "dumb", where NO_COLOR is not set */
    show_choice unicode; /* line drawing beyond ASCII; auto: LC_ALL, LC_CTYPE or LANG says UTF-8 */
    int width;           /* columns; 0: the terminal's, else $COLUMNS, else 100 */
    int height;          /* rows of a plot in the terminal; 0: 15 */
} show_config;

/* What a FILE and a config together allow. */
typedef struct screen {
    bool terminal; /* a terminal that understands escape codes */
    bool colour, unicode;
    int width, height;
} screen;

/* `config` may be NULL. */
screen screen_of(FILE *file, const show_config *config);

/* Text from outside, made safe to show in at most `width` columns and `size` bytes with its zero: valid UTF-8 without control
 * characters, cut with an ellipsis. Returns the columns it takes. */
int show_text(const char *text, int width, bool unicode, char *out, size_t size);

/* A line that is being put together; what is beyond its room is dropped. */
typedef struct show_line {
    char text[4096];
    size_t used;
    int columns; /* as displayed: style codes take none */
    bool colour;
} show_line;

void line_start(show_line *line, const screen *show);
void line_add(show_line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Spaces up to a column. */
void line_pad(show_line *line, int column);
/* An SGR code as "1;34", or "0" for none; nothing where there is no colour. */
void line_style(show_line *line, const char *code);
void line_repeat(show_line *line, const char *piece, int times);
/* Writes the line and a newline, without spaces at the end. */
void line_end(show_line *line, FILE *file);

/* LACO_OK, or LACO_IO where something could not be written to the file. */
laco_status show_check(FILE *file);

/* Short forms, into out[24]: 0.8123, 12.35, 1234; 12.4k; 0:21, 1:02:33. */
const char *show_number(double value, char *out);
const char *show_rate(double value, char *out);
const char *show_time(double seconds, char *out);

/* How many columns the decimal number takes. */
int show_digits(size_t value);

#endif
