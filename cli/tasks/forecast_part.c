/* Forecasters on pages: the series; forecasts with their bands against what came, and the error by how far ahead it is. */
#include "tasks/part.h"
#include "tasks/series.h"

#include <math.h>
#include <stdlib.h>

#define MOST_POINTS 2000
#define MOST_SHOWN 4 /* series, or columns */

static json_t *time_of(const laco_series *series, size_t index, size_t row)
{
    int32_t nanoseconds;
    int64_t seconds = laco_series_time(series, index, row, &nanoseconds);
    return json_real((double)seconds + 1e-9 * nanoseconds);
}

static json_t *number_or_gap(double value) { return isfinite(value) ? json_real(value) : json_null(); }

/* The rows from `from` on of one column, every so many where they are more than a chart shows. */
static json_t *rows_series(const laco_series *series, size_t index, size_t from, int column, const char *name)
{
    size_t rows = laco_series_rows(series, index), every = (rows - from) / MOST_POINTS + 1;
    json_t *x = json_array(), *y = json_array();
    for (size_t i = from; i < rows; i += every) {
        json_add(&x, time_of(series, index, i));
        json_add(&y, number_or_gap(laco_series_value(series, index, i, column)));
    }
    return curve_series(name, x, y);
}

static json_t *time_chart(const char *title, const char *note, const laco_series *series, json_t *list)
{
    json_t *chart = section_new("chart", title, note);
    json_put(&chart, "x", json_string(laco_series_has_time(series) ? "time" : "row"));
    json_put(&chart, "time", json_boolean(laco_series_has_time(series)));
    json_put(&chart, "series", list);
    return chart;
}

json_t *forecast_describe(const void *user)
{
    const laco_series *series = user;
    json_t *sections = json_array(), *list = json_array();
    size_t shown = SMALLER(laco_series_count(series), (size_t)MOST_SHOWN);
    for (size_t i = 0; i < shown && shown > 1; i++)
        json_add(&list, rows_series(series, i, 0, 0, laco_series_id(series, i)));
    for (int c = 0; c < SMALLER(laco_series_column_count(series), MOST_SHOWN) && shown == 1; c++)
        json_add(&list, rows_series(series, 0, 0, c, laco_series_column_name(series, c)));
    json_add(&sections, time_chart("The series", NULL, series, list));
    return sections;
}

/* ---- A forecast from a place whose next rows are known ---- */

static json_t *forecast_series(laco_model *model, const laco_series *head, int64_t steps)
{
    laco_forecast_info info = forecast_info(model);
    laco_forecast_run *run = NULL;
    laco_forecast_point point;
    json_t *x = json_array(), *y = json_array(), *low = json_array(), *high = json_array();
    size_t last = laco_series_rows(head, 0) - 1;
    double value = laco_series_value(head, 0, last, info.target);
    json_add(&x, time_of(head, 0, last)); /* it begins where what is known ends */
    json_add(&y, json_real(value));
    json_add(&low, json_real(value));
    json_add(&high, json_real(value));
    bool good = laco_forecast_start(model, head, 0, 1, &run) == LACO_OK;
    for (int64_t i = 0; good && i < steps && laco_forecast_next(run, &point) == LACO_OK; i++) {
        json_add(&x, json_real((double)point.seconds + 1e-9 * point.nanoseconds));
        json_add(&y, number_or_gap(point.value[info.target]));
        json_add(&low, number_or_gap(point.quantile ? point.quantile[0] : (double)NAN));
        json_add(&high, number_or_gap(point.quantile ? point.quantile[info.quantile_count - 1] : (double)NAN));
    }
    laco_forecast_free(run);
    json_t *series = curve_series("forecast", x, y);
    if (info.quantile_count > 1) {
        char band[80];
        snprintf(band, sizeof band, "with %g %% of cases expected within",
                 100 * (info.quantiles[info.quantile_count - 1] - info.quantiles[0]));
        json_put(&series, "low", low);
        json_put(&series, "high", high);
        json_put(&series, "band", json_string(band));
    } else {
        json_decref(low);
        json_decref(high);
    }
    return series;
}

