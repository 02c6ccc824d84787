#include "eval_page.h"
#include "tasks/rolling.h"
#include "tasks/series.h"
#include "tasks/task.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- laco train ---- */

typedef struct forecast_arguments {
    train_arguments common;
    laco_forecast_options options;
} forecast_arguments;

/* What validation made of the two parts of a model. */
static void say_base(const laco_model *model, const train_arguments *arguments)
{
    double share = forecast_info(model).network_share;
    if (share <= 0 && !arguments->json)
        fputs("forecasts are those of the linear base alone: on what was set aside the network made them no better\n", stderr);
    else if (share < 1 && !arguments->json)
        fprintf(stderr, "forecasts are %.0f %% the network's and %.0f %% the linear base's, as was best on what was set aside\n",
                100 * share, 100 - 100 * share);
}

static int train_on(laco_context *ctx, forecast_arguments *arguments, const laco_series *data)
{
    laco_model *model = NULL;
    const report_part part = {.data = data, .describe = forecast_describe, .look = forecast_look};
    progress_start(&arguments->common, &arguments->options.train, &part);
    laco_status trained = laco_train_forecast(ctx, &arguments->options, data, NULL, &model);
    int status = progress_end(ctx, &arguments->common, trained, model, NULL, 0);
    if (status == EXIT_DONE && !arguments->common.quiet)
        say_base(model, &arguments->common);
    laco_model_free(model);
    return status;
}

laco_status forecast_load(laco_context *ctx, const laco_forecast_options *options, const char *path, laco_series **out)
{
    laco_series_config config = options->data;
    if (!config.column_list && options->target) { /* its name may have a comma in it */
        config.columns = &options->target;
        config.column_count = 1;
    }
    return laco_series_load(ctx, path, &config, out);
}

static int train(laco_context *ctx, void *user, const char *const *paths, int count)
{
    (void)count;
    forecast_arguments *arguments = user;
    laco_series *data = NULL;
    laco_summary *summary = NULL;
    if (forecast_load(ctx, &arguments->options, paths[0], &data) < 0)
        return trouble(ctx);
    laco_status made = laco_series_summary(data, wants_detail(&arguments->common), &summary);
    int status = say_data(ctx, &arguments->common, made, summary);
    if (status == EXIT_DONE)
        status = train_on(ctx, arguments, data);
    laco_series_free(data);
    return status;
}

static laco_status look(laco_context *ctx, void *user, const char *const *paths, int count, laco_summary **out)
{
    (void)count;
    laco_series *data;
    LACO_PASS(forecast_load(ctx, &((forecast_arguments *)user)->options, paths[0], &data));
    laco_status status = laco_series_summary(data, true, out);
    laco_series_free(data);
    return status;
}

/* ---- laco eval ---- */

static const option eval_options[] = {
    {"horizon", 0, OPTION_INTEGER, "N", "rows of a closed loop (24); of a window (those that the model says at once)",
     ASK(horizon), 1, 1e6},
    {"rolling", 0, OPTION_FLAG, NULL, "over all windows: MSE, MAE, sMAPE, MASE, OWA, and of bands WQL and coverage", ASK(rolling),
     0, 0},
    {"stride", 0, OPTION_INTEGER, "N", "rows from one window to the next (1)", ASK(stride), 1, 1e9},
    {"season", 0, OPTION_INTEGER, "N", "of MASE and OWA, in rows (the model's)", ASK(season), 1, 1e6},
    SERIES_OPTIONS(ask_arguments),
};
static const option_group eval_group = TASK_GROUP("forecast", eval_options);

static json_t *number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

static json_t *errors_to_json(const laco_forecast_errors *e)
{
    const struct {
        const char *key;
        double value;
    } members[] = {{"mae", e->mae},
                   {"rmse", e->rmse},
                   {"mape", e->mape},
                   {"mase", e->mase},
                   {"naive_mae", e->naive_mae},
                   {"seasonal_naive_mae", e->seasonal_mae},
                   {"mase_seasonal", e->mase_seasonal},
                   {"mase_scaled", e->mase_scaled},
                   {"coverage", e->coverage}};
    json_t *object = json_pack("{s:I}", "count", (json_int_t)e->count);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        json_put(&object, members[i].key, number(members[i].value));
    return object;
}

