/* What of each series is trained on, and the scale of its columns. */
#include "forecast/forecast_train.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LEAST_ROWS 8
#define NAMED 8 /* series that are too short, by name */

/* What a series has too few rows for: the text of an error, or "". */
static void why_short(const laco_forecast_learner *l, size_t i, char *text, size_t room)
{
    int64_t rows = (int64_t)l->data->one[i].rows, window = l->options->window, train = l->train_rows[i];
    *text = 0;
    if (rows < LEAST_ROWS)
        snprintf(text, room, "has %lld rows; at least %d are needed", (long long)rows, LEAST_ROWS);
    else if (window > 0 && train < window + 1)
        snprintf(text, room, "has %lld rows to train on; a window of %lld needs at least %lld", (long long)train,
                 (long long)window, (long long)window + 1);
    else if (train <= l->options->horizon)
        snprintf(text, room, "has %lld rows to train on; a horizon of %lld needs more", (long long)train,
                 (long long)l->options->horizon);
}

/* Names those that are too short to learn from, in the note that is told with the first progress. */
static void name_short(laco_forecast_learner *l, size_t i, size_t count)
{
    size_t used = strlen(l->note);
    if (count <= NAMED)
        snprintf(l->note + used, sizeof l->note - used, "%s %.60s",
                 count > 1 ? "," : "too short to learn from, and forecast by the linear base:", laco_series_id(l->data, i));
    else if (count == NAMED + 1)
        snprintf(l->note + used, sizeof l->note - used, " …");
    l->base.note = l->note;
}

/* A series that is too short is an error where it is the only one; among others it is not trained on. */
laco_status laco_forecast_split(laco_forecast_learner *l)
{
    double fraction = l->valid || l->options->valid.fraction < 0 ? 0 : l->options->valid.fraction;
    char text[160];
    size_t too_short = 0;
    l->train_rows = laco_alloc(l->ctx, l->data->count, sizeof *l->train_rows);
    if (!l->train_rows)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < l->data->count; i++) {
        int64_t rows = (int64_t)l->data->one[i].rows;
        const char *id = laco_series_id(l->data, i), *comma = *id ? ", series " : "";
        l->train_rows[i] = rows - (int64_t)floor(fraction * (double)rows + 0.5);
        why_short(l, i, text, sizeof text);
        if (!*text)
            continue;
        if (l->options->base != LACO_BASE_AUTO || ++too_short == l->data->count)
            return laco_fail(l->ctx, LACO_INVALID, "%s%s%s: %s", l->data->name, comma, id, text);
        l->train_rows[i] = rows;
        name_short(l, i, too_short);
    }
    return LACO_OK;
}

/* Mean and deviation of the training part of a column; a deviation of 0 where it is constant. */
static laco_spread spread_of(const laco_forecast_learner *l, size_t index, int c, const laco_column *column)
{
    const laco_spread unit = {0, 1};
    int64_t rows = l->train_rows[index];
    double sum = 0, squares = 0;
    for (int64_t row = 0; row < rows; row++)
        sum += laco_to_z(column, &unit, laco_series_value(l->data, index, (size_t)row, c));
    double mean = sum / (double)rows;
    for (int64_t row = 0; row < rows; row++) {
        double away = laco_to_z(column, &unit, laco_series_value(l->data, index, (size_t)row, c)) - mean;
        squares += away * away;
    }
    double deviation = sqrt(squares / (double)rows);
    return (laco_spread){mean, laco_series_constant(l->data, index, (size_t)rows, c) ? 0 : deviation};
}

/* spreads [count][C]. What is constant stays unscaled: then any change is large. */
void laco_forecast_find_spreads(const laco_forecast_learner *l, int c, const laco_column *column, laco_spread *spreads)
{
    int C = l->data->column_count;
    for (size_t i = 0; i < l->data->count; i++) {
        laco_spread *spread = &spreads[i * (size_t)C + (size_t)c];
        *spread = spread_of(l, i, c, column);
        spread->scale = spread->scale > 0 ? spread->scale : 1;
    }
}

/* The logarithm may be tried where every value is positive and the largest is not close to the smallest. */
bool laco_forecast_may_have_log(const laco_forecast_learner *l, int c, double *least)
{
    double most = -INFINITY;
    *least = INFINITY;
    for (size_t i = 0; i < l->data->count; i++)
        for (int64_t row = 0; row < l->train_rows[i]; row++) {
            double value = laco_series_value(l->data, i, (size_t)row, c);
            *least = fmin(*least, value);
            most = fmax(most, value);
        }
    return *least > 0 && most > 1.5 * *least;
}
