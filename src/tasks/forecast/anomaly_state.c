/* A detector's state as JSON, and back. */
#include "forecast/anomaly.h"

#include "base/json_text.h"

#include <math.h>

/* The sizes, oldest first. */
static json_t *tail_to_json(const laco_tail *tail)
{
    json_t *list = json_array();
    int64_t oldest = tail->count == LACO_TAIL_ROWS ? tail->at : 0;
    for (int64_t i = 0; i < tail->count; i++)
        laco_json_add(&list, json_real(tail->ring[(oldest + i) % LACO_TAIL_ROWS]));
    return list;
}

static bool finite_numbers(const json_t *list, size_t most)
{
    if (!json_is_array(list) || json_array_size(list) > most)
        return false;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!json_is_number(json_array_get(list, i)) || !isfinite(json_number_value(json_array_get(list, i))))
            return false;
    return true;
}

static bool tail_from_json(const json_t *list, laco_tail *tail)
{
    tail->count = tail->at = 0;
    if (!finite_numbers(list, LACO_TAIL_ROWS))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++)
        (void)laco_tail_add(tail, json_number_value(json_array_get(list, i)));
    return true;
}

json_t *laco_anomaly_state(const laco_anomaly *a)
{
    json_t *state = json_pack("{s:i, s:I, s:I, s:I}", "laco.detector", 1, "period", (json_int_t)a->period, "rows",
                              (json_int_t)a->rows, "quiet", (json_int_t)a->quiet);
    json_t *columns = json_array(), *before = json_array();
    for (int64_t c = 0; c < a->columns; c++) {
        const laco_anomaly_column *column = &a->column[c];
        laco_json_add(&columns, json_pack("{s:f, s:o, s:o, s:o}", "mean", column->mean, "value", tail_to_json(&column->value),
                                          "change", tail_to_json(&column->change), "error", tail_to_json(&column->error)));
    }
    for (int64_t i = 0; i < a->columns * laco_anomaly_kept(a); i++)
        laco_json_add(&before, json_real(a->before[i]));
    laco_json_put(&state, "columns", columns);
    laco_json_put(&state, "before", before);
    return state;
}

static bool column_from_json(const json_t *json, laco_anomaly_column *column)
{
    const json_t *mean = json_object_get(json, "mean");
    column->mean = json_number_value(mean);
    return json_is_number(mean) && isfinite(column->mean) && tail_from_json(json_object_get(json, "value"), &column->value) &&
           tail_from_json(json_object_get(json, "change"), &column->change) &&
           tail_from_json(json_object_get(json, "error"), &column->error);
}

bool laco_anomaly_take_state(laco_anomaly *a, const json_t *state)
{
    const json_t *columns = json_object_get(state, "columns"), *before = json_object_get(state, "before");
    const int64_t most = (int64_t)1 << 50;
    int64_t rows = json_integer_value(json_object_get(state, "rows")),
            quiet = json_integer_value(json_object_get(state, "quiet"));
    size_t cells = (size_t)(a->columns * laco_anomaly_kept(a));
    if (json_integer_value(json_object_get(state, "laco.detector")) != 1 || rows < 0 || rows > most || quiet < 0 ||
        quiet > 2 * most || json_integer_value(json_object_get(state, "period")) != a->period ||
        json_array_size(columns) != (size_t)a->columns || !finite_numbers(before, cells) || json_array_size(before) != cells)
        return false;
    for (int64_t c = 0; c < a->columns; c++)
        if (!column_from_json(json_array_get(columns, (size_t)c), &a->column[c]))
            return false;
    for (size_t i = 0; i < cells; i++)
        a->before[i] = json_number_value(json_array_get(before, i));
    a->rows = rows;
    a->quiet = quiet;
    return true;
}
