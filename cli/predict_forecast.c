/* Rows of a series that a forecaster did not expect. */
#include "ask.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

typedef struct row {
    const char *time, *id;
    double value, prediction, score;
    bool marked;
} row;

static void print_json(const row *r)
{
    json_t *object = json_pack("{s:s, s:f}", "time", r->time, "value", shown(r->value));
    bool known = isfinite(r->prediction);
    if (*r->id)
        json_object_set_new(object, "id", json_string(r->id));
    json_object_set_new(object, "prediction", known ? json_real(shown(r->prediction)) : json_null());
    json_object_set_new(object, "error", known ? json_real(shown(r->value - r->prediction)) : json_null());
    json_object_set_new(object, "score", known ? json_real(shown(r->score)) : json_null());
    json_object_set_new(object, "anomaly", json_boolean(r->marked));
    json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(VALUE_DIGITS));
    json_decref(object);
    putchar('\n');
}

static void print_text(const row *r)
{
    if (*r->id)
        printf("%s\t", r->id);
    printf("%s\t%.*g\t", r->time, VALUE_DIGITS, shown(r->value));
    if (isfinite(r->prediction))
        printf("%.*g\t%.9g\t%.3f\t%s\n", VALUE_DIGITS, shown(r->prediction), r->value - r->prediction, r->score, r->marked ? "anomaly" : "");
    else
        printf("\t\t\t\n");
}

static void print_rows(const ask_arguments *arguments, const laco_series *series, size_t index, int target,
                       const double *prediction, const double *score)
{
    for (size_t i = 0; i < laco_series_rows(series, index); i++) {
        char time[48];
        laco_series_time_text(series, index, i, time);
        row r = {.time = time,
                 .id = laco_series_id(series, index),
                 .value = laco_series_value(series, index, i, target),
                 .prediction = prediction[i],
                 .score = score[i],
                 .marked = score[i] > arguments->threshold};
        if (arguments->json)
            print_json(&r);
        else
            print_text(&r);
    }
}

static int print_series(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const laco_series *series,
                        size_t index)
{
    size_t rows = laco_series_rows(series, index);
    double *prediction = calloc(2 * rows + 1, sizeof *prediction), *score = prediction ? prediction + rows : NULL;
    int status = EXIT_DONE;
    if (!prediction)
        return trouble_text("out of memory for %zu rows", rows);
    if (laco_model_surprise(model, series, index, prediction, score) < 0)
        status = trouble(ctx);
    else
        print_rows(arguments, series, index, laco_model_forecast_info(model).target, prediction, score);
    free(prediction);
    return status;
}

int predict_surprise(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    laco_series *series = open_series_for(ctx, model, count > 0 ? paths[0] : "-", &arguments->series);
    int status = series ? EXIT_DONE : EXIT_TROUBLE;
    if (series && !arguments->json)
        printf("%stime\tvalue\tprediction\terror\tscore\tanomaly\n", laco_series_count(series) > 1 ? "id\t" : "");
    for (size_t i = 0; status == EXIT_DONE && i < laco_series_count(series); i++)
        status = print_series(ctx, model, arguments, series, i);
    laco_series_free(series);
    return status;
}
