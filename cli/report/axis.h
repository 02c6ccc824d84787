/* What plots of lines share, in pictures and in the terminal: which points there are, and where ticks belong. */
#ifndef LACO_CLI_REPORT_AXIS_H
#define LACO_CLI_REPORT_AXIS_H

#include "basics.h"
#include "report/report.h"

/* An axis: its range in the data's unit, or in powers of ten where it is logarithmic. */
typedef struct plot_axis {
    double from, to;
    bool log;
} plot_axis;

/* A value as the axis measures it; NaN where it has no place on it. */
double axis_place(const plot_axis *axis, double value);

/* Point `i` of a line. x counts from 1 where there is none. */
double plot_x(const plot_line *line, size_t i);

/* The ranges that the lines and the config ask for; a range of no width is widened.
 * LACO_INVALID: no line, a band's style without a band, or no point that could be drawn. `what` names the plot in errors. */
laco_status plot_axes(const char *what, const plot_line *lines, int count, const plot_config *config, plot_axis *x, plot_axis *y);

/* A step of 1, 2 or 5 times a power of ten that cuts the range into at most `most` parts. */
double axis_step(const plot_axis *axis, int most);

#endif
