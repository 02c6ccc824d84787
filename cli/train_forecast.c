#include "series.h"
#include "train.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

typedef struct forecast_arguments {
    train_arguments common;
    series_arguments series;
    laco_forecast_options options;
    const char *quantiles;
    int base, line_search;
} forecast_arguments;

#define AT(member) offsetof(forecast_arguments, member)

static const option data_options[] = {
    {"target", 0, OPTION_TEXT, "COLUMN", "the column to forecast (one called target, y, value or close, else the last of numbers)", AT(series.target), 0, 0},
    {"columns", 0, OPTION_TEXT, "A,B…", "columns to read and to predict (the target alone)", AT(series.columns), 0, 0},
    {"time", 0, OPTION_TEXT, "COLUMN", "column of time stamps (found by itself); none: count rows", AT(series.time), 0, 0},
    {"date", 0, OPTION_CHOICE, DATE_CHOICES, "order of day, month and year, where dates do not say it", AT(series.date), 0, 0},
    {"decimal", 0, OPTION_CHOICE, DECIMAL_CHOICES, "the decimal mark (found by itself)", AT(series.decimal), 0, 0},
    {"id", 0, OPTION_TEXT, "COLUMN", "rows with the same value here are one series", AT(series.id), 0, 0},
    {"missing", 0, OPTION_CHOICE, "refuse|interpolate", "what to do about missing values", AT(series.missing), 0, 0},
    {"valid", 0, OPTION_REAL_OFF, "FRACTION", "end of each series that is set aside (0.2)", AT(options.valid_fraction), 0, 0.9},
};
static const option_group data_group = OPTION_GROUP("Data", data_options);

static const option model_options[] = {
    {"horizon", 0, OPTION_INTEGER, "N", "predict the next N rows at once (1: row by row)", AT(options.horizon), 1, 16384},
    {"window", 0, OPTION_INTEGER, "N", "rows of the pieces that training sees", AT(options.window), 1, 1 << 24},
    {"base", 0, OPTION_CHOICE, "auto|none|naive|seasonal", "what the network adds to; auto: a linear autoregression", AT(base), 0,
     0},
    {"season", 0, OPTION_INTEGER_OFF, "N", "rows of one season (found by itself); 0: none", AT(options.season), 0, 1 << 20},
    {"quantiles", 0, OPTION_TEXT, "0.1,0.5,0.9", "learn these quantiles, for a band", AT(quantiles), 0, 0},
    {"calendar", 0, OPTION_FLAG, NULL, "hour, weekday and day of the year as inputs", AT(options.calendar), 0, 0},
};
static const option_group model_group = OPTION_GROUP("The model", model_options);

static const option forecast_network_options[] = {
    {"cell", 0, OPTION_CHOICE, "rnn|gru|lstm", "the recurrent cell", AT(common.cell), 0, 0},
    {"hidden", 0, OPTION_INTEGER, "N", "hidden units", AT(common.network.hidden), 1, 65536},
    {"layers", 0, OPTION_INTEGER, "N", "recurrent layers", AT(common.network.layers), 1, 64},
    {"dropout", 0, OPTION_REAL_OFF, "P", "share of activations dropped in training", AT(common.network.dropout), 0, 0.99},
};
static const option_group forecast_network_group = OPTION_GROUP("The network", forecast_network_options);

static const option lbfgs_options[] = {
    {"history", 0, OPTION_INTEGER, "N", "pairs of vectors that L-BFGS remembers (100)", AT(options.lbfgs_config.history_size), 1,
     10000},
    {"line-search", 0, OPTION_CHOICE, "strong-wolfe|none", "of L-BFGS", AT(line_search), 0, 0},
};
static const option_group lbfgs_group =
    OPTION_GROUP("For --optim lbfgs, where an epoch is one of its steps over the whole data", lbfgs_options);

/* Numbers between commas. Returns how many, or -1 with the error said. */
static int read_quantiles(const char *text, double *out)
{
    int count = 0;
    for (const char *at = text; at && *at; count++) {
        char *end;
        double value = strtod(at, &end);
        if (end == at || (*end && *end != ',') || !(value > 0 && value < 1) || count == LACO_MAX_QUANTILES) {
            trouble_text("--quantiles is '%s'; it should be up to %d numbers between 0 and 1, as 0.1,0.5,0.9", text,
                         LACO_MAX_QUANTILES);
            return -1;
        }
        out[count] = value;
        at = *end ? end + 1 : end;
    }
    return count;
}

static void resolve(forecast_arguments *arguments)
{
    laco_forecast_options *options = &arguments->options;
    options->lbfgs = arguments->common.optimiser == 5;
    if (options->lbfgs) { /* not one of the step-by-step optimisers */
        arguments->common.train.optimiser.kind = 0;
        arguments->common.train.optimiser_set = false;
    }
    options->lbfgs_config.lr = options->lbfgs ? arguments->common.train.optimiser.lr : 0;
    options->lbfgs_config.line_search = arguments->line_search == 2 ? LACO_NO_LINE_SEARCH : LACO_STRONG_WOLFE;
    options->base = (laco_forecast_base)(arguments->base ? arguments->base - 1 : 0);
    options->train = arguments->common.train;
    options->network = arguments->common.network;
    options->target = arguments->series.target;
}

/* How the data were understood: a line on standard error, and with --json an event. */
static void say_taken(const train_arguments *arguments, const laco_series *data)
{
    char text[1024];
    say_series(data, arguments->quiet || arguments->json);
    if (!arguments->json)
        return;
    laco_series_summary(data, text, sizeof text);
    json_t *object = json_pack("{s:s, s:s}", "event", "data", "summary", text);
    json_dumpf(object, stdout, JSON_COMPACT);
    json_decref(object);
    putchar('\n');
}

static int train_on(laco_context *ctx, forecast_arguments *arguments, const laco_series *data)
{
    laco_model *model = NULL;
    if (!progress_start(ctx, &arguments->common, &arguments->options.train))
        return EXIT_TROUBLE;
    laco_status trained = laco_train_forecast(ctx, &arguments->options, data, NULL, &model);
    int status = progress_end(ctx, &arguments->common, trained, model);
    laco_model_free(model);
    return status;
}

static int train(laco_context *ctx, void *user, const char *const *paths, int count)
{
    (void)count;
    forecast_arguments *arguments = user;
    double quantiles[LACO_MAX_QUANTILES];
    resolve(arguments);
    arguments->options.quantiles = quantiles;
    arguments->options.quantile_count = read_quantiles(arguments->quantiles, quantiles);
    laco_series *data = arguments->options.quantile_count < 0 ? NULL : open_series(ctx, paths[0], &arguments->series);
    if (data)
        say_taken(&arguments->common, data);
    int status = data ? train_on(ctx, arguments, data) : EXIT_TROUBLE;
    laco_series_free(data);
    return status;
}

int train_forecast(int argc, char **argv)
{
    option training[MOST_TRAINING_OPTIONS];
    const option_group groups[] = {run_group,  data_group, model_group, forecast_network_group, training_group_with("optim", "sgd|adam|adamw|rmsprop|lbfgs", NULL, training),
                                   lbfgs_group};
    const command_line command = {
        "laco train forecast",
        "SERIES.csv -o MODEL [options]",
        "Learn a series, to go on from its end: passengers of next year, temperatures of the next days.\n"
        "SERIES.csv: a header, and one time step a row; - reads standard input.",
        "laco train forecast airline-passengers.csv -o airline.safetensors",
        groups,
        6,
        1,
        1};
    forecast_arguments arguments = {0};
    return run_training(&command, argc, argv, &arguments, train);
}
