#include "report/axis.h"
#include "report/gnuplot.h"
#include "report/report.h"

#include <math.h>

#define COLOURS 8
#define MOST_NAMED_TICKS 12 /* values of x that are few enough to get a tick each */

static const char *const colours[COLOURS] = {"2a6ea8", "d9792b", "3b9468", "b8485c", "7c68ab", "8a6d4b", "4aa3b5", "737c85"};

static bool has_key(const plot_line *lines, int count)
{
    for (int i = 0; i < count; i++)
        if (lines[i].name)
            return true;
    return false;
}

static void put_number(gnuplot *plot, double value)
{
    if (isfinite(value))
        gnuplot_put(plot, " %.12g", value);
    else
        gnuplot_put(plot, " NaN");
}

/* x y low high; a point that has no place on the axes is NaN and makes a gap. */
static void put_data(gnuplot *plot, const plot_line *line, int number, const plot_config *config)
{
    plot_axis x = {.log = config->log_x}, y = {.log = config->log_y};
    const double *columns[] = {line->style == PLOT_BAND ? NULL : line->y, line->low, line->high};
    gnuplot_put(plot, "$line%d << LACO_END\n", number);
    for (size_t i = 0; i < line->count; i++) {
        double at = plot_x(line, i);
        if (isnan(axis_place(&x, at)))
            at = NAN;
        put_number(plot, at);
        for (int c = 0; c < 3; c++) {
            double value = columns[c] ? columns[c][i] : NAN;
            put_number(plot, isnan(at) || isnan(axis_place(&y, value)) ? NAN : value);
        }
        gnuplot_put(plot, "\n");
    }
    gnuplot_put(plot, "LACO_END\n");
}

/* On a logarithmic axis of sizes (64, 128, 256 …) powers of ten say little: each value that occurs gets its tick. */
static void put_ticks_at_values(gnuplot *plot, const plot_line *lines, int count, const plot_axis *axis)
{
    double values[MOST_NAMED_TICKS];
    int used = 0;
    for (int i = 0; i < count; i++)
        for (size_t j = 0; j < lines[i].count; j++) {
            double value = plot_x(&lines[i], j);
            int place = 0;
            while (place < used && values[place] != value)
                place++;
            if (place < used || isnan(axis_place(axis, value)))
                continue;
            if (used == MOST_NAMED_TICKS)
                return;
            values[used++] = value;
        }
    for (int i = 0; i < used; i++)
        gnuplot_put(plot, "set xtics %s('%.6g' %.12g)\n", i > 0 ? "add " : "", values[i], values[i]);
    gnuplot_put(plot, "unset mxtics\n");
}

/* Ticks at 1, 2 and 5 of each power of ten within three of them, else at the powers. */
static void put_log_ticks(gnuplot *plot, char name, const plot_axis *axis)
{
    const char *add = "";
    for (int power = (int)floor(axis->from); axis->to - axis->from < 3 && power <= (int)ceil(axis->to); power++)
        for (int i = 0; i < 3; i++) {
            double value = (double[]){1, 2, 5}[i] * pow(10, power);
            if (log10(value) < axis->from - 1e-9 || log10(value) > axis->to + 1e-9)
                continue;
            gnuplot_put(plot, "set %ctics %s('%.6g' %.12g)\n", name, add, value, value);
            add = "add ";
        }
    if (!*add)
        gnuplot_put(plot, "set format %c '%%g'\n", name);
}

/* Widens a range that nobody chose to where ticks are. */
static void round_range(plot_axis *axis)
{
    const double thirds[] = {0, log10(2), log10(5), 1};
    double step = axis_step(axis, 8);
    if (!axis->log) {
        axis->from = floor(axis->from / step + 1e-9) * step;
        axis->to = ceil(axis->to / step - 1e-9) * step;
        return;
    }
    double from = axis->from - floor(axis->from), to = axis->to - floor(axis->to);
    int low = 3, high = 0;
    while (thirds[low] > from + 1e-6)
        low--;
    while (thirds[high] < to - 1e-6)
        high++;
    axis->from = floor(axis->from) + thirds[low];
    axis->to = floor(axis->to) + thirds[high];
}