static json_t *to_json(const laco_forecast_score *score, const char *target, const laco_series *series)
{
    laco_summary *summary;
    if (laco_series_summary(series, false, &summary) < 0)
        return NULL;
    json_t *object =
        json_pack("{s:s, s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:s, s:s, s:b}", "data", laco_summary_line(summary), "target", target,
                  "one_step", errors_to_json(&score->one_step), "closed_loop", errors_to_json(&score->closed_loop), "horizon",
                  (json_int_t)score->horizon, "origins", (json_int_t)score->origins, "season", (json_int_t)score->season, "rows",
                  (json_int_t)score->rows, "from", score->from, "to", score->to, "unseen", score->unseen);
    laco_summary_free(summary);
    return object;
}

static void print_line(const char *name, double one, double loop, const char *unit)
{
    const double values[] = {one, loop};
    printf("%-26s", name);
    for (int i = 0; i < 2; i++) {
        if (isfinite(values[i]))
            printf(" %13.5g%-2s", values[i], unit);
        else
            printf(" %13s%-2s", "-", "");
    }
    putchar('\n');
}

static void score_text(const laco_forecast_score *score, const char *target)
{
    const laco_forecast_errors *one = &score->one_step, *loop = &score->closed_loop;
    printf("%s, %zu rows from %s to %s%s\n\n", target, score->rows, score->from, score->to,
           score->unseen ? "" : " (training chose its best epoch by them)");
    printf("%-26s %13s   closed loop, %lld rows from %lld places\n", "", "one step", (long long)score->horizon,
           (long long)score->origins);
    print_line("MAE", one->mae, loop->mae, "");
    print_line("RMSE", one->rmse, loop->rmse, "");
    print_line("MAPE", one->mape, loop->mape, " %");
    print_line("naive MAE", one->naive_mae, loop->naive_mae, "");
    print_line("seasonal naive MAE", one->seasonal_mae, loop->seasonal_mae, "");
    print_line("MASE (MAE / naive)", one->mase, loop->mase, "");
    print_line("MASE (MAE / seasonal)", one->mase_seasonal, loop->mase_seasonal, "");
    print_line("MAE / naive step before", one->mase_scaled, loop->mase_scaled, "");
    if (isfinite(one->coverage))
        print_line("within the band", 100 * one->coverage, NAN, " %");
    if (score->season > 1)
        printf("\na season is %lld rows\n", (long long)score->season);
}

static int eval(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    laco_forecast_info info = forecast_info(model);
    laco_forecast_score score;
    if (count != 1)
        return trouble_text("'%s' is one file too many: a forecaster is scored on one", paths[1]);
    laco_series *series = open_series_for(ctx, model, paths[0], &arguments->series);
    const report_part part = {.data = series, .describe = forecast_describe, .look = forecast_look};
    int status = series ? EXIT_DONE : EXIT_TROUBLE;
    if (series && arguments->rolling)
        status = eval_rolling(ctx, model, arguments, series);
    else if (series && laco_model_score_forecast(model, series, arguments->horizon, &score) < 0)
        status = trouble(ctx);
    else if (series && arguments->json)
        status = print_object(to_json(&score, info.columns[info.target], series));
    else if (series)
        score_text(&score, info.columns[info.target]);
    if (series && status == EXIT_DONE)
        status = eval_page(ctx, model, arguments,
                           arguments->rolling ? json_object() : to_json(&score, info.columns[info.target], series), &part);
    laco_series_free(series);
    return status;
}

/* ---- laco predict ---- */

static const option predict_options[] = {
    {"threshold", 0, OPTION_REAL, "X", "mark rows whose score is at least this (0.998)", ASK(threshold), 0, 1},
    {"rest", 0, OPTION_INTEGER, "N", "rows behind a marked one that belong to it, or 5 % of all if that is more (a day)",
     ASK(rest), 1, 1e9},
    {"state", 0, OPTION_OUTPUT, "FILE", "go on from the state that is there, and leave there what it is then; of one series",
     ASK(state), 0, 0},
    {"learn", 0, OPTION_FLAG, NULL,
     "go on fitting the forecast to the rows that come; with --state also to those of the next call", ASK(learn), 0, 0},
    SERIES_OPTIONS(ask_arguments),
};
static const option_group predict_group = TASK_GROUP("forecast", predict_options);

/* Rows of a series that a forecaster did not expect. */

typedef struct row {
    const char *time, *id;
    double value, prediction, score;
    bool marked;
} row;

static int answer_json(const row *r)
{
    json_t *object = json_pack("{s:s, s:f}", "time", r->time, "value", shown(r->value));
    bool known = isfinite(r->prediction);
    if (*r->id)
        json_put(&object, "id", json_string(r->id));
    json_put(&object, "prediction", known ? json_real(shown(r->prediction)) : json_null());
    json_put(&object, "error", known ? json_real(shown(r->value - r->prediction)) : json_null());
    json_put(&object, "score", json_real(r->score));
    json_put(&object, "anomaly", json_boolean(r->marked));
    return print_object_digits(object, VALUE_DIGITS);
}

