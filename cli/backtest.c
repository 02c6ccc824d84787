/* laco backtest: a forecaster trained anew on ever longer heads of a series, each time judged by the rows behind. */
#include "tasks/rolling.h"
#include "tasks/task.h"

#include <math.h>
#include <stdlib.h>

typedef struct backtest_arguments {
    train_arguments common; /* the output is not used */
    laco_forecast_options options;
    int64_t folds, rows, season;
    bool json;
} backtest_arguments;

#define AT(member) offsetof(backtest_arguments, member)

static const option own_options[] = {
    {"folds", 0, OPTION_INTEGER, "K", "so many trainings (3)", AT(folds), 1, 1000},
    {"rows", 0, OPTION_INTEGER, "N", "rows that each forecasts (--horizon, or 24)", AT(rows), 1, 1e6},
    {"mase-season", 0, OPTION_INTEGER, "N", "of MASE and OWA, in rows (the model's)", AT(season), 1, 1e6},
    {"json", 0, OPTION_FLAG, NULL, "JSON instead of text, one object a fold, and one of their means", AT(json), 0, 0},
    {"threads", 0, OPTION_INTEGER, "N", "threads; results never depend on it", AT(common.threads), 1, 256},
};
static const option_group own_groups[] = {OPTION_GROUP("Options", own_options), {0}};

/* Trains on `head` and scores the rows of `more` behind it. */
static int run_fold(laco_context *ctx, const backtest_arguments *arguments, const laco_series *head, const laco_series *more,
                    laco_rolling_errors *out)
{
    const laco_rolling_options rolling = {arguments->rows, arguments->rows, arguments->season};
    laco_model *model = NULL;
    laco_rolling_score score;
    if (laco_train_forecast(ctx, &arguments->options, head, NULL, &model) < 0) {
        laco_model_free(model);
        return trouble(ctx);
    }
    int status = laco_model_score_rolling(model, more, &rolling, &score) < 0 ? trouble(ctx) : EXIT_DONE;
    laco_model_free(model);
    if (status != EXIT_DONE)
        return status;
    *out = score.all;
    laco_rolling_free(&score);
    return EXIT_DONE;
}

/* Fold k of 1 … folds forecasts the rows that the folds behind it have left over. */
static int cut_fold(laco_context *ctx, const backtest_arguments *arguments, const laco_series *data, int64_t k,
                    laco_rolling_errors *out)
{
    size_t behind = (size_t)((arguments->folds - k) * arguments->rows);
    laco_series *head = NULL, *more = NULL;
    int status = laco_series_cut(data, behind + (size_t)arguments->rows, &head) < 0 || laco_series_cut(data, behind, &more) < 0
                     ? trouble(ctx)
                     : run_fold(ctx, arguments, head, more, out);
    laco_series_free(head);
    laco_series_free(more);
    return status;
}

static int run_folds(laco_context *ctx, const backtest_arguments *arguments, const laco_series *data)
{
    laco_rolling_errors sum = {0}, one = {0};
    int status = EXIT_DONE;
    if (!arguments->json)
        rolling_header(arguments->folds, arguments->rows);
    for (int64_t k = 1; k <= arguments->folds && status == EXIT_DONE && !interrupted; k++) {
        status = cut_fold(ctx, arguments, data, k, &one);
        if (status != EXIT_DONE)
            return status;
        const double *from = (const double *)&one;
        for (size_t i = 0; i < sizeof sum / sizeof(double); i++)
            ((double *)&sum)[i] += from[i] / (double)arguments->folds;
        status = rolling_row(k, &one, arguments->json);
    }
    if (interrupted)
        return EXIT_SIGNAL + interrupted;
    return status == EXIT_DONE ? rolling_row(0, &sum, arguments->json) : status;
}

static int backtest(laco_context *ctx, backtest_arguments *arguments, const char *path)
{
    laco_series *data = NULL;
    laco_summary *summary = NULL;
    if (forecast_load(ctx, &arguments->options, path, &data) < 0)
        return trouble(ctx);
    laco_status made = laco_series_summary(data, false, &summary);
    int status = say_doubts(ctx, made, summary);
    if (arguments->rows == 0)
        arguments->rows = arguments->options.horizon > 1 ? arguments->options.horizon : 24;
    if (status == EXIT_DONE)
        status = run_folds(ctx, arguments, data);
    laco_series_free(data);
    return status;
}

int command_backtest(int argc, char **argv)
{
    table_groups groups = {0};
    backtest_arguments arguments = {.folds = 3};
    const char **paths = calloc((size_t)argc + 1, sizeof *paths);
    int status = EXIT_TROUBLE;
    if (!paths || !table_groups_new(own_groups, laco_task_options("forecast"), AT(options), NULL, &groups))
        status = trouble_text("out of memory");
    else {
        const command_line command = {
            .name = "laco backtest",
            .usage = "SERIES.csv [options]",
            .summary = "Train a forecaster on ever longer heads of a series, K times from the beginning, and score\n"
                       "each by the rows behind it. The options of a training are those of laco train forecast.",
            .example = "laco backtest airline-passengers.csv --folds 4 --horizon 12",
            .groups = groups.groups,
            .group_count = groups.count,
            .least = 1,
            .most = 1};
        int count = parse_options(&command, argc, argv, &arguments, paths);
        status = parse_status(count);
        if (count >= 0) {
            laco_context *ctx = open_context(arguments.common.threads);
            catch_interrupt();
            status = ctx ? backtest(ctx, &arguments, paths[0]) : EXIT_TROUBLE;
            laco_context_free(ctx);
        }
    }
    table_groups_free(&groups);
    free(paths);
    return status;
}
