#include "tasks/series.h"

laco_series *open_series_for(laco_context *ctx, const laco_model *model, const char *path, const series_arguments *arguments)
{
    laco_forecast_info info = laco_model_forecast_info(model);
    laco_series_config config = {.columns = info.columns, .column_count = info.column_count, .time_column = arguments->time,
                                 .id_column = arguments->id, .missing = (laco_missing)arguments->missing};
    laco_series *series = NULL;
    if (laco_series_load(ctx, path, &config, &series) < 0)
        trouble(ctx);
    return series;
}
