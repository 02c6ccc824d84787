#include "ask.h"

#include <jansson.h>
#include <math.h>

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
        json_object_set_new(object, members[i].key, number(members[i].value));
    return object;
}

static int print_json(const laco_forecast_score *score, const char *target, const laco_series *series)
{
    char summary[1024];
    laco_series_summary(series, summary, sizeof summary);
    json_t *object =
        json_pack("{s:s, s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:s, s:s, s:b}", "data", summary, "target", target, "one_step",
                  errors_to_json(&score->one_step), "closed_loop", errors_to_json(&score->closed_loop), "horizon",
                  (json_int_t)score->horizon, "origins", (json_int_t)score->origins, "season", (json_int_t)score->season, "rows",
                  (json_int_t)score->rows, "from", score->from, "to", score->to, "unseen", score->unseen);
    int failed = !object || json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) < 0;
    json_decref(object);
    putchar('\n');
    return failed ? trouble_text("out of memory, or standard output is full") : EXIT_DONE;
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

static void print_text(const laco_forecast_score *score, const char *target)
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

int eval_forecaster(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    laco_forecast_info info = laco_model_forecast_info(model);
    laco_forecast_score score;
    if (count != 1)
        return trouble_text("'%s' is one file too many: a forecaster is scored on one", paths[1]);
    laco_series *series = open_series_for(ctx, model, paths[0], &arguments->series);
    int status = series ? EXIT_DONE : EXIT_TROUBLE;
    if (series && laco_model_score_forecast(model, series, arguments->horizon, &score) < 0)
        status = trouble(ctx);
    else if (series && arguments->json)
        status = print_json(&score, info.columns[info.target], series);
    else if (series)
        print_text(&score, info.columns[info.target]);
    laco_series_free(series);
    return status;
}
