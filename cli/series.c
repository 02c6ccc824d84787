#include "series.h"

#include <math.h>
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
    char text[1024];
    if (quiet)
        laco_series_note(series, text, sizeof text);
    else
        laco_series_summary(series, text, sizeof text);
    if (*text)
        fprintf(stderr, "%s%s\n", quiet ? "laco: note: " : "", text);
}

static laco_series_config config_of(const series_arguments *arguments)
{
    bool none = arguments->time && strcmp(arguments->time, "none") == 0;
    return (laco_series_config){.time_column = none ? NULL : arguments->time,
                                .no_time = none,
                                .id_column = arguments->id,
                                .interpolate = arguments->missing == 2,
                                .date = (laco_date_order)arguments->date,
                                .decimal = (laco_decimal)arguments->decimal};
}

laco_series *open_series(laco_context *ctx, const char *path, const series_arguments *arguments)
{
    laco_series_config config = config_of(arguments);
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
    laco_series_config config = config_of(arguments);
    config.columns = info.columns;
    config.column_count = info.column_count;
    config.date_unclear = info.date;
    laco_series *series = load(ctx, path, &config);
    if (series)
        say_series(series, true);
    return series;
}
