/* generate and transduce. */
#include "tasks.h"

/* ---- generate ---- */

static laco_status generate_read(const py_reading *reading, void **out)
{
    const py_source *s = reading->source;
    laco_text_config config = {0};
    if (reading->model) {
        laco_data_config of_model;
        laco_status status = laco_model_data_config(reading->model, "generate", &of_model);
        if (status < 0)
            return status;
        config = of_model.text;
    } else {
        config = reading->options->generate.text;
    }
    if (s->paths.text)
        return laco_corpus_load(reading->ctx, &config, s->paths.text, (int)s->paths.count, (laco_corpus **)out);
    return laco_corpus_from_texts(reading->ctx, &config, s->first.text, s->first.length, s->first.count, (laco_corpus **)out);
}

static laco_status generate_train(laco_context *ctx, const py_options *options, void *data, void *valid, laco_model **out)
{
    return laco_train_generate(ctx, &options->generate, data, valid, out);
}

static void generate_release(void *data) { laco_corpus_free(data); }

static PyObject *generate_score(laco_context *ctx, laco_model *model, void *data, const py_wanted *wanted)
{
    laco_text_score s = {0};
    (void)wanted;
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = laco_model_score_text(model, data, &s);
    PyEval_RestoreThread(saved);
    if (status < 0)
        return py_fail(ctx, status);
    return Py_BuildValue("{s:L,s:L,s:L,s:d,s:d,s:d}", "tokens", (long long)s.tokens, "characters", (long long)s.characters,
                         "unseen", (long long)s.unseen, "nats_per_token", s.nats_per_token, "bits_per_character",
                         s.bits_per_character, "perplexity", s.perplexity);
}

const py_task py_generate = {"generate", generate_read, generate_train, generate_release, NULL, generate_score};

/* ---- transduce ---- */

static laco_status transduce_read(const py_reading *reading, void **out)
{
    const py_source *s = reading->source;
    if (s->paths.text)
        return laco_pairs_load(reading->ctx, s->paths.text, (int)s->paths.count, (laco_pairs **)out);
    return laco_pairs_from_texts(reading->ctx, s->first.text, s->second.text, s->first.count, (laco_pairs **)out);
}

static laco_status transduce_train(laco_context *ctx, const py_options *options, void *data, void *valid, laco_model **out)
{
    return laco_train_transduce(ctx, &options->transduce, data, valid, out);
}

static void transduce_release(void *data) { laco_pairs_free(data); }

static PyObject *transduce_predict(laco_context *ctx, laco_model *model, const py_source *source, const py_wanted *wanted)
{
    int nbest = wanted->decode.nbest > 0 ? wanted->decode.nbest : 1;
    size_t count = source->first.count;
    laco_hypothesis *answers = PyMem_Calloc(count * (size_t)nbest + 1, sizeof *answers);
    PyObject *result = NULL;
    if (!answers)
        return PyErr_NoMemory();
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status =
        laco_model_transduce(model, count, source->first.text, source->first.length, &wanted->decode, answers, NULL);
    PyEval_RestoreThread(saved);
    result = status < 0 ? py_fail(ctx, status) : py_hypotheses(answers, count, nbest);
    PyMem_Free(answers);
    return result;
}

static PyObject *transduce_score(laco_context *ctx, laco_model *model, void *data, const py_wanted *wanted)
{
    laco_decode_score score = {0};
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = laco_model_score_pairs(model, data, &wanted->decode, &score);
    PyEval_RestoreThread(saved);
    return status < 0 ? py_fail(ctx, status) : py_decode_score(&score);
}

const py_task py_transduce = {"transduce",       transduce_read,    transduce_train,
                              transduce_release, transduce_predict, transduce_score};
