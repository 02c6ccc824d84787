/* laco forecast: go on from the end of a series. */
#include "tasks/series.h"

#include "outputs.h"
#include "picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct forecast_arguments {
    series_arguments series;
    int64_t steps, seed, threads;
    const char *plot;
    bool json, show;
} forecast_arguments;

#define BLOCK ((size_t)256)        /* series that are forecast at once at most, … */
#define BLOCK_ROWS ((size_t)65536) /* … of so many rows in all */
#define FEW_STEPS 4096             /* of one, for it to be among others */

/* What they are forecast into. */
typedef struct block {
    int64_t steps;
    laco_forecast_point *points;
    double *values;
} block;

#define AT(member) offsetof(forecast_arguments, member)

static const option options[] = {
    {"steps", 0, OPTION_INTEGER, "N", "so many rows (24; those that known columns are given of)", AT(steps), 1, 1e12},
    {"plot", 0, OPTION_OUTPUT, "FILE.png|svg", "a picture of history, fit and forecast", AT(plot), 0, 0},
    {"show", 0, OPTION_FLAG, NULL, "a small plot in the terminal, on standard error", AT(show), 0, 0},
    {"json", 0, OPTION_FLAG, NULL, "JSON instead of text, one object a line; columns called step, time, id … under \"columns\"",
     AT(json), 0, 0},
    {"seed", 0, OPTION_INTEGER, "N", "of the paths that a band is made of", AT(seed), 0, 9e18},
    {"threads", 0, OPTION_INTEGER, "N", "threads; results never depend on it", AT(threads), 1, 256},
};

static const option series_options[] = {SERIES_OPTIONS(forecast_arguments)};

static void print_header(const laco_forecast_info *info, bool ids)
{
    printf("%stime", ids ? "id\t" : "");
    for (int c = 0; c < info->column_count; c++)
        printf("\t%s", info->columns[c]);
    for (int q = 0; q < info->quantile_count; q++)
        printf("\tq%g", info->quantiles[q]);
    putchar('\n');
}

static void print_text(const laco_forecast_info *info, const laco_forecast_point *point, const char *id)
{
    printf("%s%s%s", id, *id ? "\t" : "", point->time);
    for (int i = 0; i < info->column_count + info->quantile_count; i++) {
        putchar('\t');
        print_shown(i < info->column_count ? point->value[i] : point->quantile[i - info->column_count]);
    }
    putchar('\n');
}

/* Keys of a line that no column may overwrite: a column called so stands under "columns". */
static bool is_key(const char *column)
{
    static const char *const keys[] = {"step", "time", "id", "quantiles", "columns"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(column, keys[i]) == 0)
            return true;
    return false;
}

static int print_json(const laco_forecast_info *info, const laco_forecast_point *point, const char *id)
{
    json_t *object = json_pack("{s:I, s:s}", "step", (json_int_t)point->step, "time", point->time), *quantiles = json_object();
    json_t *columns = json_object();
    char name[32];
    if (*id)
        json_put(&object, "id", json_string(id));
    for (int c = 0; c < info->column_count; c++)
        json_put(is_key(info->columns[c]) ? &columns : &object, info->columns[c], json_real(shown(point->value[c])));
    for (int q = 0; q < info->quantile_count; q++) {
        snprintf(name, sizeof name, "%g", info->quantiles[q]);
        json_put(&quantiles, name, json_real(shown(point->quantile[q])));
    }
    if (info->quantile_count > 0)
        json_put(&object, "quantiles", json_incref(quantiles));
    if (!columns || json_object_size(columns) > 0)
        json_put(&object, "columns", json_incref(columns));
    json_decref(quantiles);
    json_decref(columns);
    return print_object_digits(object, VALUE_DIGITS);
}

/* So many rows are forecast: those that were asked for, or of which known columns are given, or 24. */
static int64_t steps_of(const laco_forecast_info *info, const forecast_arguments *arguments, const laco_series *series,
                        size_t index)
{
    int64_t otherwise = info->known ? (int64_t)laco_series_ahead(series, index) : 24;
    return arguments->steps > 0 ? arguments->steps : otherwise;
}

/* Before anything is printed: known columns are given of all rows to be forecast. */
static int check_known(const laco_forecast_info *info, const forecast_arguments *arguments, const laco_series *series)
{
    for (size_t i = 0; i < laco_series_count(series) && info->known; i++) {
        long long ahead = (long long)laco_series_ahead(series, i);
        const char *id = laco_series_id(series, i);
        if (ahead == 0 || ahead < arguments->steps)
            return trouble_text(
                "%s%s%s given for %lld of %lld rows to be forecast: rows with values of %s and an empty \"%s\" are right",
                *id ? "series " : info->known, id,
                *id                        ? ": known columns are"
                : strchr(info->known, ',') ? " are"
                                           : " is",
                ahead, (long long)(arguments->steps > 0 ? arguments->steps : 24), info->known, info->columns[info->target]);
    }
    return EXIT_DONE;
}

static int print_point(const laco_forecast_info *info, const forecast_arguments *arguments, const laco_forecast_point *point,
                       const char *id)
{
    if (arguments->json)
        return print_json(info, point, id);
    print_text(info, point, id);
    return EXIT_DONE;
}

