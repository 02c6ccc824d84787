/* The options of a forecaster's training. */
#include "forecast/forecast_train.h"
#include "train/rows.h"

#define S laco_forecast_options
#define MODEL "The model"
#define LBFGS "For --optim lbfgs, where an epoch is one of its steps over the whole data"

static const laco_option rows[] = {
    ROW(S, "target", NULL, TEXT, target, 0, 0, "one called target, y, value or close, else the last of numbers", "COLUMN",
        "the column to forecast", DATA, SHAPES | COMMON),
    ROW(S, "columns", NULL, TEXT, data.column_list, 0, 0, "the target alone", "A,B…", "columns to read and to predict", DATA,
        LACO_OPTION_READS),
    ROW(S, "time", NULL, TEXT, data.time_column, 0, 0, "found by itself", "COLUMN", "column of time stamps; none: count rows",
        DATA, LACO_OPTION_READS),
    ROW(S, "date", NULL, CHOICE, data.date, 0, 0, "as dates say it", "dmy|mdy|ymd", "order of day, month and year", DATA,
        LACO_OPTION_READS),
    ROW(S, "decimal", NULL, CHOICE, data.decimal, 0, 0, "found by itself", "point|comma", "the decimal mark", DATA,
        LACO_OPTION_READS),
    ROW(S, "id", NULL, TEXT, data.id_column, 0, 0, NULL, "COLUMN", "rows with the same value here are one series", DATA,
        LACO_OPTION_READS),
    ROW(S, "known", NULL, TEXT, data.known_list, 0, 0, NULL, "A,B…", "columns whose values are known ahead, as prices, holidays",
        DATA, LACO_OPTION_READS),
    ROW(S, "static", NULL, TEXT, data.static_list, 0, 0, NULL, "A,B…", "columns that are constant in each series, as its region",
        DATA, LACO_OPTION_READS),
    ROW(S, "wide", NULL, FLAG, data.wide, 0, 0, NULL, NULL,
        "a series a row: its id, then its values (of M4's files found by itself)", DATA, LACO_OPTION_READS),
    ROW(S, "missing", NULL, CHOICE, data.missing, 0, 0, "refuse", "refuse|interpolate", "what to do about missing values", DATA,
        LACO_OPTION_READS),
    ROW(S, "valid", NULL, REAL, valid.fraction, 0, 0.9, "0.2", "FRACTION", "end of each series that is set aside", DATA,
        SHAPES_OR_OFF),
    ROW(S, "horizon", NULL, INTEGER, horizon, 1, 16384, "1", "N", "predict the next N rows at once; 1: row by row", MODEL,
        OF_MODEL | COMMON),
    ROW(S, "window", NULL, INTEGER, window, 1, 1 << 24, "by the length of the data", "N",
        "rows that training sees at once; of an mlp (24) that it ever sees", MODEL, SHAPES),
    ROW(S, "base", NULL, CHOICE, base, 0, 0, "auto", "auto|none|naive|seasonal",
        "what the network adds to; auto: a linear autoregression", MODEL, OF_MODEL),
    ROW(S, "season", NULL, INTEGER, season, 1, 1 << 20, "found by itself", "N", "rows of one season; 0: none", MODEL,
        OF_MODEL_OR_OFF),
    ROW(S, "quantiles", NULL, REALS, quantiles, 0, 1, NULL, "0.1,0.5,0.9", "learn these quantiles, for a band", MODEL,
        OF_MODEL | COMMON),
    ROW(S, "likelihood", NULL, CHOICE, likelihood, 0, 0, "none: absolute errors, and quantiles",
        "normal|negative-binomial|poisson", "the distribution that is learned; of counts one of the latter", MODEL, OF_MODEL),
    ROW(S, "floor", NULL, TEXT, floor, 0, 0, "0 where all rows are counts", "X|no", "the target is not forecast below X", MODEL,
        SHAPES),
    ROW(S, "calendar", NULL, FLAG, calendar, 0, 0, NULL, NULL, "hour, weekday and day of the year as inputs", MODEL, OF_MODEL),
    ROW_CELL(S, ALL_CELLS, "lstm", "the recurrent cell; mlp: no memory, a window"),
    ROW_NONLINEARITY(S),
    ROW_HIDDEN(S, "64, without a base 51", "hidden units"),
    ROW_LAYERS(S, "2", "recurrent layers"),
    ROW_DROPOUT(S, "0", "share of activations dropped in training"),
    ROWS_RUN(S, "60, without a base 200, of lbfgs 15", MINUTES_HELP, "16", "20, of lbfgs 5"),
    ROWS_OPTIMISER(S, OPTIMISERS "|lbfgs", "0.003, of lbfgs 1", "5", "0", "0"),
    ROW_METRIC(S, "mae|loop-mae|loop-mase"),
    ROWS_KEEPING(S),
    ROW(S, "history", NULL, INTEGER, train.optimiser.lbfgs.history_size, 1, 10000, "100", "N",
        "pairs of vectors that L-BFGS remembers", LBFGS, SHAPES),
    ROW(S, "line-search", NULL, CHOICE, train.optimiser.lbfgs.line_search, 0, 0, "strong-wolfe", "none|strong-wolfe", "of L-BFGS",
        LBFGS, SHAPES),
    ROW(S, "max-iter", NULL, INTEGER, train.optimiser.lbfgs.max_iter, 1, 1e6, "20", "N", "iterations of one step of L-BFGS",
        LBFGS, SHAPES),
    ROW(S, "max-eval", NULL, INTEGER, train.optimiser.lbfgs.max_eval, 1, 1e6, "25", "N",
        "evaluations behind which no further one begins", LBFGS, SHAPES),
    ROW(S, "tolerance-grad", NULL, REAL, train.optimiser.lbfgs.tolerance_grad, 0, 1e30, "1e-7", "X",
        "L-BFGS ends where no element of the gradient is larger", LBFGS, SHAPES_OR_OFF),
    ROW(S, "tolerance-change", NULL, REAL, train.optimiser.lbfgs.tolerance_change, 0, 1e30, "1e-9", "X",
        "or where neither weights nor loss change by more", LBFGS, SHAPES_OR_OFF),
};
LACO_OPTION_TABLE(laco_forecast_table, "forecast", S, rows);

