/* laco/report.h - what people look at: progress, tables, plots in the terminal, pictures.
 *
 * The library prints nothing of its own accord: these functions write to a FILE that the caller gives, or to a file by path.
 * Labels and titles may be any bytes: what is not UTF-8 shows as U+FFFD, control characters as spaces, and what is too long
 * is cut. Numbers for people follow the caller's locale; JSON and pictures always have a decimal point.
 */
#ifndef LACO_REPORT_H
#define LACO_REPORT_H

#include "laco/model.h"
#include "laco/tagger.h"
#include "laco/train.h"

#include <signal.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum laco_choice { LACO_AUTO, LACO_ALWAYS, LACO_NEVER } laco_choice;

/* How text for people is shown. Zero means: as the FILE allows. */
typedef struct laco_show_config {
    laco_choice colour;  /* auto: on a terminal that is not "dumb", where NO_COLOR is not set */
    laco_choice unicode; /* line drawing beyond ASCII; auto: LC_ALL, LC_CTYPE or LANG says UTF-8 */
    int width;           /* columns; 0: the terminal's, else $COLUMNS, else 100 */
    int height;          /* rows of a plot in the terminal; 0: 15 */
} laco_show_config;

/* ---- Progress of training ------------------------------------------------------------------------------------------- */

/* Shows laco_progress as it comes. On a terminal: one line that is redrawn at most ten times a second, and one line that stays
 * for each epoch. Elsewhere: the line for each epoch, and one every `interval` seconds of a long epoch. A note is a line of its own,
 * "note: TEXT", before the others. With `json`: the same
 * moments as JSON, one object a line:
 *     {"event": "batch", "epoch": 1, "epochs": 15, "batch": 40, "batches": 227, "loss": …, "lr": …, "seconds": …, "seconds_left":
 * …}
 *     {"event": "epoch", …, "best": true, "metrics": {"accuracy": …}}
 *     {"event": "note", "text": …}
 * where "epochs" is null if their number is open, and a number that is not finite is null. */
typedef struct laco_progress_printer laco_progress_printer;

typedef struct laco_progress_config {
    bool quiet;       /* writes nothing; `stop` still counts */
    bool json;        /* JSON lines instead of text */
    laco_choice live; /* the redrawn line; auto: on a terminal that is not "dumb" */
    laco_show_config show;
    double interval;             /* seconds between lines within an epoch where there is no redrawn one; 0: 30 */
    volatile sig_atomic_t *stop; /* training ends when this is not 0: for a signal handler. NULL: never. Outlives the printer */
} laco_progress_config;

/* `file` stays the caller's and must outlive the printer; `config` may be NULL. *out is the caller's. LACO_NO_MEMORY. */
LACO_API laco_status laco_progress_printer_new(laco_context *ctx, FILE *file, const laco_progress_config *config,
                                               laco_progress_printer **out);

/* Takes the redrawn line away, so that other text can be written; the next call of tell draws it anew. NULL is allowed. */
LACO_API void laco_progress_printer_clear(laco_progress_printer *printer);

/* Clears and frees. NULL is allowed. */
LACO_API void laco_progress_printer_free(laco_progress_printer *printer);

/* A laco_progress_fn whose `user` is the printer: {.progress = laco_progress_printer_tell, .progress_user = printer}.
 * What cannot be written (a closed pipe, a full disk) is lost and does not end training. False: *stop is set. */
LACO_API bool laco_progress_printer_tell(void *printer, const laco_progress *progress);

/* ---- Tables ----------------------------------------------------------------------------------------------------------- */

/* Both write to `file` and leave it open; `show` may be NULL.
 * LACO_INVALID: the score has no classes; LACO_IO: writing failed. */

/* Label, count, precision, recall and F1 of each class, then accuracy, macro-F1 and loss of all. */
LACO_API laco_status laco_table_classes(laco_context *ctx, FILE *file, const laco_classify_score *score,
                                        const laco_show_config *show);

/* Count, precision, recall and F1 of each tag, or of each type of entity and all entities; then the accuracy on all words and on those
 * that the model does not know. */
LACO_API laco_status laco_table_tags(laco_context *ctx, FILE *file, const laco_tag_score *score, const laco_show_config *show);

/* The confusion matrix, rows right labels, columns answers under codes of two letters. Cells count examples where that fits the
 * width, else they are per cent of the row. More classes than fit (24 need 100 columns; never more than 40): the 20 most
 * frequent confusions instead. */
LACO_API laco_status laco_table_confusion(laco_context *ctx, FILE *file, const laco_classify_score *score,
                                          const laco_show_config *show);

/* ---- Plots --------------------------------------------------------------------------------------------------------------- */

typedef enum laco_plot_style {
    LACO_PLOT_STYLE_LINE,
    LACO_PLOT_STYLE_DASHED,
    LACO_PLOT_STYLE_POINTS,
    LACO_PLOT_STYLE_LINE_POINTS,
    LACO_PLOT_STYLE_BAND, /* only the band between low and high */
} laco_plot_style;

/* A series. Points whose x or y is not finite, or not positive on a logarithmic axis, are left out, and the line has a gap there.
 */
typedef struct laco_plot_line {
    const char *name;         /* in the key; NULL: not in it */
    const double *x;          /* [count]; NULL: 1, 2, 3 … */
    const double *y;          /* [count]; NULL for LACO_PLOT_STYLE_BAND */
    const double *low, *high; /* [count]: a band is drawn between them; NULL: none */
    size_t count;
    laco_plot_style style;
    int colour; /* 0: the next of eight; n ≥ 1: the n-th of them, so that a forecast can have its series' colour */
} laco_plot_line;

/* Zero means the default. */
typedef struct laco_plot_config {
    const char *title, *x_label, *y_label;
    bool log_x, log_y;
    const char *x_time;  /* x is seconds since 1970 (UTC), shown by this strftime format, as "%Y-%m" */
    double x_from, x_to; /* range of an axis, where from < to; else that of the data */
    double y_from, y_to;
    double shade_from, shade_to; /* this range of x is shaded, where from < to */
    const char *shade_name;      /* written over the shaded range */
    int width, height;           /* pixels of the picture; 0: 1200 × 700 */
} laco_plot_config;

/* Pictures are drawn by the program gnuplot, which must be on the PATH; .png and .svg are the endings that `path` may have. A
 * file that is there is replaced only by a whole picture.
 * LACO_INVALID: another ending, or nothing that could be drawn; LACO_IO: gnuplot is missing or failed, or the file cannot be
 * written; LACO_NO_MEMORY. On failure no file is left, and an old one stands. */

/* The confusion matrix as a heat map of 1200 × 1100 pixels: each row's shares as colours, counts in the cells where they fit.
 * `title` may be NULL. */
LACO_API laco_status laco_plot_confusion(laco_context *ctx, const laco_classify_score *score, const char *title,
                                         const char *path);

/* Curves over one pair of axes. `config` may be NULL. */
LACO_API laco_status laco_plot_lines(laco_context *ctx, const laco_plot_line *lines, int count, const laco_plot_config *config,
                                     const char *path);

/* The same as text, in braille dots or ASCII; bands are left out, `width` and `height` come from `show`. Both may be NULL.
 * LACO_INVALID, LACO_IO, LACO_NO_MEMORY. */
LACO_API laco_status laco_plot_text(laco_context *ctx, FILE *file, const laco_plot_line *lines, int count,
                                    const laco_plot_config *config, const laco_show_config *show);

#ifdef __cplusplus
}
#endif

#endif
