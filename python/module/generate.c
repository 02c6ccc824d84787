/* Model.generate(prompt, length, until, beam, seed, sample, temperature, top_k, top_p, repetition_penalty): (text,
 * log-probability). */
#include "model.h"

#include <string.h>

typedef struct writing {
    char *text;
    size_t used, room;
    double log_probability;
} writing;

static bool add(writing *w, const char *piece, size_t length)
{
    if (w->used + length + 1 > w->room) {
        size_t room = 2 * (w->used + length + 1);
        char *grown = PyMem_Realloc(w->text, room);
        if (!grown)
            return false;
        w->text = grown;
        w->room = room;
    }
    memcpy(w->text + w->used, piece, length);
    w->used += length;
    w->text[w->used] = '\0';
    return true;
}

/* Whether `until` has just come up: it can begin in what was there before the last piece. */
static bool ended(const writing *w, const char *until, size_t piece)
{
    size_t length = until ? strlen(until) : 0, back = piece + length;
    return length > 0 && strstr(w->text + (back < w->used ? w->used - back : 0), until);
}

static laco_status next(laco_generator *generator, const char **piece, size_t *length, double *log_probability)
{
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = laco_generator_next(generator, piece, length, log_probability);
    PyEval_RestoreThread(saved);
    return status;
}

/* False with an exception. */
static bool write_on(py_handle *handle, laco_generator *generator, long long length, const char *until, writing *w)
{
    for (long long i = 0; i < length; i++) {
        const char *piece;
        size_t size;
        double one;
        laco_status status = next(generator, &piece, &size, &one);
        if (status < 0)
            return py_fail(handle->ctx, status) != NULL;
        if (!add(w, piece, size))
            return PyErr_NoMemory() != NULL;
        w->log_probability += one;
        if (ended(w, until, size))
            break;
        if (i % 64 == 0 && PyErr_CheckSignals() < 0)
            return false;
    }
    return true;
}

static bool write_best(py_handle *handle, laco_generator *generator, int beam, long long length, const char *until, writing *w)
{
    char *text = NULL;
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = laco_generator_beam(generator, beam, length, until, &text, &w->log_probability);
    PyEval_RestoreThread(saved);
    if (status < 0)
        return py_fail(handle->ctx, status) != NULL;
    bool good = add(w, text, strlen(text));
    laco_free(handle->ctx, text);
    return good || PyErr_NoMemory() != NULL;
}

PyObject *py_model_generate(PyObject *object, PyObject *args)
{
    py_model *self = (py_model *)object;
    laco_sampling sampling = {0};
    const char *prompt, *until;
    Py_ssize_t prompt_length;
    long long length, top_k;
    unsigned long long seed, sample;
    int beam;
    if (!PyArg_ParseTuple(args, "s#LziKKdLdd", &prompt, &prompt_length, &length, &until, &beam, &seed, &sample,
                          &sampling.temperature, &top_k, &sampling.top_p, &sampling.repetition_penalty))
        return NULL;
    sampling.top_k = top_k;
    sampling.seed = seed;
    sampling.sample = sample;
    py_handle *handle = py_handle_take(self);
    if (!handle)
        return NULL;
    laco_generator *generator = NULL;
    writing w = {0};
    PyObject *result = NULL;
    laco_status status = laco_generator_new(handle->model, &sampling, &generator);
    if (status == LACO_OK)
        status = laco_generator_read(generator, prompt, (size_t)prompt_length, NULL, NULL, NULL);
    if (status < 0)
        py_fail(handle->ctx, status);
    else if (add(&w, "", 0) &&
             (beam > 0 ? write_best(handle, generator, beam, length, until, &w) : write_on(handle, generator, length, until, &w)))
        result = Py_BuildValue("(Nd)", PyUnicode_DecodeUTF8(w.text, (Py_ssize_t)w.used, "replace"), w.log_probability);
    PyMem_Free(w.text);
    laco_generator_free(generator);
    py_handle_give(self, handle);
    return result;
}
