/* What a FILE can show, and lines of text for it. */
#ifndef LACO_REPORT_SHOW_H
#define LACO_REPORT_SHOW_H

#include "base/base.h"
#include "laco/report.h"

/* What a FILE and a config together allow. */
typedef struct laco_show {
    bool terminal; /* a terminal that understands escape codes */
    bool colour, unicode;
    int width, height;
} laco_show;

/* `config` may be NULL. */
laco_show laco_show_find(FILE *file, const laco_show_config *config);

/* Text from outside, made safe to show in at most `width` columns and `size` bytes with its zero: valid UTF-8 without control
 * characters, cut with an ellipsis. Returns the columns it takes. */
int laco_show_text(const char *text, int width, bool unicode, char *out, size_t size);

/* A line that is being put together; what is beyond its room is dropped. */
typedef struct laco_line {
    char text[4096];
    size_t used;
    int columns; /* as displayed: style codes take none */
    bool colour;
} laco_line;

void laco_line_start(laco_line *line, const laco_show *show);
void laco_line_add(laco_line *line, const char *format, ...) LACO_PRINTF(2, 3);
/* Spaces up to a column. */
void laco_line_pad(laco_line *line, int column);
/* An SGR code as "1;34", or "0" for none; nothing where there is no colour. */
void laco_line_style(laco_line *line, const char *code);
void laco_line_repeat(laco_line *line, const char *piece, int times);
/* Writes the line and a newline, without spaces at the end. */
void laco_line_end(laco_line *line, FILE *file);

/* LACO_OK, or LACO_IO where something could not be written to the file. */
laco_status laco_show_check(laco_context *ctx, FILE *file);

/* Short forms, into out[24]: 0.8123, 12.35, 1234; 12.4k; 0:21, 1:02:33. */
const char *laco_show_number(double value, char *out);
const char *laco_show_rate(double value, char *out);
const char *laco_show_time(double seconds, char *out);

/* How many columns the decimal number takes. */
int laco_show_digits(size_t value);

#endif
