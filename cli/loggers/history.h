/* What the progress of a training told, kept for pages and pictures: every epoch as `--json` prints it, and the steps in so many
 * points as a chart can show. */
#ifndef LACO_CLI_HISTORY_H
#define LACO_CLI_HISTORY_H

#include "report/report.h"

#define HISTORY_EPOCHS 2000 /* beyond, every other one is let go of */
#define HISTORY_STEPS 1200  /* beyond, two become one */

/* Some updates next to each other: the last one's number and learning rate, means of the rest. */
typedef struct history_step {
    double step, loss, gradient, lr;
} history_step;

typedef struct history {
    json_t *epochs; /* array of progress_json; NULL: there was no memory for it */
    json_t *notes;  /* array of texts */
    history_step *steps;
    size_t count;
    int64_t every, taken; /* updates of a point, and how many the last one has */
    int64_t updates;
    double seconds;
    progress_clock clock;
    const char *example;
} history;

/* NULL-safe. False: no memory. */
bool history_start(history *h);
void history_free(history *h);
void history_tell(history *h, const laco_progress *progress);

/* A column of the steps ("loss", "gradient", "lr" by its offset in history_step) as an array. */
json_t *history_column(const history *h, size_t offset);

/* ---- Curves of one or several trainings ---- */

typedef struct curve_run {
    const char *name; /* NULL: it is alone */
    const json_t *epochs;
} curve_run;

/* Adds charts over epochs to an array of sections: loss, each metric, learning rate, gradient, clipping, weights, speed, time. */
void curves_add(json_t **sections, const curve_run *runs, size_t count);

/* A series of a chart: {"name", "x", "y"}. */
json_t *curve_series(const char *name, json_t *x, json_t *y);

#endif
