#include "tasks.h"

#include <stdlib.h>

/* Numbers: [steps][width] for each item. */
static laco_status from_memory(const py_reading *reading, const laco_labelled_config *config, laco_labelled **out)
{
    const py_source *s = reading->source;
    const char *const *labels = s->second.text;
    if (!s->has_values)
        return laco_labelled_from_texts(reading->ctx, s->first.text, s->first.length, labels, s->first.count, config, out);
    return laco_labelled_from_values(reading->ctx, s->values.buf, (const int64_t *)s->lengths, s->width, labels, s->count, config,
                                     out);
}

static laco_status classify_read(const py_reading *reading, void **out)
{
    laco_labelled_config config = {0};
    laco_data_config of_model;
    if (reading->model) {
        laco_status status = laco_model_data_config(reading->model, "classify", &of_model);
        if (status < 0)
            return status;
        config = of_model.labelled;
    } else {
        config = reading->options->classify.data;
    }
    if (reading->like) {
        const laco_labelled *like = reading->like;
        config.labels = laco_labelled_label_names(like, &config.label_count);
        config.features = laco_labelled_features(like);
        config.kind = config.features > 0 ? LACO_LABELLED_NUMBERS : LACO_LABELLED_TEXT;
    }
    config.unlabelled = reading->bare;
    if (!reading->source->paths.text)
        return from_memory(reading, &config, (laco_labelled **)out);
    return laco_labelled_load(reading->ctx, reading->source->paths.text, (int)reading->source->paths.count, &config,
                              (laco_labelled **)out);
}

static laco_status classify_train(laco_context *ctx, const py_options *options, void *data, void *valid, laco_model **out)
{
    return laco_train_classify(ctx, &options->classify, data, valid, out);
}

static void classify_release(void *data) { laco_labelled_free(data); }

static PyObject *answers_list(const laco_label *answers, size_t count, int top)
{
    PyObject *all = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; all && i < count; i++) {
        PyObject *list = PyList_New(0);
        if (!list || PyList_SetItem(all, (Py_ssize_t)i, list) < 0)
            goto failed;
        for (int k = 0; k < top && answers[i * (size_t)top + (size_t)k].name; k++) {
            const laco_label *answer = &answers[i * (size_t)top + (size_t)k];
            PyObject *pair = Py_BuildValue("(sid)", answer->name, answer->index, answer->log_probability);
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

/* Texts of a program are asked as they are: an empty one has an answer too. Everything else is read first. */
static laco_status ask(laco_context *ctx, laco_model *model, const py_source *source, laco_labelled *data, int top,
                       laco_label *answers)
{
    (void)ctx;
    if (data)
        return laco_model_classify_data(model, data, top, answers);
    return laco_model_classify_many(model, source->first.count, source->first.text, source->first.length, top, answers, NULL);
}

static bool reads_texts(const laco_model *model)
{
    laco_data_config config;
    return laco_model_data_config(model, "classify", &config) == LACO_OK && config.labelled.kind == LACO_LABELLED_TEXT;
}

static PyObject *classify_predict(laco_context *ctx, laco_model *model, const py_source *source, const py_wanted *wanted)
{
    const py_reading reading = {.ctx = ctx, .source = source, .model = model, .bare = true};
    bool texts = source->first.text && reads_texts(model);
    size_t count = source->first.count;
    int top = wanted->top > 0 ? wanted->top : 1;
    laco_labelled *data = NULL;
    laco_label *answers = NULL;
    PyObject *result = NULL;
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = texts ? LACO_OK : classify_read(&reading, (void **)&data);
    if (status == LACO_OK && data)
        count = laco_labelled_count(data);
    answers = status == LACO_OK ? calloc(count * (size_t)top + 1, sizeof *answers) : NULL;
    if (answers)
        status = ask(ctx, model, source, data, top, answers);
    laco_labelled_free(data);
    PyEval_RestoreThread(saved);
    if (status < 0)
        py_fail(ctx, status);
    else
        result = answers ? answers_list(answers, count, top) : PyErr_NoMemory();
    free(answers);
    return result;
}

static PyObject *confusion(const laco_classify_score *score)
{
    PyObject *rows = PyList_New(score->class_count);
    for (int k = 0; rows && k < score->class_count; k++) {
        PyObject *row = PyList_New(score->class_count);
        if (!row) {
            Py_DECREF(rows);
            return NULL;
        }
        for (int j = 0; j < score->class_count; j++)
            PyList_SetItem(row, j, PyLong_FromSize_t(score->confusion[k * score->class_count + j]));
        PyList_SetItem(rows, k, row);
    }
    return rows;
}

static PyObject *classify_score(laco_context *ctx, laco_model *model, void *data, const py_wanted *wanted)
{
    laco_classify_score score = {0};
    (void)wanted;
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = laco_model_score(model, data, &score);
    PyEval_RestoreThread(saved);
    if (status < 0)
        return py_fail(ctx, status);
    PyObject *result = Py_BuildValue("{s:n,s:d,s:d,s:d,s:N,s:N}", "count", (Py_ssize_t)score.count, "accuracy", score.accuracy,
                                     "macro_f1", score.macro_f1, "loss", score.loss, "classes",
                                     py_classes(score.classes, score.class_count), "confusion", confusion(&score));
    laco_classify_score_free(&score);
    return result;
}

const py_task py_classify = {"classify", classify_read, classify_train, classify_release, classify_predict, classify_score};
