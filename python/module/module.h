/* The module _laco: what the Python code of laco/ stands on. It is private; its functions check what could crash, not what is
 * only wrong. Everything is on the stable ABI of Python 3.11.
 *
 * Each object has a context of its own, which one thread uses at a time: a lock is held while laco works, and the GIL is not.
 */
#ifndef LACO_PYTHON_MODULE_H
#define LACO_PYTHON_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <laco/laco.h>

#include <pthread.h>

/* A context and its lock. */
typedef struct py_context {
    laco_context *ctx;
    pthread_mutex_t lock;
} py_context;

/* Sets an exception and returns false where there is no memory. `threads` 0: one for each core. */
bool py_context_open(py_context *context, int threads);
void py_context_close(py_context *context);

/* Waits for the lock without the GIL. Between the two no Python object may be touched. */
PyThreadState *py_begin(py_context *context);
void py_end(py_context *context, PyThreadState *saved);

/* The exception that a status stands for, with laço's own line. Returns NULL. */
PyObject *py_fail(const laco_context *ctx, laco_status status);

/* A new object of a type, all zero; NULL with an exception. Its tp_dealloc ends with py_release. */
void *py_make(PyTypeObject *type);
void py_release(PyObject *object);

/* Makes a type of its description and enters it into the module. Borrowed, for as long as the module lives; NULL with an
 * exception. */
PyTypeObject *py_add_type(PyObject *module, PyType_Spec *spec);

/* laco.NumericError. Borrowed. */
extern PyObject *py_numeric_error;

/* Each adds its types and functions. 0, or -1 with an exception. */
int py_add_rnn(PyObject *module);
int py_add_model(PyObject *module);
int py_add_train(PyObject *module);

#endif
