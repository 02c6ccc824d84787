/* What plots of lines share, in pictures and in the terminal: which points there are, and where ticks belong. */
#ifndef LACO_REPORT_AXIS_H
#define LACO_REPORT_AXIS_H

#include "base/base.h"
#include "laco/report.h"

/* An axis: its range in the data's unit, or in powers of ten where it is logarithmic. */
typedef struct laco_axis {
    double from, to;
    bool log;
} laco_axis;

/* A value as the axis measures it; NaN where it has no place on it. */
double laco_axis_place(const laco_axis *axis, double value);

/* Point `i` of a line. x counts from 1 where there is none. */
double laco_plot_x(const laco_plot_line *line, size_t i);

/* The ranges that the lines and the config ask for; a range of no width is widened.
 * LACO_INVALID: no line, a band's style without a band, or no point that could be drawn. `what` names the plot in errors. */
laco_status laco_plot_axes(laco_context *ctx, const char *what, const laco_plot_line *lines, int count,
                           const laco_plot_config *config, laco_axis *x, laco_axis *y);

/* A step of 1, 2 or 5 times a power of ten that cuts the range into at most `most` parts. */
double laco_axis_step(const laco_axis *axis, int most);

#endif
