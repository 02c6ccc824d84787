#include "report/axis.h"
#include "report/report.h"

#include <math.h>
#include <string.h>
#include <time.h>

#define COLOURS 8
#define MOST_TICKS 6
#define WIDEST_TICK 16
#define MOST_ROWS 200
#define MOST_COLUMNS 120

static const char *const colours[COLOURS] = {"38;5;33", "38;5;208", "38;5;35", "38;5;167",
                                             "38;5;98", "38;5;137", "38;5;73", "38;5;245"};
static const char *const marks[COLOURS] = {"•", "+", "×", "o", "▪", "◇", "△", "#"};
static const char *const ascii_marks[COLOURS] = {"*", "+", "x", "o", "#", "@", "%", "&"};

/* A place of one character: up to 2 × 4 dots, of the line that came last. */
typedef struct spot {
    unsigned char dots;
    unsigned char colour;
} spot;

typedef struct canvas {
    spot spots[MOST_ROWS * MOST_COLUMNS]; /* [rows][columns] */
    int columns, rows;
    int wide, high; /* dots in a spot */
    plot_axis x, y;
    bool braille;
} canvas;

static const char *mark_of(const screen *show, int colour) { return (show->unicode ? marks : ascii_marks)[colour]; }

/* x and y in dots from the lower left corner. */
static void set_dot(canvas *c, double x, double y, int colour)
{
    static const unsigned char bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    int column = (int)lround(x), row = c->rows * c->high - 1 - (int)lround(y);
    if (column < 0 || column >= c->columns * c->wide || row < 0 || row >= c->rows * c->high)
        return;
    spot *s = &c->spots[(size_t)(row / c->high) * (size_t)c->columns + (size_t)(column / c->wide)];
    s->dots |= bits[row % c->high][column % c->wide];
    s->colour = (unsigned char)colour;
}

/* Narrows the part [*from, *to] of a segment to where a + t·d lies within 0 … most. */
static void clip(double a, double d, double most, double *from, double *to)
{
    if (d == 0) {
        *to = a < 0 || a > most ? -1 : *to;
        return;
    }
    double first = (0 - a) / d, second = (most - a) / d;
    *from = fmax(*from, fmin(first, second));
    *to = fmin(*to, fmax(first, second));
}

static void draw_segment(canvas *c, double x0, double y0, double x1, double y1, int colour, bool dashed)
{
    double from = 0, to = 1, dx = x1 - x0, dy = y1 - y0;
    clip(x0, dx, c->columns * c->wide - 1, &from, &to);
    clip(y0, dy, c->rows * c->high - 1, &from, &to);
    if (from > to)
        return;
    int steps = (int)ceil((to - from) * fmax(fabs(dx), fabs(dy)));
    for (int i = 0; i <= steps; i++) {
        double t = steps > 0 ? from + (to - from) * i / steps : from, x = x0 + t * dx;
        if (!dashed || ((int)lround(x) / (2 * c->wide)) % 2 == 0)
            set_dot(c, x, y0 + t * dy, colour);
    }
}

static double dots_of(const plot_axis *axis, double value, int dots)
{
    return (axis_place(axis, value) - axis->from) / (axis->to - axis->from) * (dots - 1);
}

static void draw_line(canvas *c, const plot_line *line, int colour)
{
    double last_x = NAN, last_y = NAN;
    for (size_t i = 0; i < line->count; i++) {
        double x = dots_of(&c->x, plot_x(line, i), c->columns * c->wide), y = dots_of(&c->y, line->y[i], c->rows * c->high);
        bool known = !isnan(x) && !isnan(y), joined = known && !isnan(last_x) && !isnan(last_y);
        if (line->style != PLOT_POINTS && joined)
            draw_segment(c, last_x, last_y, x, y, colour, line->style == PLOT_DASHED);
        else if (known)
            draw_segment(c, x, y, x, y, colour, false);
        last_x = x;
        last_y = y;
    }
}

/* ---- Ticks ---- */

typedef struct tick {
    double place; /* as the axis measures */
    char text[WIDEST_TICK * 4 + 1];
    int columns;
} tick;

