#include "report/axis.h"

#include <math.h>

double laco_axis_place(const laco_axis *axis, double value)
{
    if (!isfinite(value) || (axis->log && value <= 0))
        return NAN;
    return axis->log ? log10(value) : value;
}

double laco_plot_x(const laco_plot_line *line, size_t i) { return line->x ? line->x[i] : (double)i + 1; }

static void include_value(laco_axis *axis, double place)
{
    axis->from = fmin(axis->from, place); /* fmin and fmax pass over NaN */
    axis->to = fmax(axis->to, place);
}

static void include_line(laco_axis *x, laco_axis *y, const laco_plot_line *line)
{
    const double *values[] = {line->style == LACO_PLOT_STYLE_BAND ? NULL : line->y, line->low, line->high};
    for (size_t i = 0; i < line->count; i++) {
        double at = laco_axis_place(x, laco_plot_x(line, i));
        for (int v = 0; v < 3 && !isnan(at); v++) {
            double place = values[v] ? laco_axis_place(y, values[v][i]) : NAN;
            if (isnan(place))
                continue;
            include_value(x, at);
            include_value(y, place);
        }
    }
}

static void choose_range(laco_axis *axis, double from, double to)
{
    double low = laco_axis_place(axis, from), high = laco_axis_place(axis, to);
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

laco_status laco_plot_axes(laco_context *ctx, const char *what, const laco_plot_line *lines, int count,
                           const laco_plot_config *config, laco_axis *x, laco_axis *y)
{
    *x = (laco_axis){.from = INFINITY, .to = -INFINITY, .log = config->log_x};
    *y = (laco_axis){.from = INFINITY, .to = -INFINITY, .log = config->log_y};
    for (int i = 0; i < count; i++) {
        bool band = lines[i].low && lines[i].high;
        if ((unsigned)lines[i].style > LACO_PLOT_STYLE_BAND)
            return laco_fail(ctx, LACO_INVALID, "%s: line %d has style %d, which is none", what, i + 1, (int)lines[i].style);
        if (!band && (lines[i].low || lines[i].high))
            return laco_fail(ctx, LACO_INVALID, "%s: line %d has one edge of a band; low and high belong together", what, i + 1);
        if (lines[i].style == LACO_PLOT_STYLE_BAND ? !band : !lines[i].y)
            return laco_fail(ctx, LACO_INVALID, "%s: line %d has no values", what, i + 1);
        include_line(x, y, &lines[i]);
    }
    if (!(x->from <= x->to))
        return laco_fail(ctx, LACO_INVALID, "%s: nothing to draw: no line has a point that is finite%s", what,
                         config->log_x || config->log_y ? " (and positive, for a logarithmic axis)" : "");
    choose_range(x, config->x_from, config->x_to);
    choose_range(y, config->y_from, config->y_to);
    return LACO_OK;
}

double laco_axis_step(const laco_axis *axis, int most)
{
    double rough = (axis->to - axis->from) / most, power = pow(10, floor(log10(rough)));
    for (int i = 0; i < 3; i++) {
        double step = power * (double[]){1, 2, 5}[i];
        if (step >= rough * (1 - 1e-9))
            return step;
    }
    return 10 * power;
}
