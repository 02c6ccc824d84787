/* Pictures by the program gnuplot: a script with the data in it goes in, a PNG or SVG comes out and is put where it belongs as a
 * whole. Nothing passes a shell, and whatever gnuplot would read as a command, macro or markup in a text is made plain. */
#ifndef LACO_CLI_REPORT_GNUPLOT_H
#define LACO_CLI_REPORT_GNUPLOT_H

#include "basics.h"

#include <locale.h>
#include <stdio.h>

typedef struct gnuplot {
    const char *path;
    FILE *script;
    locale_t plain; /* numbers with a decimal point, whatever the caller's locale */
    bool svg;
} gnuplot;

/* Starts a picture of width × height pixels. LACO_INVALID: the path ends in neither .png nor .svg; LACO_IO; LACO_NO_MEMORY.
 * After LACO_OK gnuplot_draw or gnuplot_drop must follow. */
laco_status gnuplot_start(const char *path, int width, int height, gnuplot *plot);

/* Adds to the script. */
void gnuplot_put(gnuplot *plot, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a text as a string constant, cut to `width` columns. `percent`: in a place where gnuplot reads % as a format. */
void gnuplot_text(gnuplot *plot, const char *text, int width, bool percent);

/* A font size as gnuplot takes it: points in a PNG, pixels in an SVG. And the font for titles: in an SVG gnuplot knows none that
 * is bold. */
double gnuplot_size(const gnuplot *plot, double pixels);
const char *gnuplot_bold(const gnuplot *plot);

/* Draws, moves the picture into place and ends. LACO_IO: gnuplot is missing or failed, or writing did. */
laco_status gnuplot_draw(gnuplot *plot);

/* Ends without a picture. */
void gnuplot_drop(gnuplot *plot);

#endif
