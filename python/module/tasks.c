#include "tasks.h"

#include <string.h>

static const py_task *const tasks[] = {&py_classify, &py_tag,       &py_forecast,  &py_generate,
                                       &py_caption,  &py_transduce, &py_transcribe};

const py_task *py_task_find(const char *name)
{
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (strcmp(tasks[i]->name, name) == 0)
            return tasks[i];
    PyErr_Format(PyExc_ValueError, "'%s' is none of: classify, tag, forecast, generate, caption, transduce, transcribe", name);
    return NULL;
}

PyObject *py_hypotheses(const laco_hypothesis *answers, size_t count, int nbest)
{
    PyObject *all = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; all && i < count; i++) {
        PyObject *list = PyList_New(0);
        if (!list || PyList_SetItem(all, (Py_ssize_t)i, list) < 0)
            goto failed;
        for (int k = 0; k < nbest && answers[i * (size_t)nbest + (size_t)k].text; k++) {
            const laco_hypothesis *answer = &answers[i * (size_t)nbest + (size_t)k];
            PyObject *pair = Py_BuildValue("(sd)", answer->text, answer->log_probability);
            int status = pair ? PyList_Append(list, pair) : -1;
            Py_XDECREF(pair);
            if (status < 0)
                goto failed;
        }
    }
    return all;
failed:
    Py_DECREF(all);
    return NULL;
}

PyObject *py_decode_score(const laco_decode_score *score)
{
    return Py_BuildValue("{s:n,s:n,s:d,s:d}", "count", (Py_ssize_t)score->count, "right", (Py_ssize_t)score->right, "error_rate",
                         laco_decode_score_wrong(score), "token_error_rate", laco_decode_score_token_error(score));
}

PyObject *py_classes(const laco_class_score *classes, int count)
{
    PyObject *list = PyList_New(count);
    for (int k = 0; list && k < count; k++) {
        const laco_class_score *c = &classes[k];
        PyObject *row = Py_BuildValue("{s:s,s:n,s:d,s:d,s:d}", "label", c->name, "count", (Py_ssize_t)c->count, "precision",
                                      c->precision, "recall", c->recall, "f1", c->f1);
        if (!row) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SetItem(list, k, row);
    }
    return list;
}