static void put_axis(gnuplot *plot, char name, const plot_axis *axis, bool time)
{
    double from = axis->log ? pow(10, axis->from) : axis->from, to = axis->log ? pow(10, axis->to) : axis->to;
    double step = axis_step(axis, 8);
    int decimals = LARGER(0, (int)ceil(-log10(step) - 1e-9));
    if (axis->log)
        gnuplot_put(plot, "set logscale %c 10\nset m%ctics 10\n", name, name);
    gnuplot_put(plot, "set %crange [%.12g:%.12g]\n", name, from, to);
    if (axis->log)
        put_log_ticks(plot, name, axis);
    else if (!time && decimals <= 5 && fmax(fabs(from), fabs(to)) < 1e7) /* as many decimals everywhere */
        gnuplot_put(plot, "set %ctics %.12g\nset format %c '%%.%df'\n", name, step, name, decimals);
    else if (!time)
        gnuplot_put(plot, "set format %c '%%.6g'\n", name);
}

static bool has_points(const plot_line *lines, int count)
{
    for (int i = 0; i < count; i++)
        if (lines[i].style == PLOT_POINTS || lines[i].style == PLOT_LINE_POINTS)
            return true;
    return false;
}

static void put_axes(gnuplot *plot, const plot_line *lines, int count, const plot_config *config, plot_axis *x, plot_axis *y)
{
    gnuplot_put(plot,
                "set border 3 lc rgb '#aab4bd' lw 1\nset tics nomirror out scale 0.5,0.25 font ',%.2f' "
                "textcolor rgb '#1d2730'\nset grid ytics lt 1 lw 1 lc rgb '#e6eaee'\nset grid noxtics\n",
                gnuplot_size(plot, 15));
    if (config->x_time) { /* before the ranges: setting xdata forgets them */
        gnuplot_put(plot, "set xdata time\nset timefmt '%%s'\nset format x ");
        gnuplot_text(plot, config->x_time, 40, false);
        gnuplot_put(plot, "\n");
    }
    double room = has_points(lines, count) && !(config->x_from < config->x_to) ? 0.015 * (x->to - x->from) : 0;
    x->from -= room; /* a point on the axis would be half hidden */
    x->to += room;
    if (!(config->y_from < config->y_to))
        round_range(y);
    put_axis(plot, 'x', x, config->x_time != NULL);
    put_axis(plot, 'y', y, false);
    if (config->log_x && !config->x_time)
        put_ticks_at_values(plot, lines, count, x);
}

/* A line of text from the left edge of the plot on, its middle `down` pixels below the top of the picture. */
static void put_text(gnuplot *plot, int number, const char *text, double down, int height, const char *face, double size,
                     const char *colour)
{
    gnuplot_put(plot, "set label %d ", number);
    gnuplot_text(plot, text, 100, false);
    gnuplot_put(plot, " at graph 0, screen %.5f left font '%s,%.2f' textcolor rgb '#%s'\n", 1 - down / height, face,
                gnuplot_size(plot, size), colour);
}

/* Above the plot, from its left edge on: title, key, and the name of the y axis, which reads best lying. */
static void put_frame(gnuplot *plot, const plot_line *lines, int count, const plot_config *config, int height)
{
    double top = 18;
    if (config->title) {
        put_text(plot, 1, config->title, top + 18, height, gnuplot_bold(plot), 22, "1d2730");
        top += 40;
    }
    if (has_key(lines, count)) {
        gnuplot_put(plot,
                    "set key at graph 0, screen %.5f left top horizontal Left reverse samplen 2 width 2 noenhanced "
                    "maxrows 1 font ',%.2f' textcolor rgb '#1d2730'\n",
                    1 - top / height, gnuplot_size(plot, 15));
        top += 32;
    } else {
        gnuplot_put(plot, "unset key\n");
    }
    if (config->y_label) {
        put_text(plot, 3, config->y_label, top + 14, height, "Arial", 15, "57626c");
        top += 28;
    }
    if (config->x_label) {
        gnuplot_put(plot, "set xlabel ");
        gnuplot_text(plot, config->x_label, 80, false);
        gnuplot_put(plot, " font ',%.2f' textcolor rgb '#57626c'\n", gnuplot_size(plot, 15));
    }
    gnuplot_put(plot, "set tmargin at screen %.5f\nset bmargin at screen %.5f\nset rmargin 5\n", 1 - (top + 12) / height,
                (config->x_label ? 80.0 : 52.0) / height);
}

