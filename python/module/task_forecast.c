#include "tasks.h"

#include <math.h>

static laco_status forecast_read(const py_reading *reading, void **out)
{
    const py_source *s = reading->source;
    laco_series_config config = {0};
    if (reading->model) {
        laco_data_config of_model;
        laco_status status = laco_model_data_config(reading->model, "forecast", &of_model);
        if (status < 0)
            return status;
        config = of_model.series;
    } else {
        config = reading->options->forecast.data;
    }
    if (s->paths.text)
        return laco_series_load(reading->ctx, s->paths.text[0], &config, (laco_series **)out);
    return laco_series_from_values(reading->ctx, s->values.buf, s->count, s->lengths[0], (int)s->width, s->first.text,
                                   (laco_series **)out);
}

static laco_status forecast_train(laco_context *ctx, const py_options *options, void *data, void *valid, laco_model **out)
{
    return laco_train_forecast(ctx, &options->forecast, data, valid, out);
}

static void forecast_release(void *data) { laco_series_free(data); }

static PyObject *numbers(const double *values, int count)
{
    PyObject *row = PyList_New(count);
    for (int i = 0; row && i < count; i++)
        PyList_SetItem(row, i, PyFloat_FromDouble(values[i]));
    return row;
}

static bool append(PyObject *list, PyObject *item)
{
    int status = item ? PyList_Append(list, item) : -1;
    Py_XDECREF(item);
    return status == 0;
}

/* One step: without the GIL, for a step of many rollouts takes its time. */
static laco_status step(laco_forecast_run *run, laco_forecast_point *point)
{
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = laco_forecast_next(run, point);
    PyEval_RestoreThread(saved);
    return status;
}

/* (times, [[value of each column] of each step], [[quantiles of the target] …]) of one series. */
static PyObject *run_on(laco_context *ctx, laco_model *model, laco_forecast_run *run, long long steps)
{
    laco_forecast_info info = {0};
    (void)laco_model_forecast_info(model, &info);
    PyObject *times = PyList_New(0), *values = PyList_New(0), *quantiles = PyList_New(0);
    laco_status status = LACO_OK;
    bool good = times && values && quantiles;
    for (long long i = 0; good && status == LACO_OK && i < steps; i++) {
        laco_forecast_point point;
        status = step(run, &point);
        good = status == LACO_OK && append(times, PyUnicode_FromString(point.time)) &&
               append(values, numbers(point.value, info.column_count)) &&
               (!point.quantile || append(quantiles, numbers(point.quantile, info.quantile_count))) && PyErr_CheckSignals() == 0;
    }
    if (good)
        return Py_BuildValue("(NNN)", times, values, quantiles);
    Py_XDECREF(times);
    Py_XDECREF(values);
    Py_XDECREF(quantiles);
    return status < 0 ? py_fail(ctx, status) : NULL;
}

static PyObject *all_series(laco_context *ctx, laco_model *model, const laco_series *series, const py_wanted *wanted)
{
    PyObject *all = PyDict_New();
    for (size_t i = 0; all && i < laco_series_count(series); i++) {
        laco_forecast_run *run = NULL;
        laco_status status = laco_forecast_start(model, series, i, wanted->seed, &run);
        PyObject *one = status < 0 ? py_fail(ctx, status) : run_on(ctx, model, run, wanted->steps);
        if (!one || PyDict_SetItemString(all, laco_series_id(series, i), one) < 0)
            Py_CLEAR(all);
        Py_XDECREF(one);
        laco_forecast_free(run);
    }
    return all;
}

/* {id: (times, values, quantiles)}; without a source behind the model's own history. */
static PyObject *forecast_predict(laco_context *ctx, laco_model *model, const py_source *source, const py_wanted *wanted)
{
    const py_reading reading = {.ctx = ctx, .source = source, .model = model};
    laco_series *series = NULL;
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status =
        source->paths.text || source->has_values ? forecast_read(&reading, (void **)&series) : laco_model_history(model, &series);
    PyEval_RestoreThread(saved);
    PyObject *result = status < 0 ? py_fail(ctx, status) : all_series(ctx, model, series, wanted);
    laco_series_free(series);
    return result;
}

static PyObject *errors(const laco_forecast_errors *e)
{
    return Py_BuildValue("{s:n,s:d,s:d,s:d,s:d,s:d,s:d,s:d,s:d}", "count", (Py_ssize_t)e->count, "mae", e->mae, "rmse", e->rmse,
                         "mape", e->mape, "naive_mae", e->naive_mae, "mase", e->mase, "mase_seasonal", e->mase_seasonal,
                         "mase_scaled", e->mase_scaled, "coverage", e->coverage);
}

static PyObject *forecast_score(laco_context *ctx, laco_model *model, void *data, const py_wanted *wanted)
{
    laco_forecast_score s;
    PyThreadState *saved = PyEval_SaveThread();
    laco_status status = laco_model_score_forecast(model, data, wanted->horizon, &s);
    PyEval_RestoreThread(saved);
    if (status < 0)
        return py_fail(ctx, status);
    return Py_BuildValue("{s:N,s:N,s:L,s:L,s:s,s:s,s:O}", "one_step", errors(&s.one_step), "closed_loop", errors(&s.closed_loop),
                         "horizon", (long long)s.horizon, "season", (long long)s.season, "from", s.from, "to", s.to, "unseen",
                         s.unseen ? Py_True : Py_False);
}

const py_task py_forecast = {"forecast", forecast_read, forecast_train, forecast_release, forecast_predict, forecast_score};
