#include "model.h"

#include <string.h>

PyTypeObject *py_model_type, *py_stream_type;

PyObject *py_model_make(laco_context *ctx, laco_model *model, int threads)
{
    const py_task *task = py_task_find(laco_model_task(model));
    py_model *self = task ? py_make(py_model_type) : NULL;
    if (!self) {
        laco_model_free(model);
        laco_context_free(ctx);
        return NULL;
    }
    self->ctx = ctx;
    self->model = model;
    self->task = task;
    self->threads = threads;
    return (PyObject *)self;
}

/* ---- Handles ---- */

py_handle *py_handle_take(py_model *self)
{
    py_handle *handle = self->idle;
    if (handle) {
        self->idle = handle->next;
        return handle;
    }
    /* The first may use all cores; further ones are for further threads, which have cores of their own. */
    laco_context_config config = {.threads = self->handles == 0 ? self->threads : 1};
    handle = PyMem_Calloc(1, sizeof *handle);
    laco_status status = handle ? laco_context_new(&config, &handle->ctx) : LACO_NO_MEMORY;
    if (status == LACO_OK)
        status = laco_model_share(self->model, handle->ctx, &handle->model);
    if (status == LACO_OK) {
        self->handles++;
        return handle;
    }
    if (!handle || !handle->ctx)
        PyErr_NoMemory();
    else
        py_fail(self->ctx, status);
    if (handle)
        laco_context_free(handle->ctx);
    PyMem_Free(handle);
    return NULL;
}

void py_handle_give(py_model *self, py_handle *handle)
{
    handle->next = self->idle;
    self->idle = handle;
}

static void model_dealloc(PyObject *object)
{
    py_model *self = (py_model *)object;
    while (self->idle) {
        py_handle *handle = self->idle;
        self->idle = handle->next;
        laco_model_free(handle->model);
        laco_context_free(handle->ctx);
        PyMem_Free(handle);
    }
    laco_model_free(self->model);
    laco_context_free(self->ctx);
    py_release(object);
}

/* ---- Files ---- */

static PyObject *load(const char *path, const void *bytes, size_t size, int threads)
{
    laco_context_config config = {.threads = threads};
    laco_context *ctx = NULL;
    laco_model *model = NULL;
    if (laco_context_new(&config, &ctx) < 0)
        return PyErr_NoMemory();
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = path ? laco_model_load(ctx, path, &model) : laco_model_load_memory(ctx, bytes, size, &model);
    PyEval_RestoreThread(saved);
    if (status == LACO_OK)
        return py_model_make(ctx, model, threads);
    py_fail(ctx, status);
    laco_context_free(ctx);
    return NULL;
}

static PyObject *load_path(PyObject *module, PyObject *args)
{
    PyObject *path;
    int threads;
    (void)module;
    if (!PyArg_ParseTuple(args, "O&i", PyUnicode_FSConverter, &path, &threads))
        return NULL;
    PyObject *result = load(PyBytes_AsString(path), NULL, 0, threads);
    Py_DECREF(path);
    return result;
}

static PyObject *load_bytes(PyObject *module, PyObject *args)
{
    Py_buffer bytes;
    int threads;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*i", &bytes, &threads))
        return NULL;
    PyObject *result = load(NULL, bytes.buf, (size_t)bytes.len, threads);
    PyBuffer_Release(&bytes);
    return result;
}

static PyObject *model_save(PyObject *object, PyObject *args)
{
    py_model *self = (py_model *)object;
    PyObject *path;
    if (!PyArg_ParseTuple(args, "O&", PyUnicode_FSConverter, &path))
        return NULL;
    py_handle *handle = py_handle_take(self);
    PyObject *result = NULL;
    if (handle) {
        PyThreadState *saved = PyEval_SaveThread();
        laco_status status = laco_model_save(handle->model, PyBytes_AsString(path));
        PyEval_RestoreThread(saved);
        result = status < 0 ? py_fail(handle->ctx, status) : Py_NewRef(Py_None);
        py_handle_give(self, handle);
    }
    Py_DECREF(path);
    return result;
}

