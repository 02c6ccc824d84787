/* What a training writes beside its model: a page that is kept up to date, files for TensorBoard, a picture. Where one cannot be
 * written that is said once, and training goes on. */
#ifndef LACO_CLI_LOGGERS_H
#define LACO_CLI_LOGGERS_H

#include "basics.h"
#include "loggers/history.h"
#include "loggers/tensorboard.h"

/* What a task has to show, as arrays of sections (page/page.h). NULL members: nothing. */
typedef struct report_part {
    const void *data, *valid; /* valid NULL: what was set aside of the data */
    json_t *(*describe)(const void *data);
    /* How the model does on examples[count] of `data`; examples NULL: on all of it. */
    json_t *(*look)(laco_model *model, const void *data, const size_t *examples, size_t count);
    char *(*sample)(laco_model *model); /* what it writes at the end of an epoch, for free() */
} report_part;

/* What the options ask for. */
typedef struct logger_paths {
    const char *report, *tensorboard, *plot;
} logger_paths;

typedef struct loggers {
    logger_paths paths;
    bool open;
    char *command;
    const char *task;
    json_t *options, *summary, *data, *looked, *samples, *model;
    char aside[160]; /* what `looked` is about */
    history history;
    report_part part;
    tensorboard *board;
    int threads;
    char cpu[24], began[40];
    double written, cost; /* when the page was last, by training's seconds, and how long that took */
    double sampled;       /* the same of samples */
    double sample_cost;
    bool warned;
} loggers;

/* Begins, where any of the paths is there. `options`: those that were given, as JSON, which is then the loggers'. */
void loggers_open(loggers *s, const laco_context *ctx, const logger_paths *paths, const char *task, const char *command,
                  json_t *options);
void loggers_data(loggers *s, const laco_summary *summary);
void loggers_start(loggers *s, const report_part *part);
void loggers_tell(loggers *s, const laco_progress *progress);
void loggers_chosen(loggers *s, laco_model *model, const size_t *aside, size_t count);
/* Writes all for the last time; `state`: "done" or "ended". `model` (NULL: none) is described. */
void loggers_close(loggers *s, laco_context *ctx, laco_model *model, const char *state, const char *end);

/* A command line as it would be typed. The caller frees it; NULL: no memory. */
char *typed_command(const char *name, int argc, char **argv);

/* ---- Sections ---- */

/* The first of an array of sections that is a chart or a confusion matrix, as a picture. LACO_INVALID: none is. */
laco_status plot_section(const json_t *sections, const char *path);

json_t *section_new(const char *kind, const char *title, const char *note);
void facts_add(json_t **facts, const char *name, json_t *value);
/* The notes of a summary as facts. */
json_t *summary_facts(const laco_summary *summary);
/* The machine and laço as facts. */
json_t *machine_facts(const char *cpu, int threads);
/* Members of a JSON object as facts. */
json_t *object_facts(const json_t *object);

#endif