static void put_shade(gnuplot *plot, const plot_config *config, const plot_axis *x)
{
    double from = config->shade_from, to = config->shade_to;
    double low = x->log ? pow(10, x->from) : x->from, high = x->log ? pow(10, x->to) : x->to;
    from = fmax(from, low);
    to = fmin(to, high);
    if (!(from < to))
        return;
    gnuplot_put(plot,
                "set object 1 rect from first %.12g, graph 0 to first %.12g, graph 1 fc rgb '#f1f3f5' fs solid noborder "
                "behind\n",
                from, to);
    if (!config->shade_name)
        return;
    gnuplot_put(plot, "set label 2 ");
    gnuplot_text(plot, config->shade_name, 40, false);
    gnuplot_put(plot, " at first %.12g, graph 1 left offset 0.6,-0.9 font ',%.2f' textcolor rgb '#57626c' front\n", from,
                gnuplot_size(plot, 15));
}

static const char *colour_of(const plot_line *line, int *next)
{
    int number = line->colour > 0 ? line->colour - 1 : (*next)++;
    return colours[number % COLOURS];
}

static void put_name(gnuplot *plot, const char *name)
{
    if (!name) {
        gnuplot_put(plot, " notitle");
        return;
    }
    gnuplot_put(plot, " title ");
    gnuplot_text(plot, name, 40, false);
}

/* Bands first: lines are drawn over them. */
static void put_plot(gnuplot *plot, const plot_line *lines, int count)
{
    static const char *const styles[] = {"lines lw 2.2", "lines lw 2.2 dt (10,6)", "points pt 7 ps 1.1",
                                         "linespoints lw 2.2 pt 7 ps 1"};
    const char *comma = "plot ";
    int next = 0;
    for (int i = 0; i < count; i++) {
        const char *colour = colour_of(&lines[i], &next);
        if (!lines[i].low)
            continue;
        gnuplot_put(plot, "%s$line%d using 1:3:4 with filledcurves fc rgb '#c8%s' fs solid noborder", comma, i, colour);
        put_name(plot, lines[i].style == PLOT_BAND ? lines[i].name : lines[i].band_name);
        comma = ", ";
    }
    next = 0;
    for (int i = 0; i < count; i++) {
        const char *colour = colour_of(&lines[i], &next);
        if (lines[i].style == PLOT_BAND)
            continue;
        gnuplot_put(plot, "%s$line%d using 1:2 with %s lc rgb '#%s'", comma, i, styles[lines[i].style], colour);
        put_name(plot, lines[i].name);
        comma = ", ";
    }
    gnuplot_put(plot, "\n");
}

laco_status plot_lines(const plot_line *lines, int count, const plot_config *config, const char *path)
{
    plot_config none = {0};
    gnuplot plot;
    plot_axis x, y;
    if (!config)
        config = &none;
    int width = config->width > 0 ? config->width : 1200, height = config->height > 0 ? config->height : 700;
    if (width > 20000 || height > 20000)
        return failed(LACO_INVALID, "%s: %d by %d pixels; a picture can have 20000 by 20000", path, width, height);
    TRY(plot_axes(path, lines, count, config, &x, &y));
    TRY(gnuplot_start(path, width, height, &plot));
    for (int i = 0; i < count; i++)
        put_data(&plot, &lines[i], i, config);
    put_axes(&plot, lines, count, config, &x, &y);
    put_frame(&plot, lines, count, config, height);
    if (config->shade_from < config->shade_to)
        put_shade(&plot, config, &x);
    put_plot(&plot, lines, count);
    return gnuplot_draw(&plot);
}
