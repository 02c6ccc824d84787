/* Pictures by the program gnuplot: a script with the data in it goes in, a PNG or SVG comes out and is written as any file is.
 * Nothing passes a shell, and whatever gnuplot would read as a command, macro or markup in a text is made plain. */
#ifndef LACO_REPORT_GNUPLOT_H
#define LACO_REPORT_GNUPLOT_H

#include "base/base.h"
#include "base/file.h"

#include <locale.h>
#include <stdio.h>

typedef struct laco_gnuplot {
    laco_context *ctx;
    const char *path;
    laco_writer *writer;
    FILE *script;
    locale_t plain; /* numbers with a decimal point, whatever the caller's locale */
    bool svg;
} laco_gnuplot;

/* Starts a picture of width × height pixels. LACO_INVALID: the path ends in neither .png nor .svg; LACO_IO; LACO_NO_MEMORY.
 * After LACO_OK laco_gnuplot_draw or laco_gnuplot_drop must follow. */
laco_status laco_gnuplot_start(laco_context *ctx, const char *path, int width, int height, laco_gnuplot *plot);

/* Adds to the script. */
void laco_gnuplot_put(laco_gnuplot *plot, const char *format, ...) LACO_PRINTF(2, 3);

/* Adds a text as a string constant, cut to `width` columns. `percent`: in a place where gnuplot reads % as a format. */
void laco_gnuplot_text(laco_gnuplot *plot, const char *text, int width, bool percent);

/* A font size as gnuplot takes it: points in a PNG, pixels in an SVG. And the font for titles: in an SVG gnuplot knows none that
 * is bold. */
double laco_gnuplot_size(const laco_gnuplot *plot, double pixels);
const char *laco_gnuplot_bold(const laco_gnuplot *plot);

/* Draws, moves the picture into place and ends. LACO_IO: gnuplot is missing or failed, or writing did. */
laco_status laco_gnuplot_draw(laco_gnuplot *plot);

/* Ends without a picture. */
void laco_gnuplot_drop(laco_gnuplot *plot);

#endif