static PyObject *model_describe(PyObject *object, PyObject *nothing)
{
    py_model *self = (py_model *)object;
    char *text = NULL;
    (void)nothing;
    laco_status status = laco_model_describe(self->model, &text);
    if (status < 0)
        return py_fail(self->ctx, status);
    PyObject *result = PyUnicode_FromString(text);
    laco_free(self->ctx, text);
    return result;
}

static PyObject *model_task(PyObject *object, void *nothing)
{
    (void)nothing;
    return PyUnicode_FromString(((py_model *)object)->task->name);
}

static PyObject *shape_of(const laco_param *param)
{
    PyObject *shape = PyTuple_New(param->ndim);
    for (int i = 0; shape && i < param->ndim; i++)
        PyTuple_SetItem(shape, i, PyLong_FromLongLong(param->shape[i]));
    return shape;
}

/* {name: (bytes, shape)}, copies. */
static PyObject *tensors_of(laco_module *module)
{
    PyObject *all = PyDict_New();
    for (size_t i = 0; all && i < laco_module_param_count(module); i++) {
        const laco_param *param = laco_module_param(module, i);
        PyObject *pair = Py_BuildValue("(y#N)", (const char *)param->value,
                                       (Py_ssize_t)((size_t)param->count * sizeof *param->value), shape_of(param));
        if (!pair || PyDict_SetItemString(all, param->name, pair) < 0)
            Py_CLEAR(all);
        Py_XDECREF(pair);
    }
    return all;
}

static PyObject *model_tensors(PyObject *object, PyObject *nothing)
{
    (void)nothing;
    return tensors_of(laco_model_module(((py_model *)object)->model));
}

static PyObject *model_convert(PyObject *object, PyObject *args)
{
    int precision;
    (void)object;
    if (!PyArg_ParseTuple(args, "i", &precision))
        return NULL;
    py_model *self = (py_model *)object;
    laco_status status = laco_model_convert(self->model, (laco_precision)precision, NULL);
    return status < 0 ? py_fail(self->ctx, status) : Py_NewRef(Py_None);
}

/* export(path, weights, name): of a copy, since the weights may be converted and those of a shared model must not be. */
static PyObject *model_export(PyObject *object, PyObject *args)
{
    py_model *self = (py_model *)object;
    laco_export_options options = {0};
    PyObject *path;
    int weights;
    if (!PyArg_ParseTuple(args, "O&iz", PyUnicode_FSConverter, &path, &weights, &options.name))
        return NULL;
    options.weights = (laco_export_weights)weights;
    laco_status status = laco_export(self->model, PyBytes_AsString(path), &options);
    Py_DECREF(path);
    return status < 0 ? py_fail(self->ctx, status) : Py_NewRef(Py_None);
}

/* ---- Tensors of any checkpoint ---- */

/* A module with a parameter for each tensor, which reading converts into. */
static laco_status read_tensors(laco_context *ctx, const char *path, laco_module **out)
{
    laco_state_dict *dict = NULL;
    laco_module *module = NULL;
    laco_status status = laco_state_dict_open(ctx, path, &dict);
    if (status == LACO_OK)
        status = laco_module_new(ctx, 1, &module);
    laco_state_tensor tensor;
    for (size_t i = 0; status == LACO_OK && laco_state_dict_at(dict, i, &tensor); i++) {
        laco_param *param;
        status = laco_module_add_param(module, tensor.name, tensor.ndim, tensor.shape, &param);
    }
    if (status == LACO_OK)
        status = laco_state_dict_load(dict, module);
    laco_state_dict_free(dict);
    if (status < 0)
        laco_module_free(module);
    else
        *out = module;
    return status;
}

static PyObject *load_tensors(PyObject *self, PyObject *args)
{
    laco_module *module = NULL;
    laco_context *ctx;
    PyObject *path, *result = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "O&", PyUnicode_FSConverter, &path))
        return NULL;
    if (laco_context_new(NULL, &ctx) < 0) {
        Py_DECREF(path);
        return PyErr_NoMemory();
    }
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = read_tensors(ctx, PyBytes_AsString(path), &module);
    PyEval_RestoreThread(saved);
    Py_DECREF(path);
    result = status < 0 ? py_fail(ctx, status) : tensors_of(module);
    laco_module_free(module);
    laco_context_free(ctx);
    return result;
}

