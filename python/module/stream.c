/* Stream: a model step by step. What it answers is a tuple for each step: (step, …), as laco/__init__.py names its parts. Arrays
 * are bytes. */
#include "model.h"

typedef struct stream_object {
    PyObject_HEAD py_model *model;
    py_handle *handle;
    laco_model_stream *stream;
    laco_forecast_info forecast;
    int labels;
    PyObject *answers; /* a list, while something is read */
} stream_object;

static PyObject *array(const void *values, size_t size)
{
    if (values)
        return PyBytes_FromStringAndSize(values, (Py_ssize_t)size);
    return Py_NewRef(Py_None);
}

static PyObject *answer_of(const stream_object *self, const laco_stream_answer *a)
{
    long long step = a->step;
    if (self->labels > 0)
        return Py_BuildValue("(LNsN)", step, PyBool_FromLong(a->whole), a->label.name,
                             array(a->label.log_probabilities, (size_t)self->labels * sizeof(laco_real)));
    if (self->model->task == &py_tag)
        return Py_BuildValue("(LLs)", step, (long long)a->tag.word, a->tag.name);
    if (self->model->task == &py_generate)
        return Py_BuildValue("(LNd)", step, PyUnicode_DecodeUTF8(a->token.text, (Py_ssize_t)a->token.length, "replace"),
                             a->token.log_probability);
    if (self->model->task == &py_forecast) {
        size_t rows = (size_t)self->forecast.horizon * sizeof(double);
        return Py_BuildValue("(LLNN)", step, (long long)a->forecast.seconds,
                             array(a->forecast.values, rows * (size_t)self->forecast.column_count),
                             array(a->forecast.quantiles, rows * (size_t)self->forecast.quantile_count));
    }
    return Py_BuildValue("(LNNd)", step, PyBool_FromLong(a->whole),
                         PyUnicode_DecodeUTF8(a->speech.text, (Py_ssize_t)a->speech.length, "replace"),
                         a->speech.log_probability);
}

static void told(void *user, const laco_stream_answer *answer)
{
    stream_object *self = user;
    PyObject *item = PyErr_Occurred() ? NULL : answer_of(self, answer);
    if (item)
        PyList_Append(self->answers, item);
    Py_XDECREF(item);
}

PyObject *py_model_stream(PyObject *object, PyObject *nothing)
{
    py_model *model = (py_model *)object;
    (void)nothing;
    stream_object *self = py_make(py_stream_type);
    if (!self)
        return NULL;
    self->model = model;
    Py_INCREF(object);
    self->handle = py_handle_take(model);
    laco_status status = self->handle ? laco_model_stream_new(self->handle->model, told, self, &self->stream) : LACO_OK;
    if (!self->stream) {
        if (self->handle)
            py_fail(self->handle->ctx, status);
        Py_DECREF((PyObject *)self);
        return NULL;
    }
    (void)laco_model_label_names(model->model, &self->labels);
    (void)laco_model_forecast_info(model->model, &self->forecast); /* 0 of another task */
    return (PyObject *)self;
}

static void stream_dealloc(PyObject *object)
{
    stream_object *self = (stream_object *)object;
    laco_model_stream_free(self->stream);
    if (self->handle)
        py_handle_give(self->model, self->handle);
    Py_XDECREF(self->answers);
    Py_XDECREF((PyObject *)self->model);
    py_release(object);
}

typedef laco_status (*reader)(laco_model_stream *stream, const Py_buffer *bytes, long long number);

static laco_status read_text(laco_model_stream *stream, const Py_buffer *bytes, long long number)
{
    (void)number;
    return laco_model_stream_text(stream, bytes->buf, (size_t)bytes->len);
}
static laco_status read_numbers(laco_model_stream *stream, const Py_buffer *bytes, long long number)
{
    return laco_model_stream_numbers(stream, bytes->buf, number);
}
static laco_status read_row(laco_model_stream *stream, const Py_buffer *bytes, long long number)
{
    return laco_model_stream_row(stream, bytes->buf, number);
}
static laco_status read_samples(laco_model_stream *stream, const Py_buffer *bytes, long long number)
{
    (void)number;
    return laco_model_stream_samples(stream, bytes->buf, (size_t)bytes->len / sizeof(float));
}
static laco_status read_end(laco_model_stream *stream, const Py_buffer *bytes, long long number)
{
    (void)bytes;
    (void)number;
    return laco_model_stream_end(stream);
}

