/* caption and transcribe: pictures and recordings. */
#include "tasks.h"

#include <stdlib.h>

/* ---- caption ---- */

static laco_status caption_read(const py_reading *reading, void **out)
{
    const py_source *s = reading->source;
    laco_captioned_config config = {0};
    if (reading->model) {
        laco_data_config of_model;
        laco_status status = laco_model_data_config(reading->model, "caption", &of_model);
        if (status < 0)
            return status;
        config = of_model.captioned;
    }
    config.uncaptioned = reading->bare;
    if (s->paths.text)
        return laco_captioned_load(reading->ctx, s->paths.text, (int)s->paths.count, &config, (laco_captioned **)out);
    return laco_captioned_from_values(reading->ctx, s->values.buf, (size_t)s->width, (size_t)s->height, s->second.text, s->count,
                                      &config, (laco_captioned **)out);
}

static laco_status caption_train(laco_context *ctx, const py_options *options, void *data, void *valid, laco_model **out)
{
    return laco_train_caption(ctx, &options->caption, data, valid, out);
}

static void caption_release(void *data) { laco_captioned_free(data); }

static PyObject *caption_predict(laco_context *ctx, laco_model *model, const py_source *source, const py_wanted *wanted)
{
    const py_reading reading = {.ctx = ctx, .source = source, .model = model, .bare = true};
    int nbest = wanted->decode.nbest > 0 ? wanted->decode.nbest : 1;
    laco_hypothesis *answers = NULL;
    laco_captioned *data = NULL;
    size_t count = 0;
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = caption_read(&reading, (void **)&data);
    if (status == LACO_OK) {
        count = laco_captioned_count(data);
        answers = calloc(count * (size_t)nbest + 1, sizeof *answers);
        status = answers ? laco_model_caption(model, data, 0, count, &wanted->decode, answers) : LACO_NO_MEMORY;
    }
    PyEval_RestoreThread(saved);
    PyObject *result = status < 0 ? py_fail(ctx, status) : py_hypotheses(answers, count, nbest);
    free(answers);
    laco_captioned_free(data);
    return result;
}

static PyObject *caption_score(laco_context *ctx, laco_model *model, void *data, const py_wanted *wanted)
{
    laco_decode_score score = {0};
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = laco_model_score_captions(model, data, &wanted->decode, &score);
    PyEval_RestoreThread(saved);
    return status < 0 ? py_fail(ctx, status) : py_decode_score(&score);
}

const py_task py_caption = {"caption", caption_read, caption_train, caption_release, caption_predict, caption_score};

/* ---- transcribe ---- */

static int64_t model_rate(const laco_model *model)
{
    laco_data_config config;
    return laco_model_data_config(model, "transcribe", &config) == LACO_OK ? config.spoken.rate : 0;
}

static laco_status transcribe_read(const py_reading *reading, void **out)
{
    const py_source *s = reading->source;
    laco_spoken_config config = {.untexted = reading->bare};
    if (reading->model)
        config.rate = model_rate(reading->model);
    else if (reading->like)
        config.rate = laco_spoken_rate(reading->like);
    else
        config.rate = reading->options->transcribe.data.rate;
    if (s->paths.text)
        return laco_spoken_load(reading->ctx, s->paths.text, (int)s->paths.count, &config, (laco_spoken **)out);
    config.rate = s->width;
    return laco_spoken_from_samples(reading->ctx, s->values.buf, s->lengths, s->second.text, s->count, &config,
                                    (laco_spoken **)out);
}

static laco_status transcribe_train(laco_context *ctx, const py_options *options, void *data, void *valid, laco_model **out)
{
    return laco_train_transcribe(ctx, &options->transcribe, data, valid, out);
}

static void transcribe_release(void *data) { laco_spoken_free(data); }

/* Recordings of another rate are asked one by one, for a set must have the model's. */
static laco_status hear(laco_context *ctx, laco_model *model, const py_source *source, const py_wanted *wanted,
                        laco_transcripts *out, size_t *count)
{
    const py_reading reading = {.ctx = ctx, .source = source, .model = model, .bare = true};
    laco_spoken *data = NULL;
    laco_status status = transcribe_read(&reading, (void **)&data);
    if (status < 0)
        return status;
    *count = laco_spoken_count(data);
    if (laco_spoken_rate(data) == model_rate(model)) {
        status = laco_model_transcribe_all(model, data, &wanted->decode, out);
        *count = status == LACO_OK ? 1 : 0;
    } else {
        for (size_t i = 0; status == LACO_OK && i < *count; i++) {
            size_t samples;
            const float *at = laco_spoken_samples(data, i, &samples);
            status = laco_model_transcribe(model, at, samples, laco_spoken_rate(data), &wanted->decode, &out[i]);
        }
    }
    laco_spoken_free(data);
    return status;
}

static bool add_transcripts(PyObject *all, const laco_transcripts *t)
{
    for (size_t r = 0; r < t->count; r++) {
        PyObject *list = PyList_New(0);
        int status = list ? PyList_Append(all, list) : -1;
        for (int k = 0; status == 0 && k < t->most && t->text[r * (size_t)t->most + (size_t)k]; k++) {
            size_t at = r * (size_t)t->most + (size_t)k;
            PyObject *pair = Py_BuildValue("(sd)", t->text[at], t->log_probability[at]);
            status = pair ? PyList_Append(list, pair) : -1;
            Py_XDECREF(pair);
        }
        Py_XDECREF(list);
        if (status < 0)
            return false;
    }
    return true;
}

static PyObject *transcribe_predict(laco_context *ctx, laco_model *model, const py_source *source, const py_wanted *wanted)
{
    size_t room = source->paths.text ? 1 : source->count, count = 0;
    laco_transcripts *answers = PyMem_Calloc(room + 1, sizeof *answers);
    if (!answers)
        return PyErr_NoMemory();
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = hear(ctx, model, source, wanted, answers, &count);
    PyEval_RestoreThread(saved);
    PyObject *result = status < 0 ? py_fail(ctx, status) : PyList_New(0);
    for (size_t i = 0; result && i < count; i++)
        if (!add_transcripts(result, &answers[i]))
            Py_CLEAR(result);
    for (size_t i = 0; i < room; i++)
        laco_transcripts_free(&answers[i]);
    PyMem_Free(answers);
    return result;
}

static PyObject *transcribe_score(laco_context *ctx, laco_model *model, void *data, const py_wanted *wanted)
{
    laco_transcripts answers = {0};
    laco_transcribe_score s = {0};
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = laco_model_transcribe_all(model, data, &wanted->decode, &answers);
    if (status == LACO_OK)
        status = laco_model_score_transcripts(model, data, &answers, &s);
    PyEval_RestoreThread(saved);
    laco_transcripts_free(&answers);
    if (status < 0)
        return py_fail(ctx, status);
    return Py_BuildValue("{s:n,s:n,s:d,s:d,s:n,s:n}", "count", (Py_ssize_t)s.recordings, "right", (Py_ssize_t)s.exact,
                         "word_error_rate", s.word_error_rate, "character_error_rate", s.character_error_rate, "words",
                         (Py_ssize_t)s.words, "characters", (Py_ssize_t)s.characters);
}

const py_task py_transcribe = {"transcribe",       transcribe_read,    transcribe_train,
                               transcribe_release, transcribe_predict, transcribe_score};
