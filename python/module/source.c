#include "source.h"

#include <string.h>

bool py_texts_take(PyObject *list, py_texts *out)
{
    if (!list || list == Py_None)
        return true;
    out->list = PySequence_List(list); /* a copy, so that no other thread changes it */
    if (!out->list)
        return false;
    Py_ssize_t count = PyList_Size(out->list);
    out->text = PyMem_Calloc((size_t)count + 1, sizeof *out->text);
    out->length = PyMem_Calloc((size_t)count + 1, sizeof *out->length);
    if (!out->text || !out->length) {
        PyErr_NoMemory();
        return false;
    }
    out->count = (size_t)count;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PyList_GetItem(out->list, i);
        Py_ssize_t length = 0;
        if (!PyUnicode_Check(item)) {
            PyErr_Format(PyExc_TypeError, "item %zd is %R; it must be a string", i, (PyObject *)Py_TYPE(item));
            return false;
        }
        out->text[i] = PyUnicode_AsUTF8AndSize(item, &length);
        if (!out->text[i])
            return false;
        if (strlen(out->text[i]) != (size_t)length) {
            PyErr_Format(PyExc_ValueError, "item %zd holds a zero character, which no text may", i);
            return false;
        }
        out->length[i] = (size_t)length;
    }
    return true;
}

void py_texts_release(py_texts *texts)
{
    PyMem_Free(texts->text);
    PyMem_Free(texts->length);
    Py_CLEAR(texts->list);
    memset(texts, 0, sizeof *texts);
}

static bool take_lengths(PyObject *list, py_source *out)
{
    if (list == Py_None)
        return true;
    Py_ssize_t count = PySequence_Size(list);
    if (count < 0)
        return false;
    out->lengths = PyMem_Calloc((size_t)count + 1, sizeof *out->lengths);
    if (!out->lengths) {
        PyErr_NoMemory();
        return false;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PySequence_GetItem(list, i);
        out->lengths[i] = item ? PyLong_AsSize_t(item) : 0;
        Py_XDECREF(item);
        if (PyErr_Occurred())
            return false;
    }
    out->count = (size_t)count;
    return true;
}

bool py_source_take(PyObject *tuple, py_source *out)
{
    PyObject *paths, *first, *second, *values, *lengths;
    memset(out, 0, sizeof *out);
    if (tuple == Py_None)
        return true;
    if (!PyArg_ParseTuple(tuple, "OOOOOLL", &paths, &first, &second, &values, &lengths, &out->width, &out->height))
        return false;
    if (values != Py_None) {
        if (PyObject_GetBuffer(values, &out->values, PyBUF_C_CONTIGUOUS) < 0)
            return false;
        out->has_values = true;
    }
    return py_texts_take(paths, &out->paths) && py_texts_take(first, &out->first) && py_texts_take(second, &out->second) &&
           take_lengths(lengths, out);
}

void py_source_release(py_source *source)
{
    py_texts_release(&source->paths);
    py_texts_release(&source->first);
    py_texts_release(&source->second);
    if (source->has_values)
        PyBuffer_Release(&source->values);
    PyMem_Free(source->lengths);
    memset(source, 0, sizeof *source);
}
