#include "tasks/series.h"

#include "train.h"

#include <math.h>
#include <stdlib.h>

double shown(double value)
{
    char text[40];
    if (!isfinite(value) || value == 0)
        return value;
    int before = (int)floor(log10(fabs(value))) + 1, digits = before + 6;
    snprintf(text, sizeof text, "%.*g", digits < 9 ? 9 : digits > VALUE_DIGITS ? VALUE_DIGITS : digits, value);
    return strtod(text, NULL);
}

laco_series *open_series_for(laco_context *ctx, const laco_model *model, const char *path, const series_arguments *arguments)
{
    laco_forecast_info info = laco_model_forecast_info(model);
    laco_series_config config = {.columns = info.columns,
                                 .column_count = info.column_count,
                                 .time_column = arguments->time,
                                 .id_column = arguments->id,
                                 .missing = (laco_missing)arguments->missing,
                                 .date = (laco_date_order)arguments->date,
                                 .date_unclear = info.date,
                                 .decimal = (laco_decimal)arguments->decimal};
    laco_series *series = NULL;
    laco_summary *summary = NULL;
    if (laco_series_load(ctx, path, &config, &series) < 0) {
        trouble(ctx);
        return NULL;
    }
    laco_status made = laco_series_summary(series, false, &summary);
    if (say_doubts(ctx, made, summary) == EXIT_DONE)
        return series;
    laco_series_free(series);
    return NULL;
}