/* `step` tells how many decimals set one tick apart from the next. */
static void name_tick(tick *t, const plot_axis *axis, double step, const char *format)
{
    char text[64] = "";
    if (format) {
        struct tm parts;
        time_t seconds = (time_t)t->place;
        if (!gmtime_r(&seconds, &parts) || strftime(text, sizeof text, format, &parts) == 0)
            text[0] = '\0';
    } else if (axis->log) {
        snprintf(text, sizeof text, "%g", pow(10, t->place));
    } else if (step < 1e-4 || fabs(t->place) >= 1e7) {
        snprintf(text, sizeof text, "%.4g", t->place);
    } else {
        snprintf(text, sizeof text, "%.*f", LARGER(0, (int)ceil(-log10(step) - 1e-9)), t->place);
    }
    t->columns = show_text(text, WIDEST_TICK, true, t->text, sizeof t->text);
}

/* Round values within the range, from small to large; returns how many (at most MOST_TICKS + 1). */
static int find_ticks(const plot_axis *axis, int most, const char *format, tick *ticks)
{
    double step = format ? (axis->to - axis->from) / most : axis_step(axis, most);
    if (axis->log) /* whole powers of ten where there are two, else what is at the ends */
        step = axis->to - axis->from >= 1 ? fmax(1, ceil(step)) : axis->to - axis->from;
    double start = axis->log && axis->to - axis->from < 1 ? axis->from
                   : format                               ? axis->from
                                                          : ceil(axis->from / step - 1e-9) * step;
    int count = 0;
    for (; count <= MOST_TICKS && start + count * step <= axis->to + 1e-9 * (axis->to - axis->from); count++) {
        ticks[count].place = start + count * step;
        if (fabs(ticks[count].place) < 1e-9 * step)
            ticks[count].place = 0;
        name_tick(&ticks[count], axis, step, format);
    }
    return count;
}

/* ---- Putting it together ---- */

static void add_spot(show_line *line, const screen *show, const canvas *c, const spot *s)
{
    if (!s->dots) {
        line_add(line, " ");
        return;
    }
    line_style(line, colours[s->colour]);
    if (c->braille) /* U+2800 and the dots */
        line_add(line, "\xe2%c%c", 0xa0 + (s->dots >> 6), 0x80 + (s->dots & 0x3f));
    else
        line_add(line, "%s", mark_of(show, s->colour));
    line_style(line, "0");
}

static void print_rows(FILE *file, const screen *show, const canvas *c, const tick *ticks, int count, int label)
{
    show_line line;
    for (int row = 0; row < c->rows; row++) {
        const char *text = "";
        int columns = 0;
        for (int i = 0; i < count; i++) {
            double place = (ticks[i].place - c->y.from) / (c->y.to - c->y.from) * (c->rows * c->high - 1);
            if (row == (c->rows * c->high - 1 - (int)lround(place)) / c->high) {
                text = ticks[i].text;
                columns = ticks[i].columns;
            }
        }
        line_start(&line, show);
        line_pad(&line, label - columns);
        line_style(&line, "2");
        line_add(&line, "%s %s", text, show->unicode ? *text ? "┤" : "│" : *text ? "+" : "|");
        line_style(&line, "0");
        for (int column = 0; column < c->columns; column++)
            add_spot(&line, show, c, &c->spots[(size_t)row * (size_t)c->columns + (size_t)column]);
        line_end(&line, file);
    }
}

static void print_x_axis(FILE *file, const screen *show, const canvas *c, const tick *ticks, int count, int label)
{
    show_line axis, names;
    int left = label + 2, next = 0;
    line_start(&axis, show);
    line_start(&names, show);
    line_pad(&axis, left - 1);
    line_style(&axis, "2");
    line_style(&names, "2");
    line_add(&axis, "%s", show->unicode ? "└" : "+");
    for (int column = 0; column < c->columns; column++) {
        bool here = false;
        if (next < count) {
            double place = (ticks[next].place - c->x.from) / (c->x.to - c->x.from) * (c->columns * c->wide - 1);
            here = (int)lround(place) / c->wide <= column;
        }
        line_add(&axis, "%s", show->unicode ? here ? "┴" : "─" : here ? "+" : "-");
        if (!here)
            continue;
        int start = SMALLER(left + column - ticks[next].columns / 2, left + c->columns - ticks[next].columns);
        if (start > names.columns || names.columns == 0) {
            line_pad(&names, start);
            line_add(&names, "%s", ticks[next].text);
        }
        next++;
    }
    line_style(&axis, "0");
    line_style(&names, "0");
    line_end(&axis, file);
    line_end(&names, file);
}

