/* laco.history in a forecaster's file: of each series its scales, what training saw, and its last rows. */
#include "forecast/covariates.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One series on its way. */
typedef struct entry {
    laco_forecaster *model;
    size_t index;
    char *id;
    int C;
    double mean[LACO_MOST_COLUMNS], scale[LACO_MOST_COLUMNS];
    laco_seen seen;
    char train_hash[24], all_hash[24];
    const json_t *times; /* read before the rows */
    int64_t unit;        /* of these, in those of timestamp.h */
} entry;

/* ---- Rows --------------------------------------------------------------------------------------------------------------- */

static laco_status put_times(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    const entry *e = object;
    const laco_one_series *one = &e->model->history->one[e->index];
    (void)field;
    LACO_TRY(laco_meta_give(meta, json_array(), out));
    for (size_t row = 0; one->times && row < one->rows; row++)
        LACO_TRY(laco_meta_append(meta, out, json_integer(one->times[row] / e->unit)));
    return LACO_OK;
}

static laco_status get_times(const laco_meta *meta, const laco_field *field, const json_t *list, void *object)
{
    if (!json_is_array(list))
        return laco_meta_wrong(meta, field->key, "an array of integers");
    ((entry *)object)->times = list;
    return LACO_OK;
}

static laco_status put_row(const laco_meta *meta, const double *values, int C, json_t **out)
{
    LACO_TRY(laco_meta_give(meta, json_array(), out));
    for (int c = 0; c < C; c++)
        LACO_TRY(laco_meta_append(meta, out, json_real(values[c])));
    return LACO_OK;
}

static laco_status put_rows(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    const entry *e = object;
    const laco_one_series *one = &e->model->history->one[e->index];
    (void)field;
    LACO_TRY(laco_meta_give(meta, json_array(), out));
    for (size_t row = 0; row < one->rows; row++) {
        json_t *values;
        laco_status status = put_row(meta, one->values + row * (size_t)e->C, e->C, &values);
        if (status < 0)
            json_decref(*out);
        LACO_TRY(status);
        LACO_TRY(laco_meta_append(meta, out, values));
    }
    return LACO_OK;
}

/* A row and its time, behind the others. */
static laco_status get_row(const laco_meta *meta, entry *e, const json_t *row, const json_t *time)
{
    const int64_t bound = e->unit > 1 ? (int64_t)1 << 42 : (int64_t)1 << 60;
    double values[LACO_MOST_COLUMNS];
    int64_t stored = json_integer_value(time);
    if (json_array_size(row) != (size_t)e->C || (e->model->history->has_time && !json_is_integer(time)))
        return laco_meta_wrong(meta, "laco.history", "rows of as many numbers as there are columns, each with its time");
    for (int c = 0; c < e->C; c++)
        LACO_TRY(laco_meta_number(meta, "rows", json_array_get(row, (size_t)c), -DBL_MAX, DBL_MAX, &values[c]));
    if (stored > bound || stored < -bound)
        return laco_meta_wrong(meta, "laco.history", "times within reason");
    return laco_series_add_row(e->model->history, e->index, values, stored * e->unit);
}

static laco_status get_rows(const laco_meta *meta, const laco_field *field, const json_t *list, void *object)
{
    entry *e = object;
    size_t place;
    LACO_TRY(laco_series_place(e->model->history, e->id, strlen(e->id), &place));
    if (!json_is_array(list) || place != e->index)
        return laco_meta_wrong(meta, field->key, "an array, of series with different ids");
    for (size_t i = 0; i < json_array_size(list); i++)
        LACO_TRY(get_row(meta, e, json_array_get(list, i), json_array_get(e->times, i)));
    return LACO_OK;
}

/* ---- Beside them ---------------------------------------------------------------------------------------------------------
 */

static laco_status put_known(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    const entry *e = object;
    const laco_one_series *one = &e->model->history->one[e->index];
    (void)field;
    LACO_TRY(laco_meta_give(meta, json_array(), out));
    for (size_t row = 0; row < one->rows + one->ahead; row++) {
        json_t *values;
        laco_status status = put_row(meta, one->known + row * (size_t)e->model->K, e->model->K, &values);
        if (status < 0)
            json_decref(*out);
        LACO_TRY(status);
        LACO_TRY(laco_meta_append(meta, out, values));
    }
    return LACO_OK;
}

static laco_status read_known(const laco_meta *meta, const json_t *list, size_t K, double *out)
{
    for (size_t row = 0; row < json_array_size(list); row++) {
        const json_t *values = json_array_get(list, row);
        if (json_array_size(values) != K)
            return laco_meta_wrong(meta, "known", "rows of %zu numbers", K);
        for (size_t k = 0; k < K; k++)
            LACO_TRY(laco_meta_number(meta, "known", json_array_get(values, k), -DBL_MAX, DBL_MAX, out++));
    }
    return LACO_OK;
}

static laco_status get_known(const laco_meta *meta, const laco_field *field, const json_t *list, void *object)
{
    entry *e = object;
    laco_series *history = e->model->history;
    size_t count = json_array_size(list), rows = history->one[e->index].rows, K = (size_t)e->model->K;
    if (count < rows)
        return laco_meta_wrong(meta, field->key, "of all rows");
    double *known = laco_alloc(meta->ctx, count, K * sizeof *known);
    laco_status status = known ? read_known(meta, list, K, known) : LACO_NO_MEMORY;
    if (status == LACO_OK)
        status = laco_series_set_known(history, e->index, known, count - rows);
    laco_release(meta->ctx, known);
    return status;
}

