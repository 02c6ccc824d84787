#include "module.h"

PyObject *py_numeric_error;

bool py_context_open(py_context *context, int threads)
{
    laco_context_config config = {.threads = threads};
    laco_status status = laco_context_new(&config, &context->ctx);
    if (status < 0) {
        context->ctx = NULL;
        if (status == LACO_NO_MEMORY)
            PyErr_NoMemory();
        else
            PyErr_SetString(PyExc_ValueError, "LACO_CPU names no instruction set of this machine");
        return false;
    }
    pthread_mutex_init(&context->lock, NULL);
    return true;
}

void py_context_close(py_context *context)
{
    if (!context->ctx)
        return;
    laco_context_free(context->ctx);
    pthread_mutex_destroy(&context->lock);
    context->ctx = NULL;
}

PyThreadState *py_begin(py_context *context)
{
    PyThreadState *saved = PyEval_SaveThread();
    pthread_mutex_lock(&context->lock);
    return saved;
}

void py_end(py_context *context, PyThreadState *saved)
{
    pthread_mutex_unlock(&context->lock);
    PyEval_RestoreThread(saved);
}

PyObject *py_fail(const laco_context *ctx, laco_status status)
{
    const char *text = *laco_error(ctx) ? laco_error(ctx) : "out of memory";
    switch (status) {
    case LACO_NO_MEMORY:
        PyErr_SetString(PyExc_MemoryError, text);
        break;
    case LACO_IO:
        PyErr_SetString(PyExc_OSError, text);
        break;
    case LACO_NUMERIC:
        PyErr_SetString(py_numeric_error, text);
        break;
    case LACO_INTERRUPTED:
        PyErr_SetString(PyExc_KeyboardInterrupt, text);
        break;
    default:
        PyErr_SetString(PyExc_ValueError, text);
    }
    return NULL;
}

void *py_make(PyTypeObject *type) { return ((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0); }

void py_release(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

PyTypeObject *py_add_type(PyObject *module, PyType_Spec *spec)
{
    PyObject *type = PyType_FromSpec(spec);
    if (!type)
        return NULL;
    int status = PyModule_AddType(module, (PyTypeObject *)type);
    Py_DECREF(type); /* the module has it */
    return status < 0 ? NULL : (PyTypeObject *)type;
}

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "laco._laco",
    .m_doc = "The C part of laco. Private: use laco and laco.torch.",
    .m_size = -1,
};

static int fill(PyObject *module)
{
    py_numeric_error =
        PyErr_NewExceptionWithDoc("laco.NumericError", "NaN or infinity where a number was needed.", PyExc_ArithmeticError, NULL);
    if (!py_numeric_error || PyModule_AddObjectRef(module, "NumericError", py_numeric_error) < 0 ||
        PyModule_AddStringConstant(module, "version", laco_version()) < 0 ||
        PyModule_AddStringConstant(module, "real", sizeof(laco_real) == sizeof(double) ? "d" : "f") < 0)
        return -1;
    return py_add_rnn(module) < 0 || py_add_model(module) < 0 || py_add_train(module) < 0 ? -1 : 0;
}

PyMODINIT_FUNC PyInit__laco(void);
PyMODINIT_FUNC PyInit__laco(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module && fill(module) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