/* The GIL stays: steps are short, and answers are Python's objects. */
static PyObject *read_with(PyObject *object, reader how, const Py_buffer *bytes, long long number)
{
    stream_object *self = (stream_object *)object;
    if (self->answers) {
        PyErr_SetString(PyExc_RuntimeError, "this stream is being used");
        return NULL;
    }
    PyObject *answers = self->answers = PyList_New(0);
    if (!answers)
        return NULL;
    laco_status status = how(self->stream, bytes, number);
    self->answers = NULL;
    if (status < 0 && !PyErr_Occurred())
        py_fail(self->handle->ctx, status);
    if (PyErr_Occurred())
        Py_CLEAR(answers);
    return answers;
}

static PyObject *read_buffer(PyObject *object, PyObject *args, reader how)
{
    Py_buffer bytes;
    long long number;
    if (!PyArg_ParseTuple(args, "y*L", &bytes, &number))
        return NULL;
    PyObject *result = read_with(object, how, &bytes, number);
    PyBuffer_Release(&bytes);
    return result;
}

static PyObject *stream_text(PyObject *self, PyObject *args) { return read_buffer(self, args, read_text); }
static PyObject *stream_numbers(PyObject *self, PyObject *args) { return read_buffer(self, args, read_numbers); }
static PyObject *stream_row(PyObject *self, PyObject *args) { return read_buffer(self, args, read_row); }
static PyObject *stream_samples(PyObject *self, PyObject *args) { return read_buffer(self, args, read_samples); }

static PyObject *stream_end(PyObject *self, PyObject *nothing)
{
    (void)nothing;
    return read_with(self, read_end, NULL, 0);
}

static PyObject *stream_reset(PyObject *object, PyObject *nothing)
{
    stream_object *self = (stream_object *)object;
    (void)nothing;
    laco_status status = laco_model_stream_reset(self->stream);
    return status < 0 ? py_fail(self->handle->ctx, status) : Py_NewRef(Py_None);
}

static PyObject *stream_state(PyObject *object, PyObject *nothing)
{
    stream_object *self = (stream_object *)object;
    size_t size = 0;
    (void)nothing;
    laco_status status = laco_model_stream_state_save(self->stream, NULL, &size);
    char *bytes = status == LACO_OK ? PyMem_Malloc(size + 1) : NULL;
    if (status == LACO_OK)
        status = bytes ? laco_model_stream_state_save(self->stream, bytes, &size) : LACO_NO_MEMORY;
    PyObject *result = status < 0 ? py_fail(self->handle->ctx, status) : PyBytes_FromStringAndSize(bytes, (Py_ssize_t)size);
    PyMem_Free(bytes);
    return result;
}

static PyObject *stream_load(PyObject *object, PyObject *args)
{
    stream_object *self = (stream_object *)object;
    Py_buffer bytes;
    if (!PyArg_ParseTuple(args, "y*", &bytes))
        return NULL;
    laco_status status = laco_model_stream_state_load(self->stream, bytes.buf, (size_t)bytes.len);
    PyBuffer_Release(&bytes);
    return status < 0 ? py_fail(self->handle->ctx, status) : Py_NewRef(Py_None);
}

static PyMethodDef methods[] = {
    {"text", stream_text, METH_VARARGS, "Reads bytes of UTF-8."},
    {"numbers", stream_numbers, METH_VARARGS, "Reads steps of numbers."},
    {"row", stream_row, METH_VARARGS, "Reads one row of a series."},
    {"samples", stream_samples, METH_VARARGS, "Reads samples of sound."},
    {"end", stream_end, METH_NOARGS, "The input ends here."},
    {"reset", stream_reset, METH_NOARGS, "Back to the beginning."},
    {"state", stream_state, METH_NOARGS, "All that the stream knows, as bytes."},
    {"load", stream_load, METH_VARARGS, "Goes on from a state."},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_dealloc, stream_dealloc},
    {Py_tp_methods, methods},
    {0, NULL},
};
PyType_Spec py_stream_spec = {"laco._laco.Stream", sizeof(stream_object), 0,
                              Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
