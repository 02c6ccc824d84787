/* Forecasts of many series at once, in parts side by side. */
#include "laco/forecaster.h"

#include "forecast/forecaster.h"
#include "model/parts.h"

#include <string.h>

typedef struct many {
    const laco_series *series;
    size_t first;
    int64_t steps;
    uint64_t seed;
    laco_forecast_point *points;
    double *values;
} many;

/* The rows of one series; what points say lies among `values` from then on. */
static laco_status forecast_one(const many *m, laco_model *model, size_t i)
{
    const laco_forecaster *forecaster = (const laco_forecaster *)model;
    laco_forecast_run *run = NULL;
    size_t C = (size_t)forecaster->C, Q = (size_t)forecaster->quantile_count;
    laco_status status = laco_forecast_start(model, m->series, m->first + i, m->seed, &run);
    for (int64_t step = 0; step < m->steps && status == LACO_OK; step++) {
        laco_forecast_point *point = &m->points[i * (size_t)m->steps + (size_t)step];
        double *to = m->values + (i * (size_t)m->steps + (size_t)step) * (C + Q);
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

static laco_status forecast_part(laco_model *model, const size_t *subset, size_t count, void *user)
{
    for (size_t i = 0; i < count; i++)
        LACO_TRY(forecast_one(user, model, subset ? subset[i] : i));
    return LACO_OK;
}

laco_status laco_model_forecast_many(laco_model *base, const laco_series *series, size_t first, size_t count, int64_t steps,
                                     uint64_t seed, laco_forecast_point *points, double *values)
{
    laco_forecaster *model;
    LACO_TRY(laco_as_forecaster(base, &model));
    if (!series)
        series = model->history;
    if (first > series->count || count > series->count - first)
        return laco_fail(base->ctx, LACO_INVALID, "series %zu to %zu of %zu", first + 1, first + count, series->count);
    many m = {.series = series, .first = first, .steps = steps, .seed = seed, .points = points, .values = values};
    return laco_model_ask_parts(base, NULL, count, 1, forecast_part, &m);
}
