#include "report/gnuplot.h"
#include "report/report.h"

#include <math.h>

#define WIDTH 1200
#define HEIGHT 1100
#define WIDEST_LABEL 24
#define TOP 110        /* pixels above the matrix: the titles */
#define RIGHT 130      /* the scale */
#define DARK_FROM 0.45 /* share of a row from which writing on the cell must be white */

/* Where things are, in pixels. */
typedef struct layout {
    int k;
    double side;         /* of the matrix, which is square */
    double left, bottom; /* of the matrix */
    double cell;
    int every;                     /* of how many labels one is written */
    double label_size, count_size; /* in pixels; count_size 0: no counts */
    int label_columns;
    bool rotated; /* the labels below */
} layout;

static size_t cell_of(const laco_classify_score *score, int row, int column)
{
    return score->confusion[(size_t)row * (size_t)score->class_count + (size_t)column];
}

static int label_columns(const laco_classify_score *score)
{
    char text[256];
    int widest = 1;
    for (int i = 0; i < score->class_count; i++) {
        int columns = show_text(score->classes[i].name, WIDEST_LABEL, true, text, sizeof text);
        widest = LARGER(widest, columns);
    }
    return widest;
}

static int largest_digits(const laco_classify_score *score)
{
    size_t largest = 0;
    for (int row = 0; row < score->class_count; row++)
        for (int column = 0; column < score->class_count; column++)
            largest = LARGER(largest, cell_of(score, row, column));
    return show_digits(largest);
}

/* Labels as large as the cells allow, then the matrix as large as the labels allow. A letter is about 0.6 of its size wide. */
static layout find_layout(const laco_classify_score *score)
{
    layout l = {.k = score->class_count, .label_columns = label_columns(score)};
    double guess = 880.0 / l.k;
    l.label_size = fmin(18, fmax(9, 0.55 * guess));
    l.every = (int)ceil(1.15 * l.label_size / guess);
    double label = 0.62 * l.label_size * l.label_columns;
    l.left = 70 + label;
    l.rotated = label > 0.8 * guess;
    l.bottom = 56 + 0.5 * l.label_size + (l.rotated ? 0.76 * label : 0.5 * l.label_size);
    l.side = fmin(WIDTH - RIGHT - l.left, HEIGHT - TOP - l.bottom);
    l.left += (WIDTH - RIGHT - l.left - l.side) / 2;
    l.cell = l.side / l.k;
    double fits = fmin(22, fmin(0.45 * l.cell, 0.74 * l.cell / (0.58 * largest_digits(score))));
    l.count_size = fits >= 7.5 ? fits : 0;
    return l;
}

/* Places on the picture go from 0 to 1 for gnuplot. */
static void put_frame(gnuplot *plot, const layout *l)
{
    gnuplot_put(plot, "set lmargin at screen %.5f\nset rmargin at screen %.5f\n", l->left / WIDTH, (l->left + l->side) / WIDTH);
    gnuplot_put(plot, "set bmargin at screen %.5f\nset tmargin at screen %.5f\n", l->bottom / HEIGHT,
                (l->bottom + l->side) / HEIGHT);
    gnuplot_put(plot, "set xrange [-0.5:%d.5]\nset yrange [%d.5:-0.5]\n", l->k - 1, l->k - 1);
    gnuplot_put(plot, "set border lc rgb '#c4cdd5' lw 1\nunset key\nset cbrange [0:1]\n");
    gnuplot_put(plot, "set object 1 rect from -0.5,-0.5 to %d.5,%d.5 fc rgb '#f5f7f9' fs solid noborder behind\n", l->k - 1,
                l->k - 1);
    gnuplot_put(plot, "set palette defined (0 '#e6eef5', 0.03 '#d8e6f2', 0.1 '#bdd7ea', 0.25 '#8fbddd', 0.45 '#5497c5', "
                      "0.7 '#2a6ea8', 1 '#123f73')\n");
    gnuplot_put(plot, "set colorbox user origin %.5f,%.5f size %.5f,%.5f noborder\n", (l->left + l->side + 26) / WIDTH,
                (l->bottom + l->side * 0.62) / HEIGHT, 16.0 / WIDTH, l->side * 0.38 / HEIGHT);
    gnuplot_put(plot,
                "set cbtics ('0 %%%%' 0, '25 %%%%' 0.25, '50 %%%%' 0.5, '75 %%%%' 0.75, '100 %%%%' 1) scale 0 "
                "font ',%.2f' textcolor rgb '#57626c'\n",
                gnuplot_size(plot, 14));
}

