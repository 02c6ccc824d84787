#include "tasks.h"

#include <stdlib.h>

#include <string.h>

/* Sentences as text, a line each. */
static laco_status parse_lines(const py_reading *reading, const laco_tagged_config *config, laco_tagged **out)
{
    const py_texts *lines = &reading->source->first;
    size_t size = 0, used = 0;
    for (size_t i = 0; i < lines->count; i++)
        size += lines->length[i] + 1;
    char *text = malloc(size + 1);
    if (!text)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < lines->count; i++) {
        memcpy(text + used, lines->text[i], lines->length[i]);
        used += lines->length[i];
        text[used++] = '\n';
    }
    laco_status status = laco_tagged_parse(reading->ctx, "text", text, used, config, out);
    free(text);
    return status;
}

static laco_status tag_read(const py_reading *reading, void **out)
{
    const py_source *s = reading->source;
    laco_tagged_config config = {0};
    if (reading->model) {
        laco_data_config of_model;
        laco_status status = laco_model_data_config(reading->model, "tag", &of_model);
        if (status < 0)
            return status;
        config = of_model.tagged;
    } else {
        config = reading->options->tag.data;
    }
    if (reading->like) {
        config.labels = laco_tagged_tag_names(reading->like, &config.label_count);
    }
    config.untagged = reading->bare;
    if (s->paths.text)
        return laco_tagged_load(reading->ctx, s->paths.text, (int)s->paths.count, &config, (laco_tagged **)out);
    if (!s->lengths) {
        config.form = LACO_TAGGED_TEXT;
        return parse_lines(reading, &config, (laco_tagged **)out);
    }
    return laco_tagged_from_words(reading->ctx, s->first.text, s->second.text, s->lengths, s->count, &config,
                                  (laco_tagged **)out);
}

static laco_status tag_train(laco_context *ctx, const py_options *options, void *data, void *valid, laco_model **out)
{
    return laco_train_tag(ctx, &options->tag, data, valid, out);
}

static void tag_release(void *data) { laco_tagged_free(data); }

/* [[(word, tag), …], …] */
static PyObject *sentences(const laco_tagged *data, const char *const *tags)
{
    size_t count = laco_tagged_sentence_count(data);
    PyObject *all = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; all && i < count; i++) {
        size_t first, words = laco_tagged_sentence(data, i, &first);
        PyObject *list = PyList_New((Py_ssize_t)words);
        if (!list || PyList_SetItem(all, (Py_ssize_t)i, list) < 0)
            goto failed;
        for (size_t w = 0; w < words; w++) {
            PyObject *pair = Py_BuildValue("(ss)", laco_tagged_word(data, first + w), tags[first + w]);
            if (!pair || PyList_SetItem(list, (Py_ssize_t)w, pair) < 0)
                goto failed;
        }
    }
    return all;
failed:
    Py_DECREF(all);
    return NULL;
}

static PyObject *tag_predict(laco_context *ctx, laco_model *model, const py_source *source, const py_wanted *wanted)
{
    const py_reading reading = {.ctx = ctx, .source = source, .model = model, .bare = true};
    laco_tagged *data = NULL;
    const char **tags = NULL;
    PyObject *result = NULL;
    (void)wanted;
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = tag_read(&reading, (void **)&data);
    if (status == LACO_OK) {
        tags = calloc(laco_tagged_word_count(data) + 1, sizeof *tags);
        status = tags ? laco_model_tag_all(model, data, tags) : LACO_NO_MEMORY;
    }
    PyEval_RestoreThread(saved);
    if (status < 0)
        py_fail(ctx, status);
    else
        result = sentences(data, tags);
    free(tags);
    laco_tagged_free(data);
    return result;
}

static PyObject *tag_score(laco_context *ctx, laco_model *model, void *data, const py_wanted *wanted)
{
    laco_tag_score s = {0};
    (void)wanted;
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = laco_model_score_tags(model, data, &s);
    PyEval_RestoreThread(saved);
    if (status < 0)
        return py_fail(ctx, status);
    PyObject *result = Py_BuildValue("{s:n,s:n,s:d,s:n,s:d,s:N}", "sentences", (Py_ssize_t)s.sentences, "words",
                                     (Py_ssize_t)s.words, "accuracy", s.accuracy, "unseen_words", (Py_ssize_t)s.unseen,
                                     "unseen_accuracy", s.unseen_accuracy, "classes", py_classes(s.classes, s.class_count));
    if (result && s.entities) {
        PyObject *more = Py_BuildValue("{s:d,s:d,s:d}", "precision", s.precision, "recall", s.recall, "f1", s.f1);
        if (!more || PyDict_Update(result, more) < 0)
            Py_CLEAR(result);
        Py_XDECREF(more);
    }
    laco_tag_score_free(&s);
    return result;
}

const py_task py_tag = {"tag", tag_read, tag_train, tag_release, tag_predict, tag_score};
