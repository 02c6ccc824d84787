#include "picture.h"
#include "report/report.h"
#include "tasks/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_HISTORY 400 /* rows before the forecast, unless it is longer */

static bool grow(double **block, size_t room)
{
    double *grown = realloc(*block, room * sizeof *grown);
    *block = grown ? grown : *block;
    return grown != NULL;
}

bool picture_add(picture *p, const laco_forecast_point *point)
{
    if (p->count == p->room) {
        size_t room = 2 * p->room + 64;
        if (!grow(&p->x, room) || !grow(&p->y, room) || !grow(&p->low, room) || !grow(&p->high, room))
            return false;
        p->room = room;
    }
    p->x[p->count] = (double)point->seconds + 1e-9 * point->nanoseconds;
    p->y[p->count] = point->value[p->target];
    p->low[p->count] = point->quantile ? point->quantile[0] : NAN;
    p->high[p->count] = point->quantile ? point->quantile[p->quantile_count - 1] : NAN;
    p->count++;
    return true;
}

void picture_free(picture *p)
{
    free(p->x);
    free(p->y);
    free(p->low);
    free(p->high);
}

/* The last rows of the series and the model's prediction of each. */
typedef struct known {
    double *x, *value, *fit, *score; /* score is not shown */
    size_t first, count;
} known;

static bool read_known(laco_context *ctx, laco_model *model, const laco_series *series, size_t most, known *k)
{
    size_t rows = laco_series_rows(series, 0);
    int target = forecast_info(model).target;
    k->x = calloc(rows + 1, sizeof *k->x);
    k->value = calloc(rows + 1, sizeof *k->value);
    k->fit = calloc(rows + 1, sizeof *k->fit);
    k->score = calloc(rows + 1, sizeof *k->score);
    if (!k->x || !k->value || !k->fit || !k->score) {
        trouble_text("out of memory for a picture of %zu rows", rows);
        return false;
    }
    if (laco_model_anomaly_score(model, series, 0, k->fit, k->score) < 0) {
        trouble(ctx);
        return false;
    }
    k->first = rows > most ? rows - most : 0;
    k->count = rows - k->first;
    for (size_t i = 0; i < rows; i++) {
        int32_t nanoseconds;
        k->x[i] = (double)laco_series_time(series, 0, i, &nanoseconds);
        k->x[i] += 1e-9 * nanoseconds;
        k->value[i] = laco_series_value(series, 0, i, target);
    }
    return true;
}

/* The forecast begins where the data end: no gap between the two. False: no memory. */
static bool join(picture *p, double x, double value)
{
    double *columns[] = {p->x, p->y, p->low, p->high}, first[] = {x, value, value, value};
    if (p->count == 0)
        return true;
    if (p->count == p->room) {
        if (!grow(&p->x, p->room + 1) || !grow(&p->y, p->room + 1) || !grow(&p->low, p->room + 1) || !grow(&p->high, p->room + 1))
            return false;
        p->room++;
        memcpy(columns, (double *[]){p->x, p->y, p->low, p->high}, sizeof columns);
    }
    for (int i = 0; i < 4; i++) {
        memmove(columns[i] + 1, columns[i], p->count * sizeof *columns[i]);
        columns[i][0] = first[i];
    }
    p->count++;
    return true;
}

/* How the time axis is written, by how much of it there is. */
static const char *time_format(const laco_series *series, double from, double to)
{
    char text[48];
    laco_series_time_text(series, 0, 0, text);
    double days = (to - from) / 86400;
    char *end; /* a number is its own time; a date of digits alone, as 201601, is not */
    bool numbers = (int64_t)floor(strtod(text, &end)) == laco_series_time(series, 0, 0, NULL) && !*end;
    if (!laco_series_has_time(series) || numbers)
        return NULL;
    return days > 1500 ? "%Y" : days > 90 ? "%Y-%m" : days > 3 ? "%m-%d" : "%m-%d %H:%M";
}

static void name_band(const laco_forecast_info *info, char *out, size_t size)
{
    double low = info->quantiles[0], high = info->quantiles[info->quantile_count - 1];
    snprintf(out, size, "%g %% of cases expected within", 100 * (high - low));
}

int picture_draw(laco_context *ctx, laco_model *model, const laco_series *series, picture *p, const char *path, bool show)
{
    laco_forecast_info info = forecast_info(model);
    known k = {0};
    char band_name[80], title[300];
    int status =
        read_known(ctx, model, series, 3 * p->count > MOST_HISTORY ? 3 * p->count : MOST_HISTORY, &k) ? EXIT_DONE : EXIT_TROUBLE;
    if (status == EXIT_DONE) {
        bool band = info.quantile_count > 1;
        if (band)
            name_band(&info, band_name, sizeof band_name);
        snprintf(title, sizeof title, "%s: the last %zu rows, and a forecast of the next %zu", info.columns[info.target], k.count,
                 p->count);
        if (!join(p, k.x[k.first + k.count - 1], k.value[k.first + k.count - 1]))
            status = trouble_text("out of memory for a picture");
        double start = k.x[k.first], end = p->count > 0 ? p->x[p->count - 1] : start;
        const plot_line lines[] = {
            {.name = info.columns[info.target], .x = k.x + k.first, .y = k.value + k.first, .count = k.count, .colour = 1},
            {.name = "fit, one step ahead", .x = k.x + k.first, .y = k.fit + k.first, .count = k.count, .colour = 3},
            {.name = "forecast",
             .x = p->x,
             .y = p->y,
             .low = band ? p->low : NULL,
             .high = band ? p->high : NULL,
             .band_name = band ? band_name : NULL,
             .count = p->count,
             .colour = 2},
        };
        int64_t valid = laco_model_valid_rows(model, series);
        plot_config config = {.title = title, .x_time = time_format(series, start, end)};
        if (valid > 0 && k.first + (size_t)valid <= laco_series_rows(series, 0) + k.first) {
            config.shade_from = k.x[laco_series_rows(series, 0) - (size_t)valid];
            config.shade_to = k.x[laco_series_rows(series, 0) - 1];
            config.shade_name = "validation";
        }
        if (show && plot_text(stderr, lines, 3, &config, NULL) < 0)
            status = report_trouble();
        if (status == EXIT_DONE && path && plot_lines(lines, 3, &config, path) < 0)
            status = report_trouble();
    }
    free(k.x);
    free(k.value);
    free(k.fit);
    free(k.score);
    return status;
}
