#include "tasks/series.h"

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

void say_series(const laco_series *series, bool quiet)
{
    char text[SUMMARY_ROOM];
    if (quiet)
        laco_series_note(series, text, sizeof text);
    else
        laco_series_summary(series, text, sizeof text);
    if (*text)
        fprintf(stderr, "%s%s\n", quiet ? "laco: note: " : "", text);
}

laco_series *open_series_for(laco_context *ctx, const laco_model *model, const char *path, const series_arguments *arguments)
{
    laco_forecast_info info = laco_model_forecast_info(model);
    laco_series_config config = {.columns = info.columns,
                                 .column_count = info.column_count,
                                 .time_column = arguments->time,
                                 .id_column = arguments->id,
                                 .wide = arguments->wide,
                                 .missing = (laco_missing)arguments->missing,
                                 .date = (laco_date_order)arguments->date,
                                 .date_unclear = info.date,
                                 .decimal = (laco_decimal)arguments->decimal};
    laco_series *series = NULL;
    if (laco_series_load(ctx, path, &config, &series) < 0)
        trouble(ctx);
    else
        say_series(series, true);
    return series;
}
