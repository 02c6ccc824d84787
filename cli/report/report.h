/* What people look at: progress, tables, plots in the terminal, pictures.
 *
 * All goes to a FILE that the caller gives, or to a file by path. Labels and titles may be any bytes: what is not UTF-8 shows as
 * U+FFFD, control characters as spaces, and what is too long is cut. Numbers for people follow the caller's locale; JSON and
 * pictures always have a decimal point. failure() has the text of an error.
 */
#ifndef LACO_CLI_REPORT_H
#define LACO_CLI_REPORT_H

#include "report/show.h"

#include <jansson.h>
#include <signal.h>

/* ---- Progress of training ------------------------------------------------------------------------------------------- */

/* Shows laco_progress as it comes. On a terminal: one line that is redrawn at most ten times a second, and one line that stays
 * for each epoch. Elsewhere: the line for each epoch, and one every `interval` seconds of a long epoch. A note is a line of its
 * own, "note: TEXT", before the others. With `json`: the same moments as JSON, one object a line:
 *     {"event": "batch", "epoch": 1, "epochs": 15, "batch": 40, "batches": 227, "loss": …, "lr": …, "seconds": …,
 *      "seconds_left": …, "examples_per_second": …, "gradient": …, "clipped": …}
 *     {"event": "epoch", …, "best": true, "metrics": {"accuracy": …}, "weights": {"rnn.weight_ih_l0": …}}
 *     {"event": "note", "text": …}
 * where "epochs" is null if their number is open, and a number that is not finite is null. */
typedef struct progress_config {
    bool quiet;       /* writes nothing; `stop` still counts */
    bool json;        /* JSON lines instead of text */
    show_choice live; /* the redrawn line; auto: on a terminal that is not "dumb" */
    show_config show;
    double until;                /* training ends when this share of its epochs is behind; 0: it does not */
    double interval;             /* seconds between lines within an epoch where there is no redrawn one; 0: 30 */
    volatile sig_atomic_t *stop; /* training ends when this is not 0: for a signal handler. NULL: never. Outlives the printer */
} progress_config;

/* Where speed is measured from: seconds and examples at the beginning of the epoch, or of this run within it. */
typedef struct progress_clock {
    bool told; /* something was told before */
    double from;
    int64_t examples;
} progress_clock;

/* To be called before and after what is done with a progress; and between them examples a second, 0 where nothing is known. */
void progress_clock_tell(progress_clock *clock, const laco_progress *progress);
void progress_clock_told(progress_clock *clock, const laco_progress *progress);
double progress_rate(const progress_clock *clock, const laco_progress *progress);

/* A progress as the object that is printed with `json`, `rate` being its examples a second. NULL: no memory. */
json_t *progress_json(const laco_progress *progress, double rate);

typedef struct progress_printer {
    FILE *file;
    progress_config config;
    screen show;
    bool live, drawn; /* drawn: the redrawn line stands on the terminal */
    double last;      /* training's seconds at the last line of any kind */
    progress_clock clock;
} progress_printer;

/* `file` stays the caller's and must outlive the printer; `config` may be NULL. */
progress_printer progress_printer_on(FILE *file, const progress_config *config);

/* Takes the redrawn line away, so that other text can be written; the next call of tell draws it anew. */
void progress_printer_clear(progress_printer *printer);

/* A laco_progress_fn whose `user` is the printer: {.progress = progress_printer_tell, .progress_user = printer}.
 * What cannot be written (a closed pipe, a full disk) is lost and does not end training. False: *stop is set. */
bool progress_printer_tell(void *printer, const laco_progress *progress);

/* ---- Tables ----------------------------------------------------------------------------------------------------------- */

/* Both write to `file` and leave it open; `show` may be NULL.
 * LACO_INVALID: the score has no classes; LACO_IO: writing failed. */

/* Label, count, precision, recall and F1 of each class, then accuracy, macro-F1 and loss of all. */
laco_status table_classes(FILE *file, const laco_classify_score *score, const show_config *shown);

/* Count, precision, recall and F1 of each tag, or of each type of entity and all entities; then the accuracy on all words and on
 * those that the model does not know. */
laco_status table_tags(FILE *file, const laco_tag_score *score, const show_config *shown);

/* The confusion matrix, rows right labels, columns answers under codes of two letters. Cells count examples where that fits the
 * width, else they are per cent of the row. More classes than fit (24 need 100 columns; never more than 40): the 20 most
 * frequent confusions instead. */
laco_status table_confusion(FILE *file, const laco_classify_score *score, const show_config *shown);

/* ---- Plots --------------------------------------------------------------------------------------------------------------- */

typedef enum plot_style {
    PLOT_LINE,
    PLOT_DASHED,
    PLOT_POINTS,
    PLOT_LINE_POINTS,
    PLOT_BAND, /* only the band between low and high */
} plot_style;

/* A series. Points whose x or y is not finite, or not positive on a logarithmic axis, are left out, and the line has a gap there.
 */
typedef struct plot_line {
    const char *name;         /* in the key; NULL: not in it */
    const double *x;          /* [count]; NULL: 1, 2, 3 … */
    const double *y;          /* [count]; NULL for PLOT_BAND */
    const double *low, *high; /* [count]: a band is drawn between them; NULL: none */
    const char *band_name;    /* of a line with a band, in the key; NULL: not in it. A PLOT_BAND has `name` */
    size_t count;
    plot_style style;
    int colour; /* 0: the next of eight; n ≥ 1: the n-th of them, so that a forecast can have its series' colour */
} plot_line;

/* Zero means the default. */
typedef struct plot_config {
    const char *title, *x_label, *y_label;
    bool log_x, log_y;
    const char *x_time;  /* x is seconds since 1970 (UTC), shown by this strftime format, as "%Y-%m" */
    double x_from, x_to; /* range of an axis, where from < to; else that of the data */
    double y_from, y_to;
    double shade_from, shade_to; /* this range of x is shaded, where from < to */
    const char *shade_name;      /* written over the shaded range */
    int width, height;           /* pixels of the picture; 0: 1200 × 700 */
} plot_config;

/* Pictures are drawn by the program gnuplot, which must be on the PATH; .png and .svg are the endings that `path` may have. A
 * file that is there is replaced only by a whole picture.
 * LACO_INVALID: another ending, or nothing that could be drawn; LACO_IO: gnuplot is missing or failed, or the file cannot be
 * written; LACO_NO_MEMORY. On failure no file is left, and an old one stands. */

/* The confusion matrix as a heat map of 1200 × 1100 pixels: each row's shares as colours, counts in the cells where they fit.
 * `title` may be NULL. */
laco_status plot_confusion(const laco_classify_score *score, const char *title, const char *path);

/* Curves over one pair of axes. `config` may be NULL. */
laco_status plot_lines(const plot_line *lines, int count, const plot_config *config, const char *path);

/* The same as text, in braille dots or ASCII; bands are left out, `width` and `height` come from `show`. Both may be NULL.
 * LACO_INVALID, LACO_IO, LACO_NO_MEMORY. */
laco_status plot_text(FILE *file, const plot_line *lines, int count, const plot_config *config, const show_config *shown);

#endif