static void put_titles(gnuplot *plot, const laco_classify_score *score, const char *title, const layout *l)
{
    double middle = l->left + l->side / 2;
    gnuplot_put(plot, "set label 1 ");
    gnuplot_text(plot, title ? title : "Confusion matrix", 80, false);
    gnuplot_put(plot, " at screen %.5f,%.5f left font '%s,%.2f' textcolor rgb '#1d2730'\n", l->left / WIDTH,
                (l->bottom + l->side + 62) / HEIGHT, gnuplot_bold(plot), gnuplot_size(plot, 24));
    gnuplot_put(plot,
                "set label 2 '%zu examples, accuracy %.3f, macro-F1 %.3f' at screen %.5f,%.5f left font ',%.2f' "
                "textcolor rgb '#57626c'\n",
                score->count, score->accuracy, score->macro_f1, l->left / WIDTH, (l->bottom + l->side + 28) / HEIGHT,
                gnuplot_size(plot, 16));
    gnuplot_put(plot, "set label 3 'answer' at screen %.5f,%.5f center font ',%.2f' textcolor rgb '#57626c'\n", middle / WIDTH,
                26.0 / HEIGHT, gnuplot_size(plot, 16));
    gnuplot_put(plot, "set label 4 'right label' at screen %.5f,%.5f center rotate by 90 font ',%.2f' textcolor rgb '#57626c'\n",
                (l->left - 0.62 * l->label_size * l->label_columns - 40) / WIDTH, (l->bottom + l->side / 2) / HEIGHT,
                gnuplot_size(plot, 16));
    gnuplot_put(plot, "set label 5 'of the row' at screen %.5f,%.5f left font ',%.2f' textcolor rgb '#57626c'\n",
                (l->left + l->side + 26) / WIDTH, (l->bottom + l->side * 0.62 - 22) / HEIGHT, gnuplot_size(plot, 14));
}

static void put_labels(gnuplot *plot, const laco_classify_score *score, const layout *l)
{
    double size = gnuplot_size(plot, l->label_size);
    gnuplot_put(plot, "set xtics %s scale 0 offset 0,-0.15 font ',%.2f' textcolor rgb '#1d2730' noenhanced ()\n",
                l->rotated ? "rotate by 45 right" : "norotate", size);
    gnuplot_put(plot, "set ytics scale 0 font ',%.2f' textcolor rgb '#1d2730' noenhanced ()\n", size);
    for (int i = 0; i < l->k; i += l->every) {
        for (int axis = 0; axis < 2; axis++) {
            gnuplot_put(plot, "set %ctics add (", "xy"[axis]);
            gnuplot_text(plot, score->classes[i].name, WIDEST_LABEL, true);
            gnuplot_put(plot, " %d)\n", i);
        }
    }
}

/* Column, row, share of the row, count: of the cells that are light, or of those that are dark and want white writing. What is
 * nothing is left out. Two blocks, as gnuplot 5.4 dies of labels of which none has a place. Returns how many cells. */
static size_t put_cells(gnuplot *plot, const laco_classify_score *score, bool dark)
{
    size_t cells = 0;
    gnuplot_put(plot, "$%s << LACO_END\n", dark ? "dark" : "light");
    for (int row = 0; row < score->class_count; row++) {
        size_t all = 0;
        for (int column = 0; column < score->class_count; column++)
            all += cell_of(score, row, column);
        for (int column = 0; column < score->class_count; column++) {
            size_t value = cell_of(score, row, column);
            double share = all > 0 ? (double)value / (double)all : 0;
            if (value == 0 || (share >= DARK_FROM) != dark)
                continue;
            gnuplot_put(plot, "%d %d %.6f %zu\n", column, row, share, value);
            cells++;
        }
    }
    gnuplot_put(plot, "LACO_END\n");
    return cells;
}

static void put_plot(gnuplot *plot, const layout *l, const size_t cells[2])
{
    static const char *const blocks[] = {"$light", "$dark"}, *const writing[] = {"#10263c", "#ffffff"};
    double half = l->cell >= 12 ? 0.5 - 0.75 / l->cell : 0.5;
    const char *comma = "plot ";
    for (int dark = 0; dark < 2; dark++) {
        if (cells[dark] == 0)
            continue;
        gnuplot_put(plot, "%s%s using 1:2:(%.5f):(%.5f):3 with boxxyerror fc palette fs solid noborder", comma, blocks[dark],
                    half, half);
        if (l->count_size > 0)
            gnuplot_put(plot, ", %s using 1:2:4 with labels font ',%.2f' textcolor rgb '%s'", blocks[dark],
                        gnuplot_size(plot, l->count_size), writing[dark]);
        comma = ", ";
    }
    gnuplot_put(plot, "\n");
}

laco_status plot_confusion(const laco_classify_score *score, const char *title, const char *path)
{
    gnuplot plot;
    size_t counted = 0;
    for (size_t i = 0; score->class_count > 0 && i < (size_t)score->class_count * (size_t)score->class_count; i++)
        counted += score->confusion[i];
    if (counted == 0)
        return failed(LACO_INVALID, "%s: a confusion matrix needs at least one class and one example", path);
    layout l = find_layout(score);
    TRY(gnuplot_start(path, WIDTH, HEIGHT, &plot));
    put_frame(&plot, &l);
    put_titles(&plot, score, title, &l);
    put_labels(&plot, score, &l);
    size_t light = put_cells(&plot, score, false), dark = put_cells(&plot, score, true);
    put_plot(&plot, &l, (const size_t[]){light, dark});
    return gnuplot_draw(&plot);
}
