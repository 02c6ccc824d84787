#include "tasks/series.h"

#include "train.h"

#include <math.h>
#include <stdlib.h>

static int digits_of(double value)
{
    int digits = isfinite(value) && value != 0 ? (int)floor(log10(fabs(value))) + 7 : 9;
    return digits < 9 ? 9 : digits > VALUE_DIGITS ? VALUE_DIGITS : digits;
}

double shown(double value)
{
    char text[40];
    if (!isfinite(value) || value == 0)
        return value;
    snprintf(text, sizeof text, "%.*g", digits_of(value), value);
    return strtod(text, NULL);
}

void print_shown(double value) { printf("%.*g", digits_of(value), value); }

laco_forecast_info forecast_info(const laco_model *model)
{
    laco_forecast_info info = {0};
    laco_model_forecast_info(model, &info);
    return info;
}

laco_series *open_series_for(laco_context *ctx, const laco_model *model, const char *path, const series_arguments *arguments)
{
    laco_data_config config;
    laco_series *series = NULL;
    if (laco_model_data_config(model, "forecast", &config) < 0) {
        trouble(ctx);
        return NULL;
    }
    config.series.time_column = arguments->time;
    config.series.id_column = arguments->id;
    config.series.wide = arguments->wide;
    config.series.missing = (laco_missing)arguments->missing;
    config.series.date = (laco_date_order)arguments->date;
    config.series.decimal = (laco_decimal)arguments->decimal;
    laco_summary *summary = NULL;
    if (laco_series_load(ctx, path, &config.series, &series) < 0) {
        trouble(ctx);
        return NULL;
    }
    laco_status made = laco_series_summary(series, false, &summary);
    if (say_doubts(ctx, made, summary) == EXIT_DONE)
        return series;
    laco_series_free(series);
    return NULL;
}
