/* A forecaster in C. */
#include "export/c_file.h"
#include "export/task_parts.h"
#include "forecast/scaled_series.h"

#include "export/c/forecast.c"
#include "export/sizes.h"

#include <math.h>
#include <string.h>

#define ROWS 60 /* of the self-test, one step ahead */

/* The target one step ahead, along the first rows that the model keeps; *most grows to the largest number among all. */
static laco_status put_rows(laco_c_file *file, laco_forecaster *m, double *most)
{
    const laco_one_series *one = &m->history->one[0];
    size_t C = (size_t)m->C, rows = LACO_MIN(one->rows, (size_t)laco_forecaster_context(m) + ROWS);
    double clock = laco_scaled_series_clock(m, m->history, 0, 0);
    double *ahead = laco_alloc(file->job->ctx, one->rows, 2 * sizeof *ahead);
    laco_status status = ahead ? laco_model_anomaly_score(&m->base, m->history, 0, ahead, ahead + one->rows) : LACO_NO_MEMORY;
    for (size_t i = 0; i < rows && status == LACO_OK; i++) {
        ahead[i] = isnan(ahead[i]) ? 0 : ahead[i];
        *most = fmax(*most, fabs(ahead[i]));
    }
    if (status == LACO_OK) {
        laco_c_define(&file->test, "TEST_ROWS", (int64_t)rows);
        laco_emit_array(&file->test, LACO_EMIT_DOUBLE, "test_clock", &clock, 1);
        laco_emit_array(&file->test, LACO_EMIT_DOUBLE, "test_rows", one->values, rows * C);
        laco_emit_array(&file->test, LACO_EMIT_DOUBLE, "test_ahead", ahead, rows);
    }
    laco_release(file->job->ctx, ahead);
    return status;
}

/* The next rows. Where laco draws paths from quantiles, they are by chance: none. */
static laco_status put_next(laco_c_file *file, laco_forecaster *m, double *most)
{
    bool paths = m->quantile_count > 1 && m->horizon == 1;
    size_t C = (size_t)m->C, steps = paths ? 0 : (size_t)LACO_MIN(2 * m->horizon + 3, (int64_t)30);
    double *next = laco_alloc(file->job->ctx, steps + 1, C * sizeof *next);
    laco_forecast_run *run = NULL;
    laco_status status = next ? laco_forecast_start(&m->base, NULL, 0, 0, &run) : LACO_NO_MEMORY;
    for (size_t s = 0; s < steps && status == LACO_OK; s++) {
        laco_forecast_point point;
        status = laco_forecast_next(run, &point);
        for (size_t c = 0; c < C && status == LACO_OK; c++) {
            next[s * C + c] = point.value[c];
            *most = fmax(*most, fabs(point.value[c]));
        }
    }
    if (status == LACO_OK) {
        laco_c_define(&file->test, "TEST_STEPS", (int64_t)steps);
        laco_emit_array(&file->test, LACO_EMIT_DOUBLE, "test_next", next, (steps + 1) * C);
    }
    laco_forecast_free(run);
    laco_release(file->job->ctx, next);
    return status;
}

laco_status laco_c_forecast(laco_c_file *file, laco_model *model)
{
    static const char *const fragments[] = {"rt.h", "math.c", "", "network.c", "numbers.c", "forecast.c"};
    laco_forecaster *m = (laco_forecaster *)model;
    double most = 0;
    static const double calendar;
    const int32_t direct[5] = {m->direct.horizon, 0, 0, (int32_t)laco_direct_longest(&m->direct), 0};
    rt_forecaster sizes = {.columns = m->C,
                           .horizon = (int32_t)m->horizon,
                           .quantiles = laco_forecaster_width(m),
                           .plain = m->kind == LACO_BASE_NONE,
                           .context = (int32_t)laco_forecaster_context(m),
                           .rnn = laco_rnn_sizes(m->network.rnn),
                           .direct = direct,
                           .calendar = m->calendar ? &calendar : NULL};
    laco_forecast_parts(&file->parts, m);
    memcpy(file->fragments, fragments, sizeof fragments);
    file->state = 8 * (size_t)rt_forecast_doubles(&sizes);
    file->interface[0] = "forecast";
    const struct {
        const char *name;
        int64_t value;
    } macros[] = {{"COLUMNS", m->C},
                  {"TARGET", m->target},
                  {"HORIZON", m->horizon},
                  {"QUANTILES", laco_forecaster_width(m)},
                  {"MEDIAN", m->median},
                  {"CONTEXT", laco_forecaster_context(m)},
                  {"SERIES", (int64_t)m->history->count}};
    for (size_t i = 0; i < sizeof macros / sizeof *macros; i++)
        laco_c_define(&file->header, macros[i].name, macros[i].value);
    const char **ids = laco_alloc(file->job->ctx, m->history->count, sizeof *ids);
    if (!ids)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < m->history->count; i++)
        ids[i] = laco_series_id(m->history, i);
    laco_c_strings(file, file->parts.emit, "series", ids, m->history->count, true);
    laco_release(file->job->ctx, ids);
    LACO_TRY(put_rows(file, m, &most));
    LACO_TRY(put_next(file, m, &most));
    laco_c_define_real(&file->test, "TEST_MOST", 1e-5 * most + 1e-30);
    return LACO_OK;
}
