/* Reading a forecaster's file: everything in it may be hostile. */
#include "model/forecast/forecaster.h"

#include <stdlib.h>
#include <string.h>

typedef struct reading {
    laco_context *ctx;
    const laco_tensor_file *file;
    int64_t unit; /* of its times, in those of timestamp.h */
} reading;

static laco_status wrong(const reading *r, const char *key, const char *expected)
{
    return laco_fail(r->ctx, LACO_FORMAT, "%s: '%s' in the metadata should be %s", laco_tensor_file_name(r->file), key, expected);
}

/* At most `most` numbers within low … high into out; rising where `rising`. */
static laco_status read_numbers(const reading *r, const json_t *object, const char *key, int most, double low, double high,
                                bool rising, double *out, int *count)
{
    const json_t *list = json_object_get(object, key);
    if (!json_is_array(list) || json_array_size(list) > (size_t)most)
        return wrong(r, key, "an array of numbers, not longer than this laco allows");
    *count = (int)json_array_size(list);
    for (int i = 0; i < *count; i++) {
        const json_t *value = json_array_get(list, (size_t)i);
        out[i] = json_number_value(value);
        if (!json_is_number(value) || !(out[i] >= low && out[i] <= high) || (rising && i > 0 && !(out[i] > out[i - 1])))
            return wrong(r, key, rising ? "an array of rising numbers within bounds" : "an array of numbers within bounds");
    }
    return LACO_OK;
}

static laco_status read_ar(const reading *r, const json_t *object, laco_ar *ar)
{
    double numbers[LACO_AR_LAGS];
    int harmonics, sum = 0;
    LACO_TRY(read_numbers(r, object, "lags", LACO_AR_LAGS, 1, 1 << 20, true, numbers, &ar->lag_count));
    for (int i = 0; i < ar->lag_count; i++)
        ar->lags[i] = (int32_t)numbers[i];
    for (int i = 1; i < ar->lag_count; i++)
        if (ar->lags[i] <= ar->lags[i - 1])
            return wrong(r, "lags", "rising whole numbers");
    LACO_TRY(read_numbers(r, object, "periods", LACO_AR_PERIODS, 1.5, 1e9, false, ar->periods, &ar->period_count));
    LACO_TRY(read_numbers(r, object, "harmonics", LACO_AR_PERIODS, 1, 16, false, numbers, &harmonics));
    for (int i = 0; i < harmonics; i++)
        sum += ar->harmonics[i] = (int32_t)numbers[i];
    return harmonics == ar->period_count && sum <= LACO_AR_LAGS ? LACO_OK : wrong(r, "harmonics", "one number for each period");
}

static laco_status read_shape(const reading *r, const json_t *object, laco_forecaster_config *config)
{
    int kind;
    LACO_TRY(laco_meta_integer(r->ctx, r->file, object, "horizon", 1, 1 << 16, &config->horizon));
    LACO_TRY(laco_meta_integer(r->ctx, r->file, object, "window", 1, 1 << 24, &config->window));
    LACO_TRY(laco_meta_integer(r->ctx, r->file, object, "season", 1, 1 << 24, &config->season));
    LACO_TRY(laco_meta_choice(r->ctx, r->file, object, "base", laco_forecast_base_names, &kind));
    LACO_TRY(read_numbers(r, object, "quantiles", LACO_MAX_QUANTILES, 1e-9, 1 - 1e-9, true, config->quantiles,
                          &config->quantile_count));
    config->kind = (laco_forecast_base)kind;
    config->calendar = json_is_true(json_object_get(object, "calendar"));
    bool has_median = config->quantile_count == 0;
    for (int q = 0; q < config->quantile_count; q++)
        has_median = has_median || config->quantiles[q] == 0.5;
    LACO_TRY(has_median ? LACO_OK : wrong(r, "quantiles", "with 0.5 among them"));
    return read_ar(r, object, &config->ar);
}

