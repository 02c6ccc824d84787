/* Model: a trained model, which any number of threads may ask at once. */
#ifndef LACO_PYTHON_MODEL_H
#define LACO_PYTHON_MODEL_H

#include "tasks.h"

/* A handle on the model, with a context of its own: whoever took it is alone with it. */
typedef struct py_handle {
    laco_context *ctx;
    laco_model *model;
    struct py_handle *next;
} py_handle;

/* The model itself is never asked, only shared and described, with the GIL held: so handles can be made at any time. */
typedef struct py_model {
    PyObject_HEAD laco_context *ctx;
    laco_model *model;
    const py_task *task;
    py_handle *idle;
    int threads, handles;
} py_model;

/* Takes over `ctx` and `model`, also on failure. */
PyObject *py_model_make(laco_context *ctx, laco_model *model, int threads);

/* With the GIL. NULL with an exception. */
py_handle *py_handle_take(py_model *model);
void py_handle_give(py_model *model, py_handle *handle);

extern PyTypeObject *py_model_type, *py_stream_type;
extern PyType_Spec py_stream_spec;

/* The methods of Model that have files of their own. */
PyObject *py_model_generate(PyObject *self, PyObject *args);
PyObject *py_model_stream(PyObject *self, PyObject *nothing);

#endif