/* One series: its rows as they come, and, where there is to be a picture, kept for it. */
static int run_series(laco_context *ctx, laco_model *model, const forecast_arguments *arguments, const laco_series *series,
                      size_t index, picture *kept)
{
    laco_forecast_info info = forecast_info(model);
    laco_forecast_run *run = NULL;
    laco_forecast_point point;
    const char *id = laco_series_id(series, index);
    int64_t steps = steps_of(&info, arguments, series, index);
    if (laco_forecast_start(model, series, index, (uint64_t)arguments->seed, &run) < 0)
        return trouble(ctx);
    int status = EXIT_DONE;
    for (int64_t i = 0; i < steps && status == EXIT_DONE && !interrupted && !ferror(stdout); i++) {
        if (laco_forecast_next(run, &point) < 0)
            status = trouble(ctx);
        else if (kept && !picture_add(kept, &point))
            status = trouble_text("out of memory for a picture of %lld rows", (long long)steps);
        else
            status = print_point(&info, arguments, &point, id);
    }
    laco_forecast_free(run);
    return status;
}

/* Some series, each over a thread. */
static int run_some(laco_context *ctx, laco_model *model, const forecast_arguments *arguments, const laco_series *series,
                    size_t first, size_t count, block *b)
{
    laco_forecast_info info = forecast_info(model);
    size_t steps = (size_t)b->steps;
    if (laco_model_forecast_many(model, series, first, count, b->steps, (uint64_t)arguments->seed, b->points, b->values) < 0)
        return trouble(ctx);
    int status = EXIT_DONE;
    for (size_t i = 0; i < count * steps && status == EXIT_DONE && !ferror(stdout); i++)
        status = print_point(&info, arguments, &b->points[i], laco_series_id(series, first + i / steps));
    return status;
}

/* All series, of which each has the same number of rows to be forecast. */
static int run_blocks(laco_context *ctx, laco_model *model, const forecast_arguments *arguments, const laco_series *series)
{
    laco_forecast_info info = forecast_info(model);
    size_t count = laco_series_count(series), width = (size_t)info.column_count + (size_t)info.quantile_count;
    block b = {.steps = steps_of(&info, arguments, series, 0)};
    size_t rows = (size_t)b.steps, most = BLOCK_ROWS / rows < BLOCK ? BLOCK_ROWS / rows : BLOCK;
    b.points = calloc(most * rows, sizeof *b.points);
    b.values = calloc(most * rows, width * sizeof *b.values);
    int status = b.points && b.values ? EXIT_DONE : trouble_text("out of memory for %lld rows", (long long)b.steps);
    for (size_t i = 0; i < count && status == EXIT_DONE && !interrupted; i += most)
        status = run_some(ctx, model, arguments, series, i, count - i < most ? count - i : most, &b);
    free(b.points);
    free(b.values);
    return status;
}

/* Every series in turn, or, where there are many of few rows, blocks of them; a picture shows the first. */
static int run_all(laco_context *ctx, laco_model *model, const forecast_arguments *arguments, const laco_series *series)
{
    laco_forecast_info info = forecast_info(model);
    bool pictured = arguments->plot || arguments->show;
    size_t count = laco_series_count(series);
    bool in_blocks = count > 1 && !pictured && !info.known && steps_of(&info, arguments, series, 0) <= FEW_STEPS;
    picture kept = {.target = info.target, .quantile_count = info.quantile_count};
    int status = check_known(&info, arguments, series);
    catch_interrupt();
    if (status == EXIT_DONE && !arguments->json)
        print_header(&info, *laco_series_id(series, 0) != 0);
    if (status == EXIT_DONE && in_blocks)
        status = run_blocks(ctx, model, arguments, series);
    for (size_t i = 0; i < count && status == EXIT_DONE && !in_blocks; i++)
        status = run_series(ctx, model, arguments, series, i, pictured && i == 0 ? &kept : NULL);
    if (status == EXIT_DONE && pictured)
        status = picture_draw(ctx, model, series, &kept, arguments->plot, arguments->show);
    picture_free(&kept);
    return status;
}

static int forecast(laco_context *ctx, laco_model *model, const forecast_arguments *arguments, const char *const *paths,
                    int count)
{
    laco_series *series = NULL;
    if (strcmp(laco_model_task(model), "forecast") != 0)
        return trouble_text("%s: was trained to %s, which 'laco forecast' is not for", paths[0], laco_model_task(model));
    say_terminal(paths, count);
    if (count > 1)
        series = open_series_for(ctx, model, paths[1], &arguments->series);
    else if (laco_model_history(model, &series) < 0)
        trouble(ctx);
    int status = series ? run_all(ctx, model, arguments, series) : EXIT_TROUBLE;
    laco_series_free(series);
    return status;
}

int command_forecast(int argc, char **argv)
{
    const option_group groups[] = {OPTION_GROUP("Options", options), OPTION_GROUP("The series", series_options)};
    const command_line command = {
        .name = "laco forecast",
        .usage = "MODEL [SERIES.csv|-] [options]",
        .summary = "Go on from the end of a series, or, without one, of the data that the model was trained on.\n"
                   "One row a time step: its time, then each column, separated by tabs.",
        .example = "laco forecast airline.safetensors --steps 24 --plot airline.png",
        .groups = groups,
        .group_count = 2,
        .least = 1,
        .most = 2};
    forecast_arguments arguments = {0};
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);
    int count = parse_options(&command, argc, argv, &arguments, positional), status = parse_status(count);
    if (count >= 0 && (status = check_outputs(&command, &arguments, positional, count)) == EXIT_DONE) {
        laco_context *ctx = open_context(arguments.threads);
        laco_model *model = ctx ? open_model_for_inference(ctx, positional[0]) : NULL;
        status = model ? forecast(ctx, model, &arguments, positional, count) : EXIT_TROUBLE;
        laco_model_free(model);
        laco_context_free(ctx);
    }
    free(positional);
    return status;
}
