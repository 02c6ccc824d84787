/* train(task, source, valid, options, progress, threads): a Model. And options(task): the table as JSON. */
#include "model.h"

#include <time.h>

/* ---- Progress ---- */

typedef struct watcher {
    PyThreadState *saved;
    PyObject *call;   /* None: nobody */
    bool interrupted; /* by Ctrl-C */
    bool failed;      /* an exception of `call`, which is kept: */
    PyObject *type, *value, *traceback;
    struct timespec last;
} watcher;

static double since(const struct timespec *then, struct timespec *now)
{
    clock_gettime(CLOCK_MONOTONIC, now);
    return (double)(now->tv_sec - then->tv_sec) + (double)(now->tv_nsec - then->tv_nsec) * 1e-9;
}

static PyObject *progress_dict(const laco_progress *p)
{
    PyObject *metrics = PyDict_New();
    for (int i = 0; metrics && i < p->metric_count; i++) {
        PyObject *value = PyFloat_FromDouble(p->metric[i].value);
        if (!value || PyDict_SetItemString(metrics, p->metric[i].name, value) < 0)
            Py_CLEAR(metrics);
        Py_XDECREF(value);
    }
    return Py_BuildValue("{s:L,s:L,s:L,s:L,s:d,s:d,s:d,s:d,s:N,s:N,s:N,s:z}", "epoch", (long long)p->epoch, "epochs",
                         (long long)p->epochs, "batch", (long long)p->batch, "batches", (long long)p->batches, "loss", p->loss,
                         "lr", p->lr, "seconds", p->seconds, "seconds_left", p->seconds_left, "epoch_done",
                         PyBool_FromLong(p->epoch_done), "best", PyBool_FromLong(p->best), "metrics", metrics, "note", p->note);
}

/* False ends the training. With the GIL. */
static bool tell(watcher *w, const laco_progress *progress)
{
    if (PyErr_CheckSignals() < 0) {
        w->interrupted = PyErr_ExceptionMatches(PyExc_KeyboardInterrupt);
        w->failed = !w->interrupted;
    } else if (w->call != Py_None) {
        PyObject *dict = progress_dict(progress);
        PyObject *answer = dict ? PyObject_CallFunctionObjArgs(w->call, dict, NULL) : NULL;
        bool go_on = answer && answer != Py_False;
        w->interrupted = !answer && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt);
        w->failed = !answer && !w->interrupted;
        Py_XDECREF(dict);
        Py_XDECREF(answer);
        if (answer)
            return go_on;
    } else {
        return true;
    }
    if (w->failed)
        PyErr_Fetch(&w->type, &w->value, &w->traceback);
    else
        PyErr_Clear();
    return false;
}

/* Called after each batch; Python hears of it ten times a second and at the end of each epoch. */
static bool watch(void *user, const laco_progress *progress)
{
    watcher *w = user;
    struct timespec now;
    if (!progress->epoch_done && !progress->note && since(&w->last, &now) < 0.1)
        return true;
    since(&w->last, &w->last);
    PyEval_RestoreThread(w->saved);
    bool go_on = tell(w, progress);
    w->saved = PyEval_SaveThread();
    return go_on;
}

/* ---- Training ---- */

typedef struct training {
    laco_context *ctx;
    const py_task *task;
    py_options options;
    py_source source, valid;
    void *data, *valid_data;
    laco_model *model;
} training;

/* Without the GIL. */
static laco_status run(training *t)
{
    const laco_option_table *table = laco_task_options(t->task->name);
    py_reading reading = {.ctx = t->ctx, .source = &t->source, .options = &t->options};
    laco_status status = laco_train_from(t->ctx, table, &t->options);
    if (status == LACO_OK)
        status = t->task->read(&reading, &t->data);
    if (status == LACO_OK && (t->valid.paths.text || t->valid.first.text || t->valid.has_values)) {
        reading.source = &t->valid;
        reading.like = t->data;
        status = t->task->read(&reading, &t->valid_data);
    }
    return status < 0 ? status : t->task->train(t->ctx, &t->options, t->data, t->valid_data, &t->model);
}

static void release(training *t)
{
    if (t->valid_data)
        t->task->release(t->valid_data);
    if (t->data)
        t->task->release(t->data);
    py_source_release(&t->source);
    py_source_release(&t->valid);
}

/* [(name, text or None), …]; the strings must outlive the training. */
static bool set_options(training *t, PyObject *list)
{
    const laco_option_table *table = laco_task_options(t->task->name);
    for (Py_ssize_t i = 0; i < PyList_Size(list); i++) {
        const char *name, *value;
        if (!PyArg_ParseTuple(PyList_GetItem(list, i), "sz", &name, &value))
            return false;
        laco_status status = laco_option_set(t->ctx, table, &t->options, name, value);
        if (status < 0)
            return py_fail(t->ctx, status) != NULL;
    }
    return true;
}

/* What came of it: a model, also where training was ended by Ctrl-C after its first epoch. */
static PyObject *finish(training *t, watcher *w, laco_status status, int threads)
{
    if (w->failed)
        PyErr_Restore(w->type, w->value, w->traceback);
    else if (status < 0)
        py_fail(t->ctx, status);
    if (status < 0 || w->failed) {
        laco_model_free(t->model);
        return NULL;
    }
    laco_context *ctx = t->ctx;
    t->ctx = NULL;
    PyObject *model = py_model_make(ctx, t->model, threads);
    return model ? Py_BuildValue("(NN)", model, PyBool_FromLong(w->interrupted)) : NULL;
}

static PyObject *train(PyObject *module, PyObject *args)
{
    const char *name;
    PyObject *source, *valid, *options;
    int threads;
    watcher w = {.call = Py_None};
    training t = {0};
    PyObject *result = NULL;
    (void)module;
    if (!PyArg_ParseTuple(args, "sOOOOi", &name, &source, &valid, &options, &w.call, &threads) || !(t.task = py_task_find(name)))
        return NULL;
    laco_context_config config = {.threads = threads};
    if (laco_context_new(&config, &t.ctx) < 0)
        return PyErr_NoMemory();
    if (set_options(&t, options) && py_source_take(source, &t.source) && py_source_take(valid, &t.valid)) {
        t.options.train.progress = watch;
        t.options.train.progress_user = &w;
        w.saved = PyEval_SaveThread();
        laco_status status = run(&t);
        PyEval_RestoreThread(w.saved);
        release(&t);
        result = finish(&t, &w, status, threads);
    } else {
        release(&t);
    }
    laco_context_free(t.ctx);
    return result;
}

static PyObject *options_json(PyObject *module, PyObject *args)
{
    const char *name;
    char *text = NULL;
    laco_context *ctx;
    (void)module;
    if (!PyArg_ParseTuple(args, "s", &name) || !py_task_find(name))
        return NULL;
    if (laco_context_new(NULL, &ctx) < 0)
        return PyErr_NoMemory();
    laco_status status = laco_options_to_json(ctx, laco_task_options(name), NULL, &text);
    PyObject *result = status < 0 ? py_fail(ctx, status) : PyUnicode_FromString(text);
    laco_free(ctx, text);
    laco_context_free(ctx);
    return result;
}

static PyMethodDef functions[] = {
    {"train", train, METH_VARARGS, "Trains a model."},
    {"options", options_json, METH_VARARGS, "The options of a task, as JSON."},
    {NULL, NULL, 0, NULL},
};

int py_add_train(PyObject *module) { return PyModule_AddFunctions(module, functions); }