static void print_text(FILE *file, const screen *show, const char *text, int column, const char *style)
{
    char shown[512];
    show_line line;
    if (!text)
        return;
    line_start(&line, show);
    int columns = show_text(text, LARGER(1, show->width - 1), show->unicode, shown, sizeof shown);
    line_pad(&line, LARGER(0, SMALLER(column, show->width - 1 - columns)));
    line_style(&line, style);
    line_add(&line, "%s", shown);
    line_style(&line, "0");
    line_end(&line, file);
}

static int colour_of(const plot_line *line, int *next) { return (line->colour > 0 ? line->colour - 1 : (*next)++) % COLOURS; }

static void print_key(FILE *file, const screen *show, const canvas *c, const plot_line *lines, int count, int left)
{
    char name[128];
    show_line line;
    int next = 0;
    line_start(&line, show);
    line_pad(&line, left);
    for (int i = 0; i < count; i++) {
        int colour = colour_of(&lines[i], &next);
        if (!lines[i].name || lines[i].style == PLOT_BAND)
            continue;
        show_text(lines[i].name, 30, show->unicode, name, sizeof name);
        line_style(&line, colours[colour]);
        line_add(&line, "%s", c->braille ? "━━" : mark_of(show, colour));
        line_style(&line, "0");
        line_add(&line, " %s   ", name);
    }
    if (line.columns > left)
        line_end(&line, file);
}

static void print_plot(FILE *file, const screen *show, canvas *c, const plot_line *lines, int count, const plot_config *config,
                       const tick *y_ticks, int y_count, int label)
{
    tick ticks[MOST_TICKS + 1];
    int next = 0;
    for (int i = 0; i < count; i++) {
        int colour = colour_of(&lines[i], &next);
        if (lines[i].style != PLOT_BAND)
            draw_line(c, &lines[i], colour);
    }
    print_text(file, show, config->title, label + 2, "1");
    print_key(file, show, c, lines, count, label + 2);
    print_text(file, show, config->y_label, label + 2, "2");
    print_rows(file, show, c, y_ticks, y_count, label);
    int most = config->x_time ? LARGER(1, SMALLER(MOST_TICKS, c->columns / 12)) : LARGER(1, SMALLER(MOST_TICKS, c->columns / 8));
    print_x_axis(file, show, c, ticks, find_ticks(&c->x, most, config->x_time, ticks), label);
    print_text(file, show, config->x_label, label + 2 + c->columns / 2 - (int)strlen(config->x_label ? config->x_label : "") / 2,
               "2");
}

laco_status plot_text(FILE *file, const plot_line *lines, int count, const plot_config *config, const show_config *shown)
{
    plot_config none = {0};
    screen show = screen_of(file, shown);
    tick ticks[MOST_TICKS + 1];
    int label = 1, drawn = 0;
    config = config ? config : &none;
    canvas c = {.rows = LARGER(3, SMALLER(show.height, MOST_ROWS)), .wide = 1, .high = 1};
    TRY(plot_axes("plot", lines, count, config, &c.x, &c.y));
    for (int i = 0; i < count; i++)
        drawn += lines[i].style != PLOT_BAND;
    c.braille = show.unicode && (show.colour || drawn < 2); /* dots of one colour do not tell lines apart */
    if (c.braille) {
        c.wide = 2;
        c.high = 4;
    }
    int y_count = find_ticks(&c.y, LARGER(1, SMALLER(MOST_TICKS, c.rows / 3)), NULL, ticks);
    for (int i = 0; i < y_count; i++)
        label = LARGER(label, ticks[i].columns);
    c.columns = LARGER(10, SMALLER(show.width - 1, MOST_COLUMNS) - label - 2);
    print_plot(file, &show, &c, lines, count, config, ticks, y_count, label);
    return show_check(file);
}
