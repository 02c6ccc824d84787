/* A forecaster's file: laco.network, laco.forecast (shape and columns), laco.time, laco.history. */
#include "model/forecast/forecaster.h"

#include <stdio.h>

const char *const laco_forecast_base_names[] = {"auto", "none", "naive", "seasonal", NULL};

static json_t *reals(const double *values, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_real(values[i]));
    return list;
}

static json_t *integers(const int32_t *values, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_integer(values[i]));
    return list;
}

static json_t *columns_to_json(const laco_forecaster *model)
{
    json_t *list = json_array();
    for (int c = 0; c < model->C; c++) {
        const laco_column *column = &model->columns[c];
        json_array_append_new(list, json_pack("{s:s, s:b, s:f, s:f, s:f, s:f, s:f}", "name", column->name, "log", column->log,
                                              "floor", column->floor, "step", column->step, "error", column->error, "low",
                                              column->low, "high", column->high));
    }
    return list;
}

static json_t *shape_to_json(const laco_forecaster *model)
{
    const laco_ar *ar = &model->ar;
    return json_pack(
        "{s:o, s:s, s:I, s:I, s:I, s:s, s:o, s:o, s:o, s:o, s:b, s:f}", "columns", columns_to_json(model), "target",
        model->columns[model->target].name, "horizon", (json_int_t)model->horizon, "window", (json_int_t)model->window, "season",
        (json_int_t)model->season, "base", laco_forecast_base_names[model->kind], "lags", integers(ar->lags, ar->lag_count),
        "periods", reals(ar->periods, ar->period_count), "harmonics", integers(ar->harmonics, ar->period_count), "quantiles",
        reals(model->quantiles, model->quantile_count), "calendar", model->calendar, "error_size", model->error_size);
}

/* One series of the history: its scales, what training saw, and its last rows. */
static json_t *history_to_json(const laco_forecaster *model, size_t index)
{
    const laco_one_series *one = &model->history->one[index];
    const laco_seen *seen = &model->seen[index];
    int64_t unit = laco_time_file_unit(model->history);
    json_t *means = json_array(), *scales = json_array(), *rows = json_array(), *times = json_array();
    char hashes[2][20];
    for (int c = 0; c < model->C; c++) {
        json_array_append_new(means, json_real(model->scales[index * (size_t)model->C + (size_t)c].mean));
        json_array_append_new(scales, json_real(model->scales[index * (size_t)model->C + (size_t)c].scale));
    }
    for (size_t row = 0; row < one->rows; row++) {
        json_array_append_new(rows, reals(one->values + row * (size_t)model->C, model->C));
        if (one->times)
            json_array_append_new(times, json_integer(one->times[row] / unit));
    }
    snprintf(hashes[0], sizeof hashes[0], "%016llx", (unsigned long long)seen->train_hash);
    snprintf(hashes[1], sizeof hashes[1], "%016llx", (unsigned long long)seen->hash);
    return json_pack("{s:s, s:o, s:o, s:I, s:I, s:s, s:s, s:o, s:o}", "id", laco_series_id(model->history, index), "mean", means,
                     "scale", scales, "train_rows", (json_int_t)seen->train_rows, "all_rows", (json_int_t)seen->rows,
                     "train_hash", hashes[0], "all_hash", hashes[1], "times", times, "rows", rows);
}

laco_status laco_forecaster_save(laco_model *base, laco_tensor_writer *writer)
{
    laco_forecaster *model = (laco_forecaster *)base;
    json_t *histories = json_array();
    for (size_t i = 0; i < model->history->count; i++)
        json_array_append_new(histories, history_to_json(model, i));
    laco_status status = laco_meta_write(base->ctx, writer, "laco.network", laco_network_to_json(&model->network.config));
    if (status == LACO_OK)
        status = laco_meta_write(base->ctx, writer, "laco.forecast", shape_to_json(model));
    if (status == LACO_OK)
        status = laco_meta_write(base->ctx, writer, "laco.time", laco_time_to_json(model->history));
    if (status == LACO_OK)
        return laco_meta_write(base->ctx, writer, "laco.history", histories);
    json_decref(histories);
    return status;
}

int laco_forecaster_describe(laco_model *base, json_t *into)
{
    laco_forecaster *model = (laco_forecaster *)base;
    int64_t rows = 0;
    for (size_t i = 0; i < model->history->count; i++)
        rows += model->seen[i].train_rows;
    json_t *forecast = shape_to_json(model);
    if (json_object_set_new(forecast, "series", json_integer((json_int_t)model->history->count)) < 0 ||
        json_object_set_new(forecast, "train_rows", json_integer(rows)) < 0) {
        json_decref(forecast);
        return -1;
    }
    return json_object_update_new(into, json_pack("{s:o, s:o, s:o}", "network", laco_network_to_json(&model->network.config),
                                                  "forecast", forecast, "time", laco_time_to_json(model->history)));
}