static laco_status read_names(const reading *r, const json_t *object, const char **names, int *C, int *target)
{
    const json_t *columns = json_object_get(object, "columns");
    const char *wanted = json_string_value(json_object_get(object, "target"));
    size_t count = json_array_size(columns);
    if (count < 1 || count > LACO_MOST_COLUMNS)
        return wrong(r, "columns", "an array of 1 to 256 columns");
    *C = (int)count;
    *target = -1;
    for (int c = 0; c < *C; c++) {
        names[c] = json_string_value(json_object_get(json_array_get(columns, (size_t)c), "name"));
        if (!names[c])
            return wrong(r, "columns", "objects with a 'name'");
        if (wanted && strcmp(names[c], wanted) == 0)
            *target = c;
    }
    return *target < 0 ? wrong(r, "target", "one of the columns") : LACO_OK;
}

static laco_status read_columns(const reading *r, const json_t *object, laco_forecaster *model)
{
    const double most = 1e300;
    for (int c = 0; c < model->C; c++) {
        const json_t *from = json_array_get(json_object_get(object, "columns"), (size_t)c);
        laco_column *column = &model->columns[c];
        column->log = json_is_true(json_object_get(from, "log"));
        LACO_TRY(laco_meta_real(r->ctx, r->file, from, "floor", 0, most, &column->floor));
        LACO_TRY(laco_meta_real(r->ctx, r->file, from, "step", 1e-300, most, &column->step));
        LACO_TRY(laco_meta_real(r->ctx, r->file, from, "error", 1e-300, most, &column->error));
        LACO_TRY(laco_meta_real(r->ctx, r->file, from, "low", -most, most, &column->low));
        LACO_TRY(laco_meta_real(r->ctx, r->file, from, "high", column->low, most, &column->high));
        if (column->log && !(column->floor > 0))
            return wrong(r, "floor", "above 0 where 'log' is true");
    }
    return laco_meta_real(r->ctx, r->file, object, "error_size", 0, most, &model->error_size);
}

static laco_status read_rows(const reading *r, const json_t *object, laco_forecaster *model, size_t place)
{
    const json_t *rows = json_object_get(object, "rows"), *times = json_object_get(object, "times");
    const int64_t bound = r->unit > 1 ? (int64_t)1 << 42 : (int64_t)1 << 60;
    double values[LACO_MOST_COLUMNS];
    size_t index;
    json_t *row;
    json_array_foreach((json_t *)(uintptr_t)rows, index, row)
    {
        const json_t *time = json_array_get(times, index);
        if (json_array_size(row) != (size_t)model->C || (model->history->has_time && !json_is_integer(time)))
            return wrong(r, "laco.history", "rows of as many numbers as there are columns, each with its time");
        for (int c = 0; c < model->C; c++) {
            const json_t *value = json_array_get(row, (size_t)c);
            values[c] = json_number_value(value);
            if (!json_is_number(value))
                return wrong(r, "laco.history", "rows of numbers");
        }
        int64_t stored = json_integer_value(time);
        if (stored > bound || stored < -bound)
            return wrong(r, "laco.history", "times within reason");
        LACO_TRY(laco_series_add_row(model->history, place, values, stored * r->unit));
    }
    return LACO_OK;
}

static laco_status read_seen(const reading *r, const json_t *object, laco_seen *seen)
{
    const char *hashes[2] = {json_string_value(json_object_get(object, "train_hash")),
                             json_string_value(json_object_get(object, "all_hash"))};
    LACO_TRY(laco_meta_integer(r->ctx, r->file, object, "train_rows", 0, (int64_t)1 << 48, &seen->train_rows));
    LACO_TRY(laco_meta_integer(r->ctx, r->file, object, "all_rows", 0, (int64_t)1 << 48, &seen->rows));
    if (!hashes[0] || !hashes[1])
        return wrong(r, "laco.history", "whole: a hash is missing");
    seen->train_hash = strtoull(hashes[0], NULL, 16);
    seen->hash = strtoull(hashes[1], NULL, 16);
    return LACO_OK;
}

