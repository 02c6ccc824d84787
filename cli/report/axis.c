#include "report/axis.h"

#include <math.h>

double axis_place(const plot_axis *axis, double value)
{
    if (!isfinite(value) || (axis->log && value <= 0))
        return NAN;
    return axis->log ? log10(value) : value;
}

double plot_x(const plot_line *line, size_t i) { return line->x ? line->x[i] : (double)i + 1; }

static void include_value(plot_axis *axis, double place)
{
    axis->from = fmin(axis->from, place); /* fmin and fmax pass over NaN */
    axis->to = fmax(axis->to, place);
}

static void include_line(plot_axis *x, plot_axis *y, const plot_line *line)
{
    const double *values[] = {line->style == PLOT_BAND ? NULL : line->y, line->low, line->high};
    for (size_t i = 0; i < line->count; i++) {
        double at = axis_place(x, plot_x(line, i));
        for (int v = 0; v < 3 && !isnan(at); v++) {
            double place = values[v] ? axis_place(y, values[v][i]) : NAN;
            if (isnan(place))
                continue;
            include_value(x, at);
            include_value(y, place);
        }
    }
}

static void choose_range(plot_axis *axis, double from, double to)
{
    double low = axis_place(axis, from), high = axis_place(axis, to);
    if (low < high) {
        axis->from = low;
        axis->to = high;
    }
    if (!(axis->to - axis->from > 1e-12 * fmax(fabs(axis->from), fabs(axis->to)))) {
        double wider = axis->log ? 0.5 : axis->to != 0 ? 0.1 * fabs(axis->to) : 1;
        axis->from -= wider;
        axis->to += wider;
    }
}

laco_status plot_axes(const char *what, const plot_line *lines, int count, const plot_config *config, plot_axis *x, plot_axis *y)
{
    *x = (plot_axis){.from = INFINITY, .to = -INFINITY, .log = config->log_x};
    *y = (plot_axis){.from = INFINITY, .to = -INFINITY, .log = config->log_y};
    for (int i = 0; i < count; i++) {
        bool band = lines[i].low && lines[i].high;
        if ((unsigned)lines[i].style > PLOT_BAND)
            return failed(LACO_INVALID, "%s: line %d has style %d, which is none", what, i + 1, (int)lines[i].style);
        if (!band && (lines[i].low || lines[i].high))
            return failed(LACO_INVALID, "%s: line %d has one edge of a band; low and high belong together", what, i + 1);
        if (lines[i].style == PLOT_BAND ? !band : !lines[i].y)
            return failed(LACO_INVALID, "%s: line %d has no values", what, i + 1);
        include_line(x, y, &lines[i]);
    }
    if (!(x->from <= x->to))
        return failed(LACO_INVALID, "%s: nothing to draw: no line has a point that is finite%s", what,
                      config->log_x || config->log_y ? " (and positive, for a logarithmic axis)" : "");
    choose_range(x, config->x_from, config->x_to);
    choose_range(y, config->y_from, config->y_to);
    return LACO_OK;
}

double axis_step(const plot_axis *axis, int most)
{
    double rough = (axis->to - axis->from) / most, power = pow(10, floor(log10(rough)));
    for (int i = 0; i < 3; i++) {
        double step = power * (double[]){1, 2, 5}[i];
        if (step >= rough * (1 - 1e-9))
            return step;
    }
    return 10 * power;
}