void laco_forecast_defaults(laco_forecast_options *o, const laco_series *data)
{
    (void)data; /* what depends on it is found while preparing */
    laco_network_options *network = &o->network;
    laco_train_options *train = &o->train;
    bool plain = o->base == LACO_BASE_NONE, lbfgs = train->optimiser.kind == LACO_LBFGS;
    if (o->base == LACO_BASE_DEFAULT)
        o->base = LACO_BASE_AUTO;
    if (network->cell == LACO_CELL_DEFAULT)
        network->cell = LACO_LSTM;
    if (network->hidden == 0)
        network->hidden = plain ? 51 : 64;
    if (network->layers == 0)
        network->layers = 2;
    network->embed = LACO_OFF;
    network->directions = network->cell == LACO_MLP ? 0 : 1;
    network->tie_weights = false;
    if (network->cell != LACO_MLP)
        network->window = 0;
    else if (o->window > 0)
        network->window = o->window;
    else if (network->window == 0)
        network->window = 24;
    if (o->horizon == 0)
        o->horizon = 1;
    if (o->valid.fraction == 0)
        o->valid.fraction = 0.2;
    if (train->epochs == 0 && train->minutes <= 0)
        train->epochs = lbfgs ? 15 : plain ? 200 : 60;
    if (train->patience == 0)
        train->patience = lbfgs ? 5 : 20;
    if (train->batch == 0)
        train->batch = 16;
    if (train->optimiser.lr == 0 && train->optimiser.kind == LACO_OPTIMISER_DEFAULT)
        train->optimiser.lr = 0.003;
    if (train->optimiser.lbfgs.line_search == LACO_LINE_SEARCH_DEFAULT)
        train->optimiser.lbfgs.line_search = LACO_STRONG_WOLFE;
    if (lbfgs && train->optimiser.lr == 0)
        train->optimiser.lr = 1;
    if (lbfgs)
        train->ema_decay = LACO_OFF; /* each step looks at the whole data */
    laco_train_defaults(train);
}

void laco_forecast_options_of(const laco_model *base, void *user)
{
    const laco_forecaster *model = (const laco_forecaster *)base;
    laco_forecast_options *options = user;
    laco_network_options_of(&model->network.config, &options->network);
    options->network.directions = 0;
    options->network.embed = 0;
    options->horizon = model->horizon;
    options->base = model->kind;
    options->season = model->season > 1 ? model->season : LACO_OFF;
    options->calendar = model->calendar;
    options->likelihood = model->likelihood;
    options->quantiles.count = model->quantile_count;
    for (int q = 0; q < model->quantile_count; q++)
        options->quantiles.value[q] = model->quantiles[q];
}