/* ---- Asking ---- */

static bool take_wanted(PyObject *tuple, py_wanted *out)
{
    memset(out, 0, sizeof *out);
    long long length = 0;
    if (!PyArg_ParseTuple(tuple, "iidLiLLK", &out->decode.beam, &out->decode.nbest, &out->decode.length_penalty, &length,
                          &out->top, &out->steps, &out->horizon, &out->seed))
        return false;
    out->decode.length = length;
    return true;
}

static PyObject *predict_source(py_model *self, const py_source *source, const py_wanted *wanted)
{
    py_handle *handle = py_handle_take(self);
    if (!handle)
        return NULL;
    PyObject *result = self->task->predict(handle->ctx, handle->model, source, wanted);
    py_handle_give(self, handle);
    return result;
}

static PyObject *score_source(py_model *self, const py_source *source, const py_wanted *wanted)
{
    py_handle *handle = py_handle_take(self);
    if (!handle)
        return NULL;
    const py_reading reading = {.ctx = handle->ctx, .source = source, .model = handle->model};
    void *data = NULL;
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = self->task->read(&reading, &data);
    PyEval_RestoreThread(saved);
    PyObject *result = NULL;
    if (status < 0) {
        py_fail(handle->ctx, status);
    } else {
        result = self->task->score(handle->ctx, handle->model, data, wanted);
        self->task->release(data);
    }
    py_handle_give(self, handle);
    return result;
}

static PyObject *ask(PyObject *object, PyObject *args, PyObject *(*how)(py_model *, const py_source *, const py_wanted *))
{
    PyObject *tuple, *wishes;
    py_wanted wanted;
    py_source source;
    if (!PyArg_ParseTuple(args, "OO", &tuple, &wishes) || !take_wanted(wishes, &wanted))
        return NULL;
    PyObject *result = py_source_take(tuple, &source) ? how((py_model *)object, &source, &wanted) : NULL;
    py_source_release(&source);
    return result;
}

static PyObject *model_predict(PyObject *object, PyObject *args)
{
    if (!((py_model *)object)->task->predict) {
        PyErr_SetString(PyExc_ValueError, "a language model is asked by generate()");
        return NULL;
    }
    return ask(object, args, predict_source);
}

static PyObject *model_score(PyObject *object, PyObject *args) { return ask(object, args, score_source); }

/* ---- Type ---- */

static PyMethodDef methods[] = {
    {"save", model_save, METH_VARARGS, "Writes the model file."},
    {"describe", model_describe, METH_NOARGS, "What laco info says, as JSON."},
    {"tensors", model_tensors, METH_NOARGS, "All weights."},
    {"export", model_export, METH_VARARGS, "Writes the model in another form; before anything is asked."},
    {"convert", model_convert, METH_VARARGS, "Weights of fewer bits; before anything is asked."},
    {"predict", model_predict, METH_VARARGS, "Answers."},
    {"score", model_score, METH_VARARGS, "How good answers are."},
    {"generate", py_model_generate, METH_VARARGS, "Goes on with a text."},
    {"stream", py_model_stream, METH_NOARGS, "The model step by step."},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef attributes[] = {
    {"task", model_task, NULL, "The task that the model is for.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_dealloc, model_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, attributes},
    {0, NULL},
};
static PyType_Spec spec = {"laco._laco.Model", sizeof(py_model), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                           slots};

static PyMethodDef functions[] = {
    {"load", load_path, METH_VARARGS, "A model from a file."},
    {"load_bytes", load_bytes, METH_VARARGS, "A model from the bytes of a file."},
    {"load_tensors", load_tensors, METH_VARARGS, "The tensors of a checkpoint."},
    {NULL, NULL, 0, NULL},
};

int py_add_model(PyObject *module)
{
    py_model_type = py_add_type(module, &spec);
    py_stream_type = py_model_type ? py_add_type(module, &py_stream_spec) : NULL;
    return py_stream_type ? PyModule_AddFunctions(module, functions) : -1;
}