static laco_status put_facts(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    const entry *e = object;
    (void)field;
    LACO_TRY(laco_meta_give(meta, json_array(), out));
    for (int f = 0; f < e->model->F; f++) {
        const char *value = laco_series_fact(e->model->history, e->index, f);
        LACO_TRY(laco_meta_append(meta, out, value ? json_string(value) : json_null()));
    }
    return LACO_OK;
}

static laco_status get_facts(const laco_meta *meta, const laco_field *field, const json_t *list, void *object)
{
    entry *e = object;
    if (json_array_size(list) != (size_t)e->model->F)
        return laco_meta_wrong(meta, field->key, "as many as there are static columns");
    for (int f = 0; f < e->model->F; f++) {
        const char *value = json_string_value(json_array_get(list, (size_t)f));
        bool same;
        if (value)
            LACO_TRY(laco_series_set_fact(e->model->history, e->index, f, value, strlen(value), &same));
    }
    return LACO_OK;
}

static bool has_known(const void *object) { return ((const entry *)object)->model->K > 0; }
static bool has_facts(const void *object) { return ((const entry *)object)->model->F > 0; }

static const laco_codec known = {put_known, get_known}, facts = {put_facts, get_facts};
static const laco_codec times = {put_times, get_times}, values = {put_rows, get_rows};

/* ---- A series ----------------------------------------------------------------------------------------------------------- */

#define AT(member) LACO_MEMBER(entry, member)

static const laco_field rows[] = {
    {.key = "id", &laco_field_string, AT(id)},
    {.key = "mean", &laco_field_reals, AT(mean), -DBL_MAX, DBL_MAX, .count = AT(C), .room = LACO_MOST_COLUMNS},
    {.key = "scale", &laco_field_reals, AT(scale), 1e-300, DBL_MAX, .count = AT(C), .room = LACO_MOST_COLUMNS},
    {.key = "train_rows", &laco_field_integer, AT(seen.train_rows), 0, (int64_t)1 << 48},
    {.key = "all_rows", &laco_field_integer, AT(seen.rows), 0, (int64_t)1 << 48},
    {.key = "train_hash", &laco_field_text, AT(train_hash)},
    {.key = "all_hash", &laco_field_text, AT(all_hash)},
    {.key = "times", &times, AT(times)},
    {.key = "rows", &values, AT(model)},
    {.key = "known", &known, AT(model), .when = has_known},
    {.key = "static", &facts, AT(model), .when = has_facts},
};

static const laco_fields entry_fields = {LACO_FIELDS(entry, rows)};

static laco_status put_series(const laco_meta *meta, laco_forecaster *model, size_t index, int64_t unit, json_t **out)
{
    entry e = {.model = model, .index = index, .C = model->C, .unit = unit, .seen = model->seen[index]};
    const laco_spread *spread = &model->scales[index * (size_t)model->C];
    e.id = (char *)(uintptr_t)laco_series_id(model->history, index);
    for (int c = 0; c < model->C; c++) {
        e.mean[c] = spread[c].mean;
        e.scale[c] = spread[c].scale;
    }
    snprintf(e.train_hash, sizeof e.train_hash, "%016llx", (unsigned long long)e.seen.train_hash);
    snprintf(e.all_hash, sizeof e.all_hash, "%016llx", (unsigned long long)e.seen.hash);
    return laco_fields_put(meta, &entry_fields, &e, out);
}

static laco_status get_series(const laco_meta *meta, laco_forecaster *model, size_t index, const json_t *value)
{
    entry e = {.model = model, .index = index, .C = model->C, .unit = model->time_unit};
    laco_spread *spread = &model->scales[index * (size_t)model->C];
    laco_status status = laco_fields_get(meta, &entry_fields, value, &e);
    laco_release(meta->ctx, e.id);
    for (int c = 0; c < model->C; c++)
        spread[c] = (laco_spread){e.mean[c], e.scale[c]};
    e.seen.train_hash = strtoull(e.train_hash, NULL, 16);
    e.seen.hash = strtoull(e.all_hash, NULL, 16);
    model->seen[index] = e.seen;
    return status;
}

/* ---- All series --------------------------------------------------------------------------------------------------------- */

static laco_status put_history(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    const laco_forecaster *model = object;
    int64_t unit = laco_time_file_unit(model->history);
    (void)field;
    LACO_TRY(laco_meta_give(meta, json_array(), out));
    for (size_t i = 0; i < model->history->count; i++) {
        json_t *series;
        laco_status status = put_series(meta, (laco_forecaster *)(uintptr_t)object, i, unit, &series);
        if (status < 0)
            json_decref(*out);
        LACO_TRY(status);
        LACO_TRY(laco_meta_append(meta, out, series));
    }
    return LACO_OK;
}

static laco_status get_history(const laco_meta *meta, const laco_field *field, const json_t *list, void *object)
{
    laco_forecaster *model = object;
    size_t count = json_array_size(list);
    if (count < 1 || count > INT32_MAX)
        return laco_meta_wrong(meta, field->key, "an array of series");
    model->history->has_ids = count > 1;
    model->scales = laco_alloc(meta->ctx, count, (size_t)model->C * sizeof *model->scales);
    model->seen = model->scales ? laco_alloc(meta->ctx, count, sizeof *model->seen) : NULL;
    if (!model->seen)
        return LACO_NO_MEMORY;
    LACO_TRY(laco_covariates_name(model, model->history));
    for (size_t i = 0; i < count; i++)
        LACO_TRY(get_series(meta, model, i, json_array_get(list, i)));
    return LACO_OK;
}

const laco_codec laco_field_history = {put_history, get_history};