static void add_forecast(json_t **sections, laco_model *model, const laco_series *series)
{
    laco_forecast_info info = forecast_info(model);
    size_t rows = laco_series_rows(series, 0), valid = (size_t)LARGER((int64_t)0, laco_model_valid_rows(model, series));
    size_t steps = SMALLER(valid > 0 ? valid : rows / 5, (size_t)LARGER((int64_t)48, info.horizon));
    size_t origin = rows - (valid > 0 ? valid : steps), from = origin > 3 * steps ? origin - 3 * steps : 0;
    laco_series *head = NULL;
    char note[160], time[48];
    if (steps == 0 || origin == 0 || laco_series_head(series, 0, origin, &head) < 0)
        return;
    json_t *list = json_array(), *known = rows_series(series, 0, from, info.target, info.columns[info.target]);
    json_add(&list, known);
    json_add(&list, forecast_series(model, head, (int64_t)steps));
    laco_series_time_text(series, 0, origin - 1, time);
    snprintf(note, sizeof note, "%zu rows behind %s, from what was known then; and what came.", steps, time);
    json_add(sections, time_chart("A forecast against what came", note, series, list));
    laco_series_free(head);
}

static json_t *errors_of(const double *values, int64_t count)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < count; i++)
        json_add(&list, number_or_gap(values[i]));
    return list;
}

static void add_horizons(json_t **sections, laco_model *model, const laco_series *series)
{
    const laco_rolling_options options = {.horizon = LARGER((int64_t)12, forecast_info(model).horizon),
                                          .stride = (int64_t)(laco_series_rows(series, 0) / 500 + 1)};
    laco_rolling_score score;
    char note[160];
    if (laco_model_score_rolling(model, series, &options, &score) < 0)
        return;
    json_t *x = json_array(), *list = json_array();
    for (int64_t i = 0; i < score.horizon; i++)
        json_add(&x, json_integer(i + 1));
    json_add(&list, curve_series("mean absolute error", x, errors_of(score.lead_mase, score.horizon)));
    snprintf(note, sizeof note, "Means over %lld windows; in units of the seasonal naive forecast's error.",
             (long long)score.windows);
    json_t *chart = section_new("chart", "Error by how many rows ahead", note);
    json_put(&chart, "x", json_string("rows ahead"));
    json_put(&chart, "series", list);
    json_add(sections, chart);
    laco_rolling_free(&score);
}

/* What one-step predictions of the target left, over all rows or the last of them. */
static void add_residuals(json_t **sections, laco_model *model, const laco_series *series)
{
    laco_forecast_info info = forecast_info(model);
    size_t rows = laco_series_rows(series, 0), from = rows > MOST_POINTS ? rows - MOST_POINTS : 0;
    double *prediction = calloc(2 * rows + 1, sizeof *prediction);
    json_t *x = json_array(), *y = json_array(), *list = json_array();
    if (prediction && laco_model_anomaly_score(model, series, 0, prediction, prediction + rows) == LACO_OK)
        for (size_t row = from; row < rows; row++) {
            json_add(&x, time_of(series, 0, row));
            json_add(&y, number_or_gap(laco_series_value(series, 0, row, info.target) - prediction[row]));
        }
    free(prediction);
    bool any = json_array_size(x) > 0;
    json_add(&list, curve_series("value less prediction", x, y));
    if (any)
        json_add(sections, time_chart("Residuals one row ahead",
                                      "What is left is noise where the model has learned all there is.", series, list));
    else
        json_decref(list);
}

json_t *forecast_look(laco_model *model, const void *user, const size_t *examples, size_t count)
{
    const laco_series *series = user;
    json_t *sections = json_array();
    (void)examples, (void)count;
    add_forecast(&sections, model, series);
    add_residuals(&sections, model, series);
    add_horizons(&sections, model, series);
    return sections;
}
