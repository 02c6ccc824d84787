/* Forecasts of many series at once: each thread takes series in turn, with a handle on the model of its own. */
#include "laco/forecaster.h"

#include "base/threads.h"
#include "forecast/forecaster.h"

#include <string.h>

typedef struct many {
    laco_model **handle; /* [parts] */
    const laco_series *series;
    size_t first, count;
    int64_t steps;
    uint64_t seed;
    laco_forecast_point *points;
    double *values;
    size_t width;         /* columns and quantiles */
    laco_status *status;  /* [count] of each series */
    const char **message; /* [count] */
} many;

/* The rows of one series; what points say lies among `values` from then on. */
static laco_status forecast_one(many *m, laco_model *model, size_t i)
{
    const laco_forecaster *forecaster = (const laco_forecaster *)model;
    laco_forecast_run *run = NULL;
    size_t C = (size_t)forecaster->C, Q = (size_t)forecaster->quantile_count;
    laco_status status = laco_forecast_start(model, m->series, m->first + i, m->seed, &run);
    for (int64_t step = 0; step < m->steps && status == LACO_OK; step++) {
        laco_forecast_point *point = &m->points[i * (size_t)m->steps + (size_t)step];
        double *to = m->values + (i * (size_t)m->steps + (size_t)step) * m->width;
        status = laco_forecast_next(run, point);
        if (status < 0)
            break;
        memcpy(to, point->value, C * sizeof *to);
        if (point->quantile)
            memcpy(to + C, point->quantile, Q * sizeof *to);
        point->value = to;
        point->quantile = point->quantile ? to + C : NULL;
    }
    laco_forecast_free(run);
    return status;
}

static void forecast_part(void *user, int part, int parts)
{
    many *m = user;
    laco_model *model = m->handle[part];
    for (size_t i = (size_t)part; i < m->count; i += (size_t)parts) {
        m->status[i] = forecast_one(m, model, i);
        if (m->status[i] < 0) {
            m->message[i] = laco_error(model->ctx);
            return;
        }
    }
}

/* A handle in a context of one thread with the same instruction set. */
static laco_status make_handle(laco_model *model, laco_model **out)
{
    laco_context *ctx = NULL;
    laco_status status = laco_context_new(&(laco_context_config){.threads = 1, .cpu = laco_cpu_name(model->ctx)}, &ctx);
    if (status == LACO_OK)
        status = laco_model_share(model, ctx, out);
    if (status < 0)
        laco_context_free(ctx);
    return status < 0 ? laco_fail(model->ctx, status, "no handle on the model for another thread") : LACO_OK;
}

static void free_handle(laco_model *handle)
{
    laco_context *ctx = handle ? handle->ctx : NULL;
    laco_model_free(handle);
    laco_context_free(ctx);
}

/* The error of the first series that has one. */
static laco_status first_error(laco_context *ctx, const many *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->status[i] < 0)
            return laco_fail(ctx, m->status[i], "%s", m->message[i]);
    return LACO_OK;
}

static laco_status run_many(laco_model *model, many *m, int parts)
{
    laco_status status = LACO_OK;
    for (int i = 0; i < parts && status == LACO_OK; i++)
        status = make_handle(model, &m->handle[i]);
    if (status == LACO_OK) {
        laco_parallel(model->ctx, parts, forecast_part, m);
        status = first_error(model->ctx, m);
    }
    for (int i = 0; i < parts; i++)
        free_handle(m->handle[i]);
    return status;
}

laco_status laco_model_forecast_many(laco_model *base, const laco_series *series, size_t first, size_t count, int64_t steps,
                                     uint64_t seed, laco_forecast_point *points, double *values)
{
    laco_forecaster *model;
    LACO_TRY(laco_as_forecaster(base, &model));
    laco_context *ctx = base->ctx;
    if (!series)
        series = model->history;
    if (first > series->count || count > series->count - first)
        return laco_fail(ctx, LACO_INVALID, "series %zu to %zu of %zu", first + 1, first + count, series->count);
    int parts = laco_parts(ctx, (int64_t)count, 0, 0);
    many m = {.series = series,
              .first = first,
              .count = count,
              .steps = steps,
              .seed = seed,
              .points = points,
              .values = values,
              .width = (size_t)(model->C + model->quantile_count)};
    m.handle = laco_alloc(ctx, (size_t)parts, sizeof(laco_model *));
    m.status = laco_alloc(ctx, count, sizeof *m.status);
    m.message = laco_alloc(ctx, count, sizeof(const char *));
    laco_status status = LACO_NO_MEMORY;
    if (m.handle && m.status && m.message)
        status = run_many(base, &m, parts);
    laco_release(ctx, m.handle);
    laco_release(ctx, m.status);
    laco_release(ctx, m.message);
    return status;
}
