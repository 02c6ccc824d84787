/* Data as Python hands them over: file names, or arrays of texts and numbers. One form for all tasks; which members count is told
 * by the task (laco/_data.py makes them). */
#ifndef LACO_PYTHON_SOURCE_H
#define LACO_PYTHON_SOURCE_H

#include "module.h"

/* Texts; they are those of Python's strings, which `list` holds. */
typedef struct py_texts {
    PyObject *list;
    const char **text; /* NULL: none were given */
    size_t *length;    /* in bytes */
    size_t count;
} py_texts;

/* A tuple (paths, first, second, values, lengths, width, height). */
typedef struct py_source {
    py_texts paths;
    py_texts first;   /* texts, words, sources, names of columns */
    py_texts second;  /* labels, tags, targets, captions, what was said */
    Py_buffer values; /* numbers, one item behind the other, laco_real, float or double as the task has them */
    bool has_values;
    size_t *lengths; /* [count] sizes of the items: words of a sentence, steps of a sequence, samples, rows */
    size_t count;
    long long width, height; /* numbers of a step, columns, pixels; samples in a second */
} py_source;

/* False with an exception. What was taken is to be released in any case. `source` None: nothing is taken. */
bool py_source_take(PyObject *tuple, py_source *out);
void py_source_release(py_source *source);

/* A list of strings, or None. */
bool py_texts_take(PyObject *list, py_texts *out);
void py_texts_release(py_texts *texts);

#endif
