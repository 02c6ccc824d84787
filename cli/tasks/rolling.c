#include "tasks/rolling.h"

#include <math.h>
#include <stddef.h>

static const struct {
    const char *key, *name;
    size_t at;
} measures[] = {
    {"mse", "MSE", offsetof(laco_rolling_errors, mse)},
    {"mae", "MAE", offsetof(laco_rolling_errors, mae)},
    {"mse_z", "MSE, z", offsetof(laco_rolling_errors, mse_z)},
    {"mae_z", "MAE, z", offsetof(laco_rolling_errors, mae_z)},
    {"smape", "sMAPE %", offsetof(laco_rolling_errors, smape)},
    {"mase", "MASE", offsetof(laco_rolling_errors, mase)},
    {"owa", "OWA", offsetof(laco_rolling_errors, owa)},
    {"wql", "WQL", offsetof(laco_rolling_errors, wql)},
    {"coverage", "in band", offsetof(laco_rolling_errors, coverage)},
};
#define MEASURES (sizeof measures / sizeof *measures)

static double value_of(const laco_rolling_errors *errors, size_t measure)
{
    return *(const double *)((const char *)errors + measures[measure].at);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------------------
 */

static json_t *number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

static void put_errors(json_t **object, const laco_rolling_errors *errors)
{
    for (size_t m = 0; m < MEASURES; m++)
        json_put(object, measures[m].key, number(value_of(errors, m)));
}

static json_t *list(const double *values, int64_t count)
{
    json_t *out = json_array();
    for (int64_t i = 0; i < count; i++)
        json_add(&out, number(values[i]));
    return out;
}

static int print_json(const laco_rolling_score *score, const laco_forecast_info *info)
{
    json_t *object = json_pack("{s:I, s:I, s:I, s:I, s:I, s:b}", "horizon", (json_int_t)score->horizon, "stride",
                               (json_int_t)score->stride, "season", (json_int_t)score->season, "windows",
                               (json_int_t)score->windows, "series", (json_int_t)score->series, "unseen", score->unseen);
    json_t *columns = json_object();
    put_errors(&object, &score->all);
    for (int c = 0; c < score->column_count; c++) {
        json_t *column = json_object();
        put_errors(&column, &score->column[c]);
        json_put(&columns, info->columns[c], column);
    }
    json_put(&object, "columns", columns);
    json_put(&object, "mse_z_by_horizon", list(score->lead_mse, score->horizon));
    json_put(&object, "mae_z_by_horizon", list(score->lead_mae, score->horizon));
    json_put(&object, "mase_by_horizon", list(score->lead_mase, score->horizon));
    return print_object(object);
}

/* ---- Text -------------------------------------------------------------------------------------------------------------------
 */

static void print_number(double value)
{
    if (isfinite(value))
        printf(" %10.4g", value);
    else
        printf(" %10s", "-");
}

static void print_errors(const char *name, const laco_rolling_errors *errors)
{
    printf("%-16.16s", name);
    for (size_t m = 0; m < MEASURES; m++)
        print_number(value_of(errors, m));
    putchar('\n');
}

/* Of the first row ahead, of powers of two, and of the last. */
static void print_leads(const laco_rolling_score *score)
{
    printf("\n%-16s %10s %10s %10s\n", "rows ahead", "MSE, z", "MAE, z", "MASE");
    for (int64_t h = 1; h <= score->horizon; h = h < score->horizon && 2 * h > score->horizon ? score->horizon : 2 * h) {
        const double values[] = {score->lead_mse[h - 1], score->lead_mae[h - 1], score->lead_mase[h - 1]};
        printf("%-16lld", (long long)h);
        for (int i = 0; i < 3; i++)
            print_number(values[i]);
        putchar('\n');
    }
}

static void print_text(const laco_rolling_score *score, const laco_forecast_info *info)
{
    printf("%lld windows of %lld rows, %lld apart, of %zu series; a season is %lld rows%s\n\n", (long long)score->windows,
           (long long)score->horizon, (long long)score->stride, score->series, (long long)score->season,
           score->unseen ? "" : " (training chose its best epoch by them)");
    printf("%-16s", "");
    for (size_t m = 0; m < MEASURES; m++)
        printf(" %10s", measures[m].name);
    putchar('\n');
    for (int c = 0; c < score->column_count && score->column_count > 1; c++)
        print_errors(info->columns[c], &score->column[c]);
    print_errors(score->column_count > 1 ? "all" : info->columns[0], &score->all);
    print_leads(score);
}

void rolling_header(int64_t folds, int64_t rows)
{
    printf("%lld trainings, each scored by the %lld rows behind it\n\n%-16s", (long long)folds, (long long)rows, "fold");
    for (size_t m = 0; m < MEASURES; m++)
        printf(" %10s", measures[m].name);
    putchar('\n');
}

int rolling_row(int64_t fold, const laco_rolling_errors *errors, bool json)
{
    char name[24] = "mean";
    if (fold > 0)
        snprintf(name, sizeof name, "%lld", (long long)fold);
    if (!json) {
        print_errors(name, errors);
        (void)fflush(stdout);
        return EXIT_DONE;
    }
    json_t *object = fold > 0 ? json_pack("{s:I}", "fold", (json_int_t)fold) : json_pack("{s:b}", "mean", 1);
    put_errors(&object, errors);
    return print_object(object);
}

int eval_rolling(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const laco_series *series)
{
    const laco_rolling_options options = {arguments->horizon, arguments->stride, arguments->season};
    laco_forecast_info info = forecast_info(model);
    laco_rolling_score score;
    if (laco_model_score_rolling(model, series, &options, &score) < 0)
        return trouble(ctx);
    int status = EXIT_DONE;
    if (arguments->json)
        status = print_json(&score, &info);
    else
        print_text(&score, &info);
    laco_rolling_free(&score);
    return status;
}
