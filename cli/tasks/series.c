#include "tasks/series.h"

#include <stdlib.h>
#include <string.h>

/* Cuts "A,B" into its parts, in place; returns their number. */
static int cut(char *text, const char **parts)
{
    int count = 0;
    for (char *at = text; at; count++) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma++ = 0;
        parts[count] = at;
        at = comma;
    }
    return count;
}

static laco_series *load(laco_context *ctx, const char *path, const laco_series_config *config)
{
    laco_series *series = NULL;
    if (laco_series_load(ctx, path, config, &series) < 0)
        trouble(ctx);
    return series;
}

laco_series *open_series(laco_context *ctx, const char *path, const series_arguments *arguments)
{
    laco_series_config config = {
        .time_column = arguments->time, .id_column = arguments->id, .interpolate = arguments->missing == 2};
    if (!arguments->columns) {
        config.columns = arguments->target ? &arguments->target : NULL;
        config.column_count = arguments->target ? 1 : 0;
        return load(ctx, path, &config);
    }
    size_t length = strlen(arguments->columns);
    char *copy = malloc(length + 1);
    const char **parts = copy ? malloc((length + 1) * sizeof *parts) : NULL;
    laco_series *series = NULL;
    if (parts) {
        memcpy(copy, arguments->columns, length + 1);
        config.columns = parts;
        config.column_count = cut(copy, parts);
        series = load(ctx, path, &config);
    } else {
        trouble_text("out of memory");
    }
    free(parts);
    free(copy);
    return series;
}

laco_series *open_series_for(laco_context *ctx, const laco_model *model, const char *path, const series_arguments *arguments)
{
    laco_forecast_info info = laco_model_forecast_info(model);
    laco_series_config config = {info.columns, info.column_count, arguments->time, arguments->id, arguments->missing == 2};
    return load(ctx, path, &config);
}
