/* The seven tasks, as the module sees them: what data are made of, training, answers and scores as Python's objects. */
#ifndef LACO_PYTHON_TASKS_H
#define LACO_PYTHON_TASKS_H

#include "source.h"

/* Room for the options of any task. */
typedef union py_options {
    laco_train_options train; /* all of them begin with it */
    laco_classify_options classify;
    laco_tag_options tag;
    laco_forecast_options forecast;
    laco_generate_options generate;
    laco_caption_options caption;
    laco_transduce_options transduce;
    laco_transcribe_options transcribe;
} py_options;

/* What reading needs to know beside the source. */
typedef struct py_reading {
    laco_context *ctx;
    const py_source *source;
    const py_options *options; /* of a training; NULL: for a model */
    const void *like;          /* the training data, where the source validates: labels and the like are theirs */
    const laco_model *model;   /* for a model: to be read as it reads */
    bool bare;                 /* labels, tags, captions may be missing */
} py_reading;

/* What is asked for; zero means the default. */
typedef struct py_wanted {
    laco_decode_options decode;
    int top;
    long long steps, horizon, index;
    unsigned long long seed;
} py_wanted;

typedef struct py_task {
    const char *name;
    /* Without the GIL: */
    laco_status (*read)(const py_reading *reading, void **out);
    laco_status (*train)(laco_context *ctx, const py_options *options, void *data, void *valid, laco_model **out);
    void (*release)(void *data);
    /* With the GIL, which they let go while laco works. NULL with an exception. */
    PyObject *(*predict)(laco_context *ctx, laco_model *model, const py_source *source, const py_wanted *wanted);
    PyObject *(*score)(laco_context *ctx, laco_model *model, void *data, const py_wanted *wanted);
} py_task;

/* NULL with an exception: there is no such task. */
const py_task *py_task_find(const char *name);

extern const py_task py_classify, py_tag, py_forecast, py_generate, py_caption, py_transduce, py_transcribe;

/* The strings of an answer as a list: [[(text, log_probability), …], …]. */
PyObject *py_hypotheses(const laco_hypothesis *answers, size_t count, int nbest);
PyObject *py_decode_score(const laco_decode_score *score);
PyObject *py_classes(const laco_class_score *classes, int count);

#endif
