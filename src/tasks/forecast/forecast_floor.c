/* Floors: counts are not forecast below zero. */
#include "base/locale.h"
#include "forecast/forecast_train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is asked for: a number, or −INFINITY for "no". */
static laco_status read_floor(laco_context *ctx, const char *text, double *out)
{
    laco_locale plain;
    char *end;
    *out = -INFINITY;
    if (strcmp(text, "no") == 0)
        return LACO_OK;
    LACO_TRY(laco_locale_begin(ctx, &plain));
    double value = strtod(text, &end);
    laco_locale_end(&plain);
    if (end == text || *end || !isfinite(value))
        return laco_fail(ctx, LACO_INVALID, "floor is '%.200s'; it should be a number, or no", text);
    *out = value;
    return LACO_OK;
}

static double smallest(const laco_series *data, int c, bool *whole)
{
    double least = INFINITY;
    for (size_t i = 0; data && i < data->count; i++)
        for (size_t row = 0; row < data->one[i].rows; row++) {
            double value = laco_series_value(data, i, row, c);
            least = fmin(least, value);
            *whole = *whole && value == floor(value);
        }
    return least;
}

laco_status laco_forecast_check_floor(laco_context *ctx, const laco_forecast_options *options, const laco_series *data)
{
    int target = options->target ? laco_series_find_column(data, options->target) : 0;
    bool whole = true;
    double floor;
    if (!options->floor)
        return LACO_OK;
    LACO_TRY(read_floor(ctx, options->floor, &floor));
    double least = target >= 0 ? smallest(data, target, &whole) : INFINITY;
    if (least < floor)
        return laco_fail(ctx, LACO_INVALID, "%s: column \"%s\" goes down to %g, below the floor of %g: a lower --floor is right",
                         data->name, data->columns[target], least, floor);
    return LACO_OK;
}

laco_status laco_forecast_check_counts(laco_context *ctx, const laco_forecast_options *options, const laco_series *data)
{
    for (size_t i = 0; laco_likelihood_counts(options->likelihood) && i < data->count; i++)
        for (size_t row = 0; row < data->one[i].rows; row++)
            for (int c = 0; c < data->column_count; c++) {
                double value = laco_series_value(data, i, row, c);
                char time[48];
                if (value >= 0 && value == floor(value) && value < 1e9)
                    continue;
                laco_series_time_text(data, i, row, time);
                return laco_fail(
                    ctx, LACO_INVALID,
                    "%s: column \"%s\" holds %g at %s, which is no count; for such values --likelihood normal is right",
                    data->name, data->columns[c], value, time);
            }
    return LACO_OK;
}

void laco_forecast_set_floors(laco_forecast_learner *l)
{
    laco_forecaster *model = l->model;
    const laco_forecaster *from = (const laco_forecaster *)l->base.from;
    for (int c = 0; c < model->C; c++) {
        bool whole = true;
        double least = fmin(smallest(l->data, c, &whole), smallest(l->valid, c, &whole));
        double before = from ? from->columns[c].least : -INFINITY;
        model->columns[c].least = least >= before && isfinite(before) ? before : whole && least >= 0 ? 0 : -INFINITY;
    }
    if (l->options->floor) /* which was read before */
        (void)read_floor(l->ctx, l->options->floor, &model->columns[model->target].least);
}