static void answer_text(const row *r)
{
    if (*r->id)
        printf("%s\t", r->id);
    printf("%s\t%.*g\t", r->time, VALUE_DIGITS, shown(r->value));
    if (isfinite(r->prediction))
        printf("%.*g\t%.9g", VALUE_DIGITS, shown(r->prediction), r->value - r->prediction);
    else
        putchar('\t');
    printf("\t%.6f\t%s\n", r->score, r->marked ? "anomaly" : "");
}

static int print_rows(const ask_arguments *arguments, const laco_series *series, size_t index, int target,
                      const laco_detection *found)
{
    int status = EXIT_DONE;
    for (size_t i = 0; i < laco_series_rows(series, index) && status == EXIT_DONE; i++) {
        char time[48];
        laco_series_time_text(series, index, i, time);
        row r = {.time = time,
                 .id = laco_series_id(series, index),
                 .value = laco_series_value(series, index, i, target),
                 .prediction = found[i].prediction,
                 .score = found[i].score,
                 .marked = found[i].alarm};
        if (arguments->json)
            status = answer_json(&r);
        else
            answer_text(&r);
    }
    return status;
}

static bool is_there(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file)
        (void)fclose(file);
    return file != NULL;
}

/* The rows of one series through a detector, whose state may come from a file and go there. */
static int detect(laco_context *ctx, laco_detector *detector, const ask_arguments *arguments, const laco_series *series,
                  size_t index, int target)
{
    size_t rows = laco_series_rows(series, index);
    if (arguments->state && is_there(arguments->state) && laco_detector_load(detector, arguments->state) < 0)
        return trouble(ctx);
    laco_detection *found = calloc(rows + 1, sizeof *found);
    if (!found)
        return trouble_text("out of memory for %zu rows", rows);
    int status = laco_detector_run(detector, series, index, found) < 0 ? trouble(ctx) : EXIT_DONE;
    if (status == EXIT_DONE)
        status = print_rows(arguments, series, index, target, found);
    free(found);
    if (status == EXIT_DONE && arguments->state && laco_detector_save(detector, arguments->state) < 0)
        status = trouble(ctx);
    return status;
}

static int print_series(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const laco_series *series,
                        size_t index)
{
    const laco_detector_options options = {arguments->threshold, arguments->rest};
    laco_detector *detector = NULL;
    if (laco_detector_new(model, &options, &detector) < 0)
        return trouble(ctx);
    if (arguments->learn && laco_detector_learn(detector) < 0) {
        laco_detector_free(detector);
        return trouble(ctx);
    }
    int status = detect(ctx, detector, arguments, series, index, forecast_info(model).target);
    laco_detector_free(detector);
    return status;
}

static int predict(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    laco_series *series = open_series_for(ctx, model, count > 0 ? paths[0] : "-", &arguments->series);
    int status = series ? EXIT_DONE : EXIT_TROUBLE;
    if (series && arguments->state && laco_series_count(series) > 1) {
        size_t found = laco_series_count(series);
        laco_series_free(series);
        return trouble_text("--state is of one series, and there are %zu", found);
    }
    if (series && !arguments->json)
        printf("%stime\tvalue\tprediction\terror\tscore\tanomaly\n", laco_series_count(series) > 1 ? "id\t" : "");
    for (size_t i = 0; status == EXIT_DONE && i < laco_series_count(series); i++)
        status = print_series(ctx, model, arguments, series, i);
    laco_series_free(series);
    return status;
}

/* Rows of what is known ahead are asked for first. */
static bool is_ready(const laco_model *model) { return !forecast_info(model).known; }

const cli_task cli_forecast = {
    .name = "forecast",
    .summary = "to continue a series",
    .train =
        {
            .usage = "SERIES.csv -o MODEL [options]",
            .about = "Learn a series, to go on from its end: passengers of next year, temperatures of the next days.\n"
                     "SERIES.csv: a header, and one time step a row; - reads standard input.",
            .example = "laco train forecast airline-passengers.csv -o airline.safetensors",
            .size = sizeof(forecast_arguments),
            .options = offsetof(forecast_arguments, options),
            .one = true,
            .run = train,
            .next = "forecast",
            .next_options = " --steps 24",
            .ready = is_ready,
            .look = look,
            .reads = "target",
        },
    .eval = {.run = eval, .groups = {&eval_group}},
    .predict = {.run = predict, .one = true, .groups = {&predict_group}},
};