static laco_status read_one_history(const reading *r, const json_t *object, laco_forecaster *model, size_t index)
{
    const char *id = json_string_value(json_object_get(object, "id"));
    double means[LACO_MOST_COLUMNS], scales[LACO_MOST_COLUMNS];
    int mean_count, scale_count;
    size_t place = SIZE_MAX;
    if (!id)
        return wrong(r, "laco.history", "an array of objects with an 'id'");
    LACO_TRY(laco_series_place(model->history, id, strlen(id), &place));
    LACO_TRY(read_numbers(r, object, "mean", LACO_MOST_COLUMNS, -1e300, 1e300, false, means, &mean_count));
    LACO_TRY(read_numbers(r, object, "scale", LACO_MOST_COLUMNS, 1e-300, 1e300, false, scales, &scale_count));
    if (place != index || mean_count != model->C || scale_count != model->C)
        return wrong(r, "laco.history", "series with different ids, each with a mean and a scale for every column");
    for (int c = 0; c < model->C; c++)
        model->scales[index * (size_t)model->C + (size_t)c] = (laco_spread){means[c], scales[c]};
    LACO_TRY(read_seen(r, object, &model->seen[index]));
    return read_rows(r, object, model, place);
}

static laco_status read_history(reading *r, const json_t *list, laco_forecaster *model)
{
    size_t count = json_array_size(list);
    if (count < 1 || count > INT32_MAX)
        return wrong(r, "laco.history", "an array of series");
    LACO_TRY(laco_series_new(r->ctx, laco_tensor_file_name(r->file), model->names, model->C, &model->history));
    LACO_TRY(laco_time_from_json(r->ctx, r->file, model->history, &r->unit));
    model->history->has_ids = count > 1;
    model->scales = laco_alloc(r->ctx, count, (size_t)model->C * sizeof *model->scales);
    model->seen = model->scales ? laco_alloc(r->ctx, count, sizeof *model->seen) : NULL;
    if (!model->seen)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        LACO_TRY(read_one_history(r, json_array_get(list, i), model, i));
    return LACO_OK;
}

/* The tensors' sizes follow from the columns and terms; see check_presence in network.c for why this comes before building. */
static laco_status check_sizes(const reading *r, const laco_forecaster_config *config, int C)
{
    const laco_network_config *network = &config->network;
    const laco_tensor_entry *weight = laco_tensor_file_find(r->file, "autoregression.weight");
    int64_t width = LACO_MAX(config->quantile_count, 1),
            inputs = C * (config->kind == LACO_BASE_NONE ? 1 : 3) + (config->calendar ? LACO_CALENDAR : 0);
    bool fits = network->inputs == inputs && network->outputs == config->horizon * C * width && network->embed == 0 &&
                network->directions == 1 && !network->tied;
    if (config->kind != LACO_BASE_NONE)
        fits = fits && weight && weight->ndim == 2 && weight->shape[0] == C && weight->shape[1] == laco_ar_terms(&config->ar);
    return fits ? LACO_OK : wrong(r, "laco.network", "of the sizes that columns, horizon and quantiles ask for");
}

static laco_status build_from(reading *r, const json_t *object, const json_t *histories, laco_model **out)
{
    const char *names[LACO_MOST_COLUMNS];
    laco_forecaster_config config = {0};
    laco_forecaster *model;
    int C = 0;
    LACO_TRY(laco_network_from_json(r->ctx, r->file, &config.network));
    LACO_TRY(read_names(r, object, names, &C, &config.target));
    LACO_TRY(read_shape(r, object, &config));
    LACO_TRY(check_sizes(r, &config, C));
    LACO_TRY(laco_forecaster_new(r->ctx, 0, &config, names, C, &model));
    laco_status status = read_columns(r, object, model);
    if (status == LACO_OK)
        status = read_history(r, histories, model);
    if (status == LACO_OK)
        *out = &model->base;
    else
        laco_model_free(&model->base);
    return status;
}

laco_status laco_forecaster_build(laco_context *ctx, const laco_tensor_file *file, laco_model **out)
{
    reading r = {.ctx = ctx, .file = file, .unit = 1};
    json_t *object, *histories;
    LACO_TRY(laco_meta_parse(ctx, file, "laco.forecast", &object));
    laco_status status = laco_meta_parse(ctx, file, "laco.history", &histories);
    if (status == LACO_OK) {
        status = build_from(&r, object, histories, out);
        json_decref(histories);
    }
    json_decref(object);
    return status;
}
